//! What an update would change, to look at, to keep, and to apply later.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::time::Duration;

use affinity_core::{Error, FieldId, ListEntryId, ListId, Priority, Result};
use serde::{Deserialize, Serialize};

use super::entry_update::Verb;
use super::resolve::{Labels, Resolved};
use super::updater::{Prepared, Updater, find, in_time, until};
use super::{EntryUpdate, Updated};
use crate::resources::Lists;
use crate::{Affinity, Field, FieldValue, FieldValueUpdate, Location};

/// What an update would change in one row: made by [`RowUpdate::plan`](super::RowUpdate::plan), carried out by
/// [`Lists::apply`].
///
/// `Display` shows every cell that would change, from what to what, those that stay, and what it costs: that is what a
/// plan is for, and it is people's data. `Debug` shows the fields only. With serde it can be stored, values included, and applied by another program or
/// another day.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[must_use = "a plan changes nothing until it is applied"]
#[non_exhaustive]
pub struct Plan {
    /// The list.
    pub list: ListId,
    /// The row.
    pub entry: ListEntryId,
    /// The cells that would change.
    pub changes: Vec<Change>,
    /// The cells that hold already what they are to hold. They are not written, but
    /// [`if_unchanged`](ApplyPlan::if_unchanged) looks at them too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<Kept>,
}

/// One cell that would change.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Change {
    /// The field.
    pub field: FieldId,
    /// Its name when the plan was made.
    pub name: String,
    /// What was in the cell when the plan was made.
    pub old: CellState,
    /// What is written. For append and remove, the whole list as it is to be.
    pub new: FieldValueUpdate,
    /// What the persons, companies or options of `new` are called: ids do not say much.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    labels: Vec<(u64, String)>,
}

/// One cell that holds already what it is to hold.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Kept {
    /// The field.
    pub field: FieldId,
    /// Its name when the plan was made.
    pub name: String,
    /// What was in the cell when the plan was made.
    pub value: CellState,
}

/// What an operation comes to.
pub(crate) enum Found {
    Change(Change),
    Kept(Kept),
}

/// What was read of a cell. Kept apart because none of them stands for another.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CellState {
    /// The field was asked for, and is not in the answer: it does not apply to this row.
    NotThere,
    /// It has no value. Before version 2026-07-15 a hidden one looks the same.
    Empty,
    /// It may have a value, which the key's user may not see.
    Hidden,
    /// The value; of several, perhaps only the first 100.
    Value(FieldValue),
}

impl CellState {
    fn of(cell: Option<&Field>) -> Self {
        match cell {
            None => Self::NotThere,
            Some(cell) if cell.is_hidden() => Self::Hidden,
            Some(cell) if cell.value.is_empty() => Self::Empty,
            Some(cell) => Self::Value(cell.value.clone()),
        }
    }

    /// Whether this is certainly all there is in the cell.
    fn is_whole(&self) -> bool {
        match self {
            Self::NotThere | Self::Empty => true,
            Self::Hidden => false,
            Self::Value(value) => value.is_complete() == Some(true),
        }
    }

    /// Whether the cell holds what an update makes of it. What is not known in whole does not.
    fn shows(&self, update: &FieldValueUpdate) -> bool {
        self.is_whole()
            && match self {
                Self::Value(value) => update.is_shown_by(value),
                _ => is_nothing(update),
            }
    }

    /// Whether another look found the same value; both are whole.
    fn is_same(&self, now: &Self) -> bool {
        match (self, now) {
            (Self::Value(old), _) => FieldValueUpdate::try_from(old).is_ok_and(|old| now.shows(&old)),
            (_, Self::Value(_)) => false,
            // Not there and empty are one and the same to the document.
            _ => true,
        }
    }
}

/// Without the value.
impl fmt::Debug for CellState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotThere => "NotThere",
            Self::Empty => "Empty",
            Self::Hidden => "Hidden",
            Self::Value(_) => "Value(..)",
        })
    }
}

/// With the value, on one line.
impl fmt::Display for CellState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.show(f, &Doubles::of(&self.pieces()))
    }
}

impl CellState {
    fn pieces(&self) -> Vec<Piece> {
        match self {
            Self::Value(value) => pieces_of_value(value),
            _ => Vec::new(),
        }
    }

