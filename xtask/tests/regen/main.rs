//! `cargo xtask regen` as its users meet it: the built program, a folder, a document.
#![allow(clippy::unwrap_used, reason = "a test that cannot set its scene has failed")]

mod again;
mod committed;
mod constructs;
mod names;
mod overlay;
mod refusals;
mod report;
mod sources;
mod support;
mod unions;
