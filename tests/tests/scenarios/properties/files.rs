//! Files that a program reads back: journals, keys, schemas and plans.

use std::fs;

use affinity::update::{Journal, Plan};
use affinity::{KeyFile, Schema};
use affinity_tests::{VALUES, large_schema};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::json::{change, changed, json, text, wrong};
use super::{MANY, check};

const HEADER: &str = r#"{"affinity-updates":1,"list":5120,"begun":"2026-03-01T10:00:00Z"}"#;

fn line() -> impl Strategy<Value = String> {
    let state = select(vec!["begun", "done", "refused", "unknown"]);
    let sound = (0..5_u64, "[0-9a-f]{32}", state, vec("[0-9a-f]{32}", 0..3));
    let sound = sound.prop_map(|(entry, update, state, cells)| {
        json!({"entry": entry, "update": update, "state": state, "cells": cells})
    });
    let sound = sound.boxed();
    prop_oneof![
        8 => sound.clone().prop_map(|line| line.to_string()),
        1 => sound.prop_flat_map(wrong).prop_map(|line| line.to_string()),
        1 => text(),
    ]
}

fn journal() -> impl Strategy<Value = Vec<u8>> {
    let header = prop_oneof![
        6 => Just(HEADER.to_owned()),
        1 => Just(HEADER.replace(":1,", ":2,")),
        1 => text(),
        1 => wrong(serde_json::from_str(HEADER).unwrap()).prop_map(|header| header.to_string()),
    ];
    let lines = (header, vec(line(), 0..6), 0..80_usize).prop_map(|(header, lines, cut)| {
        let text =
            std::iter::once(header).chain(lines).map(|line| line + "\n").collect::<String>().into_bytes();
        text[..text.len().saturating_sub(cut.saturating_sub(40))].to_vec()
    });
    prop_oneof![4 => lines, 1 => vec(any::<u8>(), 0..100)]
}

#[test]
fn a_journal_is_read_or_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    check("journals", MANY, &journal(), |bytes| {
        fs::write(&path, &bytes).unwrap();
        let opened = Journal::open(&path);
        let now = fs::read(&path).unwrap();
        match opened {
            Ok(journal) => {
                let known = (journal.done(), journal.unsettled().count());
                assert!(known.0 + known.1 <= 6);
                drop(journal);
                // At most a torn last line is gone.
                let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
                assert_eq!(now, bytes[..whole]);
                assert!(bytes.is_empty() || bytes.starts_with(b"{\"affinity-"), "not ours");
                let again = Journal::open(&path).unwrap();
                assert_eq!((again.done(), again.unsettled().count()), known);
            }
            Err(error) => {
                assert!(error.is_local() && error.to_string().contains("journal"), "{error}");
                assert!(!error.to_string().contains('\n') && error.to_string().len() < 500);
                assert_eq!(now, bytes, "{error}");
            }
        }
    });
}

#[test]
fn a_key_file_gives_its_key_or_an_error_without_it() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("key");
    let bytes = prop_oneof![
        vec(any::<u8>(), 0..60),
        text().prop_map(String::into_bytes),
        "[ \t\r\n]{0,3}[!-~]{8,40}[ \t\r\n]{0,3}".prop_map(String::into_bytes),
        (4000..5000_usize).prop_map(|length| vec![b'k'; length]),
    ];
    check("key files", MANY, &bytes, |bytes| {
        fs::write(&path, &bytes).unwrap();
        let text = std::str::from_utf8(&bytes).ok().map(str::trim);
        let key = text.filter(|key| {
            !key.is_empty() && bytes.len() <= 4096 && key.bytes().all(|byte| byte.is_ascii_graphic())
        });
        let opened = KeyFile::open(&path);
        assert_eq!(opened.is_ok(), key.is_some());
        let shown =
            format!("{opened:?} {}", opened.as_ref().err().map(ToString::to_string).unwrap_or_default());
        let shown = shown.replace(&path.display().to_string(), "");
        assert!(text.is_none_or(|text| text.len() < 8 || !shown.contains(text)), "{shown}");
    });
}

#[test]
fn a_schema_that_is_read_goes_out_as_the_same() {
    let whole: Value = serde_json::from_str(&large_schema(17)).unwrap();
    let sound = serde_json::from_value::<Schema>(whole.clone()).unwrap();
    let schema = prop_oneof![
        json("of entity fields id name").boxed(),
        (vec((any::<Index>(), change()), 0..3))
            .prop_map(move |changes| {
                changes.iter().fold(whole.clone(), |json, (which, change)| changed(json, *which, change))
            })
            .boxed(),
    ];
    check("schemas", MANY, &(schema, text()), |(json, key)| {
        let read = serde_json::from_str::<Schema>(&json.to_string());
        for schema in read.iter().chain([&sound]) {
            let out = serde_json::to_string(schema).unwrap();
            assert_eq!(serde_json::from_str::<Schema>(&out).unwrap(), *schema);
            match schema.field(&key) {
                Ok(field) => assert!(schema.fields.contains(field)),
                Err(error) => assert!(error.is_input()),
            }
        }
    });
}

#[test]
fn a_plan_that_is_read_goes_out_as_the_same() {
    let (kind, data): (Vec<_>, Vec<Value>) =
        VALUES.iter().map(|(kind, data)| (*kind, serde_json::from_str::<Value>(data).unwrap())).unzip();
    let plan = (0..VALUES.len(), vec((any::<Index>(), change()), 0..3)).prop_map(move |(at, changes)| {
        let value = json!({"type": kind[at], "data": data[at]});
        let plan = json!({
            "list": 5120, "entry": 7,
            "changes": [{
                "field": "field-1", "name": "Status", "old": {"value": value},
                "new": {"type": "text", "data": "Won"}, "labels": [[1, "Ines"]],
            }],
            "kept": [
                {"field": "field-2", "name": "Owners", "value": "empty"},
                {"field": "field-3", "name": "X", "value": "not-there"},
            ],
        });
        (changes.is_empty(), changes.iter().fold(plan, |json, (which, change)| changed(json, *which, change)))
    });
    check("plans", 2 * MANY, &plan, |(whole, json)| {
        let read = serde_json::from_str::<Plan>(&json.to_string());
        assert!(!whole || read.is_ok(), "{read:?}");
        let Ok(plan) = read else { return };
        let _ = format!("{plan} {plan:?}");
        let out = serde_json::to_string(&plan).unwrap();
        assert!(serde_json::from_str::<Plan>(&out).unwrap() == plan, "{out}");
    });
}
