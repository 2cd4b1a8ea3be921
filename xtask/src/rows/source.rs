//! A struct as it stands in a file, without compiling it: what it wants from rows.
//!
//! The shapes are those that `affinity` finds for the compiled struct; what cannot be known here is `Anything`, with a
//! remark.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use affinity::shapes::{RowShape, Shape, Wanted};
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Fields, GenericArgument, Item, ItemEnum, ItemStruct, Path, PathArguments, Type, UseTree};

use super::serde_attributes::Serde;

/// A file of Rust.
pub(super) struct Source<'a> {
    name: &'a str,
    types: BTreeMap<String, Vec<Def<'a>>>,
    modules: HashSet<String>,
    /// What names that are imported stand for.
    imports: HashMap<String, Vec<String>>,
    remarks: RefCell<Vec<String>>,
}

/// A type that the file defines.
#[derive(Clone, Copy)]
enum Def<'a> {
    Struct(&'a ItemStruct),
    Enum(&'a ItemEnum),
    Alias(&'a syn::ItemType),
}

/// Where a type stands: the field of the struct, and the types that lead to it.
struct Place<'a> {
    field: &'a str,
    within: Vec<String>,
}

pub(super) fn parse(name: &str, text: &str) -> Result<syn::File, String> {
    syn::parse_file(text).map_err(|error| at(name, &error))
}

fn at(file: &str, error: &syn::Error) -> String {
    format!("{file}:{}: {error}", error.span().start().line)
}

impl<'a> Source<'a> {
    pub(super) fn of(name: &'a str, file: &'a syn::File) -> Self {
        let mut source = Self {
            name,
            types: BTreeMap::new(),
            modules: HashSet::new(),
            imports: HashMap::new(),
            remarks: RefCell::default(),
        };
        source.add(&file.items);
        source
    }

    fn add(&mut self, items: &'a [Item]) {
        for item in items {
            let (name, def) = match item {
                Item::Struct(item) => (&item.ident, Def::Struct(item)),
                Item::Enum(item) => (&item.ident, Def::Enum(item)),
                Item::Type(item) => (&item.ident, Def::Alias(item)),
                Item::Use(item) => {
                    self.import(&item.tree, &mut Vec::new());
                    continue;
                }
                Item::Mod(item) => {
                    self.modules.insert(item.ident.unraw().to_string());
                    if let Some((_, items)) = &item.content {
                        self.add(items);
                    }
                    continue;
                }
                _ => continue,
            };
            self.types.entry(name.unraw().to_string()).or_default().push(def);
        }
    }

    fn import(&mut self, tree: &UseTree, path: &mut Vec<String>) {
        match tree {
            UseTree::Path(step) => {
                path.push(step.ident.unraw().to_string());
                self.import(&step.tree, path);
                path.pop();
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, path)),
            UseTree::Name(name) => {
                let name = name.ident.unraw().to_string();
                let full = path.iter().cloned().chain([name.clone()]).collect();
                self.imports.insert(name, full);
            }
            UseTree::Rename(rename) => {
                let full = path.iter().cloned().chain([rename.ident.unraw().to_string()]).collect();
                self.imports.insert(rename.rename.unraw().to_string(), full);
            }
            _ => {}
        }
    }

    fn remark(&self, remark: String) {
        let mut remarks = self.remarks.borrow_mut();
        if !remarks.contains(&remark) {
            remarks.push(remark);
        }
    }

    /// What could not be checked.
    pub(super) fn into_remarks(self) -> Vec<String> {
        self.remarks.into_inner()
    }

    fn serde(&self, attributes: &[syn::Attribute]) -> Result<Serde, String> {
        Serde::of(attributes).map_err(|error| at(self.name, &error))
    }

    /// The struct that is meant: the one with this name; or the one whose name ends in Row; or the only one that is
    /// no part of another.
    pub(super) fn row(&self, name: Option<&str>) -> Result<&'a ItemStruct, String> {
        let mut all = Vec::new();
        for def in self.types.values().flatten() {
            if let Def::Struct(item) = def {
                all.push((*item, self.serde(&item.attrs)?.derives));
            }
        }
        let candidates: Vec<_> = all.iter().filter(|(_, derives)| *derives).map(|(item, _)| *item).collect();
        let (found, why) = match name {
            Some(name) => {
                let found: Vec<_> = candidates.iter().copied().filter(|item| item.ident == name).collect();
                let why = match found.len() {
                    0 if all.iter().any(|(item, _)| item.ident == name) => {
                        format!("{name} does not derive serde's Deserialize; add that")
                    }
                    0 => format!("there is no struct {name}"),
                    count => format!("there are {count} structs {name}; rename one"),
                };
                (found, why)
            }
            None => {
                let ends = |item: &&ItemStruct| item.ident.to_string().ends_with("Row");
                let rows: Vec<_> = candidates.iter().copied().filter(ends).collect();
                let found = if rows.is_empty() { self.outermost(&candidates) } else { rows };
                let why = "which struct is meant is not clear; pass it as --name".to_owned();
                (found, why)
            }
        };
        if let [only] = found.as_slice() {
            return Ok(only);
        }
        let names: Vec<_> = candidates.iter().map(|item| item.ident.to_string()).collect();
        Err(match names.as_slice() {
            [] => {
                format!("{}: no struct derives serde's Deserialize, so there is nothing to check", self.name)
            }
            names => format!("{}: {why}; those that derive Deserialize: {}", self.name, names.join(", ")),
        })
    }

    /// Those that no other type of the file has in it.
    fn outermost(&self, candidates: &[&'a ItemStruct]) -> Vec<&'a ItemStruct> {
        let is_part = |name: &str| {
            self.types.iter().filter(|(other, _)| *other != name).flat_map(|(_, defs)| defs).any(|def| {
                let tokens = match def {
                    Def::Struct(item) => item.fields.to_token_stream(),
                    Def::Enum(item) => item.variants.to_token_stream(),
                    Def::Alias(item) => item.ty.to_token_stream(),
                };
                names(tokens, name)
            })
        };
        candidates.iter().copied().filter(|item| !is_part(&item.ident.to_string())).collect()
    }

    /// What the struct wants.
    pub(super) fn shape(&self, row: &'a ItemStruct) -> Result<RowShape, String> {
        let name = row.ident.to_string();
        let serde = self.serde(&row.attrs)?;
        if let Some(by_hand) = serde.by_hand {
            return Err(format!(
                "{}: {name} has #[serde({by_hand} = …)], so what it wants is not known; pass the struct that is read \
                 as --name",
                self.name
            ));
        }
        if let Some(inner) = self.inner(row, &serde)? {
            return match self.struct_named(&inner.ty).filter(|inner| inner.ident != row.ident) {
                Some(inner) => self.shape(inner),
                None => Err(format!(
                    "{}: {name} wraps a type that is not defined here; check the file that has it",
                    self.name
                )),
            };
        }
        let Fields::Named(fields) = &row.fields else {
            return Err(format!("{}: {name} has no named fields, and a row is read into those", self.name));
        };
        let mut wanted = Vec::new();
        for field in &fields.named {
            let Some(ident) = &field.ident else { continue };
            let ident = ident.unraw().to_string();
            let own = self.serde(&field.attrs)?;
            if own.flatten {
                return Err(format!(
                    "{}:{}: {name}.{ident} has #[serde(flatten)], so what to ask for is not known; name the fields in \
                     the struct itself",
                    self.name,
                    field.span().start().line
                ));
            }
            if own.skipped {
                continue;
            }
            let mut place = Place { field: &ident, within: vec![name.clone()] };
            let shape = self.of_field(&field.ty, &own, &mut place)?;
            wanted.push(Wanted::new(own.field_names(&ident, serde.rename_all), shape));
        }
        Ok(RowShape { fields: wanted })
    }

    /// The one field that a type is read as, if it is only a wrapper.
    fn inner(&self, item: &'a ItemStruct, serde: &Serde) -> Result<Option<&'a syn::Field>, String> {
        let is_tuple_of_one = matches!(&item.fields, Fields::Unnamed(fields) if fields.unnamed.len() == 1);
        if !serde.transparent && !is_tuple_of_one {
            return Ok(None);
        }
        for field in &item.fields {
            if !self.serde(&field.attrs)?.skipped {
                return Ok(Some(field));
            }
        }
        Ok(None)
    }

    fn struct_named(&self, of: &Type) -> Option<&'a ItemStruct> {
        let Type::Path(path) = of else { return None };
        match self.defined(&self.full(&path.path))? {
            [Def::Struct(item)] => Some(item),
            _ => None,
        }
    }

    fn of_field(&self, of: &'a Type, serde: &Serde, place: &mut Place<'_>) -> Result<Shape, String> {
        match serde.by_hand {
            Some(attribute) => Ok(self.unknown(place, &format!("{attribute} reads it"))),
            None => self.of_type(of, place),
        }
    }

    fn unknown(&self, place: &Place<'_>, why: &str) -> Shape {
        self.remark(format!("{}: not checked, since {why}", place.field));
        Shape::Anything
    }

    fn of_type(&self, of: &'a Type, place: &mut Place<'_>) -> Result<Shape, String> {
        Ok(match of {
            Type::Paren(inner) => self.of_type(&inner.elem, place)?,
            Type::Group(inner) => self.of_type(&inner.elem, place)?,
            Type::Reference(inner) => self.of_type(&inner.elem, place)?,
            Type::Slice(items) => sequence(self.of_type(&items.elem, place)?),
            Type::Array(items) => several(self.of_type(&items.elem, place)?),
            Type::Tuple(items) => match items.elems.first() {
                Some(first) => several(self.of_type(first, place)?),
                None => Shape::Other("()"),
            },
            Type::Path(path) if path.qself.is_none() => self.of_path(&path.path, place)?,
            other => {
                let other = other.to_token_stream();
                self.unknown(place, &format!("the type {other} is not known here"))
            }
        })
    }

    /// The path with what it was imported as.
    fn full(&self, path: &Path) -> Vec<String> {
        let mut full: Vec<_> =
            path.segments.iter().map(|segment| segment.ident.unraw().to_string()).collect();
        if let Some(imported) = full.first().and_then(|first| self.imports.get(first)) {
            full.splice(..1, imported.iter().cloned());
        }
        full
    }

    /// What the file defines under this path.
    fn defined(&self, full: &[String]) -> Option<&[Def<'a>]> {
        let (name, before) = full.split_last()?;
        let is_here = before.first().is_none_or(|first| {
            ["crate", "self", "super"].contains(&first.as_str()) || self.modules.contains(first)
        });
        if is_here { self.types.get(name).map(Vec::as_slice) } else { None }
    }

    fn of_path(&self, path: &'a Path, place: &mut Place<'_>) -> Result<Shape, String> {
        let full = self.full(path);
        let Some(name) = full.last() else { return Ok(Shape::Anything) };
        if let Some(defs) = self.defined(&full) {
            return match defs {
                _ if place.within.contains(name) => Ok(Shape::Anything),
                [def] => {
                    place.within.push(name.clone());
                    let shape = self.of_def(*def, place);
                    place.within.pop();
                    shape
                }
                _ => Ok(self.unknown(place, &format!("there are several types {name} in the file"))),
            };
        }
        let mut arguments = arguments(path);
        let mut inner = |wrap: fn(Shape) -> Shape| match arguments.next() {
            Some(inner) => self.of_type(inner, place).map(wrap).map(Some),
            None => Ok(None),
        };
        let wrapped = match name.as_str() {
            "Option" => inner(|inner| Shape::Option(Box::new(inner)))?,
            "Vec" | "VecDeque" | "LinkedList" | "BinaryHeap" | "HashSet" | "BTreeSet" | "IndexSet" => {
                inner(sequence)?
            }
            "Box" | "Arc" | "Rc" | "Cow" | "Cell" | "RefCell" | "Mutex" | "RwLock" => inner(|inner| inner)?,
            "Multi" => inner(|inner| Shape::Multi(Box::new(inner)))?,
            "Shown" => inner(|inner| match inner {
                Shape::Option(inner) => Shape::Shown(inner),
                other => Shape::Shown(Box::new(other)),
            })?,
            _ => None,
        };
        if let Some(shape) = wrapped.or_else(|| known(&full)) {
            return Ok(shape);
        }
        let written = path.to_token_stream().to_string().replace(' ', "");
        Ok(self.unknown(place, &format!("the type {written} is not known here")))
    }

    fn of_def(&self, def: Def<'a>, place: &mut Place<'_>) -> Result<Shape, String> {
        let (ident, attributes, generics) = match def {
            Def::Struct(item) => (&item.ident, &item.attrs, &item.generics),
            Def::Enum(item) => (&item.ident, &item.attrs, &item.generics),
            Def::Alias(item) => (&item.ident, &item.attrs, &item.generics),
        };
        if generics.type_params().next().is_some() {
            return Ok(self.unknown(place, &format!("the type {ident} has parameters")));
        }
        let serde = self.serde(attributes)?;
        if let Some(attribute) = serde.by_hand {
            return Ok(self.unknown(place, &format!("{ident} has #[serde({attribute} = …)]")));
        }
        if !serde.derives && !matches!(def, Def::Alias(_)) {
            return Ok(self.unknown(place, &format!("{ident} does not derive Deserialize")));
        }
        match def {
            Def::Alias(item) => self.of_type(&item.ty, place),
            Def::Struct(item) => self.of_struct(item, &serde, place),
            Def::Enum(item) => self.of_enum(item, &serde, place),
        }
    }

    fn of_struct(&self, item: &'a ItemStruct, serde: &Serde, place: &mut Place<'_>) -> Result<Shape, String> {
        if let Some(inner) = self.inner(item, serde)? {
            let own = self.serde(&inner.attrs)?;
            return self.of_field(&inner.ty, &own, place);
        }
        match &item.fields {
            Fields::Unit => Ok(Shape::Other("a struct without fields")),
            Fields::Unnamed(fields) => match fields.unnamed.first() {
                Some(first) => Ok(several(self.of_type(&first.ty, place)?)),
                None => Ok(Shape::Other("a struct without fields")),
            },
            Fields::Named(fields) => {
                let mut keys = Vec::new();
                for field in &fields.named {
                    let Some(ident) = &field.ident else { continue };
                    let own = self.serde(&field.attrs)?;
                    if own.flatten {
                        return Ok(Shape::Map);
                    }
                    if !own.skipped {
                        keys.extend(own.field_names(&ident.unraw().to_string(), serde.rename_all));
                    }
                }
                Ok(object(&name_of(&item.ident, serde), keys))
            }
        }
    }

    fn of_enum(&self, item: &'a ItemEnum, serde: &Serde, place: &mut Place<'_>) -> Result<Shape, String> {
        let name = name_of(&item.ident, serde);
        match (&serde.tag, &serde.content) {
            (Some(tag), Some(content)) => return Ok(object(&name, vec![tag.clone(), content.clone()])),
            (Some(_), None) => return Ok(self.unknown(place, &format!("{name} has a tag"))),
            _ if serde.untagged => return Ok(self.unknown(place, &format!("{name} is untagged"))),
            _ => {}
        }
        let (mut variants, mut open) = (Vec::new(), false);
        for variant in &item.variants {
            let own = self.serde(&variant.attrs)?;
            if own.untagged {
                return Ok(self.unknown(place, &format!("{name}::{} is untagged", variant.ident)));
            }
            if own.skipped {
                continue;
            }
            if own.other {
                open = true;
                continue;
            }
            variants.push(own.variant_names(&variant.ident.unraw().to_string(), serde.rename_all));
        }
        Ok(Shape::Enum { name, variants, open })
    }
}

fn name_of(ident: &syn::Ident, serde: &Serde) -> String {
    serde.rename.clone().unwrap_or_else(|| ident.unraw().to_string())
}

fn sequence(item: Shape) -> Shape {
    Shape::Sequence(Box::new(item))
}

/// A list of so many: one text alone does not read as it, so what kind of text it takes is not known.
fn several(item: Shape) -> Shape {
    sequence(match item {
        Shape::Text { .. } => Shape::Text { day: false, instant: false, plain: false },
        other => other,
    })
}

fn object(name: &str, keys: Vec<String>) -> Shape {
    if keys == ["type", "data"] {
        return Shape::Tagged(name.to_owned());
    }
    Shape::Struct { name: name.to_owned(), keys }
}

fn arguments(path: &Path) -> impl Iterator<Item = &Type> {
    let arguments = path.segments.last().map(|last| &last.arguments);
    let arguments = match arguments {
        Some(PathArguments::AngleBracketed(arguments)) => Some(&arguments.args),
        _ => None,
    };
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(argument) => Some(argument),
        _ => None,
    })
}

