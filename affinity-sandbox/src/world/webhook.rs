use super::{World, choose};

/// The account's share of subscriptions.
pub(crate) const MOST_WEBHOOKS: usize = 3;

/// A subscription to changes.
#[derive(Clone, Debug)]
pub(crate) struct Webhook {
    pub(crate) id: u64,
    pub(crate) url: String,
    /// The names of the events wanted; all when empty.
    pub(crate) events: Vec<String>,
    pub(crate) disabled: bool,
    pub(crate) creator: u64,
}

impl Webhook {
    pub(crate) fn wants(&self, event: &str) -> bool {
        !self.disabled && (self.events.is_empty() || self.events.iter().any(|wanted| wanted == event))
    }
}

impl World {
    /// Adds a subscription under the next free id.
    pub(crate) fn add_webhook(&mut self, url: String, events: Vec<String>, creator: u64) -> Option<&Webhook> {
        let id = choose(&mut self.ids.webhook, 0, &self.webhooks).ok()?;
        let webhook = Webhook { id, url, events, disabled: false, creator };
        Some(self.webhooks.entry(id).or_insert(webhook))
    }
}
