//! Points in time as this API writes them, and in the forms it takes.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, SecondsFormat, TimeZone, Utc};
use chrono_tz::America::Los_Angeles;

/// ISO 8601 with milliseconds and the offset of the US Pacific coast.
pub(super) fn instant(at: DateTime<Utc>) -> String {
    at.with_timezone(&Los_Angeles).to_rfc3339_opts(SecondsFormat::Millis, false)
}

/// As [`instant`], with microseconds.
pub(super) fn precise(at: DateTime<Utc>) -> String {
    at.with_timezone(&Los_Angeles).to_rfc3339_opts(SecondsFormat::Micros, false)
}

/// Where a day begins on the US Pacific coast.
pub(super) fn midnight(day: NaiveDate) -> DateTime<Utc> {
    pacific(day.and_time(NaiveTime::MIN))
}

/// Reads any of the forms: a date, or a date and a time apart by `T` or a space, with an offset or without.
/// Not specified: the zone of a time without an offset; here it is Pacific, as that of a bare date.
pub(super) fn parse(text: &str) -> Option<DateTime<Utc>> {
    let spaced = text.replacen(['T', 't'], " ", 1);
    let offset = ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f %#z"];
    let spaced = match spaced.strip_suffix(['Z', 'z']) {
        Some(utc) => format!("{utc}+0000"),
        None => spaced,
    };
    let instant = offset.iter().find_map(|form| DateTime::parse_from_str(&spaced, form).ok());
    if let Some(at) = instant {
        return Some(at.with_timezone(&Utc)).filter(in_range);
    }
    let naive = NaiveDateTime::parse_from_str(&spaced, "%Y-%m-%d %H:%M:%S%.f").ok();
    let day = || NaiveDate::parse_from_str(&spaced, "%Y-%m-%d").ok().map(|day| day.and_time(NaiveTime::MIN));
    naive.or_else(day).map(pacific).filter(in_range)
}

/// An hour that the change to summer time skips is taken as in UTC; nobody means it.
fn pacific(local: NaiveDateTime) -> DateTime<Utc> {
    let found = Los_Angeles.from_local_datetime(&local).earliest();
    found.map_or_else(|| local.and_utc(), |at| at.with_timezone(&Utc))
}

/// A year has four digits.
fn in_range(at: &DateTime<Utc>) -> bool {
    (1..=9_998).contains(&at.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_are_read() {
        for (text, expected) in [
            ("2024-08-19T13:42:07.605-07:00", "2024-08-19T13:42:07.605-07:00"),
            ("2016-09-23 08:15:40 -0700", "2016-09-23T08:15:40.000-07:00"),
            ("2024-04-27T15:35:43.718204-07:00", "2024-04-27T15:35:43.718-07:00"),
            ("2025-05-02T17:06:29.481Z", "2025-05-02T10:06:29.481-07:00"),
            ("2024-12-05", "2024-12-05T00:00:00.000-08:00"),
            ("2024-06-01T00:00:00", "2024-06-01T00:00:00.000-07:00"),
            ("2024-06-01T07:00:00Z", "2024-06-01T00:00:00.000-07:00"),
            ("2024-06-01 07:00:00+0000", "2024-06-01T00:00:00.000-07:00"),
            ("2024-06-01T07:00:00.1234567+00:00", "2024-06-01T00:00:00.123-07:00"),
        ] {
            assert_eq!(parse(text).map(instant).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "yesterday", "2024-13-01", "2024-06-01T25:00:00Z", "2024-06-01T07:00:00 01:00"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn microseconds_are_kept_where_they_are_told() {
        let at = parse("2024-04-27T22:35:43.718204Z").unwrap();
        assert_eq!(precise(at), "2024-04-27T15:35:43.718204-07:00");
    }
}