/// Whether these tokens have the name in them.
fn names(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident.unraw() == name,
        TokenTree::Group(group) => names(group.stream(), name),
        _ => false,
    })
}

/// Types of others, by the last part of the path, unless it says that they are not those.
fn known(full: &[String]) -> Option<Shape> {
    let name = full.last()?.as_str();
    let of_crate = full.first().filter(|_| full.len() > 1).map(String::as_str);
    let is_from = |crates: &[&str]| {
        of_crate.is_none_or(|first| crates.contains(&first) || ["crate", "self", "super"].contains(&first))
    };
    let text = |day, instant| Some(Shape::Text { day, instant, plain: day && instant });
    let keys = |keys: &[&str]| {
        let keys = keys.iter().map(|&key| key.to_owned()).collect();
        Some(Shape::Struct { name: name.to_owned(), keys })
    };
    match name {
        "bool" => return Some(Shape::Bool),
        "f32" => return Some(Shape::Float("f32")),
        "f64" => return Some(Shape::Float("f64")),
        "String" | "str" | "PathBuf" | "Path" => return text(true, true),
        "char" => return Some(Shape::Text { day: false, instant: false, plain: true }),
        "HashMap" | "BTreeMap" | "IndexMap" => return Some(Shape::Map),
        "NaiveDate" => return text(true, false),
        "DateTime" => return text(false, true),
        "NaiveDateTime" | "NaiveTime" => return text(false, false),
        "Date" if of_crate == Some("time") => return text(true, false),
        "Value" if is_from(&["serde_json"]) => return Some(Shape::Anything),
        "Map" if is_from(&["serde_json"]) => return Some(Shape::Map),
        "RawValue" | "IgnoredAny" => return Some(Shape::Anything),
        _ => {}
    }
    let integer = INTEGERS.iter().find(|(integer, _)| *integer == name).map(|(_, read)| Shape::Integer(read));
    if integer.is_some() || !is_from(&["affinity", "affinity_core", "affinity_v2_raw"]) {
        return integer;
    }
    match name {
        "Date" => text(false, true),
        "FieldId" | "CompanyMergeTaskId" | "PersonMergeTaskId" => text(true, true),
        _ if IDS.contains(&name) => IDS.iter().find(|id| **id == name).map(|id| Shape::Id(id)),
        "PersonRef" | "PersonData" => keys(&["id", "firstName", "lastName", "primaryEmailAddress", "type"]),
        "CompanyRef" | "CompanyData" => keys(&["id", "name", "domain"]),
        "Location" => keys(&["streetAddress", "city", "state", "country", "continent"]),
        "Dropdown" => keys(&["dropdownOptionId", "text"]),
        "RankedDropdown" => keys(&["dropdownOptionId", "text", "rank", "color"]),
        "FormulaNumber" => keys(&["calculatedValue"]),
        "Interaction" => Some(Shape::Union("Interaction")),
        "FieldValue" => Some(Shape::Tagged("FieldValue".to_owned())),
        "ListType" | "PersonType" => text(true, true),
        _ => None,
    }
}

