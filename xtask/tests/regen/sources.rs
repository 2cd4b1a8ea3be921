//! Where the document comes from, and text that is no document.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use serde_json::json;

use crate::support::{BARE, Folder, Run, says, shops};

fn refused(name: &str, text: &str) -> String {
    let folder = Folder::with(BARE);
    fs::write(folder.path("affinity-v2.json"), "old").unwrap();
    let run = folder.regen_text(name, text);
    assert_eq!(run.code, Some(1), "{}", run.out);
    assert_eq!(folder.text(), "old");
    run.err
}

/// Answers one request with this status line and body.
fn from_server(status: &'static str, body: String) -> (Folder, Run) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/openapi.json", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        assert!(stream.read(&mut request).unwrap() > 0);
        write!(
            stream,
            "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
    });
    let folder = Folder::with(BARE);
    let run = folder.run(&["--from", &url]);
    server.join().unwrap();
    (folder, run)
}

#[test]
fn a_url() {
    let (folder, run) = from_server("200 OK", shops(json!({})).to_string());
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert_eq!(folder.document()["openapi"], "3.0.3");
}

#[test]
fn a_url_that_answers_with_an_error() {
    let (folder, run) = from_server("404 Not Found", "gone".to_owned());
    assert_eq!(run.code, Some(1));
    says(&run.err, &["http://127.0.0.1", "404 Not Found"]);
    assert!(!folder.path("affinity-v2.json").exists());
}

#[test]
fn plain_http_to_another_machine() {
    let run = Folder::with(BARE).run(&["--from", "http://docs.example/openapi.json"]);
    assert_eq!(run.code, Some(1));
    says(&run.err, &["https"]);
}

#[test]
fn a_missing_file() {
    let run = Folder::with(BARE).run(&["--from", "nowhere.json"]);
    assert_eq!(run.code, Some(1));
    says(&run.err, &["nowhere.json", "cannot be read"]);
}

#[test]
fn a_folder() {
    let folder = Folder::with(BARE);
    let run = folder.run(&["--from", folder.path("").to_str().unwrap()]);
    assert_eq!(run.code, Some(1));
    says(&run.err, &["is a folder"]);
}

#[test]
fn nothing_committed_and_nothing_given() {
    let run = Folder::with(BARE).run(&[]);
    assert_eq!(run.code, Some(1));
    says(&run.err, &["affinity-v2.json", "does not exist", "--from"]);
}

#[test]
fn an_empty_file() {
    says(&refused("a.json", " \n"), &["a.json", "is empty"]);
}

#[test]
fn neither_json_nor_yaml() {
    says(&refused("a.json", "{\"openapi\": "), &["a.json", "cannot be read as JSON", "line 1"]);
    says(&refused("a.yaml", "a: [1,\nb: }"), &["a.yaml", "cannot be read as YAML", "line 2"]);
    says(&refused("a.txt", "just words"), &["neither JSON nor a YAML mapping"]);
    says(&refused("a.json", "<html></html>"), &["HTML"]);
}

#[test]
fn a_key_given_twice() {
    says(
        &refused("a.json", "{\"openapi\": \"3.0.0\", \"openapi\": \"3.0.0\"}"),
        &["`openapi`", "twice", "line 1"],
    );
    says(&refused("a.yaml", "openapi: 3.0.0\npaths:\n  /a: {}\n  /a: {}\n"), &["`/a`", "twice"]);
}

#[test]
fn yaml_with_anchors_numeric_keys_and_merges() {
    let folder = Folder::with(BARE);
    let text = "\
openapi: 3.0.3
info: {title: Shops, version: '2001-01-01'}
paths:
  /v2/shops:
    get:
      responses: &answers
        204: {description: ''}
  /v2/stalls:
    get:
      responses:
        <<: *answers
        404: {description: ''}
";
    let run = folder.regen_text("a.yaml", text);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let responses = &folder.document()["paths"]["/v2/stalls"]["get"]["responses"];
    assert_eq!(responses.as_object().unwrap().keys().collect::<Vec<_>>(), ["204", "404"]);
}

#[test]
fn the_version_comes_from_the_extension_then_the_document_then_the_overlay() {
    for (info, expected) in [
        (json!({ "version": "1.7", "x-affinity-api-version": "2002-02-02" }), "2002-02-02"),
        (json!({ "version": "1.7" }), "1.7"),
        (json!({ "version": "" }), "2001-01-01"),
    ] {
        let folder = Folder::with(BARE);
        let mut document = shops(json!({}));
        document["info"] = info;
        assert_eq!(folder.regen(&document).code, Some(0));
        assert_eq!(folder.document()["info"]["version"], expected);
    }
}

