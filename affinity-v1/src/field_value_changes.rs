//! Changes of field values: the history of cells.

use affinity_core::{Access, FieldNumber, FieldValueChangeId, ListEntryId, ReadWrite, Result, decode};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::call::{Parts, Sealed};
use crate::listing::listings;
use crate::{
    Client, Field, FieldValueTarget, ListOperation, Listing, PagedOperation, PersonSummary, TypedValue,
    ValueType, day, instant,
};

affinity_core::open_codes! {
    /// What was done to a value.
    pub enum ChangeAction {
        /// It was made.
        Create = 0,
        /// It was deleted.
        Delete = 1,
        /// It was changed.
        Update = 2,
    }
}

/// Changes of field values: the history of cells.
#[derive(Clone, Debug)]
pub struct FieldValueChanges<A: Access = ReadWrite> {
    client: Client<A>,
}

impl<A: Access> Client<A> {
    /// Changes of field values: the history of cells.
    pub fn field_value_changes(&self) -> FieldValueChanges<A> {
        FieldValueChanges { client: self.clone() }
    }
}

impl<A: Access> FieldValueChanges<A> {
    /// The changes of a field's values, the newest first, in one piece. The field must be one whose changes are
    /// kept: see [`Field::track_changes`].
    ///
    /// It needs a [`target`](Listing::target), [`changed_after`](Listing::changed_after) or
    /// [`limit`](Listing::limit): the service may not manage the whole history of a field in time (observed).
    /// [`walk`](Listing::walk) asks for that part by part.
    ///
    /// Route: v1 `GET /field-value-changes`.
    ///
    /// # Errors
    ///
    /// `is_input` if nothing bounds it; a refusal for a field whose changes are not kept.
    pub fn list(&self, field: FieldNumber) -> Listing<ListFieldValueChanges> {
        let mut parts = Parts::new("/field-value-changes", []);
        parts.set_query_id("field_id", field.get());
        Listing::new(&self.client, parts)
    }
}

/// The most changes that one answer can have (observed).
const MOST: u32 = 10_000;

impl Listing<ListFieldValueChanges> {
    /// Only the changes of one entity or row. Ask for those of a global field by entity: they belong to no row,
    /// and none is found (observed).
    pub fn target(mut self, target: impl Into<FieldValueTarget>) -> Self {
        for name in FieldValueTarget::NAMES {
            self.parts.accept(name);
            self.parts.drop_query(name);
        }
        let (name, id) = target.into().parameter();
        self.parts.set_query_id(name, id);
        self
    }

    /// Only changes of this kind.
    pub fn action(self, action: ChangeAction) -> Self {
        self.query("action_type", action.code())
    }

    /// Only changes from this instant on (observed).
    pub fn changed_after(mut self, instant: DateTime<Utc>) -> Self {
        self.parts.accept("changed_after");
        if !day::sayable(&instant) {
            self.parts.refuse("changed_after: the year does not fit into four digits");
        }
        self.query("changed_after", precisely(instant))
    }

    /// At most this many changes, 1 to 10,000 (observed).
    pub fn limit(mut self, changes: u32) -> Self {
        self.parts.accept("limit");
        if !(1..=MOST).contains(&changes) {
            self.parts.refuse(format!("limit: {changes} is outside 1 to {MOST}"));
        }
        self.query("limit", changes)
    }

    /// The oldest first (observed).
    pub fn oldest_first(self) -> Self {
        self.query("order_by", "asc")
    }

    /// All changes from this instant on, the oldest first, page by page: a stream for histories of any length
    /// (observed). It takes the place of `changed_after`, `limit` and `oldest_first`. A page has 1,000 changes
    /// unless said otherwise.
    ///
    /// It ends at an empty page. The [`next`](affinity_core::Page::next) of the last page that has changes can be
    /// kept: a later walk from there brings what was changed since.
    ///
    /// Route: v1 `GET /field-value-changes`.
    pub fn walk(self, since: DateTime<Utc>) -> Listing<WalkFieldValueChanges> {
        let mut walk = self.changed_after(since).oldest_first();
        walk.parts.accept("limit");
        walk.parts.drop_query("limit");
        walk.becoming()
    }
}

