//! The 17 value types, and the four interactions.

use affinity_tests::VALUES;
use affinity_v2_raw::FieldValue;
use affinity_v2_raw::tagged::Interaction;

use super::model::Shape;

pub(crate) const NAMED: &str = r#"{"id":4021,"firstName":"Ines","lastName":"Falk","primaryEmailAddress":"ines@quillfern.example","type":"internal"}"#;
pub(crate) const NAMELESS: &str =
    r#"{"id":5530,"firstName":null,"lastName":null,"primaryEmailAddress":null,"type":"collaborator"}"#;

/// An address that is somebody's.
pub(crate) fn known() -> String {
    format!(r#"{{"emailAddress":"ines@quillfern.example","person":{NAMED}}}"#)
}

/// An attendee of whom nothing is known.
pub(crate) const NOBODY: &str = r#"{"emailAddress":null,"person":null}"#;

/// Values beside those of [`VALUES`], which have no null inside them or nothing but nulls.
const MORE: &[(&str, &str)] = &[
    ("company", r#"{"id":9007199254740991,"name":"","domain":null}"#),
    ("datetime", r#""2025-07-01T07:00:00Z""#),
    ("formula-number", "{}"),
    ("formula-number", r#"{"calculatedValue":4}"#),
    ("location", r#"{"streetAddress":null,"city":null,"state":null,"country":null,"continent":null}"#),
    (
        "location",
        r#"{"streetAddress":"4 Quay Lane","city":"Elver","state":"Vale","country":"Norway","continent":"Europe"}"#,
    ),
    ("number", "0.1"),
    ("number-multi", "[2500000]"),
    ("person", NAMED),
    ("person", NAMELESS),
    ("ranked-dropdown", r#"{"dropdownOptionId":413,"text":"New","rank":0,"color":null}"#),
];

pub(crate) fn value(kind: &str, data: &str) -> String {
    format!(r#"{{"type":"{kind}","data":{data}}}"#)
}

/// Every value type, with a value and without.
pub(crate) fn values() -> Vec<String> {
    let given = VALUES.iter().chain(MORE).map(|(kind, data)| value(kind, data));
    let of_interactions = interactions().into_iter().map(|data| value("interaction", &data));
    given.chain(of_interactions).chain(VALUES.iter().map(|(kind, _)| value(kind, "null"))).collect()
}

fn interactions() -> Vec<String> {
    let known = known();
    vec![
        format!(
            r#"{{"type":"chat-message","id":1,"direction":"received","sentAt":"2025-02-11T09:00:00Z","manualCreator":{NAMED},"participants":[{NAMED},{NAMELESS}]}}"#
        ),
        format!(
            r#"{{"type":"email","id":2,"subject":null,"sentAt":"2025-02-12T09:00:00Z","from":{NOBODY},"to":[],"cc":[]}}"#
        ),
        format!(
            r#"{{"type":"email","id":2,"subject":"Terms","sentAt":"2025-02-12T09:00:00Z","from":{known},"to":[{NOBODY}],"cc":[{known}]}}"#
        ),
        r#"{"type":"meeting","id":3,"title":null,"allDay":true,"startTime":"2025-02-13T00:00:00Z","endTime":null,"attendees":[]}"#.to_owned(),
        format!(
            r#"{{"type":"meeting","id":3,"title":"Board","allDay":false,"startTime":"2025-02-13T09:00:00Z","endTime":"2025-02-13T10:00:00Z","attendees":[{known}]}}"#
        ),
        format!(r#"{{"type":"call","id":4,"startTime":"2025-02-14T09:00:00Z","attendees":[{known},{NOBODY}]}}"#),
    ]
}

pub(crate) fn shapes() -> Vec<Shape> {
    let values = values().into_iter().map(Shape::member::<FieldValue>);
    values.chain(interactions().into_iter().map(Shape::member::<Interaction>)).collect()
}
