//! The outer parts of the document.

use serde_json::{Map, Value, json};

use super::{Document, Lowering};
use crate::regen::place::{Place, kind, sorted};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

impl<'a> Lowering<'a> {
    pub(super) fn document(&mut self) -> Document {
        let at = Place::root();
        let mut document = Document::default();
        let Some(root) = self.object(self.root, &at, "the document") else {
            return document;
        };
        let known =
            ["openapi", "info", "servers", "paths", "components", "security", "tags", "jsonSchemaDialect"];
        self.only_known(root, &at, "the document", &known);
        self.dialect(root, &at);
        document.version = self.version(root, &at);
        document.servers = self.servers(root, &at);
        self.components(root, &at, &mut document);
        document.security = root.get("security").map(|v| self.security(v, &at.key("security")));
        document.tags = self.tags(root, &at);
        self.paths(root, &at, &mut document);
        document
    }

    fn dialect(&mut self, root: &'a Map<String, Value>, at: &Place) {
        const KNOWN: [&str; 2] = [
            "https://spec.openapis.org/oas/3.1/dialect/base",
            "https://json-schema.org/draft/2020-12/schema",
        ];
        if let Some(dialect) = root.get("jsonSchemaDialect")
            && !dialect.as_str().is_some_and(|d| KNOWN.contains(&d))
        {
            self.refuse(
                &at.key("jsonSchemaDialect"),
                "another JSON Schema dialect than the one OpenAPI 3.1 has by default",
            );
        }
    }

    /// The dated version of the API: the vendor's extension, else the document's version.
    fn version(&mut self, root: &'a Map<String, Value>, at: &Place) -> Option<String> {
        let info = self.object(root.get("info")?, &at.key("info"), "`info`")?;
        let named = |key: &str| match info.get(key)? {
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some(Ok(text.trim().to_owned())),
            other => Some(Err(format!("`{key}` must be text, not {}: put it in quotes", kind(other)))),
        };
        let found =
            ["x-affinity-api-version", "version"].into_iter().find_map(|key| Some((key, named(key)?)));
        match found {
            Some((_, Ok(version))) => Some(version),
            Some((key, Err(message))) => {
                self.refuse(&at.key("info").key(key), message);
                None
            }
            None => None,
        }
    }

    fn servers(&mut self, root: &'a Map<String, Value>, at: &Place) -> Vec<Value> {
        let Some(servers) = root.get("servers") else {
            return Vec::new();
        };
        let at = at.key("servers");
        let mut found = Vec::new();
        for (index, server) in self.list(servers, &at, "`servers`").iter().enumerate() {
            let at = at.index(index);
            let Some(server) = self.object(server, &at, "a server") else {
                continue;
            };
            self.only_known(server, &at, "a server", &["url"]);
            match server.get("url").and_then(Value::as_str) {
                Some(url) => found.push(json!({ "url": url })),
                None => self.refuse(&at, "a server without `url`"),
            }
        }
        found
    }

    fn components(&mut self, root: &'a Map<String, Value>, at: &Place, document: &mut Document) {
        let Some(components) = root.get("components") else {
            return;
        };
        let at = at.key("components");
        let Some(components) = self.object(components, &at, "`components`") else {
            return;
        };
        let known = [
            "schemas",
            "responses",
            "parameters",
            "requestBodies",
            "headers",
            "securitySchemes",
            "pathItems",
        ];
        self.only_known(components, &at, "`components`", &known);
        for (section, values) in sorted(components) {
            let at = at.key(section);
            if !known.contains(&section.as_str()) {
                continue;
            }
            let Some(values) = self.object(values, &at, &format!("`{section}`")) else {
                continue;
            };
            for (name, value) in sorted(values) {
                let at = at.key(name);
                match section.as_str() {
                    "schemas" => {
                        let name = self.names.get(name).unwrap_or(name).to_owned();
                        let schema = self.schema(value, &at);
                        document.schemas.insert(name, schema);
                    }
                    "responses" => {
                        let strict = self.is_success(name);
                        drop(
                            self.response(value, &at, strict)
                                .map(|r| document.responses.insert(name.clone(), r)),
                        )
                    }
                    "headers" => {
                        drop(self.header(value, &at).map(|h| document.headers.insert(name.clone(), h)))
                    }
                    "securitySchemes" => {
                        drop(
                            self.security_scheme(value, &at)
                                .map(|s| document.security_schemes.insert(name.clone(), s)),
                        );
                    }
                    // Looked at here as well, so that what no operation uses is checked too.
                    "parameters" => drop(self.parameter(value, &at)),
                    "requestBodies" => drop(self.request_body(value, &at)),
                    _ => {}
                }
            }
        }
    }

