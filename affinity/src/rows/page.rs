//! From the bytes of a page to rows, past everything that was not asked for.
//!
//! A row is looked through once: of what the struct wants, the JSON is kept as it stands in the page. Then the struct
//! reads itself from those pieces.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use affinity_core::decode::{NOT_JSON, NOT_SAID, reason, said};
use affinity_core::{Error, FieldId, Result, StatusCode};
use serde::Deserialize;
use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::value::RawValue;

use super::cell::{Cell, Read, Refused};
use super::check::{Columns, From, Source};
use super::own::Own;

/// How a page of rows reads.
pub(super) struct Reader<'a> {
    pub(super) columns: &'a Columns,
    /// Whether an item is a row with an entity in it, or the entity itself.
    pub(super) nested: bool,
}

/// The ids of a row.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ids {
    /// The item: the row, or the entity.
    pub(super) item: u64,
    pub(super) entity: u64,
    /// What stands in the row.
    pub(super) kind: Kind,
}

/// What stands in a row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Kind {
    Company,
    Opportunity,
    Person,
    #[default]
    Other,
}

impl Kind {
    fn of(json: &str) -> Self {
        match json {
            "\"company\"" => Self::Company,
            "\"opportunity\"" => Self::Opportunity,
            "\"person\"" => Self::Person,
            _ => Self::Other,
        }
    }
}

/// What a page holds.
pub(super) struct Rows<T> {
    pub(super) rows: Vec<Result<(T, Ids)>>,
    pub(super) next_url: Option<String>,
    /// The fields that were wanted and came in no row.
    pub(super) never_came: Vec<usize>,
    /// Whether values are of other types than the schema says.
    pub(super) changed: bool,
}

/// How to go on.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Pagination {
    next_url: Option<String>,
}

#[derive(Deserialize)]
struct Kept<'a> {
    // Null reads as none, as in other collections; a page without the key is none.
    #[serde(borrow, deserialize_with = "Option::deserialize")]
    data: Option<Vec<&'a RawValue>>,
    pagination: Option<Pagination>,
}

