//! Reading JSON objects.

use affinity_core::{Error, Result, decode};
use serde::de::DeserializeOwned;

/// Reads an object. An array would else be taken for one, its items for the keys in their order.
pub(crate) fn object<T: DeserializeOwned>(json: &[u8]) -> Result<T> {
    match json.trim_ascii_start().first() {
        // What breaks off before it begins is better told by the decoder.
        Some(b'{') | None => decode::value(json),
        Some(_) => Err(Error::decode("$", "expected an object")),
    }
}
