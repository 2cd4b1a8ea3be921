//! Answers that are packed, too large, or no answers of the API at all.

use std::io::Write;

use affinity_sandbox::{Method, Reply, Sandbox};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::support::{answering, builder, client, lists, quick};

const PATH: &str = "/v2/lists";

fn packed(bytes: impl IntoIterator<Item = u8>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let bytes: Vec<u8> = bytes.into_iter().collect();
    encoder.write_all(&bytes).unwrap();
    encoder.finish().unwrap()
}

fn gzip(body: Vec<u8>) -> Reply {
    Reply::bytes(200, body).content_type("application/json").header("content-encoding", "gzip")
}

fn page() -> String {
    affinity_tests::page(&[crate::support::list(7)], None)
}

#[tokio::test]
async fn packed_answers_are_asked_for_and_unpacked() {
    let sandbox = answering(PATH, [gzip(packed(page().into_bytes()))]).await;
    let page = client(&sandbox).lists().list().send().await.unwrap();
    assert_eq!(page.items[0].id.get(), 7);
    assert_eq!(sandbox.requests()[0].headers["accept-encoding"], "gzip");
}

#[tokio::test]
async fn the_limit_counts_what_is_unpacked() {
    let bomb = packed(std::iter::repeat_n(b' ', 3 << 20));
    assert!(bomb.len() < 32 << 10);
    let sandbox = answering(PATH, [gzip(bomb)]).await;
    let affinity = builder(&sandbox).body_limit(1 << 20).build().unwrap();
    let error = affinity.lists().list().send().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "list_lists: the answer does not fit at $: the body is larger than body_limit, 1048576 bytes"
    );
    assert_eq!((error.status().map(|s| s.as_u16()), error.attempts()), (Some(200), 1));
    assert!(error.request_id().is_some() && error.body().unwrap().len() <= 4096);
}

#[tokio::test]
async fn a_packed_answer_that_breaks_off_is_read_again() {
    let whole = packed(page().into_bytes());
    let cut = whole[..whole.len() - 9].to_vec();
    let sandbox = answering(PATH, [gzip(cut), gzip(whole)]).await;
    let (affinity, _) = quick(&sandbox);
    let answer = affinity.lists().list().send_with_meta().await.unwrap();
    assert_eq!((answer.meta.attempts(), answer.value.items.len()), (2, 1));
}

#[tokio::test]
async fn what_cannot_be_unpacked_says_so_in_the_end() {
    let wrong = || gzip(b"no gzip at all, not even its beginning".to_vec());
    let sandbox = answering(PATH, (0..4).map(|_| wrong())).await;
    let (affinity, _) = quick(&sandbox);
    let error = affinity.lists().list().send().await.unwrap_err();
    assert!(error.is_decode() && error.attempts() == 4, "{error:?}");
    assert!(error.to_string().contains("at $: packed as gzip, and it cannot be unpacked"), "{error}");
}

#[tokio::test]
async fn a_page_that_calls_itself_json_is_none() {
    let sandbox = Sandbox::demo().await.unwrap();
    let row = sandbox.with_world(|world| world.list_named("Pipeline")).unwrap();
    let affinity = client(&sandbox);
    let entry = affinity.lists().entries(row.into()).page_size(1).send().await.unwrap().items[0].id;
    let path = format!("/v2/lists/{row}/list-entries/{entry}/fields");
    let page = || Reply::bytes(200, "<html>Sign in").content_type("application/json");
    for (method, path) in [(Method::PATCH, path.as_str()), (Method::DELETE, "/notes/5")] {
        sandbox.reply(method, path, page());
    }
    let written =
        affinity.lists().entry(row.into(), entry).update().set("Amount", 7).send().await.unwrap_err();
    let deleted = affinity.v1().notes().delete(5.into()).send().await.unwrap_err();
    for error in [written, deleted] {
        assert!(error.is_outcome_unknown() && !error.is_carried_out(), "{error:?}");
        assert!(error.to_string().contains("expected JSON, found markup"), "{error}");
    }
}

#[tokio::test]
async fn a_refusal_of_somebody_else_is_named_and_not_taken_for_the_apis() {
    let page = Reply::bytes(404, "<html>blocked by gateway").content_type("text/html; charset=utf-8");
    let sandbox = answering("/v2/companies/7", [page]).await;
    let error = client(&sandbox).companies().get(7.into()).send().await.unwrap_err();
    assert!(error.is_foreign() && !error.is_not_found(), "{error:?}");
    assert_eq!(error.to_string(), "get_company: 404 Not Found; it is text/html and not an answer of the API");
    let error = client(&sandbox).companies().get(7.into()).send().await.unwrap_err();
    assert!(error.is_not_found() && !error.is_foreign(), "the sandbox's own");
}

