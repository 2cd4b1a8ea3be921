//! What tests of API v1 have in common.

use affinity_sandbox::{Method, Sandbox};
use serde_json::{Value, json};

use crate::support::{Answer, get, send, send_as};

/// Sends a JSON body with the main key.
pub(crate) async fn call(sandbox: &Sandbox, method: Method, path: &str, body: &Value) -> Answer {
    send_as(sandbox, sandbox.api_key(), method, path, &body.to_string()).await
}

/// What a read with the main key gives, which has to succeed.
pub(crate) async fn read(sandbox: &Sandbox, path: &str) -> Value {
    let answer = get(sandbox, path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    answer.json()
}

/// What a write with the main key gives, which has to succeed.
pub(crate) async fn write(sandbox: &Sandbox, method: Method, path: &str, body: &Value) -> Value {
    let answer = call(sandbox, method, path, body).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    answer.json()
}

/// Deletes with the main key; tells the status.
pub(crate) async fn delete(sandbox: &Sandbox, path: &str) -> u16 {
    let request = reqwest::Client::new().delete(format!("{}{path}", sandbox.url()));
    let answer = send(request.bearer_auth(sandbox.api_key())).await;
    if answer.status == 200 {
        assert_eq!(answer.json(), json!({"success": true}));
    }
    answer.status
}

/// The status, and the parameters that are said to be wrong; an error without one is "".
pub(crate) fn refusal(answer: &Answer) -> (u16, Vec<String>) {
    let body = answer.json();
    let errors = body["errors"].as_array().expect("an error body");
    assert!(errors.iter().all(|error| error["message"].is_string()), "{}", answer.text);
    (
        answer.status,
        errors.iter().map(|error| error["param"].as_str().unwrap_or_default().to_owned()).collect(),
    )
}

/// A refusal because of that parameter.
pub(crate) fn wrong(param: &str) -> (u16, Vec<String>) {
    (422, vec![param.to_owned()])
}

/// The message of the first error.
pub(crate) fn message(answer: &Answer) -> String {
    answer.json()["errors"][0]["message"].as_str().unwrap_or_default().to_owned()
}

/// The ids of an array.
pub(crate) fn ids(items: &Value) -> Vec<u64> {
    let items = items.as_array().expect("an array");
    items.iter().map(|item| item["id"].as_u64().expect("a numeric id")).collect()
}

/// The number v1 has for a custom field.
pub(crate) fn number(field: &str) -> u64 {
    field.strip_prefix("field-").and_then(|number| number.parse().ok()).expect("a custom field")
}
