use affinity_sandbox::{EntityKind, List, NewKey, SavedView, ViewKind, World, WorldError};
use serde_json::json;

use crate::support::{error, get, get_as, serve, small};

#[tokio::test]
async fn lists_have_the_documented_shape() {
    let mut small = small();
    let colleague = small.world.add_user("Teodor", "Kvist", "teodor@quillfern-seed.example");
    let user = small.world.main_user();
    let list = List::new("Network", EntityKind::Person).id(64).owner(colleague).creator(user);
    small.world.add_list(list).unwrap();
    let sandbox = serve(small.world).await;
    let expected = json!({"id": 64, "name": "Network", "creatorId": user, "ownerId": colleague,
                          "isPublic": true, "type": "person"});
    assert_eq!(get(&sandbox, "/v2/lists/64").await.json(), expected);
    let all = get(&sandbox, "/v2/lists").await;
    assert_eq!(all.ids(), [64, small.portfolio, small.deals]);
    assert_eq!(all.json()["data"][0], expected);
}

#[tokio::test]
async fn invisible_lists_are_left_out_and_404() {
    let mut small = small();
    let colleague = small.world.add_user("Teodor", "Kvist", "teodor@quillfern-seed.example");
    let secret = List::new("Secret", EntityKind::Company).private().owner(colleague);
    let secret = small.world.add_list(secret).unwrap();
    let row = small.world.add_entry(secret, small.company).unwrap();
    let view = small.world.add_view(secret, SavedView::new("All", ViewKind::Sheet)).unwrap();
    let sandbox = serve(small.world).await;
    assert_eq!(get(&sandbox, "/v2/lists").await.ids(), [small.portfolio, small.deals]);
    let company = small.company;
    assert_eq!(get(&sandbox, &format!("/v2/companies/{company}/lists")).await.ids(), [small.portfolio]);
    assert_eq!(get(&sandbox, &format!("/v2/companies/{company}/list-entries")).await.ids(), [small.row]);
    for path in [
        String::new(),
        "/fields".into(),
        "/list-entries".into(),
        format!("/list-entries/{row}"),
        format!("/list-entries/{row}/fields"),
        "/saved-views".into(),
        format!("/saved-views/{view}"),
        format!("/saved-views/{view}/list-entries"),
    ] {
        let answer = get(&sandbox, &format!("/v2/lists/{secret}{path}")).await;
        assert_eq!((answer.status, answer.errors()), (404, vec![error("not-found", None)]), "{path}");
    }
}

#[tokio::test]
async fn private_lists_are_seen_by_owner_and_guests() {
    let mut small = small();
    let owner = small.world.add_user("Teodor", "Kvist", "teodor@quillfern-seed.example");
    let guest = small.world.add_user("Liwen", "Crane", "liwen@quillfern-seed.example");
    let list = List::new("Secret", EntityKind::Company).private().owner(owner).shared_with(guest);
    let list = small.world.add_list(list).unwrap();
    let keys = [owner, guest].map(|user| small.world.add_key(NewKey::of(user)).unwrap());
    let sandbox = serve(small.world).await;
    for key in keys {
        let answer = get_as(&sandbox, &key, &format!("/v2/lists/{list}")).await;
        assert_eq!((answer.status, &answer.json()["isPublic"]), (200, &json!(false)));
    }
}

#[test]
fn a_list_has_an_id_of_its_own_and_an_owner_and_creator_that_exist() {
    let mut small = small();
    let list = || List::new("Another", EntityKind::Company);
    assert!(small.world.add_list(list().id(small.portfolio)).is_err());
    assert!(small.world.add_list(list().id(1 << 53)).is_err());
    assert!(small.world.add_list(list().owner(4_711)).is_err());
    assert!(small.world.add_list(list().creator(4_711)).is_err());
    assert!(small.world.add_list(list().shared_with(4_711)).is_err());
    assert!(small.world.add_list(list().id(64)).is_ok());
}

#[test]
fn a_list_is_made_at_a_time_the_api_could_tell() {
    let mut world = World::new();
    for wrong in ["+10000-01-01T00:00:00Z", "-0001-12-31T23:59:59Z"] {
        let list = List::new("Late", EntityKind::Company).created_at(wrong.parse().unwrap());
        assert!(matches!(world.add_list(list), Err(WorldError::Unsayable(_))));
    }
}
