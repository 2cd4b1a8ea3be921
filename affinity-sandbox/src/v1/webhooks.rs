//! Subscriptions to changes.

use axum::body::Body;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::Method;
use serde::Serialize;

use super::call::{Answer, Call, Outcome, Request, no_such, success};
use super::params::Params;
use super::route::Route;
use crate::api::{App, Errors};
use crate::courier::{Destination, envelope, post};
use crate::events::EventName;
use crate::world::{MOST_WEBHOOKS, Permission, Webhook, World};

pub(super) fn operations() -> Vec<Route> {
    vec![
        Route::get("/webhook", webhooks),
        Route::errand(Method::POST, "/webhook/subscribe", subscribe),
        Route::get("/webhook/{webhook_subscription_id}", webhook),
        Route::errand(Method::PUT, "/webhook/{webhook_subscription_id}", update),
        Route::errand(Method::DELETE, "/webhook/{webhook_subscription_id}", delete),
    ]
}

#[derive(Serialize)]
struct WebhookBody<'a> {
    id: u64,
    webhook_url: &'a str,
    subscriptions: &'a [String],
    disabled: bool,
    created_by: u64,
}

impl<'a> WebhookBody<'a> {
    fn of(webhook: &'a Webhook) -> Self {
        Self {
            id: webhook.id,
            webhook_url: &webhook.url,
            subscriptions: &webhook.events,
            disabled: webhook.disabled,
            created_by: webhook.creator,
        }
    }
}

fn webhooks(call: &Call<'_>) -> Outcome {
    Answer::ok(&call.world.webhooks.values().map(WebhookBody::of).collect::<Vec<_>>())
}

fn webhook(call: &Call<'_>) -> Outcome {
    Answer::ok(&WebhookBody::of(find(call.world, webhook_id(call.request)?)?))
}

fn webhook_id(request: &Request<'_>) -> Result<u64, Errors> {
    let mut params = request.params()?;
    let id = params.path_id("webhook_subscription_id");
    params.done().map(|()| id)
}

fn find(world: &World, id: u64) -> Result<&Webhook, Errors> {
    world.webhooks.get(&id).ok_or_else(|| no_such("webhook subscription", id))
}

fn subscribe<'a>(app: &'a App, request: &'a Request<'a>, _: Body) -> BoxFuture<'a, Outcome> {
    async move {
        let mut params = request.params()?;
        let url = params.must("webhook_url", Params::destination);
        let events = params.events();
        params.done()?;
        check_room(&app.world())?;
        probe(&url, request).await?;
        // Others may have come in between.
        let mut world = app.world_mut();
        check_room(&world)?;
        let added = world.add_webhook(url, events, request.caller.user);
        Answer::ok(&WebhookBody::of(added.ok_or_else(|| Errors::server("no id is left"))?))
    }
    .boxed()
}

fn check_room(world: &World) -> Result<(), Errors> {
    if world.webhooks.len() < MOST_WEBHOOKS {
        return Ok(());
    }
    Err(Errors::unprocessable(format!("an account has at most {MOST_WEBHOOKS} webhook subscriptions")))
}

/// Not specified: method, body and accepted answers of the test; here it is a POST of an event with a name of its own,
/// and any success is good. Nothing is sent to an `https` URL, which so passes.
async fn probe(url: &str, request: &Request<'_>) -> Result<(), Errors> {
    let status = match Destination::of(url) {
        Ok(Destination::Here(target)) => {
            post(&target, envelope("webhook.test", &serde_json::json!({}), request.now)).await
        }
        Ok(Destination::Elsewhere) => return Ok(()),
        Err(_) => None,
    };
    if status.is_some_and(|status| status.is_success()) {
        return Ok(());
    }
    Err(Errors::unprocessable("the webhook URL did not answer a test with success"))
}

/// Without `subscriptions` all events are subscribed to, whichever they were before.
fn update<'a>(app: &'a App, request: &'a Request<'a>, _: Body) -> BoxFuture<'a, Outcome> {
    async move {
        let id = webhook_id(request)?;
        let mut params = request.params()?;
        let (url, events) = (params.destination("webhook_url"), params.events());
        let disabled = params.boolean("disabled");
        params.done()?;
        let known = check_creator(&app.world(), id, request.caller.user)?;
        if let Some(url) = url.as_ref().filter(|url| **url != known) {
            probe(url, request).await?;
        }
        let mut world = app.world_mut();
        let webhook = world.webhooks.get_mut(&id).ok_or_else(|| no_such("webhook subscription", id))?;
        webhook.url = url.unwrap_or(known);
        webhook.events = events;
        webhook.disabled = disabled.unwrap_or(webhook.disabled);
        if webhook.disabled {
            app.courier.forget(id);
        }
        Answer::ok(&WebhookBody::of(webhook))
    }
    .boxed()
}

/// The URL, if the caller made the subscription.
fn check_creator(world: &World, id: u64, user: u64) -> Result<String, Errors> {
    let webhook = find(world, id)?;
    if world.is_person(webhook.creator, user) {
        return Ok(webhook.url.clone());
    }
    Err(Errors::forbidden("only its creator changes a subscription"))
}

/// An admin is who may manage duplicates, which takes that role.
fn delete<'a>(app: &'a App, request: &'a Request<'a>, _: Body) -> BoxFuture<'a, Outcome> {
    std::future::ready(remove(app, request)).boxed()
}

fn remove(app: &App, request: &Request<'_>) -> Outcome {
    let id = webhook_id(request)?;
    let mut world = app.world_mut();
    let is_creator = world.is_person(find(&world, id)?.creator, request.caller.user);
    if !is_creator && !request.caller.permissions.contains(&Permission::ManageDuplicates) {
        return Err(Errors::forbidden("only its creator or an admin deletes a subscription"));
    }
    world.webhooks.remove(&id);
    app.courier.forget(id);
    success()
}

impl Params<'_> {
    /// A URL that events can be posted to.
    fn destination(&mut self, name: &'static str) -> Option<String> {
        let url = self.words(name)?;
        match Destination::of(&url) {
            Ok(_) => Some(url),
            Err(problem) => {
                self.reject(name, problem);
                None
            }
        }
    }

    /// The names of events, each once; none means all.
    fn events(&mut self) -> Vec<String> {
        let mut events = Vec::new();
        for event in self.texts("subscriptions").unwrap_or_default() {
            if !EventName::ALL.iter().any(|name| name.as_str() == event) {
                self.reject("subscriptions", format!("there is no event {event}"));
            } else if !events.contains(&event) {
                events.push(event);
            }
        }
        events
    }
}
