//! A server that knows the published document and nothing else: what it refuses, the document does not allow,
//! and what it answers, the document promises. It shares no code with the client or the sandbox.

use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{Query, RawPathParams, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use axum::{Json, Router, serve};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

mod checks;
mod contract;
mod instances;
mod lowering;
mod requests;

pub(crate) use contract::{contract, named};
use instances::Maker;
pub(crate) use instances::Style;
use requests::Request;

/// The headers that every answer carries: a quota that no test uses up.
const LIMITS: [(&str, &str); 6] = [
    ("X-Ratelimit-Limit-User", "1000000"),
    ("X-Ratelimit-Limit-User-Remaining", "1000000"),
    ("X-Ratelimit-Limit-User-Reset", "60"),
    ("X-Ratelimit-Limit-Org", "100000000"),
    ("X-Ratelimit-Limit-Org-Remaining", "100000000"),
    ("X-Ratelimit-Limit-Org-Reset", "86400"),
];

pub(crate) struct DocumentServer {
    url: String,
    shared: Arc<Mutex<Shared>>,
    task: JoinHandle<()>,
}

struct Shared {
    maker: Maker,
    /// The status to answer with, if it is not success.
    status: Option<u16>,
    faults: Vec<String>,
    seen: Vec<Seen>,
    answers: Vec<Value>,
}

/// A request that came.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    /// The name of the operation, as the document has it.
    pub(crate) operation: String,
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    /// The body, if it is JSON.
    pub(crate) body: Option<Value>,
}

impl DocumentServer {
    /// A server whose answers have this style.
    pub(crate) async fn start(style: Style) -> Self {
        let shared = Arc::new(Mutex::new(Shared::new(style)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = app(&shared);
        let task = tokio::spawn(async move { serve(listener, app).await.unwrap() });
        Self { url, shared, task }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Answers with this member of a union from now on.
    pub(crate) fn choose(&self, union: &str, tag: &str) {
        self.shared.lock().unwrap().maker.choose(union, tag);
    }

    /// Answers with this status from now on, in the form that the document gives it.
    pub(crate) fn answer_with(&self, status: u16) {
        self.shared.lock().unwrap().status = Some(status);
    }

    /// What was wrong with the requests, each with its operation.
    pub(crate) fn faults(&self) -> Vec<String> {
        self.shared.lock().unwrap().faults.clone()
    }

    /// The requests that came to an operation, in order. Those to no operation are among the faults only.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared.lock().unwrap().seen.clone()
    }

    /// The bodies that were answered, in order; null for none.
    pub(crate) fn answers(&self) -> Vec<Value> {
        self.shared.lock().unwrap().answers.clone()
    }

    /// The members of unions that were in the answers, as union and tag.
    pub(crate) fn made(&self) -> Vec<(String, String)> {
        self.shared.lock().unwrap().maker.made.iter().cloned().collect()
    }
}

impl Drop for DocumentServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The router finds the path, literal segments before parameters; its patterns look like the document's.
fn app(shared: &Arc<Mutex<Shared>>) -> Router {
    let mut paths: Vec<_> = contract().operations.iter().map(|it| it.path.as_str()).collect();
    paths.sort_unstable();
    paths.dedup();
    let app = Router::new().fallback(any(stray).with_state(shared.clone()));
    paths.into_iter().fold(app, |app, path| app.route(path, any(take).with_state((shared.clone(), path))))
}

async fn stray(State(shared): State<Arc<Mutex<Shared>>>, method: Method, uri: Uri) -> Response {
    shared.lock().unwrap().refuse(vec![format!("{method} {uri}: no such path")])
}

async fn take(
    State((shared, path)): State<(Arc<Mutex<Shared>>, &'static str)>,
    method: Method,
    uri: Uri,
    segments: RawPathParams,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Query(query) = Query::try_from_uri(&uri).unwrap();
    let path_values = segments.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let request = Request { path: path_values, query, headers, body: body.to_vec() };
    shared.lock().unwrap().answer(&method, path, &uri, &request)
}

impl Shared {
    fn new(style: Style) -> Self {
        let maker = Maker::new(contract(), style);
        Self { maker, status: None, faults: Vec::new(), seen: Vec::new(), answers: Vec::new() }
    }

    fn answer(&mut self, method: &Method, path: &str, uri: &Uri, request: &Request) -> Response {
        let Some(operation) = contract().operation(method.as_str(), path) else {
            return self.refuse(vec![format!("{method} {path}: no such method")]);
        };
        self.seen.push(Seen {
            operation: operation.name.clone(),
            method: operation.method.clone(),
            target: uri.to_string(),
            body: serde_json::from_slice(&request.body).ok(),
        });
        let faults = requests::faults(contract(), operation, request);
        if !faults.is_empty() {
            return self.refuse(faults.iter().map(|fault| format!("{}: {fault}", operation.name)).collect());
        }
        let status = self.status.unwrap_or(operation.success());
        let body = operation.answer(status).map(|schema| self.promised(schema, request));
        self.answers.push(body.clone().unwrap_or_default());
        respond(status, body)
    }

    /// A made-up answer, which is itself held to the document.
    fn promised(&mut self, schema: &Value, request: &Request) -> Value {
        let mut body = self.maker.make(schema);
        let counted = request.query.iter().any(|(name, value)| name == "totalCount" && value == "true");
        if let (true, Some(pagination)) = (counted, body.get_mut("pagination")) {
            // Some pages do not declare it, but are open, and it is what the parameter is for.
            pagination["totalCount"] = json!(120);
        }
        assert_eq!(contract().misfits(schema, &body), Vec::<String>::new(), "{body}");
        body
    }

    fn refuse(&mut self, faults: Vec<String>) -> Response {
        let error = |fault: &String| json!({"code": "bad-request", "message": fault});
        let body = json!({"errors": faults.iter().map(error).collect::<Vec<_>>()});
        self.faults.extend(faults);
        respond(400, Some(body))
    }
}

fn respond(status: u16, body: Option<Value>) -> Response {
    let status = StatusCode::from_u16(status).unwrap();
    match body {
        Some(body) => (status, LIMITS, Json(body)).into_response(),
        None => (status, LIMITS).into_response(),
    }
}
