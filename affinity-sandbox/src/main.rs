//! Runs a sandbox until interrupted.

use std::process::ExitCode;

use affinity_sandbox::{Permission, RecordedRequest, Sandbox, World};

const USAGE: &str = "usage: affinity-sandbox [--port N] [--empty] [--requests-per-minute N]";

#[derive(Debug, Default, PartialEq)]
struct Options {
    port: u16,
    empty: bool,
    help: bool,
    requests_per_minute: Option<u64>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(std::env::args().skip(1)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            complain(&problem);
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: impl Iterator<Item = String>) -> Result<(), String> {
    let options = parse(arguments)?;
    if options.help {
        say(USAGE);
        return Ok(());
    }
    let world = if options.empty { World::new() } else { World::demo() };
    let mut builder = Sandbox::builder().world(world).port(options.port).on_answer(log);
    if let Some(requests) = options.requests_per_minute {
        builder = builder.requests_per_minute(requests);
    }
    let sandbox = builder.start().await;
    let sandbox = sandbox.map_err(|error| format!("cannot listen: {error}"))?;
    say(&introduction(&sandbox));
    let interrupted = tokio::signal::ctrl_c().await;
    sandbox.shutdown().await;
    interrupted.map_err(|error| format!("cannot wait for an interrupt: {error}"))
}

/// Where it listens, and the keys.
fn introduction(sandbox: &Sandbox) -> String {
    let lacking = Permission::ALL.iter().map(|permission| {
        format!("\nkey without \"{}\": {}", permission.label(), sandbox.api_key_without(*permission))
    });
    let lacking: String = lacking.collect();
    format!("url: {}\nkey: {}{lacking}", sandbox.url(), sandbox.api_key())
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--empty" => options.empty = true,
            "--help" | "-h" => options.help = true,
            "--port" => {
                let port = arguments.next().and_then(|port| port.parse().ok());
                options.port = port.ok_or_else(|| format!("--port takes a number\n{USAGE}"))?;
            }
            "--requests-per-minute" => {
                let requests = arguments.next().and_then(|requests| requests.parse().ok());
                let requests =
                    requests.ok_or_else(|| format!("--requests-per-minute takes a number\n{USAGE}"))?;
                options.requests_per_minute = Some(requests);
            }
            other => return Err(format!("unknown argument {other}\n{USAGE}")),
        }
    }
    Ok(options)
}

#[allow(clippy::print_stdout, reason = "telling where it listens is what the program is for")]
fn say(text: &str) {
    println!("{text}");
}

#[allow(clippy::print_stderr, reason = "a program complains on standard error")]
fn complain(text: &str) {
    eprintln!("affinity-sandbox: {text}");
}

/// Without the query: its values are people's data.
#[allow(clippy::print_stderr, reason = "a program logs on standard error")]
fn log(request: &RecordedRequest) {
    let status = request.status.map_or_else(|| "closed".to_owned(), |status| status.as_u16().to_string());
    eprintln!("{} {} {status}", request.method, request.path);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Options, String> {
        parse(arguments.iter().map(|argument| (*argument).to_owned()))
    }

    #[test]
    fn settings_are_understood() {
        let expected = Options { port: 8080, empty: true, help: false, requests_per_minute: Some(30) };
        assert_eq!(parsed(&["--port", "8080", "--empty", "--requests-per-minute", "30"]), Ok(expected));
    }

    #[test]
    fn mistakes_are_told() {
        assert!(parsed(&["--port"]).is_err());
        assert!(parsed(&["--port", "many"]).is_err());
        assert!(parsed(&["--prot", "1"]).is_err());
        assert!(parsed(&["--requests-per-minute", "-1"]).is_err());
    }
}
