//! Nothing is written to, or read on in, another workspace than was meant.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use affinity::update::EntryUpdate;
use affinity::{Affinity, AffinityBuilder, ApiKey, Cursor, Error, Event, KeyProvider, Result};
use affinity_sandbox::{Method, RecordedRequest, Reply, Sandbox, World};
use futures::TryStreamExt;
use futures::future::{BoxFuture, join_all};

use crate::support::{client, list};

const WHOAMI: &str = "/v2/auth/whoami";

fn builder(sandbox: &Sandbox) -> AffinityBuilder {
    Affinity::builder().base_url(sandbox.url()).api_key(sandbox.api_key())
}

/// The demo belongs to this one.
const HOME: &str = "quillfern-seed";

fn asked(sandbox: &Sandbox) -> usize {
    sandbox.requests().iter().filter(|request| request.path == WHOAMI).count()
}

fn writes(requests: &[RecordedRequest]) -> usize {
    requests.iter().filter(|request| request.method != Method::GET).count()
}

#[tokio::test]
async fn the_workspace_is_asked_for_once_before_the_first_write() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = builder(&sandbox).expect_workspace("Quillfern-Seed").build().unwrap();
    let _ = affinity.lists().list().send().await.unwrap();
    assert_eq!(asked(&sandbox), 0, "reads are not held up");
    let calls = ["Tessel", "Umber", "Vale"].map(|name| {
        let call = affinity.companies().create(name);
        async move { call.send().await.map(|_| ()) }
    });
    let made: Result<Vec<_>> = join_all(calls).await.into_iter().collect();
    made.unwrap();
    affinity.persons().create("Ada", "Falk", Vec::<String>::new()).send().await.unwrap();
    assert_eq!((asked(&sandbox), writes(&sandbox.requests())), (1, 4));
}

#[tokio::test]
async fn nothing_is_written_to_another_workspace() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = builder(&sandbox).expect_workspace("acme").build().unwrap();
    for _ in 0..2 {
        let error = affinity.companies().create("Tessel").send().await.unwrap_err();
        assert!(error.is_wrong_workspace() && !error.is_retryable() && !error.is_outcome_unknown());
        assert_eq!(
            error.to_string(),
            "v1_create_organization: the key belongs to the workspace \"quillfern-seed\", not to \"acme\" as \
             expect_workspace has it; it was not sent"
        );
    }
    let list = affinity.lists().list().send().await.unwrap().items.remove(0).id;
    let entry = affinity.lists().entries(list).send().await.unwrap().items.remove(0).id;
    let set = affinity.lists().entry(list, entry).set_cell("field-1", 1).send().await.unwrap_err();
    assert!(set.is_wrong_workspace(), "v2 writes too: {set}");
    assert_eq!((writes(&sandbox.requests()), asked(&sandbox)), (0, 1));
}

#[tokio::test]
async fn a_write_is_not_sent_while_the_workspace_is_not_known() {
    let sandbox = Sandbox::demo().await.unwrap();
    sandbox.reply(Method::GET, WHOAMI, Reply::json(500, r#"{"errors":[]}"#));
    let affinity = builder(&sandbox).expect_workspace(HOME).build().unwrap();
    let create = || affinity.companies().create("Tessel").send();
    let error = create().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "v1_create_organization: not sent, since whose the key is could not be found out: whoami: 500 Internal Server Error"
    );
    assert_eq!((error.operation(), error.is_outcome_unknown()), (Some("v1_create_organization"), false));
    assert_eq!(writes(&sandbox.requests()), 0);
    create().await.unwrap();
}

#[tokio::test]
async fn one_place_is_enough_to_ask_and_write() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = builder(&sandbox).expect_workspace(HOME).concurrency(1).build().unwrap();
    affinity.companies().create("Tessel").send().await.unwrap();
}

/// Gives the key it is told.
struct Told(Mutex<ApiKey>);

impl KeyProvider for Told {
    fn key<'a>(&'a self, _: Option<&'a ApiKey>) -> BoxFuture<'a, Result<ApiKey>> {
        let key = self.0.lock().unwrap().clone();
        Box::pin(async move { Ok(key) })
    }
}

#[tokio::test]
async fn another_key_is_asked_about_anew() {
    let sandbox = Sandbox::demo().await.unwrap();
    let provider = Arc::new(Told(Mutex::new(ApiKey::new(sandbox.api_key()).unwrap())));
    let affinity = builder(&sandbox).key_provider(provider.clone()).expect_workspace(HOME).build().unwrap();
    let create = || affinity.companies().create("Tessel").send();
    create().await.unwrap();
    let elsewhere = r#"{"tenant":{"id":9,"name":"Umber","subdomain":"umber"},"user":{"id":1,"firstName":"A","lastName":null,"emailAddress":"a@umber.example"},"grant":{"type":"api-key","scopes":["api"],"createdAt":"2024-11-05T08:12:44Z"}}"#;
    sandbox.reply(Method::GET, WHOAMI, Reply::json(200, elsewhere));
    *provider.0.lock().unwrap() = ApiKey::new("the-key-of-another").unwrap();
    assert!(create().await.unwrap_err().is_wrong_workspace());
}

