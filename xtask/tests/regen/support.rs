//! A folder to run in, and small invented documents.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const BARE: &str = "api_version = \"2001-01-01\"\n";

/// What a run of the program gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A temporary openapi folder.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn with(overlay: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        fs::write(folder.path("overlay.toml"), overlay).unwrap();
        folder
    }

    /// A folder like the workspace's own.
    pub(crate) fn like_ours() -> Self {
        let folder = Self::with(&fs::read_to_string(ours("overlay.toml")).unwrap());
        fs::copy(ours("affinity-v2.json"), folder.path("affinity-v2.json")).unwrap();
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(["regen", "--openapi-dir"])
            .arg(self.0.path())
            .args(arguments)
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Run { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    pub(crate) fn regen_text(&self, name: &str, text: &str) -> Run {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        self.run(&["--from", path.to_str().unwrap()])
    }

    pub(crate) fn regen(&self, document: &Value) -> Run {
        self.regen_text("published.json", &document.to_string())
    }

    pub(crate) fn regen_yaml(&self, document: &Value) -> Run {
        self.regen_text("published.yaml", &yaml_serde::to_string(document).unwrap())
    }

    pub(crate) fn text(&self) -> String {
        fs::read_to_string(self.path("affinity-v2.json")).unwrap()
    }

    pub(crate) fn document(&self) -> Value {
        serde_json::from_str(&self.text()).unwrap()
    }
}

pub(crate) fn ours(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("openapi").join(name)
}

/// A document of one operation, `GET /v2/shops`, and these schemas.
pub(crate) fn shops(schemas: Value) -> Value {
    json!({
        "openapi": "3.1.0",
        "info": { "title": "Shops", "version": "2001-01-01" },
        "paths": { "/v2/shops": { "get": { "responses": { "204": { "description": "" } } } } },
        "components": { "schemas": schemas }
    })
}

/// The same with a parameter.
pub(crate) fn with_parameter(parameter: Value) -> Value {
    let mut document = shops(json!({}));
    document["paths"]["/v2/shops"]["get"]["parameters"] = json!([parameter]);
    document
}

/// Runs the document through a folder with this overlay; the output must be its own normal form.
pub(crate) fn normal_form(overlay: &str, document: &Value) -> Value {
    let folder = Folder::with(overlay);
    let run = folder.regen(document);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let text = folder.text();
    let again = folder.run(&[]);
    assert_eq!(again.code, Some(0), "{}", again.err);
    assert_eq!(folder.text(), text, "a second run changed the document");
    assert!(again.out.contains("up to date"), "{}", again.out);
    folder.document()
}

/// The component schemas these become, without an overlay.
pub(crate) fn schemas(published: Value) -> Value {
    normal_form(BARE, &shops(published))["components"]["schemas"].clone()
}

/// One component schema named `Thing`.
pub(crate) fn thing(published: Value) -> Value {
    schemas(json!({ "Thing": published }))["Thing"].clone()
}

/// Runs a document that must be refused; what was there before must still be there.
pub(crate) fn refusal_under(overlay: &str, document: &Value) -> String {
    let folder = Folder::with(overlay);
    let before = "{\"old\": true}\n";
    fs::write(folder.path("affinity-v2.json"), before).unwrap();
    let run = folder.regen(document);
    assert_eq!(run.code, Some(1), "accepted: {}", run.out);
    assert_eq!(folder.text(), before);
    assert!(run.err.starts_with("error: "), "{}", run.err);
    assert!(!folder.path("affinity-v2.json.part").exists());
    run.err
}

pub(crate) fn refusal(document: &Value) -> String {
    refusal_under(BARE, document)
}

/// Asserts that a message has all of these.
pub(crate) fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in: {message}");
    }
}
