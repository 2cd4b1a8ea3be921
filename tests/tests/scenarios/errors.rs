//! What an error says.

use affinity_sandbox::{Permission, Reply, Sandbox};

use crate::support::{answering, builder, client};

const REFUSED: &str = r#"{"errors":[{"code":"not-found","message":"no such company"}]}"#;

#[tokio::test]
async fn not_found_says_operation_status_code_and_message() {
    let sandbox = Sandbox::demo().await.unwrap();
    let error = client(&sandbox).companies().get(999_999_999.into()).send().await.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.operation(), Some("get_company"));
    assert_eq!(error.code(), Some("not-found"));
    assert_eq!(error.attempts(), 1);
    assert!(error.request_id().is_some());
    assert!(error.limits().is_some());
    let text = error.to_string();
    assert!(text.starts_with("get_company: 404 Not Found not-found: "), "{text}");
}

#[tokio::test]
async fn a_wrong_key_is_unauthorized() {
    let sandbox = Sandbox::empty().await.unwrap();
    let affinity = builder(&sandbox).api_key("wrong").build().unwrap();
    let error = affinity.whoami().send().await.unwrap_err();
    assert!(error.is_unauthorized() && !error.is_retryable());
    assert_eq!(error.code(), Some("authentication"));
}

#[tokio::test]
async fn a_missing_permission_is_forbidden() {
    let sandbox = Sandbox::demo().await.unwrap();
    let key = sandbox.api_key_without(Permission::ExportCompanies);
    let affinity = builder(&sandbox).api_key(key).build().unwrap();
    let error = affinity.companies().list().send().await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
}

#[tokio::test]
async fn every_error_of_the_answer_is_told() {
    let body = r#"{"errors":[
        {"code":"validation","message":"must be at most 100","param":"limit"},
        {"code":"brand-new","message":"something\nelse","extra":1},
        {"code":"bad-request"}]}"#;
    let sandbox = answering("/v2/lists", [Reply::json(400, body)]).await;
    let error = client(&sandbox).lists().list().send().await.unwrap_err();
    assert_eq!(error.errors().len(), 3);
    assert_eq!(error.param(), Some("limit"));
    assert_eq!(error.messages().collect::<Vec<_>>(), ["must be at most 100", "something\nelse", ""]);
    assert_eq!(
        error.to_string(),
        "list_lists: 400 Bad Request validation (limit): must be at most 100; brand-new: something else; bad-request: "
    );
}

#[tokio::test]
async fn an_html_page_of_a_proxy_is_still_a_502() {
    let page = "<html><body>ines@quillfern.example is away</body></html>";
    let proxy = || Reply::bytes(502, page).content_type("text/html").bare();
    let sandbox = answering("/v2/lists", (0..9).map(|_| proxy())).await;
    let affinity = builder(&sandbox).attempts(1).build().unwrap();
    let error = affinity.lists().list().send().await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 502);
    assert_eq!((error.code(), error.errors().len()), (None, 0));
    assert_eq!(error.body(), Some(page.as_bytes()));
    assert_eq!(
        error.to_string(),
        "list_lists: 502 Bad Gateway; it is text/html and not an answer of the API"
    );
    assert!(!format!("{error:?}").contains("ines"));
}

#[tokio::test]
async fn a_refused_connection_is_that() {
    let sandbox = Sandbox::empty().await.unwrap();
    let affinity = builder(&sandbox).attempts(1).build().unwrap();
    sandbox.shutdown().await;
    let error = affinity.whoami().send().await.unwrap_err();
    assert!(error.is_connect() && error.is_retryable() && !error.is_outcome_unknown());
    assert_eq!(error.to_string(), "whoami: no connection to the server; check the network and the base URL");
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Sandbox::empty().await.unwrap();
    let to = format!("{}/v2/lists", elsewhere.url());
    let sandbox = answering("/v2/lists", [Reply::empty(307).header("location", to)]).await;
    let error = client(&sandbox).lists().list().send().await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 307);
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_merged_company_answers_with_both_ids() {
    let body = r#"{"errors":[{"code":"unprocessable-entity","message":"12 no longer exists as it has been merged into 11"}]}"#;
    let sandbox = answering("/v2/companies/12", [Reply::json(422, body)]).await;
    let error = client(&sandbox).companies().get(12.into()).send().await.unwrap_err();
    assert!(error.messages().any(|message| message.contains("12") && message.contains("11")));
}

