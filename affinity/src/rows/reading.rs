//! Which Rust types the values of a field read as.

use super::shape::Shape;
use crate::ValueType;

/// How the values of a field are read into a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// The value type, as it stands on the wire.
    pub(crate) kind: &'static str,
    /// Whether the field holds several values.
    pub(crate) several: bool,
    pub(crate) form: Form,
    /// Whether the type tells a hidden cell from an empty one.
    pub(crate) knows_hidden: bool,
}

/// What of a value is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Type and data, as they came.
    Whole,
    /// Data, as it came.
    Data,
    Text,
    Number,
    /// The number that was calculated.
    Formula,
    /// A day, `2026-03-31`.
    Day,
    /// The text of an option, or its id, or all of it.
    Choice,
    /// A person or company, or its id.
    Record,
    /// When an interaction was.
    When,
}

const PERSON: &[&str] = &["id", "firstName", "lastName", "primaryEmailAddress", "type"];
const COMPANY: &[&str] = &["id", "name", "domain"];
const LOCATION: &[&str] = &["streetAddress", "city", "state", "country", "continent"];
const DROPDOWN: &[&str] = &["dropdownOptionId", "text"];
const RANKED: &[&str] = &["dropdownOptionId", "text", "rank", "color"];
const FORMULA: &[&str] = &["calculatedValue"];
const INTERACTION: &[&str] = &[
    "type",
    "id",
    "direction",
    "sentAt",
    "manualCreator",
    "participants",
    "subject",
    "from",
    "to",
    "cc",
    "title",
    "allDay",
    "startTime",
    "endTime",
    "attendees",
];

/// What values of one type are.
struct Values {
    kind: &'static str,
    several: bool,
    /// What is given to a type that takes anything.
    plain: Form,
    /// The keys of an object, for those that are one.
    keys: &'static [&'static str],
    /// The type of their ids.
    id: &'static str,
    /// What they read as, beside [`FieldValue`](crate::FieldValue).
    read_as: &'static str,
}

/// `None` for a type that this release does not know.
fn values(value_type: &ValueType) -> Option<Values> {
    const TEXT: &str = "String, an enum of texts";
    const NUMBER: &str = "f64 or a whole number";
    const OPTION: &str = "String, an enum of the options' texts, Dropdown or DropdownOptionId";
    let of = |kind, several, plain, keys, read_as| {
        let id = match (plain, keys) {
            (Form::Choice, _) => "DropdownOptionId",
            (Form::Record, PERSON) => "PersonId",
            (Form::Record, _) => "CompanyId",
            _ => "",
        };
        Some(Values { kind, several, plain, keys, id, read_as })
    };
    match value_type {
        ValueType::Text => of("text", false, Form::Text, &[], TEXT),
        ValueType::FilterableText => of("filterable-text", false, Form::Text, &[], TEXT),
        ValueType::FilterableTextMulti => of("filterable-text-multi", true, Form::Text, &[], "Vec<String>"),
        ValueType::Number => of("number", false, Form::Number, &[], NUMBER),
        ValueType::NumberMulti => of("number-multi", true, Form::Number, &[], "Vec<f64>"),
        ValueType::FormulaNumber => of("formula-number", false, Form::Formula, FORMULA, NUMBER),
        ValueType::Datetime => {
            of("datetime", false, Form::Day, &[], "Date, a day such as NaiveDate, or String")
        }
        ValueType::Dropdown => of("dropdown", false, Form::Choice, DROPDOWN, OPTION),
        ValueType::RankedDropdown => of("ranked-dropdown", false, Form::Choice, RANKED, OPTION),
        ValueType::DropdownMulti => {
            of("dropdown-multi", true, Form::Choice, DROPDOWN, "Vec<String>, or a Vec of an enum or Dropdown")
        }
        ValueType::Person => of("person", false, Form::Record, PERSON, "PersonRef or PersonId"),
        ValueType::PersonMulti => {
            of("person-multi", true, Form::Record, PERSON, "Vec<PersonRef> or Vec<PersonId>")
        }
        ValueType::Company => of("company", false, Form::Record, COMPANY, "CompanyRef or CompanyId"),
        ValueType::CompanyMulti => {
            of("company-multi", true, Form::Record, COMPANY, "Vec<CompanyRef> or Vec<CompanyId>")
        }
        ValueType::Location => of("location", false, Form::Data, LOCATION, "Location"),
        ValueType::LocationMulti => of("location-multi", true, Form::Data, LOCATION, "Vec<Location>"),
        ValueType::Interaction => of(
            "interaction",
            false,
            Form::Data,
            INTERACTION,
            "Interaction, or an instant such as DateTime<Utc>",
        ),
        _ => None,
    }
}

