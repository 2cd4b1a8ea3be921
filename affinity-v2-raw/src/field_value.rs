//! The value of a field: one of 17 types, or one that came later.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use affinity_core::decode::kept;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::Date;
use crate::number::{FormulaNumber, Number};
use crate::tagged::Interaction;
use crate::types::{CompanyData, Dropdown, Location, PersonData, RankedDropdown};

/// The value of a field. The variant is the field's value type; a field without a value has `None`, or an
/// empty [`Multi`], inside it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FieldValue {
    /// A company.
    Company(Option<CompanyData>),
    /// Companies. The server cuts at 100.
    CompanyMulti(Multi<CompanyData>),
    /// A calendar day.
    DateTime(Option<Date>),
    /// An option of a dropdown.
    Dropdown(Option<Dropdown>),
    /// Options of a dropdown.
    DropdownMulti(Multi<Dropdown>),
    /// Text that Affinity fills in, one of a set.
    FilterableText(Option<String>),
    /// Texts that Affinity fills in. Of a value that came as a link with a text, the link.
    FilterableTextMulti(Multi<String>),
    /// A number that Affinity calculates.
    FormulaNumber(Option<FormulaNumber>),
    /// An email, meeting, call or chat message.
    Interaction(Option<Box<Interaction>>),
    /// A place.
    Location(Option<Box<Location>>),
    /// Places.
    LocationMulti(Multi<Location>),
    /// A number, without a unit: an amount and a percentage look the same.
    Number(Option<f64>),
    /// Numbers.
    NumberMulti(Multi<f64>),
    /// A person.
    Person(Option<Box<PersonData>>),
    /// Persons. The server cuts at 100.
    PersonMulti(Multi<PersonData>),
    /// An option of a dropdown whose options have an order, such as a status.
    RankedDropdown(Option<RankedDropdown>),
    /// Text.
    Text(Option<String>),
    /// A value type that this release does not know.
    Unknown(UnknownFieldValue),
}

/// The values of a field that holds several.
///
/// As a field of a struct that rows are read into, it takes what a `Vec` refuses: values that the server cut.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Multi<T> {
    /// The values that came, in the server's order.
    pub items: Vec<T>,
    /// How many values the field has, if the server says so. Version 2024-01-01 does not.
    pub total: Option<u64>,
}

/// Where the server cuts nested values.
const CUT: usize = 100;

impl<T> Multi<T> {
    /// These values, and no others.
    pub fn new(items: Vec<T>) -> Self {
        Self { items, total: None }
    }

    /// Whether these are all the values: `None` when that cannot be known, because there are as many as the
    /// server gives at most and it does not say how many there are.
    pub fn is_complete(&self) -> Option<bool> {
        let came = self.items.len();
        match self.total {
            Some(total) => Some(total <= came as u64),
            None if came < CUT => Some(true),
            None => None,
        }
    }
}

impl<T> Default for Multi<T> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

/// A value of a type that this release does not know, with its JSON as it came.
#[derive(Clone)]
pub struct UnknownFieldValue {
    kind: String,
    data: Box<RawValue>,
}

impl UnknownFieldValue {
    /// The value type.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The JSON of its `data`, as it came.
    pub fn data(&self) -> &str {
        self.data.get()
    }
}

impl PartialEq for UnknownFieldValue {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.data.get() == other.data.get()
    }
}

impl fmt::Debug for UnknownFieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnknownFieldValue").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// The value types with a variant.
#[derive(Clone, Copy)]
enum Kind {
    Company,
    CompanyMulti,
    DateTime,
    Dropdown,
    DropdownMulti,
    FilterableText,
    FilterableTextMulti,
    FormulaNumber,
    Interaction,
    Location,
    LocationMulti,
    Number,
    NumberMulti,
    Person,
    PersonMulti,
    RankedDropdown,
    Text,
}

