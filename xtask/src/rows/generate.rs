//! Writes the struct for the rows of a schema.

mod prose;

use std::collections::{BTreeSet, HashSet};

use affinity::{ListType, Schema, SchemaField, SchemaOf, SchemaOption, ValueType};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::{check, is_own, names};
use prose::{docs, plain, span};

/// What is wanted of the code.
#[derive(Debug, Default)]
pub(super) struct Wish<'a> {
    /// What the struct is called.
    pub(super) name: Option<&'a str>,
    /// The fields; none are those that belong to the list itself.
    pub(super) fields: &'a [String],
    /// All fields.
    pub(super) all: bool,
    /// The schema is one of the sandbox.
    pub(super) sandbox: bool,
}

/// The code, and what its reader should know.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) code: String,
    pub(super) remarks: Vec<String>,
}

/// With more options than this a dropdown is rather a text.
const MOST_OPTIONS: usize = 100;

/// The type names that the code may use itself.
const USED: [&str; 16] = [
    "CompanyId",
    "CompanyRef",
    "Date",
    "Deserialize",
    "FieldValue",
    "Interaction",
    "ListEntryId",
    "Location",
    "Multi",
    "Option",
    "PersonId",
    "PersonRef",
    "Self",
    "String",
    "Vec",
    "f64",
];

