//! Persons.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use affinity_core::{CompanyId, Error, FieldValueId, ListEntryId, OpportunityId, PersonId};
use affinity_v1::{InteractionDate, Period, Person, PersonKind};
use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use httpmock::MockServer;
use serde_json::{Value, json};

use crate::pinned::{REFUSAL, SUCCESS, delete, get, post, put};
use crate::support::client;

const JUNO: PersonId = PersonId::new(310_552);

/// All that can come.
const WHOLE: &str = r#"{
    "id": 310552, "type": 0, "first_name": "Juno", "last_name": "Adeyar", "primary_email": "juno@tessel.example",
    "emails": ["juno@tessel.example", "j.adeyar@mail.example"], "organization_ids": [640118],
    "opportunity_ids": [7741], "current_organization_ids": [640118], "phone_numbers": null,
    "list_entries": [{"id": 771340, "list_id": 5131, "creator_id": 90412, "entity_id": 310552,
        "created_at": "2024-03-06T10:01:07.000-08:00"}],
    "interaction_dates": {
        "first_email_date": "2023-11-02T07:12:45.328-08:00", "last_email_date": "2024-03-04T05:06:07.890-08:00",
        "first_event_date": null, "last_event_date": null, "next_event_date": "2024-03-20T09:00:00.000-07:00",
        "last_chat_message_date": null, "last_interaction_date": "2024-03-04T05:06:07.890-08:00"
    },
    "interactions": {
        "first_email": {"date": "2023-11-02T07:12:45.328-08:00", "person_ids": [90412]},
        "last_event": null, "next_event": {"date": null},
        "last_interaction": {"date": "2024-03-04T05:06:07.890-08:00", "person_ids": null}
    },
    "field_values": [{"id": 3204417731, "field_id": 12, "list_entry_id": null, "value": "Engineer"}]
}"#;

/// As short as it can be.
fn short(id: u64) -> String {
    format!(
        r#"{{"id": {id}, "type": 2, "first_name": null, "last_name": null, "primary_email": null, "emails": null}}"#
    )
}