const KINDS: &[(&str, Kind)] = &[
    ("company", Kind::Company),
    ("company-multi", Kind::CompanyMulti),
    ("datetime", Kind::DateTime),
    ("dropdown", Kind::Dropdown),
    ("dropdown-multi", Kind::DropdownMulti),
    ("filterable-text", Kind::FilterableText),
    ("filterable-text-multi", Kind::FilterableTextMulti),
    ("formula-number", Kind::FormulaNumber),
    ("interaction", Kind::Interaction),
    ("location", Kind::Location),
    ("location-multi", Kind::LocationMulti),
    ("number", Kind::Number),
    ("number-multi", Kind::NumberMulti),
    ("person", Kind::Person),
    ("person-multi", Kind::PersonMulti),
    ("ranked-dropdown", Kind::RankedDropdown),
    ("text", Kind::Text),
];

impl FieldValue {
    /// The value types that have a variant, as they stand on the wire.
    pub fn known_kinds() -> impl Iterator<Item = &'static str> {
        KINDS.iter().map(|(text, _)| *text)
    }

    /// The value type as it stands on the wire, such as `ranked-dropdown`.
    pub fn kind(&self) -> &str {
        match self {
            Self::Company(_) => "company",
            Self::CompanyMulti(_) => "company-multi",
            Self::DateTime(_) => "datetime",
            Self::Dropdown(_) => "dropdown",
            Self::DropdownMulti(_) => "dropdown-multi",
            Self::FilterableText(_) => "filterable-text",
            Self::FilterableTextMulti(_) => "filterable-text-multi",
            Self::FormulaNumber(_) => "formula-number",
            Self::Interaction(_) => "interaction",
            Self::Location(_) => "location",
            Self::LocationMulti(_) => "location-multi",
            Self::Number(_) => "number",
            Self::NumberMulti(_) => "number-multi",
            Self::Person(_) => "person",
            Self::PersonMulti(_) => "person-multi",
            Self::RankedDropdown(_) => "ranked-dropdown",
            Self::Text(_) => "text",
            Self::Unknown(unknown) => &unknown.kind,
        }
    }

    /// Whether the field has no value.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Company(value) => value.is_none(),
            Self::CompanyMulti(values) => values.items.is_empty(),
            Self::DateTime(value) => value.is_none(),
            Self::Dropdown(value) => value.is_none(),
            Self::DropdownMulti(values) => values.items.is_empty(),
            Self::FilterableText(value) | Self::Text(value) => value.is_none(),
            Self::FilterableTextMulti(values) => values.items.is_empty(),
            Self::FormulaNumber(value) => {
                value.as_ref().is_none_or(|formula| formula.calculated_value().is_none())
            }
            Self::Interaction(value) => value.is_none(),
            Self::Location(value) => value.is_none(),
            Self::LocationMulti(values) => values.items.is_empty(),
            Self::Number(value) => value.is_none(),
            Self::NumberMulti(values) => values.items.is_empty(),
            Self::Person(value) => value.is_none(),
            Self::PersonMulti(values) => values.items.is_empty(),
            Self::RankedDropdown(value) => value.is_none(),
            Self::Unknown(unknown) => unknown.data.get() == "null",
        }
    }
}

impl FieldValue {
    /// Whether the value came whole. The server cuts several values at 100; `None` when it cannot be known
    /// whether it did, see [`Multi::is_complete`].
    pub fn is_complete(&self) -> Option<bool> {
        match self {
            Self::CompanyMulti(values) => values.is_complete(),
            Self::DropdownMulti(values) => values.is_complete(),
            Self::FilterableTextMulti(values) => values.is_complete(),
            Self::LocationMulti(values) => values.is_complete(),
            Self::NumberMulti(values) => values.is_complete(),
            Self::PersonMulti(values) => values.is_complete(),
            _ => Some(true),
        }
    }
}

/// Reading `data` of a known type, from wherever it is.
trait Data<'de> {
    type Error: Error;
    fn read<T: Deserialize<'de>>(self) -> Result<T, Self::Error>;

    fn multi<T: Deserialize<'de>>(self) -> Result<Multi<T>, Self::Error>
    where
        Self: Sized,
    {
        self.read::<Option<Vec<T>>>().map(|items| Multi::new(items.unwrap_or_default()))
    }
}

