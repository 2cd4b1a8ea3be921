use affinity_sandbox::{NewKey, Sandbox, World};
use serde_json::json;

use crate::support::{address, error, get, get_as, send, serve};

#[tokio::test]
async fn whoami_has_the_documented_shape() {
    let sandbox = Sandbox::empty().await.unwrap();
    let answer = get(&sandbox, "/v2/auth/whoami").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(
        answer.json(),
        json!({
            "tenant": {"id": 77, "name": "Quillfern Seed", "subdomain": "quillfern-seed"},
            "user": {"id": 50001, "firstName": "Ines", "lastName": "Falk",
                     "emailAddress": "ines@quillfern-seed.example"},
            "grant": {"type": "api-key", "scopes": ["api"], "createdAt": "2025-01-06T08:00:00Z"}
        })
    );
}

#[tokio::test]
async fn the_user_is_a_person_as_well() {
    let sandbox = Sandbox::empty().await.unwrap();
    let person = get(&sandbox, "/v2/persons/50001").await.json();
    assert_eq!(person["type"], "internal");
    assert_eq!(person["primaryEmailAddress"], "ines@quillfern-seed.example");
}

#[tokio::test]
async fn without_a_valid_bearer_key_there_is_only_401() {
    let sandbox = Sandbox::empty().await.unwrap();
    let client = reqwest::Client::new();
    let url = address(&sandbox, "/v2/lists");
    let basic = client.get(&url).basic_auth("", Some(sandbox.api_key()));
    let raw = client.get(&url).header("authorization", sandbox.api_key());
    for request in [client.get(&url), client.get(&url).bearer_auth("sandbox-key-0-0"), basic, raw] {
        let answer = send(request).await;
        assert_eq!((answer.status, answer.errors()), (401, vec![error("authentication", None)]));
    }
}

#[tokio::test]
async fn the_scheme_is_case_insensitive() {
    let sandbox = Sandbox::empty().await.unwrap();
    let request = reqwest::Client::new().get(address(&sandbox, "/v2/lists"));
    let answer = send(request.header("authorization", format!("bearer {}", sandbox.api_key()))).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_revoked_key_is_refused() {
    let sandbox = Sandbox::empty().await.unwrap();
    sandbox.with_world(|world| world.revoke_key(sandbox.api_key())).unwrap();
    assert_eq!(get(&sandbox, "/v2/auth/whoami").await.status, 401);
}

#[tokio::test]
async fn keys_belong_to_users() {
    let mut world = World::new();
    let user = world.add_user("Teodor", "Kvist", "teodor@quillfern-seed.example");
    let key = world.add_key(NewKey::of(user)).unwrap();
    assert!(world.add_key(NewKey::of(4711)).is_err());
    let sandbox = serve(world).await;
    let answer = get_as(&sandbox, &key, "/v2/auth/whoami").await;
    assert_eq!(answer.json()["user"]["firstName"], "Teodor");
}

#[tokio::test]
async fn keys_are_not_printed() {
    let sandbox = Sandbox::empty().await.unwrap();
    let printed = sandbox.with_world(|world| format!("{sandbox:?} {world:?} {:#?}", Sandbox::builder()));
    assert!(!printed.contains(sandbox.api_key()), "{printed}");
}

#[test]
fn the_main_user_outlives_the_main_key() {
    let mut world = World::new();
    let user = world.main_user();
    let key = world.api_key().to_owned();
    world.revoke_key(&key).unwrap();
    assert_eq!(world.main_user(), user);
    assert!(world.add_key(NewKey::of(world.main_user())).is_ok());
}
