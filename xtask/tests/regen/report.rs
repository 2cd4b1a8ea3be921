//! The change report: what is listed, and what of it breaks callers.

use serde_json::{Value, json};

use crate::support::{BARE, Folder};

/// `Shop` is sent and received, `Sent` only sent, `Got` only received.
fn document() -> Value {
    let body = |name: &str| json!({ "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{name}") } } } });
    let object = |kind: &str| {
        json!({ "type": "object", "required": ["name"], "properties": {
            "name": { "type": "string", "maxLength": 9 },
            "note": { "type": "string" },
            "kind": { "$ref": format!("#/components/schemas/{kind}") },
        } })
    };
    let operation = |sent: &str, got: &str| {
        let mut response = body(got);
        response["description"] = json!("");
        json!({
            "parameters": [{ "name": "q", "in": "query", "schema": { "type": "integer", "minimum": 1 } }],
            "requestBody": body(sent),
            "responses": { "200": response },
        })
    };
    json!({
        "openapi": "3.0.3",
        "info": { "version": "1" },
        "paths": { "/v2/shops": { "post": operation("Sent", "Got"), "put": operation("Shop", "Shop") } },
        "components": { "schemas": {
            "Sent": object("SentKind"), "Got": object("GotKind"), "Shop": object("GotKind"),
            "SentKind": { "type": "string", "enum": ["a", "b"] }, "GotKind": { "type": "string", "enum": ["a", "b"] },
        } },
    })
}

/// The lines of the report that speak of this.
fn report(change: impl FnOnce(&mut Value), about: &str) -> Vec<String> {
    let folder = Folder::with(BARE);
    let mut document = document();
    assert_eq!(folder.regen(&document).code, Some(0));
    change(&mut document);
    let run = folder.regen(&document);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    run.out.lines().map(words).filter(|line| line.contains(about) && !line.starts_with("schemas.")).collect()
}

#[test]
fn an_added_operation() {
    let lines =
        report(|d| d["paths"]["/v2/stalls"] = json!({ "get": { "responses": { "204": {} } } }), "stalls (");
    assert_eq!(lines, ["added GET /v2/stalls (list_stalls)"]);
}

#[test]
fn a_removed_operation() {
    let lines = report(|d| drop(d["paths"]["/v2/shops"].as_object_mut().unwrap().remove("put")), "PUT");
    assert_eq!(lines, ["removed BREAKS PUT /v2/shops (replace_shops)"]);
}

#[test]
fn an_added_parameter_breaks_when_it_is_required() {
    let with = |required: bool| {
        let parameter =
            json!({ "name": "r", "in": "query", "required": required, "schema": { "type": "string" } });
        let add = |document: &mut Value| {
            document["paths"]["/v2/shops"]["put"]["parameters"].as_array_mut().unwrap().push(parameter);
        };
        report(add, "r (query)")
    };
    assert_eq!(with(false), ["added PUT /v2/shops r (query)"]);
    assert_eq!(with(true), ["added BREAKS PUT /v2/shops r (query)"]);
}

#[test]
fn a_tightened_bound_breaks_what_is_sent() {
    let tighten = |name: &'static str| {
        move |d: &mut Value| d["components"]["schemas"][name]["properties"]["name"]["maxLength"] = json!(5)
    };
    assert_eq!(report(tighten("Sent"), "maxLength"), ["changed BREAKS Sent.name, maxLength: 9 → 5"]);
    assert_eq!(report(tighten("Got"), "maxLength"), ["changed Got.name, maxLength: 9 → 5"]);
}

#[test]
fn an_added_property_breaks_when_it_must_be_sent() {
    let add = |name: &'static str| {
        move |d: &mut Value| {
            d["components"]["schemas"][name]["properties"]["size"] = json!({ "type": "integer" });
            d["components"]["schemas"][name]["required"] = json!(["name", "size"]);
        }
    };
    assert_eq!(report(add("Sent"), "size"), ["added BREAKS Sent.size"]);
    assert_eq!(report(add("Got"), "size"), ["added Got.size"]);
}