impl Reading {
    /// How values of this type are read into a type of this shape, or what they can be read as.
    pub(crate) fn new(value_type: &ValueType, shape: &Shape) -> Result<Self, String> {
        let (bare, knows_hidden) = shape.unwrapped();
        let Some(values) = values(value_type) else {
            return match bare {
                Shape::Tagged(_) => Ok(Self { kind: "", several: false, form: Form::Whole, knows_hidden }),
                _ => Err("this release does not know the type, so it reads as FieldValue only".to_owned()),
            };
        };
        let form = match bare {
            Shape::Tagged(_) => Some(Form::Whole),
            Shape::Sequence(item) | Shape::Multi(item) => values.form(item.unwrapped().0),
            Shape::Anything => Some(values.plain),
            _ if values.several => None,
            one => values.form(one),
        };
        match form {
            Some(form) => Ok(Self { kind: values.kind, several: values.several, form, knows_hidden }),
            None => Err(format!("it reads as {}{}", values.read_as, values.foreign_keys(bare))),
        }
    }
}

impl Values {
    /// The keys of a struct that the values do not have.
    fn foreign_keys(&self, shape: &Shape) -> String {
        match shape {
            Shape::Sequence(item) | Shape::Multi(item) | Shape::Option(item) | Shape::Shown(item) => {
                self.foreign_keys(item)
            }
            Shape::Struct { keys, .. } if !self.keys.is_empty() => {
                let foreign = keys.iter().filter(|key| !self.keys.contains(&key.as_str()));
                let mut foreign: Vec<_> = foreign.map(|key| format!("{key:?}")).collect();
                foreign.sort_unstable();
                format!(", which have {}, not {}", self.keys.join(", "), foreign.join(", "))
            }
            _ => String::new(),
        }
    }

    /// What of one value is given to a type of this shape.
    fn form(&self, shape: &Shape) -> Option<Form> {
        let plain = self.plain;
        let is_object = !self.keys.is_empty();
        let fits = match shape {
            Shape::Anything => true,
            Shape::Text { day, instant, .. } => match (plain, self.kind) {
                (Form::Text | Form::Choice, _) => !shape.is_date(),
                (Form::Day, _) if *day => true,
                (Form::Day, _) if *instant => return Some(Form::Data),
                (_, "interaction") if *instant => return Some(Form::When),
                _ => false,
            },
            Shape::Enum { .. } => matches!(plain, Form::Text | Form::Choice),
            // An option's id looks like a number that the option stands for; it is given where it is asked for.
            Shape::Integer(_) => matches!(plain, Form::Number | Form::Formula | Form::Record),
            Shape::Id(name) => *name == self.id,
            Shape::Float(_) => matches!(plain, Form::Number | Form::Formula),
            // A key that the value never has would never be filled.
            Shape::Struct { keys, .. } if keys.iter().all(|key| self.keys.contains(&key.as_str())) => {
                return is_object.then_some(Form::Data);
            }
            Shape::Map => return is_object.then_some(Form::Data),
            Shape::Union(_) => self.kind == "interaction",
            _ => false,
        };
        fits.then_some(plain)
    }
}

impl Shape {
    /// Without what says that there may be no value, and whether that tells hidden from empty.
    fn unwrapped(&self) -> (&Self, bool) {
        match self {
            // Around a `Shown`, it takes hidden for none.
            Self::Option(inner) => (inner.unwrapped().0, false),
            Self::Shown(inner) => (inner.unwrapped().0, true),
            bare => (bare, false),
        }
    }

    /// Whether it reads from a cell without a value.
    pub(super) fn takes_nothing(&self) -> bool {
        matches!(
            self,
            Self::Option(_)
                | Self::Shown(_)
                | Self::Sequence(_)
                | Self::Multi(_)
                | Self::Tagged(_)
                | Self::Anything
        )
    }

    /// The names of an enum, and whether it takes others.
    pub(super) fn variants(&self) -> Option<(&[Vec<String>], bool)> {
        match self {
            Self::Enum { variants, open, .. } => Some((variants, *open)),
            Self::Option(inner) | Self::Shown(inner) | Self::Sequence(inner) | Self::Multi(inner) => {
                inner.variants()
            }
            _ => None,
        }
    }
}
