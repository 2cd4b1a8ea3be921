//! The data behind the API: plain values and queries, nothing of HTTP.

mod affiliation;
mod association;
mod author;
mod builtin;
mod call;
mod cell;
mod chat;
mod company;
mod contact;
mod demo;
mod email;
mod entry;
mod field;
mod file;
mod held;
mod history;
mod interaction;
mod item;
mod key;
mod list;
mod meeting;
mod merge;
mod note;
mod note_store;
mod opportunity;
mod person;
mod presence;
mod reminder;
mod strength;
mod unite;
mod value;
mod view;
mod webhook;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, Datelike, TimeZone, Utc};

use crate::events::Event;

pub use call::LoggedCall;
pub use cell::Place;
pub use chat::LoggedChatMessage;
pub use company::Company;
pub use email::LoggedEmail;
pub use entry::{EntityKind, NewEntry};
pub use field::{EnrichmentSource, FieldCategory, NewField};
pub use file::{EntityFile, FileContent};
pub use interaction::{Attendee, Direction, Interaction};
pub use key::{ApiVersion, NewKey, Permission};
pub use list::List;
pub use meeting::LoggedMeeting;
pub use merge::{MergeIds, PastMerge};
pub use note::{InteractionKind, NewNote};
pub use opportunity::OpportunityRow;
pub use person::{Person, PersonKind};
pub use reminder::{Reminder, ResetType};
pub use value::{CellValue, Location, ValueType};
pub use view::{SavedView, ViewFilter, ViewKind};

pub(crate) use author::Author;
pub(crate) use cell::{Cell, CellUpdate, Cells};
pub(crate) use contact::{Contact, NewContact};
pub(crate) use entry::{Entity, EntityRef, Entry, Row};
pub(crate) use field::{Field, FieldKey, Scope};
pub(crate) use file::Digest;
pub(crate) use held::{Action, Held, Mark, ValueChange};
pub(crate) use history::Change;
pub(crate) use interaction::Logged;
pub(crate) use key::Key;
pub(crate) use merge::{Merge, MergeStatus};
pub(crate) use note::{Mention, Note, Sharing};
pub(crate) use note_store::LARGEST_NOTE_ID;
pub(crate) use opportunity::Opportunity;
pub(crate) use presence::{Presence, Record};
pub(crate) use reminder::{MOST_REMINDER_DAYS, Recurrence, ReminderStatus, due_again};
pub(crate) use strength::Strength;
pub(crate) use webhook::{MOST_WEBHOOKS, Webhook};

