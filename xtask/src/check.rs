//! `cargo xtask check`: what must hold before a change is proposed.

use std::process::Command;

use crate::{packages, regen};

/// One step, and what to run when it fails.
struct Step {
    name: &'static str,
    arguments: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
    next: &'static str,
}

const STEPS: [Step; 5] = [
    Step {
        name: "formatting",
        arguments: &["fmt", "--all", "--check"],
        environment: &[],
        next: "run `cargo fmt --all`",
    },
    Step {
        name: "lints",
        arguments: &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
        environment: &[],
        next: "see the messages above; `cargo clippy --workspace --all-targets --fix` mends some of them",
    },
    Step {
        name: "documentation",
        arguments: &["doc", "--workspace", "--no-deps"],
        environment: &[("RUSTDOCFLAGS", "-D warnings")],
        next: "mend the comments named above, then run `cargo doc --workspace --no-deps`",
    },
    Step {
        name: "features",
        arguments: &["clippy", "-p", "affinity-crm", "--no-default-features", "--", "-D", "warnings"],
        environment: &[],
        next: "each crate builds without its default features too",
    },
    Step {
        name: "regen by itself",
        arguments: &["clippy", "-p", "xtask", "--no-default-features", "--", "-D", "warnings"],
        environment: &[],
        next: "regen builds without the crates whose source it writes, so that it can mend them",
    },
];

const BENCH: Step = Step {
    name: "benchmarks",
    arguments: &["bench", "-p", "affinity-tests", "--bench", "decode", "--bench", "allocations"],
    environment: &[],
    next: "see the messages above",
};

/// Runs the benchmarks.
pub(crate) fn bench() -> Result<(), String> {
    passes(&BENCH)
}

/// Runs every step, also after a failure, and lists what failed.
pub(crate) fn run() -> Result<(), String> {
    let mut failures: Vec<String> = STEPS.iter().filter_map(|step| passes(step).err()).collect();
    println!("== packages");
    if let Err(error) = packages::build_from_packages() {
        failures.push(format!("packages: {error}"));
    }
    println!("== interface document");
    if let Err(error) = regen::run(&regen::Options::check()) {
        failures.push(format!("interface document: {error}"));
    }
    if failures.is_empty() {
        println!("All checks passed.");
        return Ok(());
    }
    Err(format!("{} of {} checks failed:\n  {}", failures.len(), STEPS.len() + 2, failures.join("\n  ")))
}

fn passes(step: &Step) -> Result<(), String> {
    println!("== {}", step.name);
    let mut command = cargo();
    command.args(step.arguments).envs(step.environment.iter().copied());
    succeeds(command).map_err(|why| format!("{}: {}{why}", step.name, step.next))
}

/// Cargo, in the workspace.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(regen::workspace());
    command
}

/// Runs a command to its end. The error is empty when the command has said itself what is wrong.
pub(crate) fn succeeds(mut command: Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(String::new()),
        Err(error) => Err(format!("; {} could not be started: {error}", command.get_program().display())),
    }
}