#[tokio::test]
async fn the_status_is_the_one_that_came() {
    let sandbox = answering(PATH, [Reply::empty(204)]).await;
    let error = client(&sandbox).lists().list().send().await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(204));
}

#[tokio::test]
async fn what_is_packed_otherwise_is_named() {
    let reply = Reply::bytes(200, b"\x0b\x02\x80".as_slice()).header("content-encoding", "br");
    let sandbox = answering(PATH, [reply.content_type("application/json")]).await;
    let error = client(&sandbox).lists().list().send().await.unwrap_err();
    assert!(error.to_string().ends_with("packed as br, which was not asked for"), "{error}");
}

#[tokio::test]
async fn what_is_no_answer_of_the_api_says_what_it_is() {
    for (body, kind, expected, beginning) in [
        (
            b"<html>Sign\nin</html>".as_slice(),
            "text/html",
            "expected JSON, found text/html",
            "<html>Sign in</html>",
        ),
        (b"[]", "text/plain", "expected JSON, found text/plain", "[]"),
        (b"", "application/json", "expected JSON, found nothing", ""),
        (b" \n", "application/json", "expected JSON, found nothing", "  "),
        (b"{\"data\":[", "application/json", "the JSON breaks off", "{\"data\":["),
        (b"{\"data\":\"\xff\"}", "application/json", "not UTF-8, from byte 9 on", "{\"data\":\"\u{fffd}\"}"),
        (b"<html>", "application/json", "expected JSON, found markup", "<html>"),
        (b"{data}", "application/json", "not JSON", "{data}"),
    ] {
        let reply = || Reply::bytes(200, body).content_type(kind);
        let sandbox = answering(PATH, [reply()]).await;
        sandbox.reply(Method::GET, "/fields", reply());
        let affinity = client(&sandbox);
        let errors = [
            affinity.lists().list().send().await.unwrap_err(),
            affinity.fields().list().send().await.unwrap_err(),
        ];
        for error in &errors {
            assert!(error.is_decode() && !error.is_retryable(), "{error:?}");
            assert!(error.to_string().contains(expected), "{error} is not {expected}");
            assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
            assert!(error.request_id().is_some(), "{error:?}");
            assert_eq!(error.excerpt().as_deref(), Some(beginning));
        }
    }
}

#[tokio::test]
async fn of_a_write_that_somebody_else_answered_the_outcome_is_unknown() {
    let sandbox = Sandbox::empty().await.unwrap();
    let page = || Reply::bytes(200, "<html>Sign in").content_type("text/html");
    sandbox.reply(Method::POST, "/organizations", page());
    sandbox.reply(Method::DELETE, "/notes/5", page());
    let affinity = client(&sandbox);
    let created = affinity.companies().create("Tessel").send().await.unwrap_err();
    let deleted = affinity.v1().notes().delete(5.into()).send().await.unwrap_err();
    for error in [created, deleted] {
        assert!(error.is_outcome_unknown() && error.is_decode() && !error.is_carried_out(), "{error:?}");
        assert!(!error.is_retryable());
        assert_eq!(error.excerpt().as_deref(), Some("<html>Sign in"));
    }
}