    /// Whether some operation answers with this component on success.
    fn is_success(&self, name: &str) -> bool {
        let target = Place::root().key("components").key("responses").key(name).to_string();
        let paths = self.root["paths"].as_object().into_iter().flat_map(|paths| paths.values());
        let operations = paths.filter_map(Value::as_object).flat_map(|item| item.values());
        let responses = operations.filter_map(|o| o.get("responses")?.as_object()).flatten();
        let mut successes = responses.filter(|(code, _)| code.starts_with('2'));
        successes.any(|(_, response)| response["$ref"] == target.as_str())
    }

    fn security_scheme(&mut self, value: &'a Value, at: &Place) -> Option<Value> {
        let (value, at) = self.written_out(value, at, "securitySchemes")?;
        let scheme = self.object(value, &at, "a security scheme")?;
        let known = ["type", "scheme", "bearerFormat", "name", "in", "flows", "openIdConnectUrl"];
        self.only_known(scheme, &at, "a security scheme", &known);
        if scheme.get("type").and_then(Value::as_str).is_none() {
            self.refuse(&at, "a security scheme without `type`");
        }
        let mut facts = Map::new();
        for key in known.iter().filter(|key| **key != "flows") {
            if let Some(text) = scheme.get(*key).and_then(|v| self.text(v, &at.key(key), &format!("`{key}`")))
            {
                facts.insert((*key).to_owned(), text.into());
            }
        }
        if let Some(flows) = scheme.get("flows") {
            facts.insert("flows".to_owned(), self.flows(flows, &at.key("flows"))?);
        }
        Some(Value::Object(facts))
    }

    /// The text beside each scope is prose.
    fn flows(&mut self, value: &'a Value, at: &Place) -> Option<Value> {
        let mut flows = Map::new();
        for (name, flow) in sorted(self.object(value, at, "`flows`")?) {
            let at = at.key(name);
            if name.starts_with("x-") {
                continue;
            }
            let flow = self.object(flow, &at, "a flow")?;
            let known = ["authorizationUrl", "tokenUrl", "refreshUrl", "scopes"];
            self.only_known(flow, &at, "a flow", &known);
            let mut facts = Map::new();
            for key in &known[..3] {
                if let Some(url) =
                    flow.get(*key).and_then(|v| self.text(v, &at.key(key), &format!("`{key}`")))
                {
                    facts.insert((*key).to_owned(), url.into());
                }
            }
            let scopes = flow.get("scopes").and_then(|v| self.object(v, &at.key("scopes"), "`scopes`"));
            let scopes: Map<_, _> =
                scopes.into_iter().flatten().map(|(scope, _)| (scope.clone(), json!(""))).collect();
            facts.insert("scopes".to_owned(), Value::Object(scopes));
            flows.insert(name.clone(), Value::Object(facts));
        }
        Some(Value::Object(flows))
    }

    pub(super) fn security(&mut self, value: &'a Value, at: &Place) -> Value {
        for (index, requirement) in self.list(value, at, "`security`").iter().enumerate() {
            let at = at.index(index);
            for (scheme, scopes) in
                self.object(requirement, &at, "a security requirement").into_iter().flatten()
            {
                let at = at.key(scheme);
                for (index, scope) in self.list(scopes, &at, "the scopes").iter().enumerate() {
                    self.text(scope, &at.index(index), "a scope");
                }
                let found = self.root.pointer("/components/securitySchemes").and_then(|s| s.get(scheme));
                if found.is_none() {
                    self.refuse(&at, format!("the security scheme `{scheme}` is declared nowhere"));
                }
            }
        }
        value.clone()
    }

