//! Companies, persons and opportunities, and the rows they stand in.

use affinity_v2_raw::{ListEntryWithEntity, types};

use super::model::Shape;
use super::values::values;

/// A field of every value type.
pub(crate) fn fields() -> Vec<String> {
    let sources = [r#""affinity-data""#, "null", r#""dealroom""#].iter().cycle();
    let kinds = ["enriched", "list", "global", "relationship-intelligence"].iter().cycle();
    let parts = values().into_iter().zip(sources).zip(kinds).enumerate();
    let field = |(number, ((value, source), kind))| {
        format!(
            r#"{{"id":"field-{number}","name":"Column {number}","type":"{kind}","enrichmentSource":{source},"value":{value}}}"#
        )
    };
    parts.map(field).collect()
}

/// An entity's JSON, without and with its cells.
fn with_cells(entity: &str) -> [String; 2] {
    let open = entity.trim_end_matches('}');
    [entity.to_owned(), format!(r#"{open},"fields":[{}]}}"#, fields().join(","))]
}

pub(crate) fn companies() -> Vec<String> {
    let bare = r#"{"id":88120,"name":"Tessel","domain":null,"domains":[],"isGlobal":false}"#;
    let filled = r#"{"id":88120,"name":"Larkspur Robotics","domain":"larkspur.example","domains":["larkspur.example","larkspur-labs.example"],"isGlobal":true}"#;
    [with_cells(bare), with_cells(filled)].concat()
}

pub(crate) fn persons() -> Vec<String> {
    let bare = r#"{"id":5530,"firstName":"Odd","lastName":null,"primaryEmailAddress":null,"emailAddresses":[],"type":"internal"}"#;
    let filled = r#"{"id":5530,"firstName":"Odd","lastName":"Vik","primaryEmailAddress":"odd@vik.example","emailAddresses":["odd@vik.example"],"type":"external"}"#;
    [with_cells(bare), with_cells(filled)].concat()
}

pub(crate) const OPPORTUNITY: &str = r#"{"id":310,"name":"Larkspur — Series B","listId":64}"#;

/// Rows that have their entity in them.
pub(crate) fn rows() -> Vec<String> {
    let entities = companies().into_iter().map(|entity| ("company", entity));
    let entities = entities.chain(persons().into_iter().map(|entity| ("person", entity)));
    let entities = entities.chain(with_cells(OPPORTUNITY).map(|entity| ("opportunity", entity)));
    let row = |((kind, entity), creator)| {
        format!(
            r#"{{"id":900101,"type":"{kind}","listId":64,"createdAt":"2025-03-01T10:00:00Z","creatorId":{creator},"entity":{entity}}}"#
        )
    };
    entities.zip(["null", "4021"].iter().cycle()).map(row).collect()
}

/// Rows of one entity, with their cells only.
pub(crate) fn own_rows() -> Vec<String> {
    let row = |creator, fields: &str| {
        format!(
            r#"{{"id":900101,"listId":64,"createdAt":"2025-03-01T10:00:00Z","creatorId":{creator},"fields":[{fields}]}}"#
        )
    };
    vec![row("null", ""), row("4021", &fields().join(","))]
}

pub(crate) fn shapes() -> Vec<Shape> {
    let mut shapes: Vec<_> = rows().into_iter().map(Shape::member::<ListEntryWithEntity>).collect();
    shapes.extend(companies().into_iter().map(|text| Shape::of::<types::Company>("Company", text)));
    shapes.extend(persons().into_iter().map(|text| Shape::of::<types::Person>("Person", text)));
    shapes.extend(own_rows().into_iter().map(|text| Shape::of::<types::ListEntry>("ListEntry", text)));
    shapes.extend(fields().into_iter().map(|text| Shape::of::<types::Field>("Field", text)));
    shapes.push(Shape::of::<types::Opportunity>("Opportunity", OPPORTUNITY));
    shapes
}
