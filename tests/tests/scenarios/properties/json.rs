//! Any JSON, and JSON of a documented form with something wrong in it.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Map, Number, Value};

/// Texts of all kinds, people's data and what could be taken for syntax among them.
pub(super) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => any::<String>(),
        2 => "[a-zA-Z0-9 ._-]{0,20}",
        2 => "[\\x00-\\x1f\"'\\\\\u{85}\u{2028}\u{1f}(){}\\[\\]&|!=<>~^$*,:;%+/ ]{0,12}",
        1 => (1..2000_usize).prop_map(|length| "é".repeat(length)),
        1 => Just("ines@northwind.example".to_owned()),
    ]
}

/// Numbers, those at the edges of the types among them.
pub(super) fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        (-1000..1000_i64).prop_map(Number::from),
        any::<f64>().prop_filter_map("finite", Number::from_f64),
        prop_oneof![Just(-0.0), Just(1.5), Just(9.3e18), Just(1.9e19), Just(1e308), Just(5e-324)]
            .prop_filter_map("finite", Number::from_f64),
    ]
}

/// Any JSON; `keys` are those that objects have.
pub(super) fn json(keys: &'static str) -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((key(keys), inner), 0..5)
                .prop_map(|pairs| Value::from(pairs.into_iter().collect::<Map<_, _>>())),
        ]
    })
    .boxed()
}

fn key(keys: &'static str) -> impl Strategy<Value = String> {
    let known: Vec<_> = keys.split(' ').map(str::to_owned).collect();
    prop_oneof![3 => prop::sample::select(known), 1 => text()]
}

/// JSON that is deeper than any reader that calls itself can bear.
pub(super) fn deep() -> impl Strategy<Value = String> {
    let forms = [
        ("[", "0", "]"),
        ("{\"a\":", "0", "}"),
        ("[", "", ""),
        ("{\"data\":", "", ""),
        ("[{\"errors\":", "1", "}]"),
    ];
    (prop::sample::select(forms.to_vec()), 100..8_000_usize)
        .prop_map(|((open, inner, close), depth)| open.repeat(depth) + inner + &close.repeat(depth))
}

/// One thing that is changed in JSON.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Drop,
    Put(Value),
    Bury(usize),
}

pub(super) fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        2 => Just(Change::Drop),
        4 => json("id name type data value").prop_map(Change::Put),
        1 => (1..100_usize).prop_map(Change::Bury),
    ]
}

/// This JSON with one thing wrong.
pub(super) fn wrong(json: Value) -> impl Strategy<Value = Value> {
    (any::<Index>(), change()).prop_map(move |(which, change)| changed(json.clone(), which, &change))
}

/// Changes the value that `which` leads to, wherever in the JSON that is.
pub(super) fn changed(mut json: Value, which: Index, change: &Change) -> Value {
    let places = places(&json, String::new());
    let at = which.get(&places);
    match (change, at.rsplit_once('/')) {
        (Change::Drop, Some((parent, key))) => match json.pointer_mut(parent) {
            Some(Value::Object(object)) => drop(object.remove(&key.replace("~1", "/").replace("~0", "~"))),
            Some(Value::Array(items)) => drop(items.remove(key.parse().unwrap())),
            other => panic!("{other:?} holds nothing"),
        },
        (Change::Drop, None) => json = Value::Null,
        (Change::Put(value), _) => *json.pointer_mut(at).unwrap() = value.clone(),
        (Change::Bury(depth), _) => {
            let place = json.pointer_mut(at).unwrap();
            *place = (0..*depth).fold(place.take(), |inner, _| Value::from(vec![inner]));
        }
    }
    json
}

fn places(json: &Value, at: String) -> Vec<String> {
    let inner: Vec<(String, &Value)> = match json {
        Value::Object(object) => {
            object.iter().map(|(key, value)| (key.replace('~', "~0").replace('/', "~1"), value)).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
        }
        _ => Vec::new(),
    };
    let inner = inner.into_iter().flat_map(|(key, value)| places(value, format!("{at}/{key}")));
    let inner: Vec<_> = inner.collect();
    std::iter::once(at).chain(inner).collect()
}
