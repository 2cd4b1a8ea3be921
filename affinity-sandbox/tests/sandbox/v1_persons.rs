use affinity_sandbox::{
    CellValue, Company, EntityKind, List, Method, NewField, Person, PersonKind, Place, ValueType,
};
use serde_json::{Value, json};

use crate::support::{get, serve, small};
use crate::v1_support::{call, delete, ids, message, number, read, refusal, write, wrong};

#[tokio::test]
async fn a_person_has_the_documented_shape() {
    let mut small = small();
    let people = small.world.add_list(List::new("People", EntityKind::Person)).unwrap();
    let row = small.world.add_entry(people, small.person).unwrap();
    small
        .world
        .set_value(Place::Entry(row), "companies", CellValue::CompanyMulti(vec![small.company]))
        .unwrap();
    let deal = Place::Entry(small.deal_row);
    small.world.set_value(deal, "persons", CellValue::PersonMulti(vec![small.person])).unwrap();
    let (person, company, opportunity) = (small.person, small.company, small.opportunity);
    let sandbox = serve(small.world).await;
    let plain = read(&sandbox, &format!("/persons/{person}")).await;
    let mut expected = json!({
        "id": person, "type": 0, "first_name": "Alvio", "last_name": "Ashbrook",
        "primary_email": "alvio@tessel.example", "emails": ["alvio@tessel.example"], "organization_ids": [company],
        "list_entries": [{"id": row, "list_id": people, "creator_id": 50001, "entity_id": person, "entity_type": 0,
                          "created_at": "2025-01-06T00:00:00.000-08:00"}]
    });
    assert_eq!(plain, expected);
    let flags = "with_opportunities=true&with_current_organizations=true";
    expected["opportunity_ids"] = json!([opportunity]);
    expected["current_organization_ids"] = json!([]);
    assert_eq!(read(&sandbox, &format!("/persons/{person}?{flags}")).await, expected);
    let listed = read(&sandbox, &format!("/persons?{flags}")).await;
    let keys = expected.as_object_mut().unwrap();
    keys.remove("organization_ids");
    keys.remove("list_entries");
    assert!(listed["persons"].as_array().unwrap().contains(&expected));
}

#[tokio::test]
async fn unknown_names_and_addresses_are_null() {
    let mut small = small();
    let person = small.world.add_person(Person::nameless().kind(PersonKind::Collaborator)).unwrap();
    let sandbox = serve(small.world).await;
    let expected = json!({
        "id": person, "type": 2, "first_name": null, "last_name": null, "primary_email": null, "emails": [],
        "organization_ids": [], "list_entries": []
    });
    assert_eq!(read(&sandbox, &format!("/persons/{person}")).await, expected);
}

#[tokio::test]
async fn a_term_is_a_part_of_a_name_or_address() {
    let sandbox = serve(small().world).await;
    for (term, expected) in [
        ("ALVIO", vec![50_002]),
        ("ashb", vec![50_002]),
        ("alvio+ashbrook", vec![50_002]),
        ("%40tessel", vec![50_002]),
        ("fal", vec![50_001]),
        ("a", vec![50_001, 50_002]),
        ("nobody", vec![]),
    ] {
        let found = read(&sandbox, &format!("/persons?term={term}")).await;
        assert_eq!(ids(&found["persons"]), expected, "{term}");
    }
}

#[tokio::test]
async fn a_person_is_made_and_seen_by_v2() {
    let small = small();
    let company = small.company;
    let sandbox = serve(small.world).await;
    let body = json!({"first_name": "Juno", "last_name": "Adeyar", "organization_ids": [company],
                      "emails": ["juno@mail.example", "JUNO@mail.example", "j.adeyar@mail.example"]});
    let made = write(&sandbox, Method::POST, "/persons", &body).await;
    assert_eq!(
        made,
        json!({
            "id": made["id"], "type": 0, "first_name": "Juno", "last_name": "Adeyar",
            "primary_email": "juno@mail.example", "emails": ["juno@mail.example", "j.adeyar@mail.example"],
            "organization_ids": [company]
        })
    );
    let of_v2 = read(&sandbox, &format!("/v2/persons/{}", made["id"])).await;
    assert_eq!((&of_v2["firstName"], &of_v2["emailAddresses"]), (&json!("Juno"), &made["emails"]));
    let organization = read(&sandbox, &format!("/organizations/{company}")).await;
    assert_eq!(organization["person_ids"], json!([made["id"]]));
}

#[tokio::test]
async fn the_emails_are_there_even_if_there_are_none() {
    let sandbox = serve(small().world).await;
    let answer = call(&sandbox, Method::POST, "/persons", &json!({})).await;
    let params = ["first_name", "last_name", "emails"].map(str::to_owned);
    assert_eq!(refusal(&answer), (422, params.into()));
    let body = json!({"first_name": "A", "last_name": "B", "emails": []});
    assert_eq!(call(&sandbox, Method::POST, "/persons", &body).await.status, 200);
}

