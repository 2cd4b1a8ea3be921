//! How many allocations a row takes, beside `serde_json::Value` reading the same bytes. The allocator that counts is
//! slower than the usual one, so this is a program of its own.
#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark")]

mod deal;

use affinity::shapes::read_page;
use affinity_tests::{TagPlace, large_page};
use serde_json::Value;

use deal::{Deal, ROW_VALUES, ROWS, schema};

fn main() {
    for (place, name) in [(TagPlace::First, "tag first"), (TagPlace::Last, "tag last")] {
        allocations(&large_page(ROW_VALUES, place), name);
    }
}

fn allocations(page: &str, name: &str) {
    let schema = schema();
    let per_row = |count: u64| count as f64 / ROWS as f64;
    let value =
        allocation_counter::measure(|| drop(serde_json::from_slice::<Value>(page.as_bytes()).unwrap()));
    let rows = allocation_counter::measure(|| drop(read_page::<Deal>(&schema, page.as_bytes()).unwrap()));
    println!(
        "allocations for a row, {name}: {:.2} for the struct ({:.0} bytes), {:.0} for Value ({:.0} bytes)",
        per_row(rows.count_total),
        per_row(rows.bytes_total),
        per_row(value.count_total),
        per_row(value.bytes_total)
    );
}