const INTEGERS: [(&str, &str); 24] = [
    ("i8", "i8"),
    ("i16", "i16"),
    ("i32", "i32"),
    ("i64", "i64"),
    ("i128", "i128"),
    ("isize", "i64"),
    ("u8", "u8"),
    ("u16", "u16"),
    ("u32", "u32"),
    ("u64", "u64"),
    ("u128", "u128"),
    ("usize", "u64"),
    ("NonZeroI8", "i8"),
    ("NonZeroI16", "i16"),
    ("NonZeroI32", "i32"),
    ("NonZeroI64", "i64"),
    ("NonZeroI128", "i128"),
    ("NonZeroIsize", "i64"),
    ("NonZeroU8", "u8"),
    ("NonZeroU16", "u16"),
    ("NonZeroU32", "u32"),
    ("NonZeroU64", "u64"),
    ("NonZeroU128", "u128"),
    ("NonZeroUsize", "u64"),
];

/// The ids that are numbers.
const IDS: [&str; 19] = [
    "CompanyId",
    "CompanyMergeId",
    "DropdownOptionId",
    "EntityFileId",
    "FieldNumber",
    "FieldValueChangeId",
    "FieldValueId",
    "InteractionId",
    "ListEntryId",
    "ListId",
    "MentionId",
    "NoteId",
    "OpportunityId",
    "PersonId",
    "PersonMergeId",
    "ReminderId",
    "SavedViewId",
    "TenantId",
    "WebhookSubscriptionId",
];
