//! Keys, limits, and the ways to give parameters.

use affinity_sandbox::{Method, Sandbox, World};
use serde_json::json;

use crate::support::{address, get, send, serve, small, start};
use crate::v1_support::{call, message, read, refusal, write, wrong};

#[tokio::test]
async fn whoami_has_the_documented_shape() {
    let sandbox = Sandbox::empty().await.unwrap();
    assert_eq!(
        read(&sandbox, "/auth/whoami").await,
        json!({
            "tenant": {"id": 77, "name": "Quillfern Seed", "subdomain": "quillfern-seed"},
            "user": {"id": 50001, "firstName": "Ines", "lastName": "Falk", "email": "ines@quillfern-seed.example"},
            "grant": {"type": "api_key", "scope": "external_api", "createdAt": "2025-01-06T00:00:00.000-08:00"}
        })
    );
}

#[tokio::test]
async fn a_key_comes_as_password_or_as_bearer_token() {
    let sandbox = Sandbox::empty().await.unwrap();
    let (client, url) = (reqwest::Client::new(), address(&sandbox, "/lists"));
    let basic = send(client.get(&url).basic_auth("", Some(sandbox.api_key()))).await;
    let bearer = send(client.get(&url).bearer_auth(sandbox.api_key())).await;
    assert_eq!((basic.status, bearer.status), (200, 200));
    let schemes: Vec<_> = sandbox.requests().iter().map(|request| request.auth_scheme).collect();
    assert_eq!(schemes, [Some("basic"), Some("bearer")]);
    let refused = [
        client.get(&url),
        client.get(&url).basic_auth("", Some("no key")),
        client.get(&url).basic_auth("ines", Some(sandbox.api_key())),
        client.get(&url).basic_auth(sandbox.api_key(), None::<&str>),
        client.get(&url).header("authorization", "Basic ???"),
    ];
    for request in refused {
        assert_eq!(refusal(&send(request).await), (401, vec![String::new()]));
    }
}

#[tokio::test]
async fn what_tells_about_the_key_does_not_count_for_the_month() {
    let builder = Sandbox::builder().requests_per_month(Some(100)).manual_clock();
    let sandbox = start(builder).await;
    for path in ["/auth/whoami", "/rate-limit", "/lists", "/v2/lists"] {
        get(&sandbox, path).await;
    }
    assert_eq!(
        read(&sandbox, "/rate-limit").await,
        json!({"rate": {
            "org_monthly": {"limit": 100, "remaining": 98, "reset": 1_425_600, "used": 2},
            "api_key_per_minute": {"limit": 900, "remaining": 895, "reset": 60, "used": 5},
        }})
    );
}

#[tokio::test]
async fn an_unlimited_plan_tells_no_month() {
    let sandbox = Sandbox::empty().await.unwrap();
    let limits = read(&sandbox, "/rate-limit").await;
    let keys: Vec<_> = limits["rate"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["api_key_per_minute"]);
}

#[tokio::test]
async fn too_many_requests_are_refused_in_the_form_of_this_api() {
    let sandbox = start(Sandbox::builder().requests_per_minute(1)).await;
    assert_eq!(get(&sandbox, "/lists").await.status, 200);
    let answer = get(&sandbox, "/lists").await;
    assert_eq!(answer.json(), json!({"errors": [{"message": "too many requests"}]}));
    assert_eq!(answer.status, 429);
}

#[tokio::test]
async fn a_form_is_as_good_as_json() {
    let small = small();
    let (company, person) = (small.company, small.person);
    let sandbox = serve(small.world).await;
    let form = "name=Norrhav+Wind&domain=norrhav.example&person_ids[]=50002&person_ids[]=50001";
    let request = reqwest::Client::new().post(address(&sandbox, "/organizations"));
    let request = request.bearer_auth(sandbox.api_key()).body(form);
    let answer = send(request.header("content-type", "application/x-www-form-urlencoded")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.json()["person_ids"], json!([50001, 50002]));
    // Encoded brackets are brackets, and a single name may be repeated.
    for form in [format!("organization_ids%5B%5D={company}"), format!("organization_ids={company}")] {
        let request = reqwest::Client::new().put(address(&sandbox, &format!("/persons/{person}")));
        let request = request.bearer_auth(sandbox.api_key()).body(form);
        let answer = send(request.header("content-type", "application/x-www-form-urlencoded")).await;
        assert_eq!(answer.json()["organization_ids"], json!([company]), "{}", answer.text);
    }
}

