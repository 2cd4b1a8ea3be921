//! The server refuses what the document does not allow, and nothing else.

use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::{DocumentServer, Seen, Style};

const FIELDS: &str = "/v2/lists/64/list-entries/7/fields";
const FIELD: &str = "/v2/lists/64/list-entries/7/fields/field-1";

async fn server() -> DocumentServer {
    DocumentServer::start(Style::Smallest).await
}

async fn send(request: RequestBuilder) -> (StatusCode, Value) {
    let answer = request.bearer_auth("any").send().await.unwrap();
    let status = answer.status();
    (status, answer.json().await.unwrap_or_default())
}

fn get(server: &DocumentServer, target: &str) -> RequestBuilder {
    Client::new().get(format!("{}{target}", server.url()))
}

#[track_caller]
fn one_fault(server: &DocumentServer, with: &str) {
    let faults = server.faults();
    assert!(faults.len() == 1 && faults[0].contains(with), "{with}: {faults:?}");
}

async fn get_fault(target: &str, with: &str) {
    let server = server().await;
    let (status, body) = send(get(&server, target)).await;
    assert_eq!(status, 400, "{target}");
    assert_eq!(body["errors"][0]["code"], "bad-request");
    one_fault(&server, with);
}

async fn body_fault(path: &str, body: Value, with: &str) {
    let server = server().await;
    let url = format!("{}{path}", server.url());
    let request = if path == FIELDS { Client::new().patch(url) } else { Client::new().post(url) };
    assert_eq!(send(request.json(&body)).await.0, 400, "{body}");
    one_fault(&server, with);
}

fn update(value: Value) -> Value {
    json!({"operation": "update-fields", "updates": [{"id": "field-1", "value": value}]})
}

#[tokio::test]
async fn right_requests_are_answered() {
    let server = server().await;
    for target in [
        "/v2/auth/whoami",
        "/v2/companies?limit=100&ids=3&ids=4&fieldTypes=enriched&fieldTypes=global&fieldIds=a%26b&cursor=x",
        "/v2/companies/fields?limit=1",
        "/v2/companies/4711",
        "/v2/notes?limit=0&totalCount=true&includes=repliesCount&includes=personsPreview&filter=creator.id%3D1",
        "/v2/tasks/company-merges/0f0f0f0f-0000-4000-8000-000000000001",
    ] {
        let (status, body) = send(get(&server, target)).await;
        assert_eq!((status, body.is_object()), (StatusCode::OK, true), "{target}: {body}");
    }
    let seen: Vec<_> = server.seen().into_iter().map(|seen| seen.operation).collect();
    assert_eq!(
        seen,
        [
            "whoami",
            "list_companies",
            "list_company_fields",
            "get_company",
            "list_notes",
            "get_company_merge_task"
        ]
    );
    assert_eq!(server.faults(), Vec::<String>::new());
}

#[tokio::test]
async fn right_bodies_are_taken() {
    let server = server().await;
    let post = |path: &str| Client::new().post(format!("{}{path}", server.url()));
    let merge = json!({"primaryCompanyId": 11, "duplicateCompanyId": 12});
    let (status, body) = send(post("/v2/company-merges").json(&merge)).await;
    assert_eq!((status, body["taskUrl"].is_string()), (StatusCode::ACCEPTED, true));
    let value = json!({"value": {"type": "datetime", "data": null}});
    assert_eq!(send(post(FIELD).json(&value)).await, (StatusCode::NO_CONTENT, Value::Null));
    let batch = update(json!({"type": "person-multi", "data": [{"id": 1}]}));
    let patch = Client::new().patch(format!("{}{FIELDS}", server.url())).json(&batch);
    assert_eq!(send(patch).await.0, 200);
    assert_eq!(server.faults(), Vec::<String>::new());
    let last = Seen {
        operation: "update_list_entry_fields".to_owned(),
        method: "PATCH".to_owned(),
        target: FIELDS.to_owned(),
        body: Some(batch),
    };
    assert_eq!(server.seen().pop(), Some(last));
}

#[tokio::test]
async fn a_key_is_asked_for() {
    let keys: [fn(RequestBuilder) -> RequestBuilder; 3] =
        [|request| request, |request| request.basic_auth("", Some("any")), |request| request.bearer_auth("")];
    for key in keys {
        let server = server().await;
        let request = key(get(&server, "/v2/lists"));
        assert_eq!(request.send().await.unwrap().status(), 400);
        one_fault(&server, "no bearer token");
    }
}

#[tokio::test]
async fn a_query_the_document_does_not_have() {
    get_fault("/v2/companies?filter=x", "list_companies: query parameter filter is not declared").await;
    get_fault("/v2/companies?companyId=1", "companyId is not declared").await;
    get_fault("/v2/lists?limit=0", "limit: 0 is less than the minimum of 1").await;
    get_fault("/v2/lists?limit=101", "limit: 101 is greater").await;
    get_fault("/v2/lists?limit=ten", "limit: \"ten\" is not of type \"integer\"").await;
    get_fault("/v2/lists?limit=+5", "is not of type").await;
    get_fault("/v2/lists?limit=1&limit=2", "limit is given 2 times").await;
    get_fault("/v2/notes?totalCount=1", "totalCount").await;
    get_fault("/v2/companies?ids=3,4", "ids: /0: \"3,4\" is not of type").await;
    get_fault("/v2/companies?fieldTypes=enriched,global", "fieldTypes").await;
    get_fault("/v2/companies?fieldTypes=list", "fieldTypes").await;
    get_fault("/v2/companies?fieldIds%5B%5D=a", "fieldIds[] is not declared").await;
    get_fault("/v2/notes?includes=repliesCount&includes=repliesCount", "includes: ").await;
}

