//! Requests, pinned whole: method, path, query, body, and the key.

use httpmock::{HttpMockRequest, Mock, MockServer};
use serde_json::Value;

use crate::support::BASIC;

/// A refusal as it was seen.
pub(crate) const REFUSAL: &str = r#"{"errors":[{"message":"No such thing.","param":"entity_id"}]}"#;

/// What a deletion answers.
pub(crate) const SUCCESS: &str = r#"{"success": true}"#;

pub(crate) struct Pinned {
    method: &'static str,
    path: String,
    query: Vec<(String, String)>,
    body: Option<Value>,
}

pub(crate) fn get(path: &str) -> Pinned {
    Pinned { method: "GET", path: path.to_owned(), query: Vec::new(), body: None }
}

pub(crate) fn delete(path: &str) -> Pinned {
    Pinned { method: "DELETE", ..get(path) }
}

pub(crate) fn post(path: &str, body: Value) -> Pinned {
    Pinned { method: "POST", body: Some(body), ..get(path) }
}

pub(crate) fn put(path: &str, body: Value) -> Pinned {
    Pinned { method: "PUT", body: Some(body), ..get(path) }
}

impl Pinned {
    pub(crate) fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Answers this request, and no other.
    pub(crate) async fn answers<'a>(self, server: &'a MockServer, status: u16, body: &str) -> Mock<'a> {
        let mock = |when: httpmock::When, then: httpmock::Then| {
            when.header("authorization", BASIC).is_true(move |request| self.is(request));
            then.status(status).header("content-type", "application/json").body(body);
        };
        server.mock_async(mock).await
    }

    fn is(&self, request: &HttpMockRequest) -> bool {
        let body = request.body_ref();
        let body = (!body.is_empty()).then(|| serde_json::from_slice::<Value>(body).unwrap());
        request.method_str() == self.method
            && request.uri().path() == self.path
            && sorted(request.query_params()) == sorted(self.query.clone())
            && body == self.body
    }
}

fn sorted(mut query: Vec<(String, String)>) -> Vec<(String, String)> {
    query.sort();
    query
}

#[tokio::test]
async fn a_pin_answers_no_other_request() {
    let server = MockServer::start_async().await;
    let entries = crate::support::client(&server).list_entries().list(affinity_core::ListId::new(1));
    let ask = || get("/lists/1/list-entries").query("page_size", "500");
    for other in
        [get("/lists/1/list-entries"), ask().query("page_token", "p1"), ask().query("page_size", "500")]
    {
        other.answers(&server, 200, "[]").await;
    }
    assert!(entries.clone().send().await.unwrap_err().is_not_found());
    ask().answers(&server, 200, "[]").await;
    assert!(entries.send().await.unwrap().items.is_empty());
}
