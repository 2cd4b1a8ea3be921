use affinity_sandbox::{Company, EntityKind, List, Sandbox, World};

use crate::support::{get, serve, small};

#[tokio::test]
async fn the_url_is_local_and_has_no_slash_at_the_end() {
    let sandbox = Sandbox::empty().await.unwrap();
    let port = sandbox.url().strip_prefix("http://127.0.0.1:").unwrap();
    assert!(port.parse::<u16>().is_ok());
}

/// Other tests may take a port the moment it is free, so an answer alone proves nothing: whose it is does.
async fn is_answered_by(request: reqwest::RequestBuilder, tenant: &str) -> bool {
    match request.send().await {
        Ok(answer) => answer.text().await.is_ok_and(|text| text.contains(tenant)),
        Err(_) => false,
    }
}

#[tokio::test]
async fn a_dropped_sandbox_does_not_answer() {
    let mut world = World::new();
    world.set_tenant("Soon gone", "soon-gone");
    let sandbox = serve(world).await;
    let whoami = format!("{}/v2/auth/whoami", sandbox.url());
    let (open, key) = (reqwest::Client::new(), sandbox.api_key().to_owned());
    let ask = |client: &reqwest::Client| client.get(&whoami).bearer_auth(&key);
    assert!(is_answered_by(ask(&open), "Soon gone").await);
    drop(sandbox);
    assert!(!is_answered_by(ask(&open), "Soon gone").await, "on the open connection");
    assert!(!is_answered_by(ask(&reqwest::Client::new()), "Soon gone").await, "on a new one");
}

#[tokio::test]
async fn a_shut_down_sandbox_frees_its_port() {
    // Another test may be quicker to take the port, but not each time.
    for _ in 0..10 {
        let sandbox = Sandbox::empty().await.unwrap();
        let port = sandbox.url().rsplit_once(':').unwrap().1.parse().unwrap();
        assert!(Sandbox::builder().port(port).start().await.is_err());
        sandbox.shutdown().await;
        if let Ok(again) = Sandbox::builder().port(port).start().await {
            assert_eq!(get(&again, "/v2/lists").await.status, 200);
            return;
        }
    }
    panic!("the port stays taken");
}

#[tokio::test]
async fn sandboxes_do_not_share_anything() {
    let (one, other) = (Sandbox::empty().await.unwrap(), Sandbox::empty().await.unwrap());
    let list = one.with_world(|world| world.add_list(List::new("Mine", EntityKind::Company)).unwrap());
    assert_eq!(get(&one, "/v2/lists").await.ids(), [list]);
    assert!(get(&other, "/v2/lists").await.ids().is_empty());
    assert_eq!((one.requests().len(), other.requests().len()), (1, 1));
}

#[tokio::test]
async fn the_world_can_be_changed_between_requests() {
    let small = small();
    let sandbox = serve(small.world).await;
    let before = get(&sandbox, "/v2/companies").await.ids();
    let added = sandbox.with_world(|world| world.add_company(Company::new("Late")).unwrap());
    let after = get(&sandbox, "/v2/companies").await.ids();
    assert_eq!(after, [before, vec![added]].concat());
}

#[test]
fn it_outlives_the_runtime_it_was_started_in() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let sandbox = runtime().block_on(Sandbox::empty()).unwrap();
    assert_eq!(runtime().block_on(get(&sandbox, "/v2/lists")).status, 200);
}
