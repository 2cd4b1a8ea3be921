//! What a program sees of its calls.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use affinity::{CallRecord, Event, Limits, Metrics, Outcome};
use affinity_sandbox::{Method, Reply, Sandbox};

use crate::support::{QuickTimer, answering, builder, lists};

/// Notes each event as a line.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn listener(&self) -> impl Fn(&Event<'_>) + Send + Sync + 'static {
        let notes = self.clone();
        move |event| {
            let line = match event {
                Event::Sending { call, .. } => format!("sending {} {}", call.operation, call.attempts),
                Event::Answered { status, .. } => format!("answered {}", status.as_u16()),
                Event::Failed { outcome, .. } => format!("failed {outcome}"),
                Event::Repeating { wait, .. } => format!("repeating in {wait:?}"),
                Event::Finished { call, .. } => {
                    format!("finished {} {}", call.outcome.unwrap(), call.attempts)
                }
                other => format!("{other:?}"),
            };
            notes.0.lock().unwrap().push(line);
        }
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

#[derive(Default)]
struct Record {
    calls: Mutex<Vec<CallRecord>>,
    left: Mutex<Vec<Option<u64>>>,
}

impl Metrics for Record {
    fn call(&self, call: &CallRecord) {
        self.calls.lock().unwrap().push(call.clone());
    }

    fn quota(&self, limits: &Limits) {
        self.left.lock().unwrap().push(limits.minute.remaining);
    }
}

#[tokio::test]
async fn each_step_of_a_call_is_told() {
    let busy = Reply::json(429, r#"{"errors":[]}"#).bare().header("retry-after", "7");
    let cut = lists(&[1], None).bare().cut_body_after(5);
    let sandbox = answering("/v2/lists", [busy, cut, lists(&[1], None)]).await;
    let notes = Notes::default();
    let timer = Arc::new(QuickTimer::new());
    let affinity = builder(&sandbox).timer(timer).on_event(notes.listener()).build().unwrap();
    let _ = affinity.lists().list().send().await.unwrap();
    let lines = notes.lines();
    let (waits, others): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line.starts_with("repeating"));
    assert_eq!((waits.len(), waits[0].as_str()), (2, "repeating in 7s"));
    assert_eq!(
        others,
        [
            "sending list_lists 1",
            "answered 429",
            "sending list_lists 2",
            "failed broken",
            "sending list_lists 3",
            "answered 200",
            "finished success 3",
        ]
    );
}

