//! What a caller gives for a cell, before it is known what the field takes.

use std::borrow::Cow;
use std::fmt;

use affinity_core::{CompanyId, DropdownOptionId, PersonId};

use crate::{Date, FieldValueUpdate, Location};

/// A value for a cell, as a program has it at hand. What becomes of it is decided by the value type of the field:
///
/// | the field takes | what can be given |
/// |---|---|
/// | text | text |
/// | a number | a number; text is refused, so parse it first |
/// | a day | [`Date`], `chrono::NaiveDate`, with the feature `time` `time::Date`, or text such as `2026-03-31` |
/// | an option | its exact text, or a [`DropdownOptionId`] |
/// | a person | an email address, or a [`PersonId`] |
/// | a company | a bare domain such as `tessel.example`, or a [`CompanyId`] |
/// | a place | [`Location`] |
/// | several of these | one of them, or a `Vec`, array or slice |
///
/// `None` clears the cell, as does an empty list where the field takes several. A [`FieldValueUpdate`] is taken as it
/// is, and must be of the field's value type. There is no `bool`: the API has no such field.
///
/// ```
/// use affinity::update::SetValue;
/// use affinity::PersonId;
///
/// let amount = SetValue::from(2_500_000);
/// let owners = SetValue::from(["ines@quillfern.example", "odd@quillfern.example"]);
/// let either = SetValue::from(vec![SetValue::from("ines@quillfern.example"), PersonId::new(5530).into()]);
/// let maybe = SetValue::from(None::<f64>);
/// ```
#[derive(Clone, PartialEq)]
pub struct SetValue(pub(crate) Given);

#[derive(Clone, PartialEq)]
pub(crate) enum Given {
    Nothing,
    One(Item),
    Several(Vec<SetValue>),
    Typed(FieldValueUpdate),
}

/// One thing of those a field can hold.
#[derive(Clone, PartialEq)]
pub(crate) enum Item {
    Text(String),
    Number(f64),
    /// A whole number that JSON cannot carry exactly.
    Inexact,
    Day(Date),
    Person(PersonId),
    Company(CompanyId),
    Option(DropdownOptionId),
    Place(Box<Location>),
}

impl Item {
    /// What it is, without saying which.
    pub(crate) fn describe(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Number(_) | Self::Inexact => "a number",
            Self::Day(_) => "a day",
            Self::Person(_) => "the id of a person",
            Self::Company(_) => "the id of a company",
            Self::Option(_) => "the id of an option",
            Self::Place(_) => "a place",
        }
    }
}

/// Says what it is, not which: it can be people's data.
impl fmt::Debug for SetValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Given::Nothing => f.write_str("SetValue(nothing)"),
            Given::One(item) => write!(f, "SetValue({})", item.describe()),
            Given::Several(items) => write!(f, "SetValue({} items)", items.len()),
            Given::Typed(update) => write!(f, "SetValue({})", update.kind()),
        }
    }
}

/// Beyond this, not every whole number has an f64.
const LARGEST_EXACT: u64 = 1 << 53;

fn whole(magnitude: u64, number: f64) -> SetValue {
    let exact = magnitude <= LARGEST_EXACT;
    SetValue(Given::One(if exact { Item::Number(number) } else { Item::Inexact }))
}

macro_rules! from_items {
    ($($type:ty: $value:ident => $item:expr;)+) => { $(
        impl From<$type> for SetValue {
            fn from($value: $type) -> Self {
                Self(Given::One($item))
            }
        }
    )+ };
}

from_items! {
    &str: text => Item::Text(text.to_owned());
    &String: text => Item::Text(text.clone());
    String: text => Item::Text(text);
    Cow<'_, str>: text => Item::Text(text.into_owned());
    i8: number => Item::Number(number.into());
    i16: number => Item::Number(number.into());
    i32: number => Item::Number(number.into());
    u8: number => Item::Number(number.into());
    u16: number => Item::Number(number.into());
    u32: number => Item::Number(number.into());
    f64: number => Item::Number(number);
    Date: date => Item::Day(date);
    chrono::NaiveDate: day => Item::Day(day.into());
    PersonId: id => Item::Person(id);
    CompanyId: id => Item::Company(id);
    DropdownOptionId: id => Item::Option(id);
    Location: place => Item::Place(Box::new(place));
}

/// One beyond 2^53 is refused when the update is sent: it would not arrive as it is.
impl From<i64> for SetValue {
    fn from(number: i64) -> Self {
        whole(number.unsigned_abs(), number as f64)
    }
}

