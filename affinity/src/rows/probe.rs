//! Learning what a struct wants from its serde implementation.
//!
//! The struct is asked to read itself from next to nothing, and what it asks for is noted. That takes a pass for each
//! field, since a pass ends at the first value that cannot be given.

use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem::discriminant;

use affinity_core::NUMBER_IDS;
use affinity_v2_raw::MULTI;
use serde::de::value::{BorrowedStrDeserializer, StrDeserializer, UnitDeserializer};
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Visitor,
};

use super::shape::{RowShape, Shape, Wanted};
use super::shown::SHOWN;

impl RowShape {
    /// What `T` wants, or why it does not tell.
    pub(crate) fn of<T: DeserializeOwned>() -> Result<Self, &'static str> {
        let mut fields: Vec<Wanted> = Vec::new();
        let nobody = key::<T>(NOBODY);
        let mut before = None;
        for &name in names::<T>()? {
            // Both names of a field are one key. Keys that are told apart by their text are all alike, and like nobody's.
            let key = key::<T>(name).filter(|key| Some(*key) != nobody);
            match fields.last_mut() {
                Some(last) if key.is_some() && key == before => last.names.push(name.to_owned()),
                _ => fields.push(wanted::<T>(name)),
            }
            before = key;
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

/// A name that nothing has.
const NOBODY: &str = "\u{1}";

/// Which key of the struct this name is, as a number that means something to this function only.
fn key<T: DeserializeOwned>(name: &'static str) -> Option<u64> {
    let mut key = None;
    feed::<T>(name, Given::Key(&mut key));
    key
}

fn wanted<T: DeserializeOwned>(name: &'static str) -> Wanted {
    let mut shape = Shape::Anything;
    feed::<T>(name, Given::Probe(&mut shape));
    match shape.innermost() {
        Shape::Text { day, instant, plain } => {
            *day = feed::<T>(name, Given::Text("2024-02-29"));
            *instant = feed::<T>(name, Given::Text("2024-02-29T08:00:00.000Z"));
            *plain = feed::<T>(name, Given::Text("x"));
        }
        Shape::Enum { variants, .. } => {
            *variants = by_variant(std::mem::take(variants), |variant, which| {
                feed::<T>(name, Given::Variant(variant, which));
            });
        }
        _ => {}
    }
    let takes_nothing = match shape {
        Shape::Anything => feed::<T>(name, Given::Nothing),
        _ => shape.takes_nothing(),
    };
    Wanted { takes_nothing, ..Wanted::new(vec![name.to_owned()], shape) }
}

/// Puts the names of one variant together.
fn by_variant(names: Vec<Vec<String>>, ask: impl Fn(&str, &mut Option<u64>)) -> Vec<Vec<String>> {
    let mut other = None;
    ask(NOBODY, &mut other);
    let mut variants: Vec<(Option<u64>, Vec<String>)> = Vec::new();
    for name in names.into_iter().flatten() {
        let mut which = None;
        ask(&name, &mut which);
        if which.is_some() && which == other {
            continue;
        }
        match variants.last_mut() {
            Some((last, names)) if which.is_some() && *last == which => names.push(name),
            _ => variants.push((which, vec![name])),
        }
    }
    variants.into_iter().map(|(_, names)| names).collect()
}

/// Tells the variants of an enum apart.
fn which<T>(value: &T) -> u64 {
    let mut hasher = DefaultHasher::new();
    discriminant(value).hash(&mut hasher);
    hasher.finish()
}

/// The reading of a struct ends here.
#[derive(Debug)]
struct Stop;

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing is read")
    }
}

impl std::error::Error for Stop {}

impl Error for Stop {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

/// Notes the names of the struct that reads itself from it.
struct Names<'a>(&'a mut Result<&'static [&'static str], &'static str>);

