//! Fixtures in the documented form of the wire, written out as text: none is made from our own types.

use std::fmt::Write;

// The code in the READMEs compiles. (The generated crate runs no doctests of its own.)
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub mod readme {}
#[cfg(doctest)]
#[doc = include_str!("../../affinity-v2-raw/README.md")]
pub mod raw_readme {}

/// The 17 value types of version 2024-01-01, each with a value, as `type` and the JSON of its `data`.
pub const VALUES: &[(&str, &str)] = &[
    ("text", r#""Thermal storage for cold chains""#),
    ("filterable-text", r#""Series B""#),
    ("filterable-text-multi", r#"["Logistics","Cold chain","Hardware"]"#),
    ("number", "2500000"),
    ("number-multi", "[12.5,40,-3]"),
    ("datetime", r#""2025-11-20T08:00:00.000Z""#),
    (
        "location",
        r#"{"streetAddress":"4 Quay Lane","city":"Elver","state":null,"country":"Norway","continent":null}"#,
    ),
    (
        "location-multi",
        r#"[{"streetAddress":null,"city":"Umber","state":"Vale","country":"Chile","continent":null}]"#,
    ),
    ("dropdown", r#"{"dropdownOptionId":77,"text":"Strong"}"#),
    (
        "dropdown-multi",
        r#"[{"dropdownOptionId":81,"text":"Climate"},{"dropdownOptionId":82,"text":"Ports"}]"#,
    ),
    ("ranked-dropdown", r#"{"dropdownOptionId":412,"text":"In review","rank":2,"color":"blue"}"#),
    (
        "person",
        r#"{"id":4021,"firstName":"Ines","lastName":null,"primaryEmailAddress":"ines@q.example","type":"internal"}"#,
    ),
    (
        "person-multi",
        r#"[{"id":4021,"firstName":"Ines","lastName":"Falk","primaryEmailAddress":null,"type":"internal"},{"id":5530,"firstName":"Odd","lastName":"Vik","primaryEmailAddress":null,"type":"external"}]"#,
    ),
    ("company", r#"{"id":88120,"name":"Larkspur Robotics","domain":"larkspur.example"}"#),
    (
        "company-multi",
        r#"[{"id":88120,"name":"Larkspur Robotics","domain":"larkspur.example"},{"id":88121,"name":"Tessel","domain":null}]"#,
    ),
    ("formula-number", r#"{"calculatedValue":3.25}"#),
    (
        "interaction",
        r#"{"type":"meeting","id":70044,"title":"Pricing","allDay":false,"startTime":"2025-02-11T09:00:00Z","endTime":null,"attendees":[{"emailAddress":"ines@quillfern.example","person":null}]}"#,
    ),
];

/// Where the tag of a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TagPlace {
    /// `type` before `data`, and before `entity`.
    First,
    /// `type` after them.
    Last,
}

/// A field as it stands in an entity.
pub fn field(id: &str, value_type: &str, data: &str, tag: TagPlace) -> String {
    let value = match tag {
        TagPlace::First => format!(r#"{{"type":"{value_type}","data":{data}}}"#),
        TagPlace::Last => format!(r#"{{"data":{data},"type":"{value_type}"}}"#),
    };
    format!(r#"{{"id":"{id}","name":"Column","type":"list","enrichmentSource":null,"value":{value}}}"#)
}

/// A row of an opportunity list with these fields.
pub fn list_entry(id: u64, fields: &str, tag: TagPlace) -> String {
    let entity =
        format!(r#""entity":{{"id":{},"name":"Deal {id}","listId":64,"fields":[{fields}]}}"#, id + 1000);
    let rest = r#""listId":64,"createdAt":"2025-03-01T10:00:00Z","creatorId":4021"#;
    match tag {
        TagPlace::First => format!(r#"{{"id":{id},"type":"opportunity",{rest},{entity}}}"#),
        TagPlace::Last => format!(r#"{{"id":{id},{rest},{entity},"type":"opportunity"}}"#),
    }
}

/// A page of these items, the last of its collection unless `next_url` is given.
pub fn page(items: &[String], next_url: Option<&str>) -> String {
    let next = next_url.map_or_else(|| "null".to_owned(), |url| format!("{url:?}"));
    format!(r#"{{"data":[{}],"pagination":{{"prevUrl":null,"nextUrl":{next}}}}}"#, items.join(","))
}

/// A page of 100 rows with this many values each, all value types among them. With 40 it has about 650 KB.
pub fn large_page(values: usize, tag: TagPlace) -> String {
    let mut fields = String::new();
    for (index, (value_type, data)) in VALUES.iter().cycle().take(values).enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(fields, "{comma}{}", field(&format!("field-{}", 4400 + index), value_type, data, tag));
    }
    let rows: Vec<_> = (0..100).map(|row| list_entry(900_000 + row, &fields, tag)).collect();
    page(&rows, None)
}

/// The schema of such a page, as it is written down: the fields are named `Column 1` and so on.
pub fn large_schema(values: usize) -> String {
    let field = |(index, (value_type, _)): (usize, &(&str, &str))| {
        format!(
            r#"{{"id":"field-{}","name":"Column {}","field_type":"list","enrichment_source":null,"value_type":"{value_type}","options":null}}"#,
            4400 + index,
            index + 1
        )
    };
    let fields: Vec<_> = VALUES.iter().cycle().take(values).enumerate().map(field).collect();
    format!(
        r#"{{"of":{{"list":{{"id":64,"name":"Deals"}}}},"entity":"opportunity","fields":[{}]}}"#,
        fields.join(",")
    )
}
