//! JSON or YAML text to a JSON value. Keys given twice are refused: either reading would lose one.

use std::fmt;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess,
    Visitor,
};
use serde_json::{Map, Number, Value, json};

/// Reads `text` as JSON when it looks like JSON, else as YAML.
pub(crate) fn parse(text: &str, named_yaml: bool) -> Result<Value, String> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() {
        return Err("is empty".to_owned());
    }
    if text.trim_start().starts_with('<') {
        return Err("is HTML or XML, not an OpenAPI document in JSON or YAML".to_owned());
    }
    if text.trim_start().starts_with(['{', '[']) && !named_yaml {
        return json(text);
    }
    yaml(text)
}

fn json(text: &str) -> Result<Value, String> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Node { merges: false }.deserialize(&mut reader);
    value.and_then(|value| reader.end().map(|()| value)).map_err(|e| format!("cannot be read as JSON: {e}"))
}

fn yaml(text: &str) -> Result<Value, String> {
    let reader = yaml_serde::Deserializer::from_str(text);
    let value =
        Node { merges: true }.deserialize(reader).map_err(|e| format!("cannot be read as YAML: {e}"))?;
    match value {
        Value::Object(_) | Value::Array(_) => Ok(value),
        _ => Err("is neither JSON nor a YAML mapping".to_owned()),
    }
}

/// Deserialises any value. `merges`: the key `<<` merges a mapping in, as YAML has it.
#[derive(Clone, Copy)]
struct Node {
    merges: bool,
}

impl<'de> DeserializeSeed<'de> for Node {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E: de::Error>(self, v: bool) -> Result<Value, E> {
        Ok(Value::Bool(v))
    }

    fn visit_i64<E: de::Error>(self, v: i64) -> Result<Value, E> {
        Ok(Value::from(v))
    }

    fn visit_u64<E: de::Error>(self, v: u64) -> Result<Value, E> {
        Ok(Value::from(v))
    }

    fn visit_f64<E: de::Error>(self, v: f64) -> Result<Value, E> {
        // In prose it does not matter; as a fact this is no number, and refused where one is wanted.
        Ok(Number::from_f64(v).map_or_else(|| json!({ "no number of JSON": v.to_string() }), Value::Number))
    }

    fn visit_i128<E: de::Error>(self, v: i128) -> Result<Value, E> {
        self.visit_f64(v as f64)
    }

    fn visit_u128<E: de::Error>(self, v: u128) -> Result<Value, E> {
        self.visit_f64(v as f64)
    }

    /// A value with a tag of its own is the value.
    fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Value, A::Error> {
        let (Key(_), value) = data.variant()?;
        value.newtype_variant_seed(self)
    }

    fn visit_str<E: de::Error>(self, v: &str) -> Result<Value, E> {
        Ok(Value::String(v.to_owned()))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        let mut merged = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            if self.merges && key == "<<" {
                merged.push(map.next_value_seed(self)?);
            } else if object.contains_key(&key) {
                return Err(de::Error::custom(format!("the key `{key}` is given twice in one object")));
            } else {
                object.insert(key, map.next_value_seed(self)?);
            }
        }
        for value in merged {
            merge(&mut object, value).map_err(de::Error::custom)?;
        }
        Ok(Value::Object(object))
    }
}

fn merge(object: &mut Map<String, Value>, value: Value) -> Result<(), &'static str> {
    match value {
        Value::Object(more) => {
            for (key, value) in more {
                object.entry(key).or_insert(value);
            }
            Ok(())
        }
        Value::Array(items) => items.into_iter().try_for_each(|item| merge(object, item)),
        _ => Err("`<<` merges mappings only"),
    }
}

/// An object's key. YAML writes response codes as numbers.
struct Key(String);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;

        impl Visitor<'_> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key that is text")
            }

            fn visit_str<E: de::Error>(self, v: &str) -> Result<Key, E> {
                Ok(Key(v.to_owned()))
            }

            fn visit_u64<E: de::Error>(self, v: u64) -> Result<Key, E> {
                Ok(Key(v.to_string()))
            }

            fn visit_i64<E: de::Error>(self, v: i64) -> Result<Key, E> {
                Ok(Key(v.to_string()))
            }

            fn visit_f64<E: de::Error>(self, v: f64) -> Result<Key, E> {
                Ok(Key(v.to_string()))
            }

            fn visit_bool<E: de::Error>(self, v: bool) -> Result<Key, E> {
                Ok(Key(v.to_string()))
            }

            fn visit_unit<E: de::Error>(self) -> Result<Key, E> {
                Ok(Key("null".to_owned()))
            }
        }

        deserializer.deserialize_any(KeyVisitor)
    }
}
