//! What happened, for webhooks.
//!
//! Whoever serves a write calls [`World::record`](crate::world::World::record) with the event and its body as it is at
//! that moment, since what was deleted cannot be looked at later (`v1::announce` has a function for each kind of thing).
//! When the world is no longer being changed, the events it recorded pass to the [`Courier`](crate::courier::Courier) of
//! the app, in their order. Changes made by [`Sandbox::with_world`](crate::Sandbox::with_world) and by the
//! operations of [`World`](crate::World) record nothing.

use std::fmt;

use serde_json::Value;

macro_rules! event_names {
    ($($name:ident = $text:literal),+ $(,)?) => {
        /// The name of an event, as subscriptions and deliveries say it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[allow(dead_code, reason = "some never happen here, but can be subscribed to")]
        pub(crate) enum EventName {
            $(#[doc = concat!("`", $text, "`")] $name,)+
        }

        impl EventName {
            /// Every name there is.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name),+];

            pub(crate) fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)+
                }
            }
        }
    };
}

event_names! {
    ListCreated = "list.created",
    ListUpdated = "list.updated",
    ListDeleted = "list.deleted",
    ListEntryCreated = "list_entry.created",
    ListEntryDeleted = "list_entry.deleted",
    NoteCreated = "note.created",
    NoteUpdated = "note.updated",
    NoteDeleted = "note.deleted",
    FieldCreated = "field.created",
    FieldUpdated = "field.updated",
    FieldDeleted = "field.deleted",
    FieldValueCreated = "field_value.created",
    FieldValueUpdated = "field_value.updated",
    FieldValueDeleted = "field_value.deleted",
    PersonCreated = "person.created",
    PersonUpdated = "person.updated",
    PersonDeleted = "person.deleted",
    OrganizationCreated = "organization.created",
    OrganizationUpdated = "organization.updated",
    OrganizationDeleted = "organization.deleted",
    OrganizationMerged = "organization.merged",
    OpportunityCreated = "opportunity.created",
    OpportunityUpdated = "opportunity.updated",
    OpportunityDeleted = "opportunity.deleted",
    FileCreated = "file.created",
    FileDeleted = "file.deleted",
    ReminderCreated = "reminder.created",
    ReminderUpdated = "reminder.updated",
    ReminderDeleted = "reminder.deleted",
    SmartInteractionValueUpdated = "smart_interaction_value.updated",
}

/// Something that happened, with the body a webhook is told.
#[derive(Clone, PartialEq)]
pub(crate) struct Event {
    pub(crate) name: EventName,
    pub(crate) body: Value,
}

/// Without the body: it is people's data.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Event").field(&self.name.as_str()).finish()
    }
}
