//! The sandbox, asked over HTTP.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "helpers of tests, outside of test functions")]

mod additions;
mod auth;
mod binary;
mod companies;
mod demo;
mod errors;
mod fields;
mod filters;
mod hidden;
mod interactions;
mod limits;
mod list_entries;
mod lists;
mod merges;
mod note_filters;
mod notes;
mod operations;
mod opportunities;
mod paging;
mod persons;
mod presence;
mod recorder;
mod replies;
mod running;
mod saved_views;
mod selection;
mod shapes;
mod support;
mod values;
mod versions;
mod writes;
