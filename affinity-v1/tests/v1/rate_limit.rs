//! How many calls are left.

use std::time::Duration;

use httpmock::MockServer;

use crate::pinned::get;
use crate::support::client;

#[tokio::test]
async fn both_quotas_are_told() {
    let server = MockServer::start_async().await;
    let answer = r#"{"rate": {
        "org_monthly": {"limit": 100000, "remaining": 98112, "reset": 1183204, "used": 1888},
        "api_key_per_minute": {"limit": 900, "remaining": 897, "reset": 41, "used": 3}
    }}"#;
    let call = get("/rate-limit").answers(&server, 200, answer).await;
    let rate = client(&server).rate_limit().send().await.unwrap().rate;
    call.assert_async().await;
    let month = rate.org_monthly.unwrap();
    assert_eq!((month.limit, month.remaining, month.reset, month.used), (100_000, 98_112, 1_183_204, 1888));
    assert_eq!((rate.api_key_per_minute.limit, rate.api_key_per_minute.used), (900, 3));
    assert_eq!(rate.api_key_per_minute.resets_in(), Duration::from_secs(41));
}

#[tokio::test]
async fn a_plan_without_a_cap_has_no_quota_for_the_month() {
    let server = MockServer::start_async().await;
    let answer =
        r#"{"rate": {"api_key_per_minute": {"limit": 900, "remaining": 900, "reset": 60, "used": 0}}}"#;
    get("/rate-limit").answers(&server, 200, answer).await;
    assert_eq!(client(&server).rate_limit().send().await.unwrap().rate.org_monthly, None);
}

#[tokio::test]
async fn an_answer_that_does_not_fit_names_the_place() {
    let server = MockServer::start_async().await;
    get("/rate-limit").answers(&server, 200, r#"{"rate": {"api_key_per_minute": {"limit": "many"}}}"#).await;
    let error = client(&server).rate_limit().send().await.unwrap_err();
    assert!(error.is_decode());
    assert_eq!(error.path(), Some("rate.api_key_per_minute.limit"));
}