/// Why a [`World`] refused a change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WorldError {
    /// Something was named that the world does not hold.
    #[error("there is no {what} {id}")]
    Unknown {
        /// What kind of thing was looked for.
        what: &'static str,
        /// The id that was given.
        id: String,
    },
    /// A value of one type was given to a field of another.
    #[error("field {field} holds {expected} values, not {given}")]
    WrongType {
        /// The field.
        field: String,
        /// The value type of the field.
        expected: ValueType,
        /// The type of the value that was given.
        given: ValueType,
    },
    /// The operation does not go with that kind of list or entity.
    #[error("{0}")]
    WrongKind(&'static str),
    /// Something that the API has no way to say, such as a number that is none.
    #[error("{0}")]
    Unsayable(&'static str),
    /// An id that is in use.
    #[error("there is a {what} {id} already")]
    Taken {
        /// What kind of thing has the id.
        what: &'static str,
        /// The id.
        id: u64,
    },
}

impl WorldError {
    pub(crate) fn unknown(what: &'static str, id: impl ToString) -> Self {
        Self::Unknown { what, id: id.to_string() }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Tenant {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) subdomain: String,
}

/// The account a sandbox serves: users and keys, companies, persons, lists, fields and values, notes, what was logged
/// (e-mails, meetings, calls, chat messages), files and reminders.
///
/// A new world holds one user with one key that has every [`Permission`], and the fields every
/// account has (enriched data and relationship intelligence); nothing else. The user is a person as well.
///
/// ```
/// use affinity_sandbox::{CellValue, Company, EntityKind, List, NewField, Place, ValueType, World};
///
/// # fn main() -> Result<(), affinity_sandbox::WorldError> {
/// let mut world = World::new();
/// let company = world.add_company(Company::new("Tessel Robotics").domain("tessel.example"))?;
/// let list = world.add_list(List::new("Portfolio", EntityKind::Company))?;
/// let score = world.add_list_field(list, NewField::new("Score", ValueType::Number))?;
/// let entry = world.add_entry(list, company)?;
/// world.set_value(Place::Entry(entry), &score, CellValue::Number(8.5))?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct World {
    pub(crate) tenant: Tenant,
    main_user: u64,
    main_key: String,
    pub(crate) keys: BTreeMap<String, Key>,
    pub(crate) companies: BTreeMap<u64, Company>,
    pub(crate) persons: BTreeMap<u64, Person>,
    pub(crate) opportunities: BTreeMap<u64, Opportunity>,
    pub(crate) lists: BTreeMap<u64, List>,
    pub(crate) entries: BTreeMap<u64, Entry>,
    pub(crate) rows_of_list: BTreeMap<u64, BTreeSet<u64>>,
    pub(crate) rows_of_entity: BTreeMap<EntityRef, BTreeSet<u64>>,
    pub(crate) fields: BTreeMap<Scope, BTreeMap<FieldKey, Field>>,
    pub(crate) views: BTreeMap<u64, SavedView>,
    pub(crate) notes: BTreeMap<u64, Note>,
    replies: BTreeMap<u64, BTreeSet<u64>>,
    pub(crate) emails: BTreeMap<u64, LoggedEmail>,
    pub(crate) meetings: BTreeMap<u64, LoggedMeeting>,
    pub(crate) calls: BTreeMap<u64, LoggedCall>,
    pub(crate) chat_messages: BTreeMap<u64, LoggedChatMessage>,
    /// By user and other person.
    strengths: BTreeMap<(u64, u64), f64>,
    pub(crate) files: BTreeMap<u64, EntityFile>,
    pub(crate) reminders: BTreeMap<u64, Reminder>,
    pub(crate) webhooks: BTreeMap<u64, Webhook>,
    merges: merge::Merges,
    history: Vec<Change>,
    /// Who could manage opportunities that are deleted, where not everybody could.
    past_managers: BTreeMap<u64, BTreeSet<u64>>,
    events: Vec<Event>,
    ids: Ids,
}

impl World {
    /// A world with one user, one key and the fields every account has.
    pub fn new() -> Self {
        let mut world = Self {
            tenant: Tenant { id: 77, name: "Quillfern Seed".into(), subdomain: "quillfern-seed".into() },
            main_user: 0,
            main_key: String::new(),
            keys: BTreeMap::new(),
            companies: BTreeMap::new(),
            persons: BTreeMap::new(),
            opportunities: BTreeMap::new(),
            lists: BTreeMap::new(),
            entries: BTreeMap::new(),
            rows_of_list: BTreeMap::new(),
            rows_of_entity: BTreeMap::new(),
            fields: BTreeMap::new(),
            views: BTreeMap::new(),
            notes: BTreeMap::new(),
            replies: BTreeMap::new(),
            emails: BTreeMap::new(),
            meetings: BTreeMap::new(),
            calls: BTreeMap::new(),
            chat_messages: BTreeMap::new(),
            strengths: BTreeMap::new(),
            files: BTreeMap::new(),
            reminders: BTreeMap::new(),
            webhooks: BTreeMap::new(),
            merges: merge::Merges::default(),
            history: Vec::new(),
            past_managers: BTreeMap::new(),
            events: Vec::new(),
            ids: Ids::default(),
        };
        world.add_builtin_fields();
        world.main_user = world.add_user("Ines", "Falk", "ines@quillfern-seed.example");
        world.main_key = world.insert_key(NewKey::of(world.main_user));
        world
    }

    /// Makes it another account: one with this name and subdomain, and with an id that goes with the subdomain.
    pub fn set_tenant(&mut self, name: impl Into<String>, subdomain: impl Into<String>) {
        let (name, subdomain) = (name.into(), subdomain.into());
        let mixed = subdomain.bytes().fold(0_u64, |sum, byte| (sum * 31 + u64::from(byte)) % 900_000);
        let id = if subdomain == self.tenant.subdomain { self.tenant.id } else { 1000 + mixed };
        self.tenant = Tenant { id, name, subdomain };
    }

    /// The key [`Sandbox::api_key`](crate::Sandbox::api_key) hands out.
    pub fn api_key(&self) -> &str {
        &self.main_key
    }

    /// The user, as a person id, that [`World::api_key`] was made for.
    pub fn main_user(&self) -> u64 {
        self.main_user
    }

    /// Notes that something happened, for webhooks.
    pub(crate) fn record(&mut self, event: Event) {
        self.events.push(event);
    }

    /// What happened since this was asked last.
    pub(crate) fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// Counts only: keys are secrets, and a world is too long to read.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("keys", &self.keys.len())
            .field("companies", &self.companies.len())
            .field("persons", &self.persons.len())
            .field("opportunities", &self.opportunities.len())
            .field("lists", &self.lists.len())
            .field("entries", &self.entries.len())
            .field("notes", &self.notes.len())
            .finish_non_exhaustive()
    }
}