    fn show(&self, f: &mut fmt::Formatter<'_>, doubles: &Doubles) -> fmt::Result {
        match self {
            Self::NotThere => f.write_str("(not there)"),
            Self::Empty => f.write_str(EMPTY),
            Self::Hidden => f.write_str("(hidden)"),
            Self::Value(_) => {
                f.write_str(&joined(&self.pieces(), doubles))?;
                if self.is_whole() {
                    Ok(())
                } else {
                    f.write_str(" (and perhaps more, which the server cut)")
                }
            }
        }
    }
}

const EMPTY: &str = "(empty)";

impl Found {
    pub(crate) fn of(one: Resolved, cell: Option<&Field>) -> Result<Self> {
        let old = CellState::of(cell);
        let new = match one.verb {
            Verb::Set => Some(one.value.clone()).filter(|new| !old.shows(new)),
            Verb::Append | Verb::Remove => one.merged(cell)?,
        };
        let Resolved { field, name, mut labels, .. } = one;
        let Some(new) = new else { return Ok(Self::Kept(Kept { field, name, value: old })) };
        if let CellState::Value(old) = &old {
            add_names(&mut labels, old);
        }
        // Of a dropdown, all options are known here.
        let shown = pieces_of_update(&new, &[]);
        labels.retain(|id, _| shown.iter().any(|piece| piece.is_record(*id)));
        Ok(Self::Change(Change { field, name, old, new, labels: labels.into_iter().collect() }))
    }
}

impl Change {
    fn place(&self) -> String {
        format!("{:?} ({})", self.name, self.field)
    }
}

/// Without the values.
impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Change");
        debug.field("field", &self.field).field("name", &self.name).finish_non_exhaustive()
    }
}

/// With the values, on one line: `Status (field-4401): In review → Won`. What stands there is made of what is written:
/// a person, company or option whose name is not known, or not clear, is shown with the id.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let new = pieces_of_update(&self.new, &self.labels);
        let doubles = Doubles::of(self.old.pieces().iter().chain(&new));
        show_field(f, &self.name, &self.field)?;
        self.old.show(f, &doubles)?;
        let new = if is_nothing(&self.new) { EMPTY.to_owned() } else { joined(&new, &doubles) };
        write!(f, " → {new}")
    }
}

impl Kept {
    fn place(&self) -> String {
        format!("{:?} ({})", self.name, self.field)
    }
}

/// Without the value.
impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Kept");
        debug.field("field", &self.field).field("name", &self.name).finish_non_exhaustive()
    }
}

/// With the value, on one line: `Status (field-4401): stays Won`.
impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show_field(f, &self.name, &self.field)?;
        write!(f, "stays {}", self.value)
    }
}

fn show_field(f: &mut fmt::Formatter<'_>, name: &str, field: &FieldId) -> fmt::Result {
    write!(f, "{} ({}): ", plain(name), plain(field.as_str()))
}

impl Plan {
    /// The fields it is about.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &FieldId> {
        let changes = self.changes.iter().map(|change| &change.field);
        changes.chain(self.kept.iter().map(|kept| &kept.field))
    }

    /// How many calls [`Lists::apply`] makes for it: one, which writes all cells, or none if nothing would change.
    /// Not counted are the look that [`ApplyPlan::if_unchanged`] adds, repeats of a call that failed, and what making the
    /// plan has cost.
    pub fn calls(&self) -> u32 {
        if self.changes.is_empty() { 0 } else { 1 }
    }

    /// Whether the row holds already all that it is to hold.
    pub fn is_unchanged(&self) -> bool {
        self.changes.is_empty()
    }
}

/// What was planned, as one of many updates: to apply many plans with a journal. A plan of another list than the run's is
/// refused; one that [changes nothing](Plan::is_unchanged) is reported as such, without a call. Whether cells are as they
/// were is looked at with [`Updates::if_unchanged`](super::Updates::if_unchanged).
impl From<Plan> for EntryUpdate {
    fn from(plan: Plan) -> Self {
        let changes = plan.changes.iter();
        let set = |update: Self, change: &Change| update.set(&change.field, change.new.clone());
        let update = changes.fold(Self::new(plan.entry), set);
        Self { planned: Some(Box::new(plan)), ..update }
    }
}

/// Without the values.
impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Plan");
        debug.field("list", &self.list).field("entry", &self.entry).field("changes", &self.changes);
        debug.field("kept", &self.kept).finish()
    }
}

