//! Parameters: gathered from path, operation and components, and held against the path's template.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Lowering;
use super::schema::is_list_or_object;
use crate::regen::place::{Place, kind};

impl<'a> Lowering<'a> {
    /// An operation's parameters: those of the path in its order, then the others by (in, name).
    pub(super) fn parameters(
        &mut self,
        path: &str,
        shared: Option<(&'a Value, Place)>,
        operation: &'a Map<String, Value>,
        at: &Place,
    ) -> Vec<Value> {
        let mut found = BTreeMap::new();
        if let Some((shared, at)) = shared {
            found = self.parameter_list(shared, &at);
        }
        if let Some(own) = operation.get("parameters") {
            found.extend(self.parameter_list(own, &at.key("parameters")));
        }
        let mut ordered = Vec::new();
        for name in self.template(path, at) {
            match found.remove(&("path".to_owned(), name.clone())) {
                Some(parameter) => ordered.push(parameter),
                None => self.refuse(
                    at,
                    format!("the path has `{{{name}}}`, but no path parameter of that name is declared"),
                ),
            }
        }
        for ((location, name), parameter) in found {
            if location == "path" {
                self.refuse(
                    at,
                    format!("the path parameter `{name}` is declared, but the path has no `{{{name}}}`"),
                );
            }
            ordered.push(parameter);
        }
        ordered
    }

    fn parameter_list(&mut self, value: &'a Value, at: &Place) -> BTreeMap<(String, String), Value> {
        let mut found = BTreeMap::new();
        for (index, parameter) in self.list(value, at, "`parameters`").iter().enumerate() {
            let at = at.index(index);
            let Some((key, parameter)) = self.parameter(parameter, &at) else {
                continue;
            };
            if found.contains_key(&key) {
                self.refuse(&at, format!("the {} parameter `{}` is declared twice", key.0, key.1));
            }
            found.insert(key, parameter);
        }
        found
    }

    /// The names in a path's braces.
    fn template(&mut self, path: &str, at: &Place) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for segment in path.split('/').filter(|s| s.contains(['{', '}'])) {
            let name = segment
                .strip_prefix('{')
                .and_then(|s| s.strip_suffix('}'))
                .filter(|n| !n.is_empty() && !n.contains(['{', '}']));
            match name {
                Some(name) if names.iter().any(|n| n == name) => {
                    self.refuse(at, format!("the path has `{{{name}}}` twice"))
                }
                Some(name) => names.push(name.to_owned()),
                None => self.refuse(at, format!("the path segment `{segment}` is not a single `{{name}}`")),
            }
        }
        names
    }

    /// One parameter, or nothing where the standard says it is ignored.
    pub(super) fn parameter(&mut self, value: &'a Value, at: &Place) -> Option<((String, String), Value)> {
        let (value, at) = self.written_out(value, at, "parameters")?;
        let at = &at;
        let parameter = self.object(value, at, "a parameter")?;
        let known = [
            "name",
            "in",
            "required",
            "schema",
            "style",
            "explode",
            "deprecated",
            "allowReserved",
            "allowEmptyValue",
        ];
        self.only_known(parameter, at, "a parameter", &[&known[..], &["content"]].concat());
        let name = self.required_text(parameter, "name", at)?;
        let location = self.required_text(parameter, "in", at)?;
        if !["path", "query", "header"].contains(&location) {
            let message = match location {
                "cookie" => "cookie parameters are not something the generated client sends; remove it with a correction".to_owned(),
                other => format!("`{other}` is no place for a parameter: OpenAPI 3 has path, query, header and cookie"),
            };
            self.refuse(&at.key("in"), message);
            return None;
        }
        let reserved = ["accept", "content-type", "authorization"];
        if location == "header" && reserved.contains(&name.to_ascii_lowercase().as_str()) {
            return None;
        }
        let mut facts = Map::new();
        facts.insert("name".to_owned(), name.into());
        facts.insert("in".to_owned(), location.into());
        self.stability(parameter, at, &mut facts);
        let required = self.flag(parameter, "required", at);
        if location == "path" && !required {
            self.refuse(at, format!("the path parameter `{name}` must say `required: true`"));
        }
        for key in ["deprecated", "allowReserved", "allowEmptyValue"] {
            if self.flag(parameter, key, at) {
                facts.insert(key.to_owned(), true.into());
            }
        }
        if required {
            facts.insert("required".to_owned(), true.into());
        }
        let Some(schema) = parameter.get("schema") else {
            let message = match parameter.get("content") {
                Some(_) => format!(
                    "the parameter `{name}` is a document of its own (`content`), which the generated client cannot send"
                ),
                None => format!("the parameter `{name}` has no `schema`"),
            };
            self.refuse(at, message);
            return None;
        };
        let mut schema = self.schema(schema, &at.key("schema"));
        // A parameter is sent or left out; there is no null to send.
        if let Some(schema) = schema.as_object_mut() {
            schema.remove("nullable");
        }
        self.style(parameter, location, &schema, at, &mut facts);
        facts.insert("schema".to_owned(), schema);
        Some(((location.to_owned(), name.to_owned()), Value::Object(facts)))
    }

    fn required_text(&mut self, map: &'a Map<String, Value>, key: &str, at: &Place) -> Option<&'a str> {
        match map.get(key) {
            Some(value) => self.text(value, &at.key(key), &format!("`{key}`")),
            None => {
                self.refuse(at, format!("a parameter without `{key}`"));
                None
            }
        }
    }

    /// Lists and objects always say how they are written, single values only when it is not the default.
    fn style(
        &mut self,
        parameter: &'a Map<String, Value>,
        location: &str,
        schema: &Value,
        at: &Place,
        facts: &mut Map<String, Value>,
    ) {
        let default = if location == "query" { "form" } else { "simple" };
        let allowed: &[&str] = match location {
            "query" => &["form", "spaceDelimited", "pipeDelimited", "deepObject"],
            "path" => &["simple", "label", "matrix"],
            _ => &["simple"],
        };
        let style = match parameter.get("style") {
            None => default,
            Some(Value::String(style)) if allowed.contains(&style.as_str()) => style,
            Some(other) => {
                self.refuse(&at.key("style"), format!("{other} is no style of a {location} parameter"));
                default
            }
        };
        let explode = match parameter.get("explode") {
            None => style == "form",
            Some(Value::Bool(explode)) => *explode,
            Some(other) => {
                self.refuse(
                    &at.key("explode"),
                    format!("`explode` must be true or false, not {}", kind(other)),
                );
                false
            }
        };
        if is_list_or_object(self, schema) {
            facts.insert("style".to_owned(), style.into());
            facts.insert("explode".to_owned(), explode.into());
        } else if style != default {
            facts.insert("style".to_owned(), style.into());
        }
    }
}
