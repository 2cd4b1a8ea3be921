//! The places where a schema can stand in a lowered document, written the way the overlay writes them:
//! `Company.id`, `Grant.scopes[]`, `GET /v2/lists ?ids[]`, `GET /v2/lists/{listId} {listId}`,
//! `POST /v2/person-merges body`, `GET /v2/lists 200`, `response 404`, `header X-Request-Id`.

use heck::ToUpperCamelCase;
use serde_json::Value;

use super::lower::Document;
use super::names::type_name;

/// One schema, its place, and the name something inline there would be given.
pub(crate) struct Slot<'d> {
    pub(crate) place: String,
    pub(crate) base: String,
    pub(crate) schema: &'d mut Value,
    pub(crate) is_parameter: bool,
}

/// `GET /v2/lists`.
pub(crate) fn operation_key(path: &str, method: &str) -> String {
    format!("{} {path}", method.to_uppercase())
}

/// Every schema outside `components.schemas`. Operations must have their names already.
pub(crate) fn outside(document: &mut Document) -> Vec<Slot<'_>> {
    let mut slots = Vec::new();
    for (name, response) in &mut document.responses {
        in_response(
            response,
            &format!("response {name}"),
            &format!("Response{}", name.to_upper_camel_case()),
            &mut slots,
        );
    }
    for (name, header) in &mut document.headers {
        in_header(
            header,
            &format!("header {name}"),
            &format!("Header{}", name.to_upper_camel_case()),
            &mut slots,
        );
    }
    for ((path, method), operation) in &mut document.operations {
        in_operation(operation, &operation_key(path, method), &mut slots);
    }
    slots
}

fn in_operation<'d>(operation: &'d mut Value, key: &str, slots: &mut Vec<Slot<'d>>) {
    let base = operation["operationId"].as_str().unwrap_or_default().to_upper_camel_case();
    let Some(operation) = operation.as_object_mut() else {
        return;
    };
    for (part, value) in operation.iter_mut() {
        match part.as_str() {
            "parameters" => in_parameters(value, key, &base, slots),
            "requestBody" => in_content(value, &format!("{key} body"), &format!("{base}Body"), slots),
            "responses" => {
                for (code, response) in value.as_object_mut().into_iter().flatten() {
                    let base = if code.starts_with('2') {
                        format!("{base}Response")
                    } else {
                        type_name(&base, &format!("response {code}"))
                    };
                    in_response(response, &format!("{key} {code}"), &base, slots);
                }
            }
            _ => {}
        }
    }
}

fn in_parameters<'d>(parameters: &'d mut Value, key: &str, base: &str, slots: &mut Vec<Slot<'d>>) {
    for parameter in parameters.as_array_mut().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
        let place = match parameter["in"].as_str() {
            Some("path") => format!("{key} {{{name}}}"),
            Some("query") => format!("{key} ?{name}"),
            _ => format!("{key} header {name}"),
        };
        if let Some(schema) = parameter.get_mut("schema") {
            slots.push(Slot { place, base: type_name(base, &name), schema, is_parameter: true });
        }
    }
}

fn in_response<'d>(response: &'d mut Value, place: &str, base: &str, slots: &mut Vec<Slot<'d>>) {
    let Some(response) = response.as_object_mut() else {
        return;
    };
    let mut content = None;
    for (part, value) in response.iter_mut() {
        match part.as_str() {
            "headers" => {
                for (name, header) in value.as_object_mut().into_iter().flatten() {
                    in_header(header, &format!("{place} header {name}"), &type_name(base, name), slots);
                }
            }
            "content" => content = Some(value),
            _ => {}
        }
    }
    if let Some(content) = content {
        in_media(content, place, base, slots);
    }
}

fn in_content<'d>(body: &'d mut Value, place: &str, base: &str, slots: &mut Vec<Slot<'d>>) {
    if let Some(content) = body.get_mut("content") {
        in_media(content, place, base, slots);
    }
}

fn in_media<'d>(content: &'d mut Value, place: &str, base: &str, slots: &mut Vec<Slot<'d>>) {
    for (_, media) in content.as_object_mut().into_iter().flatten() {
        if let Some(schema) = media.get_mut("schema") {
            slots.push(Slot { place: place.to_owned(), base: base.to_owned(), schema, is_parameter: false });
        }
    }
}

fn in_header<'d>(header: &'d mut Value, place: &str, base: &str, slots: &mut Vec<Slot<'d>>) {
    if let Some(schema) = header.get_mut("schema") {
        slots.push(Slot { place: place.to_owned(), base: base.to_owned(), schema, is_parameter: false });
    }
}
