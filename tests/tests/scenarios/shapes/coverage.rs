//! Which forms the document gives its properties, and which of them the shapes have.

use std::collections::BTreeSet;

use serde_json::{Value, from_str};

use super::model::Shape;
use crate::document_server::{contract, named};

/// A property of a schema, in one of the forms it may have.
type Form = (String, &'static str);

/// The names of the schemas that answers have, refusals included.
pub(crate) fn answers() -> BTreeSet<&'static str> {
    let answers = contract().operations.iter().flat_map(|operation| &operation.answers);
    answers.filter_map(|(_, schema)| schema.as_ref().map(|schema| named(schema).unwrap())).collect()
}

/// The forms that no shape has, of everything that operations take and give.
pub(crate) fn missing_forms(shapes: impl Iterator<Item = Shape>) -> Vec<String> {
    let mut given = BTreeSet::new();
    for shape in shapes {
        forms_in(shape.schema, contract().schema(shape.schema), &from_str(&shape.text).unwrap(), &mut given);
    }
    let bodies = contract().operations.iter().filter_map(|operation| operation.body.as_ref().and_then(named));
    let mut reached = BTreeSet::new();
    bodies.chain(answers()).for_each(|name| reach(name, &mut reached));
    let documented = reached.into_iter().flat_map(forms_of);
    documented
        .filter(|form| !given.contains(form))
        .map(|(property, form)| format!("{property} {form}"))
        .collect()
}

/// Adds a schema, and those it refers to.
fn reach(name: &'static str, reached: &mut BTreeSet<&'static str>) {
    if reached.insert(name) {
        references(contract().schema(name)).into_iter().for_each(|name| reach(name, reached));
    }
}

fn references(schema: &'static Value) -> Vec<&'static str> {
    match schema {
        Value::Object(object) => {
            named(schema).into_iter().chain(object.values().flat_map(references)).collect()
        }
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

fn forms_of(name: &'static str) -> Vec<Form> {
    let schema = contract().schema(name);
    let mut forms = Vec::new();
    for (property, of_property) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{name}.{property}");
        let required = schema["required"].as_array().is_some_and(|all| all.iter().any(|it| it == property));
        if !required {
            forms.push((path.clone(), "absent"));
        }
        if of_property["nullable"] == true {
            forms.push((path.clone(), "null"));
        }
        forms.push((path, "set"));
    }
    forms
}

/// Notes the forms of the properties of a value, at every depth.
fn forms_in(name: &str, schema: &Value, value: &Value, given: &mut BTreeSet<Form>) {
    if let Some(name) = named(schema) {
        return forms_in(name, contract().schema(name), value, given);
    }
    if let Some(discriminator) = schema.get("discriminator") {
        let tag = value[discriminator["propertyName"].as_str().unwrap()].as_str().unwrap();
        let member = discriminator["mapping"][tag].as_str().unwrap().rsplit('/').next().unwrap();
        return forms_in(member, contract().schema(member), value, given);
    }
    for base in schema["allOf"].as_array().into_iter().flatten() {
        forms_in(name, base, value, given);
    }
    for item in value.as_array().into_iter().flatten() {
        forms_in(name, &schema["items"], item, given);
    }
    for (property, of_property) in schema["properties"].as_object().into_iter().flatten() {
        let (form, value) = match value.get(property) {
            None => ("absent", None),
            Some(Value::Null) => ("null", None),
            Some(value) => ("set", Some(value)),
        };
        given.insert((format!("{name}.{property}"), form));
        if let Some(value) = value {
            forms_in(&format!("{name}.{property}"), of_property, value, given);
        }
    }
}
