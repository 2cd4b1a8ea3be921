//! The value of one cell, read as what the struct wants.

use std::borrow::Cow;

use affinity_core::decode::{inside, said};
use affinity_v2_raw::MULTI;
use serde::Deserialize;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Error;
use serde_json::value::RawValue;
use serde_path_to_error::Track;

use super::reading::{Form, Reading};
use super::shown::SHOWN;
use crate::Date;

/// A cell as it stands on the wire.
#[derive(Clone, Debug)]
pub(super) struct Cell<'de> {
    /// Its place among the cells of the row.
    pub(super) place: usize,
    /// Whether its category says that it is hidden.
    pub(super) hidden: bool,
    /// Type and data, as they came.
    pub(super) whole: Option<&'de RawValue>,
    /// The same, taken apart; `None` if they have another form.
    pub(super) value: Option<Envelope<'de>>,
}

impl<'de> Cell<'de> {
    pub(super) fn new(place: usize, hidden: bool, whole: Option<&'de RawValue>) -> Self {
        let value = whole.and_then(|whole| serde_json::from_str(whole.get()).ok());
        Self { place, hidden, whole, value }
    }
}

/// Type and data of a value.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Envelope<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) data: Option<&'a RawValue>,
    #[serde(default, rename = "totalCount")]
    pub(super) total: Option<u64>,
}

/// In place of a value that is not to be read.
pub(super) struct Refused(pub(super) Error);

impl<'de> Deserializer<'de> for Refused {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(self.0)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// A type of the server's, if it is fit for a message.
fn name_of(kind: &str) -> &str {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if (1..=60).contains(&kind.len()) && kind.bytes().all(fits) { kind } else { "another type" }
}

/// What is said of a cell that is hidden, to a type that would take it for empty.
const HIDDEN: &str = "the cell is hidden from the key's user; a field of the type Shown takes that";

/// Reads from a cell.
#[derive(Clone, Copy)]
pub(super) struct Read<'a, 'de> {
    cell: Option<&'a Cell<'de>>,
    reading: Reading,
    track: bool,
}

/// How a value is given.
#[derive(Clone, Copy)]
struct How {
    form: Form,
    /// Whether to note where inside it something does not fit. That costs, and is done for rows that do not fit.
    track: bool,
}

impl<'a, 'de> Read<'a, 'de> {
    pub(super) fn new(cell: Option<&'a Cell<'de>>, reading: Reading, track: bool) -> Self {
        Self { cell, reading, track }
    }

    fn how(&self) -> How {
        How { form: self.reading.form, track: self.track }
    }

    /// Whether there is nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        let something = self.cell.is_some_and(|cell| cell.hidden || cell.value.is_none());
        !something && self.data().is_none()
    }

    /// Why it would be read as something else than it is.
    pub(super) fn misfit(&self) -> Option<Error> {
        let cell = self.cell?;
        let Some(value) = &cell.value else {
            return Some(said("the field has no value of the documented form"));
        };
        if cell.hidden && !self.reading.knows_hidden {
            return Some(said(HIDDEN));
        }
        self.changed().then(|| {
            let (read, came) = (self.reading.kind, name_of(&value.kind));
            said(format_args!(
                "it was {read} when the schema was read, and is {came} here; ask for the rows anew"
            ))
        })
    }

    /// Whether the value is of another type than the schema says.
    pub(super) fn changed(&self) -> bool {
        let kind = self.cell.and_then(|cell| cell.value.as_ref()).map(|value| &value.kind);
        self.reading.form != Form::Whole && kind.is_some_and(|kind| kind != self.reading.kind)
    }

    /// What is in the cell, as far as the type wants it.
    fn data(&self) -> Option<&'de str> {
        let data = self.cell?.value.as_ref()?.data?.get();
        let part = match self.reading.form {
            Form::Formula => serde_json::from_str(data).map(|Formula { calculated_value }| calculated_value),
            Form::When => {
                serde_json::from_str(data).map(|When { sent_at, start_time }| sent_at.or(start_time))
            }
            _ => return Some(data),
        };
        match part {
            Ok(Some(part)) => Some(part.get()),
            Ok(None) if self.reading.form == Form::Formula => None,
            // What has not that form is an error where it is read, not nothing.
            _ => Some(data),
        }
    }

    fn total(&self) -> Option<u64> {
        self.cell?.value.as_ref()?.total
    }

    /// The value, of a cell that holds one.
    fn one(&self) -> Result<One<'de>, Error> {
        let Some(cell) = self.cell else {
            return Err(said("the row has no such field; make it an Option"));
        };
        let json = match self.reading.form {
            Form::Whole => cell.whole.map(RawValue::get),
            _ => self.data(),
        };
        let empty = || said::<Error>("the cell is empty; make it an Option");
        Ok(One { json: json.ok_or_else(empty)?, how: self.how() })
    }
}

