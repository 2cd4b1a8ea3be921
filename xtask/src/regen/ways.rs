//! Which places are sent and which are received: one value list cannot stand for both.

use std::collections::BTreeMap;

use serde_json::Value;

use super::lower::Document;

const SENT: u8 = 1;
const RECEIVED: u8 = 2;
pub(crate) const BOTH: u8 = SENT | RECEIVED;

/// The ways that component schemas travel.
pub(crate) struct Ways(BTreeMap<String, u8>);

impl Ways {
    pub(crate) fn of(document: &Document) -> Self {
        let mut ways = Self(BTreeMap::new());
        for operation in document.operations.values() {
            for (part, way) in [("parameters", SENT), ("requestBody", SENT), ("responses", RECEIVED)] {
                ways.follow(document, &operation[part], way);
            }
        }
        for response in document.responses.values() {
            ways.follow(document, response, RECEIVED);
        }
        ways
    }

    fn follow(&mut self, document: &Document, value: &Value, way: u8) {
        match value {
            Value::Object(map) => {
                let target = map.get("$ref").and_then(Value::as_str);
                if let Some(name) = target.and_then(|t| t.strip_prefix("#/components/schemas/")) {
                    let known = self.0.entry(name.to_owned()).or_default();
                    if *known & way == 0 {
                        *known |= way;
                        if let Some(schema) = document.schemas.get(name) {
                            self.follow(document, schema, way);
                        }
                    }
                }
                map.values().for_each(|value| self.follow(document, value, way));
            }
            Value::Array(items) => items.iter().for_each(|item| self.follow(document, item, way)),
            _ => {}
        }
    }

    /// `GET /v2/lists ?ids[]` is sent, `GET /v2/lists 200` received, `List.id` as the list is.
    pub(crate) fn of_place(&self, place: &str) -> u8 {
        if let Some((_, part)) = place.split_once(" /").and_then(|(_, rest)| rest.split_once(' ')) {
            let sent =
                part.starts_with(['?', '{']) || part.starts_with("body") || part.starts_with("header ");
            return if sent { SENT } else { RECEIVED };
        }
        if place.starts_with("response ") || place.starts_with("header ") {
            return RECEIVED;
        }
        let owner = place.split(['.', '[', '{', '|', '&']).next().unwrap_or_default();
        self.0.get(owner).copied().unwrap_or_default()
    }
}
