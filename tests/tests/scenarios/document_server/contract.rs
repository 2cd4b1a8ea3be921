//! What the document says: operations, parameters and schemas, read from its file and from nothing else.

use std::collections::HashMap;
use std::fs;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

use super::lowering::lower;

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/affinity-v2.json");

/// The document, ready to be asked.
pub(crate) struct Contract {
    pub(crate) operations: Vec<Operation>,
    schemas: Map<String, Value>,
    lowered: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// One operation of the document.
pub(crate) struct Operation {
    pub(crate) name: String,
    /// In capitals.
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) parameters: Vec<Parameter>,
    /// The schema of its body, if it takes one.
    pub(crate) body: Option<Value>,
    /// The statuses it declares (`default` among them), each with the schema of what comes back, if anything.
    pub(crate) answers: Vec<(String, Option<Value>)>,
}

/// One parameter of an operation.
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) in_path: bool,
    pub(crate) required: bool,
    pub(crate) schema: Value,
}

/// The document in the working tree. It is read once.
pub(crate) fn contract() -> &'static Contract {
    static CONTRACT: LazyLock<Contract> = LazyLock::new(|| {
        let text = fs::read_to_string(DOCUMENT).unwrap();
        Contract::read(&serde_json::from_str(&text).unwrap())
    });
    &CONTRACT
}

impl Contract {
    fn read(document: &Value) -> Self {
        let schemas = document["components"]["schemas"].as_object().unwrap().clone();
        let lowered = schemas.iter().map(|(name, schema)| (name.clone(), lower(schema, name))).collect();
        let mut operations = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                operations.push(Operation::read(document, method, path, operation));
            }
        }
        Self { operations, schemas, lowered: Value::Object(lowered), validators: Mutex::default() }
    }

    pub(crate) fn operation(&self, method: &str, path: &str) -> Option<&Operation> {
        self.operations.iter().find(|it| it.method == method && it.path == path)
    }

    /// A schema by its name.
    pub(crate) fn schema(&self, name: &str) -> &Value {
        self.schemas.get(name).unwrap_or_else(|| panic!("the document has no schema {name}"))
    }

    /// Each schema that is a tagged union, with its name.
    pub(crate) fn unions(&self) -> impl Iterator<Item = (&str, &Value)> {
        let union = |schema: &Value| schema.get("discriminator").is_some();
        self.schemas
            .iter()
            .filter(move |(_, schema)| union(schema))
            .map(|(name, schema)| (name.as_str(), schema))
    }

    /// The schema that a reference leads to; the schema itself where it is no reference.
    pub(crate) fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        named(schema).map_or(schema, |name| self.schema(name))
    }

    /// Where a value does not fit a schema.
    pub(crate) fn misfits(&self, schema: &Value, value: &Value) -> Vec<String> {
        let place = |error: jsonschema::ValidationError<'_>| match error.instance_path().as_str() {
            "" => error.to_string(),
            path => format!("{path}: {error}"),
        };
        self.validator(schema).iter_errors(value).map(place).collect()
    }

    fn validator(&self, schema: &Value) -> Arc<Validator> {
        let mut validators = self.validators.lock().unwrap();
        let made = validators.entry(schema.to_string()).or_insert_with(|| {
            let whole = json!({"$defs": self.lowered, "allOf": [lower(schema, "schema")]});
            let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
            Arc::new(options.build(&whole).unwrap())
        });
        made.clone()
    }
}

impl Operation {
    fn read(document: &Value, method: &str, path: &str, operation: &Value) -> Self {
        let parameters = operation["parameters"].as_array().into_iter().flatten().map(Parameter::read);
        let answers = operation["responses"].as_object().unwrap().iter();
        Self {
            name: operation["operationId"].as_str().unwrap().to_owned(),
            method: method.to_uppercase(),
            path: path.to_owned(),
            parameters: parameters.collect(),
            body: operation.get("requestBody").map(|body| {
                assert_eq!(body["required"], true, "{path}: a body that may be left out");
                content(body).unwrap()
            }),
            answers: answers.map(|(status, it)| (status.clone(), content(response(document, it)))).collect(),
        }
    }

    /// What comes back with this status, or under `default`.
    pub(crate) fn answer(&self, status: u16) -> Option<&Value> {
        let find = |wanted: &str| self.answers.iter().find(|(status, _)| status == wanted);
        find(&status.to_string()).or_else(|| find("default")).and_then(|(_, schema)| schema.as_ref())
    }

    /// The status of success.
    pub(crate) fn success(&self) -> u16 {
        let mut statuses = self.answers.iter().filter_map(|(status, _)| status.parse().ok());
        statuses.find(|status| (200..300).contains(status)).unwrap()
    }
}

impl Parameter {
    fn read(parameter: &Value) -> Self {
        let schema = parameter["schema"].clone();
        if schema["type"] == "array" {
            assert_eq!((&parameter["style"], &parameter["explode"]), (&json!("form"), &json!(true)));
        }
        let place = parameter["in"].as_str().unwrap();
        assert!(matches!(place, "path" | "query"), "a parameter in {place}");
        Self {
            name: parameter["name"].as_str().unwrap().to_owned(),
            in_path: place == "path",
            required: parameter["required"] == true,
            schema,
        }
    }
}

/// The name in a reference to a schema.
pub(crate) fn named(schema: &Value) -> Option<&str> {
    schema.get("$ref")?.as_str()?.strip_prefix("#/components/schemas/")
}

fn response<'a>(document: &'a Value, response: &'a Value) -> &'a Value {
    match response.get("$ref").and_then(Value::as_str) {
        Some(at) => document.pointer(at.trim_start_matches('#')).unwrap(),
        None => response,
    }
}

fn content(carrier: &Value) -> Option<Value> {
    let types = carrier.get("content")?.as_object().unwrap();
    assert_eq!(types.keys().collect::<Vec<_>>(), ["application/json"]);
    Some(types["application/json"]["schema"].clone())
}
