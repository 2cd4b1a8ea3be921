//! `cargo xtask rows` as its users meet it: the built program, and the code that it prints, compiled and filled.
#![allow(clippy::unwrap_used, reason = "a test that cannot set its scene has failed")]

mod command;
mod golden;
mod nasty_list;
mod reading;
mod support;
