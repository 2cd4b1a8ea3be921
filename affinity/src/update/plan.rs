//! What an update would change, to look at, to keep, and to apply later.

use std::fmt;
use std::time::Duration;

use affinity_core::{Error, FieldId, ListEntryId, ListId, Result};
use serde::{Deserialize, Serialize};

use super::entry_update::Verb;
use super::resolve::{Labels, Resolved};
use super::updater::{Prepared, Updater, find, in_time, until};
use super::{EntryUpdate, Updated};
use crate::resources::Lists;
use crate::{Field, FieldValue, FieldValueUpdate, Location};

/// What an update would change in one row: made by [`RowUpdate::plan`](super::RowUpdate::plan), carried out by
/// [`Lists::apply`].
///
/// `Display` shows every cell that would change, from what to what: that is what a plan is for, and it is people's data.
/// `Debug` shows the fields only. With serde it can be stored, values included, and applied by another program or
/// another day.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[must_use = "a plan changes nothing until it is applied"]
#[non_exhaustive]
pub struct Plan {
    /// The list.
    pub list: ListId,
    /// The row.
    pub entry: ListEntryId,
    /// The cells that would change; those that hold already what they are to hold are not among them.
    pub changes: Vec<Change>,
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
    /// The new value for people: ids do not say much.
    shown: String,
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
        match self {
            Self::NotThere => f.write_str("(not there)"),
            Self::Empty => f.write_str(EMPTY),
            Self::Hidden => f.write_str("(hidden)"),
            Self::Value(value) => {
                f.write_str(&one_line(&value.to_text()))?;
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

impl Change {
    /// The change an operation comes to; `None` if the cell holds already what it is to hold.
    pub(crate) fn of(one: Resolved, cell: Option<&Field>) -> Result<Option<Self>> {
        let old = CellState::of(cell);
        let new = match one.verb {
            Verb::Set => Some(one.value.clone()).filter(|new| !old.shows(new)),
            Verb::Append | Verb::Remove => one.merged(cell)?,
        };
        Ok(new.map(|new| {
            let mut labels = one.labels;
            if let CellState::Value(old) = &old {
                add_names(&mut labels, old);
            }
            let shown = show(&new, &labels);
            Self { field: one.field, name: one.name, old, new, shown }
        }))
    }

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

/// With the values, on one line: `Status (field-4401): In review → Won`.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {} → {}", one_line(&self.name), self.field, self.old, self.shown)
    }
}

impl Plan {
    /// How many calls applying it costs: one, or none if nothing would change. [`ApplyPlan::if_unchanged`] costs one
    /// more.
    pub fn calls(&self) -> u32 {
        if self.changes.is_empty() { 0 } else { 1 }
    }

    /// Whether the row holds already all that it is to hold.
    pub fn is_unchanged(&self) -> bool {
        self.changes.is_empty()
    }
}

/// What was planned, as one of many updates: to apply many plans with a journal, of the list they were made for. Those
/// that [change nothing](Plan::is_unchanged) are to be left out, since an update without operations is refused. Nothing
/// looks whether cells are as they were.
impl From<Plan> for EntryUpdate {
    fn from(plan: Plan) -> Self {
        let changes = plan.changes.into_iter();
        changes.fold(Self::new(plan.entry), |update, change| update.set(change.field, change.new))
    }
}

/// Without the values.
impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Plan");
        debug.field("list", &self.list).field("entry", &self.entry).field("changes", &self.changes).finish()
    }
}

/// With the values, a line for each cell.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { list, entry, changes } = self;
        match changes.len() {
            0 => write!(f, "list {list}, entry {entry}: nothing to change")?,
            1 => write!(f, "list {list}, entry {entry}: 1 change")?,
            count => write!(f, "list {list}, entry {entry}: {count} changes")?,
        }
        changes.iter().try_for_each(|change| write!(f, "\n  {change}"))
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
    for person in value.as_persons().unwrap_or_default() {
        let name = [person.first_name.as_deref(), person.last_name.as_deref()];
        let name: Vec<&str> = name.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        if !name.is_empty() {
            labels.insert(person.id.get(), name.join(" "));
        }
    }
    for company in value.as_companies().unwrap_or_default() {
        labels.insert(company.id.get(), company.name.clone());
    }
    for option in value.as_options().unwrap_or_default() {
        labels.insert(option.id.get(), option.text.to_owned());
    }
}

