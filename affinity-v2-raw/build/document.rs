//! What the document's marks ask for: ids, open enums, tagged unions and pages.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use heck::ToUpperCamelCase;
use serde_json::{Map, Value};

const REFERENCE: &str = "#/components/schemas/";

/// What has a form of its own, written by hand.
const BY_HAND: &[(&str, &str)] = &[
    ("FieldValue", "crate::FieldValue"),
    ("FieldValueUpdate", "crate::FieldValueUpdate"),
    ("FormulaNumber", "crate::FormulaNumber"),
    ("ListEntryWithEntity", "crate::ListEntryWithEntity"),
];

pub(crate) struct Document {
    pub(crate) root: Value,
    enums: BTreeMap<String, Vec<String>>,
    unions: BTreeMap<String, Union>,
    replacements: BTreeMap<String, String>,
}

struct Union {
    tag: String,
    /// The value of the tag, and the schema it stands for.
    members: BTreeMap<String, String>,
}

impl Document {
    pub(crate) fn new(root: Value) -> Result<Self, String> {
        let mut document =
            Self { root, enums: BTreeMap::new(), unions: BTreeMap::new(), replacements: BTreeMap::new() };
        let schemas = document.schemas()?.clone();
        for (name, schema) in &schemas {
            document.mark(name, schema);
        }
        for (name, schema) in &schemas {
            if let Some(item) = page_item(schema) {
                let item = document.path(item);
                document.replacements.insert(name.clone(), format!("crate::Paged<{item}>"));
            }
        }
        Ok(document)
    }

    fn mark(&mut self, name: &str, schema: &Value) {
        let path = if schema["x-affinity-id"] == true {
            format!("affinity_core::{name}")
        } else if schema["x-affinity-open-enum"] == true {
            self.enums.insert(name.to_owned(), texts(&schema["enum"]));
            format!("crate::enums::{name}")
        } else if let Some((_, path)) = BY_HAND.iter().find(|(by_hand, _)| *by_hand == name) {
            (*path).to_owned()
        } else if let Some(union) = Union::of(schema) {
            self.unions.insert(name.to_owned(), union);
            format!("crate::tagged::{name}")
        } else {
            return;
        };
        self.replacements.insert(name.to_owned(), path);
    }

    fn schemas(&self) -> Result<&Map<String, Value>, String> {
        self.root["components"]["schemas"].as_object().ok_or_else(|| "the document has no schemas".to_owned())
    }

    pub(crate) fn version(&self) -> Result<&str, String> {
        self.root["info"]["version"].as_str().ok_or_else(|| "the document has no info.version".to_owned())
    }

    /// The types that stand in for what the generator would make of a schema.
    pub(crate) fn replacements(&self) -> impl Iterator<Item = (&String, &String)> {
        self.replacements.iter()
    }

    /// The schemas that stand in a request body, at any depth: those that callers build.
    pub(crate) fn sent(&self) -> BTreeSet<String> {
        let mut sent = BTreeSet::new();
        let paths = self.root["paths"].as_object().into_iter().flat_map(Map::values);
        for operation in paths.filter_map(Value::as_object).flat_map(Map::values) {
            self.collect(&operation["requestBody"], &mut sent);
        }
        sent
    }

    fn collect(&self, value: &Value, names: &mut BTreeSet<String>) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.collect(value, names)),
            Value::Object(object) => {
                for value in object.values() {
                    match referred(value) {
                        Some(name) if names.insert(name.to_owned()) => {
                            self.collect(&self.root["components"]["schemas"][name], names);
                        }
                        _ => self.collect(value, names),
                    }
                }
            }
            _ => {}
        }
    }

    fn path(&self, name: &str) -> String {
        self.replacements.get(name).cloned().unwrap_or_else(|| format!("crate::types::{name}"))
    }

    fn about<'a>(&'a self, name: &'a str) -> &'a str {
        self.root["components"]["schemas"][name]["description"].as_str().unwrap_or(name)
    }

    pub(crate) fn enums_source(&self) -> String {
        let mut source = String::new();
        for (name, values) in &self.enums {
            let _ = writeln!(
                source,
                "affinity_core::open_enum! {{\n#[doc = {:?}]\npub enum {name} {{",
                self.about(name)
            );
            let names = &self.root["components"]["schemas"][name]["x-affinity-variants"];
            for value in values {
                // A value whose own spelling makes no name has one in the document.
                let variant =
                    names[value].as_str().map_or_else(|| value.to_upper_camel_case(), str::to_owned);
                let _ = writeln!(source, "#[doc = \"`{value}`.\"]\n{variant} = {value:?},");
            }
            source.push_str("}\n}\n");
        }
        source
    }

    pub(crate) fn unions_source(&self) -> String {
        let mut source = String::from("use crate::unions::tagged_union;\n");
        for (name, union) in &self.unions {
            let _ = writeln!(
                source,
                "tagged_union! {{\n#[doc = {:?}]\n{name} by {:?} {{",
                self.about(name),
                union.tag
            );
            for (tag, member) in &union.members {
                let _ = writeln!(source, "{tag:?} => {}({}),", tag.to_upper_camel_case(), self.path(member));
            }
            source.push_str("}\n}\n");
        }
        source
    }
}

impl Union {
    fn of(schema: &Value) -> Option<Self> {
        let discriminator = schema["discriminator"].as_object()?;
        let tag = discriminator["propertyName"].as_str()?.to_owned();
        let members = discriminator["mapping"].as_object()?.iter();
        let members =
            members.filter_map(|(tag, target)| Some((tag.clone(), referred(target)?.to_owned()))).collect();
        Some(Self { tag, members })
    }
}

/// The item of a schema that is a page: `data`, an array, and `pagination`, and nothing else.
fn page_item(schema: &Value) -> Option<&str> {
    let properties = schema["properties"].as_object()?;
    let keys: Vec<_> = properties.keys().map(String::as_str).collect();
    let pagination = referred(&properties.get("pagination")?["$ref"])?;
    if keys != ["data", "pagination"] || !pagination.starts_with("Pagination") {
        return None;
    }
    referred(&properties["data"]["items"]["$ref"])
}

fn referred(reference: &Value) -> Option<&str> {
    reference.as_str()?.strip_prefix(REFERENCE)
}

fn texts(values: &Value) -> Vec<String> {
    values.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}
