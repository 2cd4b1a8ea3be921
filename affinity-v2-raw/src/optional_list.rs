//! Lists that need not be there.

use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize};

/// A list whose key can be missing from the JSON. It reads as, and is equal to, an empty one, and goes out as it
/// came.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct OptionalList<T>(Option<Vec<T>>);

impl<T> OptionalList<T> {
    /// Whether the key was missing, or null.
    pub fn is_missing(&self) -> bool {
        self.0.is_none()
    }

    /// The items.
    pub fn into_vec(self) -> Vec<T> {
        self.0.unwrap_or_default()
    }
}

impl<T: PartialEq> PartialEq for OptionalList<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for OptionalList<T> {}

impl<T> Default for OptionalList<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> From<Vec<T>> for OptionalList<T> {
    fn from(items: Vec<T>) -> Self {
        Self(Some(items))
    }
}

impl<T> Deref for OptionalList<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        self.0.as_deref().unwrap_or_default()
    }
}

impl<T> IntoIterator for OptionalList<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.into_vec().into_iter()
    }
}

impl<'a, T> IntoIterator for &'a OptionalList<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OptionalList<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self)
    }
}
