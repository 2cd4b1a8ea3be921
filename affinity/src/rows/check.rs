//! Holding a struct against a schema: what to ask for, how to read it, and what does not match.

use std::collections::HashMap;
use std::fmt;

use affinity_core::{Error, FieldId};
use serde::de::DeserializeOwned;

use super::own::Own;
use super::reading::Reading;
use super::shape::{RowShape, Shape, Wanted};
use crate::names::some_of;
use crate::schema::Missed;
use crate::{Schema, SchemaField};

/// A type that rows can be read into: a struct with named fields that derives serde's `Deserialize`. There is
/// nothing to implement. How names and types are matched with a list is told at
/// [`rows`](crate::Collection::rows).
pub trait AffinityRow: DeserializeOwned {
    /// Everything in which this struct and a schema do not match, at once: for a test of one's own program, with the
    /// schema of a list, or one that was written down.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = affinity_sandbox::Sandbox::demo().await?;
    /// # let affinity = affinity::Affinity::builder().base_url(sandbox.url()).api_key(sandbox.api_key()).build()?;
    /// use affinity::AffinityRow;
    ///
    /// #[derive(serde::Deserialize)]
    /// # #[allow(dead_code)]
    /// struct Deal {
    ///     name: String,
    ///     status: Option<String>,
    ///     amount: Option<String>,
    /// }
    ///
    /// let pipeline = affinity.lists().find("Pipeline").await?;
    /// let schema = affinity.lists().schema(pipeline.id).await?;
    /// let drift = Deal::check(&schema);
    /// assert_eq!(
    ///     drift[0].to_string(),
    ///     r#"amount: "Amount" is number, which does not read as Option<String>; it reads as f64 or a whole number"#,
    /// );
    /// # Ok(()) }
    /// ```
    fn check(schema: &Schema) -> Vec<Drift> {
        match RowShape::of::<Self>() {
            Ok(shape) => shape.drift(schema),
            Err(why) => vec![Drift::new(DriftKind::NoStruct, "", why)],
        }
    }
}

impl<T: DeserializeOwned> AffinityRow for T {}

/// Something in which a struct and a schema do not match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drift {
    kind: DriftKind,
    name: String,
    message: String,
}

/// What kind of mismatch it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DriftKind {
    /// The type is not a struct with named fields.
    NoStruct,
    /// There is no field of this name.
    UnknownField,
    /// Several fields have this name.
    AmbiguousField,
    /// The field's values do not read as this type.
    WrongType,
    /// A dropdown has an option that the enum lacks: rows with it are errors.
    MissingVariant,
    /// The enum has a variant that is no option of the dropdown.
    UnusedVariant,
    /// A field has the name of something that the row has itself, which is what is read.
    Shadowed,
}

impl Drift {
    fn new(kind: DriftKind, name: &str, message: impl Into<String>) -> Self {
        Self { kind, name: name.to_owned(), message: message.into() }
    }

    /// What kind of mismatch it is.
    pub fn kind(&self) -> DriftKind {
        self.kind
    }

    /// The struct's name for the field; empty where it is about the struct as a whole.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether rows cannot be read at all. Otherwise some may be errors, or something is not as it seems.
    pub fn is_breaking(&self) -> bool {
        matches!(
            self.kind,
            DriftKind::NoStruct | DriftKind::UnknownField | DriftKind::AmbiguousField | DriftKind::WrongType
        )
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.name.is_empty() {
            write!(f, "{}: ", self.name)?;
        }
        f.write_str(&self.message)
    }
}

/// How a struct is read from the rows of a schema.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    /// In the order of the struct.
    pub(crate) sources: Vec<Source>,
    /// The fields to ask for.
    pub(crate) fields: Vec<FieldId>,
    /// Where each of them is.
    slots: HashMap<FieldId, usize>,
}

/// Where a field of the struct comes from.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// What it was found by.
    pub(crate) name: String,
    /// All that the struct calls it.
    pub(crate) names: Vec<String>,
    /// Whether it is given when there is no value; otherwise the struct's default does.
    pub(crate) given_empty: bool,
    pub(crate) from: From,
}