fn page(ids: &[u64], token: &str) -> String {
    let persons: Vec<_> = ids.iter().map(|id| short(*id)).collect();
    format!(r#"{{"persons": [{}], "next_page_token": {token}}}"#, persons.join(","))
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn numbers(persons: &[Person]) -> Vec<u64> {
    persons.iter().map(|person| person.id.get()).collect()
}

#[tokio::test]
async fn persons_come_in_pages_and_every_page_is_asked_for_alike() {
    let server = MockServer::start_async().await;
    let ask = || get("/persons").query("term", "juno").query("page_size", "2");
    let last = ask().query("page_token", "p2").answers(&server, 200, r#"{"persons": []}"#).await;
    let middle = ask().query("page_token", "p1").answers(&server, 200, &page(&[3], r#""p2""#)).await;
    let first = ask().answers(&server, 200, &page(&[1, 2], r#""p1""#)).await;
    let found = client(&server).persons().list().term("ines").term("juno").page_size(2).stream();
    assert_eq!(numbers(&found.try_collect::<Vec<_>>().await.unwrap()), [1, 2, 3]);
    for call in [first, middle, last] {
        call.assert_async().await;
    }
}

#[tokio::test]
async fn persons_can_come_with_more_and_be_narrowed_by_dates() {
    let server = MockServer::start_async().await;
    let call = get("/persons")
        .query("with_interaction_dates", "true")
        .query("with_interaction_persons", "true")
        .query("with_opportunities", "true")
        .query("with_current_organizations", "true")
        .query("min_last_email_date", "2024-01-01T00:00:00Z")
        .query("max_last_email_date", "2024-02-01T00:00:00.500Z")
        .query("max_next_event_date", "2024-03-01T00:00:00Z")
        .query("min_first_event_date", "2023-01-01T00:00:00Z")
        .answers(&server, 200, &page(&[1], "null"))
        .await;
    let (start, end) = (instant("2024-01-01T00:00:00Z"), instant("2024-02-01T01:00:00.5+01:00"));
    let list = client(&server).persons().list().interaction_persons().opportunities().current_organizations();
    let list = list.interacted(InteractionDate::LastEmail, Period::between(start, end));
    let list = list.interacted(InteractionDate::NextEvent, Period::since(start));
    let list = list.interacted(InteractionDate::NextEvent, Period::until(instant("2024-03-01T00:00:00Z")));
    let first_event = Period::since(instant("2023-01-01T00:00:00Z"));
    let page = list.interacted(InteractionDate::FirstEvent, first_event).send().await.unwrap();
    assert_eq!(numbers(&page.items), [1]);
    call.assert_async().await;
}

#[tokio::test]
async fn a_period_that_ends_before_it_starts_is_refused() {
    let server = MockServer::start_async().await;
    let period = Period::between(instant("2024-01-02T00:00:00Z"), instant("2024-01-01T00:00:00Z"));
    let list = client(&server).persons().list().interacted(InteractionDate::FirstEmail, period);
    assert!(list.send().await.unwrap_err().is_input());
}

#[tokio::test]
async fn a_token_with_other_parameters_is_the_servers_to_refuse() {
    let server = MockServer::start_async().await;
    let refusal = r#"["Invalid page_token variable"]"#;
    get("/persons").answers(&server, 422, refusal).await;
    let error = client(&server).persons().list().send().await.unwrap_err();
    assert_eq!(error.messages().collect::<Vec<_>>(), ["Invalid page_token variable"]);
}

#[tokio::test]
async fn a_whole_person_is_read() {
    let server = MockServer::start_async().await;
    let call = get("/persons/310552")
        .query("with_interaction_dates", "true")
        .query("with_interaction_persons", "true")
        .query("with_opportunities", "true")
        .query("with_current_organizations", "true")
        .answers(&server, 200, WHOLE)
        .await;
    let get = client(&server).persons().get(JUNO).interaction_persons().interaction_dates();
    let person = get.opportunities().current_organizations().send().await.unwrap();
    call.assert_async().await;
    assert_eq!((person.id, person.kind), (JUNO, PersonKind::External));
    assert_eq!((person.first_name.as_deref(), person.last_name.as_deref()), (Some("Juno"), Some("Adeyar")));
    assert_eq!(person.primary_email.as_deref(), Some("juno@tessel.example"));
    assert_eq!(person.emails, ["juno@tessel.example", "j.adeyar@mail.example"]);
    assert_eq!(person.organization_ids, Some(vec![CompanyId::new(640_118)]));
    assert_eq!(person.current_organization_ids, Some(vec![CompanyId::new(640_118)]));
    assert_eq!(person.opportunity_ids, Some(vec![OpportunityId::new(7741)]));
    let entry = &person.list_entries.unwrap()[0];
    assert_eq!((entry.id, &entry.entity), (ListEntryId::new(771_340), &None));
    let dates = person.interaction_dates.unwrap();
    assert_eq!(dates.first_email_date, Some(instant("2023-11-02T15:12:45.328Z")));
    assert_eq!(dates.last_email_date, dates.last_interaction_date);
    assert_eq!(
        (dates.first_event_date, dates.last_event_date, dates.last_chat_message_date),
        (None, None, None)
    );
    assert_eq!(dates.next_event_date, Some(instant("2024-03-20T16:00:00Z")));
    let points = person.interactions.unwrap();
    assert_eq!(points.first_email.unwrap().person_ids, Some(vec![PersonId::new(90_412)]));
    let last = points.last_interaction.unwrap();
    assert_eq!((last.date, last.person_ids), (dates.last_interaction_date, None));
    assert_eq!(
        (points.last_event, points.next_event.unwrap().date, points.last_chat_message),
        (None, None, None)
    );
    let value = &person.field_values.unwrap()[0];
    assert_eq!((value.id, value.entity_id), (FieldValueId::new(3_204_417_731), None));
}

#[tokio::test]
async fn a_person_of_nulls_is_read() {
    let server = MockServer::start_async().await;
    let call = get("/persons/310552").answers(&server, 200, &short(310_552)).await;
    let person = client(&server).persons().get(JUNO).send().await.unwrap();
    call.assert_async().await;
    assert_eq!((person.kind, person.first_name), (PersonKind::Collaborator, None));
    assert!(person.emails.is_empty() && person.organization_ids.is_none() && person.list_entries.is_none());
    assert!(person.interaction_dates.is_none() && person.interactions.is_none());
}

#[tokio::test]
async fn a_person_that_was_merged_away_names_the_other() {
    let server = MockServer::start_async().await;
    let refusal = r#"{"errors":[{"message":"310552 no longer exists as it has been merged into 310553"}]}"#;
    get("/persons/310552").answers(&server, 422, refusal).await;
    let error = client(&server).persons().get(JUNO).send().await.unwrap_err();
    assert_eq!(error.merged_away().unwrap().into, 310_553);
}

#[tokio::test]
async fn a_person_is_created_and_no_addresses_are_said_so() {
    let server = MockServer::start_async().await;
    let body = json!({"first_name": "Juno", "last_name": "Adeyar", "emails": []});
    let call = post("/persons", body).answers(&server, 200, WHOLE).await;
    let persons = client(&server).persons();
    let create = persons.create("Juno", "Adeyar", Vec::<String>::new()).organizations([]);
    assert_eq!(create.send().await.unwrap().id, JUNO);
    call.assert_async().await;
}

#[tokio::test]
async fn a_person_is_created_in_organizations() {
    let server = MockServer::start_async().await;
    let body = json!({
        "first_name": "Juno", "last_name": "Adeyar", "emails": ["juno@tessel.example"], "organization_ids": [2, 3]
    });
    let call = post("/persons", body).answers(&server, 200, WHOLE).await;
    let create = client(&server).persons().create("Juno", "Adeyar", ["juno@tessel.example"]);
    let create = create.organizations([CompanyId::new(1)]);
    create.organizations([CompanyId::new(2), CompanyId::new(3)]).send().await.unwrap();
    call.assert_async().await;
}

#[tokio::test]
async fn an_address_of_somebody_else_is_refused_by_the_server() {
    let server = MockServer::start_async().await;
    let body = json!({"first_name": "Juno", "last_name": "Adeyar", "emails": ["ines@tessel.example"]});
    post("/persons", body).answers(&server, 422, REFUSAL).await;
    let create = client(&server).persons().create("Juno", "Adeyar", ["ines@tessel.example"]);
    let error = create.send().await.unwrap_err();
    assert_eq!(error.operation(), Some("v1_create_person"));
    assert!(!format!("{error:?}").contains("ines"));
}

#[tokio::test]
async fn blank_addresses_and_ids_that_cannot_be_are_refused() {
    let server = MockServer::start_async().await;
    let persons = client(&server).persons();
    assert!(persons.create("Juno", "Adeyar", [" "]).send().await.unwrap_err().is_input());
    let create = persons.create("Juno", "Adeyar", ["juno@tessel.example"]).organizations([CompanyId::new(0)]);
    assert!(create.send().await.unwrap_err().is_input());
}

#[tokio::test]
async fn an_update_sends_what_was_set_and_replaces_lists() {
    let server = MockServer::start_async().await;
    let body = json!({
        "first_name": "Juno", "last_name": "Adeyar", "emails": ["juno@tessel.example"], "organization_ids": []
    });
    let call = put("/persons/310552", body).answers(&server, 200, WHOLE).await;
    let update = client(&server).persons().update(JUNO).first_name("June").first_name("Juno");
    let update = update.last_name("Adeyar").replace_emails(["juno@tessel.example"]).replace_organizations([]);
    assert_eq!(update.send().await.unwrap().first_name.as_deref(), Some("Juno"));
    call.assert_async().await;
}

#[tokio::test]
async fn an_update_of_nothing_is_refused() {
    let server = MockServer::start_async().await;
    assert!(client(&server).persons().update(JUNO).send().await.unwrap_err().is_input());
}

#[tokio::test]
async fn an_update_that_the_server_refuses_is_an_error() {
    let server = MockServer::start_async().await;
    put("/persons/310552", json!({"first_name": "Juno"})).answers(&server, 403, "").await;
    let update = client(&server).persons().update(JUNO).first_name("Juno");
    assert!(update.send().await.unwrap_err().is_forbidden());
}

#[tokio::test]
async fn addresses_are_added_to_those_that_are_there() {
    let server = MockServer::start_async().await;
    let read = get("/persons/310552").answers(&server, 200, WHOLE).await;
    let emails = json!({"emails": ["juno@tessel.example", "j.adeyar@mail.example", "juno@new.example"]});
    let write = put("/persons/310552", emails).answers(&server, 200, &short(310_552)).await;
    let persons = client(&server).persons();
    let added = ["JUNO@tessel.example", "juno@new.example", "Juno@New.example"];
    let person = persons.append_emails(JUNO, added).send().await.unwrap();
    read.assert_async().await;
    write.assert_async().await;
    assert_eq!(person.kind, PersonKind::Collaborator);
}

#[tokio::test]
async fn nothing_is_written_where_nothing_is_new() {
    let server = MockServer::start_async().await;
    let read = get("/persons/310552").answers(&server, 200, WHOLE).await;
    let persons = client(&server).persons();
    assert_eq!(persons.append_emails(JUNO, ["juno@tessel.example"]).send().await.unwrap().emails.len(), 2);
    assert_eq!(persons.append_organizations(JUNO, [CompanyId::new(640_118)]).send().await.unwrap().id, JUNO);
    read.assert_calls_async(2).await;
}

#[tokio::test]
async fn organizations_are_added_to_those_that_are_there() {
    let server = MockServer::start_async().await;
    get("/persons/310552").answers(&server, 200, WHOLE).await;
    let body = json!({"organization_ids": [640118, 7]});
    let write = put("/persons/310552", body).answers(&server, 200, WHOLE).await;
    let added = [CompanyId::new(7), CompanyId::new(7), CompanyId::new(640_118)];
    client(&server).persons().append_organizations(JUNO, added).send().await.unwrap();
    write.assert_async().await;
}

#[tokio::test]
async fn nothing_is_replaced_where_it_is_not_known_what_is_there() {
    let server = MockServer::start_async().await;
    get("/persons/310552").answers(&server, 200, &short(310_552)).await;
    let write = put("/persons/310552", json!({"organization_ids": [7]})).answers(&server, 200, WHOLE).await;
    let error =
        client(&server).persons().append_organizations(JUNO, [CompanyId::new(7)]).send().await.unwrap_err();
    assert!(error.is_decode());
    assert_eq!(error.path(), Some("organization_ids"));
    write.assert_calls_async(0).await;
}

#[tokio::test]
async fn a_person_is_deleted() {
    let server = MockServer::start_async().await;
    let call = delete("/persons/310552").answers(&server, 200, SUCCESS).await;
    client(&server).persons().delete(JUNO).send().await.unwrap();
    call.assert_async().await;
    delete("/persons/1").answers(&server, 404, REFUSAL).await;
    assert!(client(&server).persons().delete(PersonId::new(1)).send().await.unwrap_err().is_not_found());
}

/// Appends to a person who comes like this, and tells what was written, or why nothing was.
async fn append(emails: &str, primary: &str, added: &str) -> Result<Option<Value>, Error> {
    let server = MockServer::start_async().await;
    let person = format!(r#"{{"id": 310552, "type": 0, "primary_email": {primary}{emails}}}"#);
    get("/persons/310552").answers(&server, 200, &person).await;
    let written = Arc::new(Mutex::new(None));
    let kept = written.clone();
    let write = server.mock_async(move |when, then| {
        when.method("PUT").is_true(move |request| {
            *kept.lock().unwrap() = serde_json::from_slice(request.body_ref()).ok();
            true
        });
        then.status(200).body(WHOLE);
    });
    let write = write.await;
    let appended = client(&server).persons().append_emails(JUNO, [added]).send().await;
    let written = written.lock().unwrap().take();
    write.assert_calls_async(usize::from(written.is_some())).await;
    match appended {
        Ok(_) => Ok(written),
        Err(error) => {
            assert_eq!(written, None);
            Err(error)
        }
    }
}

#[tokio::test]
async fn no_address_is_wiped_where_it_is_not_known_which_there_are() {
    for emails in ["", r#", "emails": null"#, r#", "emails": []"#, r#", "emails": [" "]"#] {
        let error = append(emails, r#""juno@tessel.example""#, "juno@new.example").await.unwrap_err();
        assert!(error.is_decode(), "{emails}: {error}");
        assert_eq!((error.path(), error.operation()), (Some("emails"), Some("v1_get_person")));
    }
    for emails in ["", r#", "emails": null"#] {
        assert!(append(emails, "null", "juno@new.example").await.unwrap_err().is_decode(), "{emails}");
    }
}

#[tokio::test]
async fn the_main_address_stays_even_if_the_list_lacks_it() {
    let emails = r#", "emails": ["j.adeyar@mail.example", " ", ""]"#;
    let written = append(emails, r#""juno@tessel.example""#, "juno@new.example").await.unwrap();
    let all = ["juno@tessel.example", "j.adeyar@mail.example", "juno@new.example"];
    assert_eq!(written, Some(json!({"emails": all})));
    let emails = r#", "emails": ["Juno@tessel.example"]"#;
    let written = append(emails, r#""juno@tessel.example""#, "juno@new.example").await.unwrap();
    assert_eq!(written, Some(json!({"emails": ["Juno@tessel.example", "juno@new.example"]})));
    let written = append(r#", "emails": []"#, r#""""#, "juno@new.example").await.unwrap();
    assert_eq!(written, Some(json!({"emails": ["juno@new.example"]})));
}

#[tokio::test]
async fn what_cannot_be_appended_is_refused_before_anything_is_read() {
    let server = MockServer::start_async().await;
    let read = get("/persons/310552").answers(&server, 200, WHOLE).await;
    let persons = client(&server).persons();
    let email = persons.append_emails(JUNO, ["juno@new.example", " "]).send().await.unwrap_err();
    let id = persons.append_organizations(JUNO, [CompanyId::new(0)]).send().await.unwrap_err();
    assert!(email.is_input() && id.is_input(), "{email} {id}");
    read.assert_calls_async(0).await;
}

#[tokio::test]
async fn a_cursor_is_taken_back_whatever_the_order_of_the_setters() {
    let server = MockServer::start_async().await;
    let ask = || get("/persons").query("term", "juno").query("with_opportunities", "true");
    ask().answers(&server, 200, &page(&[1], r#""p1""#)).await;
    let rest = ask().query("page_token", "p1").query("page_size", "500");
    let rest = rest.answers(&server, 200, &page(&[2], "null")).await;
    let list = client(&server).persons().list();
    let cursor = list.clone().term("juno").opportunities().send().await.unwrap().next.unwrap();
    let narrower = list.clone().term("juno").opportunities().page_size(499).resume_from(cursor.clone());
    assert!(narrower.send().await.unwrap_err().is_input());
    let again = list.page_size(499).page_size(500).opportunities().term("juno").resume_from(cursor);
    assert_eq!(numbers(&again.send().await.unwrap().items), [2]);
    rest.assert_async().await;
}

#[tokio::test]
async fn what_is_set_again_is_no_longer_refused() {
    let server = MockServer::start_async().await;
    let body = json!({"first_name": "Juno", "emails": ["juno@tessel.example"], "organization_ids": [7]});
    let write = put("/persons/310552", body).answers(&server, 200, WHOLE).await;
    get("/persons").query("page_size", "10").answers(&server, 200, &page(&[1], "null")).await;
    let persons = client(&server).persons();
    let _ = persons.list().page_size(0).page_size(10).send().await.unwrap();
    assert!(persons.list().page_size(10).page_size(0).send().await.unwrap_err().is_input());
    let update = persons.update(JUNO).replace_emails([""]).replace_organizations([CompanyId::new(0)]);
    let update = update.first_name("Juno").replace_emails(["juno@tessel.example"]);
    assert!(update.clone().send().await.unwrap_err().to_string().contains("organization_ids"));
    let zero = [CompanyId::new(0), CompanyId::new(7)];
    assert!(update.clone().replace_organizations(zero).send().await.unwrap_err().is_input());
    update.replace_organizations([CompanyId::new(7)]).send().await.unwrap();
    write.assert_async().await;
}

#[tokio::test]
async fn an_item_that_cannot_be_read_is_named_by_the_key_it_came_under() {
    let server = MockServer::start_async().await;
    let item = r#"{"id": 1, "type": 0, "first_name": 7}"#;
    let answer = get("/persons").answers(&server, 200, &format!(r#"{{"persons": [{item}]}}"#)).await;
    let list = client(&server).persons().list();
    let page = list.clone().send().await.unwrap();
    assert_eq!(page.failures[0].error.path(), Some("persons[0].first_name"));
    answer.delete_async().await;
    get("/persons").answers(&server, 200, &format!("[{item}]")).await;
    assert_eq!(list.send().await.unwrap().failures[0].error.path(), Some("[0].first_name"));
}

#[tokio::test]
async fn a_list_that_is_none_is_named_by_its_key() {
    let server = MockServer::start_async().await;
    let answer = get("/persons").answers(&server, 200, r#"{"persons": {"id": 1}}"#).await;
    let list = client(&server).persons().list();
    assert_eq!(list.clone().send().await.unwrap_err().path(), Some("persons"));
    answer.delete_async().await;
    get("/persons").answers(&server, 200, r#"{"persons": [], "next_page_token": 7}"#).await;
    assert_eq!(list.send().await.unwrap_err().path(), Some("next_page_token"));
}

#[tokio::test]
async fn a_period_in_years_that_four_digits_cannot_say_is_refused() {
    let server = MockServer::start_async().await;
    get("/persons").query("min_last_event_date", "2024-01-01T00:00:00Z").answers(&server, 200, "[]").await;
    let list = client(&server).persons().list();
    let ask = |period| list.clone().interacted(InteractionDate::LastEvent, period);
    for period in [Period::since(DateTime::<Utc>::MAX_UTC), Period::until(DateTime::<Utc>::MIN_UTC)] {
        let error = ask(period).send().await.unwrap_err();
        assert!(error.is_input(), "{error}");
        let right = Period::since(instant("2024-01-01T00:00:00Z"));
        let _ = ask(period).interacted(InteractionDate::LastEvent, right).send().await.unwrap();
    }
}

#[tokio::test]
async fn appending_owns_what_it_needs() {
    let server = MockServer::start_async().await;
    get("/persons/310552").answers(&server, 200, WHOLE).await;
    let append = client(&server).persons().append_emails(JUNO, [&*String::from("juno@tessel.example")]);
    assert!(!format!("{append:?}").contains("juno"));
    assert_eq!(tokio::spawn(append.send()).await.unwrap().unwrap().id, JUNO);
}

#[tokio::test]
async fn the_time_of_appending_is_that_of_both_calls() {
    let server = MockServer::start_async().await;
    let slow = Duration::from_millis(600);
    let read = server.mock_async(|when, then| {
        when.method("GET");
        then.status(200).delay(slow).body(WHOLE);
    });
    let write = server.mock_async(|when, then| {
        when.method("PUT");
        then.status(200).delay(slow).body(WHOLE);
    });
    let (read, _write) = (read.await, write.await);
    let persons = client(&server).persons();
    let append = || persons.append_organizations(JUNO, [CompanyId::new(7)]);
    let error = append().with_timeout(Duration::from_millis(900)).send().await.unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(error.operation(), Some("v1_update_person"));
    read.assert_async().await;
    append().with_timeout(Duration::from_secs(30)).send().await.unwrap();
}
