//! The credential.

use std::fmt;

use http::HeaderValue;
use zeroize::Zeroizing;

use crate::{Error, Result};

/// An Affinity API key. It never prints, and its memory is wiped when it is dropped. (The header made of it for
/// each call lives as long as the call.)
///
/// The user that owns the key is who acts: every call reads and writes with that user's rights.
#[derive(Clone)]
pub struct ApiKey(Zeroizing<String>);

impl ApiKey {
    /// Takes the key as the product shows it; white space around it is dropped.
    ///
    /// # Errors
    ///
    /// An empty key, and one with characters that cannot stand in an HTTP header.
    pub fn new(key: impl Into<String>) -> Result<Self> {
        let given = Zeroizing::new(key.into());
        let key = Zeroizing::new(given.trim().to_owned());
        if key.is_empty() {
            return Err(Error::input("the API key is empty; create one in Affinity under Settings, API"));
        }
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::input(
                "the API key holds a character that no key has (a space, a line break, or one beyond ASCII); \
                 copy it again",
            ));
        }
        Ok(Self(key))
    }

    /// The `Authorization` value for v2, marked so that HTTP libraries do not print it.
    pub(crate) fn bearer(&self) -> Result<HeaderValue> {
        let text = Zeroizing::new(format!("Bearer {}", self.0.as_str()));
        let mut value = HeaderValue::from_str(&text)
            .map_err(|_| Error::input("the API key cannot be sent in an HTTP header"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_does_not_print() {
        let key = ApiKey::new(" sesame-4711\n").unwrap();
        assert_eq!(format!("{key:?}"), "ApiKey(***)");
        assert!(!format!("{:?}", key.bearer().unwrap()).contains("sesame"));
    }

    #[test]
    fn an_empty_or_broken_key_is_refused_without_echo() {
        for bad in ["", "  \n", "two words", "caf\u{e9}"] {
            let error = ApiKey::new(bad).unwrap_err();
            assert!(error.is_input(), "{error}");
            assert!(bad.trim().is_empty() || !error.to_string().contains(bad.trim()), "{error}");
        }
    }
}