/// The moment things are created at unless said otherwise; the data never depends on the wall clock.
pub(crate) fn default_instant() -> DateTime<Utc> {
    Utc.timestamp_opt(1_736_150_400, 0).single().unwrap_or_default()
}

/// 9999-12-31T23:59:59Z, the last second the API can say.
pub(crate) fn last_instant() -> DateTime<Utc> {
    Utc.timestamp_opt(253_402_300_799, 0).single().unwrap_or_default()
}

/// The next free number of each id space; the spaces are apart, so that mixed-up ids are noticed.
#[derive(Clone, Debug)]
struct Ids {
    company: u64,
    person: u64,
    opportunity: u64,
    list: u64,
    entry: u64,
    field: u64,
    option: u64,
    view: u64,
    key: u64,
    note: u64,
    email: u64,
    meeting: u64,
    call: u64,
    chat_message: u64,
    file: u64,
    reminder: u64,
    webhook: u64,
    merge: u64,
    /// Of values, past what 32 bits hold.
    value: u64,
    change: u64,
    /// The numbers API v1 has for fields whose ids are words.
    twin: u64,
}

impl Default for Ids {
    fn default() -> Self {
        Self {
            company: 10_001,
            person: 50_001,
            opportunity: 300_001,
            list: 101,
            entry: 900_001,
            field: 4_401,
            option: 70_001,
            view: 2_001,
            key: 0,
            note: 1_000_001,
            email: 600_001,
            meeting: 700_001,
            call: 4_000_001,
            chat_message: 1_500_001,
            file: 1_200_001,
            reminder: 20_001,
            webhook: 3_001,
            merge: 8_001,
            value: 3_200_000_001,
            change: 60_000_001,
            twin: 5_000_001,
        }
    }
}

/// The largest id the API can carry: 2^53 - 1.
pub(crate) const LARGEST_ID: u64 = (1 << 53) - 1;

/// Takes the next free number.
fn take_next(next: &mut u64) -> u64 {
    let id = *next;
    *next += 1;
    id
}

/// The wanted id, or the next free one if none (0) is wanted.
fn choose<T>(next: &mut u64, wanted: u64, taken: &BTreeMap<u64, T>) -> Result<u64, WorldError> {
    if wanted > 0 {
        return check_id(wanted).map(|()| wanted);
    }
    while taken.contains_key(next) {
        *next += 1;
    }
    Ok(take_next(next))
}

fn check_id(id: u64) -> Result<(), WorldError> {
    if (1..=LARGEST_ID).contains(&id) {
        return Ok(());
    }
    Err(WorldError::Unsayable("ids are from 1 to 2^53 - 1"))
}

fn check_instant(at: DateTime<Utc>) -> Result<(), WorldError> {
    check_year(&at)
}

/// Dates are written with four digits for the year.
fn check_year(date: &impl Datelike) -> Result<(), WorldError> {
    if (0..=9_999).contains(&date.year()) {
        return Ok(());
    }
    Err(WorldError::Unsayable("a year has four digits"))
}
