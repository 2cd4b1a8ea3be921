//! Every documented shape, as text in the exact form of the wire: it reads as its variant and is written again
//! as the same JSON.

use std::collections::BTreeSet;

use affinity_v2_raw::{ListEntryWithEntity, Paged};
use serde_json::{Value, from_str};

use crate::document_server::contract;

mod answers;
mod coverage;
mod errors;
mod model;
mod notes;
mod nothings;
mod pages;
mod rows;
pub(crate) mod updates;
mod values;

use model::Shape;

/// All of them.
fn shapes() -> impl Iterator<Item = Shape> {
    let files = [
        answers::shapes(),
        errors::shapes(),
        notes::shapes(),
        nothings::shapes(),
        pages::shapes(),
        rows::shapes(),
        updates::shapes(),
        values::shapes(),
    ];
    files.into_iter().flatten()
}

/// What is not as it should be about these shapes, each thing once.
fn differences(shapes: Vec<Shape>) -> BTreeSet<String> {
    let faults =
        |shape: &Shape| shape.faults().into_iter().map(|fault| format!("{}{fault}", shape.schema)).collect();
    shapes.iter().flat_map::<Vec<_>, _>(faults).collect()
}

macro_rules! same_again {
    ($($file:ident),+) => { $(
        #[test]
        fn $file() {
            let differences = differences(super::$file::shapes());
            assert!(differences.is_empty(), "{differences:#?}");
        }
    )+ };
}

mod same_again {
    use super::differences;

    same_again!(answers, errors, notes, nothings, pages, rows, updates, values);
}

#[test]
fn each_shape_is_one_the_document_allows() {
    for shape in shapes() {
        let misfits = contract().misfits(contract().schema(shape.schema), &from_str(&shape.text).unwrap());
        assert!(misfits.is_empty(), "{}: {misfits:?}\n{}", shape.schema, shape.text);
    }
}

#[test]
fn every_member_of_every_union_has_a_shape() {
    for (union, schema) in contract().unions() {
        let tag = schema["discriminator"]["propertyName"].as_str().unwrap();
        let of_union = shapes().filter(|shape| shape.schema == union);
        let given: BTreeSet<_> = of_union
            .map(|shape| from_str::<Value>(&shape.text).unwrap()[tag].as_str().unwrap().to_owned())
            .collect();
        let documented = schema["discriminator"]["mapping"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(given, documented, "{union}");
    }
}

#[test]
fn every_schema_of_an_answer_has_a_shape() {
    let given: BTreeSet<_> = shapes().map(|shape| shape.schema).collect();
    let missing: Vec<_> = coverage::answers().into_iter().filter(|name| !given.contains(name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// What only pages have, which are read and never written: a link is there or not, and no items are no items.
const OF_PAGES: [&str; 3] =
    ["ListEntryWithEntityPaged.data null", "Pagination.nextUrl absent", "Pagination.prevUrl absent"];

#[test]
fn every_property_has_each_of_its_forms() {
    let missing: BTreeSet<_> = coverage::missing_forms(shapes()).into_iter().collect();
    assert_eq!(missing, OF_PAGES.map(str::to_owned).into());
}

#[test]
fn pages_read_the_same_whichever_way_they_say_nothing() {
    let read = |text: &str| from_str::<Paged<ListEntryWithEntity>>(text).unwrap();
    let last = read(r#"{"data":[],"pagination":{"prevUrl":null,"nextUrl":null}}"#);
    for text in [
        r#"{"data":null,"pagination":{"prevUrl":null,"nextUrl":null}}"#,
        r#"{"data":[],"pagination":{}}"#,
        r#"{"data":[],"pagination":{"nextUrl":null}}"#,
        r#"{"data":[],"pagination":null}"#,
    ] {
        assert_eq!(read(text), last, "{text}");
    }
}
