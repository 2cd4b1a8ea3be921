//! What a program sees of its calls.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use affinity::{CallRecord, Event, Limits, Metrics, Outcome};
use affinity_sandbox::{Method, Reply, Sandbox};
use futures::TryStreamExt;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record as Values};
use tracing::{Instrument, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use crate::support::{QuickTimer, answering, builder, lists};
use crate::traces::listen;

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
                Event::Waiting { .. } => return,
                Event::Repeating { because, wait, .. } => format!("repeating {because} in {wait:?}"),
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
    assert_eq!((waits.len(), waits[0].as_str()), (2, "repeating refused in 7s"));
    assert!(waits[1].starts_with("repeating broken in "), "{waits:?}");
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
async fn calls_at_the_same_time_can_be_told_apart() {
    let sandbox = Sandbox::empty().await.unwrap();
    let ids = Arc::new(Mutex::new(Vec::new()));
    let noted = ids.clone();
    let listener = move |event: &Event<'_>| {
        if let Event::Waiting { call, .. } | Event::Finished { call, .. } = event {
            noted.lock().unwrap().push(call.id);
        }
    };
    let affinity = builder(&sandbox).on_event(listener).build().unwrap();
    let (one, other) = futures::future::join(affinity.whoami().send(), affinity.whoami().send()).await;
    assert!(one.is_ok() && other.is_ok());
    let mut ids = ids.lock().unwrap().clone();
    ids.sort_unstable();
    assert!(ids.len() == 4 && ids[0] == ids[1] && ids[1] < ids[2] && ids[2] == ids[3], "{ids:?}");
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

/// Notes each span with its parent, and what is recorded in it.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<String>>>);

impl Visit for Spans {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.lock().unwrap().push(format!("{field}={value:?}"));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let parent = context.span(id).and_then(|span| span.parent()).map_or("nothing", |span| span.name());
        self.0.lock().unwrap().push(format!("{} in {parent}", attributes.metadata().name()));
        attributes.record(&mut self.clone());
    }

    fn on_record(&self, _: &Id, values: &Values<'_>, _: Context<'_, S>) {
        values.record(&mut self.clone());
    }
}

#[tokio::test]
async fn every_call_is_a_span_in_that_of_its_caller() {
    // With one subscriber in the program, a thread that has none can switch a span off for all.
    let _two_are_safe = listen();
    let spans = Spans::default();
    let wanted = Targets::new().with_target("affinity", Level::DEBUG).with_target("job", Level::DEBUG);
    let subscriber = tracing_subscriber::registry().with(spans.clone().with_filter(wanted));
    let _default = tracing::subscriber::set_default(subscriber);
    let sandbox = Sandbox::demo().await.unwrap();
    let list = sandbox.with_world(|world| world.list_named("Pipeline")).unwrap();
    let affinity = builder(&sandbox).build().unwrap();
    let rows = affinity.lists().entries(list.into()).page_size(100).prefetch(true).stream();
    let job = tracing::info_span!(target: "job", "nightly");
    let rows: Vec<_> = rows.try_collect().instrument(job).await.unwrap();
    let noted = spans.0.lock().unwrap();
    let calls = noted.iter().filter(|line| *line == "affinity_call in nightly").count();
    assert_eq!(calls, rows.len().div_ceil(100), "{noted:?}");
    for field in [
        "operation=\"list_list_entries\"".to_owned(),
        "method=\"GET\"".to_owned(),
        format!("ids=\"{list}\""),
        "outcome=\"success\"".to_owned(),
        "status=200".to_owned(),
        "attempts=1".to_owned(),
        "sent_bytes=0".to_owned(),
    ] {
        assert!(noted.contains(&field), "{field}: {noted:?}");
    }
    for name in ["waited_ms", "elapsed_ms", "received_bytes", "request_id"] {
        assert!(noted.iter().any(|line| line.starts_with(&format!("{name}="))), "{name}: {noted:?}");
    }
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
