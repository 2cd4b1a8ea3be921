//! Much data goes through little memory. A binary of its own: other tests would take memory at the same time.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]
#![allow(dead_code, reason = "it shares files with the scenarios, which use more of them")]

#[path = "scenarios/faults/fault.rs"]
mod fault;
#[path = "scenarios/faults/hasty.rs"]
mod hasty;
#[path = "scenarios/faults/million.rs"]
mod million;
#[path = "scenarios/faults/server.rs"]
mod server;
#[path = "scenarios/support.rs"]
mod support;

/// Held by each test, since memory is counted for all of them together.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
