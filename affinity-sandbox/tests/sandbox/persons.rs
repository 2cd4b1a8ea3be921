use affinity_sandbox::{EntityKind, List, Person, PersonKind};
use serde_json::json;

use crate::support::{error, get, serve, small};

#[tokio::test]
async fn a_person_has_the_documented_shape() {
    let mut small = small();
    let person = Person::new("Betavi").id(5_530).last_name("Dunemere").email("betavi@dunemere.example");
    small.world.add_person(person.email("b.dunemere@old.example")).unwrap();
    let sandbox = serve(small.world).await;
    assert_eq!(
        get(&sandbox, "/v2/persons/5530").await.json(),
        json!({"id": 5530, "firstName": "Betavi", "lastName": "Dunemere",
               "primaryEmailAddress": "betavi@dunemere.example",
               "emailAddresses": ["betavi@dunemere.example", "b.dunemere@old.example"],
               "type": "external", "fields": []})
    );
}

#[tokio::test]
async fn a_person_of_whom_little_is_known_still_has_a_first_name() {
    let mut small = small();
    let id = small.world.add_person(Person::nameless().kind(PersonKind::Collaborator)).unwrap();
    let sandbox = serve(small.world).await;
    assert_eq!(
        get(&sandbox, &format!("/v2/persons/{id}")).await.json(),
        json!({"id": id, "firstName": "", "lastName": null, "primaryEmailAddress": null, "emailAddresses": [],
               "type": "external", "fields": []})
    );
}

#[tokio::test]
async fn persons_are_picked_by_ids() {
    let small = small();
    let sandbox = serve(small.world).await;
    let path = format!("/v2/persons?ids={}&ids=4711", small.person);
    assert_eq!(get(&sandbox, &path).await.ids(), [small.person]);
    assert_eq!(get(&sandbox, "/v2/persons?ids=x").await.errors(), [error("validation", Some("ids"))]);
}

#[tokio::test]
async fn the_lists_and_rows_of_a_person() {
    let mut small = small();
    let list = small.world.add_list(List::new("Network", EntityKind::Person)).unwrap();
    let row = small.world.add_entry(list, small.person).unwrap();
    let sandbox = serve(small.world).await;
    assert_eq!(get(&sandbox, &format!("/v2/persons/{}/lists", small.person)).await.ids(), [list]);
    let rows = get(&sandbox, &format!("/v2/persons/{}/list-entries", small.person)).await;
    assert_eq!(rows.ids(), [row]);
    assert_eq!(rows.json()["data"][0]["fields"].as_array().unwrap().len(), 7 + 9 + 1);
}

#[tokio::test]
async fn an_unknown_person_is_404_everywhere() {
    let sandbox = serve(small().world).await;
    for path in ["", "/lists", "/list-entries"] {
        let answer = get(&sandbox, &format!("/v2/persons/4711{path}")).await;
        assert_eq!((answer.status, answer.errors()), (404, vec![error("not-found", None)]), "{path}");
    }
}
