//! The dated version of the API.

use affinity_sandbox::Sandbox;

use crate::support::{builder, client};

fn sent(sandbox: &Sandbox) -> Option<String> {
    let request = sandbox.requests().pop().unwrap();
    request.headers.get("x-affinity-api-version").map(|value| value.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_version_of_the_document_is_asked_for() {
    let sandbox = Sandbox::empty().await.unwrap();
    client(&sandbox).whoami().send().await.unwrap();
    assert_eq!(sent(&sandbox).as_deref(), Some("2024-01-01"));
    assert_eq!(affinity_v2_raw::API_VERSION, "2024-01-01");
}

#[tokio::test]
async fn another_version_can_be_asked_for_or_none() {
    let sandbox = Sandbox::empty().await.unwrap();
    let affinity = builder(&sandbox).api_version("2026-07-15").build().unwrap();
    affinity.whoami().send().await.unwrap();
    assert_eq!(sent(&sandbox).as_deref(), Some("2026-07-15"));
    builder(&sandbox).without_api_version().build().unwrap().whoami().send().await.unwrap();
    assert_eq!(sent(&sandbox), None);
}

#[tokio::test]
async fn the_version_stands_on_every_page() {
    use futures::TryStreamExt;
    let sandbox = Sandbox::demo().await.unwrap();
    client(&sandbox).lists().list().page_size(2).stream().try_collect::<Vec<_>>().await.unwrap();
    let requests = sandbox.requests();
    assert!(requests.len() > 1);
    assert!(requests.iter().all(|request| request.headers.contains_key("x-affinity-api-version")));
}

#[tokio::test]
async fn an_unsupported_version_is_named() {
    let sandbox = Sandbox::empty().await.unwrap();
    let affinity = builder(&sandbox).api_version("1999-01-01").build().unwrap();
    let error = affinity.whoami().send().await.unwrap_err();
    assert_eq!((error.code(), error.param()), (Some("validation"), Some("X-Affinity-Api-Version")));
}
