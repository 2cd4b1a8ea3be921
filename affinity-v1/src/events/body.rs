//! What an event is about.

use affinity_core::Result;
use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::object::object;
use crate::{
    EntityFile, Field, FieldValue, List, ListEntry, Note, Opportunity, OrganizationSummary, Person,
    PersonSummary, Reminder, WebhookEventName, instant,
};

/// What an event is about. Of a deletion, it is what was deleted.
///
/// Documented or observed are the bodies of `list_entry.created`, `field_value.updated`, `person.created`,
/// `organization.created` and `organization.merged`; the others are unconfirmed, and [`Raw`](Self::Raw) if they are
/// of another form.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum WebhookBody {
    /// A list (unconfirmed).
    List(Box<List>),
    /// A row of a list.
    ListEntry(Box<ListEntry>),
    /// A note (unconfirmed).
    Note(Box<Note>),
    /// A field (unconfirmed).
    Field(Box<Field>),
    /// A value of a field, with the field.
    FieldValue(Box<FieldValueEvent>),
    /// A person.
    Person(Box<Person>),
    /// An organization.
    Organization(Box<OrganizationSummary>),
    /// Two organizations that are one now.
    OrganizationsMerged(Box<OrganizationsMerged>),
    /// An opportunity (unconfirmed).
    Opportunity(Box<Opportunity>),
    /// A file (unconfirmed).
    File(Box<EntityFile>),
    /// A reminder (unconfirmed).
    Reminder(Box<Reminder>),
    /// Something else: see [`raw`](crate::WebhookEvent::raw) and [`body_as`](crate::WebhookEvent::body_as).
    Raw,
}

impl WebhookBody {
    pub(super) fn read(name: &WebhookEventName, json: &str) -> Result<Self> {
        use WebhookEventName as N;
        match name {
            N::ListCreated | N::ListUpdated | N::ListDeleted => read(json, Self::List),
            N::ListEntryCreated | N::ListEntryDeleted => read(json, Self::ListEntry),
            N::NoteCreated | N::NoteUpdated | N::NoteDeleted => read(json, Self::Note),
            N::FieldCreated | N::FieldUpdated | N::FieldDeleted => read(json, Self::Field),
            N::FieldValueCreated | N::FieldValueUpdated | N::FieldValueDeleted => {
                read(json, Self::FieldValue)
            }
            N::PersonCreated | N::PersonUpdated | N::PersonDeleted => read(json, Self::Person),
            N::OrganizationCreated | N::OrganizationUpdated | N::OrganizationDeleted => {
                read(json, Self::Organization)
            }
            N::OrganizationMerged => read(json, Self::OrganizationsMerged),
            N::OpportunityCreated | N::OpportunityUpdated | N::OpportunityDeleted => {
                read(json, Self::Opportunity)
            }
            N::FileCreated | N::FileDeleted => read(json, Self::File),
            N::ReminderCreated | N::ReminderUpdated | N::ReminderDeleted => read(json, Self::Reminder),
            N::SmartInteractionValueUpdated | N::Unknown(_) => Ok(Self::Raw),
        }
    }
}

fn read<T: DeserializeOwned>(json: &str, body: fn(Box<T>) -> WebhookBody) -> Result<WebhookBody> {
    object(json.as_bytes()).map(|value| body(Box::new(value)))
}

/// A value of a field, with the field.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FieldValueEvent {
    /// The value. Its own type has been seen to be wrong: read it by the field.
    #[serde(flatten)]
    pub value: FieldValue,
    /// The field.
    #[serde(default)]
    pub field: Option<Field>,
}

/// Two organizations that are one now (observed).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrganizationsMerged {
    /// Who merged them.
    #[serde(default)]
    pub changer: Option<PersonSummary>,
    /// The one that is no more.
    #[serde(rename = "removed_company")]
    pub removed: OrganizationSummary,
    /// The one that has the data of both.
    #[serde(rename = "company")]
    pub survivor: OrganizationSummary,
    /// When.
    #[serde(default, deserialize_with = "instant::optional")]
    pub merged_at: Option<DateTime<Utc>>,
}
