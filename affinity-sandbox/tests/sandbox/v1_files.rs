//! Files.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use affinity_sandbox::{EntityFile, FileContent, Method, Sandbox};
use futures::stream;
use serde_json::json;

use crate::support::{Answer, address, get, send};
use crate::v1_tools::{at_noon, ids, message, noon, office, problems};

/// The parts of an upload, as a browser writes them.
fn form(parts: &[(&str, Option<&str>, &str)]) -> String {
    let mut body = String::new();
    for (name, file, content) in parts {
        let file =
            file.map(|file| format!("; filename=\"{file}\"\r\nContent-Type: text/plain")).unwrap_or_default();
        body +=
            &format!("--limit\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n");
    }
    body + "--limit--\r\n"
}

async fn upload(sandbox: &Sandbox, body: impl Into<reqwest::Body>) -> Answer {
    let request =
        reqwest::Client::new().post(address(sandbox, "/entity-files")).bearer_auth(sandbox.api_key());
    send(request.header("content-type", "multipart/form-data; boundary=limit").body(body)).await
}

/// Where a download leads, without going there.
async fn location(sandbox: &Sandbox, id: u64) -> String {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let request = client.get(address(sandbox, &format!("/entity-files/download/{id}")));
    let answer = send(request.bearer_auth(sandbox.api_key())).await;
    assert_eq!(answer.status, 302);
    answer.header("location").unwrap().to_owned()
}

#[tokio::test]
async fn a_file_is_uploaded_listed_and_downloaded() {
    let office = office();
    let (user, company) = (office.user, office.small.company);
    let sandbox = at_noon(office.small.world).await;
    let parts =
        form(&[("organization_id", None, &company.to_string()), ("file", Some("terms.txt"), "Two pages.")]);
    let made = upload(&sandbox, parts).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let made = made.json();
    let id = made["entity_files"][0]["id"].as_u64().unwrap();
    let expected = json!({
        "id": id, "name": "terms.txt", "size": 10, "content_type": "text/plain", "person_id": null,
        "organization_id": company, "opportunity_id": null, "uploader_id": user,
        "created_at": "2026-01-15T12:00:00.000Z"
    });
    assert_eq!(made, json!({"success": true, "entity_files": [expected]}));
    assert_eq!(get(&sandbox, &format!("/entity-files/{id}")).await.json(), expected);
    let listed = get(&sandbox, &format!("/entity-files?organization_id={company}")).await.json();
    assert_eq!(listed, json!({"entity_files": [expected], "next_page_token": null}));
    let address = location(&sandbox, id).await;
    assert!(address.starts_with(&format!("{}/userfiles/", sandbox.url())), "{address}");
    let file = send(reqwest::Client::new().get(&address)).await;
    assert_eq!((file.status, file.text.as_str()), (200, "Two pages."));
    assert_eq!(file.header("content-disposition"), Some("attachment; filename=\"terms.txt\""));
    assert_eq!(
        (file.header("content-length"), file.header("content-type")),
        (Some("10"), Some("text/plain"))
    );
    // Another host as far as the API is concerned: without limits.
    assert_eq!(file.header("x-ratelimit-limit-user"), None);
}

#[tokio::test]
async fn several_files_come_at_once() {
    let office = office();
    let person = office.small.person;
    let sandbox = at_noon(office.small.world).await;
    let parts = form(&[
        ("files[]", Some("a.txt"), "a"),
        ("files[]", Some("b.txt"), "bb"),
        ("person_id", None, &person.to_string()),
    ]);
    let made = upload(&sandbox, parts).await.json();
    let sizes: Vec<_> =
        made["entity_files"].as_array().unwrap().iter().map(|file| file["size"].clone()).collect();
    assert_eq!(sizes, [1, 2]);
    assert_eq!(
        ids(&get(&sandbox, &format!("/entity-files?person_id={person}")).await, "entity_files").len(),
        2
    );
    let other = format!("/entity-files?opportunity_id={}", office.small.opportunity);
    assert!(ids(&get(&sandbox, &other).await, "entity_files").is_empty());
    let unknown = get(&sandbox, "/entity-files?organization_id=1").await;
    assert_eq!(message(&unknown), "Field organization_id: expected 1 to be a valid id");
}

#[tokio::test]
async fn an_upload_needs_a_file_and_one_entity() {
    let office = office();
    let person = office.small.person.to_string();
    let sandbox = at_noon(office.small.world).await;
    let file = ("file", Some("a.txt"), "a");
    for (parts, params) in [
        (vec![("person_id", None, person.as_str())], vec!["file"]),
        (vec![file], vec!["person_id"]),
        (vec![file, ("person_id", None, &person), ("opportunity_id", None, "300001")], vec!["person_id"]),
        (vec![file, ("person_id", None, "someone")], vec!["person_id"]),
    ] {
        let answer = upload(&sandbox, form(&parts)).await;
        let params = params.into_iter().map(str::to_owned).collect();
        assert_eq!(problems(&answer), (422, params), "{parts:?}");
    }
    assert_eq!(upload(&sandbox, "no parts at all").await.status, 422);
    assert!(ids(&get(&sandbox, "/entity-files").await, "entity_files").is_empty());
}

