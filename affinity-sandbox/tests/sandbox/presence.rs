//! Companies and persons that were merged away or deleted.

use affinity_sandbox::{CellValue, Company, EntityKind, NewField, Person, Place, ValueType};
use serde_json::json;

use crate::support::{error, get, serve, small};

#[tokio::test]
async fn a_merged_company_is_422_with_both_ids() {
    let mut small = small();
    let survivor = small.world.add_company(Company::new("Tessel Group").id(60)).unwrap();
    small.world.mark_merged(EntityKind::Company, small.company, survivor).unwrap();
    let sandbox = serve(small.world).await;
    for path in ["", "/lists", "/list-entries"] {
        let answer = get(&sandbox, &format!("/v2/companies/{}{path}", small.company)).await;
        assert_eq!((answer.status, answer.errors()), (422, vec![error("unprocessable-entity", None)]));
        let message = format!("{} no longer exists as it has been merged into 60", small.company);
        assert_eq!(answer.json()["errors"][0]["message"], message);
    }
}

#[tokio::test]
async fn a_merged_person_is_422_too() {
    let mut small = small();
    let survivor = small.world.add_person(Person::new("Alvio").id(61)).unwrap();
    small.world.mark_merged(EntityKind::Person, small.person, survivor).unwrap();
    let sandbox = serve(small.world).await;
    assert_eq!(get(&sandbox, &format!("/v2/persons/{}", small.person)).await.status, 422);
}

#[tokio::test]
async fn merged_and_deleted_ones_are_left_out_of_collections() {
    let mut small = small();
    let survivor = small.world.add_company(Company::new("Tessel Group")).unwrap();
    let deleted = small.world.add_company(Company::new("Gone")).unwrap();
    small.world.mark_merged(EntityKind::Company, small.company, survivor).unwrap();
    small.world.mark_deleted(EntityKind::Company, deleted).unwrap();
    let sandbox = serve(small.world).await;
    let all = get(&sandbox, "/v2/companies").await.ids();
    assert!(!all.contains(&small.company) && !all.contains(&deleted));
    let path = format!("/v2/companies?ids={}&ids={deleted}&ids={survivor}", small.company);
    assert_eq!(get(&sandbox, &path).await.ids(), [survivor]);
}

#[tokio::test]
async fn rows_pass_to_the_survivor() {
    let mut small = small();
    let survivor = small.world.add_company(Company::new("Tessel Group")).unwrap();
    small.world.mark_merged(EntityKind::Company, small.company, survivor).unwrap();
    let sandbox = serve(small.world).await;
    assert_eq!(get(&sandbox, &format!("/v2/companies/{survivor}/list-entries")).await.ids(), [small.row]);
    let row =
        get(&sandbox, &format!("/v2/lists/{}/list-entries/{}", small.portfolio, small.row)).await.json();
    assert_eq!(row["entity"]["id"], survivor);
}

#[tokio::test]
async fn a_deleted_one_is_404_and_takes_its_rows_along() {
    let mut small = small();
    small.world.mark_deleted(EntityKind::Company, small.company).unwrap();
    small.world.mark_deleted(EntityKind::Person, small.person).unwrap();
    let sandbox = serve(small.world).await;
    let gone = [
        format!("/v2/companies/{}", small.company),
        format!("/v2/companies/{}/lists", small.company),
        format!("/v2/persons/{}", small.person),
        format!("/v2/lists/{}/list-entries/{}", small.portfolio, small.row),
    ];
    for path in gone {
        let answer = get(&sandbox, &path).await;
        assert_eq!((answer.status, answer.errors()), (404, vec![error("not-found", None)]), "{path}");
    }
    assert!(get(&sandbox, &format!("/v2/lists/{}/list-entries", small.portfolio)).await.ids().is_empty());
}

#[tokio::test]
async fn mentions_follow_merges_and_lose_the_deleted() {
    let mut small = small();
    let people = NewField::new("People", ValueType::PersonMulti);
    let people = small.world.add_list_field(small.portfolio, people).unwrap();
    let [twin, gone] = ["Twin", "Gone"].map(|name| small.world.add_person(Person::new(name)).unwrap());
    let value = CellValue::PersonMulti(vec![twin, gone]);
    small.world.set_value(Place::Entry(small.row), &people, value).unwrap();
    small.world.mark_merged(EntityKind::Person, twin, small.person).unwrap();
    small.world.mark_deleted(EntityKind::Person, gone).unwrap();
    let path = format!("/v2/lists/{}/list-entries/{}/fields/{people}", small.portfolio, small.row);
    let sandbox = serve(small.world).await;
    let data = get(&sandbox, &path).await.json()["value"]["data"].clone();
    assert_eq!((data.as_array().unwrap().len(), &data[0]["id"]), (1, &json!(small.person)));
    sandbox.with_world(|world| world.mark_deleted(EntityKind::Person, small.person)).unwrap();
    assert_eq!(get(&sandbox, &path).await.json()["value"]["data"], json!(null));
}