/// As finely as the service keeps it: less would bring changes again.
fn precisely(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Micros, true)
}

listings! {
    /// See [`FieldValueChanges::list`].
    ListFieldValueChanges =
        "v1_list_field_value_changes" -> FieldValueChange, in ["field_value_changes"],
        check bounded;
}

fn bounded(parts: &Parts) -> Result<(), String> {
    let bounds =
        |name: &str| FieldValueTarget::NAMES.contains(&name) || ["changed_after", "limit"].contains(&name);
    if parts.query.iter().any(|(name, _)| bounds(name)) {
        return Ok(());
    }
    Err("say a target, changed_after or limit, or walk: the whole history may be too much for one answer"
        .to_owned())
}

/// See [`Listing::walk`].
#[derive(Clone, Copy, Debug)]
pub enum WalkFieldValueChanges {}

impl Sealed for WalkFieldValueChanges {}

/// The service gives no token here: the next page starts after the last change of this one, told by its time and
/// its id.
impl ListOperation for WalkFieldValueChanges {
    type Item = FieldValueChange;
    const NAME: &'static str = "v1_walk_field_value_changes";
    const KEYS: &'static [&'static str] = &["field_value_changes"];
    const LIMIT: Option<u32> = Some(1000);
    const SIZE: &'static str = "limit";

    fn turn_to(parts: &mut Parts, token: &str) -> Result<(), String> {
        let place = token.split_once('/').and_then(|(at, id)| Some((instant::parse(at)?, id.parse().ok()?)));
        let (changed_after, after_id): (_, u64) = place.ok_or("resume_from: not a cursor of this walk")?;
        parts.set_query("changed_after", precisely(changed_after));
        parts.set_query("after_id", after_id);
        Ok(())
    }

    fn next(items: &[Box<RawValue>], place: &str, _: Option<String>) -> Result<Option<String>> {
        let Some(last) = items.last() else { return Ok(None) };
        let place: Place = decode::item_at(last, place, items.len() - 1)?;
        Ok(Some(format!("{}/{}", precisely(place.changed_at), place.id)))
    }
}

impl PagedOperation for WalkFieldValueChanges {
    const LARGEST: u32 = MOST;
}

/// What of a change says where to go on. The rest of it need not be readable for that.
#[derive(Deserialize)]
struct Place {
    id: FieldValueChangeId,
    #[serde(deserialize_with = "instant::required")]
    changed_at: DateTime<Utc>,
}

/// A change of a field value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FieldValueChange {
    /// The id of the change. Several can have the same time.
    pub id: FieldValueChangeId,
    /// The field.
    pub field_id: FieldNumber,
    /// The number of the entity.
    pub entity_id: u64,
    /// The row; none for a global field (observed).
    #[serde(default)]
    pub list_entry_id: Option<ListEntryId>,
    /// What was done.
    pub action_type: ChangeAction,
    /// Who did it.
    #[serde(default)]
    pub changer: Option<PersonSummary>,
    /// When.
    #[serde(deserialize_with = "instant::required")]
    pub changed_at: DateTime<Utc>,
    /// The new value, as it came; of a deletion, the old one. See [`read_as`](Self::read_as).
    #[serde(default)]
    pub value: Value,
}

impl FieldValueChange {
    /// The value, read as one of this type, which is the type of its field.
    ///
    /// # Errors
    ///
    /// `is_decode`: the value is of another form.
    pub fn read_as(&self, value_type: ValueType) -> Result<TypedValue> {
        TypedValue::read(&self.value, value_type)
    }

    /// The value, read by its field.
    ///
    /// # Errors
    ///
    /// `is_input`: it is the value of another field. `is_decode`: it is of another form.
    pub fn read(&self, field: &Field) -> Result<TypedValue> {
        field.check_is(self.field_id)?;
        self.read_as(field.value_type)
    }
}
