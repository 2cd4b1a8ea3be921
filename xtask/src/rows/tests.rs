//! The functions, on schemas that no sandbox makes.

mod kinds;

use affinity::{AffinityRow, Schema, ValueType};
use fastrand::Rng;
use serde_json::{Value, json};

use super::check::{Checked, check};
use super::generate::{Wish, code};

const KINDS: &str = include_str!("tests/kinds.rs");

fn schema(fields: &[Value]) -> Schema {
    serde_json::from_value(json!({
        "of": { "list": { "id": 41, "name": "Deals" } },
        "entity": "opportunity",
        "fields": fields
    }))
    .unwrap()
}

fn field(number: usize, name: &str, value_type: &str) -> Value {
    json!({
        "id": format!("field-{number}"),
        "name": name,
        "field_type": "list",
        "enrichment_source": null,
        "value_type": value_type,
        "options": null
    })
}

fn dropdown(number: usize, name: &str, options: &[&str]) -> Value {
    let mut field = field(number, name, "dropdown");
    let option = |(id, text): (usize, &&str)| json!({ "id": id, "text": text, "rank": null });
    field["options"] = options.iter().enumerate().map(option).collect();
    field
}

fn generated(schema: &Schema) -> String {
    code(schema, &Wish { all: true, ..Wish::default() }).unwrap().code
}

fn checked(text: &str, schema: &Schema) -> Checked {
    check(text, "deals.rs", None, schema).unwrap()
}

fn refusal(text: &str, name: Option<&str>) -> String {
    check(text, "deals.rs", name, &schema(&[])).unwrap_err()
}

/// Of a struct with these fields.
fn breaking(fields: &str, schema: &Schema) -> Vec<String> {
    checked(&format!("#[derive(Deserialize)] struct DealRow {{ {fields} }}"), schema).breaking
}

#[test]
fn source_says_what_the_compiled_struct_says() {
    const NAMES: [&str; 57] = [
        "string",
        "option-string",
        "boxed",
        "cow",
        "letter",
        "small",
        "large",
        "size",
        "float",
        "double",
        "yes",
        "list",
        "set",
        "ordered",
        "queue",
        "pair",
        "three",
        "nested",
        "shared",
        "shown",
        "shown-several",
        "optional-shown",
        "multi",
        "multi-ids",
        "date",
        "day",
        "other-day",
        "instant",
        "option-id",
        "field-id",
        "person",
        "company",
        "location",
        "dropdown",
        "ranked",
        "formula",
        "interaction",
        "any",
        "several-of-any",
        "json",
        "map",
        "unit",
        "stage",
        "stages",
        "own-person",
        "own-other",
        "money",
        "wrapped",
        "alias",
        "tagged",
        "flat",
        "type",
        "Former name",
        "in",
        "Conditional",
        "by-hand",
        "never",
    ];
    let kinds = ValueType::KNOWN.iter().map(ValueType::as_str).chain(["hologram"]);
    for kind in kinds {
        let fields = NAMES.iter().enumerate().map(|(number, name)| {
            let mut field = field(number, name, kind);
            field["options"] = dropdown(1, "", &["NEW-DEAL", "Lost", "wonDeal"])["options"].take();
            field
        });
        let schema = schema(&fields.collect::<Vec<_>>());
        // The compiled one has the names of the generated types.
        let named =
            |line: String| line.replace("PersonData", "PersonRef").replace("CompanyData", "CompanyRef");
        let compiled = kinds::KindsRow::check(&schema);
        let mut compiled: Vec<_> = compiled.iter().map(|drift| named(drift.to_string())).collect();
        let Checked { breaking, notes, .. } = checked(KINDS, &schema);
        let of_compiled = |line: &&String| !line.contains("which read as its other variant");
        let mut source: Vec<_> = breaking.iter().chain(notes.iter().filter(of_compiled)).cloned().collect();
        source.sort();
        compiled.sort();
        for (source, compiled) in source.iter().zip(&compiled) {
            assert_eq!(source, compiled, "{kind}");
        }
        assert_eq!(source.len(), compiled.len(), "{kind}");
        assert!(kind == "text" || !breaking.is_empty(), "{kind}");
    }
}

