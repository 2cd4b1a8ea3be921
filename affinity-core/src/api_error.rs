//! What a refusal says: the errors in its body.

use serde_json::Value;

/// One of the errors in an answer. The server may report several, one for each bad parameter, say.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiError {
    /// The kind of error, such as `not-found` or `validation`. Codes that have no name yet occur.
    pub code: String,
    /// The server's sentence. Meant for people; it changes without notice.
    pub message: String,
    /// The parameter, header or path into the body that is at fault (`validation` only).
    pub param: Option<String>,
}

/// A company or person that is no more, because it was merged into another: see
/// [`Error::merged_away`](crate::Error::merged_away). The ids are those of the kind of record that was asked for:
/// `CompanyId::new(merged.into)`, say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MergedAway {
    /// The id that was asked for, and that names nothing any more.
    pub id: u64,
    /// The id of the record that has its data now. It can have been merged away in its turn.
    pub into: u64,
}

/// The ids in `<id> no longer exists as it has been merged into <id>`.
pub(crate) fn merged_away(message: &str) -> Option<MergedAway> {
    let (id, rest) = message.trim().split_once(' ')?;
    let (_, into) = rest.split_once("merged into ")?;
    Some(MergedAway { id: id.parse().ok()?, into: into.trim_end_matches('.').parse().ok()? })
}

/// Reads `{"errors": [{"code", "message", "param"}]}`, which v2 promises, and the other forms that v1 may have
/// (unconfirmed): texts in place of the objects, the list by itself, `message`, `detail` or `error` in place of
/// the list. Nothing from a body of any other form.
pub(crate) fn read_items(body: &[u8]) -> Vec<ApiError> {
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return Vec::new() };
    let listed = body.get("errors").unwrap_or(&body).as_array();
    let items: Vec<_> = listed.into_iter().flatten().filter_map(read_item).collect();
    if !items.is_empty() {
        return items;
    }
    ["message", "detail", "error"].into_iter().find_map(|key| read_item(body.get(key)?)).into_iter().collect()
}

/// An item that says anything at all.
fn read_item(item: &Value) -> Option<ApiError> {
    let text = |key: &str| match item.get(key)? {
        Value::String(text) => Some(text.clone()).filter(|text| !text.trim().is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let item = match item {
        Value::String(text) => ApiError { code: String::new(), message: text.clone(), param: None },
        _ => ApiError {
            code: text("code").unwrap_or_default(),
            message: text("message").unwrap_or_default(),
            param: text("param"),
        },
    };
    let says_nothing = item.code.is_empty() && item.message.trim().is_empty();
    (!says_nothing).then_some(item)
}
