//! What the command prints for the lists of the demo, and for one of bad names: as it was printed, so not formatted.
//!
//! `XTASK_ROWS_REFRESH=1 cargo test -p xtask --test rows` writes these files anew.
#![allow(dead_code, unreachable_pub, reason = "it is code for others, and not every field is looked at")]

#[rustfmt::skip]
pub(crate) mod companies;
#[rustfmt::skip]
pub(crate) mod nasty;
#[rustfmt::skip]
pub(crate) mod network;
#[rustfmt::skip]
pub(crate) mod persons;
#[rustfmt::skip]
pub(crate) mod pipeline;
#[rustfmt::skip]
pub(crate) mod portfolio;
