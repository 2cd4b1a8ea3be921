//! JSON compared: to the letter, and by what it means.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

/// What is left of a value without the differences that mean nothing to this API: absent, null and empty; a
/// whole number with a fraction; two spellings of an instant.
pub(crate) fn leveled(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let object = object.into_iter().map(|(key, value)| (key, leveled(value)));
            Value::Object(object.filter(|(_, value)| !is_nothing(value)).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.into_iter().map(leveled).collect(),
        Value::Number(number) => number.as_f64().map_or(Value::Null, Value::from),
        Value::String(text) => same_instant(&text).unwrap_or(text).into(),
        other => other,
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.is_empty(),
        _ => false,
    }
}

fn same_instant(text: &str) -> Option<String> {
    let instant = DateTime::parse_from_rfc3339(text).ok()?;
    Some(instant.with_timezone(&Utc).to_rfc3339())
}

/// Where two values differ, with the path of each place. All items of a list have one path.
pub(crate) fn differences(came: &Value, written: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", Some(came), Some(written), &mut found);
    found
}

fn compare(path: &str, came: Option<&Value>, written: Option<&Value>, found: &mut Vec<String>) {
    match (came, written) {
        (Some(Value::Object(came)), Some(Value::Object(written))) => {
            for key in came.keys().chain(written.keys()).collect::<BTreeSet<_>>() {
                compare(&format!("{path}.{key}"), came.get(key), written.get(key), found);
            }
        }
        (Some(Value::Array(came)), Some(Value::Array(written))) if came.len() == written.len() => {
            for (came, written) in came.iter().zip(written) {
                compare(&format!("{path}[]"), Some(came), Some(written), found);
            }
        }
        _ if came == written => {}
        _ => found.push(format!("{path}: {} came, {} is written", shown(came), shown(written))),
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), Value::to_string)
}
