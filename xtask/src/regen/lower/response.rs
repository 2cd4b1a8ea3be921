//! Responses and their headers.

use serde_json::{Map, Value, json};

use super::Lowering;
use super::operation::is_json;
use crate::regen::place::{Place, find, sorted};

impl<'a> Lowering<'a> {
    /// `strict`: a body that cannot be read is refused; of an error the status is enough.
    pub(super) fn response(&mut self, value: &'a Value, at: &Place, strict: bool) -> Option<Value> {
        let (value, at) = &self.elsewhere(value, at)?;
        let value: &'a Value = value;
        if let Some(reference) = self.kept_reference(value, at, "responses") {
            return reference;
        }
        let response = self.object(value, at, "a response")?;
        self.only_known(response, at, "a response", &["content", "headers"]);
        let mut facts = Map::new();
        if let Some(content) = response.get("content") {
            let at = at.key("content");
            let content = match content.as_object().filter(|_| !strict) {
                Some(kinds) => match sorted(kinds).into_iter().find(|(media, _)| is_json(media)) {
                    Some((media, entry)) => self.one_content(media, entry, &at, "a response")?,
                    None => json!({}),
                },
                None => self.content(content, &at, "a response")?,
            };
            if content.as_object().is_some_and(|c| !c.is_empty()) {
                facts.insert("content".to_owned(), content);
            }
        }
        if let Some(headers) = response.get("headers") {
            let at = at.key("headers");
            let mut kept = Map::new();
            for (name, header) in sorted(self.object(headers, &at, "`headers`")?) {
                // The standard ignores a header of this name.
                if name.eq_ignore_ascii_case("content-type") {
                    continue;
                }
                if let Some(header) = self.header(header, &at.key(name)) {
                    kept.insert(name.clone(), header);
                }
            }
            if !kept.is_empty() {
                facts.insert("headers".to_owned(), Value::Object(kept));
            }
        }
        Some(Value::Object(facts))
    }

    pub(super) fn header(&mut self, value: &'a Value, at: &Place) -> Option<Value> {
        if let Some(reference) = self.kept_reference(value, at, "headers") {
            return reference;
        }
        let (value, at) = &self.elsewhere(value, at)?;
        let value: &'a Value = value;
        let header = self.object(value, at, "a header")?;
        let known = ["required", "schema", "style", "explode", "deprecated"];
        self.only_known(header, at, "a header", &known);
        let mut facts = Map::new();
        for key in ["required", "deprecated"] {
            if self.flag(header, key, at) {
                facts.insert(key.to_owned(), true.into());
            }
        }
        if let Some(style) = header.get("style").filter(|style| *style != "simple") {
            self.refuse(&at.key("style"), format!("{style} is no style of a header, which is always simple"));
        }
        if self.flag(header, "explode", at) {
            facts.insert("explode".to_owned(), true.into());
        }
        match header.get("schema") {
            Some(schema) => {
                let schema = self.schema(schema, &at.key("schema"));
                facts.insert("schema".to_owned(), schema);
            }
            None => self.refuse(at, "a header without `schema`"),
        }
        Some(Value::Object(facts))
    }

    /// A reference that stays one, to the component at the end of the chain; prose beside it goes.
    fn kept_reference(&mut self, value: &'a Value, at: &Place, section: &str) -> Option<Option<Value>> {
        let mut target = value.get("$ref").filter(|t| !super::is_elsewhere(t))?;
        let mut seen = Vec::new();
        let mut place = at.clone();
        loop {
            let Some(text) = self.text(target, &place.key("$ref"), "a reference") else {
                return Some(None);
            };
            let Some(name) = self.component(text, section, &place) else {
                return Some(None);
            };
            if seen.contains(&name) {
                self.refuse(at, format!("the reference `{text}` leads back to itself"));
                return Some(None);
            }
            let path = ["components".to_owned(), section.to_owned(), name.clone()];
            let Some(found) = find(self.root, &path) else {
                self.refuse(&place, format!("the reference `{text}` leads nowhere"));
                return Some(None);
            };
            place = Place::root().key("components").key(section).key(&name);
            seen.push(name.clone());
            match found.get("$ref") {
                Some(next) => target = next,
                None => return Some(Some(json!({ "$ref": format!("#/components/{section}/{name}") }))),
            }
        }
    }
}