#[tokio::test]
async fn an_address_belongs_to_one_person() {
    let small = small();
    let person = small.person;
    let sandbox = serve(small.world).await;
    let taken = json!(["new@mail.example", "ALVIO@tessel.example"]);
    let body = json!({"first_name": "A", "last_name": "B", "emails": taken});
    assert_eq!(refusal(&call(&sandbox, Method::POST, "/persons", &body).await), wrong("emails"));
    let answer = call(&sandbox, Method::PUT, "/persons/50001", &json!({"emails": taken})).await;
    assert_eq!(refusal(&answer), wrong("emails"));
    let kept = write(&sandbox, Method::PUT, &format!("/persons/{person}"), &json!({"emails": taken})).await;
    assert_eq!(kept["emails"], taken);
    for odd in [json!(["nobody"]), json!(["@mail.example"]), json!("a@b.example"), json!([5])] {
        let answer = call(&sandbox, Method::PUT, "/persons/50001", &json!({"emails": odd})).await;
        assert_eq!(refusal(&answer), wrong("emails"), "{odd}");
    }
}

#[tokio::test]
async fn an_update_leaves_what_it_does_not_name_and_replaces_arrays() {
    let mut small = small();
    let other = small.world.add_company(Company::new("Other")).unwrap();
    let (path, company) = (format!("/persons/{}", small.person), small.company);
    let sandbox = serve(small.world).await;
    write(&sandbox, Method::PUT, &path, &json!({"organization_ids": [company]})).await;
    let renamed =
        write(&sandbox, Method::PUT, &path, &json!({"last_name": "Quill", "first_name": null})).await;
    assert_eq!((&renamed["first_name"], &renamed["last_name"]), (&json!("Alvio"), &json!("Quill")));
    assert_eq!(renamed["organization_ids"], json!([company]));
    let replaced = write(&sandbox, Method::PUT, &path, &json!({"organization_ids": [other, other]})).await;
    assert_eq!(replaced["organization_ids"], json!([other]));
    let emptied = write(&sandbox, Method::PUT, &path, &json!({"organization_ids": [], "emails": []})).await;
    assert_eq!((&emptied["organization_ids"], &emptied["primary_email"]), (&json!([]), &Value::Null));
}

#[tokio::test]
async fn associations_are_those_of_the_columns_in_v2() {
    let mut small = small();
    let people = small.world.add_list(List::new("People", EntityKind::Person)).unwrap();
    let row = small.world.add_entry(people, small.person).unwrap();
    let (person, company) = (small.person, small.company);
    let sandbox = serve(small.world).await;
    let column = format!("/v2/lists/{people}/list-entries/{row}/fields/companies");
    write(&sandbox, Method::PUT, &format!("/persons/{person}"), &json!({"organization_ids": [company]}))
        .await;
    let data = read(&sandbox, &column).await["value"]["data"].clone();
    assert_eq!(ids(&data), [company]);
    let body = json!({"value": {"type": "company-multi", "data": null}});
    assert_eq!(crate::support::post(&sandbox, &column, &body).await.status, 204);
    assert_eq!(read(&sandbox, &format!("/persons/{person}")).await["organization_ids"], json!([]));
}

#[tokio::test]
async fn an_address_at_a_domain_links_by_itself() {
    let small = small();
    let company = small.company;
    let sandbox = serve(small.world).await;
    let body = json!({"first_name": "A", "last_name": "B", "emails": ["a@Tessel.example"]});
    let made = write(&sandbox, Method::POST, "/persons", &body).await;
    assert_eq!(made["organization_ids"], json!([company]));
}

#[tokio::test]
async fn a_deleted_person_is_gone_with_rows_and_values() {
    let mut small = small();
    let people = small.world.add_list(List::new("People", EntityKind::Person)).unwrap();
    let row = small.world.add_entry(people, small.person).unwrap();
    let rating = small.world.add_list_field(people, NewField::new("Rating", ValueType::Number)).unwrap();
    small.world.set_value(Place::Entry(row), &rating, CellValue::Number(1.0)).unwrap();
    let person = small.person;
    let sandbox = serve(small.world).await;
    let value = read(&sandbox, &format!("/field-values?person_id={person}")).await[0]["id"].clone();
    assert_eq!(
        number(&rating),
        read(&sandbox, &format!("/field-values?person_id={person}")).await[0]["field_id"]
    );
    let path = format!("/persons/{person}");
    assert_eq!((delete(&sandbox, &path).await, delete(&sandbox, &path).await), (200, 404));
    assert_eq!(get(&sandbox, &format!("/v2/persons/{person}")).await.status, 404);
    assert_eq!(read(&sandbox, &format!("/lists/{people}")).await["list_size"], 0);
    assert_eq!(delete(&sandbox, &format!("/field-values/{value}")).await, 404);
    let body = json!({"first_name": "A", "last_name": "B", "emails": ["alvio@tessel.example"]});
    assert_eq!(call(&sandbox, Method::POST, "/persons", &body).await.status, 200);
}

#[tokio::test]
async fn users_stay() {
    let sandbox = serve(small().world).await;
    assert_eq!(delete(&sandbox, "/persons/50001").await, 422);
    assert_eq!(read(&sandbox, "/persons/50001").await["type"], 1);
}

#[tokio::test]
async fn a_merged_person_names_the_survivor() {
    let mut small = small();
    let twin = small.world.add_person(Person::new("Twin")).unwrap();
    small.world.mark_merged(EntityKind::Person, twin, small.person).unwrap();
    let sandbox = serve(small.world).await;
    let expected = format!("{twin} no longer exists as it has been merged into {}", small.person);
    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let answer = call(&sandbox, method, &format!("/persons/{twin}"), &json!({})).await;
        assert_eq!((answer.status, message(&answer)), (422, expected.clone()));
    }
    let listed = read(&sandbox, "/persons").await;
    assert!(!ids(&listed["persons"]).contains(&twin));
}