#[test]
fn a_check_changes_nothing_and_says_what_to_run() {
    let folder = Folder::with(BARE);
    assert_eq!(folder.regen(&shops(json!({}))).code, Some(0));
    let before = folder.text();
    let mut document = shops(json!({}));
    document["paths"]["/v2/stalls"] = document["paths"]["/v2/shops"].clone();
    let path = folder.path("newer.json");
    fs::write(&path, document.to_string()).unwrap();
    let run = folder.run(&["--check", "--from", path.to_str().unwrap()]);
    assert_eq!(run.code, Some(1));
    assert_eq!(folder.text(), before);
    says(&run.out, &["added", "GET /v2/stalls", "+    \"/v2/stalls\": {"]);
    says(&run.err, &["cargo xtask regen --from"]);
    assert_eq!(folder.run(&["--check"]).code, Some(0));
}

#[test]
fn odd_scalars_in_prose_do_not_matter() {
    let published = |more: &str| {
        format!(
            "openapi: 3.1.0\ninfo: {{version: '1', x-odd: .nan}}\npaths:\n  /v2/shops:\n    get:\n      description: !words x\n      responses: {{'204': {{description: ''}}}}\ncomponents:\n  schemas:\n    Thing: {{type: integer, example: 18446744073709551616{more}}}\n"
        )
    };
    let folder = Folder::with(BARE);
    let run = folder.regen_text("published.yaml", &published(""));
    assert_eq!(run.code, Some(0), "{}", run.err);
    let run = folder.regen_text("published.yaml", &published(", minimum: .nan"));
    assert_eq!(run.code, Some(1), "{}", run.out);
    says(&run.err, &["#/components/schemas/Thing/minimum", "must be a number"]);
}

#[test]
fn numbers_come_through_to_the_last_digit() {
    let folder = Folder::with(BARE);
    let document = "{\"openapi\":\"3.1.0\",\"info\":{},\"paths\":{\"/v2/shops\":{\"get\":{\"responses\":{\"204\":{}}}}},\
                    \"components\":{\"schemas\":{\"T\":{\"type\":\"number\",\"maximum\":7.0420557077594588669468784357561207962098443483187940792729600000e+59}}}}";
    let run = folder.regen_text("published.json", document);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(
        folder.text().contains("7.042055707759459e59") || folder.text().contains("7.042055707759459e+59"),
        "{}",
        folder.text()
    );
}

#[test]
fn an_empty_source_is_said_so() {
    let run = Folder::with(BARE).run(&["--from", ""]);
    assert_eq!(run.code, Some(1));
    says(&run.err, &["--from", "names no file"]);
}

#[test]
fn a_committed_file_that_is_no_json_is_said_so() {
    let folder = Folder::with(BARE);
    fs::write(folder.path("affinity-v2.json"), "<<<<<<< ours").unwrap();
    says(&folder.regen(&shops(json!({}))).out, &["The committed document is no JSON"]);
}

#[cfg(unix)]
#[test]
fn an_endless_source_comes_to_an_end() {
    let run = Folder::with(BARE).run(&["--from", "/dev/zero"]);
    assert_eq!(run.code, Some(1));
    says(&run.err, &["/dev/zero", "larger than"]);
}

#[cfg(unix)]
#[test]
fn a_link_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = Folder::with(BARE);
    let target = folder.path("kept.json");
    fs::write(&target, "{}").unwrap();
    fs::set_permissions(&target, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&target, folder.path("affinity-v2.json")).unwrap();
    assert_eq!(folder.regen(&shops(json!({}))).code, Some(0));
    assert!(folder.path("affinity-v2.json").is_symlink());
    assert!(fs::read_to_string(&target).unwrap().contains("openapi"));
    assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o640);
}

#[cfg(unix)]
#[test]
fn the_file_that_cannot_be_written_is_named() {
    let folder = Folder::with(BARE);
    fs::create_dir(folder.path("affinity-v2.json.part")).unwrap();
    let run = folder.regen(&shops(json!({})));
    assert_eq!(run.code, Some(1));
    says(&run.err, &["affinity-v2.json.part", "cannot be written"]);
}