/// With the values, a line for each cell, and last what it costs.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { list, entry, changes, kept } = self;
        match changes.len() {
            0 => write!(f, "list {list}, entry {entry}: nothing to change")?,
            1 => write!(f, "list {list}, entry {entry}: 1 change")?,
            count => write!(f, "list {list}, entry {entry}: {count} changes")?,
        }
        changes.iter().try_for_each(|change| write!(f, "\n  {change}"))?;
        kept.iter().try_for_each(|kept| write!(f, "\n  {kept}"))?;
        f.write_str(if self.is_unchanged() { "\n  no call" } else { "\n  1 call" })
    }
}

fn is_nothing(update: &FieldValueUpdate) -> bool {
    use FieldValueUpdate as U;
    match update {
        U::Company(value) => value.is_none(),
        U::CompanyMulti(values) => values.is_empty(),
        U::DateTime(value) => value.is_none(),
        U::Dropdown(value) | U::RankedDropdown(value) => value.is_none(),
        U::DropdownMulti(values) => values.is_empty(),
        U::FilterableText(value) | U::Text(value) => value.is_none(),
        U::FilterableTextMulti(values) => values.is_empty(),
        U::Location(value) => value.is_none(),
        U::LocationMulti(values) => values.is_empty(),
        U::Number(value) => value.is_none(),
        U::NumberMulti(values) => values.is_empty(),
        U::Person(value) => value.is_none(),
        U::PersonMulti(values) => values.is_empty(),
        _ => false,
    }
}

/// What the records in a value that was read are called.
fn add_names(labels: &mut Labels, value: &FieldValue) {
    for piece in pieces_of_value(value) {
        if let Piece::Record { id, label: Some(label), .. } = piece {
            labels.insert(id, label);
        }
    }
}

/// One of the things in a cell, to be shown.
enum Piece {
    /// With nothing in it that people wrote.
    Plain(String),
    Text(String),
    /// In the words of people, who do not write it to mislead, mostly.
    Words(String),
    Record {
        kind: &'static str,
        id: u64,
        label: Option<String>,
    },
}

impl Piece {
    fn record(kind: &'static str, id: u64, label: impl Into<Option<String>>) -> Self {
        Self::Record { kind, id, label: label.into().filter(|label| !label.is_empty()) }
    }

    fn is_record(&self, wanted: u64) -> bool {
        matches!(self, Self::Record { id, .. } if *id == wanted)
    }

    fn show(&self, doubles: &Doubles) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Text(text) => format!("{text:?}"),
            Self::Words(text) => plain(text),
            Self::Record { kind, id, label: None } => format!("{kind} {id}"),
            Self::Record { kind, id, label: Some(label) } if doubles.has(*id, label) => {
                format!("{} ({kind} {id})", plain(label))
            }
            Self::Record { label: Some(label), .. } => plain(label),
        }
    }
}

/// The names that several records have, and the records that have several names.
#[derive(Default)]
struct Doubles {
    labels: BTreeSet<String>,
    ids: BTreeSet<u64>,
}

impl Doubles {
    fn of<'p>(pieces: impl IntoIterator<Item = &'p Piece>) -> Self {
        let mut doubles = Self::default();
        let (mut by_label, mut by_id) = (HashMap::new(), HashMap::new());
        for piece in pieces {
            let Piece::Record { id, label: Some(label), .. } = piece else { continue };
            if *by_label.entry(label).or_insert(id) != id {
                doubles.labels.insert(label.clone());
            }
            if *by_id.entry(id).or_insert(label) != label {
                doubles.ids.insert(*id);
            }
        }
        doubles
    }

    fn has(&self, id: u64, label: &str) -> bool {
        self.ids.contains(&id) || self.labels.contains(label)
    }
}

fn pieces_of_value(value: &FieldValue) -> Vec<Piece> {
    use FieldValue as V;
    if let Some(persons) = value.as_persons() {
        let piece = persons.iter().map(|person| {
            let name = [person.first_name.as_deref(), person.last_name.as_deref()];
            let name: Vec<&str> = name.into_iter().flatten().filter(|part| !part.is_empty()).collect();
            let name = Some(name.join(" ")).filter(|name| !name.is_empty());
            let label = name.or_else(|| person.primary_email_address.clone());
            Piece::record("person", person.id.get(), label)
        });
        return piece.collect();
    }
    if let Some(companies) = value.as_companies() {
        return companies.iter().map(|it| Piece::record("company", it.id.get(), it.name.clone())).collect();
    }
    if let Some(options) = value.as_options() {
        return options.iter().map(|it| Piece::record("option", it.id.get(), it.text.to_owned())).collect();
    }
    match value {
        V::Text(text) | V::FilterableText(text) => text.iter().cloned().map(Piece::Text).collect(),
        V::FilterableTextMulti(texts) => texts.items.iter().cloned().map(Piece::Text).collect(),
        V::Location(place) => place.iter().map(|place| Piece::Words(place_text(place))).collect(),
        V::LocationMulti(places) => {
            places.items.iter().map(|place| Piece::Words(place_text(place))).collect()
        }
        V::NumberMulti(numbers) => numbers.items.iter().map(|it| Piece::Plain(it.to_string())).collect(),
        V::Number(_) | V::FormulaNumber(_) | V::DateTime(_) => vec![Piece::Plain(value.to_text())],
        other => vec![Piece::Words(other.to_text())],
    }
}

