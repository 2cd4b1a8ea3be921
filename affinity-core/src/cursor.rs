//! Where a walk over a collection stands.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use url::Url;
use url::form_urlencoded::{byte_serialize, parse};

use crate::{Error, Result, TenantId};

/// Which collection a cursor belongs to: the operation, and everything asked of it.
///
/// The server takes a cursor only with the parameters of the call that gave it out, so two scopes are the
/// same only if operation and parameters are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Scope {
    operation: Cow<'static, str>,
    fingerprint: u64,
}

impl Scope {
    /// The scope of an operation without parameters.
    pub fn new(operation: &'static str) -> Self {
        Self { operation: Cow::Borrowed(operation), fingerprint: 0xcbf2_9ce4_8422_2325 }
    }

    /// The scope with one more parameter. Order counts.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl fmt::Display) -> Self {
        // FNV-1a: the same on every machine and in every release, as stored cursors need it.
        for byte in format!("{name}={value}\n").bytes() {
            self.fingerprint = (self.fingerprint ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self
    }

    /// The operation.
    pub fn operation(&self) -> &str {
        &self.operation
    }
}

/// A place in a collection, at the start of a page.
///
/// It can be written down (`Display`) and read back (`FromStr`), so that a job can go on after a restart. It
/// belongs to one collection of one workspace, asked for with the same parameters, and is refused elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Cursor {
    scope: Scope,
    /// Not known at the start, where it does not matter.
    workspace: Option<TenantId>,
    token: Option<String>,
}

impl Cursor {
    /// The start of a collection.
    pub fn start(scope: Scope) -> Self {
        Self { scope, workspace: None, token: None }
    }

    /// The page that the server names with this token.
    pub fn at(scope: Scope, token: impl Into<String>) -> Self {
        Self { scope, workspace: None, token: Some(token.into()) }
    }

    /// The page that `next_url` leads to.
    ///
    /// Only the cursor inside it is used: a URL from an answer decides neither host nor path of a call.
    ///
    /// # Errors
    ///
    /// A URL without a cursor. Taking that for the end would cut the collection short.
    pub fn from_next_url(scope: Scope, next_url: &str) -> Result<Self> {
        let nowhere = || {
            Error::decode("pagination.nextUrl", "no cursor in the URL of the next page")
                .during(scope.operation())
        };
        let base = Url::parse("https://next.invalid").map_err(|_| nowhere())?;
        let url = base.join(next_url).map_err(|_| nowhere())?;
        let token = url.query_pairs().find(|(name, value)| name == "cursor" && !value.is_empty());
        let token = token.ok_or_else(nowhere)?.1.into_owned();
        Ok(Self::at(scope, token))
    }

    /// The operation it belongs to, such as `list_companies`.
    pub fn operation(&self) -> &str {
        self.scope.operation()
    }

    /// The id of the workspace it belongs to, if that is known: not at the start, where it makes no difference, and not
    /// where the client was told to leave it out.
    pub fn workspace(&self) -> Option<TenantId> {
        self.workspace
    }

    pub(crate) fn in_workspace(self, workspace: TenantId) -> Self {
        Self { workspace: Some(workspace), ..self }
    }

    /// What the server calls the place; `None` at the start.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Whether this is the start of the collection.
    pub fn is_start(&self) -> bool {
        self.token.is_none()
    }

    /// Refuses a cursor of another collection.
    ///
    /// # Errors
    ///
    /// The cursor's operation or parameters are not those of `scope`.
    pub fn check(&self, scope: &Scope) -> Result<()> {
        if self.scope == *scope {
            return Ok(());
        }
        let message = if self.scope.operation == scope.operation {
            "resume_from: the cursor comes from this operation with other parameters; ask with the same ids, \
             fields, filter, includes, total count and page size as before, or start anew"
                .to_owned()
        } else {
            format!(
                "resume_from: the cursor comes from {}, not from {}",
                self.scope.operation, scope.operation
            )
        };
        Err(Error::input(message).during(&scope.operation))
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.scope.operation)?;
        if let Some(workspace) = self.workspace {
            write!(f, "@{workspace}")?;
        }
        write!(f, ":{:016x}", self.scope.fingerprint)?;
        match &self.token {
            // Spaces, line breaks and colons do not survive in files and command lines.
            Some(token) => f
                .write_str(":")
                .and_then(|()| byte_serialize(token.as_bytes()).try_for_each(|part| f.write_str(part))),
            None => Ok(()),
        }
    }
}

/// The text is not a cursor that was written by [`Cursor`]'s `Display`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseCursorError(());

