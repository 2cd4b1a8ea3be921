//! What comes to the URL of a webhook.

mod body;
mod deduplicator;
#[cfg(feature = "axum")]
mod extract;

use std::fmt;

use affinity_core::{Error, Result, decode};
use chrono::{DateTime, Utc};
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::WebhookEventName;
use crate::object::object;

pub use body::{FieldValueEvent, OrganizationsMerged, WebhookBody};
pub use deduplicator::Deduplicator;
#[cfg(feature = "axum")]
pub use extract::{WebhookBodyLimit, WebhookRejection};

/// An event, as it comes to the URL of a webhook.
///
/// Deliveries carry no signature and no id. They are repeated when Affinity got no answer (see [`Deduplicator`]),
/// and can come out of order. Answer quickly, with a success, and work afterwards: after ten hours without one the
/// subscription is disabled.
///
/// ```
/// use affinity_v1::{WebhookBody, WebhookEvent, WebhookEventName};
///
/// let delivery = br#"{"type": "list.deleted", "body": {"id": 5120, "type": 1, "name": "Robotics"}, "sent_at": 1709914812}"#;
/// let event = WebhookEvent::parse(delivery)?;
/// assert_eq!(event.name, WebhookEventName::ListDeleted);
/// if let WebhookBody::List(list) = &event.body {
///     assert_eq!(list.name, "Robotics");
/// }
/// # Ok::<(), affinity_core::Error>(())
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct WebhookEvent {
    /// What happened.
    pub name: WebhookEventName,
    /// To what.
    pub body: WebhookBody,
    /// When it was sent, to the second. None if that is not said in a form that is known; see [`misfit`](Self::misfit).
    pub sent_at: Option<DateTime<Utc>>,
    text: Box<str>,
    misfit: Option<Box<str>>,
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "type")]
    name: WebhookEventName,
    #[serde(default)]
    body: Option<Box<RawValue>>,
    #[serde(default)]
    sent_at: Option<Box<RawValue>>,
}

impl WebhookEvent {
    /// Reads a delivery. An event without a name here, or with a body of another form than known, is no error:
    /// its body is [`WebhookBody::Raw`], and [`raw`](Self::raw) and [`body_as`](Self::body_as) have all of it. Nor is
    /// one that does not say when it was sent.
    ///
    /// # Errors
    ///
    /// `is_decode`: this is no delivery of an event.
    pub fn parse(bytes: impl AsRef<[u8]>) -> Result<Self> {
        Self::read(bytes.as_ref()).map_err(|error| error.during("parse_webhook_event"))
    }

    fn read(bytes: &[u8]) -> Result<Self> {
        // Storing would not keep white space around it.
        let bytes = bytes.trim_ascii();
        let Envelope { name, body, sent_at } = object(bytes)?;
        let text = std::str::from_utf8(bytes).map_err(|_| Error::decode("$", "not UTF-8"))?;
        let (body, of_body) = match WebhookBody::read(&name, body.as_deref().map_or("null", RawValue::get)) {
            Ok(body) => (body, None),
            Err(error) => (WebhookBody::Raw, Some(error)),
        };
        let (sent_at, of_sent_at) = match instant(sent_at.as_deref()) {
            Ok(instant) => (Some(instant), None),
            Err(error) => (None, Some(error)),
        };
        let misfits: Vec<_> = [of_body, of_sent_at].into_iter().flatten().map(|it| it.to_string()).collect();
        let misfit = (!misfits.is_empty()).then(|| misfits.join("; ").into());
        Ok(Self { name, body, sent_at, text: text.into(), misfit })
    }

    /// The whole delivery, as it came, without white space around it. [`parse`](Self::parse) reads it again.
    pub fn raw(&self) -> &str {
        &self.text
    }

    /// The body, read as something else.
    ///
    /// # Errors
    ///
    /// `is_decode`: it does not fit.
    pub fn body_as<T: DeserializeOwned>(&self) -> Result<T> {
        decode::value(self.body_text()?.as_bytes())
    }

    /// Why the body of a known event, or `sent_at`, could not be read as what it should be: where it does not fit,
    /// without the value there. Worth a line in the log.
    pub fn misfit(&self) -> Option<&str> {
        self.misfit.as_deref()
    }

    /// The id of what the event is about, if the body has one.
    pub fn id(&self) -> Option<u64> {
        #[derive(Deserialize)]
        struct Id {
            id: u64,
        }
        object(self.body_text().ok()?.as_bytes()).ok().map(|Id { id }| id)
    }

    fn body_text(&self) -> Result<String> {
        #[derive(Deserialize)]
        struct Body {
            body: Option<Box<RawValue>>,
        }
        let Body { body } = decode::value(self.text.as_bytes())?;
        Ok(body.map_or_else(|| "null".to_owned(), |body| body.get().to_owned()))
    }
}

/// Without the body, which holds people's data.
impl fmt::Debug for WebhookEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("WebhookEvent");
        debug.field("name", &self.name).field("sent_at", &self.sent_at).field("misfit", &self.misfit);
        debug.finish_non_exhaustive()
    }
}

/// As it came, to the letter, so that it is equal when it is read again. For JSON only.
impl Serialize for WebhookEvent {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        use serde::ser::Error;
        let text: &RawValue = serde_json::from_str(&self.text).map_err(S::Error::custom)?;
        text.serialize(serializer)
    }
}

/// From the text of JSON. Where serde keeps values before it knows what they are (`flatten`, and enums that are
/// untagged or tagged within), the text is gone, and reading fails: store [`raw`](WebhookEvent::raw) there.
impl<'de> Deserialize<'de> for WebhookEvent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = Box::<RawValue>::deserialize(deserializer)?;
        Self::read(text.get().as_bytes()).map_err(D::Error::custom)
    }
}

/// Seconds since 1970 as a number, as text, or with a fraction of nothing (the latter two are unconfirmed).
fn instant(json: Option<&RawValue>) -> Result<DateTime<Utc>> {
    let misfit = |reason| Error::decode("sent_at", reason);
    let json = json.ok_or_else(|| misfit("missing"))?;
    let seconds = serde_json::Deserializer::from_str(json.get()).deserialize_any(Seconds);
    let instant = seconds.ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    instant.ok_or_else(|| misfit("expected seconds since 1970"))
}

struct Seconds;

impl Visitor<'_> for Seconds {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("seconds since 1970")
    }

    fn visit_i64<E: serde::de::Error>(self, seconds: i64) -> std::result::Result<i64, E> {
        Ok(seconds)
    }

    fn visit_u64<E: serde::de::Error>(self, seconds: u64) -> std::result::Result<i64, E> {
        i64::try_from(seconds).map_err(|_| E::custom("no such time"))
    }

    fn visit_f64<E: serde::de::Error>(self, seconds: f64) -> std::result::Result<i64, E> {
        // Every whole number up to here is a float of its own.
        let whole = seconds.fract() == 0.0 && seconds.abs() < 9e15;
        if whole { Ok(seconds as i64) } else { Err(E::custom("not a whole number of seconds")) }
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<i64, E> {
        let text = text.trim();
        let float = || text.parse().map_err(|_| E::custom("not a number of seconds"));
        text.parse().or_else(|_| self.visit_f64(float()?))
    }
}