#[tokio::test]
async fn parameters_of_a_write_may_be_in_the_query() {
    let sandbox = Sandbox::empty().await.unwrap();
    let path = "/organizations?name=From+the+query&domain=query.example";
    let made = write(&sandbox, Method::POST, path, &json!({"name": "From the body"})).await;
    assert_eq!((&made["name"], &made["domain"]), (&json!("From the body"), &json!("query.example")));
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once() {
    let sandbox = Sandbox::empty().await.unwrap();
    let body = json!({"type": 3, "is_public": "true", "owner_id": "me"});
    let answer = call(&sandbox, Method::POST, "/lists", &body).await;
    let params = ["name", "type", "is_public", "owner_id"].map(str::to_owned);
    assert_eq!(refusal(&answer), (422, params.into()));
    let keys: Vec<_> = answer.json()["errors"][0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(keys, ["message", "param"]);
}

#[tokio::test]
async fn a_body_that_is_none_is_refused() {
    let sandbox = Sandbox::empty().await.unwrap();
    for (content_type, body) in [
        ("application/json", "{"),
        ("application/json", "[]"),
        ("application/json", ""),
        ("text/plain", "name=A"),
    ] {
        let request = reqwest::Client::new().post(address(&sandbox, "/organizations"));
        let request = request.bearer_auth(sandbox.api_key()).header("content-type", content_type);
        assert_eq!(refusal(&send(request.body(body)).await), wrong(""), "{content_type} {body}");
    }
}

#[tokio::test]
async fn unknown_parameters_are_ignored() {
    let sandbox = serve(small().world).await;
    let plain = read(&sandbox, "/persons").await;
    assert_eq!(read(&sandbox, "/persons?filter=x&limit=0&cursor=y").await, plain);
    let body = json!({"name": "A", "phone_numbers": 5, "color": null});
    assert_eq!(call(&sandbox, Method::POST, "/organizations", &body).await.status, 200);
}

#[tokio::test]
async fn a_user_without_access_sees_nothing() {
    let mut world = World::new();
    let colleague = world.add_user("Teodor", "Kvist", "teodor@quillfern-seed.example");
    let list = affinity_sandbox::List::new("Deals", affinity_sandbox::EntityKind::Opportunity);
    let list = world.add_list(list.private().owner(colleague)).unwrap();
    let deal = world.add_opportunity(list, "Hidden").unwrap();
    let sandbox = serve(world).await;
    assert_eq!(read(&sandbox, "/lists").await, json!([]));
    assert_eq!(read(&sandbox, "/opportunities").await["opportunities"], json!([]));
    for path in [
        format!("/lists/{list}"),
        format!("/lists/{list}/list-entries"),
        format!("/lists/{list}/list-entries/{}", deal.entry),
        format!("/opportunities/{}", deal.opportunity),
    ] {
        assert_eq!(get(&sandbox, &path).await.status, 404, "{path}");
    }
    let answer = get(&sandbox, &format!("/field-values?opportunity_id={}", deal.opportunity)).await;
    assert_eq!(
        message(&answer),
        format!("Field opportunity_id: expected {} to be a valid id", deal.opportunity)
    );
}

#[tokio::test]
async fn an_id_in_a_path_is_written_in_one_way() {
    let sandbox = serve(World::new()).await;
    assert_eq!(get(&sandbox, "/persons/50001").await.status, 200);
    for id in ["+50001", "%2B50001", "050001", "50001.0", "%2050001", "0", "-1"] {
        assert_eq!(refusal(&get(&sandbox, &format!("/persons/{id}")).await), wrong("person_id"), "{id}");
    }
}
