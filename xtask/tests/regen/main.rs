//! `cargo xtask regen` as its users meet it: the built program, a folder, a document.

mod committed;
mod constructs;
mod names;
mod overlay;
mod refusals;
mod report;
mod sources;
mod support;
mod unions;
