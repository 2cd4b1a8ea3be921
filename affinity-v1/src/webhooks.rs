//! Subscriptions to webhooks.

use std::fmt;

use affinity_core::{Access, Error, PersonId, ReadWrite, WebhookSubscriptionId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::call::{Parts, operations};
use crate::listing::listings;
use crate::tolerant::null_as_empty;
use crate::{Call, Client, Listing, Operation};

affinity_core::open_enum! {
    /// What a webhook tells of. There are no updates of list entries and files.
    pub enum WebhookEventName {
        /// A list was created.
        ListCreated = "list.created",
        /// A list was changed.
        ListUpdated = "list.updated",
        /// A list was deleted.
        ListDeleted = "list.deleted",
        /// A row was added to a list.
        ListEntryCreated = "list_entry.created",
        /// A row was taken from a list.
        ListEntryDeleted = "list_entry.deleted",
        /// A note was written.
        NoteCreated = "note.created",
        /// A note was changed.
        NoteUpdated = "note.updated",
        /// A note was deleted.
        NoteDeleted = "note.deleted",
        /// A field was created.
        FieldCreated = "field.created",
        /// A field was changed.
        FieldUpdated = "field.updated",
        /// A field was deleted.
        FieldDeleted = "field.deleted",
        /// A value was added. What Affinity adds by itself does not count.
        FieldValueCreated = "field_value.created",
        /// A value was changed. What Affinity changes by itself does not count.
        FieldValueUpdated = "field_value.updated",
        /// A value was deleted.
        FieldValueDeleted = "field_value.deleted",
        /// A person was created.
        PersonCreated = "person.created",
        /// A person was changed.
        PersonUpdated = "person.updated",
        /// A person was deleted.
        PersonDeleted = "person.deleted",
        /// An organization was created.
        OrganizationCreated = "organization.created",
        /// An organization was changed.
        OrganizationUpdated = "organization.updated",
        /// An organization was deleted.
        OrganizationDeleted = "organization.deleted",
        /// An organization was merged into another. There is no such event for persons.
        OrganizationMerged = "organization.merged",
        /// An opportunity was created.
        OpportunityCreated = "opportunity.created",
        /// An opportunity was changed.
        OpportunityUpdated = "opportunity.updated",
        /// An opportunity was deleted.
        OpportunityDeleted = "opportunity.deleted",
        /// A user uploaded a file.
        FileCreated = "file.created",
        /// A file was deleted.
        FileDeleted = "file.deleted",
        /// A reminder was created.
        ReminderCreated = "reminder.created",
        /// A reminder was changed.
        ReminderUpdated = "reminder.updated",
        /// A reminder was deleted.
        ReminderDeleted = "reminder.deleted",
        /// A date of the latest or next contact changed (observed).
        SmartInteractionValueUpdated = "smart_interaction_value.updated",
    }
}

/// The events that a subscription is for. On the wire an empty list stands for all of them; here that is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookEvents {
    /// All, those to come included.
    All,
    /// These; at least one.
    Only(Vec<WebhookEventName>),
}

impl From<Vec<WebhookEventName>> for WebhookEvents {
    fn from(names: Vec<WebhookEventName>) -> Self {
        Self::Only(names)
    }
}

impl<const N: usize> From<[WebhookEventName; N]> for WebhookEvents {
    fn from(names: [WebhookEventName; N]) -> Self {
        Self::Only(names.into())
    }
}

/// How many subscriptions an account can have, those of all its users together.
pub const MOST_WEBHOOKS: usize = 3;

/// Whether a call to subscribe was refused because the account has all the subscriptions it can have.
///
/// Neither status nor words of that refusal are documented, so this rests on a guess at the words (unconfirmed).
/// To be certain, count: [`Webhooks::list`] has those of the whole account, and there can be [`MOST_WEBHOOKS`].
pub fn is_webhook_limit(error: &Error) -> bool {
    let refused = error.status().is_some_and(|status| matches!(status.as_u16(), 400 | 403 | 409 | 422));
    refused && error.operation() == Some(SubscribeWebhook::NAME) && error.messages().any(speaks_of_the_limit)
}

