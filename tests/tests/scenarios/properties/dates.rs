//! Days and instants, in either API.

use affinity::chrono::{DateTime, Datelike, FixedOffset, NaiveDate, Timelike, Utc};
use affinity::v1::{EntityFile, TypedValue, ValueType, WebhookEvent};
use affinity::{Date, FieldValue};
use affinity_core::decode;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::json::{number, text};
use super::{MANY, assert_fit_for_a_log, check};

/// An instant that four digits can say the year of, and how it is written: with what offset, fraction and signs.
fn instant() -> impl Strategy<Value = (DateTime<Utc>, String)> {
    let at = (-62_167_219_200_i64..=253_402_300_799, prop_oneof![Just(0), 0..1_000_000_000_u32]);
    let edges = vec![(-62_167_219_200, 0), (253_402_300_799, 999_999_999), (1_483_228_799, 0)];
    let at = prop_oneof![6 => at, 3 => prop::sample::select(edges)];
    let offset = prop_oneof![3 => Just(0), 2 => (-14 * 60..=14 * 60_i32).prop_map(|minutes| minutes * 60)];
    let said = (at, offset, any::<bool>(), 0..4_usize);
    said.prop_filter_map("a year of four digits", |((seconds, nanos), offset, zulu, digits)| {
        let instant = DateTime::from_timestamp(seconds, nanos)?;
        let here = instant.with_timezone(&FixedOffset::east_opt(offset)?);
        (0..=9999).contains(&here.year()).then_some(())?;
        let form =
            ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%.3f", "%Y-%m-%dT%H:%M:%S%.6f", "%Y-%m-%dT%H:%M:%S%.9f"]
                [digits];
        let unit = [1_000_000_000, 1_000_000, 1_000, 1][digits];
        let instant = instant.with_nanosecond(nanos - nanos % unit)?;
        let zone = if offset == 0 && zulu { "Z".to_owned() } else { here.format("%:z").to_string() };
        Some((instant, here.format(form).to_string() + &zone))
    })
}

/// Texts that are near to an instant and may be none.
fn near() -> impl Strategy<Value = String> {
    prop_oneof![
        text(),
        "[+-]?[0-9]{1,6}-[0-9]{1,2}-[0-9]{1,2}",
        concat!(
            "[+-]?[0-9]{3,6}-[01][0-9]-[0-3][0-9][T t][0-2][0-9]:[0-6][0-9]:[0-6][0-9]",
            "(\\.[0-9]{0,12})?(Z|z|[+-][0-9]{2}:?[0-9]{2})?"
        ),
        (instant(), any::<prop::sample::Index>(), any::<char>()).prop_map(|((_, text), at, sign)| {
            let mut chars: Vec<_> = text.chars().collect();
            let at = at.index(chars.len());
            chars[at] = sign;
            chars.into_iter().collect()
        }),
        prop::sample::select(vec![
            "0000-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-12:00",
            "2016-12-31T23:59:60Z",
            "2016-12-31T23:59:60.999999999Z",
            "2024-02-30T00:00:00Z",
            "2023-02-29",
            "-0001-12-31T00:00:00Z",
            "+262142-12-31T23:59:59Z",
            "-262143-01-01T00:00:00Z",
            "+262142-12-31 23:59:59 -2300",
            "-262143-01-01 00:00:00 +2300",
            "2024-03-10T02:30:00",
            "24:00",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:00:00+99:99",
            "99999999999999999999-01-01",
            "",
        ])
        .prop_map(str::to_owned),
    ]
}

fn value(text: &str) -> affinity::Result<FieldValue> {
    decode::value(json!({"type": "datetime", "data": text}).to_string().as_bytes())
}

#[test]
fn a_date_of_v2_goes_out_as_the_instant_it_came_as() {
    check("instants of v2", MANY, &instant(), |(instant, text)| {
        let read = value(&text).unwrap();
        assert_eq!(read.as_instant(), Some(instant), "{text}");
        let day = read.as_date().unwrap();
        assert!((day - instant.date_naive()).num_days().abs() <= 1);
        let again: FieldValue = serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap();
        assert_eq!(again.as_instant(), Some(instant), "{text}");
        assert_eq!(again, read);
    });
}

