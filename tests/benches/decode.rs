//! How fast a page is read, against `serde_json::Value` reading the same bytes.
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark")]

use std::hint::black_box;
use std::path::Path;

use affinity::ListEntry;
use affinity_tests::{TagPlace, large_page};
use affinity_v2_raw::Paged;
use criterion::{Criterion, Throughput};
use serde_json::Value;

const PLACES: [(TagPlace, &str); 2] = [(TagPlace::First, "tag first"), (TagPlace::Last, "tag last")];

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for (place, name) in PLACES {
        let page = large_page(place);
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(page.len() as u64));
        group.bench_function("value", |bench| {
            bench.iter(|| serde_json::from_slice::<Value>(black_box(page.as_bytes())).unwrap());
        });
        group.bench_function("typed", |bench| {
            bench.iter(|| serde_json::from_slice::<Paged<ListEntry>>(black_box(page.as_bytes())).unwrap());
        });
        group.finish();
    }
    criterion.final_summary();
    for (_, name) in PLACES {
        if let (Some(value), Some(typed)) = (measured(name, "value"), measured(name, "typed")) {
            let low = value.0 / typed.2;
            let high = value.2 / typed.0;
            println!(
                "{name}: {:.2} times as fast as Value (95 % interval {low:.2} to {high:.2})",
                value.1 / typed.1
            );
        }
    }
}

/// The mean of a benchmark of this run with its confidence interval, in nanoseconds.
fn measured(group: &str, function: &str) -> Option<(f64, f64, f64)> {
    let root = std::env::var_os("CARGO_TARGET_DIR")
        .unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../target").into());
    let path = Path::new(&root).join("criterion").join(group).join(function).join("new/estimates.json");
    let estimates: Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    let mean = &estimates["mean"];
    let bound = |name: &str| mean["confidence_interval"][name].as_f64();
    Some((bound("lower_bound")?, mean["point_estimate"].as_f64()?, bound("upper_bound")?))
}
