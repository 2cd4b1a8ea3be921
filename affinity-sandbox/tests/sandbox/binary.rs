//! The program, as a process.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

struct Running {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn run(arguments: &[&str]) -> Running {
    let mut command = Command::new(env!("CARGO_BIN_EXE_affinity-sandbox"));
    let mut process = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    Running { process, lines }
}

impl Running {
    /// The value of the next line, which is labelled so.
    fn line(&mut self, label: &str) -> String {
        let line = self.lines.next().unwrap().unwrap();
        line.strip_prefix(label).unwrap().to_owned()
    }
}

#[tokio::test]
async fn it_prints_where_it_listens_and_the_key() {
    let mut running = run(&["--port", "0", "--empty"]);
    let (url, key) = (running.line("url: "), running.line("key: "));
    let answer = reqwest::Client::new().get(format!("{url}/v2/auth/whoami")).bearer_auth(key);
    assert_eq!(answer.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn it_prints_a_key_that_lacks_each_permission() {
    let mut running = run(&["--empty"]);
    let (url, key) = (running.line("url: "), running.line("key: "));
    for (permission, path) in [
        ("Export All Organizations directory", "/v2/companies"),
        ("Export All People directory", "/v2/persons"),
        ("Export data from Lists", "/v2/lists/1/list-entries"),
        ("Manage duplicates", "/v2/person-merges"),
    ] {
        let lacking = running.line(&format!("key without \"{permission}\": "));
        let status = async |key: &str| {
            let request = reqwest::Client::new().get(format!("{url}{path}")).bearer_auth(key);
            request.send().await.unwrap().status()
        };
        assert_eq!(status(&lacking).await, 403, "{permission}");
        assert_ne!(status(&key).await, 403, "{permission}");
    }
}

#[tokio::test]
async fn it_listens_on_the_port_it_is_given() {
    for _ in 0..10 {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port().to_string();
        drop(free);
        let mut running = run(&["--port", &port]);
        // Another test may have taken it meanwhile.
        if let Some(Ok(line)) = running.lines.next() {
            assert_eq!(line, format!("url: http://127.0.0.1:{port}"));
            return;
        }
    }
    panic!("no port is free");
}

#[test]
fn mistakes_end_it_with_a_message() {
    let output =
        Command::new(env!("CARGO_BIN_EXE_affinity-sandbox")).args(["--port", "many"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("--port takes a number"));
}

#[tokio::test]
async fn it_logs_each_request_without_its_query() {
    let mut running = run(&["--empty", "--requests-per-minute", "1"]);
    let (url, key) = (running.line("url: "), running.line("key: "));
    let mut log = BufReader::new(running.process.stderr.take().unwrap()).lines();
    for status in ["200", "429"] {
        let request = reqwest::Client::new().get(format!("{url}/v2/companies?ids=4711")).bearer_auth(&key);
        assert_eq!(request.send().await.unwrap().status().as_str(), status);
        assert_eq!(log.next().unwrap().unwrap(), format!("GET /v2/companies {status}"));
    }
}
