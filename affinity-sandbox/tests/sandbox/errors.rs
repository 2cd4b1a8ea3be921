use affinity_sandbox::Sandbox;
use serde_json::json;

use crate::support::{error, get, get_versioned, send, serve, small};

#[tokio::test]
async fn an_unknown_path_is_an_error_of_the_api() {
    let sandbox = Sandbox::empty().await.unwrap();
    for path in ["/v2/nothing", "/v2", "/v2/lists/"] {
        let answer = get(&sandbox, path).await;
        assert_eq!((answer.status, answer.errors()), (404, vec![error("not-found", None)]), "{path}");
    }
}

#[tokio::test]
async fn a_wrong_method_is_an_error_of_the_api() {
    let sandbox = Sandbox::empty().await.unwrap();
    let request = reqwest::Client::new().delete(format!("{}/v2/lists/1", sandbox.url()));
    let answer = send(request.bearer_auth(sandbox.api_key())).await;
    assert_eq!((answer.status, answer.errors()), (405, vec![error("method-not-allowed", None)]));
}

#[tokio::test]
async fn only_validation_errors_name_a_parameter() {
    let sandbox = Sandbox::empty().await.unwrap();
    let missing = get(&sandbox, "/v2/lists/5").await.json();
    assert_eq!(missing, json!({"errors": [{"code": "not-found", "message": "there is no list 5"}]}));
    let invalid = get(&sandbox, "/v2/lists?limit=0").await.json();
    assert_eq!(invalid["errors"][0]["param"], "limit");
}

#[tokio::test]
async fn all_bad_parameters_are_told_at_once() {
    let sandbox = Sandbox::empty().await.unwrap();
    let query = "ids=x&fieldTypes=list&limit=101&cursor=nonsense";
    let answer = get(&sandbox, &format!("/v2/companies?{query}")).await;
    assert_eq!(answer.status, 400);
    let expected = ["ids", "fieldTypes", "limit", "cursor"].map(|param| error("validation", Some(param)));
    assert_eq!(answer.errors(), expected);
}

#[tokio::test]
async fn malformed_path_ids_are_refused() {
    let sandbox = Sandbox::empty().await.unwrap();
    for id in ["0", "-1", "+1", "1.5", "abc", "9223372036854775808", "%31x", "1%2C2"] {
        let answer = get(&sandbox, &format!("/v2/companies/{id}")).await;
        assert_eq!(
            (answer.status, answer.errors()),
            (400, vec![error("validation", Some("companyId"))]),
            "{id}"
        );
    }
    let both = get(&sandbox, "/v2/lists/a/list-entries/b").await;
    let expected = ["listId", "listEntryId"].map(|param| error("validation", Some(param)));
    assert_eq!(both.errors(), expected);
}

#[tokio::test]
async fn what_an_id_can_be_is_told() {
    let sandbox = serve(small().world).await;
    for (path, largest) in [
        ("/v2/companies/9223372036854775808", "9223372036854775807"),
        ("/v2/companies?ids=9223372036854775808", "9223372036854775807"),
        ("/v2/company-merges/9007199254740992", "9007199254740991"),
        ("/v2/notes/2147483648", "2147483647"),
    ] {
        let answer = get(&sandbox, path).await.json();
        let expected = format!("an id is a whole number from 1 to {largest}");
        assert_eq!(answer["errors"][0]["message"], expected, "{path}");
    }
}

#[tokio::test]
async fn the_largest_id_is_well_formed() {
    let sandbox = Sandbox::empty().await.unwrap();
    assert_eq!(get(&sandbox, "/v2/companies/9223372036854775807").await.status, 404);
}

#[tokio::test]
async fn undeclared_parameters_are_ignored() {
    let sandbox = serve(small().world).await;
    let plain = get(&sandbox, "/v2/companies").await;
    let filtered = get(&sandbox, "/v2/companies?filter=id%3D1&totalCount=maybe").await;
    assert_eq!(filtered.json(), plain.json());
    assert_eq!(get(&sandbox, "/v2/companies/fields?fieldTypes=nonsense").await.status, 200);
}

#[tokio::test]
async fn each_answer_has_a_request_id_of_its_own() {
    let sandbox = Sandbox::empty().await.unwrap();
    let first = get(&sandbox, "/v2/lists").await;
    let second = get_versioned(&sandbox, "never", "/v2/lists").await;
    assert!(first.header("x-request-id").is_some());
    assert!(second.header("x-request-id").is_some());
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}

#[tokio::test]
async fn path_and_query_are_told_together() {
    let sandbox = Sandbox::empty().await.unwrap();
    let bad = [
        ("/v2/companies/x?fieldTypes=list", vec!["companyId", "fieldTypes"]),
        ("/v2/companies/x/list-entries?limit=0", vec!["companyId", "limit"]),
        ("/v2/companies/x/lists?limit=0", vec!["companyId", "limit"]),
        ("/v2/lists/x/fields?limit=0", vec!["listId", "limit"]),
        ("/v2/lists/x/list-entries?limit=0&fieldTypes=no", vec!["listId", "fieldTypes", "limit"]),
        ("/v2/lists/x/list-entries/y?fieldTypes=no", vec!["listId", "listEntryId", "fieldTypes"]),
        (
            "/v2/lists/x/list-entries/y/fields?types=no&limit=0",
            vec!["listId", "listEntryId", "types", "limit"],
        ),
        ("/v2/lists/x/list-entries/y/fields/z", vec!["listId", "listEntryId"]),
        ("/v2/lists/x/saved-views?limit=0", vec!["listId", "limit"]),
        ("/v2/lists/x/saved-views/y", vec!["listId", "viewId"]),
        ("/v2/lists/x/saved-views/y/list-entries?limit=0", vec!["listId", "viewId", "limit"]),
    ];
    for (path, params) in bad {
        let answer = get(&sandbox, path).await;
        let expected: Vec<_> = params.into_iter().map(|param| error("validation", Some(param))).collect();
        assert_eq!((answer.status, answer.errors()), (400, expected), "{path}");
    }
}

#[tokio::test]
async fn a_parameter_that_takes_one_value_is_given_once() {
    let sandbox = Sandbox::empty().await.unwrap();
    let answer = get(&sandbox, "/v2/companies?limit=5&limit=5").await;
    assert_eq!((answer.status, answer.errors()), (400, vec![error("validation", Some("limit"))]));
    let cursors = get(&sandbox, "/v2/companies?cursor=a&cursor=a").await;
    assert_eq!(cursors.errors(), [error("validation", Some("cursor"))]);
}
