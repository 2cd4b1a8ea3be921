//! Who the key belongs to.

use affinity_core::{PersonId, TenantId};
use httpmock::MockServer;

use crate::pinned::get;
use crate::support::client;

#[tokio::test]
async fn the_owner_of_the_key_is_told() {
    let server = MockServer::start_async().await;
    let answer = r#"{
        "tenant": {"id": 71, "name": "Harbor Peak", "subdomain": "harborpeak"},
        "user": {"id": 90412, "firstName": "Mirelle", "lastName": "Okonda", "email": "mirelle@harborpeak.example"},
        "grant": {"type": "api_key", "scope": "external_api", "createdAt": "2024-02-11T08:30:00.000-05:00"}
    }"#;
    let call = get("/auth/whoami").answers(&server, 200, answer).await;
    let whoami = client(&server).whoami().send().await.unwrap();
    call.assert_async().await;
    assert_eq!((whoami.tenant.id, whoami.tenant.name.as_str()), (TenantId::new(71), "Harbor Peak"));
    assert_eq!(whoami.tenant.subdomain, "harborpeak");
    assert_eq!((whoami.user.id, whoami.user.last_name.as_deref()), (PersonId::new(90_412), Some("Okonda")));
    assert_eq!(whoami.user.first_name.as_deref(), Some("Mirelle"));
    assert_eq!(whoami.user.email.as_deref(), Some("mirelle@harborpeak.example"));
    assert_eq!(
        (whoami.grant.kind.as_str(), whoami.grant.scope.as_deref()),
        ("api_key", Some("external_api"))
    );
    assert_eq!(whoami.grant.created_at.unwrap().to_rfc3339(), "2024-02-11T13:30:00+00:00");
}

#[tokio::test]
async fn a_user_without_a_last_name_is_read() {
    let server = MockServer::start_async().await;
    let answer = r#"{
        "tenant": {"id": 71, "name": "Harbor Peak", "subdomain": "harborpeak"},
        "user": {"id": 90412, "firstName": "Mirelle", "lastName": null, "email": "mirelle@harborpeak.example"},
        "grant": {"type": "api_key", "scopes": ["external_api"]}
    }"#;
    get("/auth/whoami").answers(&server, 200, answer).await;
    let whoami = client(&server).whoami().send().await.unwrap();
    assert_eq!((whoami.user.last_name, whoami.grant.scope), (None, None));
}

#[tokio::test]
async fn a_key_that_is_not_taken_is_unauthorized() {
    let server = MockServer::start_async().await;
    get("/auth/whoami").answers(&server, 401, "").await;
    let error = client(&server).whoami().send().await.unwrap_err();
    assert!(error.is_unauthorized());
    assert_eq!(error.operation(), Some("v1_get_whoami"));
}
