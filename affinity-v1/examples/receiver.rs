//! Receives webhooks of Affinity.
//!
//! `cargo run --example receiver --features axum`, then subscribe with a URL that leads to `/affinity/<something
//! nobody guesses>`, over HTTPS: deliveries carry no signature, so the path is all that tells them from others.

#![allow(clippy::print_stdout, reason = "an example")]

use std::sync::{Arc, Mutex, PoisonError};

use affinity_v1::{Deduplicator, WebhookBody, WebhookEvent, WebhookRejection};
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Router, serve};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{Receiver, Sender, channel};

#[derive(Clone)]
struct Inbox {
    seen: Arc<Mutex<Deduplicator>>,
    queue: Sender<WebhookEvent>,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let secret = std::env::var("WEBHOOK_PATH").unwrap_or_else(|_| "k2f9".to_owned());
    let (queue, events) = channel(1000);
    tokio::spawn(work(events));
    let inbox = Inbox { seen: Arc::default(), queue };
    // The probe of a new subscription is not documented: say yes to a GET as well.
    let route = post(receive).get(StatusCode::OK);
    let router = Router::new().route(&format!("/affinity/{secret}"), route).with_state(inbox);
    serve(TcpListener::bind("127.0.0.1:8080").await?, router).await
}

/// Answers at once; the work is done elsewhere. Without an answer, Affinity sends the event again.
async fn receive(
    State(inbox): State<Inbox>,
    event: Result<WebhookEvent, WebhookRejection>,
) -> Result<StatusCode, WebhookRejection> {
    let event = match event {
        Ok(event) => event,
        // JSON that is no event will be none the next time: no reason to send it again. It could be a probe.
        Err(WebhookRejection::NoEvent(error)) => {
            println!("left out: {error}");
            return Ok(StatusCode::OK);
        }
        Err(rejection) => return Err(rejection),
    };
    let mut seen = inbox.seen.lock().unwrap_or_else(PoisonError::into_inner);
    if !seen.is_new(&event) {
        return Ok(StatusCode::OK);
    }
    match inbox.queue.try_send(event) {
        Ok(()) => Ok(StatusCode::OK),
        Err(full) => {
            seen.forget(&full.into_inner());
            Ok(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

async fn work(mut events: Receiver<WebhookEvent>) {
    while let Some(event) = events.recv().await {
        match &event.body {
            WebhookBody::ListEntry(entry) => {
                println!("{}: row {} of list {}", event.name, entry.id, entry.list_id)
            }
            WebhookBody::OrganizationsMerged(merged) => {
                println!("{}: {} is {} now", event.name, merged.removed.id, merged.survivor.id);
            }
            _ => println!("{} of {:?} at {:?}", event.name, event.id(), event.sent_at),
        }
        if let Some(misfit) = event.misfit() {
            println!("{}: {misfit}", event.name);
        }
    }
}