macro_rules! by_the_one {
    ($($method:ident),+) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.one()?.$method(visitor)
        }
    )+ };
}

impl<'de> Deserializer<'de> for Read<'_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.data() {
            None if self.reading.form != Form::Whole => visitor.visit_unit(),
            _ if self.reading.several => self.deserialize_seq(visitor),
            _ => self.one()?.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.data().is_none() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        match name {
            SHOWN if self.cell.is_some_and(|cell| cell.hidden) => visitor.visit_unit(),
            MULTI => visitor.visit_map(Counted { values: self, given: 0 }),
            _ if name.starts_with('$') && name != SHOWN => {
                self.one()?.deserialize_newtype_struct(name, visitor)
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.list(visitor, self.total())
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.one()?.deserialize_enum(name, variants, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.one()?.deserialize_struct(name, fields, visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.one()?.deserialize_unit_struct(name, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    by_the_one! {
        deserialize_bool, deserialize_i8, deserialize_i16, deserialize_i32, deserialize_i64, deserialize_i128,
        deserialize_u8, deserialize_u16, deserialize_u32, deserialize_u64, deserialize_u128, deserialize_f32,
        deserialize_f64, deserialize_char, deserialize_str, deserialize_string, deserialize_bytes,
        deserialize_byte_buf, deserialize_unit, deserialize_map, deserialize_identifier
    }
}

/// Where the server cuts lists.
const CUT: u64 = 100;

impl<'de> Read<'_, 'de> {
    /// The values one after the other; refuses a list that is not known to be whole, unless `total` is [`ANY`].
    fn list<V: Visitor<'de>>(self, visitor: V, total: Option<u64>) -> Result<V::Value, Error> {
        match self.data() {
            None => visitor.visit_seq(Once(None)),
            Some(_) if !self.reading.several => visitor.visit_seq(Once(Some(self.one()?))),
            Some(json) => {
                let list = List { visitor, how: self.how(), total };
                serde_json::Deserializer::from_str(json).deserialize_seq(list)
            }
        }
    }
}

/// Said of a list in place of its length: it may be cut.
const ANY: Option<u64> = Some(0);

/// A value that is asked for as a list.
struct Once<'de>(Option<One<'de>>);

impl<'de> SeqAccess<'de> for Once<'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        self.0.take().map(|one| seed.deserialize(one)).transpose()
    }
}

/// The values of a list, as the type wants each of them.
struct List<V> {
    visitor: V,
    how: How,
    total: Option<u64>,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for List<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<V::Value, A::Error> {
        self.visitor.visit_seq(Each { items, how: self.how, total: self.total, came: 0 })
    }
}

struct Each<A> {
    items: A,
    how: How,
    total: Option<u64>,
    came: u64,
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Each<A> {
    type Error = A::Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, A::Error> {
        if let Some(value) = self.items.next_element_seed(Item { seed, how: self.how, place: self.came })? {
            self.came += 1;
            return Ok(Some(value));
        }
        let cut = match self.total {
            Some(total) => total > self.came,
            None => self.came >= CUT,
        };
        if cut {
            return Err(said(format_args!(
                "{} values came, and there may be more: the server sends no more than {CUT}; a field of the type \
                 Multi takes that",
                self.came
            )));
        }
        Ok(None)
    }
}

struct Item<T> {
    seed: T,
    how: How,
    place: u64,
}

impl<'de, T: DeserializeSeed<'de>> DeserializeSeed<'de> for Item<T> {
    type Value = T::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T::Value, D::Error> {
        let json = <&'de RawValue>::deserialize(deserializer)?.get();
        let one = self.seed.deserialize(One { json, how: self.how });
        one.map_err(|error| inside(&format!("[{}]", self.place), &error))
    }
}

/// A list and its length, for [`Multi`](crate::Multi).
struct Counted<'a, 'de> {
    values: Read<'a, 'de>,
    given: u8,
}

impl<'de> MapAccess<'de> for Counted<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.given += 1;
        let key = match self.given {
            1 => "items",
            2 => "total",
            _ => return Ok(None),
        };
        seed.deserialize(BorrowedStrDeserializer::new(key)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        match self.given {
            1 => seed.deserialize(Uncut(self.values)),
            _ => seed.deserialize(Total(self.values.total())),
        }
    }
}

/// The items of a list that may be cut.
struct Uncut<'a, 'de>(Read<'a, 'de>);

impl<'de> Deserializer<'de> for Uncut<'_, 'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.0.list(visitor, ANY)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

struct Total(Option<u64>);

impl<'de> Deserializer<'de> for Total {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Some(total) => visitor.visit_some(serde::de::value::U64Deserializer::new(total)),
            None => visitor.visit_none(),
        }
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// One value, not null.
struct One<'de> {
    json: &'de str,
    how: How,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Choice<'a> {
    dropdown_option_id: u64,
    #[serde(borrow)]
    text: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Id {
    id: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Formula<'a> {
    #[serde(borrow, default)]
    calculated_value: Option<&'a RawValue>,
}

