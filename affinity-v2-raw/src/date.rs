//! The calendar day that a `datetime` field holds.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, SecondsFormat, Timelike, Utc};
use chrono_tz::US::Pacific;
use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};

/// A calendar day, as `datetime` fields hold it.
///
/// On the wire it is an instant: the server gives midnight US Pacific time of the day, and takes any instant of
/// the day in UTC (observed). Two dates are equal when their days are, whatever the instants. A date that was
/// made here goes out as noon UTC, which is the same day in both.
///
/// ```
/// use affinity_v2_raw::Date;
///
/// let read: Date = serde_json::from_str(r#""2025-11-20T08:00:00.000Z""#).unwrap();
/// let made = Date::ymd(2025, 11, 20).unwrap();
/// assert_eq!(read, made);
/// assert_eq!(made.to_string(), "2025-11-20");
/// assert_eq!(made.instant().to_rfc3339(), "2025-11-20T12:00:00+00:00");
/// ```
#[derive(Clone, Copy)]
pub struct Date {
    instant: DateTime<Utc>,
    /// The server writes these instants with a fraction; kept so that a value goes out as it came.
    fraction: bool,
}

const NOON: NaiveTime = match NaiveTime::from_hms_opt(12, 0, 0) {
    Some(noon) => noon,
    None => NaiveTime::MIN,
};

impl Date {
    /// This day.
    pub fn new(day: NaiveDate) -> Self {
        Self { instant: day.and_time(NOON).and_utc(), fraction: false }
    }

    /// This day; `None` if there is no such day.
    pub fn ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        NaiveDate::from_ymd_opt(year, month, day).map(Self::new)
    }

    /// The day.
    pub fn day(self) -> NaiveDate {
        self.instant.with_timezone(&Pacific).date_naive()
    }

    /// The instant that carries the day, in UTC: as it came, or noon.
    pub fn instant(self) -> DateTime<Utc> {
        self.instant
    }
}

impl From<NaiveDate> for Date {
    fn from(day: NaiveDate) -> Self {
        Self::new(day)
    }
}

impl From<Date> for NaiveDate {
    fn from(date: Date) -> Self {
        date.day()
    }
}

/// Reads `2025-11-20`.
impl FromStr for Date {
    type Err = chrono::ParseError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::new)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.day(), f)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Date({})", self.day())
    }
}

impl PartialEq for Date {
    fn eq(&self, other: &Self) -> bool {
        self.day() == other.day()
    }
}

impl Eq for Date {}

impl Hash for Date {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.day().hash(state);
    }
}

impl PartialOrd for Date {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Date {
    fn cmp(&self, other: &Self) -> Ordering {
        self.day().cmp(&other.day())
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let millis = self.fraction && self.instant.nanosecond().is_multiple_of(1_000_000);
        let form = if millis { SecondsFormat::Millis } else { SecondsFormat::AutoSi };
        serializer.serialize_str(&self.instant.to_rfc3339_opts(form, true))
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Date;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a date-time string")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Date, E> {
                let instant = DateTime::parse_from_rfc3339(text).map_err(E::custom)?.to_utc();
                // With an offset, an instant can be in a year of UTC that could not be written down again.
                if !(0..=9999).contains(&instant.year()) {
                    return Err(E::custom("the year has not four digits"));
                }
                Ok(Date { instant, fraction: text.contains('.') })
            }
        }
        deserializer.deserialize_str(Text)
    }
}
