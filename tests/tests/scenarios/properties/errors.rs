//! The bodies of refusals, and of successes that are none.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::json::{deep, json, number, text, wrong};
use super::server::{RawServer, answer, json_answer};
use super::{SOME, assert_fit_for_a_log, check};

fn status() -> impl Strategy<Value = u16> {
    prop_oneof![3 => 400..600_u16, 1 => Just(422_u16)]
}

/// The error that an answer with these bytes comes to.
fn refusal(server: &RawServer, status: u16, body: &[u8]) -> affinity::Error {
    server.answer([answer(status, &[("content-type", b"application/json")], body)]);
    let error = server.wait(server.builder().build().unwrap().lists().list().send()).unwrap_err();
    assert_eq!(error.status().map(|it| it.as_u16()), Some(status));
    assert_eq!(error.body(), Some(&body[..body.len().min(1 << 20)]), "no more of a refusal is read");
    assert_fit_for_a_log(&error);
    error
}

fn shown(status: u16, error: &affinity::Error) -> bool {
    error.to_string().starts_with(&format!("list_lists: {status}"))
}

#[test]
fn a_refusal_keeps_its_status_whatever_its_body() {
    let server = RawServer::start();
    let body = prop_oneof![
        3 => vec(any::<u8>(), 0..3000),
        1 => deep().prop_map(String::into_bytes),
        1 => (json("errors message detail error code param"), 0..40_usize).prop_map(|(json, cut)| {
            let text = json.to_string().into_bytes();
            text[..text.len().saturating_sub(cut)].to_vec()
        }),
        1 => text().prop_map(|text| text.repeat(40).into_bytes()),
    ];
    check("refusals of any bytes", SOME, &(status(), body), |(status, body)| {
        let error = refusal(&server, status, &body);
        assert!(shown(status, &error), "{error}");
        // What is no object and no list has nothing to say.
        if serde_json::from_slice::<Value>(&body).is_err() {
            assert!(error.errors().is_empty() && error.code().is_none());
        }
    });
}

#[test]
fn a_refusal_of_any_json_says_nothing_that_is_not_in_it() {
    let server = RawServer::start();
    let keys = "errors message detail error code param";
    let item = || json("code message param");
    let body = prop_oneof![
        json(keys),
        vec(item(), 0..6).prop_map(|items| json!({ "errors": items })),
        vec(item(), 0..6).prop_map(Value::from),
        (item(), 0..3000_usize).prop_map(|(item, count)| json!({ "errors": vec![item; count] })),
        item().prop_map(|item| json!({ "error": item })),
    ];
    check("refusals of any JSON", SOME, &(status(), body), |(status, body)| {
        let error = refusal(&server, status, body.to_string().as_bytes());
        assert!(shown(status, &error), "{error}");
        let mut there = Vec::new();
        scalars(&body, &mut there);
        for item in error.errors() {
            let texts = [Some(&item.code), Some(&item.message), item.param.as_ref()];
            for text in texts.into_iter().flatten().filter(|text| !text.is_empty()) {
                assert!(there.contains(text), "{text:?} is not in {body}");
            }
        }
    });
}

fn scalars(json: &Value, found: &mut Vec<String>) {
    match json {
        Value::String(text) => found.push(text.clone()),
        Value::Number(number) => found.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| scalars(item, found)),
        Value::Object(object) => object.values().for_each(|value| scalars(value, found)),
        _ => {}
    }
}

#[test]
fn the_documented_form_gives_exactly_its_items() {
    let server = RawServer::start();
    let said = || text().prop_filter("says something", |text| !text.trim().is_empty());
    let item = (said(), said(), prop::option::of(said()));
    check("documented refusals", SOME, &(status(), vec(item, 1..60)), |(status, items)| {
        let errors: Vec<_> = items
            .iter()
            .map(|(code, message, param)| match param {
                Some(param) => json!({"code": code, "message": message, "param": param}),
                None => json!({"code": code, "message": message}),
            })
            .collect();
        let error = refusal(&server, status, json!({ "errors": errors }).to_string().as_bytes());
        let read: Vec<_> =
            error.errors().iter().map(|it| (it.code.clone(), it.message.clone(), it.param.clone())).collect();
        assert_eq!(read, items);
        assert_eq!(error.code(), Some(items[0].0.as_str()));
        assert_eq!(error.param(), items.iter().find_map(|(_, _, param)| param.as_deref()));
        assert_eq!(
            error.messages().collect::<Vec<_>>(),
            items.iter().map(|it| it.1.as_str()).collect::<Vec<_>>()
        );
    });
}

