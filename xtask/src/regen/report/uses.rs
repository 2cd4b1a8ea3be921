//! Which schemas are sent, which are received: the same change breaks one side and not the other.

use std::collections::BTreeMap;

use serde_json::Value;

pub(super) const REQUEST: u8 = 1;
pub(super) const RESPONSE: u8 = 2;

/// The ways each component schema travels.
pub(super) struct Uses(BTreeMap<String, u8>);

impl Uses {
    pub(super) fn of(documents: &[&Value]) -> Self {
        let mut all = Self(BTreeMap::new());
        for document in documents {
            let mut uses = Self(BTreeMap::new());
            for (_, operation) in super::operations(document).values() {
                for (part, way) in
                    [("parameters", REQUEST), ("requestBody", REQUEST), ("responses", RESPONSE)]
                {
                    if let Some(value) = operation.get(part) {
                        uses.follow(document, value, way);
                    }
                }
            }
            for (name, ways) in uses.0 {
                *all.0.entry(name).or_default() |= ways;
            }
        }
        all
    }

    pub(super) fn way(&self, name: &str) -> u8 {
        self.0.get(name).copied().unwrap_or_default()
    }

    pub(super) fn note(&self, name: &str) -> &'static str {
        match self.way(name) {
            REQUEST => " (sent)",
            RESPONSE => " (received)",
            0 => " (unused)",
            _ => " (sent and received)",
        }
    }

    fn follow(&mut self, document: &Value, value: &Value, way: u8) {
        match value {
            Value::Object(map) => {
                if let Some(target) = map.get("$ref").and_then(Value::as_str) {
                    self.reference(document, target, way);
                }
                map.values().for_each(|value| self.follow(document, value, way));
            }
            Value::Array(items) => items.iter().for_each(|item| self.follow(document, item, way)),
            _ => {}
        }
    }

    fn reference(&mut self, document: &Value, target: &str, way: u8) {
        if let Some(name) = target.strip_prefix("#/components/schemas/") {
            let known = self.0.entry(name.to_owned()).or_default();
            if *known & way == way {
                return;
            }
            *known |= way;
        }
        if let Some(found) = target.strip_prefix('#').and_then(|pointer| document.pointer(pointer)) {
            self.follow(document, found, way);
        }
    }
}