impl Reader<'_> {
    /// Reads a page. A row that does not fit is an error in its place.
    pub(super) fn page<T: DeserializeOwned>(&self, body: &[u8]) -> Result<Rows<T>> {
        let Ok(text) = std::str::from_utf8(body) else {
            return Err(Error::decode("$", "not UTF-8"));
        };
        let mut seen = Seen::new(self.columns);
        let mut json = serde_json::Deserializer::from_str(text);
        let page = Page { reader: self, seen: &mut seen, row: PhantomData::<T> };
        match page.deserialize(&mut json).and_then(|page| json.end().map(|()| page)) {
            Ok((rows, pagination)) => Ok(self.rows(rows.into_iter().map(Ok).collect(), pagination, &seen)),
            // Something in it does not fit: read again, row by row, to find what.
            Err(_) => self.each(text),
        }
    }

    fn rows<T>(&self, rows: Vec<Result<(T, Ids)>>, pagination: Pagination, seen: &Seen) -> Rows<T> {
        let never_came = if rows.is_empty() { Vec::new() } else { seen.never() };
        Rows { rows, next_url: pagination.next_url, never_came, changed: seen.changed }
    }

    fn each<T: DeserializeOwned>(&self, text: &str) -> Result<Rows<T>> {
        let kept: Kept<'_> =
            affinity_core::decode::borrowed(text).map_err(|error| error.about(StatusCode::OK, text))?;
        let mut seen = Seen::new(self.columns);
        let items = kept.data.unwrap_or_default();
        let rows = items.iter().enumerate().map(|(index, json)| self.item(json, Some(index), &mut seen));
        let rows = affinity_core::decode::each(rows)?;
        Ok(self.rows(rows, kept.pagination.unwrap_or_default(), &seen))
    }

    /// Reads one row; `index` is its place on the page, if it comes from one.
    pub(super) fn item<T: DeserializeOwned>(
        &self,
        json: &RawValue,
        index: Option<usize>,
        seen: &mut Seen,
    ) -> Result<(T, Ids)> {
        let place = index.map(|index| format!("data[{index}]"));
        let error = |error: Error, id: Option<u64>| {
            let error = if index.is_some() { error.of_item(id) } else { error };
            Err(error.about(StatusCode::OK, json.get()))
        };
        let mut raw = Raw::new(self.columns);
        let seed = Row { reader: self, raw: &mut raw };
        if let Err(why) = seed.deserialize(&mut serde_json::Deserializer::from_str(json.get())) {
            #[derive(Deserialize)]
            struct Id {
                id: u64,
            }
            let id = serde_json::from_str(json.get()).ok().map(|Id { id }| id);
            return error(Error::decode(place.unwrap_or_else(|| "$".to_owned()), reason(&why)), id);
        }
        seen.look(&raw, self.columns);
        let failing = Failing::default();
        match T::deserialize(Fields::new(self.columns, &raw, &failing, true)) {
            Ok(value) => Ok((value, raw.ids)),
            Err(misfit) => {
                let source = failing.get().or_else(|| self.columns.missed(&misfit));
                let id = Some(raw.ids.item);
                error(self.misfit(source, &raw, place.as_deref(), &misfit), id)
            }
        }
    }

    /// The error of a row that does not fit; `source` is what it does not fit in, if that is one field.
    fn misfit(
        &self,
        source: Option<&Source>,
        raw: &Raw<'_>,
        place: Option<&str>,
        misfit: &serde_json::Error,
    ) -> Error {
        let (inner, why) = affinity_core::decode::place(misfit);
        let missed = self.columns.missed(misfit).is_some() && inner.is_empty();
        let why = match why.as_str() {
            NOT_SAID => OF_THE_TYPE,
            // It was JSON when the row was looked through.
            NOT_JSON => "the value is of another length or range than the type takes",
            _ if missed => EMPTY,
            why => why,
        };
        let entity = if self.nested { "entity" } else { "" };
        let path = |steps: &[&str]| {
            let steps: Vec<_> = place.iter().chain(steps).filter(|step| !step.is_empty()).copied().collect();
            if steps.is_empty() { "$".to_owned() } else { steps.join(".").replace(".[", "[") }
        };
        match source.map(|source| (&source.name, &source.from)) {
            None => Error::decode(path(&[]), why),
            Some((name, From::Own(own))) => {
                let (key, of_entity) = own.place();
                let within = if of_entity { entity } else { "" };
                Error::decode(path(&[within, &format!("{key}{inner}")]), format!("{name}: {why}"))
            }
            Some((_, From::Cell(column))) => {
                let cell = raw.cells.get(column.slot).and_then(Option::as_ref);
                let at = match cell {
                    Some(Cell { place, value: Some(_), .. }) => format!("[{place}].value.data{inner}"),
                    Some(Cell { place, .. }) => format!("[{place}].value"),
                    None => String::new(),
                };
                let id = self.columns.fields.get(column.slot).cloned().unwrap_or_else(|| FieldId::new(""));
                let path = path(&[entity, &format!("fields{at}")]);
                Error::decode(path, format!("{:?} ({id}): {why}", column.label)).of_field(id)
            }
        }
    }
}

const EMPTY: &str = "there is no value; make it an Option, or give it #[serde(default)]";

/// Said of an error in words of the caller's type, which may hold the value.
const OF_THE_TYPE: &str = "the type does not take the value; why is not shown, since that may quote it";

/// Which field of the struct is being read.
type Failing<'a> = std::cell::Cell<Option<&'a Source>>;

impl Columns {
    /// The field that the struct misses.
    fn missed(&self, error: &serde_json::Error) -> Option<&Source> {
        let error = error.to_string();
        let missing = error.strip_prefix("missing field `").and_then(|rest| rest.split('`').next())?;
        self.sources.iter().find(|source| source.names.iter().any(|name| name == missing))
    }
}