#[test]
fn two_ids_are_read_of_the_sentence_of_a_merge_and_of_no_other() {
    let server = RawServer::start();
    let sentence = prop_oneof![
        (any::<u64>(), any::<u64>()).prop_map(|(id, into)| (
            format!("{id} no longer exists as it has been merged into {into}"),
            Some((id, into))
        )),
        (number(), number())
            .prop_filter("no two ids", |(id, into)| !(id.is_u64() && into.is_u64()))
            .prop_map(|(id, into)| (
                format!("{id} no longer exists as it has been merged into {into}"),
                None
            )),
        text().prop_map(|text| (format!("12 no longer exists as it has been merged into 1{text}x"), None)),
    ];
    check("sentences of merges", SOME, &(status(), sentence), |(status, (sentence, ids))| {
        let body = json!({"errors": [{"code": "unprocessable-entity", "message": sentence}]});
        let error = refusal(&server, status, body.to_string().as_bytes());
        let read = error.merged_away().map(|merged| (merged.id, merged.into));
        assert_eq!(read, ids.filter(|_| status == 422), "{sentence:?}");
    });
}

#[test]
fn a_success_of_any_bytes_is_read_or_told_on_one_line() {
    let server = RawServer::start();
    let affinity = server.builder().build().unwrap();
    let page = affinity_tests::page(&[crate::support::list(7)], None);
    let page: Value = serde_json::from_str(&page).unwrap();
    let body = prop_oneof![
        vec(any::<u8>(), 0..300),
        deep().prop_map(String::into_bytes),
        json("data pagination nextUrl id name next_page_token lists")
            .prop_map(|json| json.to_string().into_bytes()),
        wrong(page).prop_map(|json| json.to_string().into_bytes()),
        // What breaks off, or ends as no JSON, inside of a key or behind it.
        (text(), "[a-z{}\\[\\]]{0,3}").prop_map(|(key, end)| format!(
            "{{\"data\":[{{{}:{end}",
            Value::from(key)
        )
        .into_bytes()),
        (text(), "[a-z{}\\[\\]]{0,3}")
            .prop_map(|(key, end)| format!("{{{}:{end}", Value::from(key)).into_bytes()),
    ];
    check("successes of any bytes", SOME, &body, |body| {
        server.answer([answer(200, &[("content-type", b"application/json")], &body)]);
        let failed = |error: &affinity::Error| {
            assert!(error.is_decode() && error.path().is_some(), "{error:?}");
            assert_fit_for_a_log(error);
            assert!(!error.to_string().contains("ines@"), "{error}");
        };
        match server.wait(affinity.lists().list().send()) {
            Ok(mut page) => {
                page.failures.iter().for_each(|failure| failed(&failure.error));
                page.take_broken_end().iter().for_each(failed);
            }
            Err(error) => failed(&error),
        }
        match server.wait(affinity.fields().list().send()) {
            Ok(lists) => lists.failures.iter().for_each(|failure| failed(&failure.error)),
            Err(error) => failed(&error),
        }
    });
}

#[test]
fn the_excerpt_is_how_the_body_begins() {
    let server = RawServer::start();
    check("excerpts", SOME, &prop_oneof![text(), "[é😀a]{450,560}", "😀{495,505}"], |body| {
        server.answer([json_answer(502, &body)]);
        let error = server.wait(server.builder().build().unwrap().lists().list().send()).unwrap_err();
        let marks = ('\u{2028}'..='\u{202e}').chain('\u{2066}'..='\u{2069}').collect::<String>();
        let harmful = |c: char| c.is_control() || marks.contains(c);
        let whole: Vec<_> = body.chars().map(|c| if harmful(c) { ' ' } else { c }).collect();
        let expected: String = whole.iter().take(500).chain((whole.len() > 500).then_some(&'…')).collect();
        assert_eq!(error.excerpt(), Some(expected));
    });
}