fn pieces_of_update(update: &FieldValueUpdate, labels: &[(u64, String)]) -> Vec<Piece> {
    use FieldValueUpdate as U;
    let called = |kind: &'static str, id: u64| {
        let label = labels.iter().find(|(known, _)| *known == id).map(|(_, label)| label.clone());
        Piece::record(kind, id, label)
    };
    match update {
        U::Company(id) => id.iter().map(|id| called("company", id.get())).collect(),
        U::CompanyMulti(ids) => ids.iter().map(|id| called("company", id.get())).collect(),
        U::DateTime(date) => date.iter().map(|date| Piece::Plain(date.day().to_string())).collect(),
        U::Dropdown(id) | U::RankedDropdown(id) => id.iter().map(|id| called("option", id.get())).collect(),
        U::DropdownMulti(ids) => ids.iter().map(|id| called("option", id.get())).collect(),
        U::FilterableText(text) | U::Text(text) => text.iter().cloned().map(Piece::Text).collect(),
        U::FilterableTextMulti(texts) => texts.iter().cloned().map(Piece::Text).collect(),
        U::Location(place) => place.iter().map(|place| Piece::Words(place_text(place))).collect(),
        U::LocationMulti(places) => places.iter().map(|place| Piece::Words(place_text(place))).collect(),
        U::Number(number) => number.iter().map(|it| Piece::Plain(it.to_string())).collect(),
        U::NumberMulti(numbers) => numbers.iter().map(|it| Piece::Plain(it.to_string())).collect(),
        U::Person(id) => id.iter().map(|id| called("person", id.get())).collect(),
        U::PersonMulti(ids) => ids.iter().map(|id| called("person", id.get())).collect(),
        other => vec![Piece::Plain(other.kind().to_owned())],
    }
}

fn joined(pieces: &[Piece], doubles: &Doubles) -> String {
    pieces.iter().map(|piece| piece.show(doubles)).collect::<Vec<_>>().join("; ")
}

fn place_text(place: &Location) -> String {
    let parts = [&place.street_address, &place.city, &place.state, &place.country, &place.continent];
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// The words as they are if they can neither break a line, steer a terminal nor be taken for something else; in quotes,
/// with what does that escaped, if they can.
fn plain(text: &str) -> String {
    let quoted = format!("{text:?}");
    let is_clear = quoted.len() == text.len() + 2
        && !text.is_empty()
        && text.trim() == text
        && !text.starts_with('(')
        && !["; ", "→"].iter().any(|sign| text.contains(sign));
    if is_clear { text.to_owned() } else { quoted }
}

impl Lists {
    /// Carries out what a plan says: one call, all of it or nothing.
    ///
    /// Names and addresses were resolved when the plan was made; by now a field may have been renamed, which does not
    /// matter, or deleted, or given another value type: then the server refuses, and nothing is written. What was
    /// planned as append or remove is written as the whole list it came to, so that values added meanwhile are lost
    /// unless [`if_unchanged`](ApplyPlan::if_unchanged) is asked for.
    ///
    /// Route: v2 `PATCH /v2/lists/{listId}/list-entries/{listEntryId}/fields`. Permission: "Export data from Lists", and
    /// the right to edit the list in the product.
    ///
    /// ```no_run
    /// # async fn example(affinity: affinity::Affinity, list: affinity::ListId, entry: affinity::ListEntryId)
    /// # -> Result<(), Box<dyn std::error::Error>> {
    /// use affinity::update::Plan;
    ///
    /// let plan = affinity.lists().entry(list, entry).update().set("Status", "Won").plan().await?;
    /// println!("{plan}");
    /// std::fs::write("plan.json", serde_json::to_vec(&plan)?)?;
    ///
    /// let plan: Plan = serde_json::from_slice(&std::fs::read("plan.json")?)?;
    /// affinity.lists().apply(plan).if_unchanged().send().await?;
    /// # Ok(()) }
    /// ```
    pub fn apply(&self, plan: Plan) -> ApplyPlan {
        let affinity = self.affinity.clone();
        ApplyPlan { affinity, plan, if_unchanged: false, timeout: None, priority: Priority::default() }
    }
}

/// See [`Lists::apply`].
#[derive(Clone)]
#[must_use = "nothing is written until `send`"]
pub struct ApplyPlan {
    affinity: Affinity,
    plan: Plan,
    if_unchanged: bool,
    timeout: Option<Duration>,
    priority: Priority,
}

/// Without the values.
impl fmt::Debug for ApplyPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("ApplyPlan");
        debug.field("plan", &self.plan).field("if_unchanged", &self.if_unchanged).finish_non_exhaustive()
    }
}

