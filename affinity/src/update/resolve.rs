//! From what a caller says (names, texts, addresses, domains) to what the API takes: ids and typed values.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use affinity_core::{CompanyId, DropdownOptionId, Error, FieldId, ListId, PersonId, Result};
use futures::{StreamExt, TryStreamExt, stream};

use super::entry_update::{Key, Operation, Verb};
use super::lookup::{Candidate, Lookups, Sought};
use super::value::{Given, Item};
use super::{EntryUpdate, SetValue};
use crate::names::some_of;
use crate::schema::{Missed, NoOption, SchemaKey, Unfound};
use crate::{
    Affinity, Date, FieldType, FieldValueUpdate, ListType, Location, Schema, SchemaField, ValueType,
};

/// How many cells one call takes.
pub(crate) const MOST_CELLS: usize = 100;
/// How many searches one update has under way at once.
const SEARCHES: usize = 4;

/// One operation, with nothing left to find out but what is in the cell.
pub(crate) struct Resolved {
    pub(crate) field: FieldId,
    pub(crate) name: String,
    pub(crate) verb: Verb,
    /// What to write; for append and remove, what to add or take away.
    pub(crate) value: FieldValueUpdate,
    pub(crate) labels: Labels,
    /// The cell is that of the entity, which all its rows share.
    pub(crate) shared: bool,
}

/// All operations of an update, found out.
pub(crate) struct Resolution {
    pub(crate) operations: Vec<Resolved>,
    pub(crate) of_opportunities: bool,
}

/// What persons, companies and options are called, by their ids.
pub(crate) type Labels = BTreeMap<u64, String>;

/// Finds out everything that an update leaves open, without looking at the row. Nothing is written.
pub(crate) async fn resolve(
    affinity: &Affinity,
    list: ListId,
    update: &EntryUpdate,
    lookups: &Lookups,
    since: Option<u64>,
) -> Result<Resolution> {
    let operations = &update.operations;
    check_count(operations.len())?;
    let key = SchemaKey::List(list);
    let find =
        |schema: &Arc<Schema>| Ok((drafts(schema, operations)?, schema.entity == ListType::Opportunity));
    let (drafts, of_opportunities) = affinity.in_schema_since(key, since, find).await?;
    let found = find_all(&drafts, lookups).await?;
    let operations = drafts.into_iter().map(|draft| draft.resolved(&found)).collect::<Result<_>>()?;
    Ok(Resolution { operations, of_opportunities })
}

fn check_count(count: usize) -> Result<()> {
    match count {
        0 => Err(Error::input("update: no cell to write; say which with set, clear, append or remove")),
        _ if count > MOST_CELLS => {
            let why = format!(
                "update: {count} cells are more than the {MOST_CELLS} that one call takes; make several"
            );
            Err(Error::input(why))
        }
        _ => Ok(()),
    }
}

/// An operation whose field is known, and of whose values some are to be looked up.
struct Draft {
    field: FieldId,
    name: String,
    value_type: ValueType,
    verb: Verb,
    value: DraftValue,
    labels: Labels,
    shared: bool,
}

enum DraftValue {
    Ready(FieldValueUpdate),
    Pieces(Vec<Piece>),
}

/// One value that the field takes, or what leads to it.
enum Piece {
    Text(String),
    Number(f64),
    Day(Date),
    Place(Box<Location>),
    Option(DropdownOptionId),
    Person(PersonId),
    Company(CompanyId),
    Email(String),
    Domain(String),
}

