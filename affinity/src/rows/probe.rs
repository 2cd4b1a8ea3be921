//! Learning what a struct wants from its serde implementation.
//!
//! The struct is asked to read itself from next to nothing, and what it asks for is noted. That takes a pass for each
//! field, since a pass ends at the first value that cannot be given.

use std::fmt;
use std::vec;

use affinity_v2_raw::MULTI;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Visitor,
};

use super::shape::{RowShape, Shape, Wanted};
use super::shown::SHOWN;

impl RowShape {
    /// What `T` wants, or why it does not tell.
    pub(crate) fn of<T: DeserializeOwned>() -> Result<Self, &'static str> {
        let mut fields: Vec<Wanted> = Vec::new();
        let mut before = "";
        for &name in names::<T>()? {
            let shape = shape::<T>(name);
            match fields.last_mut() {
                // The names of one field stand beside each other.
                Some(last) if last.shape == shape && are_one::<T>(before, name, &shape) => {
                    last.names.push(name.to_owned());
                }
                _ => fields.push(Wanted { names: vec![name.to_owned()], shape }),
            }
            before = name;
        }
        Ok(Self { fields })
    }
}

const NO_STRUCT: &str = "a row is read into a struct with named fields that derives Deserialize";
const NO_NAMES: &str = "the type does not tell the names of its fields, as a map does not, or a struct with \
                        #[serde(flatten)], so what to ask for is not known; name the fields in the struct itself";

fn names<T: DeserializeOwned>() -> Result<&'static [&'static str], &'static str> {
    let mut found = Err(NO_STRUCT);
    // It always ends in an error: the names are all that is wanted.
    let _: Result<T, Stop> = T::deserialize(Names(&mut found));
    found
}

fn shape<T: DeserializeOwned>(name: &'static str) -> Shape {
    let mut shape = Shape::Anything;
    feed::<T>(vec![(name, Given::Probe(&mut shape))]);
    if shape.is_text() {
        let takes = |text| feed::<T>(vec![(name, Given::Text(text))]).taken == 1;
        let (day, instant) = (takes("2024-02-29"), takes("2024-02-29T08:00:00.000Z"));
        shape.set_text(day, instant);
    }
    shape
}

/// Whether both names are those of one field: then the struct refuses the second.
fn are_one<T: DeserializeOwned>(one: &'static str, other: &'static str, shape: &Shape) -> bool {
    let fed = feed::<T>(vec![(one, Given::Least(shape)), (other, Given::Least(shape))]);
    fed.taken == 1 && fed.twice
}

/// Why the reading of a struct ended.
#[derive(Debug)]
enum Stop {
    Here,
    Twice,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing is read")
    }
}

impl std::error::Error for Stop {}

impl Error for Stop {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Here
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self::Twice
    }
}

/// Notes the names of the struct that reads itself from it.
struct Names<'a>(&'a mut Result<&'static [&'static str], &'static str>);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = Stop;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        Err(Stop::Here)
    }

    fn deserialize_map<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        *self.0 = Err(NO_NAMES);
        Err(Stop::Here)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Stop> {
        *self.0 = Ok(fields);
        Err(Stop::Here)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct enum identifier ignored_any
    }
}

