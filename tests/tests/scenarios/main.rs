//! Scenarios across the crates, over real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod both;
mod bulk_updates;
mod calls;
mod cell_writes;
mod cells;
mod deadlines;
mod document;
mod document_server;
mod drift;
mod errors;
mod filters;
mod finding;
mod generator;
mod json;
mod merging;
mod notes;
mod operations;
mod pacing;
mod page_server;
mod pages;
mod quota;
mod requests;
mod resuming;
mod retries;
mod row_updates;
mod rows;
mod schema;
mod secrets;
mod selection;
mod shapes;
mod support;
mod values;
mod versions;