#[tokio::test]
async fn a_key_that_changes_back_is_not_asked_about_again() {
    let sandbox = Sandbox::demo().await.unwrap();
    let other = sandbox.api_key_without(affinity_sandbox::Permission::ManageDuplicates);
    let keys = [sandbox.api_key(), other.as_str()].map(|key| ApiKey::new(key).unwrap());
    let provider = Arc::new(Told(Mutex::new(keys[0].clone())));
    let affinity = builder(&sandbox).key_provider(provider.clone()).expect_workspace(HOME).build().unwrap();
    for turn in 0..6 {
        *provider.0.lock().unwrap() = keys[turn % 2].clone();
        affinity.companies().create("Tessel").send().await.unwrap();
    }
    assert_eq!(asked(&sandbox), 2);
}

/// Gives the second key once the first is refused.
struct Renewing(Mutex<Vec<ApiKey>>);

impl KeyProvider for Renewing {
    fn key<'a>(&'a self, refused: Option<&'a ApiKey>) -> BoxFuture<'a, Result<ApiKey>> {
        let mut keys = self.0.lock().unwrap();
        if refused.is_some() {
            keys.remove(0);
        }
        let key = keys[0].clone();
        Box::pin(async move { Ok(key) })
    }
}

#[tokio::test]
async fn a_key_that_is_refused_when_its_workspace_is_asked_for_is_changed_for_another() {
    let sandbox = Sandbox::demo().await.unwrap();
    let keys = ["revoked", sandbox.api_key()].map(|key| ApiKey::new(key).unwrap());
    let provider = Arc::new(Renewing(Mutex::new(keys.to_vec())));
    let affinity = builder(&sandbox).key_provider(provider).expect_workspace(HOME).build().unwrap();
    affinity.companies().create("Tessel").send().await.unwrap();
    assert_eq!((asked(&sandbox), writes(&sandbox.requests())), (2, 1));
}

#[tokio::test]
async fn a_run_over_many_rows_ends_with_the_first_that_would_go_elsewhere() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = builder(&sandbox).expect_workspace("acme").build().unwrap();
    let pipeline = affinity.lists().find("Pipeline").await.unwrap().id;
    let entries = affinity.lists().entries(pipeline).send().await.unwrap().items;
    let updates = entries.iter().map(|entry| EntryUpdate::new(entry.id).set("Next step", "Call"));
    let before = sandbox.requests().len();
    let run = affinity.lists().updates(pipeline, updates.collect::<Vec<_>>()).concurrency(2);
    let reports: Vec<_> = run.send().unwrap().try_collect().await.unwrap();
    assert_eq!(reports.len(), 100);
    assert!(reports.iter().all(|report| report.outcome.error().is_some_and(Error::is_wrong_workspace)));
    assert!(sandbox.requests().len() - before < 20, "{}", sandbox.requests().len() - before);
    assert_eq!(writes(&sandbox.requests()), 0);
}

/// A workspace with three lists, a page each.
async fn three_lists(tenant: Option<&str>) -> Sandbox {
    let mut world = World::new();
    tenant.into_iter().for_each(|name| world.set_tenant(name, name));
    let sandbox = Sandbox::builder().world(world).start().await.unwrap();
    for (id, next) in [(1, Some("p2")), (2, Some("p3")), (3, None)] {
        let next = next.map(|token| format!("https://crm.example/v2/lists?cursor={token}"));
        let page = affinity_tests::page(&[list(id)], next.as_deref());
        sandbox.reply(Method::GET, "/v2/lists", Reply::json(200, page));
    }
    sandbox
}

async fn first_cursor(affinity: &Affinity) -> Cursor {
    affinity.lists().list().send().await.unwrap().next.unwrap()
}

#[tokio::test]
async fn a_cursor_of_another_workspace_is_refused_and_nothing_is_read() {
    let (here, there) = (three_lists(None).await, three_lists(Some("umber")).await);
    let printed = first_cursor(&builder(&here).build().unwrap()).await.to_string();
    assert!(printed.starts_with("list_lists@77:") && printed.ends_with(":p2"), "{printed}");
    let affinity = builder(&there).build().unwrap();
    let lists = affinity.lists().list().resume_from(printed.parse().unwrap());
    for error in [
        lists.clone().send().await.unwrap_err(),
        lists.clone().stream().try_collect::<Vec<_>>().await.unwrap_err(),
    ] {
        assert!(
            error.is_input()
                && error.to_string().contains("comes from the workspace 77, and the key belongs")
        );
    }
    assert!(there.requests().iter().all(|request| request.path == WHOAMI));
}