impl<'de> Deserializer<'de> for Names<'_> {
    type Error = Stop;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        Err(Stop)
    }

    fn deserialize_map<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        *self.0 = Err(NO_NAMES);
        Err(Stop)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Stop> {
        *self.0 = Ok(fields);
        Err(Stop)
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
    /// Nothing: which key it is, is noted.
    Key(&'a mut Option<u64>),
    /// Nothing: what it asks for is noted.
    Probe(&'a mut Shape),
    /// This text.
    Text(&'static str),
    /// A variant of this name: which one it is, is noted.
    Variant(&'a str, &'a mut Option<u64>),
    /// No value.
    Nothing,
}

/// Lets `T` read itself from this field alone. Whether the field took what it was given.
fn feed<T: DeserializeOwned>(name: &'static str, given: Given<'_>) -> bool {
    let mut taken = false;
    let _: Result<T, Stop> =
        T::deserialize(OneField { name: Some(name), given: Some(given), taken: &mut taken });
    taken
}

/// A struct of one field.
struct OneField<'a> {
    name: Option<&'static str>,
    given: Option<Given<'a>>,
    taken: &'a mut bool,
}

impl<'de> Deserializer<'de> for OneField<'_> {
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

impl<'de> MapAccess<'de> for OneField<'_> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Stop> {
        let Some(name) = self.name.take() else { return Ok(None) };
        let key = seed.deserialize(BorrowedStrDeserializer::new(name))?;
        if let Some(Given::Key(noted)) = &mut self.given {
            **noted = Some(which(&key));
            return Err(Stop);
        }
        Ok(Some(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Stop> {
        let value = match self.given.take() {
            Some(Given::Probe(shape)) => seed.deserialize(Probe { shape, depth: 0 }),
            Some(Given::Text(text)) => seed.deserialize(Inside(Text(text))),
            Some(Given::Variant(name, which)) => seed.deserialize(Inside(Variant { name, which })),
            Some(Given::Nothing) => seed.deserialize(UnitDeserializer::new()),
            Some(Given::Key(_)) | None => Err(Stop),
        }?;
        *self.taken = true;
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
        Err(Stop)
    }

    /// Looks at what is inside.
    fn inside<T>(
        self,
        wrap: fn(Box<Shape>) -> Shape,
        look: impl FnOnce(Probe<'_>) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let mut inner = Shape::Anything;
        let looked = match self.depth {
            DEEPEST => Err(Stop),
            depth => look(Probe { shape: &mut inner, depth: depth + 1 }),
        };
        *self.shape = wrap(Box::new(inner));
        looked
    }
}

const TEXT: Shape = Shape::Text { day: false, instant: false, plain: false };

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
        deserialize_char => TEXT,
        deserialize_str => TEXT,
        deserialize_string => TEXT,
        deserialize_identifier => TEXT,
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
            _ if NUMBER_IDS.contains(&name) => self.is(Shape::Id(name)),
            _ if name.starts_with('$') => self.is(Shape::Anything),
            _ => match self.depth {
                DEEPEST => Err(Stop),
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
        let variants = variants.iter().map(|&variant| vec![variant.to_owned()]).collect();
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
        let variant = seed.deserialize(BorrowedStrDeserializer::new(NOBODY))?;
        *self.0 = true;
        Ok((variant, NoContent))
    }
}

struct NoContent;

impl<'de> serde::de::VariantAccess<'de> for NoContent {
    type Error = Stop;

    fn unit_variant(self) -> Result<(), Stop> {
        Err(Stop)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Stop> {
        Err(Stop)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Stop> {
        Err(Stop)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Stop> {
        Err(Stop)
    }
}

/// What a value is read from, whatever it is wrapped in.
trait Inner: Sized {
    /// Gives it as what comes.
    fn any<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop>;

    /// Gives it as a variant.
    fn variant<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.any(visitor)
    }
}

struct Text(&'static str);

impl Inner for Text {
    fn any<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_borrowed_str(self.0)
    }
}

struct Variant<'a> {
    name: &'a str,
    which: &'a mut Option<u64>,
}

impl Inner for Variant<'_> {
    fn any<'de, V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        Err(Stop)
    }

    fn variant<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_enum(self)
    }
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = Stop;
    type Variant = NoContent;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, NoContent), Stop> {
        let variant = seed.deserialize(StrDeserializer::new(self.name))?;
        *self.which = Some(which(&variant));
        Ok((variant, NoContent))
    }
}

struct Inside<I>(I);

impl<'de, I: Inner> Deserializer<'de> for Inside<I> {
    type Error = Stop;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.0.any(visitor)
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

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.0.variant(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        tuple_struct map struct identifier ignored_any
    }
}
