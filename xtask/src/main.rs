//! The chores of this workspace: `cargo xtask regen`, `cargo xtask rows`, `cargo xtask check`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program speaks to its terminal"
)]

mod check;
mod packages;
mod regen;
#[cfg(feature = "rows")]
mod rows;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "The chores of this workspace")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    Regen(regen::Options),
    #[cfg(feature = "rows")]
    Rows(rows::Options),
    /// Runs what must hold before a change is proposed: formatting, lints, documentation, regen --check.
    Check,
    /// Runs the benchmarks, each against a baseline of the same run.
    Bench,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().chore {
        Chore::Regen(options) => regen::run(&options).map_err(|e| e.to_string()),
        #[cfg(feature = "rows")]
        Chore::Rows(options) => rows::run(&options),
        Chore::Check => check::run(),
        Chore::Bench => check::bench(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
