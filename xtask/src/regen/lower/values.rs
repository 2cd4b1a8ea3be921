//! Values and bounds: the keywords about single values.

use serde_json::{Map, Number, Value, json};

use super::Lowering;
use super::numbers::{number, numbers};
use crate::regen::place::{Place, kind};

/// Keywords with a number, by the types they speak of.
pub(super) const NUMERIC: [&str; 3] = ["minimum", "maximum", "multipleOf"];
pub(super) const COUNTS: [&str; 6] =
    ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"];
type Object = Map<String, Value>;

impl<'a> Lowering<'a> {
    pub(super) fn allows_only_null(&self, map: &'a Object) -> bool {
        map.get("const").is_some_and(Value::is_null) || map.get("enum") == Some(&json!([null]))
    }

    /// `enum` and `const`: sorted values of one type, null told apart.
    pub(super) fn values(
        &mut self,
        map: &'a Object,
        at: &Place,
        types: &mut Vec<String>,
        nullable: &mut bool,
        out: &mut Object,
    ) {
        let Some(mut values) = self.listed_values(map, at) else {
            return;
        };
        *nullable |= values.iter().any(Value::is_null);
        values.retain(|value| !value.is_null());
        let mut found: Vec<&str> = values.iter().map(scalar_type).collect();
        found.sort_unstable();
        found.dedup();
        let place = at.key(if map.contains_key("const") { "const" } else { "enum" });
        match found[..] {
            [one] if one != "object" => {
                let stated = types.iter().any(|t| t == one || (one == "integer" && t == "number"));
                if types.is_empty() {
                    types.push(one.to_owned());
                } else if stated {
                    types.retain(|t| t == one || (one == "integer" && t == "number"));
                } else {
                    self.refuse(
                        &place,
                        format!("values of type {one} in a schema of type {}", types.join(" or ")),
                    );
                }
            }
            ["integer", "number"] => types.splice(.., ["number".to_owned()]).for_each(drop),
            [] => self.refuse(&place, "a list of no values"),
            ["object"] => self.refuse(
                &place,
                "a value that is a list or an object has no Rust form: remove it with a correction",
            ),
            _ => self.refuse(&place, format!("values of several kinds ({}) in one enum", found.join(", "))),
        }
        values.sort_by(|a, b| match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => a.to_string().cmp(&b.to_string()),
        });
        values.dedup();
        out.insert("enum".to_owned(), Value::Array(values));
    }

    fn listed_values(&mut self, map: &'a Object, at: &Place) -> Option<Vec<Value>> {
        let listed = match map.get("enum") {
            None => None,
            Some(Value::Array(values)) => Some(values.iter().map(numbers).collect::<Vec<_>>()),
            Some(other) => {
                self.refuse(&at.key("enum"), format!("`enum` must be a list, not {}", kind(other)));
                return None;
            }
        };
        let fixed = map.get("const").map(numbers);
        match (listed, fixed) {
            (Some(listed), Some(fixed)) if !listed.contains(&fixed) => {
                self.refuse(&at.key("const"), "a `const` that the `enum` beside it does not allow");
                None
            }
            (_, Some(fixed)) => Some(vec![fixed]),
            (listed, None) => listed,
        }
    }

    pub(super) fn bounds(&mut self, map: &'a Object, at: &Place, out: &mut Object) {
        for key in NUMERIC {
            if let Some(value) = map.get(key) {
                match value {
                    Value::Number(n) => drop(out.insert(key.to_owned(), Value::Number(number(n)))),
                    other => {
                        self.refuse(&at.key(key), format!("`{key}` must be a number, not {}", kind(other)))
                    }
                }
            }
        }
        for key in COUNTS {
            let Some(value) = map.get(key) else { continue };
            match numbers(value).as_u64() {
                Some(count) => drop(out.insert(key.to_owned(), count.into())),
                None => self.refuse(&at.key(key), format!("`{key}` must be a count, not {value}")),
            }
        }
        self.exclusive(map, at, "minimum", "exclusiveMinimum", out);
        self.exclusive(map, at, "maximum", "exclusiveMaximum", out);
    }

    /// 3.1 states an exclusive bound by itself, 3.0 marks the inclusive one.
    fn exclusive(&mut self, map: &'a Object, at: &Place, bound: &str, key: &str, out: &mut Object) {
        match map.get(key) {
            None | Some(Value::Bool(false)) => {}
            Some(Value::Bool(true)) if out.contains_key(bound) => {
                drop(out.insert(key.to_owned(), true.into()))
            }
            Some(Value::Bool(true)) => self.refuse(&at.key(key), format!("`{key}: true` without `{bound}`")),
            Some(Value::Number(exclusive)) => {
                let exclusive = number(exclusive);
                let inclusive = out.get(bound).and_then(Value::as_f64);
                if inclusive.is_none_or(|n| stricter(bound, &exclusive, n)) {
                    out.insert(bound.to_owned(), Value::Number(exclusive));
                    out.insert(key.to_owned(), true.into());
                }
            }
            Some(other) => self.refuse(
                &at.key(key),
                format!("`{key}` must be a number (3.1) or true or false (3.0), not {}", kind(other)),
            ),
        }
    }
}

fn stricter(bound: &str, exclusive: &Number, inclusive: f64) -> bool {
    let exclusive = exclusive.as_f64().unwrap_or(inclusive);
    if bound == "minimum" { exclusive >= inclusive } else { exclusive <= inclusive }
}

fn scalar_type(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "string",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_f64() => "number",
        Value::Number(_) => "integer",
        _ => "object",
    }
}
