//! What is wrong with a request, by the document alone.

use axum::http::{HeaderMap, header};
use serde_json::{Value, json};

use super::contract::{Contract, Operation, Parameter};

/// A request as it came, taken apart.
pub(crate) struct Request {
    pub(crate) path: Vec<(String, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// Everything that the document does not allow about a request.
pub(crate) fn faults(contract: &Contract, operation: &Operation, request: &Request) -> Vec<String> {
    let mut faults = Vec::new();
    faults.extend(unauthorized(&request.headers));
    faults.extend(undeclared(operation, &request.query));
    for parameter in &operation.parameters {
        faults.extend(parameter_faults(contract, parameter, request));
    }
    faults.extend(body_faults(contract, operation, request));
    faults
}

fn unauthorized(headers: &HeaderMap) -> Option<String> {
    let credentials = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = credentials.and_then(|text| text.strip_prefix("Bearer "));
    token.is_none_or(|token| token.trim().is_empty()).then(|| "no bearer token".to_owned())
}

fn undeclared(operation: &Operation, query: &[(String, String)]) -> Vec<String> {
    let declared = |name: &str| operation.parameters.iter().any(|it| !it.in_path && it.name == name);
    let unknown = query.iter().filter(|(name, _)| !declared(name));
    unknown.map(|(name, _)| format!("query parameter {name} is not declared")).collect()
}

fn parameter_faults(contract: &Contract, parameter: &Parameter, request: &Request) -> Vec<String> {
    let name = &parameter.name;
    let given = if parameter.in_path { &request.path } else { &request.query };
    let texts: Vec<_> = given.iter().filter(|(key, _)| key == name).map(|(_, text)| text.as_str()).collect();
    if texts.is_empty() {
        let missing = parameter.required.then(|| format!("{name} is missing"));
        return missing.into_iter().collect();
    }
    let value = match parameter.schema.get("items") {
        Some(items) => texts.iter().map(|text| typed(contract, items, text)).collect(),
        None if texts.len() > 1 => return vec![format!("{name} is given {} times", texts.len())],
        None => typed(contract, &parameter.schema, texts[0]),
    };
    let misfits = contract.misfits(&parameter.schema, &value).into_iter();
    misfits.map(|misfit| format!("{name}: {misfit}")).collect()
}

/// The value that a text stands for; the text itself where it stands for none, which then does not fit.
fn typed(contract: &Contract, schema: &Value, text: &str) -> Value {
    let value = match contract.resolve(schema)["type"].as_str() {
        // `+5` and `007` can be read, but are not how a number is written.
        Some("integer") => text.parse::<i64>().ok().filter(|it| it.to_string() == text).map(Value::from),
        Some("boolean") => text.parse::<bool>().ok().map(Value::from),
        Some("string") => None,
        other => panic!("a parameter of type {other:?}"),
    };
    value.unwrap_or_else(|| json!(text))
}

fn body_faults(contract: &Contract, operation: &Operation, request: &Request) -> Vec<String> {
    let Some(schema) = &operation.body else {
        let faults = (!request.body.is_empty()).then(|| "a body, where none is declared".to_owned());
        return faults.into_iter().collect();
    };
    if request.body.is_empty() {
        return vec!["the body is missing".to_owned()];
    }
    let kind = request.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    let mut faults = Vec::new();
    if essence != Some("application/json") {
        faults.push(format!("the body is {kind:?}"));
    }
    match serde_json::from_slice::<Value>(&request.body) {
        Ok(body) => {
            faults.extend(contract.misfits(schema, &body).into_iter().map(|misfit| format!("body: {misfit}")))
        }
        Err(error) => faults.push(format!("the body is not JSON: {error}")),
    }
    faults
}
