//! What a request gives its operation, whichever way it is encoded.

use std::collections::BTreeMap;

use http::{Method, header};
use serde_json::Value;
use url::form_urlencoded;

use super::call::Request;
use crate::api::Errors;

/// A parameter as it came.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Given {
    /// Out of a JSON body, typed.
    Json(Value),
    /// Out of a form or a query: texts, one for each time it was given.
    Texts(Vec<String>),
}

/// The parameters of query and body by name.
pub(super) type All = BTreeMap<String, Given>;

/// Reads query and body. Parameters in the query of a write are tolerated, where the body does not have them.
pub(super) fn read(request: &Request<'_>) -> Result<All, Errors> {
    let mut given = texts(request.query.iter().cloned());
    if [Method::POST, Method::PUT].contains(request.method) {
        given.extend(body(request)?);
    }
    Ok(given)
}

fn body(request: &Request<'_>) -> Result<All, Errors> {
    let content_type = request.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    match essence.to_ascii_lowercase().as_str() {
        "application/json" => json(request.body),
        "application/x-www-form-urlencoded" => Ok(texts(form_urlencoded::parse(request.body).into_owned())),
        // Files have a form of their own, which their operation reads.
        "multipart/form-data" => Ok(All::new()),
        _ if request.body.is_empty() => Ok(All::new()),
        _ => Err(Errors::bad_request("a body is application/json or application/x-www-form-urlencoded")),
    }
}

/// Null is as good as absent, but for a value: see [`Given::is_absent`].
fn json(body: &[u8]) -> Result<All, Errors> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => {
            Ok(members.into_iter().map(|(name, value)| (name, Given::Json(value))).collect())
        }
        Ok(_) => Err(Errors::bad_request("the body is a JSON object")),
        Err(_) => Err(Errors::bad_request("the body is not JSON")),
    }
}

/// `name[]` is `name`.
pub(super) fn texts(pairs: impl Iterator<Item = (String, String)>) -> All {
    let mut given = All::new();
    for (name, value) in pairs {
        let name = name.strip_suffix("[]").map_or(name.as_str(), |name| name).to_owned();
        if let Given::Texts(values) = given.entry(name).or_insert_with(|| Given::Texts(Vec::new())) {
            values.push(value);
        }
    }
    given
}

impl Given {
    pub(super) fn is_absent(&self) -> bool {
        *self == Self::Json(Value::Null)
    }

    /// The only text, of those that came as texts.
    fn single(&self) -> Option<&str> {
        match self {
            Self::Texts(values) => match values.as_slice() {
                [value] => Some(value),
                _ => None,
            },
            Self::Json(_) => None,
        }
    }

    pub(super) fn as_text(&self) -> Option<String> {
        match self {
            Self::Json(value) => value.as_str().map(str::to_owned),
            Self::Texts(_) => self.single().map(str::to_owned),
        }
    }

    pub(super) fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Json(value) => value.as_i64(),
            Self::Texts(_) => self.single()?.parse().ok(),
        }
    }

    pub(super) fn as_number(&self) -> Option<f64> {
        let number = match self {
            Self::Json(value) => value.as_f64(),
            Self::Texts(_) => self.single()?.parse().ok(),
        };
        number.filter(|number| number.is_finite())
    }

    pub(super) fn as_boolean(&self) -> Option<bool> {
        match self {
            Self::Json(value) => value.as_bool(),
            Self::Texts(_) => self.single()?.parse().ok(),
        }
    }

    /// The items of an array.
    pub(super) fn items(&self) -> Option<Vec<Self>> {
        match self {
            Self::Json(Value::Array(items)) => Some(items.iter().cloned().map(Self::Json).collect()),
            Self::Json(_) => None,
            Self::Texts(values) => {
                Some(values.iter().map(|value| Self::Texts(vec![value.clone()])).collect())
            }
        }
    }
}