/// When an interaction was: calls and meetings start, the others are sent.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct When<'a> {
    #[serde(borrow, default)]
    sent_at: Option<&'a RawValue>,
    #[serde(borrow, default)]
    start_time: Option<&'a RawValue>,
}

/// A link with a text, as values of LinkedIn can be (observed); the link is what they are.
#[derive(Deserialize)]
struct Link<'a> {
    #[serde(borrow, default)]
    link: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    text: Option<Cow<'a, str>>,
}

impl<'de> One<'de> {
    fn parse<T: Deserialize<'de>>(&self) -> Result<T, Error> {
        serde_json::from_str(self.json)
    }

    fn text<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Error> {
        let text = match self.how.form {
            Form::Choice => self.parse::<Choice<'de>>()?.text,
            Form::Day => self.parse::<Date>()?.to_string().into(),
            Form::When if self.json.starts_with('{') => {
                return Err(said("the interaction does not say when it was"));
            }
            _ if self.json.starts_with('{') => {
                let link: Link<'de> = self.parse()?;
                link.link.or(link.text).ok_or_else(|| Error::missing_field("link"))?
            }
            _ => return serde_json::Deserializer::from_str(self.json).deserialize_str(visitor),
        };
        match text {
            Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    /// A whole number: that of a number, or an id.
    fn whole<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Error> {
        let number = match self.how.form {
            Form::Choice => return visitor.visit_u64(self.parse::<Choice<'de>>()?.dropdown_option_id),
            Form::Record => return visitor.visit_u64(self.parse::<Id>()?.id),
            _ => self.json,
        };
        if number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
            return serde_json::Deserializer::from_str(number).deserialize_i64(visitor);
        }
        // Numbers have no form of their own for whole ones: 5 can come as 5.0 or 5e0.
        const LARGEST: f64 = 9_007_199_254_740_992.0;
        let number: f64 = serde_json::from_str(number)?;
        if number.fract() != 0.0 || number.abs() > LARGEST {
            return Err(said("the number is not a whole one; read it as f64"));
        }
        if number < 0.0 { visitor.visit_i64(number as i64) } else { visitor.visit_u64(number as u64) }
    }
}

macro_rules! as_is {
    ($($method:ident),+) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            serde_json::Deserializer::from_str(self.json).$method(visitor)
        }
    )+ };
}

macro_rules! as_whole {
    ($($method:ident),+) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.whole(visitor)
        }
    )+ };
}

macro_rules! as_text {
    ($($method:ident),+) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.text(visitor)
        }
    )+ };
}

impl<'de> Deserializer<'de> for One<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.how.form {
            Form::Choice | Form::Day | Form::Text => self.text(visitor),
            _ => serde_json::Deserializer::from_str(self.json).deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        // A list can hold null, though the server sends none.
        if self.json == "null" { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        match name.starts_with('$') && name != SHOWN {
            true => serde_json::Deserializer::from_str(self.json).deserialize_newtype_struct(name, visitor),
            false => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let Form::Choice = self.how.form else {
            return serde_json::Deserializer::from_str(self.json).deserialize_enum(name, variants, visitor);
        };
        let Choice { dropdown_option_id, text } = self.parse()?;
        let known = variants.contains(&&*text);
        let read = visitor.visit_enum(serde::de::value::CowStrDeserializer::new(text));
        read.map_err(|error| match known {
            true => error,
            false => said(format_args!(
                "{name} has no variant for the option {dropdown_option_id}; add it, or a unit variant with \
                 #[serde(other)]"
            )),
        })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let mut json = serde_json::Deserializer::from_str(self.json);
        if !self.how.track {
            return json.deserialize_struct(name, fields, visitor);
        }
        let mut track = Track::new();
        let tracked = serde_path_to_error::Deserializer::new(&mut json, &mut track);
        tracked.deserialize_struct(name, fields, visitor).map_err(|error| {
            let path = track.path().to_string();
            if path == "." { error } else { inside(&format!(".{path}"), &error) }
        })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        serde_json::Deserializer::from_str(self.json).deserialize_map(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        serde_json::Deserializer::from_str(self.json).deserialize_unit_struct(name, visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        serde_json::Deserializer::from_str(self.json).deserialize_tuple(length, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        serde_json::Deserializer::from_str(self.json).deserialize_tuple_struct(name, length, visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    as_whole! {
        deserialize_i8, deserialize_i16, deserialize_i32, deserialize_i64, deserialize_i128, deserialize_u8,
        deserialize_u16, deserialize_u32, deserialize_u64, deserialize_u128
    }

    as_text! { deserialize_char, deserialize_str, deserialize_string, deserialize_identifier }

    as_is! {
        deserialize_bool, deserialize_f32, deserialize_f64, deserialize_bytes, deserialize_byte_buf,
        deserialize_unit, deserialize_seq
    }
}
