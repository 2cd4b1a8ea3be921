//! The credential.

mod file;
mod provider;

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use zeroize::Zeroizing;

use crate::{Error, Result};

pub use self::file::KeyFile;
pub use self::provider::KeyProvider;
pub(crate) use self::provider::Keys;

/// An Affinity API key. It never prints, and its memory is wiped when it is dropped. (The header made of it for
/// each call lives as long as the call.)
///
/// The user that owns the key is who acts: every call reads and writes with that user's rights.
#[derive(Clone, PartialEq, Eq)]
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

    /// The `Authorization` value for v2.
    pub(crate) fn bearer(&self) -> Result<HeaderValue> {
        Self::header(Zeroizing::new(format!("Bearer {}", self.0.as_str())))
    }

    /// The `Authorization` value for v1: no user name, and the key as the password. (It takes a bearer too, but
    /// only since the end of 2025.)
    pub(crate) fn basic(&self) -> Result<HeaderValue> {
        let credentials = Zeroizing::new(format!(":{}", self.0.as_str()));
        Self::header(Zeroizing::new(format!("Basic {}", STANDARD.encode(credentials.as_bytes()))))
    }

    /// Marked so that HTTP libraries do not print it.
    fn header(text: Zeroizing<String>) -> Result<HeaderValue> {
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
        for header in [key.bearer().unwrap(), key.basic().unwrap()] {
            assert_eq!(format!("{header:?}"), "Sensitive");
        }
    }

    #[test]
    fn basic_has_no_user_name() {
        let header = ApiKey::new("sesame").unwrap().basic().unwrap();
        assert_eq!(header.to_str().unwrap(), "Basic OnNlc2FtZQ==");
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
