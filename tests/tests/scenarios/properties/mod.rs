//! What holds for any bytes from outside: one module for each kind of them.
//!
//! Each run has a seed of its own, which it prints: `TEST_SEED` runs the same cases again. `PROPTEST_CASES=5120` makes
//! ten times as many.

mod cursors;
mod dates;
mod downloads;
mod errors;
mod files;
mod filters;
mod headers;
mod json;
mod memory;
mod rows;
mod server;
mod values;
mod webhooks;

use std::env;

use affinity::Error;
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestRunner};

use crate::support::rng;

/// Cases that need nothing but the processor.
const MANY: u32 = 512;
/// Cases that go over a socket.
const SOME: u32 = 160;

/// Looks whether `test` holds for so many values, or more; one that it does not hold for is made small, and printed.
fn check<S: Strategy>(name: &str, cases: u32, values: &S, test: impl Fn(S::Value)) {
    let asked = env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(MANY);
    let config = Config {
        cases: cases * (asked / MANY).max(1),
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(rng(name).u64(..)),
        ..Config::default()
    };
    let run = TestRunner::new(config).run(values, |value| {
        test(value);
        Ok(())
    });
    if let Err(failure) = run {
        panic!("{name}: {failure}");
    }
}

/// What holds for every error, whatever came: it is fit for one line of a log, and asking it anything is harmless.
fn assert_fit_for_a_log(error: &Error) {
    let line = error.to_string();
    assert!(!line.contains(char::is_control), "one line: {line:?}");
    assert!(line.chars().count() <= LONGEST_LINE, "short: {} characters", line.chars().count());
    assert!(!format!("{error:?}").contains('\n'));
    let _ = (error.code(), error.param(), error.merged_away(), error.retry_after(), error.item_id());
    assert!(error.messages().count() >= error.errors().len());
    assert!(error.excerpt().is_none_or(|excerpt| excerpt.chars().count() <= 501));
    assert!(error.excerpt().is_none_or(|excerpt| !excerpt.contains(char::is_control)));
    assert!(error.path().is_none_or(|path| !path.is_empty()));
}

/// Enough for what stands in a message by itself, and for twenty errors of the server with three texts of 300 each.
const LONGEST_LINE: usize = 20_000;