#[test]
fn what_cannot_be_known_is_said_and_not_checked() {
    let text = "
        use elsewhere::Date;
        #[derive(Deserialize)] struct DealRow {
            amount: Decimal,
            day: Date,
            #[serde(with = \"x\")] stage: Stage,
            kept: Kept,
            late: crate::Other<u8>,
            by: Option<ByHand>,
            a: Either,
            rest: fn() -> u8,
        }
        #[derive(Deserialize)] #[serde(try_from = \"String\")] struct Kept(String);
        struct ByHand;
        #[derive(Deserialize)] #[serde(untagged)] enum Either { A(u8), B(String) }
    ";
    let fields = ["amount", "day", "stage", "kept", "late", "by", "a", "rest"];
    let fields: Vec<_> = fields.iter().enumerate().map(|(n, name)| field(n, name, "number")).collect();
    let checked = checked(text, &schema(&fields));
    assert!(checked.breaking.is_empty(), "{:?}", checked.breaking);
    assert_eq!(
        checked.remarks,
        [
            "amount: not checked, since the type Decimal is not known here",
            "day: not checked, since the type Date is not known here",
            "stage: not checked, since with reads it",
            "kept: not checked, since Kept has #[serde(try_from = …)]",
            "late: not checked, since the type crate::Other<u8> is not known here",
            "by: not checked, since ByHand does not derive Deserialize",
            "a: not checked, since Either is untagged",
            "rest: not checked, since the type fn () -> u8 is not known here",
        ]
    );
}

#[test]
fn each_change_of_a_list_is_told() {
    let before = schema(&[field(1, "Amount", "number"), dropdown(2, "Status", &["New", "Won", "Lost"])]);
    let text = generated(&before);
    let after = |fields: &[Value]| checked(&text, &schema(fields));
    let amount = || field(1, "Amount", "number");
    let status = || dropdown(2, "Status", &["New", "Won", "Lost"]);

    let same = after(&[amount(), status()]);
    assert!(same.breaking.is_empty() && same.notes.is_empty() && same.remarks.is_empty(), "{same:?}");
    assert_eq!(same.name, "DealsRow");

    let renamed = after(&[field(1, "Amounts in EUR", "number"), status()]);
    let amount_is_gone = "amount: the list \"Deals\" (41) has no field \"amount\"; is it \"Amounts in EUR\"?";
    assert_eq!(renamed.breaking, [amount_is_gone]);

    let missing = after(&[status()]);
    let amount_is_gone = "amount: the list \"Deals\" (41) has no field \"amount\"; it has \"Status\"";
    assert_eq!(missing.breaking, [amount_is_gone]);

    let retyped = after(&[field(1, "Amount", "person"), status()]);
    let amount_is_a_person = "amount: \"Amount\" is person, which does not read as Option<f64>; it reads as PersonRef \
                              or PersonId";
    assert_eq!(retyped.breaking, [amount_is_a_person]);

    let fewer = after(&[amount(), dropdown(2, "Status", &["New", "Lost"])]);
    assert!(fewer.breaking.is_empty());
    assert_eq!(fewer.notes.len(), 1);
    assert!(
        fewer.notes[0].starts_with("status: \"Status\" has no such option: \"Won\""),
        "{:?}",
        fewer.notes
    );

    let more = after(&[amount(), dropdown(2, "Status", &["New", "Won", "Lost", "On hold"])]);
    assert!(more.breaking.is_empty());
    assert_eq!(
        more.notes,
        ["status: DealsRowStatus lacks options of \"Status\", which read as its other variant: \"On hold\""]
    );
}

#[test]
fn aliases_and_rules_name_fields_as_serde_does() {
    let schema = schema(&[field(1, "Close date", "text"), field(2, "Size", "number")]);
    assert!(breaking("#[serde(rename = \"Volume\", alias = \"size\")] it: f64,", &schema).is_empty());
    assert!(breaking("close_date: String, r#size: f64,", &schema).is_empty());
    assert_eq!(breaking("#[serde(skip)] gone: String, lost: String,", &schema).len(), 1);
    let camel =
        "#[derive(Deserialize)] #[serde(rename_all = \"camelCase\")] struct DealRow { close_date: String }";
    assert_eq!(checked(camel, &schema).breaking.len(), 1);
    let snake =
        "#[derive(Deserialize)] #[serde(rename_all = \"snake_case\")] struct DealRow { close_date: String }";
    assert_eq!(checked(snake, &schema).breaking.len(), 0);
}

