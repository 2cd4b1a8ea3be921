//! Every way to write a type that `--check` knows, compiled and read as source.
#![allow(dead_code, reason = "what it reads is not looked at")]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use affinity::chrono::{DateTime, NaiveDate, Utc};
use affinity::{
    CompanyId, CompanyRef, Date, Dropdown, DropdownOptionId, FieldId, FieldValue, FormulaNumber, Interaction,
    Location, Multi, PersonRef as Someone, RankedDropdown, Shown,
};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct KindsRow {
    string: String,
    option_string: Option<String>,
    #[serde(default)]
    boxed: Box<str>,
    cow: Cow<'static, str>,
    letter: char,
    small: i8,
    large: Option<u64>,
    size: usize,
    float: f32,
    double: Option<f64>,
    yes: bool,
    list: Vec<String>,
    set: HashSet<String>,
    ordered: BTreeSet<i64>,
    queue: VecDeque<f64>,
    pair: (String, String),
    three: [f64; 3],
    nested: Option<Vec<Option<Someone>>>,
    shared: Box<[u8]>,
    shown: Shown<String>,
    shown_several: Shown<Multi<Someone>>,
    optional_shown: Option<Shown<f64>>,
    multi: Multi<CompanyRef>,
    multi_ids: Multi<CompanyId>,
    date: Option<Date>,
    day: affinity::chrono::NaiveDate,
    other_day: NaiveDate,
    instant: DateTime<Utc>,
    option_id: DropdownOptionId,
    field_id: FieldId,
    person: Someone,
    company: CompanyRef,
    location: Vec<Location>,
    dropdown: Dropdown,
    ranked: RankedDropdown,
    formula: FormulaNumber,
    interaction: Interaction,
    any: FieldValue,
    several_of_any: Vec<FieldValue>,
    json: Value,
    map: BTreeMap<String, Value>,
    unit: (),
    stage: Stage,
    stages: Vec<r#Final>,
    own_person: OwnPerson,
    own_other: OwnOther,
    money: Money,
    wrapped: Wrapped,
    alias: Sum,
    tagged: Tagged,
    flat: Flat,
    r#type: String,
    #[serde(rename = "Renamed", alias = "Former name", alias = "oldest-name")]
    renamed: Option<i64>,
    #[serde(rename(serialize = "out", deserialize = "in"))]
    sided: String,
    #[cfg_attr(all(), serde(rename = "Conditional"))]
    conditional: String,
    #[serde(skip)]
    skipped: Unread,
    #[serde(skip_deserializing, rename = "never")]
    skipped_too: Unread,
    #[serde(deserialize_with = "by_hand", default)]
    by_hand: Unread,
}

#[derive(Default)]
struct Unread;

fn by_hand<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Unread, D::Error> {
    Value::deserialize(deserializer).map(|_| Unread)
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
enum Stage {
    NewDeal,
    #[serde(alias = "Lost", alias = "lost")]
    LostDeal,
    #[serde(skip_deserializing)]
    Never,
    #[serde(other)]
    AnotherOne,
}

#[derive(Deserialize)]
#[serde(rename_all(deserialize = "camelCase"), rename = "Ending")]
enum Final {
    WonDeal,
    #[serde(rename = "Gone for ever")]
    Gone,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OwnPerson {
    id: u64,
    first_name: Option<String>,
    #[serde(skip)]
    seen: bool,
}

#[derive(Deserialize)]
struct OwnOther {
    shoe_size: u8,
}

#[derive(Deserialize)]
struct Money(Option<f64>);

#[derive(Deserialize)]
#[serde(transparent)]
struct Wrapped {
    inner: Vec<Sum>,
}

type Sum = f64;

#[derive(Deserialize)]
#[serde(tag = "type", content = "data")]
enum Tagged {
    #[serde(rename = "text")]
    Text(Option<String>),
}

#[derive(Deserialize)]
struct Flat {
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}