#[tokio::test]
async fn the_figures_of_a_call_are_handed_out() {
    let page = affinity_tests::page(&[], None);
    let sandbox = Sandbox::empty().await.unwrap();
    sandbox.reply(Method::GET, "/v2/lists/64/list-entries", Reply::json(200, page.clone()));
    let record = Arc::new(Record::default());
    let affinity = builder(&sandbox).metrics(record.clone()).build().unwrap();
    let _ = affinity.lists().entries(64.into()).send().await.unwrap();
    affinity.companies().create("Tessel").send().await.unwrap();
    let calls = record.calls.lock().unwrap();
    let [read, write] = calls.as_slice() else { panic!("{calls:?}") };
    assert_eq!(
        (read.operation, read.ids.as_str(), read.outcome),
        ("list_list_entries", "64", Some(Outcome::Success))
    );
    assert_eq!((read.received_bytes, read.sent_bytes), (page.len() as u64, 0));
    assert!(read.request_id.is_some() && read.status.is_some_and(|status| status == 200));
    assert_eq!((write.method.as_str(), write.sent_bytes), ("POST", r#"{"name":"Tessel"}"#.len() as u64));
    assert_eq!(record.left.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn every_end_has_its_name() {
    let sandbox = Sandbox::empty().await.unwrap();
    sandbox.reply(Method::GET, "/v2/lists", Reply::bytes(200, "{}").content_type("text/html"));
    let record = Arc::new(Record::default());
    let settings = || builder(&sandbox).attempts(1).metrics(record.clone());
    let affinity = settings().build().unwrap();
    let ends = [
        (affinity.lists().list().send().await.is_ok(), Outcome::Unusable),
        (affinity.companies().get(404.into()).send().await.is_ok(), Outcome::Refused),
        (affinity.whoami().with_timeout(Duration::ZERO).send().await.is_ok(), Outcome::NotSent),
        (
            settings().base_url("http://127.0.0.1:1").build().unwrap().whoami().send().await.is_ok(),
            Outcome::NoConnection,
        ),
    ];
    let seen: Vec<_> = record.calls.lock().unwrap().iter().map(|call| call.outcome.unwrap()).collect();
    assert_eq!(seen, ends.map(|(_, outcome)| outcome));
    assert!(ends.iter().all(|(is_ok, _)| !is_ok));
}

#[tokio::test]
async fn what_was_not_sent_again_ended_as_it_did_before() {
    let sandbox = Sandbox::empty().await.unwrap();
    let busy = Reply::json(503, r#"{"errors":[]}"#)
        .header("x-ratelimit-limit-user-remaining", "0")
        .header("x-ratelimit-limit-user-reset", "50");
    sandbox.reply(Method::GET, "/v2/lists", busy);
    let record = Arc::new(Record::default());
    let affinity =
        builder(&sandbox).metrics(record.clone()).deadline(Duration::from_secs(20)).build().unwrap();
    let error = affinity.lists().list().send().await.unwrap_err();
    assert!(error.is_rate_limited() && error.attempts() == 1, "{error:?}");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(503));
    assert!(error.request_id().is_some());
    let outcome = record.calls.lock().unwrap()[0].outcome;
    assert_eq!(outcome, Some(Outcome::Refused));
}

#[tokio::test]
async fn the_wait_of_a_call_that_never_had_its_turn_is_told() {
    let sandbox = answering("/v2/lists", [lists(&[1], None).delay(Duration::from_secs(3600))]).await;
    let record = Arc::new(Record::default());
    let affinity = builder(&sandbox).metrics(record.clone()).concurrency(1).build().unwrap();
    let first = tokio::spawn(affinity.lists().list().send());
    while sandbox.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    let patience = Duration::from_millis(50);
    let _ = affinity.lists().list().with_timeout(patience).send().await.unwrap_err();
    first.abort();
    let calls = record.calls.lock().unwrap();
    assert_eq!(calls[0].outcome, Some(Outcome::NotSent));
    assert!(calls[0].waited >= patience, "{:?}", calls[0]);
}

#[tokio::test]
async fn a_call_that_is_dropped_is_told_too() {
    let sandbox = answering("/v2/lists", [lists(&[1], None).delay(Duration::from_secs(3600))]).await;
    let record = Arc::new(Record::default());
    let affinity = builder(&sandbox).metrics(record.clone()).build().unwrap();
    let call = tokio::spawn(affinity.lists().list().send());
    while sandbox.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    let calls = record.calls.lock().unwrap();
    assert_eq!((calls.len(), calls[0].outcome, calls[0].attempts), (1, Some(Outcome::Cancelled), 1));
}

#[tokio::test]
async fn what_is_told_holds_no_data() {
    let sandbox = Sandbox::empty().await.unwrap();
    let told = Arc::new(Mutex::new(String::new()));
    let all = told.clone();
    let listener = move |event: &Event<'_>| all.lock().unwrap().push_str(&format!("{event:?}"));
    let affinity = builder(&sandbox).on_event(listener).build().unwrap();
    affinity.companies().create("Planted").send().await.unwrap();
    let _ = affinity.v1().persons().list().term("Planted").send().await.unwrap();
    affinity
        .request(Method::GET, "/v2/Planted/12")
        .query("filter", "Planted")
        .send::<()>()
        .await
        .unwrap_err();
    let told = told.lock().unwrap();
    assert!(told.contains("v1_create_organization") && told.contains("ids: \"12\""), "{told}");
    assert!(!told.contains("Planted"), "{told}");
}
