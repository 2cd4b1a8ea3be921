//! Values that fit a schema, made up.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::contract::{Contract, named};

/// What is left out of a value, and what is put into it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Style {
    /// Only what is required; null where that is allowed.
    Smallest,
    /// Every optional property, and never null.
    Fullest,
    /// Any of it, as the seed has it.
    Seeded(u64),
}

/// Makes values.
pub(crate) struct Maker {
    contract: &'static Contract,
    style: Style,
    random: fastrand::Rng,
    choices: BTreeMap<String, String>,
    /// The members of unions that were made, as union and tag.
    pub(crate) made: BTreeSet<(String, String)>,
}

const TEXTS: &[&str] =
    &["Larkspur", "", "Quay \"4\" \\ Elver", "Æther Ø — 北", "two\nlines\t\u{1f343}", "null", " spaced "];
const INSTANTS: &[&str] = &[
    "2025-02-11T09:00:00Z",
    "2025-11-20T08:00:00.000Z",
    "2024-02-29T23:59:59.125Z",
    "2025-07-01T02:30:00+02:00",
];
const NUMBERS: &[f64] = &[12.5, 0.0, -3.0, 2_500_000.0, 0.1, 1e21, -1e-9, 9_007_199_254_740_991.0];

impl Maker {
    pub(crate) fn new(contract: &'static Contract, style: Style) -> Self {
        let random = fastrand::Rng::with_seed(if let Style::Seeded(seed) = style { seed } else { 0 });
        Self { contract, style, random, choices: BTreeMap::new(), made: BTreeSet::new() }
    }

    /// Takes this member whenever a value of the union is made.
    pub(crate) fn choose(&mut self, union: &str, tag: &str) {
        self.choices.insert(union.to_owned(), tag.to_owned());
    }

    pub(crate) fn make(&mut self, schema: &Value) -> Value {
        if schema["nullable"] == true && self.null() {
            return Value::Null;
        }
        if let Some(name) = named(schema) {
            let schema = self.contract.schema(name);
            return match schema.get("discriminator") {
                Some(discriminator) => self.member(name, discriminator),
                None => self.make(schema),
            };
        }
        if let Some(values) = schema.get("x-affinity-values").or_else(|| schema.get("enum")) {
            return self.one_of(values.as_array().unwrap());
        }
        match schema["type"].as_str() {
            Some("object") => self.object(schema),
            Some("array") => self.array(schema),
            Some("string") => self.text(schema["format"].as_str()).into(),
            Some("integer") => self.integer(schema),
            Some("number") => self.pick(NUMBERS).into(),
            Some("boolean") => self.pick(&[true, false]).into(),
            // A reference with remarks.
            None => self.make(&schema["allOf"][0]),
            Some(other) => panic!("a value of type {other}"),
        }
    }

    fn member(&mut self, union: &str, discriminator: &Value) -> Value {
        let mapping = discriminator["mapping"].as_object().unwrap();
        let tags: Vec<_> = mapping.keys().cloned().collect();
        let tag = self.choices.get(union).cloned().unwrap_or_else(|| self.pick(&tags));
        let mut value = self.make(&json!({"$ref": mapping[&tag]}));
        value[discriminator["propertyName"].as_str().unwrap()] = json!(tag);
        self.made.insert((union.to_owned(), tag));
        value
    }

    fn object(&mut self, schema: &Value) -> Value {
        let mut object = Map::new();
        for base in schema["allOf"].as_array().into_iter().flatten() {
            if let Value::Object(inherited) = self.make(base) {
                object.extend(inherited);
            }
        }
        let required = schema["required"].as_array();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            if required.is_some_and(|all| all.iter().any(|it| it == name)) || self.optional() {
                object.insert(name.clone(), self.make(property));
            }
        }
        if let (Some(items), true) = (schema["properties"].get("data"), object.contains_key("pagination")) {
            self.page(&mut object, items);
        }
        object.into()
    }

    /// A page has something on it, and is the last.
    fn page(&mut self, page: &mut Map<String, Value>, items: &Value) {
        page["pagination"]["nextUrl"] = Value::Null;
        if !matches!(self.style, Style::Seeded(_)) {
            page["data"] = json!([self.make(&items["items"])]);
        }
    }

    fn array(&mut self, schema: &Value) -> Value {
        let count = match self.style {
            Style::Smallest => 0,
            Style::Fullest => 2,
            Style::Seeded(_) => self.random.usize(0..4),
        };
        (0..count).map(|_| self.make(&schema["items"])).collect()
    }

    fn integer(&mut self, schema: &Value) -> Value {
        let (least, most) = (schema["minimum"].as_i64().unwrap(), schema["maximum"].as_i64().unwrap());
        match self.style {
            Style::Smallest => least.into(),
            Style::Fullest => most.into(),
            Style::Seeded(_) => self.random.i64(least..=most).into(),
        }
    }

    fn text(&mut self, format: Option<&str>) -> String {
        match format {
            None => self.pick(TEXTS).to_owned(),
            Some("date-time") => self.pick(INSTANTS).to_owned(),
            Some("email") => format!("ines{}@quillfern.example", self.random.u16(..)),
            Some("hostname") => format!("tessel-{}.example", self.random.u16(..)),
            Some("uri") => format!("https://crm.example/v2/things?cursor={}", self.random.u16(..)),
            Some("uuid") => format!("0f0f0f0f-0000-4000-8000-{:012x}", self.random.u16(..)),
            Some(other) => panic!("a text in the format {other}"),
        }
    }

    fn one_of(&mut self, values: &[Value]) -> Value {
        self.pick(values)
    }

    /// The first of them, or any if there is a seed.
    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        match self.style {
            Style::Seeded(_) => from[self.random.usize(0..from.len())].clone(),
            _ => from[0].clone(),
        }
    }

    fn optional(&mut self) -> bool {
        match self.style {
            Style::Smallest => false,
            Style::Fullest => true,
            Style::Seeded(_) => self.random.bool(),
        }
    }

    fn null(&mut self) -> bool {
        match self.style {
            Style::Smallest => true,
            Style::Fullest => false,
            Style::Seeded(_) => self.random.u8(0..4) == 0,
        }
    }
}