#[tokio::test]
async fn what_is_done_to_a_duplicate_later_is_done_to_the_survivor() {
    let mut small = small();
    let survivor = small.world.add_company(Company::new("Tessel Group")).unwrap();
    small.world.mark_merged(EntityKind::Company, small.company, survivor).unwrap();
    let row = small.world.add_entry(small.portfolio, small.company).unwrap();
    let value = CellValue::Text("Late".into());
    small.world.set_value(Place::Company(small.company), &small.thesis, value).unwrap();
    let sandbox = serve(small.world).await;
    assert_eq!(
        get(&sandbox, &format!("/v2/companies/{survivor}/list-entries")).await.ids(),
        [small.row, row]
    );
    let company = get(&sandbox, &format!("/v2/companies/{survivor}?fieldTypes=global")).await.json();
    assert_eq!(company["fields"][0]["value"]["data"], "Late");
}

#[test]
fn merges_do_not_go_round() {
    let mut small = small();
    let other = small.world.add_company(Company::new("Other")).unwrap();
    assert!(small.world.mark_merged(EntityKind::Company, other, other).is_err());
    small.world.mark_merged(EntityKind::Company, small.company, other).unwrap();
    assert!(small.world.mark_merged(EntityKind::Company, other, small.company).is_err());
    assert!(small.world.mark_merged(EntityKind::Opportunity, small.opportunity, other).is_err());
}

#[test]
fn what_is_merged_away_or_deleted_is_not_merged_again() {
    let mut world = affinity_sandbox::World::new();
    let [a, b, c] = ["A", "B", "C"].map(|name| world.add_company(Company::new(name)).unwrap());
    world.mark_merged(EntityKind::Company, c, a).unwrap();
    world.mark_merged(EntityKind::Company, a, b).unwrap();
    assert!(world.mark_merged(EntityKind::Company, a, c).is_err());
    assert!(world.mark_merged(EntityKind::Company, c, b).is_err());
    world.mark_deleted(EntityKind::Company, b).unwrap();
    let d = world.add_company(Company::new("D")).unwrap();
    assert!(world.mark_merged(EntityKind::Company, b, d).is_err());
    assert_eq!(world.company_ids().collect::<Vec<_>>(), [d]);
}

#[tokio::test]
async fn a_merge_into_one_that_was_merged_ends_at_the_last_survivor() {
    let mut small = small();
    let [middle, last] = ["Middle", "Last"].map(|name| small.world.add_company(Company::new(name)).unwrap());
    small.world.mark_merged(EntityKind::Company, middle, last).unwrap();
    small.world.mark_merged(EntityKind::Company, small.company, middle).unwrap();
    let sandbox = serve(small.world).await;
    assert_eq!(get(&sandbox, &format!("/v2/companies/{last}/list-entries")).await.ids(), [small.row]);
    let gone = get(&sandbox, &format!("/v2/companies/{}", small.company)).await;
    let message = format!("{} no longer exists as it has been merged into {last}", small.company);
    assert_eq!(gone.json()["errors"][0]["message"], message);
}

#[tokio::test]
async fn who_is_merged_into_another_of_the_same_value_comes_once() {
    let mut small = small();
    let people = NewField::new("People", ValueType::PersonMulti);
    let people = small.world.add_list_field(small.portfolio, people).unwrap();
    let twin = small.world.add_person(Person::new("Twin")).unwrap();
    let value = CellValue::PersonMulti(vec![twin, small.person]);
    small.world.set_value(Place::Entry(small.row), &people, value).unwrap();
    small.world.mark_merged(EntityKind::Person, twin, small.person).unwrap();
    let path = format!("/v2/lists/{}/list-entries/{}/fields/{people}", small.portfolio, small.row);
    let sandbox = serve(small.world).await;
    let data = get(&sandbox, &path).await.json()["value"]["data"].clone();
    assert_eq!((data.as_array().unwrap().len(), &data[0]["id"]), (1, &json!(small.person)));
}
