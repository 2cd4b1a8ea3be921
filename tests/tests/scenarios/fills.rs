//! Each model takes every property of its documented form: what goes in comes out again.

use affinity::raw::{ListEntryWithEntity, Paged, types};
use affinity_tests::TagPlace;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, from_str, to_value};

const PERSON: &str = r#"{"id":4021,"firstName":"Ines","lastName":"Falk","primaryEmailAddress":"ines@quillfern.example","type":"internal"}"#;

#[track_caller]
fn fills<T: Serialize + DeserializeOwned>(text: &str) {
    let read: T = from_str(text).unwrap();
    assert_eq!(to_value(&read).unwrap(), from_str::<Value>(text).unwrap());
}

#[test]
fn who_am_i() {
    fills::<types::WhoAmI>(
        r#"{"tenant":{"id":77,"name":"Quillfern","subdomain":"quillfern"},
            "user":{"id":4021,"firstName":"Ines","lastName":"Falk","emailAddress":"ines@quillfern.example"},
            "grant":{"type":"api-key","scopes":["api"],"createdAt":"2024-11-05T08:12:44Z"}}"#,
    );
}

#[test]
fn lists_views_and_fields() {
    fills::<types::List>(r#"{"id":64,"name":"Deals","creatorId":1,"ownerId":2,"isPublic":true}"#);
    fills::<types::ListWithType>(
        r#"{"id":64,"name":"Deals","creatorId":1,"ownerId":2,"isPublic":true,"type":"opportunity"}"#,
    );
    fills::<types::SavedView>(r#"{"id":7,"name":"Won","type":"sheet","createdAt":"2024-11-05T08:12:44Z"}"#);
    fills::<types::FieldMetadata>(
        r#"{"id":"field-901","name":"Fit","type":"enriched","enrichmentSource":"dealroom","valueType":"dropdown"}"#,
    );
}

#[test]
fn entities() {
    let field = affinity_tests::field("field-1", "text", r#""as ever""#, TagPlace::First);
    fills::<types::Company>(&format!(
        r#"{{"id":1,"name":"Tessel","domain":"tessel.example","domains":["tessel.example"],"isGlobal":true,"fields":[{field}]}}"#
    ));
    fills::<types::Person>(&format!(
        r#"{{"id":1,"firstName":"Odd","lastName":"Vik","primaryEmailAddress":"o@v.example","emailAddresses":["o@v.example"],"type":"external","fields":[{field}]}}"#
    ));
    fills::<types::Opportunity>(r#"{"id":310,"name":"Larkspur","listId":64}"#);
    fills::<types::OpportunityWithFields>(&format!(
        r#"{{"id":310,"name":"Larkspur","listId":64,"fields":[{field}]}}"#
    ));
}

#[test]
fn rows() {
    let field = affinity_tests::field("field-1", "text", r#""as ever""#, TagPlace::First);
    fills::<ListEntryWithEntity>(&affinity_tests::list_entry(7, &field, TagPlace::Last));
    fills::<types::ListEntry>(&format!(
        r#"{{"id":7,"listId":64,"createdAt":"2025-03-01T10:00:00Z","creatorId":4021,"fields":[{field}]}}"#
    ));
    for (kind, entity) in [
        ("company", r#"{"id":1,"name":"T","domain":null,"domains":[],"isGlobal":true}"#.to_owned()),
        ("person", format!(r#"{},"emailAddresses":[]}}"#, PERSON.trim_end_matches('}'))),
    ] {
        fills::<ListEntryWithEntity>(&format!(
            r#"{{"id":7,"type":"{kind}","listId":64,"createdAt":"2025-03-01T10:00:00Z","creatorId":4021,"entity":{entity}}}"#
        ));
    }
}

#[test]
fn emails_and_meetings() {
    let attendee = format!(r#"{{"emailAddress":"ines@quillfern.example","person":{PERSON}}}"#);
    let preview = format!(r#"{{"data":[{attendee}],"totalCount":1}}"#);
    fills::<types::LoggedEmail>(&format!(
        r#"{{"id":1,"sentAt":"2025-03-01T10:00:00Z","loggingType":"automated","direction":"sent","subject":"Terms","createdAt":"2025-03-01T10:00:00Z","updatedAt":"2025-03-01T10:00:01Z","from":{attendee},"toParticipantsPreview":{preview},"ccParticipantsPreview":{preview}}}"#
    ));
    fills::<types::LoggedMeeting>(&format!(
        r#"{{"id":1,"loggingType":"manual","title":"Board","startTime":"2025-03-01T10:00:00Z","endTime":"2025-03-01T11:00:00Z","allDay":false,"creator":{attendee},"organizer":{attendee},"createdAt":"2025-03-01T10:00:00Z","updatedAt":"2025-03-01T10:00:01Z","attendeesPreview":{preview}}}"#
    ));
}

#[test]
fn merges() {
    let task = "0f0f0f0f-0000-4000-8000-000000000001";
    fills::<types::CompanyMergeState>(&format!(
        r#"{{"id":1,"status":"failed","taskId":"{task}","startedAt":"2025-03-01T10:00:00Z","primaryCompanyId":2,"duplicateCompanyId":3,"completedAt":"2025-03-01T10:00:09Z","errorMessage":"gone"}}"#
    ));
    fills::<types::PersonMergeState>(&format!(
        r#"{{"id":1,"status":"success","taskId":"{task}","startedAt":"2025-03-01T10:00:00Z","primaryPersonId":2,"duplicatePersonId":3,"completedAt":null,"errorMessage":null}}"#
    ));
    fills::<types::CompanyMergeTask>(&format!(
        r#"{{"id":"{task}","status":"in-progress","resultsSummary":{{"total":1,"inProgress":1,"success":0,"failed":0}}}}"#
    ));
}

#[test]
fn pages() {
    fills::<Paged<types::Opportunity>>(
        r#"{"data":[{"id":310,"name":"Larkspur","listId":64}],"pagination":{"prevUrl":"/a","nextUrl":"/b","totalCount":3}}"#,
    );
}