/// The pieces of a row that are wanted, as they stand in the page.
struct Raw<'de> {
    ids: Ids,
    own: [Option<&'de RawValue>; Own::COUNT],
    cells: Vec<Option<Cell<'de>>>,
}

impl Raw<'_> {
    fn new(columns: &Columns) -> Self {
        Self { ids: Ids::default(), own: [None; Own::COUNT], cells: vec![None; columns.fields.len()] }
    }

    /// Empties it for the next row.
    fn clear(&mut self) {
        self.own.fill(None);
        self.cells.fill(None);
    }
}

/// What the rows of a page were like.
pub(super) struct Seen {
    /// Which of the fields came in some row.
    came: Vec<bool>,
    /// Whether some value is of another type than the schema says.
    changed: bool,
}

impl Seen {
    pub(super) fn new(columns: &Columns) -> Self {
        Self { came: vec![false; columns.fields.len()], changed: false }
    }

    fn note(&mut self, raw: &Raw<'_>) {
        for (came, cell) in self.came.iter_mut().zip(&raw.cells) {
            *came |= cell.is_some();
        }
    }

    fn look(&mut self, raw: &Raw<'_>, columns: &Columns) {
        self.note(raw);
        self.changed |= columns.sources.iter().any(|source| match &source.from {
            From::Cell(column) => raw.read(column, false).changed(),
            From::Own(_) => false,
        });
    }

    fn never(&self) -> Vec<usize> {
        self.came.iter().enumerate().filter(|(_, came)| !**came).map(|(slot, _)| slot).collect()
    }
}

struct Page<'a, T> {
    reader: &'a Reader<'a>,
    seen: &'a mut Seen,
    row: PhantomData<T>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum PageKey {
    Data,
    Pagination,
    #[serde(other)]
    Other,
}

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for Page<'_, T> {
    type Value = (Vec<(T, Ids)>, Pagination);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Page<'_, T> {
    type Value = (Vec<(T, Ids)>, Pagination);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut rows, mut pagination) = (None, None);
        while let Some(key) = map.next_key()? {
            match key {
                PageKey::Data => {
                    let list = List { reader: self.reader, seen: self.seen, row: PhantomData };
                    rows = Some(map.next_value_seed(list)?);
                }
                PageKey::Pagination => pagination = map.next_value()?,
                PageKey::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let rows = rows.ok_or_else(|| A::Error::missing_field("data"))?;
        Ok((rows, pagination.unwrap_or_default()))
    }
}

struct List<'a, T> {
    reader: &'a Reader<'a>,
    seen: &'a mut Seen,
    row: PhantomData<T>,
}

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for List<'_, T> {
    type Value = Vec<(T, Ids)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, T: DeserializeOwned> Visitor<'de> for List<'_, T> {
    type Value = Vec<(T, Ids)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the rows of a page")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let columns = self.reader.columns;
        let mut rows = Vec::new();
        let mut raw = Raw::new(columns);
        while items.next_element_seed(Row { reader: self.reader, raw: &mut raw })?.is_some() {
            self.seen.note(&raw);
            let row = T::deserialize(Fields::new(columns, &raw, &Failing::default(), false))
                .map_err(A::Error::custom)?;
            rows.push((row, std::mem::take(&mut raw.ids)));
            raw.clear();
        }
        Ok(rows)
    }
}

/// A row, or an entity: takes the pieces that are wanted.
struct Row<'a, 'de> {
    reader: &'a Reader<'a>,
    raw: &'a mut Raw<'de>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum RowKey {
    Id,
    Type,
    ListId,
    CreatedAt,
    CreatorId,
    Entity,
    #[serde(other)]
    Other,
}

impl<'de> DeserializeSeed<'de> for Row<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.reader.nested {
            return deserializer.deserialize_map(self);
        }
        let raw = self.raw;
        Entity { columns: self.reader.columns, raw: &mut *raw }.deserialize(deserializer)?;
        raw.ids.item = raw.ids.entity;
        Ok(())
    }
}

