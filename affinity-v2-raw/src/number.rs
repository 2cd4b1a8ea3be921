//! Numbers as the server writes them.

use serde::de::Deserializer;
use serde::{Deserialize, Serialize, Serializer};

/// A number that Affinity calculates.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FormulaNumber {
    #[serde(default, rename = "calculatedValue", skip_serializing_if = "Calculated::is_missing")]
    calculated: Calculated,
}

impl FormulaNumber {
    /// The number; `None` if the formula has no result.
    pub fn calculated_value(&self) -> Option<f64> {
        self.calculated.0.flatten()
    }
}

/// Whichever way it is said that there is no result.
impl PartialEq for FormulaNumber {
    fn eq(&self, other: &Self) -> bool {
        self.calculated_value() == other.calculated_value()
    }
}

/// Missing, null, or a number; it goes out as it came.
#[derive(Clone, Copy, Debug, Default)]
struct Calculated(Option<Option<f64>>);

impl Calculated {
    fn is_missing(&self) -> bool {
        self.0.is_none()
    }
}

impl Serialize for Calculated {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        optional(&self.0.flatten(), serializer)
    }
}

impl<'de> Deserialize<'de> for Calculated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|number| Self(Some(number)))
    }
}

/// A whole number goes out without a fraction, as it came.
pub(crate) struct Number(pub(crate) f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        if self.0.fract() == 0.0 && self.0.abs() < EXACT {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}

pub(crate) fn optional<S: Serializer>(number: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    number.map(Number).serialize(serializer)
}