#[tokio::test]
async fn of_a_write_whose_answer_did_not_come_whole_the_outcome_is_unknown() {
    let sandbox = Sandbox::empty().await.unwrap();
    let whole = || Reply::json(200, format!(r#"{{"id":7,"name":"{}"}}"#, "T".repeat(2000)));
    for reply in [whole().cut_body_after(20), whole()] {
        sandbox.reply(Method::POST, "/organizations", reply);
        let affinity = builder(&sandbox).body_limit(1000).build().unwrap();
        let error = affinity.companies().create("Tessel").send().await.unwrap_err();
        assert!(error.is_outcome_unknown() && !error.is_carried_out() && !error.is_retryable(), "{error:?}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
    }
}

#[tokio::test]
async fn a_write_whose_whole_answer_does_not_fit_was_carried_out() {
    let sandbox = Sandbox::empty().await.unwrap();
    sandbox.reply(Method::POST, "/v2/whatever", Reply::json(200, r#"{"id":"#));
    let call = client(&sandbox).request(Method::POST, "/v2/whatever");
    let error = call.send::<serde_json::Value>().await.unwrap_err();
    assert!(error.is_carried_out() && !error.is_outcome_unknown(), "{error:?}");
    assert_eq!(
        error.to_string(),
        "request: the answer does not fit at id: the JSON breaks off; the server carried the call out"
    );
}

#[tokio::test]
async fn a_read_carries_nothing_out() {
    let sandbox = Sandbox::empty().await.unwrap();
    for path in ["/v2/whatever", "/whoever", "/auth/whoami"] {
        sandbox.reply(Method::GET, path, Reply::json(200, r#"{"id":"#));
    }
    let affinity = client(&sandbox);
    let errors = [
        affinity.request(Method::GET, "/v2/whatever").send::<serde_json::Value>().await.unwrap_err(),
        affinity.get("/whoever").send::<serde_json::Value>().await.unwrap_err(),
        affinity.v1().whoami().send().await.unwrap_err(),
    ];
    for error in errors {
        assert!(error.is_decode() && !error.is_carried_out() && !error.is_outcome_unknown(), "{error:?}");
        assert!(!error.to_string().contains("carried"), "{error}");
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_used_is_not_kept_whole() {
    let page = Reply::bytes(200, "x".repeat(100_000)).content_type("text/html");
    let sandbox = answering(PATH, [page]).await;
    let error = client(&sandbox).lists().list().send().await.unwrap_err();
    assert_eq!(error.body().unwrap().len(), 4096);
}

#[tokio::test]
async fn an_excerpt_is_short_and_one_line() {
    let body = format!("<p>\u{1b}[31m{}", "é".repeat(4000));
    let sandbox = answering(PATH, [Reply::bytes(502, body).content_type("text/html").bare()]).await;
    let affinity = builder(&sandbox).attempts(1).build().unwrap();
    let excerpt = affinity.lists().list().send().await.unwrap_err().excerpt().unwrap();
    assert_eq!(excerpt.chars().count(), 501);
    assert!(excerpt.starts_with("<p> [31mé") && excerpt.ends_with("é…"), "{excerpt}");
}

#[tokio::test]
async fn what_is_refused_is_not_read_to_its_end() {
    let sandbox = answering(PATH, [Reply::bytes(400, vec![b'x'; 3 << 20])]).await;
    let error = client(&sandbox).lists().list().send().await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(400));
    assert_eq!(error.body().unwrap().len(), 1 << 20);
}

#[tokio::test]
async fn json_goes_without_a_content_type() {
    let sandbox = answering(PATH, [Reply::bytes(200, page())]).await;
    assert_eq!(client(&sandbox).lists().list().send().await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn a_body_that_is_cut_keeps_its_status_and_beginning() {
    let sandbox = Sandbox::empty().await.unwrap();
    for _ in 0..4 {
        sandbox.reply(Method::GET, PATH, lists(&[1, 2, 3], None).cut_body_after(20));
    }
    let (affinity, _) = quick(&sandbox);
    let error = affinity.lists().list().send().await.unwrap_err();
    assert!(error.is_broken() && error.is_retryable(), "{error:?}");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
    assert!(error.request_id().is_some());
    assert_eq!(error.body().unwrap().len(), 20);
}

#[tokio::test]
async fn json_that_breaks_off_behind_a_name_does_not_tell_it() {
    for body in [r#"{"ines@northwind.example": tru"#, r#"{"data":[{"ines@northwind.example\n":"#] {
        let reply = || Reply::bytes(200, body).content_type("application/json");
        let sandbox = answering(PATH, [reply()]).await;
        sandbox.reply(Method::GET, "/fields", reply());
        let affinity = client(&sandbox);
        let errors = [
            affinity.lists().list().send().await.unwrap_err(),
            affinity.fields().list().send().await.unwrap_err(),
        ];
        for error in &errors {
            assert!(error.is_decode() && !error.path().unwrap().contains("ines"), "{error:?}");
            assert!(!format!("{error} {error:?}").contains("ines"), "{error}");
        }
    }
}

#[tokio::test]
async fn of_too_many_items_that_do_not_fit_none_is_kept() {
    let page = |items: usize| format!(r#"{{"data":[{}]}}"#, vec!["{}"; items].join(","));
    let sandbox = answering(PATH, [10_000, 10_001].map(|items| Reply::json(200, page(items)))).await;
    let affinity = client(&sandbox);
    assert_eq!(affinity.lists().list().send().await.unwrap().failures.len(), 10_000);
    let error = affinity.lists().list().send().await.unwrap_err();
    assert!(error.is_decode() && !error.is_item() && error.path() == Some("data[10000]"), "{error}");
}
