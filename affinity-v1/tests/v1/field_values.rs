//! Field values.

use affinity_core::{
    CompanyId, DropdownOptionId, FieldNumber, FieldValueId, ListEntryId, OpportunityId, PersonId,
};
use affinity_v1::{
    DropdownText, DropdownValue, EntityRef, FieldValue, FieldValueTarget, Location, NewValue, TypedValue,
    ValueType,
};
use chrono::NaiveDate;
use httpmock::MockServer;
use serde_json::{Value, json};

use crate::fields::{SECTOR, STAGE, field};
use crate::pinned::{REFUSAL, SUCCESS, delete, get, post, put};
use crate::support::client;

const FIELD: FieldNumber = FieldNumber::new(80_231);

const ANSWER: &str = r#"{
    "id": 3204417731, "field_id": 80231, "list_entry_id": 771203, "entity_id": 640118,
    "created_at": "2024-03-05T09:20:11.402-08:00", "updated_at": null,
    "value": {"id": 3310, "text": "Sourced", "rank": 0, "color": 0}
}"#;

#[tokio::test]
async fn values_are_asked_for_by_exactly_one_owner() {
    let server = MockServer::start_async().await;
    let values = client(&server).field_values();
    for (target, name) in [
        (FieldValueTarget::from(PersonId::new(7)), "person_id"),
        (CompanyId::new(7).into(), "organization_id"),
        (OpportunityId::new(7).into(), "opportunity_id"),
        (ListEntryId::new(7).into(), "list_entry_id"),
        (EntityRef::Organization(CompanyId::new(7)).into(), "organization_id"),
    ] {
        let call = get("/field-values").query(name, "7").answers(&server, 200, "[]").await;
        assert!(values.list(target).send().await.unwrap().items.is_empty());
        call.assert_async().await;
        call.delete_async().await;
    }
}

#[tokio::test]
async fn values_come_as_a_bare_array_with_or_without_dates_and_kinds() {
    let server = MockServer::start_async().await;
    let answer = format!(
        r#"[{ANSWER}, {{"id": 5, "field_id": 12, "list_entry_id": null, "entity_type": 1, "value_type": 2,
            "entity_id": 640118, "value": null}}]"#
    );
    get("/field-values").query("organization_id", "640118").answers(&server, 200, &answer).await;
    let list = client(&server).field_values().list(CompanyId::new(640_118));
    let values = list.send().await.unwrap().into_items().unwrap();
    assert_eq!((values[0].id, values[0].field_id), (FieldValueId::new(3_204_417_731), FIELD));
    assert_eq!(
        (values[0].entity_id, values[0].list_entry_id),
        (Some(640_118), Some(ListEntryId::new(771_203)))
    );
    assert!(values[0].created_at.is_some() && values[0].updated_at.is_none());
    let stage = values[0].read(&field(STAGE)).unwrap();
    assert_eq!(stage.as_text(), Some("Sourced"));
    let TypedValue::RankedDropdown(option) = stage else { panic!("{stage:?}") };
    assert_eq!(option.id(), Some(DropdownOptionId::new(3310)));
    assert_eq!((values[1].list_entry_id, values[1].created_at), (None, None));
    assert_eq!(values[1].value_type, Some(ValueType::Dropdown));
    assert_eq!(values[1].read_as(ValueType::Dropdown).unwrap(), TypedValue::Empty);
}

#[tokio::test]
async fn values_that_cannot_be_listed_are_an_error() {
    let server = MockServer::start_async().await;
    let refusal = r#"{"errors":["7 no longer exists as it has been merged into 9"]}"#;
    get("/field-values").query("person_id", "7").answers(&server, 422, refusal).await;
    let error = client(&server).field_values().list(PersonId::new(7)).send().await.unwrap_err();
    assert_eq!(error.merged_away().unwrap().into, 9);
    let error = client(&server).field_values().list(PersonId::new(0)).send().await.unwrap_err();
    assert!(error.is_input());
}