#[derive(Clone, Debug)]
pub(crate) enum From {
    Own(Own),
    Cell(Column),
}

/// A field as a struct wants it.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    /// Its place among the fields that are asked for.
    pub(crate) slot: usize,
    pub(crate) label: String,
    pub(crate) reading: Reading,
}

impl Columns {
    /// Where the field of this id is, if it is asked for.
    pub(crate) fn slot(&self, field: &str) -> Option<usize> {
        // Comparing a few is faster than hashing one.
        const FEW: usize = 12;
        match self.fields.len() {
            0..=FEW => self.fields.iter().position(|id| id.as_str() == field),
            _ => self.slots.get(field).copied(),
        }
    }

    /// How `T` is read from the rows of a schema, or all reasons why it cannot be.
    pub(crate) fn of<T: DeserializeOwned>(schema: &Schema) -> Result<Self, Missed> {
        let refused = |drift: Vec<Drift>, may_be_new| {
            let all: Vec<_> = drift.iter().map(Drift::to_string).collect();
            Missed { error: Error::input(format!("rows: {}", all.join("; "))), may_be_new }
        };
        let shape = RowShape::of::<T>()
            .map_err(|why| refused(vec![Drift::new(DriftKind::NoStruct, "", why)], false))?;
        let (columns, mut drift) = shape.columns(schema);
        drift.retain(Drift::is_breaking);
        // Whatever does not match may be otherwise by now.
        if drift.is_empty() { Ok(columns) } else { Err(refused(drift, true)) }
    }
}

/// What a name leads to.
enum Target<'a> {
    Own(Own),
    Field(&'a SchemaField),
}

impl Target<'_> {
    fn is(&self, field: &SchemaField) -> bool {
        matches!(self, Self::Field(known) if known.id == field.id)
    }
}

impl RowShape {
    /// All in which this and a schema do not match.
    pub fn drift(&self, schema: &Schema) -> Vec<Drift> {
        self.columns(schema).1
    }

    /// How to read the struct, as far as it can be, and all that does not match.
    pub(crate) fn columns(&self, schema: &Schema) -> (Columns, Vec<Drift>) {
        let mut columns = Columns { sources: Vec::new(), fields: Vec::new(), slots: HashMap::new() };
        let mut drift = Vec::new();
        for wanted in &self.fields {
            match wanted.target(schema, &mut drift) {
                Some((name, target)) => columns.add(name, wanted, &target, schema, &mut drift),
                None => continue,
            }
        }
        (columns, drift)
    }
}

impl Wanted {
    /// What is meant by the name, or by one of the aliases.
    fn target<'a>(&'a self, schema: &'a Schema, drift: &mut Vec<Drift>) -> Option<(&'a str, Target<'a>)> {
        let mut found = Vec::new();
        let mut unfound = Vec::new();
        for name in &self.names {
            if let Some(own) = Own::named(name, &schema.of, &schema.entity) {
                found.push((name.as_str(), Target::Own(own)));
                continue;
            }
            match schema.find(name) {
                // An alias can be the id, or the name in other letters.
                Ok(field) if found.iter().any(|(_, target)| target.is(field)) => {}
                Ok(field) => found.push((name.as_str(), Target::Field(field))),
                Err(why) => {
                    let (kind, message) = match why {
                        crate::schema::Unfound::Ambiguous(_) => {
                            (DriftKind::AmbiguousField, why.explain(schema, name))
                        }
                        crate::schema::Unfound::Unknown => {
                            (DriftKind::UnknownField, unknown(schema, name, &why))
                        }
                    };
                    unfound.push(Drift::new(kind, name, message));
                }
            }
        }
        let (first, target) = match found.len() {
            0 => {
                drift.extend(unfound.into_iter().next());
                return None;
            }
            1 => found.remove(0),
            _ => {
                let all = found.iter().map(|(name, _)| format!("{name:?}")).collect::<Vec<_>>().join(" and ");
                let why =
                    format!("one field of the struct by its aliases, and {all} are both there; drop one");
                drift.push(Drift::new(DriftKind::AmbiguousField, found[0].0, why));
                return None;
            }
        };
        Some((first, target))
    }
}