#[test]
fn a_removed_property_breaks() {
    let lines = report(
        |d| drop(d["components"]["schemas"]["Got"]["properties"].as_object_mut().unwrap().remove("note")),
        "note",
    );
    assert_eq!(lines, ["removed BREAKS Got.note"]);
}

#[test]
fn becoming_nullable_or_optional_breaks_what_is_received() {
    let nullable = |name: &'static str| {
        move |d: &mut Value| d["components"]["schemas"][name]["properties"]["note"]["nullable"] = json!(true)
    };
    assert_eq!(report(nullable("Got"), "note"), ["changed BREAKS Got.note: never null → nullable"]);
    assert_eq!(report(nullable("Sent"), "note"), ["changed Sent.note: never null → nullable"]);
    let optional =
        |name: &'static str| move |d: &mut Value| d["components"]["schemas"][name]["required"] = json!([]);
    assert_eq!(report(optional("Got"), "Got.name"), ["changed BREAKS Got.name: required → optional"]);
    assert_eq!(report(optional("Sent"), "Sent.name"), ["changed Sent.name: required → optional"]);
}

#[test]
fn an_added_value_breaks_nobody_and_a_removed_one_does() {
    let values = |values: Value| move |d: &mut Value| d["components"]["schemas"]["SentKind"]["enum"] = values;
    assert_eq!(report(values(json!(["a", "b", "c"])), "SentKind"), ["added SentKind `c`"]);
    assert_eq!(report(values(json!(["a"])), "SentKind"), ["removed BREAKS SentKind `b`"]);
}

#[test]
fn a_changed_type_breaks() {
    let lines = report(
        |d| d["components"]["schemas"]["Got"]["properties"]["note"]["type"] = json!("integer"),
        "note",
    );
    assert_eq!(lines, ["changed BREAKS Got.note: string → integer"]);
}

#[test]
fn a_run_without_changes_says_so() {
    let folder = Folder::with(BARE);
    assert_eq!(folder.regen(&document()).code, Some(0));
    let run = folder.regen(&document());
    assert!(run.out.starts_with(folder.path("affinity-v2.json").to_str().unwrap()), "{}", run.out);
    assert!(run.out.contains("is up to date: 2 operations, 5 schemas."), "{}", run.out);
}

/// What is said when only this differs.
fn between(schemas: Value, change: impl FnOnce(&mut Value)) -> Vec<String> {
    let folder = Folder::with(BARE);
    let mut document = document();
    for (name, schema) in schemas.as_object().unwrap() {
        document["components"]["schemas"][name] = schema.clone();
    }
    document["paths"]["/v2/shops"]["put"]["responses"]["200"]["headers"] =
        json!({ "X-A": { "schema": { "type": "string" } } });
    document["components"]["securitySchemes"] = json!({ "key": { "type": "http", "scheme": "bearer" } });
    document["security"] = json!([{ "key": [] }]);
    assert_eq!(folder.regen(&document).code, Some(0));
    change(&mut document);
    let run = folder.regen(&document);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines = run.out.split("Still to be named").next().unwrap().lines().filter(|l| l.starts_with("  "));
    lines.map(words).collect()
}

#[test]
fn a_header_that_changes() {
    let header = "/paths/~1v2~1shops/put/responses/200/headers/X-A";
    let lines = between(json!({}), |d| d.pointer_mut(header).unwrap()["required"] = json!(true));
    assert_eq!(lines, ["changed PUT /v2/shops response 200 header X-A, required: none \u{2192} true"]);
    let lines =
        between(json!({}), |d| d.pointer_mut(header).unwrap()["schema"] = json!({ "type": "integer" }));
    assert_eq!(lines, ["changed BREAKS PUT /v2/shops response 200 header X-A: string \u{2192} integer"]);
}

#[test]
fn what_a_base_declares_may_become_required() {
    let extended = json!({ "Base": { "type": "object", "properties": { "z": { "type": "string" } } },
        "Got": { "allOf": [{ "$ref": "#/components/schemas/Base" }], "properties": { "q": { "type": "string" } } } });
    let lines = between(extended, |d| d["components"]["schemas"]["Got"]["required"] = json!(["z"]));
    assert_eq!(lines, ["changed Got.z: optional \u{2192} required"]);
}

