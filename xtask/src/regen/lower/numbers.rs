//! One spelling for each number, whatever the dialect and the program that printed it.

use serde_json::{Map, Number, Value};

const TWO_TO_63: f64 = 9_223_372_036_854_775_808.0;

/// `1.0` and `1e2` become integers. The ends of the 64-bit range, which printers round through a float
/// (9223372036854776000), become the ends themselves.
pub(crate) fn number(number: &Number) -> Number {
    if let Some(integer) = number.as_i64() {
        return integer.into();
    }
    let Some(float) = number.as_f64() else {
        return number.clone();
    };
    if float == TWO_TO_63 {
        return i64::MAX.into();
    }
    if float.fract() == 0.0 && (-TWO_TO_63..TWO_TO_63).contains(&float) && number.is_f64() {
        return (float as i64).into();
    }
    number.clone()
}

/// The same for every number inside a value.
pub(crate) fn numbers(value: &Value) -> Value {
    match value {
        Value::Number(n) => Value::Number(number(n)),
        Value::Array(items) => Value::Array(items.iter().map(numbers).collect()),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(k, v)| (k.clone(), numbers(v))).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}