#[test]
fn the_struct_is_chosen_by_rule_or_by_name() {
    let chosen = |text: &str, name| check(text, "deals.rs", name, &schema(&[])).map(|checked| checked.name);
    let two = "#[derive(Deserialize)] struct Deal { owner: Owner }
               #[derive(serde::Deserialize, Debug)] struct Owner { id: u64 }
               #[derive(Debug)] struct Unread { id: u64 }";
    assert_eq!(chosen(two, None).unwrap(), "Deal");
    assert_eq!(chosen(two, Some("Owner")).unwrap(), "Owner");
    let row = format!("{two} mod rows {{ #[derive(Deserialize)] pub struct OwnerRow {{ id: u64 }} }}");
    assert_eq!(chosen(&row, None).unwrap(), "OwnerRow");
    assert_eq!(
        refusal(&format!("{row} #[derive(Deserialize)] struct DealRow {{}}"), None),
        "deals.rs: which struct is meant is not clear; pass it as --name; those that derive Deserialize: Deal, \
         DealRow, Owner, OwnerRow"
    );
    assert_eq!(
        refusal(two, Some("Unread")),
        "deals.rs: Unread does not derive serde's Deserialize; add that; those that derive Deserialize: Deal, Owner"
    );
    assert_eq!(
        refusal(two, Some("Deals")),
        "deals.rs: there is no struct Deals; those that derive Deserialize: Deal, Owner"
    );
    assert_eq!(
        refusal("struct Deal;", None),
        "deals.rs: no struct derives serde's Deserialize, so there is nothing to check"
    );
}

#[test]
fn what_cannot_be_read_is_refused_with_its_line() {
    assert_eq!(refusal("struct A {}\nstruct B {", None), "deals.rs:2: cannot parse string into token stream");
    assert_eq!(
        refusal("#[derive(Deserialize)]\nstruct DealRow {\n  #[serde(flatten)]\n  rest: Rest,\n}", None),
        "deals.rs:3: DealRow.rest has #[serde(flatten)], so what to ask for is not known; name the fields in the \
         struct itself"
    );
    assert_eq!(
        refusal("#[derive(Deserialize)] #[serde(rename_all = \"Camel\")] struct DealRow {}", None),
        "deals.rs:1: serde has no rule \"Camel\""
    );
    assert_eq!(
        refusal("#[derive(Deserialize)] struct DealRow(u8, u8);", None),
        "deals.rs: DealRow has no named fields, and a row is read into those"
    );
    assert_eq!(
        refusal("#[derive(Deserialize)] #[serde(from = \"Other\")] struct DealRow {}", None),
        "deals.rs: DealRow has #[serde(from = …)], so what it wants is not known; pass the struct that is read as \
         --name"
    );
}

#[test]
fn fields_are_chosen_by_any_key() {
    let schema = schema(&[
        field(1, "Amount", "number"),
        field(2, "City, country", "text"),
        field(3, "Amount", "number"),
        field(4, "Status", "text"),
    ]);
    let chosen = |keys: &str| {
        let fields = [keys.to_owned()];
        code(&schema, &Wish { fields: &fields, ..Wish::default() }).map(|written| written.code)
    };
    let text = chosen("status, City, country,field-3,").unwrap();
    let order: Vec<_> = ["status:", "city_country:", "amount:"].iter().map(|name| text.find(name)).collect();
    assert!(order.is_sorted() && order[0].is_some(), "{text}");
    assert!(text.contains("--fields field-4,field-2,field-3`"), "{text}");
    assert!(!text.contains("field-1"), "{text}");
    assert_eq!(
        chosen("Stattus").unwrap_err(),
        "the list \"Deals\" (41) has no field \"Stattus\"; is it \"Status\"?"
    );
    assert!(chosen("Amount").unwrap_err().contains("field-1, field-3"), "{:?}", chosen("Amount"));
}

#[test]
fn dropdowns_without_a_use_as_enum_are_texts() {
    let many: Vec<_> = (0..101).map(|number| format!("Option {number}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let schema = schema(&[
        field(1, "Unknown", "dropdown"),
        dropdown(2, "Bare", &[]),
        dropdown(3, "Many", &many),
        dropdown(4, "Twice", &["A", "B", "A"]),
    ]);
    let written = code(&schema, &Wish::default()).unwrap();
    for name in ["unknown", "bare", "many"] {
        assert!(written.code.contains(&format!("pub {name}: Option<String>,")), "{}", written.code);
    }
    assert!(
        written.code.contains("/// Options 0 and 2, which have the same text.\n    A,"),
        "{}",
        written.code
    );
    assert_eq!(
        written.remarks,
        [
            "\"Unknown\" (field-1) is text and no enum: its options are not known",
            "\"Bare\" (field-2) is text and no enum: it has no options yet",
            "\"Many\" (field-3) is text and no enum: it has 101 options, too many for an enum",
        ]
    );
}

#[test]
fn a_name_that_the_code_needs_is_refused() {
    let named = |name| code(&schema(&[]), &Wish { name: Some(name), ..Wish::default() }).map(|it| it.code);
    assert!(named("Deal").unwrap().contains("pub struct Deal {"));
    assert_eq!(
        named("Date").unwrap_err(),
        "--name: the code uses another Date; choose a name such as DateRow"
    );
    for name in ["", "1", "a b", "type", "gen", "x-y", "r#fn"] {
        let error = named(name).unwrap_err();
        assert!(error.starts_with("--name: ") && error.contains("is no name of a Rust type"), "{error}");
    }
}

