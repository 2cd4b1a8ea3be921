//! What writes of operations 1 to 34 tell webhooks.

use affinity_sandbox::{CellValue, Method, Place, Sandbox, World};
use serde_json::{Value, json};

use crate::support::{patch, serve, small};
use crate::v1_support::{delete, number, read, write};

/// A sandbox that keeps what it would send.
async fn watched(world: World) -> Sandbox {
    let sandbox = serve(world).await;
    let body = json!({"webhook_url": "https://hooks.example/x"});
    write(&sandbox, Method::POST, "/webhook/subscribe", &body).await;
    sandbox
}

/// The events so far, and their bodies.
async fn told(sandbox: &Sandbox) -> (Vec<&'static str>, Vec<Value>) {
    sandbox.settled().await;
    let deliveries = sandbox.deliveries();
    let bodies = deliveries.iter().map(|delivery| serde_json::from_str::<Value>(&delivery.body).unwrap());
    let bodies = bodies.map(|envelope| envelope["body"].clone()).collect();
    (deliveries.iter().map(|delivery| delivery.event).collect(), bodies)
}

#[tokio::test]
async fn lists_and_fields_tell_of_themselves() {
    let sandbox = watched(small().world).await;
    let list = json!({"name": "Robotics", "type": 0, "is_public": true});
    let list = write(&sandbox, Method::POST, "/lists", &list).await;
    let field = json!({"name": "Nickname", "entity_type": 0, "value_type": 6});
    let field = write(&sandbox, Method::POST, "/fields", &field).await;
    assert_eq!(delete(&sandbox, &format!("/fields/{}", field["id"])).await, 200);
    let (names, bodies) = told(&sandbox).await;
    assert_eq!(names, ["list.created", "field.created", "field.deleted"]);
    assert_eq!(bodies, [list, field.clone(), field]);
}

#[tokio::test]
async fn persons_and_organizations_tell_of_themselves_and_their_rows() {
    let small = small();
    let list = small.portfolio;
    let sandbox = watched(small.world).await;
    let person = json!({"first_name": "Juno", "last_name": "Adeyar", "emails": []});
    let person = write(&sandbox, Method::POST, "/persons", &person).await;
    let path = format!("/persons/{}", person["id"]);
    write(&sandbox, Method::PUT, &path, &json!({"last_name": "Quill"})).await;
    delete(&sandbox, &path).await;
    let organization = json!({"name": "Norrhav Wind", "domain": "norrhav.example"});
    let organization = write(&sandbox, Method::POST, "/organizations", &organization).await;
    let path = format!("/organizations/{}", organization["id"]);
    write(&sandbox, Method::PUT, &path, &json!({"name": "Norrhav"})).await;
    let rows = format!("/lists/{list}/list-entries");
    let row = write(&sandbox, Method::POST, &rows, &json!({"entity_id": organization["id"]})).await;
    delete(&sandbox, &path).await;
    let (names, bodies) = told(&sandbox).await;
    let expected = [
        "person.created",
        "person.updated",
        "person.deleted",
        "organization.created",
        "organization.updated",
        "list_entry.created",
        "list_entry.deleted",
        "organization.deleted",
    ];
    assert_eq!(names, expected);
    assert_eq!(bodies[0], person);
    assert_eq!((&bodies[1]["last_name"], &bodies[2]["last_name"]), (&json!("Quill"), &json!("Quill")));
    let brief = json!({
        "id": organization["id"], "name": "Norrhav Wind", "domain": "norrhav.example", "domains": ["norrhav.example"],
        "crunchbase_uuid": null, "global": false
    });
    assert_eq!((&bodies[3], &bodies[5], &bodies[6]), (&brief, &row, &row));
}