impl ApplyPlan {
    /// Reads the cells again right before the write, and writes nothing if one is not as it was when the plan was made;
    /// also one that the plan leaves as it is. A cell that was or is said to be hidden, or that the server may have cut at
    /// 100, is refused too: whether it changed cannot be known.
    ///
    /// A cell that shows already what the plan writes counts as written, so that a plan whose outcome was not known can be
    /// sent again.
    ///
    /// The API has no conditional write. Between this look and the write there is a moment, about the time of one call,
    /// in which a change by somebody else goes unnoticed and is overwritten.
    pub fn if_unchanged(mut self) -> Self {
        self.if_unchanged = true;
        self
    }

    /// The time for the whole of it, waiting and repeats included.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Whether its calls go before others or after them when not all can go at once. Without this they are
    /// [`Priority::Interactive`].
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Writes what the plan says. Makes no call if it says nothing.
    ///
    /// # Errors
    ///
    /// With [`if_unchanged`](Self::if_unchanged), `is_input` if a cell is not as it was: the message names the fields;
    /// make a new plan. 400 if the server takes a value no longer: the field has another value type, or the option is
    /// gone. `is_not_found` if the row is gone. `is_outcome_unknown`: send it again, which comes to the same.
    pub async fn send(self) -> Result<Updated> {
        let Self { affinity, plan, if_unchanged, timeout, priority } = self;
        let (updater, until) = (Updater::new(&affinity, plan.list, priority), until(timeout));
        let mut unchanged = Vec::new();
        if if_unchanged && !plan.is_unchanged() {
            let look = Box::pin(async {
                let fields = plan.fields().cloned().collect();
                let cells = updater.read(plan.entry, fields, until).await?;
                plan.check_unchanged(&cells)
            });
            unchanged = in_time(until, look).await?;
        }
        let left = plan.changes.into_iter().filter(|change| !unchanged.contains(&change.field));
        let writes = left.map(|change| (change.field, change.new)).collect();
        updater.write(plan.entry, Prepared { writes, unchanged, ..Prepared::default() }, until).await
    }
}

impl Plan {
    /// The fields that show already what the plan writes, if all others are as they were.
    pub(crate) fn check_unchanged(&self, cells: &[Field]) -> Result<Vec<FieldId>> {
        let (mut moved, mut unknown, mut written) = (Vec::new(), Vec::new(), Vec::new());
        for change in &self.changes {
            let now = CellState::of(find(cells, &change.field));
            if now.shows(&change.new) {
                written.push(change.field.clone());
            } else if !change.old.is_whole() || !now.is_whole() {
                unknown.push(change.place());
            } else if !change.old.is_same(&now) {
                moved.push(change.place());
            }
        }
        for kept in &self.kept {
            let now = CellState::of(find(cells, &kept.field));
            if !kept.value.is_whole() || !now.is_whole() {
                unknown.push(kept.place());
            } else if !kept.value.is_same(&now) {
                moved.push(kept.place());
            }
        }
        if !moved.is_empty() {
            let fields = moved.join(", ");
            return Err(Error::input(format!(
                "if_unchanged: changed since the plan was made: {fields}; plan again"
            )));
        }
        if !unknown.is_empty() {
            let fields = unknown.join(", ");
            return Err(Error::input(format!(
                "if_unchanged: hidden, or cut at 100 by the server, so that it cannot be known whether it changed: \
                 {fields}; leave if_unchanged out to write all the same"
            )));
        }
        Ok(written)
    }
}