#[tokio::test]
async fn an_address_is_good_for_a_minute_without_a_key() {
    let mut office = office();
    let file = EntityFile::of_company(office.small.company, "Ünder.txt", "x");
    let id = office.small.world.add_file(file).unwrap();
    let sandbox = at_noon(office.small.world).await;
    let address = location(&sandbox, id).await;
    let secret = address.strip_prefix(sandbox.url()).unwrap().split('?').next().unwrap().to_owned();
    sandbox.clear_requests();
    let with_key = reqwest::Client::new().get(&address).bearer_auth(sandbox.api_key());
    assert_eq!(send(with_key).await.status, 200);
    sandbox.advance(Duration::from_secs(60));
    let file = send(reqwest::Client::new().get(&address)).await;
    assert_eq!(file.status, 200);
    assert_eq!(
        file.header("content-disposition"),
        Some("attachment; filename=\"_nder.txt\"; filename*=UTF-8''%C3%9Cnder.txt")
    );
    sandbox.advance(Duration::from_secs(1));
    assert_eq!(send(reqwest::Client::new().get(&address)).await.status, 403);
    let schemes: Vec<_> = sandbox
        .requests()
        .iter()
        .map(|request| {
            assert_eq!((&request.method, &request.path), (&Method::GET, &secret));
            (request.auth_scheme, request.status.unwrap().as_u16())
        })
        .collect();
    assert_eq!(schemes, [(Some("bearer"), 200), (None, 200), (None, 403)]);
}

#[tokio::test]
async fn elsewhere_a_key_is_refused() {
    let mut office = office();
    let id = office.small.world.add_file(EntityFile::of_company(office.small.company, "x", "x")).unwrap();
    let sandbox = noon(office.small.world).files_at("http://files.example/").start().await.unwrap();
    let address = location(&sandbox, id).await;
    let path = address.strip_prefix("http://files.example").unwrap();
    let here = format!("{}{path}", sandbox.url());
    let with_key = reqwest::Client::new().get(&here).bearer_auth(sandbox.api_key());
    assert_eq!(send(with_key).await.status, 400);
    assert_eq!(send(reqwest::Client::new().get(&here)).await.status, 200);
    assert_eq!(get(&sandbox, "/entity-files/download/1").await.status, 404);
}

#[tokio::test]
async fn a_large_file_is_measured_only() {
    const MIB: usize = 1024 * 1024;
    let office = office();
    let company = office.small.company;
    let sandbox = at_noon(office.small.world).await;
    let start = form(&[("organization_id", None, &company.to_string())]).replace("--limit--\r\n", "");
    let file = "--limit\r\nContent-Disposition: form-data; name=\"file\"; filename=\"big\"\r\n\r\n";
    let pieces = (0..24).map(|_| Ok::<_, std::io::Error>(vec![b'z'; MIB]));
    let start = [Ok(format!("{start}{file}").into_bytes())].into_iter();
    let end = [Ok(b"\r\n--limit--\r\n".to_vec())].into_iter();
    let body = reqwest::Body::wrap_stream(stream::iter(start.chain(pieces).chain(end)));
    let made = upload(&sandbox, body).await.json();
    assert_eq!(made["entity_files"][0]["size"], 24 * MIB);
    let id = made["entity_files"][0]["id"].as_u64().unwrap();
    let content = sandbox.with_world(|world| world.file_content(id).cloned()).unwrap();
    assert!(matches!(content, FileContent::Measured { .. }));
    let same = EntityFile::of_company(company, "big", vec![b'z'; 24 * MIB]);
    let same = sandbox.with_world(|world| {
        let id = world.add_file(same).unwrap();
        world.file_content(id).unwrap().digest()
    });
    assert_eq!(content.digest(), same);
    let address = location(&sandbox, id).await;
    assert_eq!(send(reqwest::Client::new().get(address)).await.status, 507);
    // It is not in the record either.
    assert!(sandbox.requests().iter().all(|request| request.body.is_empty()));
}

#[tokio::test]
async fn files_and_reminders_follow_a_merge() {
    let mut office = office();
    let (company, twin) = (office.small.company, office.small.company + 1);
    let world = &mut office.small.world;
    let file = world.add_file(EntityFile::of_company(twin, "x", "x")).unwrap();
    let due = "2026-02-01T08:00:00Z".parse().unwrap();
    let reminder = affinity_sandbox::Reminder::of_company(twin, office.user, due);
    let reminder = world.add_reminder(reminder).unwrap();
    world.mark_merged(affinity_sandbox::EntityKind::Company, twin, company).unwrap();
    let sandbox = at_noon(office.small.world).await;
    let listed = get(&sandbox, &format!("/entity-files?organization_id={company}")).await.json();
    assert_eq!(
        (&listed["entity_files"][0]["id"], &listed["entity_files"][0]["organization_id"]),
        (&json!(file), &json!(company))
    );
    let reminders = get(&sandbox, &format!("/reminders?organization_id={company}")).await;
    assert_eq!(ids(&reminders, "reminders"), [reminder]);
    assert_eq!(reminders.json()["reminders"][0]["organization"]["id"], company);
    let gone = get(&sandbox, &format!("/entity-files?organization_id={twin}")).await;
    assert_eq!(message(&gone), format!("{twin} no longer exists as it has been merged into {company}"));
}

