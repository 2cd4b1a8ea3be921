//! Whether an answer has the form of the API at all, before anybody looks for values in it.

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderName};

use super::Answer;
use crate::{Error, Result};

/// Refuses a success that is no JSON: the page of a proxy, say, or of a place where one signs in.
pub(super) fn check(answer: &Answer) -> Result<()> {
    // Empty is judged by who knows whether there ought to be anything.
    if !answer.status.is_success() || answer.body.is_empty() {
        return Ok(());
    }
    if let Some(encoding) = header(&answer.headers, &CONTENT_ENCODING).filter(|name| *name != "identity") {
        let what = name_of(encoding, "one that is not known");
        return Err(Error::decode("$", format!("packed as {what}, which was not asked for")));
    }
    if let Some(kind) = foreign(&answer.headers) {
        return Err(Error::decode("$", format!("expected JSON, found {kind}")));
    }
    // A page, whatever it calls itself.
    if answer.body.trim_ascii_start().starts_with(b"<") {
        return Err(Error::decode("$", "expected JSON, found markup"));
    }
    Ok(())
}

/// The type of an answer that is stated and is not JSON: whoever sent it, it was not the API.
pub(crate) fn foreign(headers: &HeaderMap) -> Option<&str> {
    let kind = header(headers, &CONTENT_TYPE).filter(|kind| !is_json(kind))?;
    Some(name_of(kind.split(';').next().unwrap_or_default().trim(), "another type"))
}

/// What is not said is taken for what was asked for.
fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let text = headers.get(name)?.to_str().unwrap_or("?").trim();
    (!text.is_empty()).then_some(text)
}

fn is_json(kind: &str) -> bool {
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence == "text/json" || essence.ends_with("+json")
}

/// A name of the server's, if it is fit for a message: no name is long, or made of anything but these.
fn name_of<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"/+-.".contains(&byte);
    if !text.is_empty() && text.len() <= 60 && text.bytes().all(fits) { text } else { otherwise }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;
    use crate::Meta;

    fn checked(pairs: &[(&'static str, &'static str)]) -> Result<()> {
        let headers =
            pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        check(&Answer::new(StatusCode::OK, headers, b"{}".to_vec(), Meta::default()))
    }

    #[test]
    fn json_goes_by_several_names_or_none() {
        for kind in ["application/json", "Application/JSON; charset=utf-8", "application/problem+json", ""] {
            assert!(checked(&[("content-type", kind)]).is_ok(), "{kind}");
        }
        assert!(checked(&[("content-encoding", "identity")]).is_ok());
    }

    #[test]
    fn what_is_no_json_is_named() {
        for (kind, named) in [
            ("text/html; charset=utf-8", "found text/html"),
            ("text/plain", "found text/plain"),
            ("sesame key", "found another type"),
        ] {
            let error = checked(&[("content-type", kind)]).unwrap_err();
            assert!(error.is_decode() && error.to_string().ends_with(named), "{error}");
        }
        let error = checked(&[("content-encoding", "br")]).unwrap_err();
        assert!(error.to_string().ends_with("packed as br, which was not asked for"), "{error}");
    }
}
