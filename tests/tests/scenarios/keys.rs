//! Where the key comes from, and what happens when it changes.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use affinity::{Affinity, ApiKey, KeyFile, KeyProvider, Result};
use affinity_sandbox::{Method, Reply, Sandbox};
use futures::future::{BoxFuture, join_all};

use crate::support::{builder, lists};

/// Gives one key after the other, each as soon as the one before is refused.
struct Rotating {
    keys: Mutex<Vec<ApiKey>>,
    asked: AtomicUsize,
    renewed: AtomicUsize,
}

impl Rotating {
    fn new(keys: &[&str]) -> Arc<Self> {
        let keys = keys.iter().rev().map(|key| ApiKey::new(*key).unwrap()).collect();
        Arc::new(Self { keys: Mutex::new(keys), asked: AtomicUsize::new(0), renewed: AtomicUsize::new(0) })
    }
}

impl KeyProvider for Rotating {
    fn key<'a>(&'a self, refused: Option<&'a ApiKey>) -> BoxFuture<'a, Result<ApiKey>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.renewed.fetch_add(usize::from(refused.is_some()), Ordering::Relaxed);
        let mut keys = self.keys.lock().unwrap();
        if refused.is_some() && keys.last() == refused && keys.len() > 1 {
            keys.pop();
        }
        let key = keys.last().unwrap().clone();
        Box::pin(async move { Ok(key) })
    }
}

fn provided(sandbox: &Sandbox, provider: Arc<dyn KeyProvider>) -> Affinity {
    builder(sandbox).key_provider(provider).build().unwrap()
}

#[tokio::test]
async fn a_refused_key_is_tried_again_as_another() {
    let sandbox = Sandbox::empty().await.unwrap();
    let affinity = provided(&sandbox, Rotating::new(&["revoked", sandbox.api_key()]));
    let answer = affinity.whoami().send_with_meta().await.unwrap();
    assert_eq!((answer.meta.attempts(), sandbox.requests().len()), (2, 2));
    assert_eq!(affinity.whoami().send_with_meta().await.unwrap().meta.attempts(), 1, "it stays");
}

#[tokio::test]
async fn a_write_with_a_refused_key_goes_out_once_more_and_is_carried_out_once() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = provided(&sandbox, Rotating::new(&["revoked", sandbox.api_key()]));
    let before = sandbox.requests().len();
    let call = affinity.companies().create("Tessel");
    let company = call.send_with_meta().await.unwrap();
    assert_eq!((company.meta.attempts(), sandbox.requests().len() - before), (2, 2));
}

#[tokio::test]
async fn the_other_key_is_tried_whatever_the_number_of_attempts() {
    let sandbox = Sandbox::empty().await.unwrap();
    let provider = Rotating::new(&["revoked", sandbox.api_key()]);
    let affinity = builder(&sandbox).key_provider(provider).attempts(1).build().unwrap();
    assert_eq!(affinity.whoami().send_with_meta().await.unwrap().meta.attempts(), 2);
}

#[tokio::test]
async fn one_call_of_many_renews_the_key() {
    let sandbox = Sandbox::empty().await.unwrap();
    let provider = Rotating::new(&["revoked", sandbox.api_key()]);
    let affinity = builder(&sandbox).key_provider(provider.clone()).without_pacing().build().unwrap();
    let answers = join_all((0..8).map(|_| affinity.whoami().send())).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(provider.renewed.load(Ordering::Relaxed), 1);
}

/// Gives one key, and no other when it is refused.
struct Sealed;

impl KeyProvider for Sealed {
    fn key<'a>(&'a self, refused: Option<&'a ApiKey>) -> BoxFuture<'a, Result<ApiKey>> {
        let key = match refused {
            None => ApiKey::new("revoked"),
            Some(_) => Err(affinity::Error::unavailable("the vault is sealed")),
        };
        Box::pin(std::future::ready(key))
    }
}

#[tokio::test]
async fn why_there_is_no_other_key_is_told() {
    let sandbox = Sandbox::empty().await.unwrap();
    let error = provided(&sandbox, Arc::new(Sealed)).whoami().send().await.unwrap_err();
    assert_eq!(error.to_string(), "whoami: the vault is sealed");
    assert!(error.is_unauthorized() && error.is_retryable() && error.request_id().is_some());
}

