//! Files.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use affinity_core::{CompanyId, EntityFileId, Error, OpportunityId, PersonId};
use affinity_v1::{DownloadFile, EntityFiles, EntityRef, Progress, Upload, UploadFiles};
use futures::TryStreamExt;
use httpmock::{HttpMockRequest, Mock, MockServer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::pinned::{REFUSAL, SUCCESS, get};
use crate::raw_server::RawServer;
use crate::support::{BASIC, client};

const FILE: &str = r#"{
    "id": 1284471, "name": "tessel-deck.pdf", "size": 482133, "person_id": null, "organization_id": 640118,
    "opportunity_id": null, "uploader_id": 90412, "created_at": "2024-03-07T18:41:09.254Z"
}"#;

const TYPED: &str = r#"{
    "id": 1284472, "name": "a.txt", "size": "3", "content_type": "text/plain", "person_id": 310552, "uploader_id": 90412,
    "created_at": "2024-03-07T18:41:09.254-07:00"
}"#;

const ID: EntityFileId = EntityFileId::new(1_284_471);
const TESSEL: CompanyId = CompanyId::new(640_118);

fn files(server: &MockServer) -> EntityFiles {
    client(server).entity_files()
}

#[tokio::test]
async fn files_are_listed() {
    let server = MockServer::start_async().await;
    let answer = format!(r#"{{"entity_files": [{FILE}, {TYPED}], "next_page_token": null}}"#);
    let call = get("/entity-files").answers(&server, 200, &answer).await;
    let items: Vec<_> = files(&server).list().stream().try_collect().await.unwrap();
    call.assert_async().await;
    assert_eq!((items[0].id, items[0].size, &items[0].content_type), (ID, 482_133, &None));
    assert_eq!(items[0].of(), Some(EntityRef::Organization(TESSEL)));
    assert_eq!((items[1].name.as_str(), items[1].uploader_id), ("a.txt", PersonId::new(90_412)));
    assert_eq!(items[1].size, 3);
    assert_eq!(items[1].content_type.as_deref(), Some("text/plain"));
    assert_eq!(items[1].of(), Some(PersonId::new(310_552).into()));
}

#[tokio::test]
async fn the_files_of_one_entity_are_listed() {
    let server = MockServer::start_async().await;
    let call = get("/entity-files").query("opportunity_id", "7741").query("page_size", "100");
    let call = call.answers(&server, 200, r#"{"entity_files": []}"#).await;
    let list = files(&server).list().of(TESSEL).of(OpportunityId::new(7741)).page_size(100);
    assert!(list.send().await.unwrap().items.is_empty());
    call.assert_async().await;
}

#[tokio::test]
async fn a_filter_that_names_nothing_is_refused() {
    let server = MockServer::start_async().await;
    let refusal = r#"{"errors":[{"message":"Field organization_id: expected 1 to be a valid id"}]}"#;
    get("/entity-files").query("organization_id", "1").answers(&server, 422, refusal).await;
    let error = files(&server).list().of(CompanyId::new(1)).send().await.unwrap_err();
    assert_eq!(error.messages().next(), Some("Field organization_id: expected 1 to be a valid id"));
}

#[tokio::test]
async fn one_file_is_described() {
    let server = MockServer::start_async().await;
    let call = get("/entity-files/1284471").answers(&server, 200, FILE).await;
    assert_eq!(files(&server).get(ID).send().await.unwrap().id, ID);
    call.assert_async().await;
}

#[tokio::test]
async fn one_that_is_not_there_is_not_found() {
    let server = MockServer::start_async().await;
    get("/entity-files/1284471").answers(&server, 404, REFUSAL).await;
    assert!(files(&server).get(ID).send().await.unwrap_err().is_not_found());
}

/// Answers an upload of exactly these parts, each as its headers and its content.
async fn takes<'a>(server: &'a MockServer, parts: &[(&str, &str)], answer: &str) -> Mock<'a> {
    let parts: Vec<String> =
        parts.iter().map(|(headers, content)| format!("{headers}\r\n\r\n{content}")).collect();
    let is = move |request: &HttpMockRequest| {
        let headers = request.headers();
        let media_type = headers["content-type"].to_str().unwrap();
        let boundary = media_type.strip_prefix("multipart/form-data; boundary=").unwrap();
        let parts: String = parts.iter().map(|part| format!("--{boundary}\r\n{part}\r\n")).collect();
        request.body_string() == format!("{parts}--{boundary}--\r\n")
    };
    let mock = |when: httpmock::When, then: httpmock::Then| {
        when.method("POST").path("/entity-files").header("authorization", BASIC).is_true(is);
        then.status(200).body(answer);
    };
    server.mock_async(mock).await
}

