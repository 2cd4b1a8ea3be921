use http::Method;

use crate::world::Permission;

/// Something the sandbox serves.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// The path, parameters in braces under the names of the interface.
    pub path: &'static str,
    /// The permission it asks for.
    pub permission: Option<Permission>,
    /// How many items a page holds unless said otherwise; `None` where there are no pages.
    pub default_limit: Option<usize>,
}