impl fmt::Display for ParseCursorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a cursor: expected operation@workspace:parameters:token, as Cursor prints itself")
    }
}

impl std::error::Error for ParseCursorError {}

impl FromStr for Cursor {
    type Err = ParseCursorError;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let mut parts = text.trim().splitn(3, ':');
        let whole = parts.next().unwrap_or_default();
        let (operation, workspace) = match whole.split_once('@') {
            Some((operation, id)) => {
                (operation, Some(id.parse::<TenantId>().map_err(|_| ParseCursorError(()))?))
            }
            None => (whole, None),
        };
        if !is_operation(operation) {
            return Err(ParseCursorError(()));
        }
        let fingerprint = parts.next().filter(|hex| hex.len() == 16).ok_or(ParseCursorError(()))?;
        let fingerprint = u64::from_str_radix(fingerprint, 16).map_err(|_| ParseCursorError(()))?;
        let token = match parts.next() {
            Some(token) => Some(token_in(token).ok_or(ParseCursorError(()))?),
            None => None,
        };
        // The workspace comes with a page after the first: the token is lost.
        if workspace.is_some() && token.is_none() {
            return Err(ParseCursorError(()));
        }
        let scope = Scope { operation: Cow::Owned(operation.to_owned()), fingerprint };
        Ok(Self { scope, workspace, token })
    }
}

/// Never an empty one, which would be the start of the collection; what is cut at an ampersand was not written here.
fn token_in(text: &str) -> Option<String> {
    let pair = format!("={text}");
    let (_, token) = parse(pair.as_bytes()).next()?;
    (!token.is_empty() && !text.contains('&')).then(|| token.into_owned())
}

fn is_operation(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        Scope::new("list_companies").with("limit", 100)
    }

    #[test]
    fn a_cursor_survives_being_written_down() {
        for token in ["a b", "a+b\n", ":", "%41", "ab==", "é", "&c=d"] {
            let cursor = Cursor::at(scope(), token).in_workspace(TenantId::new(77));
            let text = cursor.to_string();
            assert!(!text.contains([' ', '\n', '&']), "{text}");
            assert_eq!(text.parse::<Cursor>().unwrap(), cursor);
        }
        let start = Cursor::start(scope());
        let later =
            Cursor::from_next_url(scope(), "https://api.example/v2/companies?limit=2&cursor=a%3Ab%3D")
                .unwrap();
        assert_eq!(later.token(), Some("a:b="));
        for cursor in [start, later] {
            assert_eq!(cursor.to_string().parse::<Cursor>().unwrap(), cursor);
        }
    }

    #[test]
    fn the_written_form_does_not_change_between_releases() {
        let cursor = Cursor::from_next_url(scope(), "/v2/companies?cursor=p1").unwrap();
        assert_eq!(cursor.to_string(), format!("list_companies:{:016x}:p1", scope().fingerprint));
        let bound = cursor.in_workspace(TenantId::new(77));
        assert_eq!(bound.to_string(), format!("list_companies@77:{:016x}:p1", scope().fingerprint));
        assert_eq!(Scope::new("x").with("a", 1).fingerprint, 0xed9e_d282_c45f_76f4);
    }

    #[test]
    fn text_that_is_no_cursor_is_refused() {
        for text in [
            "",
            "list_companies",
            "list_companies:12",
            "list_companies:zzzzzzzzzzzzzzzz:a",
            "A b:0000000000000000:a",
            "list_companies:0000000000000000:",
            "list_companies:0000000000000000:&",
            "list_companies:0000000000000000:a&b",
            "list_companies@:0000000000000000:a",
            "list_companies@acme:0000000000000000:a",
            "@7:0000000000000000:a",
            "list_companies@7:0000000000000000",
        ] {
            assert!(text.parse::<Cursor>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_next_url_without_a_cursor_is_not_the_end() {
        for url in ["https://api.example/v2/companies?limit=2", "", "cursor", "https://[", "?cursor="] {
            let error = Cursor::from_next_url(scope(), url).unwrap_err();
            assert!(error.is_decode(), "{url:?}: {error}");
        }
    }

    #[test]
    fn a_cursor_is_refused_elsewhere() {
        let cursor = Cursor::start(scope());
        assert!(cursor.check(&scope()).is_ok());
        let other = cursor.check(&Scope::new("list_persons")).unwrap_err().to_string();
        assert!(other.contains("list_companies, not from list_persons"), "{other}");
        let narrower = cursor.check(&Scope::new("list_companies").with("limit", 50)).unwrap_err().to_string();
        assert!(narrower.contains("other parameters"), "{narrower}");
    }
}
