//! Running the program.

use std::path::{Path, PathBuf};
use std::process::Command;

use affinity::Affinity;
use affinity_sandbox::Sandbox;

/// What a run of the program gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs it without a key.
pub(crate) fn rows(arguments: &[&str]) -> Run {
    run(&mut program(arguments))
}

/// Runs it on the lists of a sandbox.
pub(crate) fn rows_of(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let mut program = program(arguments);
    program.env("AFFINITY_API_KEY", sandbox.api_key()).env("AFFINITY_BASE_URL", sandbox.url());
    run(&mut program)
}

fn program(arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_xtask"));
    program.arg("rows").args(arguments).env_remove("AFFINITY_API_KEY").env_remove("AFFINITY_BASE_URL");
    program
}

fn run(program: &mut Command) -> Run {
    let output = program.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

pub(crate) fn client(sandbox: &Sandbox) -> Affinity {
    Affinity::builder().base_url(sandbox.url()).api_key(sandbox.api_key()).build().unwrap()
}

pub(crate) fn golden_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rows/golden").join(name)
}

/// Set to something, the golden files are written instead of compared.
const REFRESH: &str = "XTASK_ROWS_REFRESH";

/// Compares what a run printed with a golden file, which is compiled into this program.
pub(crate) fn is_golden(name: &str, run: &Run) {
    assert_eq!(run.code, Some(0), "{}", run.err);
    let file = golden_file(name);
    if std::env::var_os(REFRESH).is_some() {
        return std::fs::write(file, &run.out).unwrap();
    }
    let golden = std::fs::read_to_string(&file).unwrap();
    assert!(
        golden == run.out,
        "{} is not what the command prints; see that the difference is wanted, then run \
         `{REFRESH}=1 cargo test -p xtask --test rows`:\n{}",
        file.display(),
        run.out
    );
}
