use affinity_sandbox::{NewKey, Permission, Sandbox, World};
use serde_json::json;

use crate::support::{address, error, get, get_as, send, serve, small};

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
    for request in [
        client.get(&url),
        client.get(&url).bearer_auth("sandbox-key-0-0"),
        basic,
        raw,
    ] {
        let answer = send(request).await;
        assert_eq!(
            (answer.status, answer.errors()),
            (401, vec![error("authentication", None)])
        );
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
    sandbox
        .with_world(|world| world.revoke_key(sandbox.api_key()))
        .unwrap();
    assert_eq!(get(&sandbox, "/v2/auth/whoami").await.status, 401);
}

#[tokio::test]
async fn each_endpoint_asks_for_its_permission() {
    let small = small();
    let (list, row, company, person) = (small.portfolio, small.row, small.company, small.person);
    let entries = format!("/v2/lists/{list}/list-entries");
    let guarded = [
        (Permission::ExportCompanies, "/v2/companies".to_owned()),
        (Permission::ExportCompanies, format!("/v2/companies/{company}")),
        (Permission::ExportPersons, "/v2/persons".to_owned()),
        (Permission::ExportPersons, format!("/v2/persons/{person}")),
        (Permission::ExportLists, "/v2/opportunities".to_owned()),
        (
            Permission::ExportLists,
            format!("/v2/opportunities/{}", small.opportunity),
        ),
        (
            Permission::ExportLists,
            format!("/v2/companies/{company}/list-entries"),
        ),
        (
            Permission::ExportLists,
            format!("/v2/persons/{person}/list-entries"),
        ),
        (Permission::ExportLists, entries.clone()),
        (Permission::ExportLists, format!("{entries}/{row}")),
        (Permission::ExportLists, format!("{entries}/{row}/fields")),
        (
            Permission::ExportLists,
            format!("{entries}/{row}/fields/{}", small.score),
        ),
    ];
    let sandbox = serve(small.world).await;
    for (permission, path) in guarded {
        let refused = get_as(&sandbox, &sandbox.api_key_without(permission), &path).await;
        assert_eq!(
            (refused.status, refused.errors()),
            (403, vec![error("authorization", None)]),
            "{path}"
        );
        assert_eq!(get(&sandbox, &path).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn metadata_needs_no_permission() {
    let mut small = small();
    let user = small.world.main_user();
    let key = small.world.add_key(NewKey::of(user).permissions([])).unwrap();
    let sandbox = serve(small.world).await;
    let (company, list) = (small.company, small.portfolio);
    let open = [
        "/v2/auth/whoami".to_owned(),
        "/v2/lists".to_owned(),
        format!("/v2/lists/{list}"),
        format!("/v2/lists/{list}/fields"),
        format!("/v2/lists/{list}/saved-views"),
        "/v2/companies/fields".to_owned(),
        "/v2/persons/fields".to_owned(),
        format!("/v2/companies/{company}/lists"),
    ];
    for path in open {
        assert_eq!(get_as(&sandbox, &key, &path).await.status, 200, "{path}");
    }
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