/// Names that people do not give, and that must not matter.
const NASTY: [&str; 44] = [
    "",
    " ",
    "_",
    "__",
    "name",
    "Name",
    " name ",
    "entry_id",
    "Entry ID",
    "entry id",
    "created_at",
    "entity_id",
    "type",
    "self",
    "Self",
    "crate",
    "gen",
    "async",
    "Amount",
    "amount",
    "AMOUNT",
    "Amount ",
    "list:Amount",
    "field-1",
    "field-2",
    "2024",
    "2024 revenue",
    "1",
    "Größe",
    "ÅR",
    "状態",
    "🚀",
    "🚀 Launch",
    "e\u{301}",
    "a\nb",
    "*/ x",
    "[x](y)",
    "`a` ``b``",
    "https://x.example/?a=b",
    "<script>",
    "\u{202e}abc",
    "\"quoted\" \\ {x}",
    "Other",
    "\u{1}",
];

fn nasty(rng: &mut Rng) -> Schema {
    const SOURCES: [(&str, Option<&str>); 5] = [
        ("list", None),
        ("global", None),
        ("enriched", Some("affinity-data")),
        ("enriched", Some("dealroom")),
        ("relationship-intelligence", None),
    ];
    let name = |rng: &mut Rng| NASTY[rng.usize(..NASTY.len())];
    let fields = (0..rng.usize(..30)).map(|number| {
        let kind = match rng.usize(..ValueType::KNOWN.len() + 6) {
            known if known < ValueType::KNOWN.len() => ValueType::KNOWN[known].as_str(),
            unknown if unknown % 6 == 0 => "hologram",
            _ => "dropdown",
        };
        let mut field = field(number, name(rng), kind);
        if kind.contains("dropdown") && rng.u8(..5) > 0 {
            let texts: Vec<_> = (0..rng.usize(..12)).map(|_| name(rng)).collect();
            field["options"] = dropdown(number, "", &texts)["options"].take();
        }
        let (category, source) = SOURCES[rng.usize(..SOURCES.len())];
        (field["field_type"], field["enrichment_source"]) = (json!(category), json!(source));
        if rng.u8(..8) == 0 {
            field["id"] =
                json!(format!("{}{}", ["name", "entry_id", "Amount", "🚀"][rng.usize(..4)], number / 9));
        }
        field
    });
    let mut schema = schema(&fields.collect::<Vec<_>>());
    let mut ids = std::collections::HashSet::new();
    schema.fields.retain(|field| ids.insert(field.id.clone()));
    let of = match rng.u8(..4) {
        0 => json!("companies"),
        1 => json!("persons"),
        _ => json!({ "list": { "id": 41, "name": name(rng) } }),
    };
    schema.of = serde_json::from_value(of).unwrap();
    schema.entity =
        serde_json::from_value(json!(["company", "person", "opportunity"][rng.usize(..3)])).unwrap();
    schema
}

#[test]
fn whatever_the_names_the_code_matches_what_it_was_written_from() {
    for seed in 0..200 {
        let schema = nasty(&mut Rng::with_seed(seed));
        let written = code(&schema, &Wish { all: true, ..Wish::default() });
        let text = written.unwrap_or_else(|error| panic!("{seed}: {error}")).code;
        let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{seed}: {error}\n{text}"));
        unique_names(&file.items, seed);
        let checked = checked(&text, &schema);
        assert!(checked.breaking.is_empty() && checked.remarks.is_empty(), "{seed}: {checked:?}\n{text}");
        // Only that a field has the name of something that the row has itself.
        let is_expected = |note: &String| note.contains("this is what the row has itself");
        assert!(checked.notes.iter().all(is_expected), "{seed}: {checked:?}\n{text}");
        assert!(text.is_ascii() || !text.contains('\u{202e}'), "{seed}");
    }
}

fn unique_names(items: &[syn::Item], seed: u64) {
    let mut types = std::collections::HashSet::new();
    for item in items {
        let (name, inner): (_, Vec<_>) = match item {
            syn::Item::Struct(item) => {
                (&item.ident, item.fields.iter().filter_map(|it| it.ident.as_ref()).collect())
            }
            syn::Item::Enum(item) => (&item.ident, item.variants.iter().map(|it| &it.ident).collect()),
            _ => continue,
        };
        assert!(types.insert(name.to_string()), "{seed}: {name}");
        let mut names = std::collections::HashSet::new();
        for name in inner {
            assert!(names.insert(name.to_string()), "{seed}: {name}");
        }
    }
}