/// `data` comes next.
struct Next<'a, A>(&'a mut A);

impl<'de, A: MapAccess<'de>> Data<'de> for Next<'_, A> {
    type Error = A::Error;
    fn read<T: Deserialize<'de>>(self) -> Result<T, A::Error> {
        self.0.next_value()
    }
}

/// `data` came before the type and was kept as text.
struct Kept<'de, E>(&'de RawValue, PhantomData<E>);

impl<'de, E: Error> Data<'de> for Kept<'de, E> {
    type Error = E;
    fn read<T: Deserialize<'de>>(self) -> Result<T, E> {
        kept(self.0, "data")
    }
}

impl Kind {
    fn of(text: &str) -> Option<Self> {
        KINDS.iter().find(|(known, _)| *known == text).map(|(_, kind)| *kind)
    }

    fn read<'de, D: Data<'de>>(self, data: D) -> Result<FieldValue, D::Error> {
        Ok(match self {
            Self::Company => FieldValue::Company(data.read()?),
            Self::CompanyMulti => FieldValue::CompanyMulti(data.multi()?),
            Self::DateTime => FieldValue::DateTime(data.read()?),
            Self::Dropdown => FieldValue::Dropdown(data.read()?),
            Self::DropdownMulti => FieldValue::DropdownMulti(data.multi()?),
            Self::FilterableText => FieldValue::FilterableText(data.read()?),
            Self::FilterableTextMulti => {
                let texts: Option<Vec<LinkOrText>> = data.read()?;
                let texts = texts.unwrap_or_default().into_iter().map(|text| text.0);
                FieldValue::FilterableTextMulti(Multi::new(texts.collect()))
            }
            Self::FormulaNumber => FieldValue::FormulaNumber(data.read()?),
            Self::Interaction => FieldValue::Interaction(data.read()?),
            Self::Location => FieldValue::Location(data.read()?),
            Self::LocationMulti => FieldValue::LocationMulti(data.multi()?),
            Self::Number => FieldValue::Number(data.read()?),
            Self::NumberMulti => FieldValue::NumberMulti(data.multi()?),
            Self::Person => FieldValue::Person(data.read()?),
            Self::PersonMulti => FieldValue::PersonMulti(data.multi()?),
            Self::RankedDropdown => FieldValue::RankedDropdown(data.read()?),
            Self::Text => FieldValue::Text(data.read()?),
        })
    }
}

/// One of several texts. LinkedIn values can be `{link, text}` instead (observed); the link is what they are.
struct LinkOrText(String);

