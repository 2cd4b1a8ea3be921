//! Holds a struct in a file against a schema.

use affinity::shapes::{RowShape, Shape};
use affinity::{Schema, SchemaField};

use super::{is_own, source};
use source::Source;

/// How a struct and a schema match.
#[derive(Debug)]
pub(super) struct Checked {
    /// The struct.
    pub(super) name: String,
    /// Why rows cannot be read into it.
    pub(super) breaking: Vec<String>,
    /// What else is not as it seems.
    pub(super) notes: Vec<String>,
    /// What could not be checked.
    pub(super) remarks: Vec<String>,
}

/// Checks the struct that `name` or the rules of `--check` choose.
pub(super) fn check(text: &str, file: &str, name: Option<&str>, schema: &Schema) -> Result<Checked, String> {
    let parsed = source::parse(file, text)?;
    let source = Source::of(file, &parsed);
    let row = source.row(name)?;
    let shape = source.shape(row)?;
    let (breaking, notes): (Vec<_>, Vec<_>) =
        shape.drift(schema).into_iter().partition(affinity::Drift::is_breaking);
    let mut notes: Vec<_> = notes.iter().map(ToString::to_string).collect();
    notes.extend(new_options(&shape, schema));
    Ok(Checked {
        name: row.ident.to_string(),
        breaking: breaking.iter().map(ToString::to_string).collect(),
        notes,
        remarks: source.into_remarks(),
    })
}

/// Options that an enum takes as its other one, since they are newer than it.
fn new_options<'a>(shape: &'a RowShape, schema: &'a Schema) -> impl Iterator<Item = String> + use<'a> {
    shape.fields.iter().filter_map(|wanted| {
        let (name, variants) = open_enum(&wanted.shape)?;
        let field = wanted.names.iter().find_map(|name| field(schema, name))?;
        let options = field.options.iter().flatten().map(|option| &option.text);
        let new: Vec<_> = options
            .filter(|text| !variants.iter().flatten().any(|name| name == *text))
            .map(|it| format!("{it:?}"))
            .collect();
        let called = wanted.names.first()?;
        let (label, new) = (&field.name, Some(new.join(", ")).filter(|new| !new.is_empty())?);
        Some(format!("{called}: {name} lacks options of {label:?}, which read as its other variant: {new}"))
    })
}

fn field<'a>(schema: &'a Schema, name: &str) -> Option<&'a SchemaField> {
    if is_own(schema, name) { None } else { schema.field(name).ok() }
}

fn open_enum(shape: &Shape) -> Option<(&str, &[Vec<String>])> {
    match shape {
        Shape::Enum { name, variants, open: true } => Some((name, variants)),
        Shape::Option(inner) | Shape::Shown(inner) | Shape::Sequence(inner) | Shape::Multi(inner) => {
            open_enum(inner)
        }
        _ => None,
    }
}