/// What a field is given to read itself from.
enum Given<'a> {
    /// Nothing: what it asks for is noted.
    Probe(&'a mut Shape),
    /// This text.
    Text(&'static str),
    /// The least that does for a type of this shape.
    Least(&'a Shape),
}

/// How the reading went.
#[derive(Default)]
struct Fed {
    /// How many fields took what they were given.
    taken: usize,
    /// Whether one was refused because it was there before.
    twice: bool,
}

/// Lets `T` read itself from these fields alone.
fn feed<T: DeserializeOwned>(fields: Vec<(&'static str, Given<'_>)>) -> Fed {
    let mut taken = 0;
    let end: Result<T, Stop> =
        T::deserialize(Fields { left: fields.into_iter(), given: None, taken: &mut taken });
    Fed { taken, twice: matches!(end, Err(Stop::Twice)) }
}

/// A struct of a few fields.
struct Fields<'a> {
    left: vec::IntoIter<(&'static str, Given<'a>)>,
    given: Option<Given<'a>>,
    taken: &'a mut usize,
}

impl<'de> Deserializer<'de> for Fields<'_> {
    type Error = Stop;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_map(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        visitor.visit_newtype_struct(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Stop> {
        let Some((name, given)) = self.left.next() else { return Ok(None) };
        self.given = Some(given);
        seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Stop> {
        let value = match self.given.take() {
            Some(Given::Probe(shape)) => seed.deserialize(Probe { shape, depth: 0 }),
            Some(Given::Text(text)) => seed.deserialize(Text(text)),
            Some(Given::Least(shape)) => seed.deserialize(Least(shape)),
            None => Err(Stop::Here),
        }?;
        *self.taken += 1;
        Ok(value)
    }
}

/// Types deeper than this, those that hold themselves, are not looked into.
const DEEPEST: usize = 16;

/// Notes what is asked of it, and gives nothing.
struct Probe<'a> {
    shape: &'a mut Shape,
    depth: usize,
}

impl Probe<'_> {
    fn is<T>(self, shape: Shape) -> Result<T, Stop> {
        *self.shape = shape;
        Err(Stop::Here)
    }

    /// Looks at what is inside.
    fn inside<T>(
        self,
        wrap: fn(Box<Shape>) -> Shape,
        look: impl FnOnce(Probe<'_>) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let mut inner = Shape::Anything;
        let looked = match self.depth {
            DEEPEST => Err(Stop::Here),
            depth => look(Probe { shape: &mut inner, depth: depth + 1 }),
        };
        *self.shape = wrap(Box::new(inner));
        looked
    }
}

macro_rules! noted {
    ($($method:ident => $shape:expr),+ $(,)?) => { $(
        fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
            self.is($shape)
        }
    )+ };
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Stop;

    noted! {
        deserialize_any => Shape::Anything,
        deserialize_ignored_any => Shape::Anything,
        deserialize_bool => Shape::Bool,
        deserialize_i8 => Shape::Integer("i8"),
        deserialize_i16 => Shape::Integer("i16"),
        deserialize_i32 => Shape::Integer("i32"),
        deserialize_i64 => Shape::Integer("i64"),
        deserialize_i128 => Shape::Integer("i128"),
        deserialize_u8 => Shape::Integer("u8"),
        deserialize_u16 => Shape::Integer("u16"),
        deserialize_u32 => Shape::Integer("u32"),
        deserialize_u64 => Shape::Integer("u64"),
        deserialize_u128 => Shape::Integer("u128"),
        deserialize_f32 => Shape::Float("f32"),
        deserialize_f64 => Shape::Float("f64"),
        deserialize_char => Shape::Text { day: false, instant: false },
        deserialize_str => Shape::Text { day: false, instant: false },
        deserialize_string => Shape::Text { day: false, instant: false },
        deserialize_identifier => Shape::Text { day: false, instant: false },
        deserialize_bytes => Shape::Other("bytes"),
        deserialize_byte_buf => Shape::Other("bytes"),
        deserialize_unit => Shape::Other("()"),
        deserialize_map => Shape::Map,
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, name: &'static str, _: V) -> Result<V::Value, Stop> {
        self.is(Shape::Other(name))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.inside(Shape::Option, |inner| visitor.visit_some(inner))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        match name {
            // Both read an `Option` inside, which says nothing more.
            SHOWN => self.inside(
                |inner| Shape::Shown(inner.without_option()),
                |inner| visitor.visit_newtype_struct(inner),
            ),
            MULTI => self.inside(
                |inner| Shape::Multi(inner.without_option().item()),
                |inner| visitor.visit_newtype_struct(inner),
            ),
            "Interaction" => self.is(Shape::Union(name)),
            _ if name.starts_with('$') => self.is(Shape::Anything),
            _ => match self.depth {
                DEEPEST => Err(Stop::Here),
                depth => visitor.visit_newtype_struct(Probe { shape: self.shape, depth: depth + 1 }),
            },
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.inside(Shape::Sequence, |inner| visitor.visit_seq(Items(Some(inner))))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Stop> {
        match fields {
            ["type", "data"] => self.is(Shape::Tagged(name.to_owned())),
            _ => self.is(Shape::Struct {
                name: name.to_owned(),
                keys: fields.iter().map(|&key| key.to_owned()).collect(),
            }),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        let mut open = false;
        let end = visitor.visit_enum(AnyVariant(&mut open));
        let variants = variants.iter().map(|&variant| variant.to_owned()).collect();
        *self.shape = Shape::Enum { name: name.to_owned(), variants, open };
        end
    }
}

impl Shape {
    fn without_option(self) -> Box<Self> {
        match self {
            Self::Option(inner) => inner,
            other => Box::new(other),
        }
    }
}

impl Shape {
    fn item(self) -> Box<Self> {
        match self {
            Self::Sequence(item) => item,
            other => Box::new(other),
        }
    }
}

/// A list with one item.
struct Items<D>(Option<D>);

impl<'de, D: Deserializer<'de, Error = Stop>> SeqAccess<'de> for Items<D> {
    type Error = Stop;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Stop> {
        self.0.take().map(|item| seed.deserialize(item)).transpose()
    }
}

/// A variant that no enum has by name; notes whether it is taken all the same.
struct AnyVariant<'a>(&'a mut bool);

impl<'de> EnumAccess<'de> for AnyVariant<'_> {
    type Error = Stop;
    type Variant = NoContent;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, NoContent), Stop> {
        let variant = seed.deserialize(BorrowedStrDeserializer::new("\u{1}"))?;
        *self.0 = true;
        Ok((variant, NoContent))
    }
}

struct NoContent;

impl<'de> serde::de::VariantAccess<'de> for NoContent {
    type Error = Stop;

    fn unit_variant(self) -> Result<(), Stop> {
        Err(Stop::Here)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Stop> {
        Err(Stop::Here)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Stop> {
        Err(Stop::Here)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Stop> {
        Err(Stop::Here)
    }
}

/// A text, whatever it is wrapped in.
struct Text(&'static str);

impl<'de> Deserializer<'de> for Text {
    type Error = Stop;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_borrowed_str(self.0)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_seq(Items(Some(self)))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_seq(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        tuple_struct map struct enum identifier ignored_any
    }
}

/// The least that does for a type of this shape.
struct Least<'a>(&'a Shape);

impl<'de> Deserializer<'de> for Least<'_> {
    type Error = Stop;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match self.0 {
            Shape::Bool => visitor.visit_bool(false),
            Shape::Integer(_) => visitor.visit_u8(1),
            Shape::Float(_) => visitor.visit_f32(1.0),
            Shape::Text { day: true, .. } => visitor.visit_borrowed_str("2024-02-29"),
            Shape::Text { .. } => visitor.visit_borrowed_str("2024-02-29T08:00:00.000Z"),
            _ => visitor.visit_unit(),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_seq(Items(None::<Self>))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        visitor.visit_enum(BorrowedStrDeserializer::new(variants.first().copied().unwrap_or_default()))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        tuple tuple_struct map struct identifier ignored_any
    }
}
