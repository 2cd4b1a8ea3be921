//! What is written: values, one and several.

use affinity_v2_raw::tagged::ListEntryBatchOperationRequest;
use affinity_v2_raw::{FieldValueUpdate, types};

use super::model::Shape;

/// The value types that can be written, each with the JSON of its `data`.
const UPDATES: &[(&str, &str)] = &[
    ("company", r#"{"id":88120}"#),
    ("company-multi", r#"[{"id":88120},{"id":88121}]"#),
    // The hour says nothing: noon is what this release writes for a day.
    ("datetime", r#""2025-11-20T12:00:00Z""#),
    ("dropdown", r#"{"dropdownOptionId":77}"#),
    ("dropdown-multi", r#"[{"dropdownOptionId":81},{"dropdownOptionId":82}]"#),
    ("filterable-text", r#""Series B""#),
    ("filterable-text-multi", r#"["Logistics","Cold chain"]"#),
    ("location", r#"{"streetAddress":null,"city":"Umber","state":null,"country":"Chile","continent":null}"#),
    (
        "location-multi",
        r#"[{"streetAddress":"4 Quay Lane","city":"Elver","state":"Vale","country":"Norway","continent":"Europe"}]"#,
    ),
    ("number", "2500000"),
    ("number", "-0.1"),
    ("number-multi", "[12.5,40,-3]"),
    ("person", r#"{"id":4021}"#),
    ("person-multi", r#"[{"id":4021},{"id":5530}]"#),
    ("ranked-dropdown", r#"{"dropdownOptionId":412}"#),
    ("text", r#""Thermal storage\nfor \"cold\" chains""#),
];

/// Every value type that can be written, with a value and without.
pub(crate) fn updates() -> Vec<String> {
    let given = UPDATES.iter().map(|(kind, data)| format!(r#"{{"type":"{kind}","data":{data}}}"#));
    given.chain(UPDATES.iter().map(|(kind, _)| format!(r#"{{"type":"{kind}","data":null}}"#))).collect()
}

fn batch(updates: &[String]) -> String {
    format!(r#"{{"operation":"update-fields","updates":[{}]}}"#, updates.join(","))
}

pub(crate) fn shapes() -> Vec<Shape> {
    let one = |value: &String| format!(r#"{{"id":"field-901","value":{value}}}"#);
    let several: Vec<_> = updates().iter().map(one).collect();
    let mut shapes: Vec<_> = updates().into_iter().map(Shape::member::<FieldValueUpdate>).collect();
    shapes.extend([
        Shape::member::<ListEntryBatchOperationRequest>(batch(&[])),
        Shape::member::<ListEntryBatchOperationRequest>(batch(&[r#"{"id":"field-901"}"#.to_owned()])),
        Shape::member::<ListEntryBatchOperationRequest>(batch(&several)),
        Shape::of::<types::FieldUpdate>("FieldUpdate", "{}"),
        Shape::of::<types::CompanyMergeRequest>(
            "CompanyMergeRequest",
            r#"{"primaryCompanyId":11,"duplicateCompanyId":12}"#,
        ),
        Shape::of::<types::PersonMergeRequest>(
            "PersonMergeRequest",
            r#"{"primaryPersonId":11,"duplicatePersonId":12}"#,
        ),
    ]);
    let values = updates().into_iter().map(|value| format!(r#"{{"value":{value}}}"#));
    shapes.extend(values.map(|text| Shape::of::<types::FieldUpdate>("FieldUpdate", text)));
    shapes
}
