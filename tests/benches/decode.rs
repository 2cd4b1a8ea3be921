//! How fast pages are read, against `serde_json::Value` reading the same bytes.
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark")]

mod deal;

use std::hint::black_box;
use std::path::Path;

use affinity::ListEntry;
use affinity::shapes::read_page;
use affinity_tests::{TagPlace, large_page};
use affinity_v2_raw::Paged;
use criterion::{Criterion, Throughput};
use serde_json::Value;

use deal::{Deal, ROW_VALUES, ROWS, schema};

const PLACES: [(TagPlace, &str); 2] = [(TagPlace::First, "tag first"), (TagPlace::Last, "tag last")];
/// How many values a row has where the models are read.
const MODEL_VALUES: usize = 40;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for (place, name) in PLACES {
        models(&mut criterion, &large_page(MODEL_VALUES, place), name);
        rows(&mut criterion, &large_page(ROW_VALUES, place), &format!("rows, {name}"));
    }
    criterion.final_summary();
    for (_, name) in PLACES {
        report(name, "typed");
        report(&format!("rows, {name}"), "struct");
    }
}

/// All of a page, as the models have it.
fn models(criterion: &mut Criterion, page: &str, name: &str) {
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

/// Of each row, what a struct wants.
fn rows(criterion: &mut Criterion, page: &str, name: &str) {
    let schema = schema();
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(ROWS as u64));
    group.bench_function("value", |bench| {
        bench.iter(|| serde_json::from_slice::<Value>(black_box(page.as_bytes())).unwrap());
    });
    group.bench_function("struct", |bench| {
        bench.iter(|| read_page::<Deal>(&schema, black_box(page.as_bytes())).unwrap());
    });
    group.finish();
}

fn report(group: &str, function: &str) {
    if let (Some(value), Some(ours)) = (measured(group, "value"), measured(group, function)) {
        let (low, high) = (value.0 / ours.2, value.2 / ours.0);
        println!(
            "{group}: {:.2} times as fast as Value (95 % interval {low:.2} to {high:.2})",
            value.1 / ours.1
        );
    }
}

/// The mean of a benchmark of this run with its confidence interval, in nanoseconds.
fn measured(group: &str, function: &str) -> Option<(f64, f64, f64)> {
    let root = std::env::var_os("CARGO_TARGET_DIR")
        .unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../target").into());
    // As criterion writes the name.
    let path = Path::new(&root).join("criterion").join(group).join(function).join("new/estimates.json");
    let estimates: Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    let mean = &estimates["mean"];
    let bound = |name: &str| mean["confidence_interval"][name].as_f64();
    Some((bound("lower_bound")?, mean["point_estimate"].as_f64()?, bound("upper_bound")?))
}