/// Every operation against the schema. A field or option that is missing, and a field of another type than expected,
/// may be new: the schema may be older than they are.
fn drafts(schema: &Schema, operations: &[Operation]) -> Result<Vec<Draft>, Missed> {
    let mut seen: HashMap<&FieldId, &Operation> = HashMap::new();
    let mut drafts = Vec::new();
    for operation in operations {
        let field = field_of(schema, operation)?;
        if let Some(first) = seen.insert(&field.id, operation) {
            let (one, other) = (&first.key, &operation.key);
            let why = if one == other {
                format!("update: {one} is there twice; name it once")
            } else {
                format!("update: {one} and {other} are the same field, {}; name it once", place(field))
            };
            return Err(settled(why));
        }
        drafts.push(draft(field, operation)?);
    }
    Ok(drafts)
}

fn field_of<'s>(schema: &'s Schema, operation: &Operation) -> Result<&'s SchemaField, Missed> {
    let missing = |unfound: Unfound<'_>, key: &str| Missed {
        error: Error::input(format!("update: {}", unfound.explain(schema, key))),
        may_be_new: matches!(unfound, Unfound::Unknown),
    };
    match &operation.key.0 {
        Key::Text(text) => schema.find(text).map_err(|unfound| missing(unfound, text)),
        Key::Id(id) => schema.field_by_id(id).ok_or_else(|| missing(Unfound::Unknown, id.as_str())),
    }
}

/// How a field is named in messages: the name for people, the id because names repeat.
fn place(field: &SchemaField) -> String {
    format!("{:?} ({})", field.name, field.id)
}

/// A refusal that a newer schema would not change.
fn settled(why: String) -> Missed {
    Missed { error: Error::input(why), may_be_new: false }
}

/// A refusal that a newer schema may change.
fn by_type(why: String) -> Missed {
    Missed { error: Error::input(why), may_be_new: true }
}

fn draft(field: &SchemaField, operation: &Operation) -> Result<Draft, Missed> {
    let verb = operation.verb;
    let nothing = FieldValueUpdate::clear(&field.value_type)
        .map_err(|why| by_type(format!("{}: {why}", place(field))))?;
    let several = holds_several(&field.value_type);
    if verb != Verb::Set && !several {
        let (name, verb, kind) = (place(field), verb.as_str(), &field.value_type);
        return Err(by_type(format!(
            "{name}: {verb} is for fields with several values, and it is {kind}; use set"
        )));
    }
    let mut labels = Labels::new();
    if let Some(options) = &field.options {
        labels.extend(options.iter().map(|option| (option.id.get(), option.text.clone())));
    }
    let value = match &operation.value.0 {
        Given::Typed(update) if update.kind() == field.value_type.as_str() => {
            DraftValue::Ready(update.clone())
        }
        Given::Typed(update) => {
            return Err(mismatch(field, &format!("a value of the type {}", update.kind()), &place(field)));
        }
        Given::Nothing => DraftValue::Ready(nothing),
        Given::One(item) => DraftValue::Pieces(vec![piece(field, item, &place(field))?]),
        Given::Several(values) => {
            if !several && values.len() != 1 {
                let (name, count) = (place(field), values.len());
                let remedy = if count == 0 { "; clear empties it" } else { "" };
                return Err(by_type(format!(
                    "{name}: it is {}, which holds one value, and a list of {count} was given{remedy}",
                    field.value_type
                )));
            }
            DraftValue::Pieces(pieces(field, values)?)
        }
    };
    let (id, name) = (field.id.clone(), field.name.clone());
    let (value_type, shared) = (field.value_type.clone(), field.field_type != FieldType::List);
    Ok(Draft { field: id, name, value_type, verb, value, labels, shared })
}

pub(crate) fn holds_several(value_type: &ValueType) -> bool {
    value_type.as_str().ends_with("-multi")
}

fn pieces(field: &SchemaField, values: &[SetValue]) -> Result<Vec<Piece>, Missed> {
    let one = |(index, value): (usize, &SetValue)| {
        let at = nth(&place(field), index, values.len());
        match &value.0 {
            Given::One(item) => piece(field, item, &at),
            _ => Err(settled(format!("{at}: an item of a list is one value, with nothing in it but that"))),
        }
    };
    values.iter().enumerate().map(one).collect()
}

