//! Lists and their rows.

use affinity_sandbox::{
    CellValue, Company, EntityKind, List, Method, NewField, Person, Place, ValueType, World,
};
use serde_json::{Value, json};

use crate::support::{get, get_as, serve, small};
use crate::v1_support::{call, delete, ids, message, number, read, refusal, write, wrong};

#[tokio::test]
async fn lists_have_the_documented_shape() {
    let small = small();
    let (portfolio, deals) = (small.portfolio, small.deals);
    let sandbox = serve(small.world).await;
    assert_eq!(
        read(&sandbox, "/lists").await,
        json!([
            {"id": portfolio, "type": 1, "name": "Portfolio", "public": true, "owner_id": 50001, "list_size": 1},
            {"id": deals, "type": 8, "name": "Deals", "public": true, "owner_id": 50001, "list_size": 1},
        ])
    );
}

#[tokio::test]
async fn a_list_tells_its_own_fields_in_short() {
    let small = small();
    let (list, score) = (small.portfolio, number(&small.score));
    let sandbox = serve(small.world).await;
    let list = read(&sandbox, &format!("/lists/{list}")).await;
    assert_eq!(
        list["fields"],
        json!([{"id": score, "name": "Score", "value_type": 3, "allows_multiple": false, "dropdown_options": []}])
    );
}

#[tokio::test]
async fn a_list_is_made_and_seen_by_v2() {
    let mut world = World::new();
    let colleague = world.add_user("Teodor", "Kvist", "teodor@quillfern-seed.example");
    let key = world.add_key(affinity_sandbox::NewKey::of(colleague)).unwrap();
    let sandbox = serve(world).await;
    let roles = json!([{"internal_person_id": colleague, "role_id": 2}]);
    let body = json!({"name": "Robotics", "type": 1, "is_public": false, "additional_permissions": roles});
    let made = write(&sandbox, Method::POST, "/lists", &body).await;
    assert_eq!(
        made,
        json!({
            "id": made["id"], "type": 1, "name": "Robotics", "public": false, "owner_id": 50001, "creator_id": 50001,
            "list_size": 0, "additional_permissions": roles
        })
    );
    let path = format!("/v2/lists/{}", made["id"]);
    let of_v2 = get_as(&sandbox, &key, &path).await.json();
    let expected = json!({
        "id": made["id"], "name": "Robotics", "creatorId": 50001, "ownerId": 50001, "isPublic": false, "type": "company"
    });
    assert_eq!(of_v2, expected);
}

#[tokio::test]
async fn a_list_needs_a_name_a_type_and_a_visibility() {
    let sandbox = serve(small().world).await;
    let all = json!({"name": "A", "type": 8, "is_public": true});
    for (key, value) in [
        ("name", Value::Null),
        ("name", json!(" ")),
        ("type", Value::Null),
        ("type", json!(2)),
        ("is_public", Value::Null),
        ("is_public", json!("yes")),
        ("owner_id", json!(50002)),
        ("additional_permissions", json!([{"internal_person_id": 50001, "role_id": 3}])),
        ("additional_permissions", json!([{"internal_person_id": 50002, "role_id": 1}])),
    ] {
        let mut body = all.clone();
        body[key] = value;
        assert_eq!(refusal(&call(&sandbox, Method::POST, "/lists", &body).await), wrong(key), "{body}");
    }
}

