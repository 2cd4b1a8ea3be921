//! Rows as structs: reading through them, and through the models.

use affinity::shapes::read_page;
use affinity::{Date, FieldId, FieldValue, ListEntry, Schema};
use affinity_tests::{TagPlace, VALUES, field, large_schema, list_entry, page};
use proptest::collection::vec;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::Value;

use super::json::{json, text, wrong};
use super::{MANY, assert_fit_for_a_log, check};

fn schema() -> Schema {
    serde_json::from_str(&large_schema(VALUES.len())).unwrap()
}

fn column(index: usize) -> FieldId {
    FieldId::from(format!("field-{}", 4400 + index))
}

/// The data of the cells of a row, one for each type, some with something wrong.
fn cells() -> impl Strategy<Value = Vec<Option<Value>>> {
    let cell = |data: &'static str| {
        let data: Value = serde_json::from_str(data).unwrap();
        prop_oneof![
            4 => Just(Some(data.clone())),
            1 => Just(Some(Value::Null)),
            1 => Just(None),
            1 => wrong(data.clone()).prop_map(Some),
        ]
    };
    VALUES.iter().map(|(_, data)| cell(data).boxed()).collect::<Vec<_>>()
}

fn row(cells: &[Option<Value>], tag: TagPlace) -> String {
    let there = VALUES.iter().zip(cells).enumerate();
    let there = there.filter_map(|(index, ((kind, _), data))| {
        Some(field(column(index).as_str(), kind, &data.as_ref()?.to_string(), tag))
    });
    list_entry(7, &there.collect::<Vec<_>>().join(","), tag)
}

#[derive(Debug, Deserialize)]
struct Whole {
    #[serde(rename = "Column 1")]
    text: Option<FieldValue>,
    #[serde(rename = "Column 4")]
    number: Option<FieldValue>,
    #[serde(rename = "Column 5")]
    numbers: Option<FieldValue>,
    #[serde(rename = "Column 6")]
    day: Option<FieldValue>,
    #[serde(rename = "Column 7")]
    place: Option<FieldValue>,
    #[serde(rename = "Column 11")]
    status: Option<FieldValue>,
    #[serde(rename = "Column 13")]
    owners: Option<FieldValue>,
    #[serde(rename = "Column 17")]
    touch: Option<FieldValue>,
}

impl Whole {
    fn cells(&self) -> [(usize, &Option<FieldValue>); 8] {
        let Self { text, number, numbers, day, place, status, owners, touch } = self;
        [(0, text), (3, number), (4, numbers), (5, day), (6, place), (10, status), (12, owners), (16, touch)]
    }
}

#[derive(Debug, Deserialize)]
struct Plain {
    #[serde(rename = "Column 1")]
    text: Option<String>,
    #[serde(rename = "Column 3", default)]
    texts: Vec<String>,
    #[serde(rename = "Column 4")]
    number: Option<f64>,
    #[serde(rename = "Column 6")]
    day: Option<Date>,
    #[serde(rename = "Column 11")]
    status: Option<String>,
}

fn tag() -> impl Strategy<Value = TagPlace> {
    prop_oneof![Just(TagPlace::First), Just(TagPlace::Last)]
}

#[test]
fn rows_and_models_read_the_same() {
    let schema = schema();
    check("rows and models", MANY, &(cells(), tag()), |(cells, tag)| {
        let row = row(&cells, tag);
        let page = page(std::slice::from_ref(&row), None);
        let whole = read_page::<Whole>(&schema, page.as_bytes()).unwrap().remove(0);
        let plain = read_page::<Plain>(&schema, page.as_bytes()).unwrap().remove(0);
        for error in [whole.as_ref().err(), plain.as_ref().err()].into_iter().flatten() {
            assert!(error.is_item() && error.path().unwrap().starts_with("data[0]"), "{error}");
            assert_fit_for_a_log(error);
            assert!(!error.to_string().contains("ines@"), "{error}");
        }
        let Ok(entry) = serde_json::from_str::<ListEntry>(&row) else { return };
        let value =
            |index: usize| entry.cell(column(index)).value().filter(|value| !value.is_empty()).cloned();
        let whole = whole.unwrap();
        for (index, read) in whole.cells() {
            assert_eq!(read.clone().filter(|value| !value.is_empty()), value(index), "{}", VALUES[index].0);
        }
        let Ok(plain) = plain else { return };
        assert_eq!(plain.text.as_deref(), value(0).as_ref().and_then(FieldValue::as_text));
        assert_eq!(plain.texts, value(2).as_ref().and_then(FieldValue::as_texts).unwrap_or_default());
        assert_eq!(plain.number, value(3).as_ref().and_then(FieldValue::as_number));
        assert_eq!(plain.day.map(Date::day), value(5).as_ref().and_then(FieldValue::as_date));
        assert_eq!(
            plain.status.as_deref(),
            value(10).as_ref().and_then(|value| value.as_option().map(|it| it.text))
        );
    });
}

#[test]
fn a_row_that_does_not_fit_costs_itself_only() {
    let schema = schema();
    let sound = row(
        &VALUES.iter().map(|(_, data)| serde_json::from_str(data).ok()).collect::<Vec<_>>(),
        TagPlace::First,
    );
    let whole: Value = serde_json::from_str(&sound).unwrap();
    let broken =
        prop_oneof![json("id type entity listId fields value data name").boxed(), wrong(whole).boxed(),];
    check("pages of rows", MANY, &(vec(prop::option::of(broken), 0..4)), |rows| {
        let texts: Vec<_> =
            rows.iter().map(|row| row.as_ref().map_or(sound.clone(), Value::to_string)).collect();
        let read = read_page::<Plain>(&schema, page(&texts, None).as_bytes()).unwrap();
        assert_eq!(read.len(), rows.len());
        for (row, read) in rows.iter().zip(read) {
            match (row, read) {
                (None, read) => assert!(read.is_ok()),
                (Some(_), Err(error)) => assert_fit_for_a_log(&error),
                (Some(_), Ok(_)) => {}
            }
        }
    });
}

#[test]
fn a_page_of_any_bytes_is_read_or_told() {
    let schema = schema();
    let bytes = prop_oneof![
        vec(any::<u8>(), 0..200),
        json("data pagination nextUrl entity fields").prop_map(|json| json.to_string().into_bytes()),
        (text(), "[a-z{}\\[\\]]{0,3}").prop_map(|(key, end)| format!(
            "{{\"data\":[{{{}:{end}",
            Value::from(key)
        )
        .into_bytes()),
        super::json::deep().prop_map(|deep| format!("{{\"data\":[{deep}]}}").into_bytes()),
    ];
    check("bytes of rows", MANY, &bytes, |bytes| match read_page::<Plain>(&schema, &bytes) {
        Ok(rows) => rows.iter().filter_map(|row| row.as_ref().err()).for_each(assert_fit_for_a_log),
        Err(error) => {
            assert_fit_for_a_log(&error);
            assert!(!error.to_string().contains("ines@"), "{error}");
        }
    });
}
