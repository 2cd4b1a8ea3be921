//! How much memory a body takes: never more than so many times its size, whatever is in it.

use std::io::Write;

use affinity::FieldValue;
use affinity::shapes::read_page;
use affinity::v1::WebhookEvent;
use affinity_tests::{VALUES, large_schema};
use allocation_counter::measure;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use proptest::sample::select;

use super::check;
use super::json::deep;
use super::server::{RawServer, answer, json_answer};

/// What a call takes by itself.
const CALL: u64 = 1 << 20;

#[derive(serde::Deserialize)]
struct Deal {
    #[serde(rename = "Column 1")]
    _text: Option<String>,
}

#[test]
fn what_is_deep_takes_no_more_than_what_is_long() {
    let schema = serde_json::from_str(&large_schema(VALUES.len())).unwrap();
    check("depths in memory", 32, &deep(), |deep| {
        let event = format!(r#"{{"type":"note.created","body":{deep},"sent_at":1}}"#);
        let value = format!(r#"{{"type":"hologram","data":{deep}}}"#);
        let page = format!(r#"{{"data":[{{"id":1,"entity":{{"fields":{deep}}}}},{deep}]}}"#);
        let held = [
            (event.len(), measure(|| drop(WebhookEvent::parse(&event))).bytes_max),
            (value.len(), measure(|| drop(serde_json::from_str::<FieldValue>(&value))).bytes_max),
            (page.len(), measure(|| drop(read_page::<Deal>(&schema, page.as_bytes()))).bytes_max),
        ];
        for (size, bytes) in held {
            assert!(bytes <= 6 * size as u64 + 64 * 1024, "{bytes} bytes for {size}");
        }
    });
}

#[test]
fn what_is_packed_is_not_unpacked_beyond_the_limit() {
    let server = RawServer::start();
    let sizes = (10_u64..4 << 20, 1_usize..1 << 20, any::<bool>());
    check("packed bodies", 24, &sizes, |(size, limit, refused)| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        std::io::copy(&mut std::io::Read::take(std::io::repeat(b' '), size), &mut encoder).unwrap();
        encoder.flush().unwrap();
        let packed = encoder.finish().unwrap();
        let status = if refused { 400 } else { 200 };
        server.answer([answer(
            status,
            &[("content-encoding", b"gzip"), ("content-type", b"application/json")],
            &packed,
        )]);
        let affinity = server.builder().body_limit(limit).build().unwrap();
        let mut error = None;
        let held = measure(|| error = server.wait(affinity.lists().list().send()).err());
        let kept = error.unwrap().body().map_or(0, <[u8]>::len);
        assert!(kept <= limit);
        let most = limit.min(size as usize) as u64;
        assert!(
            held.bytes_max <= 3 * most + CALL,
            "{} bytes held of {size} with a limit of {limit}",
            held.bytes_max
        );
    });
}

#[test]
fn many_small_things_take_no_more_than_so_much_each() {
    let server = RawServer::start();
    let affinity = server.builder().build().unwrap();
    let schema = serde_json::from_str(&large_schema(VALUES.len())).unwrap();
    let item = select(vec!["{}", "1", "null", "[]", "\"\"", r#"{"id":1}"#]);
    let sort = select(vec![Sort::Page, Sort::Rows, Sort::Listing, Sort::Refusal]);
    check("small things", 24, &(item, 1000..60_000_usize, sort), |(item, count, sort)| {
        let items = vec![item; count].join(",");
        let body = match sort {
            Sort::Page | Sort::Rows => format!("{{\"data\":[{items}]}}"),
            Sort::Listing => format!("[{items}]"),
            Sort::Refusal => format!("{{\"errors\":[{items}]}}"),
        };
        let status = if matches!(sort, Sort::Refusal) { 400 } else { 200 };
        server.answer([json_answer(status, &body)]);
        let held = measure(|| match sort {
            Sort::Page | Sort::Refusal => drop(server.wait(affinity.lists().list().send())),
            Sort::Listing => drop(server.wait(affinity.fields().list().send())),
            Sort::Rows => drop(read_page::<Deal>(&schema, body.as_bytes())),
        });
        // As many errors as are kept of one answer, and what it takes to look at each item by itself.
        let most = 10_000 * 800 + 64 * body.len() as u64 + CALL;
        assert!(held.bytes_max <= most, "{} bytes held for {}", held.bytes_max, body.len());
    });
}

#[derive(Clone, Copy, Debug)]
enum Sort {
    Page,
    Rows,
    Listing,
    Refusal,
}