#[test]
fn a_text_is_a_date_of_v2_for_good_or_told_without_quoting_it() {
    check("texts as dates of v2", 2 * MANY, &near(), |text| match value(&text) {
        Ok(read) => {
            let date = read.as_date().unwrap();
            let _ = (date.to_string(), format!("{read:?} {}", read.to_text()));
            let written = serde_json::to_string(&read).unwrap();
            let again: FieldValue = serde_json::from_str(&written).unwrap();
            assert_eq!((again.as_instant(), &again), (read.as_instant(), &read), "{text} {written}");
        }
        Err(error) => {
            assert_fit_for_a_log(&error);
            assert_eq!(
                error.to_string(),
                "the answer does not fit at data: the value does not have the documented form"
            );
        }
    });
}

#[test]
fn a_day_goes_out_as_noon_and_is_read_as_the_same() {
    let days = (0..3_652_424_i32).prop_map(|day| NaiveDate::from_num_days_from_ce_opt(day - 365).unwrap());
    check("days", MANY, &days, |day| {
        let date = Date::new(day);
        assert_eq!((date.day(), date.instant().date_naive(), date.instant().hour()), (day, day, 12));
        assert_eq!(serde_json::from_value::<Date>(serde_json::to_value(date).unwrap()).unwrap().day(), day);
        assert_eq!(date.to_string().parse::<Date>().unwrap(), date);
    });
}

fn day(text: &str) -> affinity::Result<Option<NaiveDate>> {
    TypedValue::read(&Value::from(text), ValueType::Date).map(|value| value.as_date())
}

#[test]
fn a_day_of_v1_is_the_one_in_the_pacific_zone() {
    check("days of v1", MANY, &instant(), |(instant, text)| {
        // Of the first hours of year 0, the day is in the year before.
        let Ok(read) = day(&text) else {
            return assert!(instant.year() == 0 || instant.year() == 9999, "{text}");
        };
        let same = value(&text).unwrap().as_date().unwrap();
        assert_eq!(read, Some(same), "{text}");
    });
}

#[test]
fn a_text_is_a_date_of_v1_for_good_or_told_without_quoting_it() {
    check("texts as dates of v1", 2 * MANY, &near(), |text| {
        match day(&text) {
            Ok(read) => assert_eq!(day(&read.unwrap().to_string()).unwrap(), read, "{text}"),
            Err(error) => assert_eq!(error.to_string(), "the answer does not fit at $: not a date"),
        }
        let file = json!({"id": 1, "name": "a", "size": 3, "uploader_id": 9, "created_at": text});
        match decode::value::<EntityFile>(file.to_string().as_bytes()) {
            Ok(file) => {
                let written = serde_json::to_string(&file).unwrap();
                assert_eq!(
                    decode::value::<EntityFile>(written.as_bytes()).unwrap().created_at,
                    file.created_at,
                    "{text}"
                );
            }
            Err(error) => {
                assert_fit_for_a_log(&error);
                assert_eq!(
                    error.to_string(),
                    "the answer does not fit at created_at: the value does not have the documented form"
                );
            }
        }
    });
}

#[test]
fn the_older_form_of_an_instant_of_v1_is_the_same_instant() {
    check("instants of v1", MANY, &instant(), |(instant, text)| {
        let read = |text: &str| {
            let file = json!({"id": 1, "name": "a", "size": 3, "uploader_id": 9, "created_at": text});
            decode::value::<EntityFile>(file.to_string().as_bytes()).map(|file| file.created_at)
        };
        assert_eq!(read(&text).unwrap(), instant, "{text}");
        let cut = instant.with_nanosecond(0).unwrap();
        assert_eq!(read(&cut.format("%Y-%m-%d %H:%M:%S +0000").to_string()).unwrap(), cut, "{text}");
    });
}

#[test]
fn an_event_was_sent_at_the_second_it_says_or_says_that_it_does_not() {
    let seconds = prop_oneof![
        number().prop_map(|number| number.to_string()),
        text().prop_map(|text| Value::from(text).to_string()),
        number().prop_map(|number| format!("\"{number}\"")),
        Just("1e400".to_owned()),
        Just("-0.0".to_owned()),
        Just("[1]".to_owned()),
    ];
    check("times of events", MANY, &seconds, |seconds| {
        let event =
            WebhookEvent::parse(format!(r#"{{"type":"x","body":null,"sent_at":{seconds}}}"#)).unwrap();
        let whole = seconds.trim_matches('"').trim().parse::<f64>().ok().filter(|it| it.fract() == 0.0);
        match event.sent_at {
            Some(at) => assert_eq!(Some(at.timestamp() as f64), whole, "{seconds}"),
            None => assert_eq!(
                event.misfit(),
                Some("the answer does not fit at sent_at: expected seconds since 1970")
            ),
        }
        if whole.is_some_and(|it| it.abs() < 8e12) {
            assert!(event.sent_at.is_some(), "{seconds}");
        }
    });
}
