//! A list whose names are no names for Rust.

use affinity_sandbox::{CellValue, EntityKind, List, NewField, Place, Sandbox, ValueType, World};

use crate::golden::nasty::{XRow, XRowType};
use crate::support::{client, golden_file, is_golden, rows_of};

async fn sandbox() -> Sandbox {
    let mut world = World::new();
    let list = world.add_list(List::new("🚀 */ `x`", EntityKind::Opportunity)).unwrap();
    let names = [
        ("name", ValueType::Text),
        ("Created at", ValueType::Datetime),
        ("self", ValueType::Number),
        ("fn", ValueType::Number),
        ("Amount", ValueType::Number),
        ("amount", ValueType::FormulaNumber),
        ("2024 revenue", ValueType::Number),
        ("状態", ValueType::Text),
        ("Größe", ValueType::Text),
        ("🚀", ValueType::Location),
        ("[link](https://x.example) <b> `code`", ValueType::FilterableText),
        ("Turned \u{202e}around", ValueType::Interaction),
        ("line\nbreak */ \"quoted\" \\", ValueType::PersonMulti),
    ];
    for (name, value_type) in names {
        world.add_list_field(list, NewField::new(name, value_type)).unwrap();
    }
    let kinds = NewField::new("type", ValueType::Dropdown);
    let kinds = kinds.options([
        "Self",
        "Other",
        "1. First",
        "1 First",
        "状態",
        "",
        "In\nlines",
        "self",
        "Same",
        "Same",
    ]);
    let kind = world.add_list_field(list, kinds).unwrap();
    let several = NewField::new("Type", ValueType::DropdownMulti).options(["one", "two"]);
    world.add_list_field(list, several).unwrap();
    for text in ["Self", "Other", "1 First", "In\nlines"] {
        let option = world.option_named(&kind, text).unwrap();
        let row = world.add_opportunity(list, text).unwrap();
        world.set_value(Place::Entry(row.entry), &kind, CellValue::Dropdown(option)).unwrap();
    }
    Sandbox::builder().world(world).start().await.unwrap()
}

#[tokio::test]
async fn its_code_compiles_and_reads_its_rows() {
    let sandbox = sandbox().await;
    is_golden("nasty.rs", &rows_of(&sandbox, &["--list", "🚀 */ `x`"]));
    let affinity = client(&sandbox);
    let list = affinity.lists().find("🚀 */ `x`").await.unwrap().id;
    let rows = affinity.lists().entries(list).rows::<XRow>().send().await.unwrap().into_items().unwrap();
    let kinds: Vec<_> = rows.iter().map(|row| (row.name.as_str(), row.r#type)).collect();
    assert_eq!(
        kinds,
        [
            ("Self", Some(XRowType::Self_)),
            ("Other", Some(XRowType::Other)),
            ("1 First", Some(XRowType::Option1First2)),
            ("In\nlines", Some(XRowType::InLines)),
        ]
    );

    let file = golden_file("nasty.rs");
    let run = rows_of(&sandbox, &["--list", &list.to_string(), "--check", file.to_str().unwrap()]);
    assert_eq!(run.code, Some(0), "{run:?}");
}