#[tokio::test]
async fn an_error_has_the_same_words_in_a_stream_and_alone() {
    use futures::TryStreamExt;
    let sandbox = answering("/v2/lists", [Reply::json(404, REFUSED), Reply::json(404, REFUSED)]).await;
    let alone = client(&sandbox).lists().list().send().await.unwrap_err();
    let streamed = client(&sandbox).lists().list().stream().try_next().await.unwrap_err();
    assert_eq!(alone.to_string(), streamed.to_string());
}

#[tokio::test]
async fn members_that_are_null_do_not_hide_an_error() {
    let body =
        r#"{"errors":[{"code":"not-found","message":null,"param":null},{"code":null,"message":"gone"}]}"#;
    let sandbox = answering("/v2/lists", [Reply::json(404, body)]).await;
    let error = client(&sandbox).lists().list().send().await.unwrap_err();
    assert_eq!((error.errors().len(), error.code()), (2, Some("not-found")));
    assert_eq!(error.messages().collect::<Vec<_>>(), ["", "gone"]);
}

#[tokio::test]
async fn a_refusal_whose_body_breaks_off_keeps_its_status() {
    let reply = Reply::json(401, REFUSED).cut_body_after(10);
    let sandbox = answering("/v2/lists", [reply]).await;
    let error = client(&sandbox).lists().list().send().await.unwrap_err();
    assert!(error.is_unauthorized(), "{error}");
    assert_eq!((error.attempts(), error.errors().len()), (1, 0));
    assert!(error.limits().is_some());
}

#[tokio::test]
async fn a_refusal_with_a_huge_body_keeps_its_status() {
    let sandbox = answering("/v2/lists", [Reply::bytes(403, "x".repeat(5000))]).await;
    let affinity = builder(&sandbox).body_limit(1000).build().unwrap();
    assert!(affinity.lists().list().send().await.unwrap_err().is_forbidden());
}

#[tokio::test]
async fn a_429_says_how_long_whichever_header_tells() {
    let refused = || Reply::json(429, r#"{"errors":[{"code":"rate-limit","message":"slow down"}]}"#).bare();
    for (reply, seconds, month) in [
        (refused().header("x-ratelimit-limit-user-reset", "42"), Some(42), false),
        (refused().header("retry-after", "7").header("x-ratelimit-limit-user-reset", "42"), Some(7), false),
        (
            refused()
                .header("x-ratelimit-limit-user-reset", "42")
                .header("x-ratelimit-limit-org-remaining", "0")
                .header("x-ratelimit-limit-org-reset", "90000"),
            Some(90_000),
            true,
        ),
        (refused(), None, false),
    ] {
        let sandbox = answering("/v2/lists", [reply]).await;
        let affinity = builder(&sandbox).attempts(1).build().unwrap();
        let error = affinity.lists().list().send().await.unwrap_err();
        assert!(error.is_rate_limited());
        assert_eq!(error.retry_after().map(|wait| wait.as_secs()), seconds);
        assert_eq!((error.is_quota_exhausted(), error.is_retryable()), (month, !month));
        assert_eq!(error.to_string().ends_with("the account's calls for the month are used up"), month);
    }
}

#[tokio::test]
async fn the_version_that_answered_is_told() {
    let sandbox = Sandbox::empty().await.unwrap();
    let affinity = builder(&sandbox).without_api_version().build().unwrap();
    assert_eq!(affinity.whoami().send_with_meta().await.unwrap().meta.api_version(), Some("2024-01-01"));
}

#[tokio::test]
async fn of_many_errors_the_first_twenty_stand_in_the_line() {
    let errors: Vec<_> =
        (1..=120).map(|n| format!(r#"{{"code":"validation","message":"no {n}"}}"#)).collect();
    let body = format!(r#"{{"errors":[{}]}}"#, errors.join(","));
    let sandbox = answering("/v2/lists", [Reply::json(400, body)]).await;
    let error = client(&sandbox).lists().list().send().await.unwrap_err();
    assert_eq!(error.errors().len(), 120);
    assert!(error.to_string().ends_with("; validation: no 20; and 100 more"), "{error}");
}

#[tokio::test]
async fn an_excerpt_that_is_cut_says_so_however_wide_its_signs_are() {
    let sandbox = answering("/v2/lists", [Reply::bytes(400, "\u{1f600}".repeat(501))]).await;
    let excerpt = client(&sandbox).lists().list().send().await.unwrap_err().excerpt().unwrap();
    assert!(excerpt.chars().count() == 501 && excerpt.ends_with('…'), "{excerpt}");
}