#[tokio::test]
async fn rows_come_in_two_shapes() {
    let small = small();
    let (list, row, company) = (small.portfolio, small.row, small.company);
    let sandbox = serve(small.world).await;
    let path = format!("/lists/{list}/list-entries");
    let expected = json!({
        "id": row, "list_id": list, "creator_id": 50001, "entity_id": company, "entity_type": 1,
        "created_at": "2025-01-06T00:00:00.000-08:00",
        "entity": {
            "id": company, "name": "Tessel Robotics", "domain": "tessel.example", "domains": ["tessel.example"],
            "crunchbase_uuid": null, "global": false
        }
    });
    assert_eq!(read(&sandbox, &path).await, json!([expected]));
    let paged = read(&sandbox, &format!("{path}?page_size=10")).await;
    assert_eq!(paged, json!({"list_entries": [expected], "next_page_token": null}));
    assert_eq!(read(&sandbox, &format!("{path}/{row}")).await, expected);
    assert_eq!(refusal(&get(&sandbox, &format!("{path}?page_size=501")).await), wrong("page_size"));
    let full = read(&sandbox, &format!("{path}?page_size=1")).await;
    let token = full["next_page_token"].as_str().unwrap().replace('=', "%3D");
    let last = read(&sandbox, &format!("{path}?page_size=1&page_token={token}")).await;
    assert_eq!(last, json!({"list_entries": [], "next_page_token": null}));
    let alone = get(&sandbox, &format!("{path}?page_token={token}")).await;
    assert_eq!(
        (refusal(&alone), message(&alone)),
        (wrong("page_token"), "Invalid page_token variable".into())
    );
}

#[tokio::test]
async fn persons_and_opportunities_are_short_on_their_rows() {
    let mut small = small();
    let people = small.world.add_list(List::new("People", EntityKind::Person)).unwrap();
    let row = small.world.add_entry(people, small.person).unwrap();
    let (deals, deal, deal_row, person) = (small.deals, small.opportunity, small.deal_row, small.person);
    let sandbox = serve(small.world).await;
    let person_row = read(&sandbox, &format!("/lists/{people}/list-entries/{row}")).await;
    assert_eq!(
        person_row["entity"],
        json!({
            "id": person, "type": 0, "first_name": "Alvio", "last_name": "Ashbrook",
            "primary_email": "alvio@tessel.example", "emails": ["alvio@tessel.example"]
        })
    );
    let deal_row = read(&sandbox, &format!("/lists/{deals}/list-entries/{deal_row}")).await;
    assert_eq!(deal_row["entity"], json!({"id": deal, "name": "Tessel, Seed"}));
    assert_eq!((&person_row["entity_type"], &deal_row["entity_type"]), (&json!(0), &json!(8)));
}

#[tokio::test]
async fn a_row_belongs_to_its_list() {
    let small = small();
    let (deals, row) = (small.deals, small.row);
    let sandbox = serve(small.world).await;
    assert_eq!(get(&sandbox, &format!("/lists/{deals}/list-entries/{row}")).await.status, 404);
    assert_eq!(delete(&sandbox, &format!("/lists/{deals}/list-entries/{row}")).await, 404);
}

#[tokio::test]
async fn the_same_entity_is_added_more_than_once() {
    let mut small = small();
    let colleague = small.world.add_user("Teodor", "Kvist", "teodor@quillfern-seed.example");
    let (list, company) = (small.portfolio, small.company);
    let sandbox = serve(small.world).await;
    let path = format!("/lists/{list}/list-entries");
    let body = json!({"entity_id": company, "creator_id": colleague});
    let added = write(&sandbox, Method::POST, &path, &body).await;
    assert_eq!((&added["creator_id"], &added["entity_id"]), (&json!(colleague), &json!(company)));
    assert_eq!(read(&sandbox, &path).await.as_array().unwrap().len(), 2);
    assert_eq!(read(&sandbox, &format!("/lists/{list}")).await["list_size"], 2);
    let of_v2 = read(&sandbox, &format!("/v2/companies/{company}/list-entries")).await;
    assert!(ids(&of_v2["data"]).contains(&added["id"].as_u64().unwrap()));
}