/// Which of several values is meant, without saying it.
fn nth(place: &str, index: usize, of: usize) -> String {
    if of > 1 { format!("{place}, item {} of {of}", index + 1) } else { place.to_owned() }
}

/// What one item is for this field.
fn piece(field: &SchemaField, item: &Item, at: &str) -> Result<Piece, Missed> {
    use ValueType as T;
    match (&field.value_type, item) {
        (_, Item::Inexact) => {
            Err(settled(format!("{at}: a whole number beyond 2^53 does not arrive exactly; give an f64")))
        }
        (T::Text | T::FilterableText | T::FilterableTextMulti, Item::Text(text)) => {
            Ok(Piece::Text(text.clone()))
        }
        (T::Number | T::NumberMulti, Item::Number(number)) => Ok(Piece::Number(*number)),
        (T::Datetime, Item::Day(date)) => Ok(Piece::Day(*date)),
        (T::Datetime, Item::Text(text)) => match day(text) {
            Some(date) => Ok(Piece::Day(date)),
            None => Err(by_type(format!(
                "{at}: the text is no day; give one as 2026-03-31, with four digits for the year, or a Date"
            ))),
        },
        (T::Dropdown | T::DropdownMulti | T::RankedDropdown, Item::Option(id)) => {
            known_option(field, *id, at)
        }
        (T::Dropdown | T::DropdownMulti | T::RankedDropdown, Item::Text(text)) => option(field, text),
        (T::Person | T::PersonMulti, Item::Person(id)) => Ok(Piece::Person(*id)),
        (T::Person | T::PersonMulti, Item::Text(text)) if is_email(text) => {
            Ok(Piece::Email(text.trim().to_owned()))
        }
        (T::Person | T::PersonMulti, Item::Text(_)) => Err(by_type(format!(
            "{at}: the text is no email address; give that of the person, or a PersonId: names are not unique"
        ))),
        (T::Company | T::CompanyMulti, Item::Company(id)) => Ok(Piece::Company(*id)),
        (T::Company | T::CompanyMulti, Item::Text(text)) if is_domain(text) => {
            Ok(Piece::Domain(text.trim().to_owned()))
        }
        (T::Company | T::CompanyMulti, Item::Text(_)) => Err(by_type(format!(
            "{at}: the text is no bare domain; give one such as tessel.example, or a CompanyId: names are not unique"
        ))),
        (T::Location | T::LocationMulti, Item::Place(place)) => Ok(Piece::Place(place.clone())),
        _ => Err(mismatch(field, item.describe(), at)),
    }
}

fn mismatch(field: &SchemaField, given: &str, at: &str) -> Missed {
    let remedy = match field.value_type {
        ValueType::Text | ValueType::FilterableText | ValueType::FilterableTextMulti => "give text",
        ValueType::Number | ValueType::NumberMulti if given == "text" => "parse it to a number first",
        ValueType::Number | ValueType::NumberMulti => "give a number",
        ValueType::Datetime => "give a Date, a NaiveDate, or text such as 2026-03-31",
        ValueType::Dropdown | ValueType::DropdownMulti | ValueType::RankedDropdown => {
            "give the text of an option, or a DropdownOptionId"
        }
        ValueType::Person | ValueType::PersonMulti => "give an email address, or a PersonId",
        ValueType::Company | ValueType::CompanyMulti => {
            "give a domain such as tessel.example, or a CompanyId"
        }
        _ => "give a Location",
    };
    by_type(format!("{at}: it is {}, and {given} was given; {remedy}", field.value_type))
}

