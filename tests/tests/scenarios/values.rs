//! The 17 value types: each decodes to its variant, fills, and encodes back to the same JSON.

use affinity::{DropdownOptionId, FieldValue, Interaction};
use affinity_tests::VALUES;
use serde_json::{Value, from_str, to_value};

fn read(kind: &str, data: &str) -> FieldValue {
    from_str(&format!(r#"{{"type":"{kind}","data":{data}}}"#)).unwrap()
}

fn value(kind: &str) -> FieldValue {
    let (_, data) = VALUES.iter().find(|(known, _)| *known == kind).unwrap();
    read(kind, data)
}

/// Two spellings of an instant are the same value.
fn normal(mut json: Value) -> Value {
    if json["type"] == "datetime" {
        json["data"] = json["data"].as_str().unwrap().replace(".000Z", "Z").into();
    }
    json
}

#[test]
fn each_type_encodes_back_to_the_same_json() {
    assert_eq!(VALUES.len(), 17);
    for (kind, data) in VALUES {
        let text = format!(r#"{{"type":"{kind}","data":{data}}}"#);
        let typed: FieldValue = from_str(&text).unwrap();
        assert_eq!(typed.kind(), *kind);
        assert!(!matches!(typed, FieldValue::Unknown(_)), "{kind}");
        assert_eq!(normal(to_value(&typed).unwrap()), normal(from_str(&text).unwrap()), "{kind}");
    }
}

#[test]
fn the_tag_may_come_last() {
    for (kind, data) in VALUES {
        let last: FieldValue =
            from_str(&format!(r#"{{"data":{data},"extra":[1],"type":"{kind}"}}"#)).unwrap();
        assert_eq!(last, read(kind, data));
    }
}

#[test]
fn null_is_empty_and_stays_null() {
    for (kind, _) in VALUES {
        let empty = read(kind, "null");
        assert!(empty.is_empty(), "{kind}");
        assert_eq!(empty.to_text(), "");
        assert_eq!(serde_json::to_string(&empty).unwrap(), format!(r#"{{"type":"{kind}","data":null}}"#));
        assert!(!value(kind).is_empty(), "{kind}");
    }
}

#[test]
fn texts() {
    assert!(value("text").as_text().unwrap().starts_with("Thermal"));
    assert_eq!(value("filterable-text").as_text(), Some("Series B"));
    assert_eq!(value("filterable-text-multi").as_texts().unwrap().len(), 3);
    assert_eq!(value("filterable-text").as_texts().unwrap(), ["Series B"]);
    assert_eq!(value("number").as_text(), None);
}

#[test]
fn numbers() {
    assert_eq!(value("number").as_number(), Some(2_500_000.0));
    assert_eq!(value("number-multi").as_numbers().unwrap(), [12.5, 40.0, -3.0]);
    assert_eq!(value("formula-number").as_number(), Some(3.25));
    assert_eq!(read("formula-number", "{}").as_number(), None);
    assert!(read("formula-number", r#"{"calculatedValue":null}"#).is_empty());
    assert_eq!(value("text").as_number(), None);
}

#[test]
fn a_date_is_the_pacific_day_in_winter_and_in_summer() {
    let day = |instant: &str| read("datetime", &format!("{instant:?}")).as_date().unwrap().to_string();
    assert_eq!(day("2025-11-20T08:00:00.000Z"), "2025-11-20");
    assert_eq!(day("2025-07-20T07:00:00.000Z"), "2025-07-20");
    assert_eq!(day("2025-11-20T07:59:59Z"), "2025-11-19");
}

#[test]
fn a_date_that_could_not_be_written_down_again_is_none() {
    for text in ["0000-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"] {
        let read = from_str::<FieldValue>(&format!(r#"{{"type":"datetime","data":"{text}"}}"#));
        assert!(read.is_err(), "{text}");
    }
}

#[test]
fn places() {
    let place = value("location");
    assert_eq!(place.as_location().unwrap().city.as_deref(), Some("Elver"));
    assert_eq!(place.as_location().unwrap().state, None);
    assert_eq!(place.to_text(), "4 Quay Lane, Elver, Norway");
    assert_eq!(value("location-multi").as_locations().unwrap()[0].state.as_deref(), Some("Vale"));
    assert_eq!(place.as_locations().unwrap().len(), 1);
}

#[test]
fn options() {
    let option = value("dropdown");
    assert_eq!(
        option.as_option().map(|it| (it.id, it.text, it.rank)),
        Some((DropdownOptionId::new(77), "Strong", None))
    );
    let status = value("ranked-dropdown");
    let status = status.as_option().unwrap();
    assert_eq!((status.text, status.rank, status.color), ("In review", Some(2), Some("blue")));
    let texts: Vec<_> =
        value("dropdown-multi").as_options().unwrap().iter().map(|it| it.text.to_owned()).collect();
    assert_eq!(texts, ["Climate", "Ports"]);
}

#[test]
fn persons_and_companies() {
    assert_eq!(value("person").as_person().unwrap().first_name.as_deref(), Some("Ines"));
    assert_eq!(value("person").as_persons().unwrap().len(), 1);
    assert_eq!(value("person-multi").as_persons().unwrap()[1].id.get(), 5530);
    assert_eq!(value("person-multi").to_text(), "Ines Falk; Odd Vik");
    assert_eq!(value("company").as_company().unwrap().domain.as_deref(), Some("larkspur.example"));
    assert_eq!(value("company-multi").as_companies().unwrap()[1].domain, None);
    assert_eq!(read("person", "null").as_persons().unwrap().len(), 0);
    assert!(value("company").as_persons().is_none());
}

#[test]
fn the_four_interactions() {
    let person =
        r#"{"id":1,"firstName":"Odd","lastName":"Vik","primaryEmailAddress":null,"type":"external"}"#;
    let attendee = format!(r#"{{"emailAddress":"odd@vik.example","person":{person}}}"#);
    let unmatched = r#"{"emailAddress":null,"person":null}"#;
    for (data, text) in [
        (
            format!(
                r#"{{"type":"chat-message","id":1,"direction":"sent","sentAt":"2025-02-11T09:00:00Z","manualCreator":{person},"participants":[{person}]}}"#
            ),
            "2025-02-11 chat message",
        ),
        (
            format!(
                r#"{{"type":"email","id":2,"subject":"Terms","sentAt":"2025-02-12T09:00:00Z","from":{attendee},"to":[{attendee}],"cc":[{unmatched}]}}"#
            ),
            "2025-02-12 email: Terms",
        ),
        (
            format!(
                r#"{{"type":"meeting","id":3,"title":null,"allDay":true,"startTime":"2025-02-13T00:00:00Z","endTime":null,"attendees":[{attendee}]}}"#
            ),
            "2025-02-13 meeting",
        ),
        (
            format!(
                r#"{{"type":"call","id":4,"startTime":"2025-02-14T09:00:00Z","attendees":[{attendee}]}}"#
            ),
            "2025-02-14 call",
        ),
    ] {
        let read = read("interaction", &data);
        assert_eq!(read.to_text(), text);
        assert!(!matches!(read.as_interaction(), Some(Interaction::Unknown(_))));
        assert_eq!(to_value(&read).unwrap()["data"], from_str::<Value>(&data).unwrap());
    }
}

#[test]
fn an_unknown_interaction_is_kept_as_it_came() {
    let data = r#"{"id": 1, "type":"hologram", "n":1.50}"#;
    let read = read("interaction", data);
    let Some(Interaction::Unknown(unknown)) = read.as_interaction() else { panic!("{read:?}") };
    assert_eq!((unknown.tag(), unknown.json()), ("hologram", data));
    assert!(serde_json::to_string(&read).unwrap().contains(data));
}

#[test]
fn an_unknown_type_is_kept_as_it_came() {
    for text in [r#"{"type":"hologram","data":{"a": 1.50}}"#, r#"{"data":{"a": 1.50},"type":"hologram"}"#] {
        let read: FieldValue = from_str(text).unwrap();
        assert_eq!(read.kind(), "hologram");
        assert_eq!(serde_json::to_string(&read).unwrap(), r#"{"type":"hologram","data":{"a": 1.50}}"#);
    }
    assert!(read("hologram", "null").is_empty());
}

#[test]
fn several_values_say_whether_they_are_all() {
    let persons = |count: usize, tail: &str| -> FieldValue {
        let person =
            r#"{"id":1,"firstName":null,"lastName":null,"primaryEmailAddress":null,"type":"internal"}"#;
        from_str(&format!(r#"{{"type":"person-multi","data":[{}]{tail}}}"#, vec![person; count].join(",")))
            .unwrap()
    };
    let complete = |value: FieldValue| match value {
        FieldValue::PersonMulti(persons) => persons.is_complete(),
        other => panic!("{other:?}"),
    };
    assert_eq!(complete(persons(99, "")), Some(true));
    assert_eq!(complete(persons(100, "")), None, "cut at 100 without a mark in this version");
    assert_eq!(complete(persons(100, r#","totalCount":150"#)), Some(false));
    assert_eq!(complete(persons(100, r#","totalCount":100"#)), Some(true));
}

#[test]
fn whole_numbers_stay_whole_and_fractions_stay_exact() {
    for number in ["0", "-3", "2500000", "0.1", "1e300", "9007199254740991"] {
        let read = read("number", number);
        let back: f64 = to_value(&read).unwrap()["data"].as_f64().unwrap();
        assert_eq!(back.to_bits(), number.parse::<f64>().unwrap().to_bits(), "{number}");
    }
    assert_eq!(
        serde_json::to_string(&read("number", "2500000")).unwrap(),
        r#"{"type":"number","data":2500000}"#
    );
}