fn unknown(schema: &Schema, name: &str, why: &crate::schema::Unfound<'_>) -> String {
    if let Some(own) = Own::near(name, &schema.of, &schema.entity) {
        return format!(
            "{}; what a row has itself is {own:?}: #[serde(rename = {own:?})]",
            why.explain(schema, name)
        );
    }
    if !Own::is_name(name) {
        return why.explain(schema, name);
    }
    let of = &schema.of;
    let own = Own::names(of, &schema.entity).collect::<Vec<_>>().join(", ");
    format!("{of} has no field {name:?}, and its rows have no such thing themselves; they have {own}")
}

impl Columns {
    fn add(
        &mut self,
        name: &str,
        wanted: &Wanted,
        target: &Target<'_>,
        schema: &Schema,
        drift: &mut Vec<Drift>,
    ) {
        let shape = &wanted.shape;
        let from = match target {
            Target::Own(own) => {
                shadowed(name, schema, drift);
                if !own.reads_as(shape, &schema.of, &schema.entity) {
                    let why =
                        format!("the row's own {name} is {}, which does not read as {shape}", own.what());
                    return drift.push(Drift::new(DriftKind::WrongType, name, why));
                }
                From::Own(*own)
            }
            Target::Field(field) => match Reading::new(&field.value_type, shape) {
                Ok(reading) => {
                    compare_options(name, field, shape, drift);
                    let slot = *self.slots.entry(field.id.clone()).or_insert_with(|| {
                        self.fields.push(field.id.clone());
                        self.fields.len() - 1
                    });
                    From::Cell(Column { slot, label: field.name.clone(), reading })
                }
                Err(why) => {
                    let (label, value_type) = (&field.name, &field.value_type);
                    let why = format!("{label:?} is {value_type}, which does not read as {shape}; {why}");
                    return drift.push(Drift::new(DriftKind::WrongType, name, why));
                }
            },
        };
        self.sources.push(Source {
            name: name.to_owned(),
            names: wanted.names.clone(),
            given_empty: wanted.takes_nothing,
            from,
        });
    }
}

/// Says that a field of the same name is not what is read.
fn shadowed(name: &str, schema: &Schema, drift: &mut Vec<Drift>) {
    if let Ok(field) = schema.find(name) {
        let why = format!(
            "this is what the row has itself, not its field {:?}; for the field, rename it to {:?}",
            field.name,
            format!("{}:{}", field.source(), field.name)
        );
        drift.push(Drift::new(DriftKind::Shadowed, name, why));
    }
}

/// Says what an enum and the options of a dropdown have not in common.
fn compare_options(name: &str, field: &SchemaField, shape: &Shape, drift: &mut Vec<Drift>) {
    let (Some((variants, open)), Some(options)) = (shape.variants(), &field.options) else { return };
    let label = &field.name;
    let missing = options.iter().filter(|option| !variants.iter().flatten().any(|name| *name == option.text));
    let missing: Vec<_> = missing.map(|option| format!("{:?}", option.text)).collect();
    if !missing.is_empty() && !open {
        let count = missing.len();
        let why = format!(
            "the enum lacks {count} options of {label:?}: {}; rows with them are errors, unless a unit variant has \
             #[serde(other)]",
            some_of(missing.into_iter())
        );
        drift.push(Drift::new(DriftKind::MissingVariant, name, why));
    }
    let unused = variants.iter().filter(|names| !options.iter().any(|option| names.contains(&option.text)));
    let unused: Vec<_> = unused.map(|names| format!("{:?}", names.join(" or "))).collect();
    if !unused.is_empty() {
        let why = format!("{label:?} has no such option: {}", some_of(unused.into_iter()));
        drift.push(Drift::new(DriftKind::UnusedVariant, name, why));
    }
}
