//! What overlay.toml says, and what is wrong with it.

use serde_json::{Value, json};

use crate::support::{BARE, Folder, normal_form, refusal_under, says, shops};

fn shop() -> Value {
    shops(json!({
        "v1.Shop": { "type": "object", "properties": {
            "id": { "type": "integer", "format": "int64", "minimum": 1, "maximum": 9_223_372_036_854_776_000_u64 },
            "kind": { "enum": ["stall", "store"] },
            "owner": { "type": ["integer", "null"], "format": "int64", "minimum": 1, "maximum": 99 },
        } },
    }))
}

const NAMED: &str = r#"
api_version = "2001-01-01"

[operations."GET /v2/shops"]
name = "all_shops"
text = "Lists shops."
needs = '"See shops"'

[schemas.Shop]
text = "A shop."
from = "v1.Shop"
properties.kind = "What it is."

[schemas.Trade]
text = "Where it sells."
at = ["Shop.kind"]

[ids.ShopId]
text = "Identifies a shop."
at = ["Shop.id"]

[ids.OwnerId]
text = "Identifies an owner."
at = ["Shop.owner"]

[[corrections]]
at = ["Shop.id"]
set.maximum = 99
reason = "Nobody has more."
"#;

#[test]
fn names_prose_ids_and_corrections_are_written() {
    let found = normal_form(NAMED, &shop());
    let operation = &found["paths"]["/v2/shops"]["get"];
    assert_eq!(operation["operationId"], "all_shops");
    assert_eq!(operation["summary"], "Lists shops.");
    assert_eq!(operation["description"], "Needs the permission \"See shops\".");
    let schemas = &found["components"]["schemas"];
    assert_eq!(schemas["Shop"]["description"], "A shop.");
    assert_eq!(schemas["Shop"]["properties"]["kind"]["description"], "What it is.");
    let id = json!({ "description": "Identifies a shop.", "format": "int64", "maximum": 99, "minimum": 1, "type": "integer", "x-affinity-id": true });
    assert_eq!(schemas["ShopId"], id);
    let owner = json!({ "allOf": [{ "$ref": "#/components/schemas/OwnerId" }], "nullable": true });
    assert_eq!(schemas["Shop"]["properties"]["owner"], owner);
    assert_eq!(schemas["Trade"]["enum"], json!(["stall", "store"]));
}

#[test]
fn entries_that_match_nothing_are_listed_all_at_once() {
    let overlay = format!(
        "{NAMED}\n[operations.\"GET /v2/gone\"]\nname = \"gone\"\ntext = \"x\"\n[schemas.Gone]\ntext = \"x\"\n\
         [ids.GoneId]\ntext = \"x\"\nat = [\"Shop.gone\"]\n[parameters]\ngone = \"x\"\n[headers]\nX-Gone = \"x\"\n"
    );
    let overlay = overlay.replace("properties.kind = ", "properties.gone = ");
    let message = refusal_under(&overlay, &shop());
    says(
        &message,
        &[
            "operations.\"GET /v2/gone\"",
            "schemas.Gone\n",
            "ids.GoneId at \"Shop.gone\"",
            "parameters.gone",
            "headers.X-Gone",
            "schemas.Shop.properties.gone",
        ],
    );
}

#[test]
fn a_correction_that_meets_nothing_is_listed() {
    let overlay = NAMED.replace("at = [\"Shop.id\"]\nset", "at = [\"Shop.size\"]\nset");
    says(&refusal_under(&overlay, &shop()), &["the correction at \"Shop.size\""]);
}

#[test]
fn an_entry_may_say_that_the_thing_can_be_absent() {
    let overlay = format!("{NAMED}\n[schemas.Gone]\ntext = \"x\"\nabsent = \"Only in some documents.\"\n");
    normal_form(&overlay, &shop());
}

#[test]
fn a_correction_can_take_away_what_would_be_refused() {
    let mut document = shop();
    document["components"]["schemas"]["v1.Shop"]["not"] = json!({ "type": "string" });
    let correction = "\n[[corrections]]\nat = [\"#/components/schemas/v1.Shop\"]\nremove = [\"not\"]\nreason = \"Says nothing.\"\n";
    normal_form(&format!("{NAMED}{correction}"), &document);
}