#[tokio::test]
async fn a_made_up_answer_to_an_upload_waits_for_all_of_it() {
    let office = office();
    let sandbox = at_noon(office.small.world).await;
    sandbox.reply(Method::POST, "/entity-files", affinity_sandbox::Reply::empty(503));
    let file = "z".repeat(1024 * 1024);
    let answer = upload(&sandbox, form(&[("file", Some("big"), &file)])).await;
    assert_eq!((answer.status, sandbox.pending_replies()), (503, 0));
    let request = reqwest::Client::new().post(address(&sandbox, "/entity-files"));
    let request = request.header("content-type", "multipart/form-data; boundary=limit");
    let unknown = send(request.body(form(&[("file", Some("big"), &file)]))).await;
    assert_eq!(unknown.status, 401);
}

/// So many pieces of a mebibyte are more than fits between the two ends of a connection.
const MANY: usize = 48;

/// Uploads a long body between two ends. Tells the answer, and how many pieces of the body were taken.
async fn upload_long(sandbox: &Sandbox, start: &str, end: &str) -> (Answer, usize) {
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    let pieces = std::iter::repeat_with(move || {
        count.fetch_add(1, Ordering::Relaxed);
        vec![b'z'; 1024 * 1024]
    });
    let start = std::iter::once(start.as_bytes().to_vec());
    let body = start.chain(pieces.take(MANY)).chain(std::iter::once(end.as_bytes().to_vec()));
    let body = reqwest::Body::wrap_stream(stream::iter(body.map(Ok::<_, std::io::Error>)));
    let answer = upload(sandbox, body).await;
    (answer, taken.load(Ordering::Relaxed))
}

#[tokio::test]
async fn what_is_no_file_has_a_bound() {
    let office = office();
    let person = office.small.person.to_string();
    let sandbox = at_noon(office.small.world).await;
    let parts = form(&[("person_id", None, &person), ("file", Some("a.txt"), "a")]);
    let head = "--limit\r\nContent-Disposition: form-data; name=";
    for (what, start, end) in [
        ("preamble", "", format!("\r\n{parts}")),
        ("no boundary", "", String::new()),
        ("no end of the headers", &format!("{head}\"file\"; filename=\""), format!("\"\r\n\r\na\r\n{parts}")),
        ("text of another name", &format!("{head}\"other\"\r\n\r\n"), format!("\r\n{parts}")),
    ] {
        let (answer, taken) = upload_long(&sandbox, start, &end).await;
        assert_eq!((answer.status, taken), (422, MANY), "{what}");
    }
    // What comes after the last part is read as well, and so the connection can be used again.
    let (answer, taken) = upload_long(&sandbox, &parts, "").await;
    assert_eq!((answer.status, taken), (200, MANY));
    assert_eq!(ids(&get(&sandbox, "/entity-files").await, "entity_files").len(), 1);
}

#[tokio::test]
async fn many_parts_may_be_longer_together_than_the_bound() {
    let office = office();
    let person = office.small.person.to_string();
    let sandbox = at_noon(office.small.world).await;
    let content = "\r\n--limi".repeat(20_000);
    let mut parts = vec![("files[]", Some("a.txt"), content.as_str()); 40];
    parts.push(("person_id", None, &person));
    let made = upload(&sandbox, form(&parts)).await.json();
    let files = made["entity_files"].as_array().unwrap();
    assert_eq!((files.len(), &files[39]["size"]), (40, &json!(content.len())));
}

#[tokio::test]
async fn an_upload_that_is_refused_is_read_to_its_end() {
    let office = office();
    let sandbox = at_noon(office.small.world).await;
    let start = "--limit\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n";
    let (answer, taken) = upload_long(&sandbox, start, "\r\n--limit--\r\n").await;
    assert_eq!((answer.status, taken), (422, MANY));
    assert_eq!(message(&answer), "a file has a name");
}

#[tokio::test]
async fn other_texts_of_an_upload_are_read_over() {
    let office = office();
    let person = office.small.person;
    let sandbox = at_noon(office.small.world).await;
    let parts = form(&[
        ("comment", None, "About terms."),
        ("person_id[]", None, "nobody"),
        ("person_id", None, &person.to_string()),
        ("file", Some("a.txt"), "a"),
    ]);
    let made = upload(&sandbox, parts).await;
    assert_eq!(made.status, 200, "{}", made.text);
    assert_eq!(made.json()["entity_files"][0]["person_id"], person);
}