fn show(update: &FieldValueUpdate, labels: &Labels) -> String {
    use FieldValueUpdate as U;
    let called = |kind: &str, id: u64| labels.get(&id).cloned().unwrap_or_else(|| format!("{kind} {id}"));
    if is_nothing(update) {
        return EMPTY.to_owned();
    }
    let text = match update {
        U::Company(id) => joined(id, |id| called("company", id.get())),
        U::CompanyMulti(ids) => joined(ids, |id| called("company", id.get())),
        U::DateTime(date) => joined(date, |date| date.day().to_string()),
        U::Dropdown(id) | U::RankedDropdown(id) => joined(id, |id| called("option", id.get())),
        U::DropdownMulti(ids) => joined(ids, |id| called("option", id.get())),
        U::FilterableText(text) | U::Text(text) => joined(text, String::clone),
        U::FilterableTextMulti(texts) => joined(texts, String::clone),
        U::Location(place) => joined(place, place_text),
        U::LocationMulti(places) => joined(places, place_text),
        U::Number(number) => joined(number, f64::to_string),
        U::NumberMulti(numbers) => joined(numbers, f64::to_string),
        U::Person(id) => joined(id, |id| called("person", id.get())),
        U::PersonMulti(ids) => joined(ids, |id| called("person", id.get())),
        other => other.kind().to_owned(),
    };
    one_line(&text)
}

fn joined<'a, T: 'a>(items: impl IntoIterator<Item = &'a T>, text: impl Fn(&T) -> String) -> String {
    items.into_iter().map(text).collect::<Vec<_>>().join("; ")
}

fn place_text(place: &Location) -> String {
    let parts = [&place.street_address, &place.city, &place.state, &place.country, &place.continent];
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// So that a value can neither break a line nor steer a terminal.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
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
        let updater = Updater::new(&self.affinity, plan.list);
        ApplyPlan { updater, plan, if_unchanged: false, timeout: None }
    }
}

/// See [`Lists::apply`].
#[derive(Clone)]
#[must_use = "nothing is written until `send`"]
pub struct ApplyPlan {
    updater: Updater,
    plan: Plan,
    if_unchanged: bool,
    timeout: Option<Duration>,
}

/// Without the values.
impl fmt::Debug for ApplyPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("ApplyPlan");
        debug.field("plan", &self.plan).field("if_unchanged", &self.if_unchanged).finish_non_exhaustive()
    }
}

impl ApplyPlan {
    /// Reads the cells again right before the write, and writes nothing if one is not as it was when the plan was made.
    /// A cell that was or is hidden, or that the server may have cut at 100, is refused too: whether it changed cannot be
    /// known.
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

    /// Writes what the plan says. Makes no call if it says nothing.
    ///
    /// # Errors
    ///
    /// With [`if_unchanged`](Self::if_unchanged), `is_input` if a cell is not as it was: the message names the fields;
    /// make a new plan. 400 if the server takes a value no longer: the field has another value type, or the option is
    /// gone. `is_not_found` if the row is gone. `is_outcome_unknown`: send it again, which comes to the same.
    pub async fn send(self) -> Result<Updated> {
        let Self { updater, plan, if_unchanged, timeout } = self;
        let until = until(timeout);
        if if_unchanged && !plan.is_unchanged() {
            in_time(until, async {
                let fields = plan.changes.iter().map(|change| change.field.clone()).collect();
                let cells = updater.read(plan.entry, fields, until).await?;
                plan.check_unchanged(&cells)
            })
            .await?;
        }
        let writes = plan.changes.into_iter().map(|change| (change.field, change.new)).collect();
        updater.write(plan.entry, Prepared { writes, unchanged: Vec::new() }, until).await
    }
}

impl Plan {
    fn check_unchanged(&self, cells: &[Field]) -> Result<()> {
        let (mut moved, mut unknown) = (Vec::new(), Vec::new());
        for change in &self.changes {
            let now = CellState::of(find(cells, &change.field));
            if !change.old.is_whole() || !now.is_whole() {
                unknown.push(change.place());
            } else if !change.old.is_same(&now) {
                moved.push(change.place());
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
        Ok(())
    }
}