fn read(value_type: ValueType, json: &str) -> affinity_core::Result<TypedValue> {
    let value = format!(r#"{{"id": 1, "field_id": 80231, "value": {json}}}"#);
    serde_json::from_str::<FieldValue>(&value).unwrap().read_as(value_type)
}

#[test]
fn a_value_is_read_by_the_type_of_its_field() {
    let day = NaiveDate::from_ymd_opt(2024, 4, 1).unwrap();
    let place = Location::new().city("Utrecht").country("Netherlands");
    for (value_type, json, expected) in [
        (ValueType::Person, "310552", TypedValue::Person(PersonId::new(310_552))),
        (ValueType::Organization, "640118", TypedValue::Organization(CompanyId::new(640_118))),
        (ValueType::Dropdown, r#""Robotics""#, TypedValue::Dropdown(DropdownValue::Text("Robotics".into()))),
        (ValueType::Number, "5000.0", TypedValue::Number(5000.0)),
        (ValueType::Number, "-3", TypedValue::Number(-3.0)),
        (ValueType::Date, r#""2024-04-01T07:00:00.000Z""#, TypedValue::Date(day)),
        (ValueType::Date, r#""2024-04-01T00:00:00.000-07:00""#, TypedValue::Date(day)),
        (
            ValueType::Location,
            r#"{"street_address": null, "city": "Utrecht", "country": "Netherlands"}"#,
            TypedValue::Location(place),
        ),
        (ValueType::Text, r#""5000""#, TypedValue::Text("5000".into())),
        (ValueType::FilterableText, r#""Seed""#, TypedValue::Text("Seed".into())),
        (
            ValueType::RankedDropdown,
            r#""Gone""#,
            TypedValue::RankedDropdown(DropdownValue::Text("Gone".into())),
        ),
        (ValueType::Number, "null", TypedValue::Empty),
        (serde_json::from_str("44").unwrap(), "[1]", TypedValue::Unknown(json!([1]))),
    ] {
        assert_eq!(read(value_type, json).unwrap(), expected, "{value_type:?} {json}");
    }
    assert_eq!(read(ValueType::Number, "7").unwrap().as_number(), Some(7.0));
    assert_eq!(read(ValueType::Date, r#""2024-04-01T07:00:00Z""#).unwrap().as_date(), Some(day));
}

#[test]
fn a_value_of_another_form_is_an_error_that_does_not_print_it() {
    for (value_type, json) in [
        (ValueType::Person, r#""juno""#),
        (ValueType::Organization, "-1"),
        (ValueType::Dropdown, "7"),
        (ValueType::Number, r#""juno""#),
        (ValueType::Date, r#""juno""#),
        (ValueType::Location, r#""juno""#),
        (ValueType::Text, r#"{"text": "juno"}"#),
        (ValueType::RankedDropdown, "3310"),
    ] {
        let error = read(value_type, json).unwrap_err();
        assert!(error.is_decode() && !format!("{error} {error:?}").contains("juno"), "{error:?}");
    }
    let error = read(ValueType::Location, r#"{"city": 7}"#).unwrap_err();
    assert_eq!(error.path(), Some("city"));
}

#[test]
fn a_value_is_not_read_by_another_field() {
    let value: FieldValue = serde_json::from_str(ANSWER).unwrap();
    assert!(value.read(&field(SECTOR)).unwrap_err().is_input());
}

#[test]
fn typed_values_are_written_down_plainly() {
    let day = NaiveDate::from_ymd_opt(2024, 4, 1).unwrap();
    let written = |value| serde_json::to_value::<TypedValue>(value).unwrap();
    assert_eq!(written(TypedValue::Date(day)), json!("2024-04-01"));
    assert_eq!(written(TypedValue::Person(PersonId::new(7))), json!(7));
    assert_eq!(written(TypedValue::Empty), json!(null));
    assert_eq!(written(TypedValue::Dropdown(DropdownValue::Text("Robotics".into()))), json!("Robotics"));
}

async fn written(value: impl Into<NewValue>, expected: Value) {
    let server = MockServer::start_async().await;
    let call =
        put("/field-values/3204417731", json!({"value": expected})).answers(&server, 200, ANSWER).await;
    client(&server).field_values().update(FieldValueId::new(3_204_417_731), value).send().await.unwrap();
    call.assert_async().await;
}

#[tokio::test]
async fn every_kind_of_value_is_written_in_its_form() {
    written(PersonId::new(310_552), json!(310_552)).await;
    written(CompanyId::new(640_118), json!(640_118)).await;
    written(DropdownText::create_option("New"), json!("New")).await;
    written(2_500_000.5, json!(2_500_000.5)).await;
    written(-7, json!(-7.0)).await;
    written(NaiveDate::from_ymd_opt(2024, 4, 1).unwrap(), json!("2024-04-01T12:00:00Z")).await;
    written(DropdownOptionId::new(3311), json!(3311)).await;
    written(NewValue::text("A note"), json!("A note")).await;
    let place = json!({
        "street_address": null, "city": "Utrecht", "state": null, "country": "Netherlands", "continent": null
    });
    written(Location::new().city("Utrecht").country("Netherlands"), place).await;
}

#[tokio::test]
async fn the_text_of_an_option_becomes_what_its_field_wants() {
    written(NewValue::option(&field(STAGE), "In review").unwrap(), json!(3311)).await;
    written(NewValue::option(&field(SECTOR), "Robotics").unwrap(), json!("Robotics")).await;
    written(DropdownText::of(&field(SECTOR), "Robotics").unwrap(), json!("Robotics")).await;
}

#[test]
fn text_that_is_no_option_is_refused() {
    for error in [
        NewValue::option(&field(STAGE), "in review").unwrap_err(),
        NewValue::option(&field(SECTOR), "robotics").unwrap_err(),
        DropdownText::of(&field(SECTOR), "New").unwrap_err(),
        DropdownText::of(&field(STAGE), "Sourced").unwrap_err(),
        NewValue::option(
            &field(r#"{"id": 1, "name": "Score", "value_type": 3, "allows_multiple": false}"#),
            "7",
        )
        .unwrap_err(),
    ] {
        assert!(error.is_input(), "{error}");
    }
}

#[test]
fn a_value_knows_the_fields_it_fits() {
    assert!(NewValue::text("x").fits(ValueType::Text) && !NewValue::text("x").fits(ValueType::Dropdown));
    let option = NewValue::from(DropdownOptionId::new(1));
    assert!(option.fits(ValueType::RankedDropdown) && !option.fits(ValueType::Number));
    option.check_for(&field(STAGE)).unwrap();
    let error = NewValue::text("juno").check_for(&field(STAGE)).unwrap_err();
    assert!(error.is_input() && !error.to_string().contains("juno"), "{error}");
}

#[tokio::test]
async fn values_that_cannot_be_are_refused() {
    let server = MockServer::start_async().await;
    let values = client(&server).field_values();
    for value in [
        NewValue::Number(f64::NAN),
        NewValue::Number(f64::INFINITY),
        NewValue::Location(Location::new()),
        NewValue::Date(NaiveDate::from_ymd_opt(12_024, 1, 1).unwrap()),
    ] {
        let error = values.update(FieldValueId::new(1), value.clone()).send().await.unwrap_err();
        assert!(error.is_input(), "{error}");
        assert!(values.create(FIELD, PersonId::new(1), value).send().await.unwrap_err().is_input());
    }
}

#[tokio::test]
async fn a_value_of_a_column_is_added_to_its_row() {
    let server = MockServer::start_async().await;
    let body = json!({"field_id": 80231, "entity_id": 640118, "list_entry_id": 771203, "value": 3310});
    let call = post("/field-values", body).answers(&server, 200, ANSWER).await;
    let values = client(&server).field_values();
    let create = values.create(FIELD, CompanyId::new(640_118), DropdownOptionId::new(3310));
    let value = create.list_entry(ListEntryId::new(771_203)).send().await.unwrap();
    call.assert_async().await;
    assert_eq!(value.id, FieldValueId::new(3_204_417_731));
}

#[tokio::test]
async fn a_value_of_a_global_field_has_no_row_and_a_refusal_says_why() {
    let server = MockServer::start_async().await;
    let body = json!({"field_id": 80231, "entity_id": 310552, "value": "x"});
    let refusal = r#"{"errors":[{"message":"list_entry_id is required"}]}"#;
    let call = post("/field-values", body).answers(&server, 422, refusal).await;
    let create = client(&server).field_values().create(FIELD, PersonId::new(310_552), NewValue::text("x"));
    let error = create.send().await.unwrap_err();
    call.assert_async().await;
    assert_eq!(error.messages().collect::<Vec<_>>(), ["list_entry_id is required"]);
}

#[tokio::test]
async fn an_update_brings_when_it_was_made() {
    let server = MockServer::start_async().await;
    let answer = r#"{"id": 5, "field_id": 80231, "entity_id": 1, "list_entry_id": null, "value": 7.0,
        "created_at": "2024-03-05T09:20:11.402-08:00", "updated_at": "2024-03-06T09:20:11.402-08:00"}"#;
    put("/field-values/5", json!({"value": 7.0})).answers(&server, 200, answer).await;
    let value = client(&server).field_values().update(FieldValueId::new(5), 7.0).send().await.unwrap();
    assert_eq!(value.updated_at.unwrap().to_rfc3339(), "2024-03-06T17:20:11.402+00:00");
    put("/field-values/6", json!({"value": 7.0})).answers(&server, 404, REFUSAL).await;
    let error = client(&server).field_values().update(FieldValueId::new(6), 7.0).send().await.unwrap_err();
    assert!(error.is_not_found());
}

#[tokio::test]
async fn a_value_is_deleted() {
    let server = MockServer::start_async().await;
    let call = delete("/field-values/3204417731").answers(&server, 200, SUCCESS).await;
    client(&server).field_values().delete(FieldValueId::new(3_204_417_731)).send().await.unwrap();
    call.assert_async().await;
    delete("/field-values/6").answers(&server, 404, REFUSAL).await;
    let error = client(&server).field_values().delete(FieldValueId::new(6)).send().await.unwrap_err();
    assert!(error.is_not_found());
}

#[test]
fn a_day_that_no_calendar_has_is_an_error() {
    for text in ["-262143-01-01T00:00:00Z", "+262142-12-31T23:59:59Z", "+12024-01-01", "0000-01-01T00:00:00Z"]
    {
        assert!(read(ValueType::Date, &format!("{text:?}")).unwrap_err().is_decode(), "{text}");
    }
}

#[tokio::test]
async fn a_value_is_held_against_its_field_before_it_is_written() {
    let server = MockServer::start_async().await;
    let (sector, stage, id) = (field(SECTOR), field(STAGE), FieldValueId::new(5));
    let other = field(
        r#"{"id": 9, "name": "Topic", "value_type": 2, "dropdown_options": [{"id": 1, "text": "Boats"}]}"#,
    );
    let empty = field(r#"{"id": 10, "name": "Tag", "value_type": 2}"#);
    let robotics = DropdownText::of(&sector, "Robotics").unwrap();
    let values = client(&server).field_values();
    for (field, value) in [
        (&sector, NewValue::text("Robotics")),
        (&sector, NewValue::text("robotics")),
        (&stage, NewValue::text("Sourced")),
        (&other, robotics.clone().into()),
        (&empty, robotics.clone().into()),
        (&sector, DropdownOptionId::new(71).into()),
        (&stage, robotics.clone().into()),
    ] {
        let create = values.create_in(field, PersonId::new(7), value.clone()).send().await.unwrap_err();
        let update = values.update_in(field, id, value).send().await.unwrap_err();
        assert!(create.is_input() && update.is_input(), "{create} {update}");
        assert!(!create.to_string().to_lowercase().contains("robotics"), "{create}");
    }
    let body = json!({"field_id": 80240, "entity_id": 7, "value": "Robotics"});
    let create = post("/field-values", body).answers(&server, 200, ANSWER).await;
    values.create_in(&sector, PersonId::new(7), robotics).send().await.unwrap();
    let update = put("/field-values/5", json!({"value": "New"})).answers(&server, 200, ANSWER).await;
    values.update_in(&sector, id, DropdownText::create_option("New")).send().await.unwrap();
    create.assert_async().await;
    update.assert_async().await;
}
