//! Operations and their request bodies.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::Lowering;
use crate::regen::place::{Place, kind};

impl<'a> Lowering<'a> {
    pub(super) fn operation(
        &mut self,
        path: &str,
        shared: Option<&'a Value>,
        value: &'a Value,
        item: &Place,
        method: &str,
    ) -> Option<Value> {
        let at = &item.key(method);
        let operation = self.object(value, at, "an operation")?;
        let known = [
            "operationId",
            "tags",
            "parameters",
            "requestBody",
            "responses",
            "deprecated",
            "security",
            "servers",
        ];
        self.only_known(operation, at, "an operation", &known);
        self.own_servers(operation, at);
        let mut facts = Map::new();
        self.stability(operation, at, &mut facts);
        if self.flag(operation, "deprecated", at) {
            facts.insert("deprecated".to_owned(), true.into());
        }
        if let Some(id) = operation
            .get("operationId")
            .and_then(|id| self.text(id, &at.key("operationId"), "an operationId"))
        {
            facts.insert("operationId".to_owned(), id.into());
        }
        if let Some(tags) = operation.get("tags") {
            facts.insert("tags".to_owned(), self.operation_tags(tags, &at.key("tags")));
        }
        if let Some(security) = operation.get("security").filter(|s| Some(*s) != self.root.get("security")) {
            let security = self.security(security, &at.key("security"));
            facts.insert("security".to_owned(), security);
        }
        let parameters = self.parameters(path, shared.map(|p| (p, item.key("parameters"))), operation, at);
        if !parameters.is_empty() {
            facts.insert("parameters".to_owned(), Value::Array(parameters));
        }
        if let Some(body) = operation.get("requestBody") {
            facts.insert("requestBody".to_owned(), self.request_body(body, &at.key("requestBody"))?);
        }
        facts.insert("responses".to_owned(), self.responses(operation, at)?);
        Some(Value::Object(facts))
    }

    fn operation_tags(&mut self, value: &'a Value, at: &Place) -> Value {
        let mut tags = BTreeSet::new();
        for (index, tag) in self.list(value, at, "`tags`").iter().enumerate() {
            tags.extend(self.text(tag, &at.index(index), "a tag"));
        }
        json!(tags)
    }

    pub(super) fn request_body(&mut self, value: &'a Value, at: &Place) -> Option<Value> {
        let (value, at) = self.written_out(value, at, "requestBodies")?;
        let body = self.object(value, &at, "a request body")?;
        self.only_known(body, &at, "a request body", &["content", "required"]);
        let mut facts = Map::new();
        if self.flag(body, "required", &at) {
            facts.insert("required".to_owned(), true.into());
        }
        match body.get("content") {
            None => self.refuse(&at, "a request body without `content`"),
            Some(content) => {
                let content = self.content(content, &at.key("content"), "a request body")?;
                if content.as_object().is_some_and(Map::is_empty) {
                    self.refuse(&at.key("content"), "a request body of no media type");
                }
                facts.insert("content".to_owned(), content);
            }
        }
        Some(Value::Object(facts))
    }

    /// The one media type of a body. The generator has a body of one kind per operation.
    pub(super) fn content(&mut self, value: &'a Value, at: &Place, what: &str) -> Option<Value> {
        let content = self.object(value, at, "`content`")?;
        if content.len() > 1 {
            let types: Vec<&str> = content.keys().map(String::as_str).collect();
            self.refuse(at, format!("{what} in several media types ({}): the generated client sends and reads one; remove the others with a correction", types.join(", ")));
            return None;
        }
        match content.iter().next() {
            Some((media, value)) => self.one_content(media, value, at, what),
            None => Some(json!({})),
        }
    }

    pub(super) fn one_content(
        &mut self,
        media: &str,
        value: &'a Value,
        at: &Place,
        what: &str,
    ) -> Option<Value> {
        let at = at.key(media);
        let Some(media) = media_type(media) else {
            self.refuse(&at, format!("{what} as `{media}`: the generated client does JSON, text and bytes; write this operation by hand and remove it with a correction"));
            return None;
        };
        let entry = self.object(value, &at, "a media type")?;
        self.only_known(entry, &at, "a media type", &["schema"]);
        let mut kept = Map::new();
        match entry.get("schema") {
            Some(schema) => drop(kept.insert("schema".to_owned(), self.schema(schema, &at.key("schema")))),
            None if media == "application/json" => drop(kept.insert("schema".to_owned(), json!({}))),
            None => {}
        }
        Some(json!({ media: kept }))
    }

    fn responses(&mut self, operation: &'a Map<String, Value>, at: &Place) -> Option<Value> {
        let at = &at.key("responses");
        let responses = match operation.get("responses") {
            Some(Value::Object(responses)) if responses.keys().any(|k| !k.starts_with("x-")) => responses,
            Some(Value::Object(_)) | None => {
                self.refuse(at, "an operation without responses");
                return None;
            }
            Some(other) => {
                self.refuse(at, format!("`responses` must be an object, not {}", kind(other)));
                return None;
            }
        };
        let mut facts = Map::new();
        for (code, response) in responses.iter().filter(|(code, _)| !code.starts_with("x-")) {
            let at = at.key(code);
            if !is_status(code) {
                self.refuse(&at, format!("`{code}` is neither a status (200, 4XX) nor `default`"));
                continue;
            }
            if let Some(response) = self.response(response, &at, code.starts_with('2')) {
                let code = code.to_uppercase().replace("DEFAULT", "default");
                if facts.insert(code.clone(), response).is_some() {
                    self.refuse(&at, format!("the status `{code}` is there twice"));
                }
            }
        }
        Some(Value::Object(facts))
    }
}

fn is_status(code: &str) -> bool {
    let upper = code.to_ascii_uppercase();
    let class = matches!(upper.as_bytes().first(), Some(b'1'..=b'5'));
    let rest = upper.get(1..).unwrap_or_default();
    code == "default"
        || class && (rest == "XX" || rest.len() == 2 && rest.bytes().all(|b| b.is_ascii_digit()))
}

pub(super) fn is_json(media: &str) -> bool {
    media_type(media) == Some("application/json")
}

/// The media type as the generator knows it.
fn media_type(media: &str) -> Option<&'static str> {
    let essence = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "application/json" => Some("application/json"),
        "application/x-www-form-urlencoded" => Some("application/x-www-form-urlencoded"),
        "application/octet-stream" => Some("application/octet-stream"),
        "text/plain" => Some("text/plain"),
        other if other.starts_with("application/") && other.ends_with("+json") => Some("application/json"),
        _ => None,
    }
}