fn speaks_of_the_limit(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    has(&["webhook", "subscription"])
        && has(&["limit", "maximum", "exceed", "more than", "too many", "at most", "up to", "three"])
}

/// Subscriptions to webhooks. What comes to the URL is read by [`WebhookEvent`](crate::WebhookEvent).
#[derive(Clone, Debug)]
pub struct Webhooks<A: Access = ReadWrite> {
    client: Client<A>,
}

impl<A: Access> Webhooks<A> {
    pub(crate) fn new(client: &Client<A>) -> Self {
        Self { client: client.clone() }
    }

    /// All subscriptions of the account.
    ///
    /// Route: v1 `GET /webhook`.
    pub fn list(&self) -> Listing<ListWebhooks> {
        Listing::new(&self.client, Parts::new("/webhook", []))
    }

    /// One subscription.
    ///
    /// Route: v1 `GET /webhook/{webhook_subscription_id}`.
    pub fn get(&self, subscription: WebhookSubscriptionId) -> Call<GetWebhook> {
        Call::new(&self.client, one(subscription))
    }
}

impl Webhooks {
    /// Subscribes to events: to some, as an array or `Vec` of their names, or to [`WebhookEvents::All`]. They are an
    /// argument, and there is no setter for them, because the server takes their absence for all. Affinity calls the
    /// URL at once, and refuses one that does not answer well. As deliveries carry no signature, let the URL be one
    /// that nobody guesses.
    ///
    /// Route: v1 `POST /webhook/subscribe`.
    ///
    /// # Errors
    ///
    /// On sending, `is_input`: this is no URL of the web, or the list of events is empty. With a status that is not
    /// documented: the account has three subscriptions already (see [`is_webhook_limit`]), or the URL did not answer
    /// well.
    pub fn subscribe(
        &self,
        url: impl Into<String>,
        events: impl Into<WebhookEvents>,
    ) -> Call<SubscribeWebhook> {
        let parts = Parts::new("/webhook/subscribe", []);
        Call::new(&self.client, parts).webhook_url(url.into()).subscriptions(events.into())
    }

    /// Changes a subscription. The events replace those it was for; they go along every time, because without them
    /// it may become one for all events. [`WebhookSubscription::events`] has those it is for now. As a URL is probed
    /// each time, the call does not go out again by itself; `with_idempotency(true)` lets it.
    ///
    /// Route: v1 `PUT /webhook/{webhook_subscription_id}`.
    ///
    /// # Errors
    ///
    /// On sending, `is_forbidden`: somebody else subscribed; not even an admin may. `is_input`: as for
    /// [`subscribe`](Self::subscribe). With a status that is not documented: the URL did not answer well.
    pub fn update(
        &self,
        subscription: WebhookSubscriptionId,
        events: impl Into<WebhookEvents>,
    ) -> Call<UpdateWebhook> {
        Call::new(&self.client, one(subscription)).subscriptions(events.into())
    }

    /// Pauses deliveries. The events go along as they are in this subscription: read it right before.
    ///
    /// Route: v1 `PUT /webhook/{webhook_subscription_id}`.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    pub fn pause(&self, subscription: &WebhookSubscription) -> Call<UpdateWebhook> {
        self.update(subscription.id, subscription.events()).disabled(true)
    }

    /// Lets deliveries go on, those that stopped by themselves too. The events go along as they are in this
    /// subscription: read it right before.
    ///
    /// Route: v1 `PUT /webhook/{webhook_subscription_id}`.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update).
    pub fn resume(&self, subscription: &WebhookSubscription) -> Call<UpdateWebhook> {
        self.update(subscription.id, subscription.events()).disabled(false)
    }

    /// Deletes a subscription.
    ///
    /// Route: v1 `DELETE /webhook/{webhook_subscription_id}`.
    ///
    /// # Errors
    ///
    /// On sending, `is_forbidden`: somebody else subscribed, and the key's user is no admin.
    pub fn delete(&self, subscription: WebhookSubscriptionId) -> Call<DeleteWebhook> {
        Call::new(&self.client, one(subscription))
    }
}

