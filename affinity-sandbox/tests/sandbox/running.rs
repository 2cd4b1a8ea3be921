use affinity_sandbox::{Company, EntityKind, List, Sandbox};

use crate::support::{get, serve, small};

#[tokio::test]
async fn the_url_is_local_and_has_no_slash_at_the_end() {
    let sandbox = Sandbox::empty().await.unwrap();
    let port = sandbox.url().strip_prefix("http://127.0.0.1:").unwrap();
    assert!(port.parse::<u16>().is_ok());
}

#[tokio::test]
async fn a_dropped_sandbox_does_not_answer() {
    let sandbox = Sandbox::empty().await.unwrap();
    let client = reqwest::Client::new();
    let request = client
        .get(format!("{}/v2/lists", sandbox.url()))
        .bearer_auth(sandbox.api_key());
    assert_eq!(request.try_clone().unwrap().send().await.unwrap().status(), 200);
    let lists = format!("{}/v2/lists", sandbox.url());
    drop(sandbox);
    assert!(request.send().await.is_err(), "the open connection");
    assert!(reqwest::get(lists).await.unwrap_err().is_connect(), "a new one");
}

#[tokio::test]
async fn a_shut_down_sandbox_frees_its_port() {
    let sandbox = Sandbox::empty().await.unwrap();
    let port = sandbox.url().rsplit_once(':').unwrap().1.parse().unwrap();
    assert!(Sandbox::builder().port(port).start().await.is_err());
    sandbox.shutdown().await;
    let again = Sandbox::builder().port(port).start().await.unwrap();
    assert_eq!(get(&again, "/v2/lists").await.status, 200);
}

#[tokio::test]
async fn sandboxes_do_not_share_anything() {
    let (one, other) = (Sandbox::empty().await.unwrap(), Sandbox::empty().await.unwrap());
    let list = one.with_world(|world| world.add_list(List::new("Mine", EntityKind::Company)));
    assert_eq!(get(&one, "/v2/lists").await.ids(), [list]);
    assert!(get(&other, "/v2/lists").await.ids().is_empty());
    assert_eq!((one.requests().len(), other.requests().len()), (1, 1));
}

#[tokio::test]
async fn the_world_can_be_changed_between_requests() {
    let small = small();
    let sandbox = serve(small.world).await;
    let before = get(&sandbox, "/v2/companies").await.ids();
    let added = sandbox.with_world(|world| world.add_company(Company::new("Late")));
    let after = get(&sandbox, "/v2/companies").await.ids();
    assert_eq!(after, [before, vec![added]].concat());
}

#[test]
fn it_outlives_the_runtime_it_was_started_in() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let sandbox = runtime().block_on(Sandbox::empty()).unwrap();
    assert_eq!(runtime().block_on(get(&sandbox, "/v2/lists")).status, 200);
}