#[tokio::test]
async fn only_what_the_list_holds_is_added() {
    let mut small = small();
    let twin = small.world.add_company(Company::new("Twin")).unwrap();
    small.world.mark_merged(EntityKind::Company, twin, small.company).unwrap();
    let sandbox = serve(small.world).await;
    let (portfolio, deals) = (small.portfolio, small.deals);
    for (list, entity) in
        [(portfolio, small.person), (portfolio, small.opportunity), (deals, small.opportunity)]
    {
        let path = format!("/lists/{list}/list-entries");
        let answer = call(&sandbox, Method::POST, &path, &json!({"entity_id": entity})).await;
        assert_eq!(refusal(&answer), wrong("entity_id"), "{list} {entity}");
    }
    let path = format!("/lists/{portfolio}/list-entries");
    assert_eq!(refusal(&call(&sandbox, Method::POST, &path, &json!({})).await), wrong("entity_id"));
    let body = json!({"entity_id": small.company, "creator_id": small.person});
    assert_eq!(refusal(&call(&sandbox, Method::POST, &path, &body).await), wrong("creator_id"));
    let merged = call(&sandbox, Method::POST, &path, &json!({"entity_id": twin})).await;
    let expected = format!("{twin} no longer exists as it has been merged into {}", small.company);
    assert_eq!((refusal(&merged), message(&merged)), (wrong("entity_id"), expected));
}

#[tokio::test]
async fn a_deleted_row_takes_its_values_along() {
    let small = small();
    let (list, row, company) = (small.portfolio, small.row, small.company);
    let (score, thesis) = (number(&small.score), number(&small.thesis));
    let sandbox = serve(small.world).await;
    let values = format!("/field-values?organization_id={company}");
    let before: Vec<_> = read(&sandbox, &values).await.as_array().unwrap().clone();
    assert_eq!(before.iter().map(|value| value["field_id"].clone()).collect::<Vec<_>>(), [thesis, score]);
    assert_eq!(delete(&sandbox, &format!("/lists/{list}/list-entries/{row}")).await, 200);
    let after = read(&sandbox, &values).await;
    assert_eq!((after[0]["field_id"].as_u64(), after.as_array().unwrap().len()), (Some(thesis), 1));
    assert_eq!(read(&sandbox, &format!("/organizations/{company}")).await["list_entries"], json!([]));
    assert_eq!(read(&sandbox, &format!("/v2/lists/{list}/list-entries")).await["data"], json!([]));
}

#[tokio::test]
async fn an_opportunity_goes_with_its_row() {
    let small = small();
    let sandbox = serve(small.world).await;
    let row = format!("/lists/{}/list-entries/{}", small.deals, small.deal_row);
    assert_eq!(delete(&sandbox, &row).await, 200);
    for path in ["/opportunities", "/v2/opportunities"] {
        assert_eq!(get(&sandbox, &format!("{path}/{}", small.opportunity)).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn who_cannot_manage_an_opportunity_cannot_delete_it() {
    let mut small = small();
    let colleague = small.world.add_user("Teodor", "Kvist", "teodor@quillfern-seed.example");
    small.world.restrict_opportunity(small.opportunity, [colleague]).unwrap();
    let person = small.world.add_person(Person::new("Juno")).unwrap();
    let list = small.world.add_list_field(small.deals, NewField::new("Lead", ValueType::Person)).unwrap();
    small.world.set_value(Place::Entry(small.deal_row), &list, CellValue::Person(person)).unwrap();
    let sandbox = serve(small.world).await;
    let row = format!("/lists/{}/list-entries/{}", small.deals, small.deal_row);
    let opportunity = format!("/opportunities/{}", small.opportunity);
    assert_eq!(delete(&sandbox, &row).await, 403);
    assert_eq!(delete(&sandbox, &opportunity).await, 403);
    let renamed = call(&sandbox, Method::PUT, &opportunity, &json!({"name": "Mine"})).await;
    assert_eq!(refusal(&renamed), (403, vec![String::new()]));
    assert_eq!(read(&sandbox, &format!("/field-values?list_entry_id={}", small.deal_row)).await, json!([]));
    let body = json!({"field_id": number(&small.amount), "entity_id": small.opportunity,
                      "list_entry_id": small.deal_row, "value": 5});
    assert_eq!(call(&sandbox, Method::POST, "/field-values", &body).await.status, 403);
}