#[tokio::test]
async fn a_path_the_document_does_not_have() {
    get_fault("/v2/companies/tessel", "companyId: \"tessel\" is not of type").await;
    get_fault("/v2/companies/0", "companyId: 0 is less").await;
    get_fault("/v2/notes/2147483648", "noteId").await;
    get_fault("/v2/tasks/person-merges/7", "taskId: \"7\" is not a \"uuid\"").await;
    get_fault("/v2/organizations", "no such path").await;
    get_fault(FIELDS.trim_end_matches("/fields").trim_end_matches('7'), "no such path").await;
    let server = server().await;
    let delete = Client::new().delete(format!("{}/v2/lists/1", server.url()));
    assert_eq!(send(delete).await.0, 400);
    one_fault(&server, "no such method");
}

#[tokio::test]
async fn a_body_the_document_does_not_have() {
    let merge = |tail: Value| {
        let mut body = json!({"primaryCompanyId": 11});
        body.as_object_mut().unwrap().extend(tail.as_object().unwrap().clone());
        body
    };
    let path = "/v2/company-merges";
    body_fault(path, merge(json!({})), "\"duplicateCompanyId\" is a required property").await;
    body_fault(path, merge(json!({"duplicateCompanyId": "12"})), "/duplicateCompanyId: \"12\" is not of")
        .await;
    body_fault(path, merge(json!({"duplicateCompanyId": 12, "why": 1})), "('why' was unexpected)").await;
    body_fault(FIELD, json!({"value": null}), "body: /value").await;
    body_fault(FIELD, json!({"value": {"type": "text"}}), "\"data\" is a required property").await;
    body_fault(FIELD, json!({"value": {"type": "datetime", "data": "2025-11-20"}}), "date-time").await;
    body_fault(FIELD, json!({"value": {"type": "interaction", "data": null}}), "/value/type").await;
    let read = json!({"type": "person", "data": {"id": 1, "firstName": "Ines"}});
    body_fault(FIELDS, update(read), "/updates/0/value/data").await;
    let many: Vec<_> = (1..=101).map(|id| json!({"id": id})).collect();
    body_fault(FIELDS, update(json!({"type": "person-multi", "data": many})), "/updates/0/value/data").await;
    body_fault(FIELDS, json!({"operation": "delete", "updates": []}), "body: /operation").await;
}

#[tokio::test]
async fn a_body_stands_exactly_where_it_is_declared() {
    let faulty = async |request: fn(&DocumentServer) -> RequestBuilder, with: &str| {
        let server = server().await;
        assert_eq!(send(request(&server)).await.0, 400);
        one_fault(&server, with);
    };
    let post = |server: &DocumentServer| Client::new().post(format!("{}{FIELD}", server.url()));
    faulty(|server| get(server, "/v2/lists").body("{}"), "a body, where none is declared").await;
    faulty(post, "the body is missing").await;
    let server = server().await;
    let text =
        post(&server).header("content-type", "text/plain").body(r#"{"value":{"type":"text","data":"a"}}"#);
    assert_eq!(send(text).await.0, 400);
    one_fault(&server, "the body is Some(\"text/plain\")");
}

#[tokio::test]
async fn answers_have_the_style_asked_for() {
    let server = server().await;
    let (_, least) = send(get(&server, "/v2/companies")).await;
    assert_eq!(least["pagination"], json!({"nextUrl": null}));
    let company = least["data"][0].as_object().unwrap();
    assert_eq!(company.keys().collect::<Vec<_>>(), ["domain", "domains", "id", "isGlobal", "name"]);
    assert_eq!(company["domain"], Value::Null);

    let server = DocumentServer::start(Style::Fullest).await;
    server.choose("FieldValue", "ranked-dropdown");
    let (_, most) = send(get(&server, "/v2/companies/1")).await;
    assert!(most["domain"].is_string());
    assert_eq!(most["fields"][0]["value"]["type"], "ranked-dropdown");
    assert!(most["fields"][0]["value"]["data"]["color"].is_string());

    server.answer_with(404);
    let (status, refusal) = send(get(&server, "/v2/companies/1")).await;
    assert_eq!((status.as_u16(), &refusal["errors"][0]["code"]), (404, &json!("not-found")));
}

#[tokio::test]
async fn a_count_comes_when_it_is_asked_for() {
    let server = server().await;
    for (query, count) in
        [("", Value::Null), ("?totalCount=false", Value::Null), ("?totalCount=true", json!(120))]
    {
        let (_, page) = send(get(&server, &format!("/v2/notes/1/attached-persons{query}"))).await;
        assert_eq!(page["pagination"]["totalCount"], count, "{query}");
    }
}

#[tokio::test]
async fn a_seed_gives_the_same_answers_again() {
    let answers = async |seed| {
        let server = DocumentServer::start(Style::Seeded(seed)).await;
        for target in ["/v2/notes", "/v2/lists/1/list-entries", "/v2/emails"] {
            send(get(&server, target)).await;
        }
        server.answers()
    };
    assert_eq!(answers(7).await, answers(7).await);
    assert_ne!(answers(7).await, answers(8).await);
}

#[test]
fn a_keyword_that_checks_nothing_is_refused() {
    for schema in [json!({"pattern": "a+"}), json!({"format": "iban"}), json!({"oneOf": []})] {
        let lowered = std::panic::catch_unwind(|| super::lowering::lower(&schema, "Thing"));
        assert!(lowered.is_err(), "{schema}");
    }
}