impl<'de> Visitor<'de> for Row<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list entry")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { reader: Reader { columns, .. }, raw } = self;
        let (mut id, mut entity) = (None, false);
        while let Some(key) = map.next_key()? {
            match key {
                RowKey::Id => id = Some(map.next_value()?),
                RowKey::Type => {
                    let kind: &'de RawValue = map.next_value()?;
                    raw.ids.kind = Kind::of(kind.get());
                    raw.own[Own::EntityType as usize] = Some(kind);
                }
                RowKey::ListId => raw.own[Own::ListId as usize] = Some(map.next_value()?),
                RowKey::CreatedAt => raw.own[Own::CreatedAt as usize] = Some(map.next_value()?),
                RowKey::CreatorId => raw.own[Own::CreatorId as usize] = Some(map.next_value()?),
                RowKey::Entity => {
                    entity = true;
                    map.next_value_seed(Entity { columns, raw: &mut *raw })?;
                }
                RowKey::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        raw.ids.item = id.ok_or_else(|| A::Error::missing_field("id"))?;
        if entity { Ok(()) } else { Err(A::Error::missing_field("entity")) }
    }
}

struct Entity<'a, 'de> {
    columns: &'a Columns,
    raw: &'a mut Raw<'de>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum EntityKey {
    Id,
    Name,
    Domain,
    Domains,
    IsGlobal,
    FirstName,
    LastName,
    PrimaryEmailAddress,
    EmailAddresses,
    Type,
    Fields,
    #[serde(other)]
    Other,
}

impl EntityKey {
    fn own(&self) -> Option<Own> {
        Some(match self {
            Self::Name => Own::Name,
            Self::Domain => Own::Domain,
            Self::Domains => Own::Domains,
            Self::IsGlobal => Own::IsGlobal,
            Self::FirstName => Own::FirstName,
            Self::LastName => Own::LastName,
            Self::PrimaryEmailAddress => Own::Email,
            Self::EmailAddresses => Own::Emails,
            Self::Type => Own::PersonType,
            Self::Id | Self::Fields | Self::Other => return None,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Entity<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Entity<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a company, person or opportunity")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { columns, raw } = self;
        let mut id = None;
        while let Some(key) = map.next_key::<EntityKey>()? {
            match (&key, key.own()) {
                (EntityKey::Id, _) => id = Some(map.next_value()?),
                (EntityKey::Fields, _) => map.next_value_seed(Cells { columns, raw: &mut *raw })?,
                (_, Some(own)) => raw.own[own as usize] = Some(map.next_value()?),
                (_, None) => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        raw.ids.entity = id.ok_or_else(|| A::Error::missing_field("id"))?;
        Ok(())
    }
}

/// The cells of a row: keeps those that are wanted.
struct Cells<'a, 'de> {
    columns: &'a Columns,
    raw: &'a mut Raw<'de>,
}

impl<'de> DeserializeSeed<'de> for Cells<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Cells<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of fields")
    }

    fn visit_none<E: serde::de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self { columns, raw } = self;
        for place in 0.. {
            if items.next_element_seed(OneCell { columns, raw: &mut *raw, place })?.is_none() {
                break;
            }
        }
        Ok(())
    }
}

struct OneCell<'a, 'de> {
    columns: &'a Columns,
    raw: &'a mut Raw<'de>,
    place: usize,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum CellKey {
    Id,
    Type,
    Value,
    #[serde(other)]
    Other,
}

impl<'de> DeserializeSeed<'de> for OneCell<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OneCell<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (mut slot, mut hidden, mut whole) = (Err(()), false, None);
        while let Some(key) = map.next_key()? {
            match key {
                CellKey::Id => slot = Ok(self.columns.slot(&map.next_value::<Text<'de>>()?.0)),
                // Of another field, nothing is of interest.
                _ if slot == Ok(None) => drop(map.next_value::<IgnoredAny>()?),
                CellKey::Type => hidden = map.next_value::<&'de RawValue>()?.get() == "\"hidden\"",
                CellKey::Value => whole = Some(map.next_value::<&'de RawValue>()?),
                CellKey::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let Some(slot) = slot.map_err(|()| A::Error::missing_field("id"))? else { return Ok(()) };
        if let Some(cell) = self.raw.cells.get_mut(slot) {
            *cell = Some(Cell::new(self.place, hidden, whole));
        }
        Ok(())
    }
}

/// Text that is not copied if it stands as it is.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// The fields of the struct, from the pieces of a row.
struct Fields<'a, 'de> {
    sources: std::slice::Iter<'a, Source>,
    raw: &'a Raw<'de>,
    next: Option<&'a Source>,
    failing: &'a Failing<'a>,
    /// Whether places inside of values are noted.
    track: bool,
}

impl<'a, 'de> Fields<'a, 'de> {
    fn new(columns: &'a Columns, raw: &'a Raw<'de>, failing: &'a Failing<'a>, track: bool) -> Self {
        Self { sources: columns.sources.iter(), raw, next: None, failing, track }
    }

    /// Whether the struct is to be given this: without a value, its default does where it has one.
    fn is_given(&self, source: &Source) -> bool {
        source.given_empty
            || match &source.from {
                From::Own(own) => self.raw.own(*own).is_some(),
                From::Cell(column) => !self.raw.read(column, false).is_empty(),
            }
    }
}

impl<'de> Raw<'de> {
    fn read(&self, column: &super::check::Column, track: bool) -> Read<'_, 'de> {
        Read::new(self.cells.get(column.slot).and_then(Option::as_ref), column.reading, track)
    }

    fn own(&self, own: Own) -> Option<OwnValue<'de>> {
        match own {
            Own::EntryId => Some(OwnValue::Id(self.ids.item)),
            Own::EntityId => Some(OwnValue::Id(self.ids.entity)),
            Own::Name if self.own[Own::Name as usize].is_none() => self.full_name().map(OwnValue::Text),
            _ => self.own[own as usize].filter(|json| json.get() != "null").map(OwnValue::Json),
        }
    }

    /// First and last name of a person, as far as there are any.
    fn full_name(&self) -> Option<String> {
        let part = |own: Own| {
            let json = self.own[own as usize]?.get();
            serde_json::from_str::<Option<Cow<'de, str>>>(json).ok()?.filter(|name| !name.is_empty())
        };
        match (part(Own::FirstName), part(Own::LastName)) {
            (Some(first), Some(last)) => Some(format!("{first} {last}")),
            (first, last) => first.or(last).map(Cow::into_owned),
        }
    }
}

/// What a row has by itself.
enum OwnValue<'de> {
    Id(u64),
    Text(String),
    Json(&'de RawValue),
}

impl<'de> Deserializer<'de> for Fields<'_, 'de> {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_map(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Fields<'_, 'de> {
    type Error = serde_json::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Self::Error> {
        self.next = None;
        while let Some(source) = self.sources.next() {
            if self.is_given(source) {
                self.next = Some(source);
                return seed.deserialize(StrDeserializer::new(&source.name)).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Self::Error> {
        self.failing.set(self.next);
        let value = match self.next.map(|source| &source.from) {
            Some(From::Cell(column)) => {
                let read = self.raw.read(column, self.track);
                match read.misfit() {
                    Some(misfit) => seed.deserialize(Refused(misfit)),
                    None => seed.deserialize(read),
                }
            }
            Some(From::Own(own)) => match self.raw.own(*own) {
                Some(OwnValue::Json(json)) => {
                    seed.deserialize(&mut serde_json::Deserializer::from_str(json.get()))
                }
                Some(OwnValue::Text(text)) => seed.deserialize(serde_json::Value::String(text)),
                Some(OwnValue::Id(id)) => seed.deserialize(serde_json::Value::from(id)),
                None => seed.deserialize(serde_json::Value::Null),
            },
            None => Err(said("a value without its name")),
        }?;
        self.failing.set(None);
        Ok(value)
    }
}