/// One beyond 2^53 is refused when the update is sent: it would not arrive as it is.
impl From<u64> for SetValue {
    fn from(number: u64) -> Self {
        whole(number, number as f64)
    }
}

/// One beyond 2^53 is refused when the update is sent: it would not arrive as it is.
impl From<isize> for SetValue {
    fn from(number: isize) -> Self {
        whole(number.unsigned_abs() as u64, number as f64)
    }
}

/// One beyond 2^53 is refused when the update is sent: it would not arrive as it is.
impl From<usize> for SetValue {
    fn from(number: usize) -> Self {
        whole(number as u64, number as f64)
    }
}

/// The number as it is written: 0.1 goes out as 0.1, which is not quite what the `f32` holds.
impl From<f32> for SetValue {
    fn from(number: f32) -> Self {
        number.to_string().parse().unwrap_or_else(|_| f64::from(number)).into()
    }
}

#[cfg(feature = "time")]
impl From<time::Date> for SetValue {
    fn from(date: time::Date) -> Self {
        let day = chrono::NaiveDate::from_yo_opt(date.year(), date.ordinal().into());
        // `time` has no day that `chrono` lacks.
        day.map_or(Self(Given::Nothing), Self::from)
    }
}

impl From<FieldValueUpdate> for SetValue {
    fn from(update: FieldValueUpdate) -> Self {
        Self(Given::Typed(update))
    }
}

impl<T: Into<SetValue>> From<Option<T>> for SetValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self(Given::Nothing), Into::into)
    }
}

impl<T: Into<SetValue>> From<Vec<T>> for SetValue {
    fn from(values: Vec<T>) -> Self {
        Self(Given::Several(values.into_iter().map(Into::into).collect()))
    }
}

impl<T: Into<SetValue>, const N: usize> From<[T; N]> for SetValue {
    fn from(values: [T; N]) -> Self {
        Self(Given::Several(values.into_iter().map(Into::into).collect()))
    }
}

impl<T: Into<SetValue> + Clone> From<&[T]> for SetValue {
    fn from(values: &[T]) -> Self {
        values.to_vec().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_is_taken_as_long_as_it_arrives_as_it_is() {
        let most = 1_i64 << 53;
        assert_eq!(SetValue::from(most), SetValue::from(9_007_199_254_740_992.0));
        assert_eq!(SetValue::from(-most), SetValue::from(-9_007_199_254_740_992.0));
        for inexact in [SetValue::from(most + 1), SetValue::from(-most - 1), SetValue::from(i64::MIN)] {
            assert_eq!(inexact, SetValue(Given::One(Item::Inexact)));
        }
        assert_eq!(SetValue::from(u64::MAX), SetValue(Given::One(Item::Inexact)));
        assert_eq!(SetValue::from(usize::MAX), SetValue(Given::One(Item::Inexact)));
        assert_eq!(SetValue::from(-7_isize), SetValue::from(-7));
        assert_eq!(
            [SetValue::from(7_u8), 7_u16.into(), 7_i8.into(), 7_i16.into()],
            [7; 4].map(SetValue::from)
        );
    }

    #[test]
    fn a_short_float_is_what_it_is_written_as() {
        for (short, long) in [(0.1_f32, 0.1), (-2.5, -2.5), (f32::MAX, 3.402_823_5e38), (1e-9, 1e-9)] {
            assert_eq!(SetValue::from(short), SetValue::from(long));
        }
        assert_eq!(SetValue::from(f32::INFINITY), SetValue::from(f64::INFINITY));
        assert_eq!(SetValue::from(Cow::from("Won")), SetValue::from("Won"));
    }

    #[test]
    fn nothing_of_it_is_printed() {
        let values = [
            SetValue::from("ines@quillfern.example"),
            SetValue::from(["ines@quillfern.example"]),
            SetValue::from(FieldValueUpdate::from("ines@quillfern.example")),
            SetValue::from(Some("ines@quillfern.example")),
        ];
        for value in values {
            assert!(!format!("{value:?}").contains("ines"), "{value:?}");
        }
    }

    #[cfg(feature = "time")]
    #[test]
    fn a_day_of_the_crate_time_is_the_same_day() {
        let day = time::Date::from_ordinal_date(2024, 366).unwrap();
        assert_eq!(SetValue::from(day), SetValue::from(Date::ymd(2024, 12, 31).unwrap()));
    }
}
