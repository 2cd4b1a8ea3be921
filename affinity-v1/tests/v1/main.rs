//! Every operation of v1: the request it makes, what is read of each documented answer, and an error.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod calls;
mod entity_files;
mod events;
mod field_value_changes;
mod field_values;
mod fields;
mod interactions;
mod list_entries;
mod lists;
mod notes;
mod opportunities;
mod organizations;
mod persons;
mod pinned;
mod rate_limit;
mod raw_server;
#[cfg(feature = "axum")]
mod receiver;
mod relationship_strengths;
mod reminders;
mod support;
mod webhooks;
mod whoami;
