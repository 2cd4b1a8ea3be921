//! Operations 1 to 34, in one table.

use std::collections::BTreeSet;

use affinity_sandbox::{Method, Sandbox};
use serde_json::json;

use crate::support::{get, send, send_as, serve, small};
use crate::v1_support::{call, refusal};

const TABLE: &[(Method, &str)] = &[
    (Method::GET, "/auth/whoami"),
    (Method::GET, "/rate-limit"),
    (Method::GET, "/lists"),
    (Method::GET, "/lists/{list_id}"),
    (Method::POST, "/lists"),
    (Method::GET, "/lists/{list_id}/list-entries"),
    (Method::GET, "/lists/{list_id}/list-entries/{list_entry_id}"),
    (Method::POST, "/lists/{list_id}/list-entries"),
    (Method::DELETE, "/lists/{list_id}/list-entries/{list_entry_id}"),
    (Method::GET, "/fields"),
    (Method::POST, "/fields"),
    (Method::DELETE, "/fields/{field_id}"),
    (Method::GET, "/field-values"),
    (Method::POST, "/field-values"),
    (Method::PUT, "/field-values/{field_value_id}"),
    (Method::DELETE, "/field-values/{field_value_id}"),
    (Method::GET, "/field-value-changes"),
    (Method::GET, "/persons"),
    (Method::GET, "/persons/{person_id}"),
    (Method::POST, "/persons"),
    (Method::PUT, "/persons/{person_id}"),
    (Method::DELETE, "/persons/{person_id}"),
    (Method::GET, "/persons/fields"),
    (Method::GET, "/organizations"),
    (Method::GET, "/organizations/{organization_id}"),
    (Method::POST, "/organizations"),
    (Method::PUT, "/organizations/{organization_id}"),
    (Method::DELETE, "/organizations/{organization_id}"),
    (Method::GET, "/organizations/fields"),
    (Method::GET, "/opportunities"),
    (Method::GET, "/opportunities/{opportunity_id}"),
    (Method::POST, "/opportunities"),
    (Method::PUT, "/opportunities/{opportunity_id}"),
    (Method::DELETE, "/opportunities/{opportunity_id}"),
];

/// The other operations start with one of these.
const OTHERS: [&str; 6] =
    ["/interactions", "/relationships-strengths", "/notes", "/entity-files", "/reminders", "/webhook"];

#[test]
fn the_table_is_what_is_served() {
    let served: BTreeSet<_> = Sandbox::v1_operations()
        .into_iter()
        .filter(|operation| !OTHERS.iter().any(|other| operation.path.starts_with(other)))
        .map(|operation| (operation.method.to_string(), operation.path))
        .collect();
    let table: BTreeSet<_> = TABLE.iter().map(|(method, path)| (method.to_string(), *path)).collect();
    assert_eq!((table.len(), &served), (34, &table));
    assert!(Sandbox::v1_operations().iter().all(|operation| operation.permission.is_none()));
}

#[tokio::test]
async fn each_wants_a_key_and_tells_the_limits() {
    let sandbox = serve(small().world).await;
    for (method, path) in TABLE {
        let stranger = send_as(&sandbox, "no key", method.clone(), path, "{}").await;
        assert_eq!(refusal(&stranger), (401, vec![String::new()]), "{method} {path}");
        let answer = call(&sandbox, method.clone(), path, &json!({})).await;
        assert!(answer.header("x-ratelimit-limit-user-remaining").is_some(), "{method} {path}");
        assert!(answer.header("x-request-id").is_some(), "{method} {path}");
        assert_eq!(answer.header("x-affinity-api-version"), None, "{method} {path}");
    }
}

#[tokio::test]
async fn each_refuses_an_unknown_id() {
    let small = small();
    let row = format!("/lists/{}/list-entries/4711", small.portfolio);
    let of_list = format!("/lists/{}/list-entries", small.portfolio);
    let score = small.score.trim_start_matches("field-").to_owned();
    let sandbox = serve(small.world).await;
    let unknown = [
        (Method::GET, "/lists/4711", json!({}), 404),
        (Method::POST, "/lists", json!({"name": "A", "type": 0, "is_public": true, "owner_id": 4711}), 422),
        (Method::GET, "/lists/4711/list-entries", json!({}), 404),
        (Method::GET, &row, json!({}), 404),
        (Method::POST, "/lists/4711/list-entries", json!({"entity_id": 1}), 404),
        (Method::POST, &of_list, json!({"entity_id": 4711}), 422),
        (Method::DELETE, &row, json!({}), 404),
        (Method::GET, "/fields?list_id=4711", json!({}), 422),
        (
            Method::POST,
            "/fields",
            json!({"name": "A", "entity_type": 1, "value_type": 6, "list_id": 4711, "is_list_specific": true}),
            422,
        ),
        (Method::DELETE, "/fields/4711", json!({}), 404),
        (Method::GET, "/field-values?person_id=4711", json!({}), 422),
        (Method::POST, "/field-values", json!({"field_id": 4711, "entity_id": 1, "value": 1}), 422),
        (Method::PUT, "/field-values/4711", json!({"value": 1}), 404),
        (Method::DELETE, "/field-values/4711", json!({}), 404),
        (Method::GET, "/field-value-changes?field_id=4711", json!({}), 422),
        (Method::GET, &format!("/field-value-changes?field_id={score}&person_id=4711"), json!({}), 422),
        (Method::GET, "/persons/4711", json!({}), 404),
        (
            Method::POST,
            "/persons",
            json!({"first_name": "A", "last_name": "B", "emails": [], "organization_ids": [4711]}),
            422,
        ),
        (Method::PUT, "/persons/4711", json!({}), 404),
        (Method::DELETE, "/persons/4711", json!({}), 404),
        (Method::GET, "/organizations/4711", json!({}), 404),
        (Method::POST, "/organizations", json!({"name": "A", "person_ids": [4711]}), 422),
        (Method::PUT, "/organizations/4711", json!({}), 404),
        (Method::DELETE, "/organizations/4711", json!({}), 404),
        (Method::GET, "/opportunities/4711", json!({}), 404),
        (Method::POST, "/opportunities", json!({"name": "A", "list_id": 4711}), 422),
        (Method::PUT, "/opportunities/4711", json!({}), 404),
        (Method::DELETE, "/opportunities/4711", json!({}), 404),
    ];
    for (method, path, body, status) in unknown {
        let answer = call(&sandbox, method.clone(), path, &body).await;
        assert_eq!(refusal(&answer).0, status, "{method} {path} {}", answer.text);
    }
}

#[tokio::test]
async fn what_is_no_id_is_refused() {
    let sandbox = serve(small().world).await;
    for (method, path) in TABLE.iter().filter(|(_, path)| path.contains('{')) {
        let answer =
            call(&sandbox, method.clone(), &path.replace(['{', '}'], ""), &json!({"value": 1})).await;
        let params = refusal(&answer);
        assert_eq!(params.0, 422, "{method} {path}");
        assert!(params.1.iter().all(|param| path.contains(param) || param == "entity_id"), "{params:?}");
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_errors_of_this_api() {
    let sandbox = Sandbox::empty().await.unwrap();
    for path in ["/", "/elsewhere", "/companies", "/lists/"] {
        assert_eq!(refusal(&get(&sandbox, path).await), (404, vec![String::new()]), "{path}");
    }
    let request = reqwest::Client::new().patch(format!("{}/persons/1", sandbox.url()));
    let answer = send(request.bearer_auth(sandbox.api_key())).await;
    assert_eq!(refusal(&answer), (405, vec![String::new()]));
}