    fn tags(&mut self, root: &'a Map<String, Value>, at: &Place) -> Vec<Value> {
        let Some(tags) = root.get("tags") else {
            return Vec::new();
        };
        let at = at.key("tags");
        let mut found = Vec::new();
        for (index, tag) in self.list(tags, &at, "`tags`").iter().enumerate() {
            let at = at.index(index);
            let Some(tag) = self.object(tag, &at, "a tag") else {
                continue;
            };
            self.only_known(tag, &at, "a tag", &["name"]);
            let Some(name) = tag.get("name").and_then(Value::as_str) else {
                self.refuse(&at, "a tag without `name`");
                continue;
            };
            let mut facts = Map::new();
            facts.insert("name".to_owned(), name.into());
            self.stability(tag, &at, &mut facts);
            found.push(Value::Object(facts));
        }
        found.sort_by_key(|tag| tag["name"].as_str().unwrap_or_default().to_owned());
        found.dedup();
        found
    }

    fn paths(&mut self, root: &'a Map<String, Value>, at: &Place, document: &mut Document) {
        let at = at.key("paths");
        let paths = match root.get("paths") {
            Some(Value::Object(paths)) if !paths.is_empty() => paths,
            Some(Value::Object(_)) | None => {
                self.refuse(&at, "the document has no paths");
                return;
            }
            Some(other) => {
                self.refuse(&at, format!("`paths` must be an object, not {}", kind(other)));
                return;
            }
        };
        for (path, item) in sorted(paths) {
            let at = at.key(path);
            if path.starts_with("x-") {
                continue;
            }
            if !path.starts_with('/') {
                self.refuse(&at, "a path must begin with `/`");
                continue;
            }
            self.path_item(path, item, &at, document);
        }
        if document.operations.is_empty() {
            self.refuse(&at, "the document has no operations");
        }
        self.same_paths(paths, &at);
        self.unused_path_items();
    }

    /// A path item that no path has would be lost.
    fn unused_path_items(&mut self) {
        let text = self.root["paths"].to_string();
        let items = self.root.pointer("/components/pathItems").and_then(Value::as_object);
        for (name, _) in items.map(sorted).unwrap_or_default() {
            let at = Place::root().key("components").key("pathItems").key(name);
            if !text.contains(&format!("\"{at}\"")) {
                self.refuse(&at, "no path refers to it, so it would be lost: remove it with a correction");
            }
        }
    }

    fn path_item(&mut self, path: &str, item: &'a Value, at: &Place, document: &mut Document) {
        let beside = item.as_object().filter(|item| item.contains_key("$ref")).into_iter().flatten();
        if beside.into_iter().any(|(key, _)| METHODS.contains(&key.as_str()) || key == "parameters") {
            self.refuse(
                at,
                "operations or parameters beside a `$ref`: the standard leaves open what they mean",
            );
        }
        let Some((item, at)) = self.written_out(item, at, "pathItems") else {
            return;
        };
        let Some(item) = self.object(item, &at, "a path") else {
            return;
        };
        let mut known = METHODS.to_vec();
        known.extend(["parameters", "servers"]);
        self.only_known(item, &at, "a path", &known);
        self.own_servers(item, &at);
        for (method, operation) in sorted(item).into_iter().filter(|(key, _)| METHODS.contains(&key.as_str()))
        {
            if let Some(mut operation) = self.operation(path, item.get("parameters"), operation, &at, method)
            {
                // What is said of a path is said of its operations.
                let mut level = Map::new();
                self.stability(item, &at, &mut level);
                for (key, value) in level {
                    operation.as_object_mut().map(|o| o.entry(key).or_insert(value));
                }
                document.operations.insert((path.to_owned(), method.clone()), operation);
            }
        }
    }

    /// Servers of a path or an operation of its own: the client has one base URL.
    pub(super) fn own_servers(&mut self, map: &'a Map<String, Value>, at: &Place) {
        if map
            .get("servers")
            .is_some_and(|servers| Some(servers) != self.root.get("servers") && *servers != json!([]))
        {
            self.refuse(&at.key("servers"), "servers other than the document's: one client has one base URL");
        }
    }

    fn same_paths(&mut self, paths: &'a Map<String, Value>, at: &Place) {
        let mut seen: Vec<(String, &String)> = Vec::new();
        for (path, _) in sorted(paths) {
            let shape: Vec<&str> =
                path.split('/').map(|s| if s.starts_with('{') { "{}" } else { s }).collect();
            let shape = shape.join("/");
            if let Some((_, other)) = seen.iter().find(|(known, _)| *known == shape) {
                self.refuse(&at.key(path), format!("the same path as `{other}`, with other parameter names"));
            }
            seen.push((shape, path));
        }
    }
}