fn one(subscription: WebhookSubscriptionId) -> Parts {
    Parts::new("/webhook/{}", [("webhook_subscription_id", subscription.get())])
}

impl<O: Operation> Call<O> {
    fn webhook_url(self, url: String) -> Self {
        // The URL is a secret, so it is not told.
        self.refuse_if(!is_of_the_web(&url), || "webhook_url: not a URL of the web".to_owned())
            .body("webhook_url", url)
    }

    fn subscriptions(self, events: WebhookEvents) -> Self {
        let names = match events {
            WebhookEvents::All => Vec::new(),
            WebhookEvents::Only(names) if names.is_empty() => {
                let why = "events: none were given, which would mean all; say `WebhookEvents::All` for that";
                return self.refuse_if(true, || why.to_owned());
            }
            WebhookEvents::Only(names) => names,
        };
        let names: Value = names.iter().map(WebhookEventName::as_str).collect();
        self.body("subscriptions", names)
    }
}

/// The parser alone would read past white space and slashes that are missing or too many.
fn is_of_the_web(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let after_scheme = text.get(url.scheme().len()..).and_then(|rest| rest.strip_prefix("://"));
    let host_follows = after_scheme.is_some_and(|rest| !rest.starts_with(['/', '\\']));
    let web = matches!(url.scheme(), "https" | "http") && url.has_host();
    web && host_follows && !text.contains(char::is_whitespace)
}

impl Call<UpdateWebhook> {
    /// Where events are to go. Affinity calls the URL at once, as for a new subscription.
    pub fn url(self, url: impl Into<String>) -> Self {
        self.webhook_url(url.into())
    }

    /// Whether deliveries pause. They also pause by themselves when they failed for ten hours.
    pub fn disabled(self, disabled: bool) -> Self {
        self.body("disabled", disabled)
    }
}

listings! {
    /// See [`Webhooks::list`].
    ListWebhooks = "v1_list_webhooks" -> WebhookSubscription, in [];
}

operations! {
    /// See [`Webhooks::get`].
    GetWebhook = GET "v1_get_webhook" -> WebhookSubscription;
    /// See [`Webhooks::subscribe`].
    SubscribeWebhook = POST "v1_subscribe_webhook" -> WebhookSubscription;
    /// See [`Webhooks::update`].
    UpdateWebhook = PUT "v1_update_webhook" -> WebhookSubscription;
    /// See [`Webhooks::delete`].
    DeleteWebhook = DELETE "v1_delete_webhook" -> done;
}

/// A subscription to webhooks.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WebhookSubscription {
    /// The id.
    pub id: WebhookSubscriptionId,
    /// Where events go. Whoever knows it can send events there.
    pub webhook_url: String,
    /// The events; empty for all. See [`events`](Self::events).
    #[serde(default, deserialize_with = "null_as_empty")]
    pub subscriptions: Vec<WebhookEventName>,
    /// Whether deliveries pause, by hand or because they failed for too long.
    pub disabled: bool,
    /// The user who subscribed.
    pub created_by: PersonId,
}

impl WebhookSubscription {
    /// The events it is for.
    pub fn events(&self) -> WebhookEvents {
        match self.subscriptions.as_slice() {
            [] => WebhookEvents::All,
            names => WebhookEvents::Only(names.to_vec()),
        }
    }
}

/// Without the URL, which is all that protects it.
impl fmt::Debug for WebhookSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSubscription")
            .field("id", &self.id)
            .field("subscriptions", &self.subscriptions)
            .field("disabled", &self.disabled)
            .field("created_by", &self.created_by)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_limit_are_told_from_other_refusals() {
        for message in [
            "You have reached the maximum number of webhook subscriptions.",
            "Webhook limit reached",
            "cannot create more than 3 webhooks",
        ] {
            assert!(speaks_of_the_limit(message), "{message}");
        }
        for message in ["webhook_url is invalid", "Rate limit exceeded", "webhook already exists", ""] {
            assert!(!speaks_of_the_limit(message), "{message}");
        }
    }
}
