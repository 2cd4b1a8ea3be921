//! Scenarios across the crates, over real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod calls;
mod cells;
mod deadlines;
mod document;
mod drift;
mod errors;
mod fills;
mod finding;
mod generator;
mod page_server;
mod pages;
mod quota;
mod resuming;
mod retries;
mod secrets;
mod selection;
mod support;
mod values;
mod versions;