#[test]
fn ids_that_differ_are_refused() {
    let overlay = NAMED
        .replace("at = [\"Shop.id\"]\n\n", "at = [\"Shop.id\", \"Shop.owner\"]\n\n")
        .replace("[ids.OwnerId]\ntext = \"Identifies an owner.\"\nat = [\"Shop.owner\"]\n", "");
    let overlay = overlay.replace("set.maximum = 99", "set.maximum = 98");
    says(&refusal_under(&overlay, &shop()), &["ShopId", "Shop.id", "Shop.owner", "correction"]);
}

fn two_kinds() -> Value {
    shops(json!({
        "A": { "type": "object", "properties": { "kind": { "enum": ["x", "y"] } } },
        "B": { "type": "object", "properties": { "kind": { "enum": ["y", "z"] } } },
    }))
}

const SHARED: &str =
    "api_version = \"1\"\n[schemas.Kind]\ntext = \"A kind.\"\nat = [\"A.kind\", \"B.kind\"]\n";

#[test]
fn two_value_lists_under_one_name_are_refused() {
    says(&refusal_under(SHARED, &two_kinds()), &["A.kind", "B.kind", "`Kind`", "merge"]);
}

#[test]
fn two_value_lists_are_merged_where_the_overlay_says_why() {
    let found = normal_form(&format!("{SHARED}merge = \"One notion.\"\n"), &two_kinds());
    assert_eq!(found["components"]["schemas"]["Kind"]["enum"], json!(["x", "y", "z"]));
}

#[test]
fn values_can_be_named() {
    let overlay = "api_version = \"1\"\n[schemas.Kind]\ntext = \"A kind.\"\nvariants.a_b = \"Joined\"\n";
    let found = normal_form(overlay, &shops(json!({ "Kind": { "enum": ["a-b", "a_b"] } })));
    assert_eq!(found["components"]["schemas"]["Kind"]["x-affinity-variants"], json!({ "a_b": "Joined" }));
}

#[test]
fn parameter_prose_is_the_operations_own_or_the_common_one() {
    let overlay = "api_version = \"1\"\n[parameters]\nq = \"Words.\"\n[operations.\"GET /v2/shops\"]\nname = \"list_shops\"\n\
                   text = \"x\"\nparameters.page = \"Its page.\"\n";
    let mut document = shops(json!({}));
    let parameter = |name: &str| json!({ "name": name, "in": "query", "schema": { "type": "string" } });
    document["paths"]["/v2/shops"]["get"]["parameters"] = json!([parameter("q"), parameter("page")]);
    let found = normal_form(overlay, &document);
    let parameters = &found["paths"]["/v2/shops"]["get"]["parameters"];
    assert_eq!(
        (&parameters[0]["description"], &parameters[1]["description"]),
        (&json!("Its page."), &json!("Words."))
    );
}

#[test]
fn what_has_no_entry_is_listed_and_does_not_fail() {
    let folder = Folder::with(BARE);
    let run = folder.regen(&shop());
    assert_eq!(run.code, Some(0));
    says(
        &run.out,
        &["Still to be named", "operations.\"GET /v2/shops\"", "schemas.V1Shop", "schemas.V1ShopKind"],
    );
}

#[test]
fn a_mistake_in_the_overlay_names_its_line() {
    says(&refusal_under("api_version = \n", &shop()), &["overlay.toml", "line 1"]);
    says(
        &refusal_under(&format!("{BARE}[schema.Shop]\ntext = \"x\"\n"), &shop()),
        &["overlay.toml", "`schema`"],
    );
}

#[test]
fn an_overlay_that_contradicts_itself_is_refused() {
    let twice = format!("{NAMED}\n[schemas.Other]\ntext = \"x\"\nat = [\"Shop.kind\"]\n");
    says(&refusal_under(&twice, &shop()), &["\"Shop.kind\"", "twice"]);
    let wrong = NAMED.replace("[schemas.Trade]", "[schemas.trade]");
    says(&refusal_under(&wrong, &shop()), &["`trade`", "`Trade`"]);
}

#[test]
fn a_missing_overlay_is_an_error() {
    let folder = Folder::with(BARE);
    std::fs::remove_file(folder.path("overlay.toml")).unwrap();
    let run = folder.regen(&shop());
    assert_eq!(run.code, Some(1));
    says(&run.err, &["overlay.toml", "cannot be read"]);
}

#[test]
fn names_that_rust_cannot_have_are_refused() {
    for name in ["type", "1abc", "", "self", "a b"] {
        let overlay = format!("{BARE}[operations.\"GET /v2/shops\"]\nname = \"{name}\"\ntext = \"x\"\n");
        says(&refusal_under(&overlay, &shop()), &["overlay.toml", &format!("`{name}`")]);
    }
    for name in ["Self", "1a", "a", "Unknown", ""] {
        let overlay = format!("{BARE}[schemas.Kind]\ntext = \"x\"\nvariants.a = \"{name}\"\n");
        says(
            &refusal_under(&overlay, &shops(json!({ "Kind": { "enum": ["a", "b"] } }))),
            &[&format!("`{name}`")],
        );
    }
}