/// Prints what it should not.
#[derive(Debug)]
#[expect(dead_code, reason = "it is there to be printed")]
struct Vault(&'static str);

impl KeyProvider for Vault {
    fn key<'a>(&'a self, _: Option<&'a ApiKey>) -> BoxFuture<'a, Result<ApiKey>> {
        Box::pin(std::future::ready(ApiKey::new("any")))
    }
}

#[tokio::test]
async fn a_provider_is_not_printed() {
    let transport = affinity_core::Transport::builder()
        .base_url("http://127.0.0.1:1")
        .key_provider(Arc::new(Vault("sesame")));
    let printed = format!("{transport:?} {:?}", transport.clone().build().unwrap());
    assert!(!printed.contains("sesame"), "{printed}");
}

#[tokio::test]
async fn a_key_that_stays_refused_is_not_tried_for_ever() {
    let sandbox = Sandbox::empty().await.unwrap();
    for (keys, attempts) in [(&["revoked"][..], 1), (&["revoked", "revoked-too", "and-this"][..], 2)] {
        let error = provided(&sandbox, Rotating::new(keys)).whoami().send().await.unwrap_err();
        assert!(error.is_unauthorized() && !error.is_retryable());
        assert_eq!(error.attempts(), attempts);
    }
}

#[tokio::test]
async fn it_is_asked_for_before_each_attempt() {
    let sandbox = Sandbox::empty().await.unwrap();
    let provider = Rotating::new(&[sandbox.api_key()]);
    let affinity = provided(&sandbox, provider.clone());
    affinity.whoami().send().await.unwrap();
    affinity.whoami().send().await.unwrap();
    assert_eq!(provider.asked.load(Ordering::Relaxed), 2);
}

/// Has none to give, or takes its time.
struct Empty(bool);

impl KeyProvider for Empty {
    fn key<'a>(&'a self, _: Option<&'a ApiKey>) -> BoxFuture<'a, Result<ApiKey>> {
        if self.0 {
            return Box::pin(std::future::pending());
        }
        Box::pin(async { Err(affinity::Error::local("the vault is locked")) })
    }
}

#[tokio::test]
async fn without_a_key_nothing_is_sent() {
    let sandbox = Sandbox::empty().await.unwrap();
    let error = provided(&sandbox, Arc::new(Empty(false))).whoami().send().await.unwrap_err();
    assert_eq!(error.to_string(), "whoami: the vault is locked");
    let slow = provided(&sandbox, Arc::new(Empty(true)));
    let error = slow.whoami().with_timeout(Duration::from_millis(30)).send().await.unwrap_err();
    assert!(error.is_timeout() && !error.is_outcome_unknown(), "{error}");
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn a_file_is_read_again_when_its_key_is_refused() {
    let sandbox = Sandbox::empty().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    fs::write(&path, "revoked\n").unwrap();
    let affinity = builder(&sandbox).api_key_file(&path).build().unwrap();
    assert!(affinity.whoami().send().await.unwrap_err().is_unauthorized());
    fs::write(&path, format!("  {}\n", sandbox.api_key())).unwrap();
    assert_eq!(affinity.whoami().send_with_meta().await.unwrap().meta.attempts(), 2);
    fs::write(&path, "").unwrap();
    assert!(affinity.whoami().send().await.is_ok(), "what was read last stays");
}

#[tokio::test]
async fn a_file_without_a_key_is_refused_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let build = || KeyFile::open(&path).unwrap_err().to_string();
    assert!(build().contains("there is no such file; give the path"), "{}", build());
    let mistaken = KeyFile::open("sesame-4711").unwrap_err().to_string();
    assert!(!mistaken.contains("sesame"), "the key in place of a path: {mistaken}");
    for (content, why) in [
        ("", "holds no key: the API key is empty"),
        ("two words", "holds no key"),
        ("\u{fffd}é", "holds no key"),
        (&"k".repeat(5000), "cannot be read: invalid data"),
    ] {
        fs::write(&path, content).unwrap();
        assert!(build().contains(why), "{}", build());
        assert!(content.is_empty() || !build().contains(content), "{}", build());
    }
}

#[tokio::test]
async fn what_is_printed_holds_no_key() {
    let sandbox = Sandbox::empty().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    fs::write(&path, "sesame-4711").unwrap();
    let settings = builder(&sandbox).api_key_file(&path);
    let affinity = provided(&sandbox, Rotating::new(&["sesame-4711"]));
    let error = affinity.whoami().send().await.unwrap_err();
    let file = KeyFile::open(&path).unwrap();
    let printed = format!("{settings:?} {affinity:?} {error:?} {error} {file:?}");
    assert!(!printed.contains("sesame"), "{printed}");
}

#[tokio::test]
async fn what_is_refused_otherwise_is_not_asked_for_again() {
    let sandbox = Sandbox::empty().await.unwrap();
    sandbox.reply(Method::GET, "/v2/lists", Reply::json(403, r#"{"errors":[]}"#));
    sandbox.reply(Method::GET, "/v2/lists", lists(&[1], None));
    let provider = Rotating::new(&[sandbox.api_key(), "another"]);
    let error = provided(&sandbox, provider.clone()).lists().list().send().await.unwrap_err();
    assert!(error.is_forbidden());
    assert_eq!((error.attempts(), provider.asked.load(Ordering::Relaxed)), (1, 1));
}