#[tokio::test]
async fn a_cursor_goes_on_in_its_own_workspace_with_whatever_client() {
    let sandbox = three_lists(None).await;
    let printed = first_cursor(&builder(&sandbox).build().unwrap()).await.to_string();
    let later = builder(&sandbox).build().unwrap();
    let rest: Vec<_> =
        later.lists().list().resume_from(printed.parse().unwrap()).stream().try_collect().await.unwrap();
    assert_eq!(rest.iter().map(|list| list.id.get()).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(asked(&sandbox), 2, "once for each client");
}

#[tokio::test]
async fn a_walk_asks_once_and_a_single_page_never() {
    let sandbox = three_lists(None).await;
    let affinity = builder(&sandbox).build().unwrap();
    let all: Vec<_> = affinity.lists().list().stream().try_collect().await.unwrap();
    assert_eq!((all.len(), asked(&sandbox)), (3, 1));
    let sandbox = Sandbox::demo().await.unwrap();
    let _ = builder(&sandbox).build().unwrap().lists().list().send().await.unwrap();
    assert_eq!(asked(&sandbox), 0);
}

#[tokio::test]
async fn a_walk_goes_on_where_the_workspace_cannot_be_known() {
    let sandbox = three_lists(None).await;
    for _ in 0..8 {
        sandbox.reply(Method::GET, WHOAMI, Reply::json(404, r#"{"errors":[]}"#));
    }
    let affinity = builder(&sandbox).build().unwrap();
    let mut lists = affinity.lists().list().stream();
    lists.try_next().await.unwrap();
    assert!(lists.cursor().unwrap().to_string().starts_with("list_lists:"));
    let rest: Vec<_> = lists.try_collect().await.unwrap();
    assert_eq!((rest.len(), asked(&sandbox)), (2, 1), "it is not asked for again and again");
}

#[tokio::test]
async fn once_it_is_known_cursors_say_it() {
    let sandbox = three_lists(None).await;
    sandbox.reply(Method::GET, WHOAMI, Reply::json(404, r#"{"errors":[]}"#));
    let affinity = builder(&sandbox).build().unwrap();
    let first = first_cursor(&affinity).await;
    assert_eq!(first.workspace(), None);
    affinity.workspace().await.unwrap();
    let second = affinity.lists().list().resume_from(first).send().await.unwrap().next.unwrap();
    assert_eq!(second.workspace().map(|id| id.get()), Some(77));
}

#[tokio::test]
async fn a_page_is_not_held_up_past_its_deadline_to_know_it() {
    let sandbox = three_lists(None).await;
    sandbox.reply(Method::GET, WHOAMI, Reply::json(200, "{}").delay(Duration::from_secs(3600)));
    let affinity = builder(&sandbox).build().unwrap();
    let page = affinity.lists().list().with_timeout(Duration::from_millis(300)).send().await.unwrap();
    assert_eq!(page.next.unwrap().workspace(), None);
}

#[tokio::test]
async fn a_cursor_says_the_workspace_its_page_came_from() {
    let sandbox = Arc::new(three_lists(None).await);
    let provider = Arc::new(Told(Mutex::new(ApiKey::new(sandbox.api_key()).unwrap())));
    let keys = provider.clone();
    // The key changes as soon as the page is there.
    let change = move |event: &Event<'_>| {
        if let Event::Answered { call, .. } = event
            && call.operation == "list_lists"
        {
            *keys.0.lock().unwrap() = ApiKey::new("the-key-of-another").unwrap();
        }
    };
    let affinity = builder(&sandbox).key_provider(provider).on_event(change).build().unwrap();
    let elsewhere = r#"{"tenant":{"id":9,"name":"Umber","subdomain":"umber"}}"#;
    sandbox.reply(Method::GET, WHOAMI, Reply::json(200, elsewhere));
    assert_eq!(first_cursor(&affinity).await.workspace(), None, "not that of the other key");
}

#[tokio::test]
async fn pages_of_rows_and_of_v1_say_their_workspace_too() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = builder(&sandbox).build().unwrap();
    let pipeline = affinity.lists().find("Pipeline").await.unwrap();
    #[derive(serde::Deserialize)]
    #[expect(dead_code, reason = "it is only asked for")]
    struct Deal {
        #[serde(rename = "Status")]
        status: Option<String>,
    }
    let rows = affinity.lists().entries(pipeline.id).page_size(1).rows::<Deal>().send().await.unwrap();
    let persons = affinity.v1().persons().list().page_size(1).send().await.unwrap();
    for cursor in [rows.next, persons.next] {
        let cursor = cursor.unwrap();
        assert_eq!(cursor.workspace().map(|id| id.get()), Some(77), "{cursor}");
    }
}

#[tokio::test]
async fn it_can_be_left_out_of_cursors() {
    let sandbox = three_lists(None).await;
    let cursor = first_cursor(&client(&sandbox)).await;
    assert_eq!((cursor.workspace(), asked(&sandbox)), (None, 0));
}

#[tokio::test]
async fn the_workspace_can_be_asked_for() -> Result<(), Error> {
    let sandbox = Sandbox::empty().await.unwrap();
    let workspace = client(&sandbox).workspace().await?;
    assert_eq!((workspace.id.get(), workspace.subdomain.as_str()), (77, HOME));
    Ok(())
}
