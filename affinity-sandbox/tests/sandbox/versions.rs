use affinity_sandbox::{ApiVersion, NewKey, Sandbox};

use crate::support::{error, get, get_as, get_versioned, send, serve, small};

const HEADER: &str = "x-affinity-api-version";

#[tokio::test]
async fn without_the_header_the_default_version_answers() {
    let sandbox = Sandbox::empty().await.unwrap();
    assert_eq!(get(&sandbox, "/v2/lists").await.header(HEADER), Some("2024-01-01"));
}

#[tokio::test]
async fn known_versions_are_accepted() {
    let sandbox = Sandbox::empty().await.unwrap();
    let known = [
        ("2024-01-01", "2024-01-01"),
        ("2026-07-15", "2026-07-15"),
        ("2026-09-17", "2026-09-17"),
        ("current", "2026-09-17"),
    ];
    for (asked, answered) in known {
        let answer = get_versioned(&sandbox, asked, "/v2/lists").await;
        assert_eq!((answer.status, answer.header(HEADER)), (200, Some(answered)));
    }
}

#[tokio::test]
async fn an_unknown_version_is_refused_in_the_name_of_the_default() {
    let sandbox = Sandbox::empty().await.unwrap();
    let answer = get_versioned(&sandbox, "2025-01-01", "/v2/lists").await;
    assert_eq!(answer.status, 400);
    assert_eq!(answer.errors(), [error("validation", Some("X-Affinity-Api-Version"))]);
    assert_eq!(answer.header(HEADER), Some("2024-01-01"));
}

#[tokio::test]
async fn a_key_can_have_another_default() {
    let sandbox = Sandbox::empty().await.unwrap();
    let key = sandbox.with_world(|world| {
        let key = NewKey::of(world.main_user()).default_version(ApiVersion::V20260715);
        world.add_key(key).unwrap()
    });
    assert_eq!(get_as(&sandbox, &key, "/v2/lists").await.header(HEADER), Some("2026-07-15"));
}

#[tokio::test]
async fn errors_carry_the_version_too() {
    let sandbox = Sandbox::empty().await.unwrap();
    let unknown = get_versioned(&sandbox, "2026-07-15", "/v2/nothing").await;
    assert_eq!((unknown.status, unknown.header(HEADER)), (404, Some("2026-07-15")));
    let anonymous = send(reqwest::Client::new().get(format!("{}/v2/lists", sandbox.url()))).await;
    assert_eq!((anonymous.status, anonymous.header(HEADER)), (401, Some("2024-01-01")));
}

#[tokio::test]
async fn versions_differ_in_hidden_cells_only() {
    let small = small();
    let paths = [
        "/v2/companies?fieldTypes=enriched&fieldTypes=global".to_owned(),
        "/v2/companies/fields".to_owned(),
        "/v2/lists".to_owned(),
        "/v2/opportunities".to_owned(),
        format!("/v2/lists/{}/list-entries?fieldTypes=list", small.deals),
        format!("/v2/companies/{}/list-entries", small.company),
    ];
    let sandbox = serve(small.world).await;
    for path in paths {
        let oldest = get(&sandbox, &path).await;
        for version in ["2026-07-15", "2026-09-17"] {
            let answer = get_versioned(&sandbox, version, &path).await;
            assert_eq!((answer.status, answer.text == oldest.text), (200, true), "{version} {path}");
        }
    }
}