#[test]
fn a_bound_inside_a_union() {
    let union = json!({ "Got": { "anyOf": [{ "type": "string" }, { "type": "integer" }] } });
    let lines = between(union, |d| d["components"]["schemas"]["Got"]["anyOf"][0]["maxLength"] = json!(3));
    assert_eq!(lines, ["changed Got member string, maxLength: none \u{2192} 3"]);
}

#[test]
fn one_of_for_any_of_breaks_nobody() {
    let union = json!({ "Got": { "anyOf": [{ "type": "string" }, { "type": "integer" }] } });
    let lines = between(union, |d| {
        let got = d["components"]["schemas"]["Got"].as_object_mut().unwrap();
        let members = got.remove("anyOf").unwrap();
        got.insert("oneOf".to_owned(), members);
    });
    assert_eq!(lines, ["changed Got: anyOf \u{2192} oneOf"]);
}

#[test]
fn another_way_in_breaks_nobody() {
    let lines = between(json!({}), |d| {
        d["components"]["securitySchemes"]["other"] = json!({ "type": "http", "scheme": "basic" });
    });
    assert_eq!(lines, ["added security scheme other"]);
    let lines = between(json!({}), |d| d["security"] = json!([{ "key": [] }, {}]));
    assert_eq!(lines.len(), 1);
    assert!(!lines[0].contains("BREAKS"), "{lines:?}");
    let lines = between(json!({}), |d| {
        d["components"]["securitySchemes"]["other"] = json!({ "type": "http", "scheme": "basic" });
        d["security"] = json!([{ "key": [], "other": [] }]);
    });
    assert!(lines.iter().any(|line| line.starts_with("changed BREAKS security")), "{lines:?}");
}

#[test]
fn a_schema_only_the_new_document_reaches_is_used() {
    let lines = between(json!({}), |d| {
        d["components"]["schemas"]["New"] =
            json!({ "type": "object", "properties": { "q": { "type": "string" } } });
        d["components"]["schemas"]["Got"]["properties"]["more"] =
            json!({ "$ref": "#/components/schemas/New" });
    });
    assert!(lines.contains(&"added New (received)".to_owned()), "{lines:?}");
}

#[test]
fn a_path_parameter_may_be_called_something_else() {
    let operation = |name: &str| {
        json!({ "get": { "responses": { "204": {} }, "parameters": [
        { "name": name, "in": "path", "required": true, "schema": { "type": "string" } } ] } })
    };
    let folder = Folder::with(BARE);
    let mut document = document();
    document["paths"]["/v2/shops/{id}"] = operation("id");
    assert_eq!(folder.regen(&document).code, Some(0));
    document["paths"].as_object_mut().unwrap().remove("/v2/shops/{id}");
    document["paths"]["/v2/shops/{shopId}"] = operation("shopId");
    let run = folder.regen(&document);
    assert!(run.out.contains("0 added, 0 removed, 1 changed; 0 of these"), "{}", run.out);
}

#[test]
fn what_has_no_words_is_named_by_its_place() {
    let text = |most: u64| json!({ "type": "string", "maxLength": most });
    let union = json!({ "Got": { "anyOf": [text(1), { "type": "integer" }, text(2)] } });
    let lines = between(union, |d| {
        drop(d["components"]["schemas"]["Got"]["anyOf"].as_array_mut().unwrap().remove(2));
    });
    assert_eq!(lines, ["changed #/components/schemas/Got/anyOf"]);
}

#[test]
fn a_name_of_a_value_that_changes_breaks() {
    let folder =
        Folder::with("api_version = \"1\"\n[schemas.GotKind]\ntext = \"x\"\nvariants.a = \"First\"\n");
    assert_eq!(folder.regen(&document()).code, Some(0));
    std::fs::write(folder.path("overlay.toml"), BARE).unwrap();
    let run = folder.run(&[]);
    assert!(
        run.out.contains("GotKind, x-affinity-variants") && run.out.contains("1 of these break"),
        "{}",
        run.out
    );
}
