//! Fields.

use affinity_core::{DropdownOptionId, FieldNumber, ListId};
use affinity_v1::{DropdownColor, EntityType, Field, ValueType};
use httpmock::MockServer;
use serde_json::json;

use crate::pinned::{REFUSAL, SUCCESS, delete, get, post};
use crate::support::client;

pub(crate) const STAGE: &str = r#"{
    "id": 80231, "name": "Stage", "list_id": 5120, "enrichment_source": "none", "value_type": 7,
    "allows_multiple": false, "track_changes": true, "dropdown_options": [
        {"id": 3310, "text": "Sourced", "rank": 0, "color": 0}, {"id": 3311, "text": "In review", "rank": 1, "color": 3}
    ]
}"#;

pub(crate) const SECTOR: &str = r#"{
    "id": 80240, "name": "Sector", "value_type": 2, "allows_multiple": true,
    "dropdown_options": [{"id": 71, "text": "Robotics"}, {"id": 72, "text": "Twin"}, {"id": 73, "text": "Twin"}]
}"#;

pub(crate) fn field(json: &str) -> Field {
    serde_json::from_str(json).unwrap()
}

#[tokio::test]
async fn all_fields_come_as_a_bare_array() {
    let server = MockServer::start_async().await;
    let answer = format!(
        r#"[{STAGE}, {{"id": 12, "name": "Industry", "list_id": null, "enrichment_source": null, "value_type": 10,
            "allows_multiple": false, "track_changes": false, "dropdown_options": null}}]"#
    );
    let call = get("/fields").answers(&server, 200, &answer).await;
    let fields = client(&server).fields().list().send().await.unwrap().into_items().unwrap();
    call.assert_async().await;
    assert_eq!((fields[0].list_id, fields[0].track_changes), (Some(ListId::new(5120)), Some(true)));
    assert_eq!(fields[0].enrichment_source.as_deref(), Some("none"));
    assert_eq!(fields[0].dropdown_options[1].id, DropdownOptionId::new(3311));
    assert_eq!(fields[0].dropdown_options[1].color, Some(DropdownColor::Yellow));
    assert_eq!((fields[1].list_id, fields[1].value_type), (None, ValueType::FilterableText));
    assert!(fields[1].dropdown_options.is_empty() && fields[1].enrichment_source.is_none());
}

#[tokio::test]
async fn fields_can_be_narrowed_and_the_last_word_counts() {
    let server = MockServer::start_async().await;
    let call = get("/fields")
        .query("value_type", "7")
        .query("entity_type", "1")
        .query("with_modified_names", "true")
        .query("exclude_dropdown_options", "true")
        .query("list_id", "5120")
        .answers(&server, 200, "[]")
        .await;
    let fields =
        client(&server).fields().list().on_list(ListId::new(1)).value_type(ValueType::RankedDropdown);
    let fields = fields.entity_type(EntityType::Organization).modified_names().without_dropdown_options();
    assert!(fields.on_list(ListId::new(5120)).send().await.unwrap().items.is_empty());
    call.assert_async().await;
}

#[tokio::test]
async fn a_value_type_without_a_name_is_read() {
    let server = MockServer::start_async().await;
    let answer = r#"[{"id": 1, "name": "New", "list_id": null, "value_type": 44, "allows_multiple": null}]"#;
    get("/fields").answers(&server, 200, answer).await;
    let page = client(&server).fields().list().send().await.unwrap();
    assert_eq!(page.items[0].value_type.code(), 44);
}

#[tokio::test]
async fn fields_that_cannot_be_listed_are_an_error() {
    let server = MockServer::start_async().await;
    get("/fields").answers(&server, 500, "<html>").await;
    let error = client(&server).fields().list().send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.operation()), (500, Some("v1_list_fields")));
    get("/persons/fields").answers(&server, 200, r#""none""#).await;
    assert!(client(&server).persons().fields().send().await.unwrap_err().is_decode());
}

#[tokio::test]
async fn a_global_field_is_created_with_what_must_be_said() {
    let server = MockServer::start_async().await;
    let call = post("/fields", json!({"name": "Score", "entity_type": 0, "value_type": 3}));
    let answer = r#"{"id": 90, "name": "Score", "list_id": null, "enrichment_source": "none", "value_type": 3,
        "allows_multiple": false, "track_changes": false, "dropdown_options": []}"#;
    let call = call.answers(&server, 200, answer).await;
    let create = client(&server).fields().create("Score", EntityType::Person, ValueType::Number);
    assert_eq!(create.send().await.unwrap().id, FieldNumber::new(90));
    call.assert_async().await;
}

