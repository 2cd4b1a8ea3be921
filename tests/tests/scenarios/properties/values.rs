//! The values of fields, in either API.

use affinity::FieldValue;
use affinity::v1::{TypedValue, ValueType};
use affinity_core::decode;
use affinity_tests::VALUES;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::json::{deep, json, number, text, wrong};
use super::{MANY, assert_fit_for_a_log, check};
use crate::json::{differences, leveled};

const KEYS: &str = "id text type data link city name rank calculatedValue dropdownOptionId";

fn kind() -> impl Strategy<Value = &'static str> {
    select(VALUES.iter().map(|(kind, _)| *kind).collect::<Vec<_>>())
}

/// A value as it comes, its type before or after its data.
fn written(kind: &str, data: &str, first: bool) -> String {
    let kind = Value::from(kind);
    if first {
        format!(r#"{{"type":{kind},"data":{data}}}"#)
    } else {
        format!(r#"{{"data":{data},"x":[1],"type":{kind}}}"#)
    }
}

fn read(kind: &str, data: &str, first: bool) -> affinity::Result<FieldValue> {
    decode::value(written(kind, data, first).as_bytes())
}

/// The documented data of a type with something wrong in it, or any JSON.
fn data(kind: &'static str) -> impl Strategy<Value = Value> {
    let documented: Value =
        serde_json::from_str(VALUES.iter().find(|(known, _)| *known == kind).unwrap().1).unwrap();
    prop_oneof![
        1 => json(KEYS),
        1 => Just(documented.clone()),
        3 => wrong(documented),
    ]
}

#[test]
fn any_data_of_a_known_type_fits_or_is_told_with_its_place() {
    let values = kind().prop_flat_map(|kind| (Just(kind), data(kind)));
    check("values", 6 * MANY, &values, |(kind, data)| {
        let (first, last) = (read(kind, &data.to_string(), true), read(kind, &data.to_string(), false));
        match (first, last) {
            (Ok(value), Ok(last)) => {
                assert_eq!((value.kind(), &value), (kind, &last));
                let _ = (value.to_text(), value.is_empty(), value.is_complete(), format!("{value:?}").len());
                let again = serde_json::to_string(&value).unwrap();
                assert_eq!(decode::value::<FieldValue>(again.as_bytes()).unwrap(), value, "{again}");
            }
            (Err(first), Err(last)) => {
                for error in [&first, &last] {
                    assert_fit_for_a_log(error);
                    assert!(
                        error.is_decode() && error.path().unwrap().starts_with("data"),
                        "{kind} {data}: {error}"
                    );
                    assert!(!error.to_string().contains("ines@"), "{error}");
                }
                assert_eq!(first.path(), last.path(), "{kind} {data}");
            }
            (first, last) => panic!("{kind} {data}: {first:?} with the type first, {last:?} with it last"),
        }
    });
}

#[test]
fn documented_data_goes_out_as_it_came() {
    let values = (kind(), any::<Index>(), text(), number());
    check("documented values", 2 * MANY, &values, |(kind, which, text, number)| {
        let documented: Value =
            serde_json::from_str(VALUES.iter().find(|(known, _)| *known == kind).unwrap().1).unwrap();
        // Another text or number where there is one.
        let data = replaced(documented, which, &text, &number);
        let Ok(value) = read(kind, &data.to_string(), true) else { return };
        let out = serde_json::to_value(&value).unwrap();
        let expected = json!({"type": kind, "data": data});
        let differences = differences(&leveled(expected), &leveled(out));
        assert!(differences.is_empty(), "{differences:?}");
    });
}

fn replaced(mut json: Value, which: Index, text: &str, number: &serde_json::Number) -> Value {
    fn leaves<'a>(json: &'a mut Value, found: &mut Vec<&'a mut Value>) {
        match json {
            Value::Array(items) => items.iter_mut().for_each(|item| leaves(item, found)),
            Value::Object(object) => object.values_mut().for_each(|item| leaves(item, found)),
            leaf => found.push(leaf),
        }
    }
    let mut found = Vec::new();
    leaves(&mut json, &mut found);
    let at = which.index(found.len());
    match &mut *found[at] {
        Value::String(old) => text.clone_into(old),
        Value::Number(old) => *old = number.clone(),
        _ => {}
    }
    json
}

#[test]
fn data_of_another_kind_of_json_is_no_value() {
    let wrong = |kind: &str, data: &Value| {
        let fits = |data: &Value| match kind.trim_end_matches("-multi") {
            "text" | "filterable-text" | "datetime" => {
                data.is_string() || data.is_object() && kind == "filterable-text-multi"
            }
            "number" => data.is_number(),
            _ => data.is_object(),
        };
        match data {
            Value::Null => false,
            Value::Array(items) if kind.ends_with("-multi") => {
                // Known: a list in place of an object is taken for its values in their order.
                !items.iter().all(|item| fits(item) || item.is_array() && is_object(kind))
            }
            Value::Array(_) => !is_object(kind),
            data => kind.ends_with("-multi") || !fits(data),
        }
    };
    let values = (kind(), json(KEYS), any::<bool>());
    check("misfits", 4 * MANY, &values, |(kind, data, first)| {
        if wrong(kind, &data) {
            assert!(read(kind, &data.to_string(), first).is_err(), "{kind} {data}");
        }
    });
}

#[test]
fn a_value_of_an_unknown_type_is_kept_to_the_letter() {
    let data = prop_oneof![
        json(KEYS).prop_map(|json| json.to_string()),
        deep().prop_filter("JSON", |text| text.ends_with(['}', ']'])),
        number().prop_map(|number| format!(
            " [{number}e99, -0, 1.50, 1e400, 18446744073709551616, \"\\u00e9\"]"
        )
        .trim()
        .to_owned()),
    ];
    check("unknown values", MANY, &(text(), data, any::<bool>()), |(kind, data, first)| {
        if serde_json::from_str::<serde::de::IgnoredAny>(&data).is_err() {
            return;
        }
        let value = read(&kind, &data, first).unwrap_or_else(|error| panic!("{kind:?}: {error}"));
        let FieldValue::Unknown(unknown) = &value else {
            return assert!(FieldValue::known_kinds().any(|it| it == kind));
        };
        assert_eq!((unknown.kind(), unknown.data()), (kind.as_str(), data.as_str()));
        assert_eq!(serde_json::to_string(&value).unwrap(), written(&kind, &data, true));
        assert!(!format!("{value:?}").contains("ines@") || kind.contains("ines@"));
    });
}

#[test]
fn numbers_are_what_their_text_says() {
    let digits = prop_oneof![
        number().prop_map(|number| number.to_string()),
        "-?(0|[1-9][0-9]{0,25})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?",
        select(vec![
            "1e400",
            "-1e400",
            "-0",
            "-0.0",
            "9223372036854775808",
            "18446744073709551616",
            "1.5",
            "1e-400",
            "9007199254740993",
            "0.1"
        ])
        .prop_map(str::to_owned),
    ];
    check("numbers", 2 * MANY, &digits, |digits| {
        let number: f64 = digits.parse().unwrap();
        let data = [
            ("number", digits.clone()),
            ("number-multi", format!("[{digits}]")),
            ("formula-number", format!("{{\"calculatedValue\":{digits}}}")),
        ];
        for (kind, data) in data {
            match read(kind, &data, true) {
                Ok(value) => {
                    let came = value.as_number().or_else(|| value.as_numbers()?.first().copied()).unwrap();
                    assert!(near(came, number), "{digits} came as {came}");
                    let again = read(kind, &serde_json::to_value(&value).unwrap()["data"].to_string(), false)
                        .unwrap();
                    assert_eq!(again, value, "{digits}");
                }
                Err(error) => assert!(
                    number.is_infinite() && error.path().unwrap().starts_with("data"),
                    "{digits}: {error}"
                ),
            }
        }
    });
}

fn is_object(kind: &str) -> bool {
    !["text", "number"].iter().any(|plain| kind.contains(plain)) && kind != "datetime"
        || kind == "formula-number"
}

/// The JSON library reads a number to the last place but one.
fn near(one: f64, other: f64) -> bool {
    one == other
        || (one - other).abs() <= other.abs() * f64::EPSILON
        || one.to_bits().abs_diff(other.to_bits()) <= 1
}

#[test]
fn a_value_of_v1_is_read_by_its_type_or_told() {
    let kinds = select(ValueType::KNOWN.to_vec());
    let value = prop_oneof![
        json("id text rank color city street_address"),
        Just(json!({"id": 3311, "text": "In review", "rank": 1, "color": 3})),
        Just(json!({"street_address": "4 Quay Lane", "city": null, "state": null, "country": "Norway"})),
        Just(json!("2024-03-09T08:00:00.000Z")),
        number().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    check("typed values", 4 * MANY, &(kinds, value), |(kind, value)| match TypedValue::read(&value, kind) {
        Ok(TypedValue::Empty) => assert!(value.is_null()),
        Ok(read) => {
            let out = serde_json::to_value(&read).unwrap();
            assert_eq!(TypedValue::read(&out, kind).unwrap(), read, "{kind:?} {value} {out}");
            if let Some(text) = read.as_text().filter(|_| value.is_string()) {
                assert_eq!(value.as_str(), Some(text));
            }
        }
        Err(error) => {
            assert!(error.is_decode(), "{error:?}");
            assert_fit_for_a_log(&error);
            assert!(!error.to_string().contains("ines@"), "{error}");
        }
    });
}

#[test]
fn a_value_of_v1_of_an_unknown_type_is_kept() {
    check("unknown typed values", MANY, &(100..i64::MAX, json("id text")), |(code, value)| {
        let kind: ValueType = serde_json::from_value(code.into()).unwrap();
        let read = TypedValue::read(&value, kind).unwrap();
        let expected = if value.is_null() { TypedValue::Empty } else { TypedValue::Unknown(value.clone()) };
        assert_eq!((serde_json::to_value(&read).unwrap(), read), (value, expected));
    });
}