#[tokio::test]
async fn opportunities_tell_of_themselves_and_their_rows() {
    let small = small();
    let list = small.deals;
    let sandbox = watched(small.world).await;
    let made = json!({"name": "Series A", "list_id": list});
    let made = write(&sandbox, Method::POST, "/opportunities", &made).await;
    let path = format!("/opportunities/{}", made["id"]);
    write(&sandbox, Method::PUT, &path, &json!({"name": "Series B"})).await;
    let row = format!("/lists/{list}/list-entries/{}", made["list_entries"][0]["id"]);
    assert_eq!(delete(&sandbox, &row).await, 200);
    let (names, bodies) = told(&sandbox).await;
    let expected = [
        "opportunity.created",
        "list_entry.created",
        "opportunity.updated",
        "list_entry.deleted",
        "opportunity.deleted",
    ];
    assert_eq!(names, expected);
    assert_eq!((&bodies[0], &bodies[4]["name"]), (&made, &json!("Series B")));
}

#[tokio::test]
async fn a_value_tells_of_itself_with_its_field() {
    let small = small();
    let (row, company, score) = (small.row, small.company, number(&small.score));
    let sandbox = watched(small.world).await;
    let value = read(&sandbox, &format!("/field-values?list_entry_id={row}")).await[0].clone();
    let path = format!("/field-values/{}", value["id"]);
    let updated = write(&sandbox, Method::PUT, &path, &json!({"value": 9})).await;
    delete(&sandbox, &path).await;
    let body = json!({"field_id": score, "entity_id": company, "list_entry_id": row, "value": 1});
    write(&sandbox, Method::POST, "/field-values", &body).await;
    let (names, bodies) = told(&sandbox).await;
    assert_eq!(names, ["field_value.updated", "field_value.deleted", "field_value.created"]);
    let mut expected = updated;
    expected["entity_type"] = json!(1);
    expected["value_type"] = json!(3);
    expected["field"] = json!({
        "id": score, "name": "Score", "list_id": small.portfolio, "enrichment_source": "none", "value_type": 3,
        "allows_multiple": false, "track_changes": true, "dropdown_options": []
    });
    assert_eq!((&bodies[0], &bodies[1]), (&expected, &expected));
}

#[tokio::test]
async fn a_batch_through_v2_tells_each_value() {
    let mut small = small();
    let owners = affinity_sandbox::NewField::new("Owners", affinity_sandbox::ValueType::PersonMulti);
    let owners = small.world.add_list_field(small.deals, owners).unwrap();
    let value = CellValue::PersonMulti(vec![50_001, small.person]);
    small.world.set_value(Place::Entry(small.deal_row), &owners, value).unwrap();
    let path = format!("/v2/lists/{}/list-entries/{}/fields", small.deals, small.deal_row);
    let other = small.world.add_person(affinity_sandbox::Person::new("Other")).unwrap();
    let sandbox = watched(small.world).await;
    let people = |ids: &[u64]| {
        let data: Vec<_> = ids.iter().map(|id| json!({"id": id})).collect();
        json!({"type": "person-multi", "data": data})
    };
    let updates = json!([
        {"id": small.amount, "value": {"type": "number", "data": null}},
        {"id": owners, "value": people(&[small.person, other])},
        {"id": "persons", "value": people(&[other])},
    ]);
    let body = json!({"operation": "update-fields", "updates": updates});
    assert_eq!(patch(&sandbox, &path, &body).await.status, 200);
    let (names, bodies) = told(&sandbox).await;
    let expected =
        ["field_value.deleted", "field_value.deleted", "field_value.created", "opportunity.updated"];
    assert_eq!(names, expected);
    assert_eq!((&bodies[1]["value"], &bodies[2]["value"]), (&json!(50_001), &json!(other)));
    assert_eq!(bodies[3]["person_ids"], json!([other]));
}

#[tokio::test]
async fn what_is_refused_is_not_told() {
    let small = small();
    let (company, score) = (small.company, number(&small.score));
    let sandbox = watched(small.world).await;
    let body = json!({"field_id": score, "entity_id": company, "value": 1});
    let refused = crate::v1_support::call(&sandbox, Method::POST, "/field-values", &body).await;
    assert_eq!(refused.status, 422);
    assert_eq!(told(&sandbox).await.0, [] as [&str; 0]);
}