impl<'de> Deserialize<'de> for LinkOrText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = LinkOrText;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<LinkOrText, E> {
                Ok(LinkOrText(text.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<LinkOrText, A::Error> {
                let (mut link, mut text) = (None, None);
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "link" => link = map.next_value::<Option<String>>()?,
                        "text" => text = map.next_value::<Option<String>>()?,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                link.or(text).map(LinkOrText).ok_or_else(|| A::Error::missing_field("link"))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Key {
    Type,
    Data,
    TotalCount,
    #[serde(other)]
    Other,
}

/// The value of `type`: known, or its text.
enum Tag {
    Known(Kind),
    Unknown(String),
}

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Tag;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Tag, E> {
                Ok(Kind::of(text).map_or_else(|| Tag::Unknown(text.to_owned()), Tag::Known))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

impl<'de> Deserialize<'de> for FieldValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // As a struct with a name, it can be told from a map where rows are read.
        deserializer.deserialize_struct("FieldValue", &["type", "data"], Envelope)
    }
}

struct Envelope;

impl<'de> Visitor<'de> for Envelope {
    type Value = FieldValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `type` and `data`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<FieldValue, A::Error> {
        let (mut tag, mut value, mut early, mut total) = (None, None, None::<Box<RawValue>>, None);
        while let Some(key) = map.next_key()? {
            match key {
                Key::Type => tag = Some(map.next_value()?),
                Key::Data => match &tag {
                    Some(Tag::Known(kind)) => value = Some(kind.read(Next(&mut map))?),
                    _ => early = Some(map.next_value()?),
                },
                Key::TotalCount => total = map.next_value()?,
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let tag = tag.ok_or_else(|| A::Error::missing_field("type"))?;
        let mut value = match (value, early, tag) {
            (Some(value), ..) => value,
            (None, Some(data), Tag::Known(kind)) => kind.read(Kept(&data, PhantomData))?,
            (None, Some(data), Tag::Unknown(kind)) => FieldValue::Unknown(UnknownFieldValue { kind, data }),
            (None, None, _) => return Err(A::Error::missing_field("data")),
        };
        value.set_total(total);
        Ok(value)
    }
}

impl FieldValue {
    fn total(&self) -> Option<u64> {
        match self {
            Self::CompanyMulti(values) => values.total,
            Self::DropdownMulti(values) => values.total,
            Self::FilterableTextMulti(values) => values.total,
            Self::LocationMulti(values) => values.total,
            Self::NumberMulti(values) => values.total,
            Self::PersonMulti(values) => values.total,
            _ => None,
        }
    }

    fn set_total(&mut self, total: Option<u64>) {
        match self {
            Self::CompanyMulti(values) => values.total = total,
            Self::DropdownMulti(values) => values.total = total,
            Self::FilterableTextMulti(values) => values.total = total,
            Self::LocationMulti(values) => values.total = total,
            Self::NumberMulti(values) => values.total = total,
            Self::PersonMulti(values) => values.total = total,
            _ => {}
        }
    }
}

/// What a [`Multi`] calls itself to a deserializer: one that knows how many values there are can say so.
#[doc(hidden)]
pub const MULTI: &str = "$affinity::Multi";

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Multi<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Values<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Values<T> {
            type Value = Multi<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of values")
            }
            fn visit_newtype_struct<D: Deserializer<'de>>(self, list: D) -> Result<Multi<T>, D::Error> {
                Option::deserialize(list).map(|items| Multi::new(items.unwrap_or_default()))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Multi<T>, A::Error> {
                let mut values = Multi::default();
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    match &*key {
                        "items" => values.items = map.next_value()?,
                        _ => values.total = map.next_value()?,
                    }
                }
                Ok(values)
            }
        }
        deserializer.deserialize_newtype_struct(MULTI, Values(PhantomData))
    }
}

/// No values are null on the wire, never an empty list.
impl<T: Serialize> Serialize for Multi<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (!self.items.is_empty()).then_some(&self.items).serialize(serializer)
    }
}

impl Serialize for FieldValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let total = self.total();
        let mut map = serializer.serialize_map(Some(2 + usize::from(total.is_some())))?;
        map.serialize_entry("type", self.kind())?;
        map.serialize_key("data")?;
        match self {
            Self::Company(value) => map.serialize_value(value)?,
            Self::CompanyMulti(values) => map.serialize_value(values)?,
            Self::DateTime(value) => map.serialize_value(value)?,
            Self::Dropdown(value) => map.serialize_value(value)?,
            Self::DropdownMulti(values) => map.serialize_value(values)?,
            Self::FilterableText(value) | Self::Text(value) => map.serialize_value(value)?,
            Self::FilterableTextMulti(values) => map.serialize_value(values)?,
            Self::FormulaNumber(value) => map.serialize_value(value)?,
            Self::Interaction(value) => map.serialize_value(value)?,
            Self::Location(value) => map.serialize_value(value)?,
            Self::LocationMulti(values) => map.serialize_value(values)?,
            Self::Number(value) => map.serialize_value(&value.map(Number))?,
            Self::NumberMulti(values) => {
                map.serialize_value(&Multi::new(values.items.iter().copied().map(Number).collect()))?;
            }
            Self::Person(value) => map.serialize_value(value)?,
            Self::PersonMulti(values) => map.serialize_value(values)?,
            Self::RankedDropdown(value) => map.serialize_value(value)?,
            Self::Unknown(unknown) => map.serialize_value(&unknown.data)?,
        }
        if let Some(total) = total {
            map.serialize_entry("totalCount", &total)?;
        }
        map.end()
    }
}