#[tokio::test]
async fn a_column_is_created_on_its_list() {
    let server = MockServer::start_async().await;
    let body = json!({
        "name": "Stage", "entity_type": 8, "value_type": 7, "list_id": 5120, "is_list_specific": true,
        "allows_multiple": true, "is_required": true
    });
    let call = post("/fields", body).answers(&server, 200, STAGE).await;
    let create = client(&server).fields().create("Stage", EntityType::Opportunity, ValueType::RankedDropdown);
    create.on_list(ListId::new(5120)).allows_multiple().required().send().await.unwrap();
    call.assert_async().await;
}

#[tokio::test]
async fn a_field_that_cannot_be_is_refused() {
    let server = MockServer::start_async().await;
    let fields = client(&server).fields();
    let unknown: ValueType = serde_json::from_str("44").unwrap();
    for create in [
        fields.create("Score", EntityType::Opportunity, ValueType::Number),
        fields.create("Score", EntityType::Person, ValueType::FilterableText),
        fields.create("Score", EntityType::Person, unknown),
        fields.create("Score", serde_json::from_str("3").unwrap(), ValueType::Number),
        fields.create("Score", EntityType::Person, ValueType::Number).on_list(ListId::new(0)),
    ] {
        assert!(create.send().await.unwrap_err().is_input());
    }
}

#[tokio::test]
async fn a_field_that_the_server_refuses_says_why() {
    let server = MockServer::start_async().await;
    let call = post("/fields", json!({"name": "?", "entity_type": 0, "value_type": 3}));
    call.answers(&server, 422, r#"{"message": "Name is missing."}"#).await;
    let create = client(&server).fields().create("?", EntityType::Person, ValueType::Number);
    assert_eq!(create.send().await.unwrap_err().messages().collect::<Vec<_>>(), ["Name is missing."]);
}

#[tokio::test]
async fn a_field_is_deleted() {
    let server = MockServer::start_async().await;
    let call = delete("/fields/80231").answers(&server, 200, SUCCESS).await;
    client(&server).fields().delete(FieldNumber::new(80_231)).send().await.unwrap();
    call.assert_async().await;
    delete("/fields/1").answers(&server, 404, REFUSAL).await;
    assert!(client(&server).fields().delete(FieldNumber::new(1)).send().await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn the_fields_of_persons_and_organizations_come_in_short_form() {
    let server = MockServer::start_async().await;
    let answer = format!("[{SECTOR}]");
    let persons = get("/persons/fields").answers(&server, 200, &answer).await;
    let organizations = get("/organizations/fields").answers(&server, 200, &answer).await;
    let client = client(&server);
    let of_persons = client.persons().fields().send().await.unwrap();
    let of_organizations = client.organizations().fields().send().await.unwrap();
    persons.assert_async().await;
    organizations.assert_async().await;
    assert_eq!(of_persons.items, of_organizations.items);
    assert_eq!((of_persons.items[0].track_changes, of_persons.items[0].allows_multiple), (None, true));
    assert_eq!(of_persons.items[0].dropdown_options[0].rank, None);
}

#[tokio::test]
async fn the_fields_of_organizations_can_be_refused() {
    let server = MockServer::start_async().await;
    get("/organizations/fields").answers(&server, 403, "").await;
    assert!(client(&server).organizations().fields().send().await.unwrap_err().is_forbidden());
}

#[test]
fn an_option_is_found_by_its_exact_text() {
    assert_eq!(field(STAGE).option("In review").unwrap().id, DropdownOptionId::new(3311));
    for text in ["in review", "In review ", "", "Won"] {
        assert!(field(STAGE).option(text).unwrap_err().is_input(), "{text:?}");
    }
    assert!(field(SECTOR).option("Twin").unwrap_err().to_string().contains("several"));
    let bare = field(r#"{"id": 1, "name": "Sector", "value_type": 2, "allows_multiple": false}"#);
    assert!(bare.option("Robotics").unwrap_err().to_string().contains("no options here"));
}

#[tokio::test]
async fn a_field_without_a_name_is_refused() {
    let server = MockServer::start_async().await;
    let create = client(&server).fields().create("", EntityType::Person, ValueType::Text);
    assert!(create.send().await.unwrap_err().is_input());
}
