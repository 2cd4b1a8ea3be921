//! The quickstart, run as a program.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::path::PathBuf;
use std::process::{Command, Output};

use affinity_sandbox::Sandbox;

/// Built by the same `cargo test` as this test, beside it.
fn quickstart() -> Command {
    let mut path: PathBuf = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.push(format!("examples/quickstart{}", std::env::consts::EXE_SUFFIX));
    let mut command = Command::new(path);
    command.env_remove("AFFINITY_API_KEY").env_remove("AFFINITY_BASE_URL").env_remove("NO_PROXY");
    command
}

fn run(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("`cargo test` builds the examples");
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn without_a_key_it_shows_the_pipeline_of_the_demo() {
    let (status, stdout, stderr) = run(&mut quickstart());
    assert_eq!(status, Some(0), "{stderr}");
    assert!(stdout.starts_with("Key of Ines Falk, Quillfern Seed\n"), "{stdout}");
    assert!(stdout.lines().last().unwrap().starts_with("Total: 1,200 rows, Amount "), "{stdout}");
    assert_eq!(stderr.lines().count(), 1, "no progress where nobody looks: {stderr}");
    assert!(
        stderr.starts_with("No AFFINITY_API_KEY: this is a demo with invented data, on http://127.0.0.1:")
    );
}

#[test]
fn what_goes_wrong_is_one_line_and_status_1() {
    for (list, says) in [
        ("999", "there is no list 999"),
        ("No such list", "no list is named \"No such list\""),
        ("Watchlist", "2 lists are named \"Watchlist\"; choose one by its id: "),
    ] {
        let (status, stdout, stderr) = run(quickstart().args(["--list", list]));
        assert_eq!(status, Some(1));
        assert!(stdout.lines().count() <= 1, "{stdout}");
        let last = stderr.lines().last().unwrap();
        assert!(last.starts_with("quickstart: ") && last.contains(says), "{stderr}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_key_it_reads_that_account() {
    let sandbox = Sandbox::demo().await.unwrap();
    let account = |key: &str| {
        let mut command = quickstart();
        command.env("AFFINITY_API_KEY", key).env("AFFINITY_BASE_URL", sandbox.url());
        command
    };
    let (status, stdout, stderr) =
        run(account(sandbox.api_key()).args(["--list", "pipeline", "--rows", "2"]));
    assert_eq!((status, stderr.as_str()), (Some(0), ""), "{stdout}");
    assert!(stdout.contains("List \"Pipeline\"") && stdout.contains("and 1198 more rows"), "{stdout}");

    // A list without these columns.
    let (status, _, stderr) = run(account(sandbox.api_key()).args(["--list", "portfolio"]));
    assert_eq!(status, Some(1));
    assert!(stderr.contains("amount: the list \"Portfolio\" (102) has no field \"amount\""), "{stderr}");

    let (status, _, stderr) = run(&mut account("wrong"));
    assert_eq!(status, Some(1));
    assert_eq!(
        stderr,
        "quickstart: the key was not accepted; check AFFINITY_API_KEY, and whether it may be used from this address\n"
    );
}

#[test]
fn a_proxy_of_the_system_does_not_see_the_key() {
    let proxy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", proxy.local_addr().unwrap());
    proxy.set_nonblocking(true).unwrap();
    let mut command = quickstart();
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env(name, &address);
    }
    let (status, _, stderr) = run(&mut command);
    assert_eq!(status, Some(0), "{stderr}");
    assert!(proxy.accept().is_err(), "nothing was sent through the proxy");
}