const TEXT: &str =
    "Content-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain";

#[tokio::test]
async fn bytes_are_uploaded() {
    let server = MockServer::start_async().await;
    let id = ("Content-Disposition: form-data; name=\"organization_id\"", "640118");
    let call = takes(&server, &[id, (TEXT, "abc")], SUCCESS).await;
    let uploaded = files(&server).upload(TESSEL, Upload::bytes("a.txt", "abc")).send().await.unwrap();
    call.assert_async().await;
    assert_eq!(uploaded.files, None);
}

#[tokio::test]
async fn a_path_is_uploaded_under_its_name_and_the_answer_can_hold_the_file() {
    let server = MockServer::start_async().await;
    let id = ("Content-Disposition: form-data; name=\"person_id\"", "310552");
    let answer = format!(r#"{{"success": true, "entity_files": [{TYPED}]}}"#);
    let call = takes(&server, &[id, (TEXT, "abc")], &answer).await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.txt");
    std::fs::write(&path, "abc").unwrap();
    let uploaded = files(&server).upload(PersonId::new(310_552), path).send().await.unwrap();
    call.assert_async().await;
    assert_eq!(uploaded.files.unwrap()[0].id, EntityFileId::new(1_284_472));
}

#[tokio::test]
async fn several_files_are_uploaded_at_once() {
    let server = MockServer::start_async().await;
    let id = ("Content-Disposition: form-data; name=\"opportunity_id\"", "7741");
    let one = "Content-Disposition: form-data; name=\"files[]\"; filename=\"Übersicht \\\"1\\\".pdf\"\r\nContent-Type: application/pdf";
    let two = "Content-Disposition: form-data; name=\"files[]\"; filename=\"b\"\r\nContent-Type: text/csv";
    let three = "Content-Disposition: form-data; name=\"files[]\"; filename=\"c\"\r\nContent-Type: application/octet-stream";
    let call = takes(&server, &[id, (one, "abc"), (two, "d,e"), (three, "")], "").await;
    let upload = files(&server).upload(OpportunityId::new(7741), Upload::bytes("Übersicht \"1\".pdf", "abc"));
    let reader = Upload::reader("x", &b"d,e"[..]).name("b").media_type("text/csv");
    let uploaded = upload.and(reader).and(Upload::bytes("c", "")).send().await.unwrap();
    call.assert_async().await;
    assert_eq!(uploaded.files, None);
}

#[tokio::test]
async fn the_length_is_said_where_it_is_known() {
    for (upload, length) in [
        (Upload::bytes("a.txt", "abc"), true),
        (Upload::reader("a.txt", &b"abc"[..]).size(3), true),
        (Upload::reader("a.txt", &b"abc"[..]), false),
    ] {
        let server = RawServer::answering("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
        server.client().entity_files().upload(TESSEL, upload).send().await.unwrap();
        let request = server.request().await.to_lowercase();
        assert!(request.starts_with("post /entity-files http/1.1\r\n"), "{request}");
        assert_eq!(request.contains("\r\ncontent-length: "), length, "{request}");
    }
}

#[tokio::test]
async fn progress_is_told_of_all_files_together() {
    let server = MockServer::start_async().await;
    server.mock_async(|when, then| drop((when.method("POST"), then.status(200).body(SUCCESS)))).await;
    let told = Arc::new(Mutex::new(Vec::<Progress>::new()));
    let listener = told.clone();
    let large = vec![7; 600_000];
    let upload = files(&server).upload(TESSEL, Upload::bytes("a", "abc")).and(Upload::bytes("b", large));
    upload.on_progress(move |progress| listener.lock().unwrap().push(progress)).send().await.unwrap();
    let told = told.lock().unwrap();
    assert!(told.len() > 3 && told.is_sorted_by_key(|progress| progress.bytes), "{told:?}");
    let last = told.last().unwrap();
    assert_eq!((last.bytes, last.total), (600_003, Some(600_003)));
}

#[tokio::test]
async fn a_missing_file_is_refused_with_its_path() {
    let server = MockServer::start_async().await;
    let any = server.mock_async(|when, then| drop((when.is_true(|_| true), then.status(200)))).await;
    let directory = tempfile::tempdir().unwrap();
    for path in [directory.path().join("missing.pdf"), directory.path().to_owned()] {
        let error = files(&server).upload(TESSEL, path.as_path()).send().await.unwrap_err();
        assert!(error.is_input() && error.to_string().contains(path.to_str().unwrap()), "{error}");
        assert_eq!(error.operation(), Some("v1_upload_entity_file"));
    }
    any.assert_calls_async(0).await;
}

#[tokio::test]
async fn names_and_types_that_cannot_be_sent_are_refused() {
    let server = MockServer::start_async().await;
    for upload in [
        Upload::bytes("", "abc"),
        Upload::bytes("a\r\nX: y", "abc"),
        Upload::bytes("a", "abc").media_type("text"),
        Upload::bytes("a", "abc").media_type("text/plain\r\nX: y"),
    ] {
        assert!(files(&server).upload(TESSEL, upload).send().await.unwrap_err().is_input());
    }
}

/// Gives a few bytes, and then no more.
struct Broken(bool);

impl AsyncRead for Broken {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(Err(io::Error::other("the disk is gone")));
        }
        into.put_slice(b"abc");
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn an_upload_is_broken_off_when_the_content_is_not_what_was_said() {
    let server = MockServer::start_async().await;
    let any = server.mock_async(|when, then| drop((when.is_true(|_| true), then.status(200)))).await;
    for (upload, why) in [
        (Upload::reader("b.pdf", Broken(false)), "b.pdf: the disk is gone"),
        (Upload::reader("a", Broken(false)).size(9), "the disk is gone"),
        (Upload::reader("a", &b"abc"[..]).size(4), "it ends after 3 of 4 bytes"),
        (Upload::reader("a", &b"abc"[..]).size(2), "it is longer than 2 bytes"),
    ] {
        let error = files(&server).upload(TESSEL, upload).send().await.unwrap_err();
        assert!(error.is_local() && error.to_string().contains(why), "{error}");
    }
    any.assert_calls_async(0).await;
}

#[tokio::test]
async fn a_refused_upload_says_why() {
    let server = MockServer::start_async().await;
    server.mock_async(|when, then| drop((when.method("POST"), then.status(422).body(REFUSAL)))).await;
    let error = files(&server).upload(TESSEL, Upload::bytes("a", "abc")).send().await.unwrap_err();
    assert_eq!((error.param(), error.is_outcome_unknown()), (Some("entity_id"), false));
}

#[tokio::test]
async fn an_upload_without_an_answer_has_an_unknown_outcome() {
    let server = RawServer::answering("").await;
    let error =
        server.client().entity_files().upload(TESSEL, Upload::bytes("a", "abc")).send().await.unwrap_err();
    assert!(error.is_outcome_unknown() && !error.is_retryable(), "{error}");
    assert_eq!(error.attempts(), 1);
}

#[tokio::test]
async fn an_upload_has_a_deadline() {
    let server = RawServer::stalling("").await;
    let upload = server.client().entity_files().upload(TESSEL, Upload::bytes("a", "abc"));
    let error = upload.with_timeout(Duration::from_millis(200)).send().await.unwrap_err();
    assert!(error.is_timeout() && error.is_outcome_unknown(), "{error}");
}

#[tokio::test]
async fn an_upload_without_time_is_not_begun() {
    let server = MockServer::start_async().await;
    let any = server.mock_async(|when, then| drop((when.is_true(|_| true), then.status(200)))).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    let upload = files(&server).upload(TESSEL, file.path()).with_timeout(Duration::ZERO);
    let error = upload.send().await.unwrap_err();
    assert!(error.is_timeout() && !error.is_outcome_unknown(), "{error}");
    any.assert_calls_async(0).await;
}

/// Gives nothing, and no end either.
struct Silent;

impl AsyncRead for Silent {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

#[tokio::test]
async fn a_reader_that_gives_nothing_does_not_outlast_the_time() {
    let server = MockServer::start_async().await;
    let upload = files(&server).upload(TESSEL, Upload::reader("a", Silent));
    let upload = upload.with_timeout(Duration::from_millis(300)).send();
    let error = tokio::time::timeout(Duration::from_secs(5), upload).await.unwrap().unwrap_err();
    assert!(error.is_timeout(), "{error}");
}

#[tokio::test]
async fn only_a_denial_makes_an_upload_that_was_answered_fail() {
    for answer in [r#"{"success": false}"#, r#"{"success": false, "entity_files": 7}"#] {
        let server = MockServer::start_async().await;
        server.mock_async(|when, then| drop((when.method("POST"), then.status(200).body(answer)))).await;
        let error = files(&server).upload(TESSEL, Upload::bytes("a", "abc")).send().await.unwrap_err();
        assert!(error.is_decode() && error.path() == Some("success"), "{error}");
        assert_eq!(error.body(), Some(answer.as_bytes()));
        assert_eq!((error.operation(), error.attempts()), (Some("v1_upload_entity_file"), 1));
    }
    for answer in ["", "{}", "[]", r#"{"success": null}"#, r#"{"success": true, "entity_files": 7}"#] {
        let server = MockServer::start_async().await;
        server.mock_async(|when, then| drop((when.method("POST"), then.status(200).body(answer)))).await;
        let uploaded = files(&server).upload(TESSEL, Upload::bytes("a", "abc")).send().await.unwrap();
        assert_eq!(uploaded.files, None, "{answer}");
    }
}

#[tokio::test]
async fn sizes_that_no_file_has_are_refused() {
    let server = MockServer::start_async().await;
    let any = server.mock_async(|when, then| drop((when.is_true(|_| true), then.status(200)))).await;
    let sized = |size| Upload::reader("a", &b"abc"[..]).size(size);
    for (one, other) in [
        (sized(u64::MAX), None),
        (sized((1 << 50) + 1), None),
        (sized(u64::MAX), Some(Upload::bytes("b", "abc"))),
        (sized(u64::MAX), Some(Upload::reader("b", &b"abc"[..]))),
        (sized(1 << 50), Some(Upload::bytes("b", "abc"))),
    ] {
        let upload = files(&server).upload(TESSEL, one);
        let error = other.into_iter().fold(upload, UploadFiles::and).send().await.unwrap_err();
        assert!(error.is_input() && error.to_string().contains("size"), "{error}");
    }
    any.assert_calls_async(0).await;
}

/// Makes a pipe that nobody has opened: to open it is to wait for somebody who does.
#[cfg(unix)]
fn pipe(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_no_regular_file_is_not_uploaded_from_a_path() {
    let server = MockServer::start_async().await;
    let directory = tempfile::tempdir().unwrap();
    let pipe_path = directory.path().join("pipe");
    pipe(&pipe_path);
    for path in [&pipe_path, Path::new("/dev/null")] {
        let error = files(&server).upload(TESSEL, path).send().await.unwrap_err();
        assert!(error.is_input() && error.to_string().contains("Upload::reader"), "{error}");
    }
    let error = files(&server).upload(TESSEL, Path::new("")).send().await.unwrap_err();
    assert!(error.is_input() && error.to_string().ends_with(": the path is empty"), "{error}");
}

/// An API that leads to a place.
async fn leads_to(location: &str) -> MockServer {
    let server = MockServer::start_async().await;
    let mock = |when: httpmock::When, then: httpmock::Then| {
        when.method("GET")
            .path("/entity-files/download/1284471")
            .header("authorization", BASIC)
            .header("accept", "*/*")
            .is_true(|request| request.query_params().is_empty());
        then.status(302).header("location", location);
    };
    server.mock_async(mock).await;
    server
}

/// A place with a file, open to everybody.
async fn place(content: &[u8]) -> MockServer {
    let server = MockServer::start_async().await;
    let mock = |when: httpmock::When, then: httpmock::Then| {
        when.method("GET").path("/f").query_param("signature", "s").header_missing("authorization");
        let then = then.status(200).header("content-disposition", r#"attachment; filename="deck.pdf""#);
        then.header("content-type", "application/pdf").body(content);
    };
    server.mock_async(mock).await;
    server
}

async fn both(content: &[u8]) -> (MockServer, MockServer) {
    let place = place(content).await;
    (leads_to(&place.url("/f?signature=s")).await, place)
}

/// A place that answers once, as it likes.
async fn badly(server: &RawServer) -> MockServer {
    leads_to(&format!("{}/f", server.url)).await
}

fn names(directory: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn a_file_is_downloaded_into_memory_without_credentials() {
    let (server, _place) = both(b"content").await;
    assert_eq!(files(&server).download(ID).to_bytes(7).await.unwrap(), b"content");
}

#[tokio::test]
async fn a_file_that_is_too_large_is_not_taken_into_memory() {
    let (server, _place) = both(b"content").await;
    let error = files(&server).download(ID).to_bytes(6).await.unwrap_err();
    assert!(error.is_input() && error.to_string().contains("more than 6 bytes"), "{error}");
    let raw = RawServer::answering("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\ncontent").await;
    assert!(files(&badly(&raw).await).download(ID).to_bytes(6).await.unwrap_err().is_input());
}

#[tokio::test]
async fn a_file_is_downloaded_to_a_writer() {
    let (server, _place) = both(b"content").await;
    let mut writer = Vec::new();
    assert_eq!(files(&server).download(ID).to_writer(&mut writer).await.unwrap(), 7);
    assert_eq!(writer, b"content");
}

#[tokio::test]
async fn a_file_is_read_piece_by_piece() {
    let (server, _place) = both(b"content").await;
    let mut file = files(&server).download(ID).open().await.unwrap();
    assert_eq!((file.size(), file.content_type()), (Some(7), Some("application/pdf")));
    assert_eq!(file.file_name().as_deref(), Some("deck.pdf"));
    assert_eq!(file.chunk().await.unwrap().as_deref(), Some(&b"content"[..]));
    assert_eq!(file.chunk().await.unwrap(), None);
}

#[tokio::test]
async fn a_file_is_downloaded_to_a_path() {
    let (server, _place) = both(b"content").await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deck.pdf");
    let told = Arc::new(Mutex::new(None));
    let listener = told.clone();
    let download = files(&server).download(ID);
    let download = download.on_progress(move |progress| *listener.lock().unwrap() = Some(progress));
    assert_eq!(download.to_path(&path).await.unwrap(), 7);
    assert_eq!(std::fs::read(&path).unwrap(), b"content");
    assert_eq!(names(directory.path()), ["deck.pdf"]);
    let told = told.lock().unwrap().unwrap();
    assert_eq!((told.bytes, told.total), (7, Some(7)));
    // It is for those for whom any new file is.
    let other = std::fs::File::create(directory.path().join("other")).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions(), other.metadata().unwrap().permissions());
}

#[tokio::test]
async fn a_file_is_not_replaced_unless_that_is_said() {
    let (server, _place) = both(b"content").await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deck.pdf");
    std::fs::write(&path, "old").unwrap();
    let error = files(&server).download(ID).to_path(&path).await.unwrap_err();
    assert!(error.is_input() && error.to_string().contains("deck.pdf"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    files(&server).download(ID).overwrite(true).to_path(&path).await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"content");
    assert_eq!(names(directory.path()), ["deck.pdf"]);
}

#[tokio::test]
async fn a_path_that_cannot_be_is_refused_before_anything_is_sent() {
    let server = MockServer::start_async().await;
    let directory = tempfile::tempdir().unwrap();
    for path in ["missing/deck.pdf", "", "missing/", "missing/.."].map(|path| directory.path().join(path)) {
        for overwrite in [false, true] {
            let download = files(&server).download(ID).overwrite(overwrite);
            let error = download.to_path(&path).await.unwrap_err();
            assert!(error.is_input() && error.to_string().contains(path.to_str().unwrap()), "{error}");
        }
    }
    let error = files(&server).download(ID).to_path("").await.unwrap_err();
    assert!(error.is_input() && error.to_string().ends_with(": the path is empty"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_is_followed_and_stays() {
    let (server, _place) = both(b"content").await;
    let (directory, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (link, path) = (directory.path().join("link.pdf"), other.path().join("deck.pdf"));
    std::fs::write(&path, "old").unwrap();
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert!(files(&server).download(ID).to_path(&link).await.unwrap_err().is_input());
    files(&server).download(ID).overwrite(true).to_path(&link).await.unwrap();
    assert_eq!(std::fs::read_link(&link).unwrap(), path);
    assert_eq!(std::fs::read(&path).unwrap(), b"content");
    assert_eq!((names(directory.path()).len(), names(other.path()).len()), (1, 1));
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_no_regular_file_is_not_replaced() {
    let server = MockServer::start_async().await;
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    pipe(&path("pipe"));
    for (link, to) in
        [("to-pipe", "pipe"), ("to-nothing", "nothing"), ("to-directory", "."), ("circle", "circle")]
    {
        std::os::unix::fs::symlink(path(to), path(link)).unwrap();
    }
    for (name, why) in [
        ("pipe", "not a regular file"),
        ("to-pipe", "not a regular file"),
        ("to-nothing", "the symbolic link leads nowhere"),
        ("to-directory", "is a directory"),
        ("circle", "circle"),
    ] {
        let error = files(&server).download(ID).overwrite(true).to_path(path(name)).await.unwrap_err();
        assert!(error.is_input() && error.to_string().contains(why), "{error}");
    }
    assert_eq!(names(directory.path()).len(), 5);
}

/// Downloads over an old file, which must stay.
async fn fails_to_replace(server: &MockServer, timeout: Option<Duration>) -> Error {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deck.pdf");
    std::fs::write(&path, "old").unwrap();
    let download = files(server).download(ID).overwrite(true);
    let download = timeout.into_iter().fold(download, DownloadFile::with_timeout);
    let error = download.to_path(&path).await.unwrap_err();
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    assert_eq!(names(directory.path()), ["deck.pdf"]);
    assert_eq!(error.operation(), Some("v1_download_entity_file"));
    error
}

#[tokio::test]
async fn a_download_that_is_cut_leaves_the_old_file() {
    let raw = RawServer::answering("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nconte").await;
    let error = fails_to_replace(&badly(&raw).await, None).await;
    assert!(error.to_string().contains("broke"), "{error}");
    let raw =
        RawServer::answering("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nconte\r\n").await;
    fails_to_replace(&badly(&raw).await, None).await;
}

#[tokio::test]
async fn a_download_that_stalls_leaves_the_old_file() {
    let raw = RawServer::stalling("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nconte").await;
    let error = fails_to_replace(&badly(&raw).await, Some(Duration::from_millis(200))).await;
    assert!(error.is_timeout(), "{error}");
}

#[tokio::test]
async fn a_place_that_refuses_leaves_the_old_file() {
    for status in [401, 403, 404, 429, 503] {
        let raw = RawServer::answering(format!("HTTP/1.1 {status} No\r\ncontent-length: 0\r\n\r\n")).await;
        let error = fails_to_replace(&badly(&raw).await, None).await;
        assert!(error.to_string().contains(&status.to_string()), "{error}");
        // What the place says is nothing that Affinity said.
        assert_eq!((error.status(), error.is_retryable()), (None, false), "{error}");
        assert!(!error.is_unauthorized() && !error.is_forbidden() && !error.is_not_found(), "{error}");
        assert!(!error.is_rate_limited(), "{error}");
    }
}

#[tokio::test]
async fn a_place_that_leads_on_leaves_the_old_file() {
    let raw = RawServer::answering("HTTP/1.1 302 Found\r\nlocation: /g\r\ncontent-length: 0\r\n\r\n").await;
    let error = fails_to_replace(&badly(&raw).await, None).await;
    assert!(error.is_decode() && error.path() == Some("Location"), "{error}");
    assert!(error.to_string().contains("a second redirect"), "{error}");
}

#[tokio::test]
async fn a_success_that_is_not_the_whole_file_leaves_the_old_file() {
    for (answer, why) in [
        ("204 No Content\r\n\r\n", "204"),
        ("206 Partial Content\r\ncontent-range: bytes 0-4/10\r\ncontent-length: 5\r\n\r\nconte", "206"),
        ("200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 5\r\n\r\nconte", "Content-Encoding"),
        (
            "200 OK\r\ncontent-encoding: identity\r\ncontent-encoding: br\r\ncontent-length: 1\r\n\r\nc",
            "Content-Encoding",
        ),
    ] {
        let raw = RawServer::answering(format!("HTTP/1.1 {answer}")).await;
        let error = fails_to_replace(&badly(&raw).await, None).await;
        assert!(error.is_decode() && error.to_string().contains(why), "{error}");
    }
    let raw = "HTTP/1.1 200 OK\r\ncontent-encoding: identity\r\ncontent-length: 5\r\n\r\nconte";
    let raw = RawServer::answering(raw).await;
    assert_eq!(files(&badly(&raw).await).download(ID).to_bytes(9).await.unwrap(), b"conte");
}

/// What says no length ends where the connection does.
const UNSAID: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nconte";
const SAID: &str = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nconte";

#[tokio::test]
async fn a_size_that_is_expected_must_come() {
    for (answer, size, fits) in [
        (UNSAID, 5, true),
        (UNSAID, 4, false),
        (UNSAID, 6, false),
        (SAID, 5, true),
        (SAID, 4, false),
        (SAID, 6, false),
        ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", 6, false),
    ] {
        let raw = RawServer::answering(answer).await;
        let server = badly(&raw).await;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deck.pdf");
        let downloaded = files(&server).download(ID).expect_size(size).to_path(&path).await;
        assert_eq!((downloaded.is_ok(), path.exists()), (fits, fits), "{answer} {size}");
        if let Err(error) = downloaded {
            assert!(error.is_decode() && error.to_string().contains(&format!("{size} bytes")), "{error}");
        }
    }
}

#[tokio::test]
async fn a_size_that_is_expected_is_told_and_no_more_bytes_are_given() {
    let raw = RawServer::answering(UNSAID).await;
    let mut writer = Vec::new();
    let download = files(&badly(&raw).await).download(ID).expect_size(4);
    assert!(download.to_writer(&mut writer).await.unwrap_err().is_decode());
    assert!(writer.is_empty(), "{writer:?}");
    let raw = RawServer::answering(UNSAID).await;
    let file = files(&badly(&raw).await).download(ID).expect_size(5).open().await.unwrap();
    assert_eq!(file.size(), Some(5));
    let raw = RawServer::answering(UNSAID).await;
    assert!(files(&badly(&raw).await).download(ID).expect_size(5).to_bytes(4).await.unwrap_err().is_input());
}

/// Takes nothing, or all but the end.
struct Stuck {
    takes: bool,
}

impl AsyncWrite for Stuck {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        if self.takes { Poll::Ready(Ok(from.len())) } else { Poll::Pending }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

#[tokio::test]
async fn a_writer_that_takes_nothing_does_not_outlast_the_time() {
    for takes in [false, true] {
        let (server, _place) = both(b"content").await;
        let download = files(&server).download(ID).with_timeout(Duration::from_millis(300));
        let download = download.to_writer(Stuck { takes });
        let error = tokio::time::timeout(Duration::from_secs(5), download).await.unwrap().unwrap_err();
        assert!(error.is_timeout() && error.operation() == Some("v1_download_entity_file"), "{error}");
    }
}

#[tokio::test]
async fn a_download_that_is_given_up_leaves_nothing() {
    let raw = RawServer::stalling("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nconte").await;
    let server = badly(&raw).await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("deck.pdf");
    let download = files(&server).download(ID).to_path(&path);
    assert!(tokio::time::timeout(Duration::from_millis(100), download).await.is_err());
    assert!(names(directory.path()).is_empty());
}

#[tokio::test]
async fn places_without_https_are_not_gone_to() {
    for location in ["http://files.example/f", "ftp://127.0.0.1/f", "file:///etc/hosts", "https://["] {
        let error = files(&leads_to(location).await).download(ID).to_bytes(9).await.unwrap_err();
        assert!(error.is_decode() && error.path() == Some("Location"), "{location}: {error}");
        assert!(!error.to_string().contains("files.example"), "{error}");
    }
}

#[tokio::test]
async fn a_relative_place_is_on_the_same_host_and_gets_no_credentials_either() {
    let server = leads_to("/f?signature=s").await;
    let mock = |when: httpmock::When, then: httpmock::Then| {
        when.path("/f").header_missing("authorization");
        then.status(200).body("content");
    };
    server.mock_async(mock).await;
    assert_eq!(files(&server).download(ID).to_bytes(9).await.unwrap(), b"content");
}

#[tokio::test]
async fn an_answer_that_leads_nowhere_is_no_file() {
    for (status, path) in [(302, "Location"), (200, "$")] {
        let server = MockServer::start_async().await;
        get("/entity-files/download/1284471").answers(&server, status, "{}").await;
        let error = files(&server).download(ID).open().await.unwrap_err();
        assert!(error.is_decode() && error.path() == Some(path), "{status}: {error}");
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_cannot_be_downloaded() {
    let server = MockServer::start_async().await;
    get("/entity-files/download/1284471").answers(&server, 404, REFUSAL).await;
    let error = files(&server).download(ID).to_bytes(9).await.unwrap_err();
    assert!(error.is_not_found() && error.operation() == Some("v1_download_entity_file"), "{error}");
}

#[tokio::test]
async fn ids_that_nothing_has_are_refused() {
    let server = MockServer::start_async().await;
    let files = files(&server);
    let none = EntityFileId::new(0);
    assert!(files.list().of(CompanyId::new(0)).send().await.unwrap_err().is_input());
    assert!(
        files.upload(CompanyId::new(u64::MAX), Upload::bytes("a", "")).send().await.unwrap_err().is_input()
    );
    assert!(files.download(none).open().await.unwrap_err().is_input());
}