#[test]
fn a_text_says_something() {
    let overlay = NAMED.replace("text = \"A shop.\"", "text = \" \"");
    says(&refusal_under(&overlay, &shop()), &["schemas.Shop", "empty"]);
}

fn corrected(correction: &str) -> String {
    format!("{BARE}[[corrections]]\nreason = \"Because.\"\n{correction}\n")
}

fn shop_with_owner() -> Value {
    shops(json!({
        "Shop": { "type": "object", "properties": { "owner": { "$ref": "#/components/schemas/Person" } } },
        "Person": { "type": "object", "properties": { "name": { "type": "string" } } },
    }))
}

#[test]
fn a_mark_is_set_beside_a_reference() {
    let overlay = corrected("at = [\"Shop.owner\"]\nset.nullable = true");
    let schemas = normal_form(&overlay, &shop_with_owner())["components"]["schemas"].clone();
    let owner = json!({ "allOf": [{ "$ref": "#/components/schemas/Person" }], "nullable": true });
    assert_eq!(schemas["Shop"]["properties"]["owner"], owner);
    assert!(schemas["Person"].get("nullable").is_none());
}

#[test]
fn a_shared_component_is_not_corrected_through_one_place() {
    let overlay = corrected("at = [\"Shop.owner\"]\nset.minProperties = 1");
    says(&refusal_under(&overlay, &shop_with_owner()), &["Shop.owner", "Person", "beside a reference"]);
}

#[test]
fn a_correction_nobody_needs_any_more_is_refused() {
    let overlay = corrected("at = [\"Person.name\"]\nset.type = \"string\"");
    says(&refusal_under(&overlay, &shop_with_owner()), &["Person.name", "remove it"]);
    normal_form(&format!("{overlay}absent = \"Only some documents.\"\n"), &shop_with_owner());
}

#[test]
fn a_correction_may_say_that_its_place_can_be_absent() {
    let overlay = corrected("at = [\"Shop.size\", \"#/paths/~1v2~1stalls\"]\nremove = [\"x\"]");
    says(&refusal_under(&overlay, &shop_with_owner()), &["Shop.size", "#/paths/~1v2~1stalls", "absent"]);
    normal_form(&format!("{overlay}absent = \"Only some documents.\"\n"), &shop_with_owner());
}

#[test]
fn a_date_must_be_in_quotes() {
    let overlay = corrected("at = [\"Person.name\"]\nset.default = 2001-01-01");
    says(&refusal_under(&overlay, &shop_with_owner()), &["Person.name", "quotes"]);
}

#[test]
fn what_is_sent_and_what_is_received_are_not_merged() {
    let mut document = two_kinds();
    document["paths"]["/v2/shops"]["get"]["parameters"] =
        json!([{ "name": "kind", "in": "query", "schema": { "enum": ["w", "x"] } }]);
    document["paths"]["/v2/shops"]["get"]["responses"] = json!({ "200": { "content": { "application/json": {
        "schema": { "$ref": "#/components/schemas/A" } } } } });
    let overlay = "api_version = \"1\"\n[schemas.Kind]\ntext = \"A kind.\"\nmerge = \"One notion.\"\n\
                   at = [\"A.kind\", \"GET /v2/shops ?kind\"]\n";
    says(
        &refusal_under(overlay, &document),
        &["A.kind", "GET /v2/shops ?kind", "`Kind`", "sent", "received"],
    );
}

#[test]
fn a_merged_place_keeps_its_own_list() {
    let overlay = format!("{SHARED}merge = \"One notion.\"\n");
    let found = normal_form(&overlay, &two_kinds());
    let schemas = &found["components"]["schemas"];
    assert_eq!(schemas["A"]["properties"]["kind"]["x-affinity-values"], json!(["x", "y"]));
    let folder = Folder::with(&overlay);
    assert_eq!(folder.regen(&two_kinds()).code, Some(0));
    let mut document = two_kinds();
    document["components"]["schemas"]["B"]["properties"]["kind"]["enum"] = json!(["x", "y", "z"]);
    says(&folder.regen(&document).out, &["B.kind `x`", "1 added, 0 removed"]);
}
