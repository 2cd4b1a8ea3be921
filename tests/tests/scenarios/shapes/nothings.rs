//! Absent, null and empty: what comes as one of them is not written as another.

use affinity_v2_raw::tagged::Note;
use affinity_v2_raw::{FieldValue, ListEntryWithEntity, types};

use super::model::Shape;
use super::notes::{BARE, note};
use super::values::value;

const EMPTY_PREVIEWS: &str = r#""companiesPreview":{"data":[]},"personsPreview":{"data":[],"totalCount":0},"opportunitiesPreview":{"data":[]}"#;

pub(crate) fn shapes() -> Vec<Shape> {
    vec![
        Shape::member::<FieldValue>(value("formula-number", r#"{"calculatedValue":null}"#)),
        Shape::member::<FieldValue>(value("formula-number", "{}")),
        Shape::of::<types::Company>(
            "Company",
            r#"{"id":1,"name":"Tessel","domain":null,"domains":[],"isGlobal":false,"fields":[]}"#,
        ),
        Shape::of::<types::Person>(
            "Person",
            r#"{"id":1,"firstName":"","lastName":null,"primaryEmailAddress":null,"emailAddresses":[],"type":"internal","fields":[]}"#,
        ),
        Shape::member::<ListEntryWithEntity>(
            r#"{"id":1,"type":"opportunity","listId":64,"createdAt":"2025-03-01T10:00:00Z","creatorId":null,"entity":{"id":2,"name":"","listId":64,"fields":[]}}"#,
        ),
        Shape::member::<Note>(note("entities", &[BARE, EMPTY_PREVIEWS])),
    ]
}
