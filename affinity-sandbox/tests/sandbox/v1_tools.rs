//! What the scenarios of interactions, notes, files, reminders and webhooks have in common.

use affinity_sandbox::{Method, Person, Sandbox, SandboxBuilder, World};
use serde_json::Value;

use crate::support::{Answer, Small, send_as, small, start};

pub(crate) async fn put(sandbox: &Sandbox, path: &str, body: &Value) -> Answer {
    send_as(sandbox, sandbox.api_key(), Method::PUT, path, &body.to_string()).await
}

pub(crate) async fn delete(sandbox: &Sandbox, path: &str) -> Answer {
    send_as(sandbox, sandbox.api_key(), Method::DELETE, path, "").await
}

/// What is wrong according to an answer: its status and the parameters that are named.
pub(crate) fn problems(answer: &Answer) -> (u16, Vec<String>) {
    let body = answer.json();
    let errors = body["errors"].as_array().expect("an error body");
    let params = errors.iter().filter_map(|error| error["param"].as_str().map(str::to_owned));
    (answer.status, params.collect())
}

/// The message of the first error.
pub(crate) fn message(answer: &Answer) -> String {
    answer.json()["errors"][0]["message"].as_str().expect("a message").to_owned()
}

/// The ids in a collection of that name.
pub(crate) fn ids(answer: &Answer, name: &str) -> Vec<u64> {
    let body = answer.json();
    let items = body[name].as_array().expect("the collection");
    items.iter().map(|item| item["id"].as_u64().expect("a numeric id")).collect()
}

/// The small world with a colleague, whose key it is, and somebody else.
pub(crate) struct Office {
    pub(crate) small: Small,
    pub(crate) user: u64,
    pub(crate) colleague: u64,
    pub(crate) colleagues_key: String,
    pub(crate) stranger: u64,
}

pub(crate) fn office() -> Office {
    let mut small = small();
    let world = &mut small.world;
    let user = world.main_user();
    let colleague = world.add_user("Teodor", "Kvist", "teodor@quillfern-seed.example");
    let colleagues_key = world.add_key(affinity_sandbox::NewKey::of(colleague)).unwrap();
    let stranger = Person::new("Juno").last_name("Adeyar").email("juno@larkumbra.example");
    let stranger = world.add_person(stranger).unwrap();
    Office { small, user, colleague, colleagues_key, stranger }
}

/// A sandbox whose time stands still at noon of 2026-01-15 UTC.
pub(crate) async fn at_noon(world: World) -> Sandbox {
    start(Sandbox::builder().world(world).manual_clock()).await
}

/// As [`at_noon`], with other settings as well.
pub(crate) fn noon(world: World) -> SandboxBuilder {
    Sandbox::builder().world(world).manual_clock()
}