/// Exactly that text, and never a new option.
fn option(field: &SchemaField, text: &str) -> Result<Piece, Missed> {
    field.find_option(text).map(|option| Piece::Option(option.id)).map_err(|no_option| {
        let why = match no_option {
            // An address is a person's, and got into the wrong field.
            NoOption::Unknown if text.contains('@') => {
                let options = field.options.iter().flatten().map(|option| format!("{:?}", option.text));
                format!(
                    "{:?} has no option of the text that was given; it has {}",
                    field.name,
                    some_of(options)
                )
            }
            _ => no_option.explain(field, text),
        };
        Missed { error: Error::input(why), may_be_new: !matches!(no_option, NoOption::Ambiguous(_)) }
    })
}

/// That of another field would be refused by the server, without a hint. Options that are not known are its to judge.
fn known_option(field: &SchemaField, id: DropdownOptionId, at: &str) -> Result<Piece, Missed> {
    match &field.options {
        Some(options) if options.iter().all(|option| option.id != id) => {
            let all = some_of(options.iter().map(|option| format!("{} ({:?})", option.id, option.text)));
            Err(by_type(format!("{at}: it has no option {id}; it has {all}")))
        }
        _ => Ok(Piece::Option(id)),
    }
}

/// The form that sorts as text, and no other: `chrono` would take signs and single digits too.
fn day(text: &str) -> Option<Date> {
    let text = text.trim();
    let is_form = text.len() == 10
        && text.bytes().enumerate().all(|(nth, byte)| match nth {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    text.parse().ok().filter(|_| is_form)
}

fn is_email(text: &str) -> bool {
    let parts = text.trim().split_once('@');
    let whole = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == '@');
    parts.is_some_and(|(user, host)| whole(user) && whole(host))
}

fn is_domain(text: &str) -> bool {
    let text = text.trim();
    let label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    text.contains('.') && text.split('.').all(label)
}

/// Makes every search that is needed, each once and a few at a time.
async fn find_all(drafts: &[Draft], lookups: &Lookups) -> Result<HashMap<Sought, Vec<Candidate>>> {
    let mut sought: Vec<Sought> = Vec::new();
    for draft in drafts {
        let DraftValue::Pieces(pieces) = &draft.value else { continue };
        for wanted in pieces.iter().filter_map(Piece::sought) {
            if !sought.contains(&wanted) {
                sought.push(wanted);
            }
        }
    }
    let find = |sought: Sought| async move {
        let found = lookups.find(sought.clone()).await?;
        Ok((sought, found))
    };
    stream::iter(sought).map(find).buffer_unordered(SEARCHES).try_collect().await
}

impl Piece {
    fn sought(&self) -> Option<Sought> {
        match self {
            Self::Email(email) => Some(Sought::Email(email.to_lowercase())),
            Self::Domain(domain) => Some(Sought::Domain(domain.to_lowercase())),
            _ => None,
        }
    }

    /// The person or company that was found; anything else as it is.
    fn found(self, known: &HashMap<Sought, Vec<Candidate>>, at: &str, labels: &mut Labels) -> Result<Self> {
        let Some(sought) = self.sought() else { return Ok(self) };
        let candidates = known.get(&sought).map(Vec::as_slice).unwrap_or_default();
        let id = match candidates {
            [one] => one.id,
            others => return Err(Error::input(format!("{at}: {}", not_one(&sought, others)))),
        };
        Ok(match self {
            Self::Email(email) => {
                labels.insert(id, email);
                Self::Person(PersonId::new(id))
            }
            Self::Domain(domain) => {
                labels.insert(id, domain);
                Self::Company(CompanyId::new(id))
            }
            other => other,
        })
    }
}

/// Why an address or domain stands for nobody, or for too many.
fn not_one(sought: &Sought, candidates: &[Candidate]) -> String {
    let count = candidates.len();
    let ids = some_of(candidates.iter().map(|it| match it.global {
        true => format!("{} (of the shared directory)", it.id),
        false => it.id.to_string(),
    }));
    match (sought, count) {
        (Sought::Email(_), 0) => {
            "no person has this email address; create the person first, or give a PersonId".to_owned()
        }
        (Sought::Domain(_), 0) => {
            "no company has this domain; create the company first, or give a CompanyId".to_owned()
        }
        (Sought::Email(_), _) => {
            format!("{count} persons have this email address; choose one by its PersonId: {ids}")
        }
        (Sought::Domain(_), _) => {
            format!("{count} companies have this domain; choose one by its CompanyId: {ids}")
        }
    }
}

impl Draft {
    fn resolved(mut self, known: &HashMap<Sought, Vec<Candidate>>) -> Result<Resolved> {
        let place = format!("{:?} ({})", self.name, self.field);
        let value = match self.value {
            DraftValue::Ready(update) => update,
            DraftValue::Pieces(pieces) => {
                let count = pieces.len();
                let mut update = FieldValueUpdate::clear(&self.value_type)
                    .map_err(|why| Error::input(format!("{place}: {why}")))?;
                for (index, piece) in pieces.into_iter().enumerate() {
                    let at = nth(&place, index, count);
                    let piece = piece.found(known, &at, &mut self.labels)?;
                    put(&mut update, piece).map_err(|why| Error::input(format!("{at}: {why}")))?;
                }
                update
            }
        };
        value.check().map_err(|why| Error::input(format!("{place}: {why}")))?;
        let Self { field, name, verb, labels, shared, .. } = self;
        Ok(Resolved { field, name, verb, value, labels, shared })
    }
}

/// Puts one more value in. A record or option that is there already is not there twice.
fn put(update: &mut FieldValueUpdate, piece: Piece) -> Result<(), &'static str> {
    fn once<T: PartialEq>(items: &mut Vec<T>, item: T) {
        if !items.contains(&item) {
            items.push(item);
        }
    }
    use FieldValueUpdate as U;
    match (update, piece) {
        (U::Text(slot) | U::FilterableText(slot), Piece::Text(text)) => *slot = Some(text),
        (U::FilterableTextMulti(texts), Piece::Text(text)) => texts.push(text),
        (U::Number(slot), Piece::Number(number)) => *slot = Some(number),
        (U::NumberMulti(numbers), Piece::Number(number)) => numbers.push(number),
        (U::DateTime(slot), Piece::Day(date)) => *slot = Some(date),
        (U::Location(slot), Piece::Place(place)) => *slot = Some(*place),
        (U::LocationMulti(places), Piece::Place(place)) => places.push(*place),
        (U::Dropdown(slot) | U::RankedDropdown(slot), Piece::Option(id)) => *slot = Some(id),
        (U::DropdownMulti(ids), Piece::Option(id)) => once(ids, id),
        (U::Person(slot), Piece::Person(id)) => *slot = Some(id),
        (U::PersonMulti(ids), Piece::Person(id)) => once(ids, id),
        (U::Company(slot), Piece::Company(id)) => *slot = Some(id),
        (U::CompanyMulti(ids), Piece::Company(id)) => once(ids, id),
        // The types were compared before.
        _ => return Err("the value is not of the field's type"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_one_form() {
        assert_eq!(day(" 2026-03-31 "), Date::ymd(2026, 3, 31));
        for other in
            ["2026-3-31", "+2026-03-3", "20260331", "2026-02-30", "31.03.2026", "2026-03-31T00:00:00Z", ""]
        {
            assert_eq!(day(other), None, "{other}");
        }
    }

    #[test]
    fn addresses_and_domains_are_told_from_names() {
        for (text, email, domain) in [
            ("ines@quillfern.example", true, false),
            (" ines@quillfern.example ", true, false),
            ("Ines Falk", false, false),
            ("ines falk@quillfern.example", false, false),
            ("@quillfern.example", false, false),
            ("tessel.example", false, true),
            ("https://tessel.example/", false, false),
            ("tessel", false, false),
            ("Tessel Inc.", false, false),
        ] {
            assert_eq!((is_email(text), is_domain(text)), (email, domain), "{text}");
        }
    }
}
