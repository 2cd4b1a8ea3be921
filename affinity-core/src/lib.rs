//! What the clients of both Affinity APIs share: the key, the transport, limits, errors, pages, cursors,
//! ids and open enums.
//!
//! Most programs want the crate `affinity-crm`, which builds on this one and re-exports what callers need.
//! Nothing here knows an endpoint but the one that tells whose the key is: [`Transport`] sends what it is given, and
//! [`Pages`] walks whatever its caller fetches. Calls to v1 and v2 draw on one quota, so one [`Transport`] serves both.

mod access;
mod api_error;
mod budget;
mod call;
mod cursor;
pub mod decode;
mod elsewhere;
mod error;
mod events;
mod ids;
mod key;
mod limits;
mod open_codes;
mod open_enum;
mod options;
mod pace;
mod page;
mod pages;
mod retry;
mod settings;
mod timer;
mod tls;
mod transport;
mod workspace;

pub use access::{Access, Allows, ReadOnly, ReadWrite};
pub use api_error::{ApiError, MergedAway};
pub use call::{Call, Meta, Response};
pub use cursor::{Cursor, ParseCursorError, Scope};
pub use elsewhere::Elsewhere;
pub use error::{Error, Result};
pub use events::{CallRecord, Event, Metrics, Outcome};
pub use ids::*;
pub use key::{ApiKey, KeyFile, KeyProvider};
pub use limits::{Limits, Window};
pub use open_codes::UnknownCode;
pub use open_enum::UnknownText;
pub use options::CallOptions;
#[cfg(feature = "redis")]
pub use pace::RedisPacing;
pub use pace::{Priority, Share};
pub use page::{ItemFailure, Page};
pub use pages::{Items, Pages};
pub use settings::TransportBuilder;
pub use timer::{Timer, TokioTimer};
pub use transport::{Answer, Transport, VERSION_HEADER};
pub use workspace::Workspace;

/// Methods and statuses, from the `http` crate.
pub use http::{Method, StatusCode};
