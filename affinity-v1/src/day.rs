//! Calendar days, which v1 carries as instants.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use chrono_tz::US::Pacific;

use crate::instant;

/// The instant that stands for a day in a write: the service takes the day it is in UTC (observed), and noon is
/// far from both midnights. `None` for a year that four digits cannot say.
pub(crate) fn written(day: NaiveDate) -> Option<String> {
    sayable(&day).then(|| format!("{day}T12:00:00Z"))
}

/// The day that an answer means: it holds midnight US Pacific time (observed).
pub(crate) fn read(text: &str) -> Option<NaiveDate> {
    // Chrono panics where the zone leads out of the years it knows.
    let instant = instant::parse(text).filter(sayable);
    let pacific = |instant: DateTime<Utc>| instant.with_timezone(&Pacific).date_naive();
    instant.map(pacific).or_else(|| text.trim().parse().ok()).filter(sayable)
}

/// Whether four digits can say the year, as the service writes it.
pub(crate) fn sayable(date: &impl Datelike) -> bool {
    (0..=9999).contains(&date.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_the_same_in_summer_and_in_winter() {
        for (text, day) in [
            ("2024-04-01T07:00:00.000Z", "2024-04-01"),
            ("2024-04-01T00:00:00.000-07:00", "2024-04-01"),
            ("2024-01-15T08:00:00Z", "2024-01-15"),
            ("2024-01-15T00:00:00.000-08:00", "2024-01-15"),
            ("2024-01-15T12:00:00Z", "2024-01-15"),
            ("2024-12-05", "2024-12-05"),
        ] {
            assert_eq!(read(text).map(|day| day.to_string()).as_deref(), Some(day), "{text}");
        }
        assert_eq!(read("soon"), None);
    }

    #[test]
    fn a_written_day_is_read_as_the_same() {
        for day in ["2024-02-29", "2024-03-10", "2024-11-03", "1999-12-31"] {
            let day: NaiveDate = day.parse().unwrap();
            assert_eq!(written(day).and_then(|text| read(&text)), Some(day));
        }
        assert_eq!(NaiveDate::from_ymd_opt(10_000, 1, 1).and_then(written), None);
    }
}
