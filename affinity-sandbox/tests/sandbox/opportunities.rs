use affinity_sandbox::{EntityKind, List};
use serde_json::json;

use crate::support::{error, get, serve, small};

#[tokio::test]
async fn an_opportunity_has_the_documented_shape_and_never_fields() {
    let small = small();
    let sandbox = serve(small.world).await;
    let expected = json!({"id": small.opportunity, "name": "Tessel, Seed", "listId": small.deals});
    let path = format!("/v2/opportunities/{}", small.opportunity);
    assert_eq!(get(&sandbox, &path).await.json(), expected);
    assert_eq!(get(&sandbox, &format!("{path}?fieldTypes=list")).await.json(), expected);
    assert_eq!(get(&sandbox, "/v2/opportunities").await.json()["data"], json!([expected]));
}

#[tokio::test]
async fn unknown_ids_are_skipped_and_malformed_ones_refused() {
    let small = small();
    let sandbox = serve(small.world).await;
    let path = format!("/v2/opportunities?ids=4711&ids={}", small.opportunity);
    assert_eq!(get(&sandbox, &path).await.ids(), [small.opportunity]);
    let malformed = get(&sandbox, "/v2/opportunities?ids=4711x").await;
    assert_eq!(malformed.errors(), [error("validation", Some("ids"))]);
}

#[tokio::test]
async fn opportunities_of_invisible_lists_are_not_there() {
    let mut small = small();
    let colleague = small.world.add_user("Teodor", "Kvist", "teodor@quillfern-seed.example");
    let secret = small
        .world
        .add_list(List::new("Secret", EntityKind::Opportunity).private().owner(colleague))
        .unwrap();
    let hidden = small.world.add_opportunity(secret, "Quiet deal").unwrap().opportunity;
    let sandbox = serve(small.world).await;
    assert_eq!(get(&sandbox, &format!("/v2/opportunities/{hidden}")).await.status, 404);
    assert_eq!(get(&sandbox, "/v2/opportunities").await.ids(), [small.opportunity]);
    assert!(get(&sandbox, &format!("/v2/opportunities?ids={hidden}")).await.ids().is_empty());
}