/// Writes the struct.
pub(super) fn code(schema: &Schema, wish: &Wish<'_>) -> Result<Written, String> {
    let chosen = chosen(schema, wish)?;
    let mut writer = Writer::new(schema, struct_name(schema, wish)?, wish.sandbox);
    let row = writer.row(&chosen, &command(schema, wish));
    let left_out = schema.fields.len() - chosen.len();
    if left_out > 0 && wish.fields.is_empty() {
        let others = if left_out == 1 { "other field is" } else { "other fields are" };
        writer.remarks.push(format!("{left_out} {others} left out: --all takes them, --fields takes some"));
    }
    let Writer { imports, enums, remarks, name, .. } = writer;
    let imports: Vec<_> = imports.iter().map(|import| format_ident!("{import}")).collect();
    let imports = match imports.as_slice() {
        [one] => quote!(use affinity::#one;),
        several => quote!(use affinity::{#(#several),*};),
    };
    let mut items = vec![quote!(#imports use serde::Deserialize;), row];
    items.extend(enums);
    let items: Result<Vec<_>, _> = items.into_iter().map(formatted).collect();
    let code = items?.join("\n");
    reads_back(&code, &name, schema)?;
    Ok(Written { code, remarks })
}

fn formatted(item: TokenStream) -> Result<String, String> {
    let file = syn::parse2(item).map_err(|error| format!("the code that was written is no Rust: {error}"))?;
    Ok(prettyplease::unparse(&file))
}

/// What is written must match what it was written from.
fn reads_back(code: &str, name: &str, schema: &Schema) -> Result<(), String> {
    let checked = check::check(code, "the code that was written", Some(name), schema)?;
    match checked.breaking.first() {
        None => Ok(()),
        Some(first) => Err(format!("the code that was written does not match {}: {first}", schema.of)),
    }
}

/// The fields that are wanted, each once.
fn chosen<'a>(schema: &'a Schema, wish: &Wish<'_>) -> Result<Vec<&'a SchemaField>, String> {
    if wish.fields.is_empty() {
        let category = if matches!(schema.of, SchemaOf::List { .. }) { "list" } else { "global" };
        let is_wanted = |field: &&SchemaField| wish.all || field.field_type.as_str() == category;
        return Ok(schema.fields.iter().filter(is_wanted).collect());
    }
    let mut chosen: Vec<&SchemaField> = Vec::new();
    for keys in wish.fields {
        for field in fields(schema, keys)? {
            if !chosen.iter().any(|known| known.id == field.id) {
                chosen.push(field);
            }
        }
    }
    Ok(chosen)
}

/// The fields with these names, between commas. A name can have commas in it.
fn fields<'a>(schema: &'a Schema, keys: &str) -> Result<Vec<&'a SchemaField>, String> {
    let parts: Vec<_> = keys.split(',').collect();
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(first) = parts.get(start) {
        let longest = (start + 1..=parts.len()).rev().find_map(|end| {
            let key = parts.get(start..end)?.join(",");
            Some((end, schema.field(key.trim()).ok().filter(|_| !key.trim().is_empty())?))
        });
        match longest {
            Some((end, field)) => {
                found.push(field);
                start = end;
            }
            None if first.trim().is_empty() => start += 1,
            None => return Err(schema.field(first.trim()).err().map_or_else(String::new, |e| e.to_string())),
        }
    }
    Ok(found)
}

fn struct_name(schema: &Schema, wish: &Wish<'_>) -> Result<String, String> {
    let of = match (&schema.of, wish.name) {
        (_, Some(name)) => {
            return match names::is_type_name(name) && !USED.contains(&name) {
                true => Ok(name.to_owned()),
                false if USED.contains(&name) => {
                    Err(format!("--name: the code uses another {name}; choose a name such as {name}Row"))
                }
                false => Err(format!("--name: {name:?} is no name of a Rust type; one is PipelineRow")),
            };
        }
        (SchemaOf::List { name, .. }, None) => names::camel(name),
        (SchemaOf::Companies, None) => "Company".to_owned(),
        (SchemaOf::Persons, None) => "Person".to_owned(),
        _ => String::new(),
    };
    let of = if of.starts_with(|first: char| first.is_ascii_alphabetic()) { of } else { format!("List{of}") };
    Ok(if of.ends_with("Row") { of } else { format!("{of}Row") })
}

/// The command that writes this again. The list is named by its id, which stays.
pub(super) fn command(schema: &Schema, wish: &Wish<'_>) -> String {
    let mut command = "cargo xtask rows ".to_owned();
    match &schema.of {
        SchemaOf::List { id, .. } => command.push_str(&format!("--list {id}")),
        SchemaOf::Companies => command.push_str("--companies"),
        _ => command.push_str("--persons"),
    }
    if wish.sandbox {
        command.push_str(" --sandbox");
    }
    if let Some(name) = wish.name {
        command.push_str(&format!(" --name {name}"));
    }
    if wish.all {
        command.push_str(" --all");
    }
    if !wish.fields.is_empty() {
        // Ids need no quotes that a shell would have to understand.
        let ids: Vec<_> = chosen(schema, wish).into_iter().flatten().map(|field| field.id.as_str()).collect();
        command.push_str(&format!(" --fields {}", ids.join(",")));
    }
    command
}

/// What has been written so far.
struct Writer<'a> {
    schema: &'a Schema,
    name: String,
    sandbox: bool,
    imports: BTreeSet<&'static str>,
    enums: Vec<TokenStream>,
    /// Names of types.
    types: HashSet<String>,
    /// Names of fields.
    fields: HashSet<String>,
    remarks: Vec<String>,
}

impl<'a> Writer<'a> {
    fn new(schema: &'a Schema, name: String, sandbox: bool) -> Self {
        let mut types: HashSet<_> = USED.map(str::to_owned).into();
        types.insert(name.clone());
        Self {
            schema,
            name,
            sandbox,
            imports: BTreeSet::new(),
            enums: Vec::new(),
            types,
            fields: HashSet::new(),
            remarks: Vec::new(),
        }
    }

    fn row(&mut self, chosen: &[&SchemaField], command: &str) -> TokenStream {
        let (id, id_type, id_about) = match self.schema.of {
            SchemaOf::List { .. } => ("entry_id", "ListEntryId", "The row."),
            SchemaOf::Companies => ("entity_id", "CompanyId", "The company."),
            _ => ("entity_id", "PersonId", "The person."),
        };
        self.imports.insert(id_type);
        self.fields.extend([id.to_owned(), "name".to_owned()]);
        let (name_type, name_about) = match self.schema.entity {
            ListType::Company => (quote!(String), "The company's name."),
            ListType::Opportunity => (quote!(String), "The opportunity's name."),
            ListType::Person => (quote!(Option<String>), "The person's full name, if there is any."),
            _ => (quote!(Option<String>), "The name of what stands in the row, if it has one."),
        };
        let fields: Vec<_> = chosen.iter().filter_map(|field| self.field(field)).collect();
        let (id, id_type) = (format_ident!("{id}"), format_ident!("{id_type}"));
        let (id_about, name_about) = (docs(1, [id_about]), docs(1, [name_about]));
        let about = self.about(command);
        let name = names::ident(&self.name);
        quote! {
            #about
            #[derive(Debug, Clone, Deserialize)]
            pub struct #name {
                #id_about
                pub #id: #id_type,
                #name_about
                pub name: #name_type,
                #(#fields)*
            }
        }
    }

    fn about(&self, command: &str) -> TokenStream {
        let what = match &self.schema.of {
            SchemaOf::List { id, name } => format!("A row of the list {} (id {id}).", span(name)),
            SchemaOf::Companies => "A company.".to_owned(),
            _ => "A person.".to_owned(),
        };
        let check = self::command(self.schema, &Wish { sandbox: self.sandbox, ..Wish::default() });
        let when = format!(
            "Written by {}. Run that again when a field was renamed or has other values, or the options of a dropdown \
             have changed; {} says whether it is time.",
            span(command),
            span(&format!("{check} --check FILE")),
        );
        docs(0, [what.as_str(), "", when.as_str()])
    }

    /// One field, unless nothing leads to it.
    fn field(&mut self, field: &SchemaField) -> Option<TokenStream> {
        let schema = self.schema;
        let name = self.field_name(field);
        let rename = if means(schema, &name, field) {
            None
        } else {
            let with_source = format!("{}:{}", field.source(), field.name.trim());
            let keys = [field.unique_key(schema), with_source, field.id.as_str().to_owned()];
            let key = keys.into_iter().find(|key| !key.trim().is_empty() && means(schema, key, field));
            let Some(key) = key else {
                self.remarks
                    .push(format!("{:?} ({}) is left out: no name leads to it", field.name, field.id));
                return None;
            };
            Some(quote!(#[serde(rename = #key)]))
        };
        let (value, notes) = self.value(field, &name);
        let about = format!(
            "{} ({}): {}, source {}.",
            span(&field.name),
            plain(field.id.as_str()),
            plain(field.value_type.as_str()),
            plain(field.source())
        );
        let about = docs(1, std::iter::once(about).chain(notes));
        let name = names::ident(&name);
        Some(quote!(#about #rename pub #name: #value,))
    }

    fn field_name(&mut self, field: &SchemaField) -> String {
        let bare = names::snake(&field.name, field.id.as_str());
        let with_source = names::snake(&format!("{} {bare}", field.source()), field.id.as_str());
        let schema = self.schema;
        let is_free = |name: &str| !is_own(schema, name);
        names::take(&mut self.fields, &[bare, with_source], "_", is_free)
    }

    /// The type of a field, and what there is to know of it.
    fn value(&mut self, field: &SchemaField, name: &str) -> (TokenStream, Vec<String>) {
        const NO_UNIT: &str = "The unit is not told.";
        const CUT: &str = "Never more than 100 come: `Multi::is_complete` says whether these are all.";
        const WHOLE: &str =
            "A row with 100 or more is an error, since some may be missing; `Multi` takes it.";
        let (value, note) = match field.value_type {
            ValueType::Text | ValueType::FilterableText => (quote!(Option<String>), ""),
            ValueType::FilterableTextMulti => (quote!(Vec<String>), WHOLE),
            ValueType::Number | ValueType::FormulaNumber => (quote!(Option<f64>), NO_UNIT),
            ValueType::NumberMulti => {
                return (quote!(Vec<f64>), vec![NO_UNIT.to_owned(), WHOLE.to_owned()]);
            }
            ValueType::Datetime => (self.import("Date", |date| quote!(Option<#date>)), ""),
            ValueType::Dropdown | ValueType::RankedDropdown => {
                let (option, notes) = self.option(field, name);
                return (quote!(Option<#option>), notes);
            }
            ValueType::DropdownMulti => {
                let (option, mut notes) = self.option(field, name);
                notes.push(WHOLE.to_owned());
                return (quote!(Vec<#option>), notes);
            }
            ValueType::Person => (self.import("PersonRef", |person| quote!(Option<#person>)), ""),
            ValueType::PersonMulti => (self.several("PersonRef"), CUT),
            ValueType::Company => (self.import("CompanyRef", |company| quote!(Option<#company>)), ""),
            ValueType::CompanyMulti => (self.several("CompanyRef"), CUT),
            ValueType::Location => (self.import("Location", |location| quote!(Option<#location>)), ""),
            ValueType::LocationMulti => (self.import("Location", |location| quote!(Vec<#location>)), WHOLE),
            ValueType::Interaction => (self.import("Interaction", |it| quote!(Option<#it>)), ""),
            _ => {
                let unknown = "This release does not know the type: the value is as it came.";
                (self.import("FieldValue", |value| quote!(Option<#value>)), unknown)
            }
        };
        (value, Some(note).filter(|note| !note.is_empty()).map(str::to_owned).into_iter().collect())
    }

    fn import(
        &mut self,
        name: &'static str,
        within: impl FnOnce(proc_macro2::Ident) -> TokenStream,
    ) -> TokenStream {
        self.imports.insert(name);
        within(format_ident!("{name}"))
    }

    fn several(&mut self, name: &'static str) -> TokenStream {
        self.imports.insert("Multi");
        self.import(name, |item| quote!(Multi<#item>))
    }

    /// What an option of a dropdown reads as.
    fn option(&mut self, field: &SchemaField, name: &str) -> (TokenStream, Vec<String>) {
        let why = match field.options.as_deref() {
            None => "its options are not known".to_owned(),
            Some([]) => "it has no options yet".to_owned(),
            Some(options) if options.len() > MOST_OPTIONS => {
                format!("it has {} options, too many for an enum", options.len())
            }
            Some(options) => {
                let wanted = [format!("{}{}", self.name, names::camel(name))];
                let name = names::take(&mut self.types, &wanted, "", |_| true);
                let written = self.options_of(field, &name, options);
                self.enums.push(written);
                let name = names::ident(&name);
                return (quote!(#name), Vec::new());
            }
        };
        self.remarks.push(format!("{:?} ({}) is text and no enum: {why}", field.name, field.id));
        (quote!(String), vec![format!("Text, and no enum: {why}.")])
    }

    /// The enum of a dropdown's options.
    fn options_of(&mut self, field: &SchemaField, name: &str, options: &[SchemaOption]) -> TokenStream {
        let mut taken = HashSet::new();
        let mut texts: Vec<&str> = Vec::new();
        let mut variants = Vec::new();
        for option in options {
            let text = option.text.as_str();
            if texts.contains(&text) {
                continue;
            }
            texts.push(text);
            let same: Vec<_> =
                options.iter().filter(|it| it.text == text).map(|it| it.id.to_string()).collect();
            let about = match same.as_slice() {
                [one] => format!("Option {one}."),
                all => format!("Options {}, which have the same text.", all.join(" and ")),
            };
            let wanted = [names::variant(text, &option.id.to_string())];
            let variant = names::take(&mut taken, &wanted, "", |_| true);
            let rename = (variant != text).then(|| quote!(#[serde(rename = #text)]));
            let (about, variant) = (docs(1, [about]), names::ident(&variant));
            variants.push(quote!(#about #rename #variant,));
        }
        // Its name is a text that reads as it, so it must be no option's.
        let is_no_text = |name: &str| !texts.contains(&name);
        let other = ["Other".to_owned(), "OtherOption".to_owned()];
        let other = names::take(&mut taken, &other, "", is_no_text);
        let about = format!("An option of {} ({}).", span(&field.name), plain(field.id.as_str()));
        let other_about = docs(1, ["An option that the field did not have when this was written."]);
        let (about, name, other) = (docs(0, [about]), names::ident(name), names::ident(&other));
        quote! {
            #about
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
            pub enum #name {
                #(#variants)*
                #other_about
                #[serde(other)]
                #other,
            }
        }
    }
}

/// Whether a name of a struct's field leads to exactly this one.
fn means(schema: &Schema, key: &str, field: &SchemaField) -> bool {
    !is_own(schema, key) && schema.field(key).is_ok_and(|found| found.id == field.id)
}
