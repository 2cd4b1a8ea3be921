//! Reminders.

use std::sync::Arc;
use std::time::{Duration, Instant};

use affinity_core::{CompanyId, OpportunityId, PersonId, ReminderId, Timer, Transport};
use affinity_v1::{
    Client, Due, EntityRef, Reminder, ReminderKind, ReminderReset, ReminderSchedule, ReminderStatus,
    Reminders,
};
use chrono::{DateTime, NaiveDate, Utc};
use futures::future::{BoxFuture, ready};
use httpmock::MockServer;
use serde_json::json;

use crate::pinned::{REFUSAL, SUCCESS, delete, get, post, put};
use crate::support::client;

const RECURRING: &str = r#"{
    "id": 20417, "type": 1, "created_at": "2024-03-08T09:00:00.100-08:00", "completed_at": null,
    "content": "Check in about the pilot", "due_date": "2024-04-07T00:00:00.000-07:00", "reset_type": 0,
    "reminder_days": 30, "status": 1, "creator": {"id": 90412, "type": 1}, "owner": {"id": 90417, "type": 1},
    "completer": null, "person": null, "opportunity": null,
    "organization": {"id": 640118, "name": "Tessel Robotics", "domain": "tessel.example", "domains": ["tessel.example"], "crunchbase_uuid": null, "global": false}
}"#;

const ONE_TIME: &str = r#"{
    "id": 20418, "type": 0, "created_at": "2024-03-08T09:00:00.100-08:00", "completed_at": "2024-03-09T09:00:00Z",
    "content": null, "due_date": "2024-12-05T00:00:00.000-08:00", "reset_type": null, "reminder_days": null, "status": 0,
    "creator": {"id": 90412, "type": 1}, "owner": {"id": 90412, "type": 1}, "completer": {"id": 90412, "type": 1},
    "person": null, "organization": null, "opportunity": {"id": 7741, "name": "Seed"}
}"#;

const ID: ReminderId = ReminderId::new(20_417);
const OWNER: PersonId = PersonId::new(90_412);

fn reminders(server: &MockServer) -> Reminders {
    client(server).reminders()
}

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2024, 12, 5).unwrap()
}

fn read(json: &str) -> Reminder {
    serde_json::from_str(json).unwrap()
}

#[tokio::test]
async fn reminders_are_listed() {
    let server = MockServer::start_async().await;
    let answer = format!(r#"{{"reminders": [{RECURRING}, {ONE_TIME}], "next_page_token": null}}"#);
    let call = get("/reminders").answers(&server, 200, &answer).await;
    let items = reminders(&server).list().send().await.unwrap().into_items().unwrap();
    call.assert_async().await;
    assert_eq!((items[0].kind, items[0].status), (ReminderKind::Recurring, ReminderStatus::Active));
    assert_eq!(items[0].about(), Some(EntityRef::Organization(CompanyId::new(640_118))));
    assert_eq!(items[0].owner.as_ref().map(|owner| owner.id), Some(PersonId::new(90_417)));
    assert_eq!(items[0].content.as_deref(), Some("Check in about the pilot"));
    assert_eq!(items[1].about(), Some(OpportunityId::new(7741).into()));
    assert_eq!((items[1].kind, items[1].status), (ReminderKind::OneTime, ReminderStatus::Completed));
    assert!(items[1].completed_at.is_some() && items[1].completer.is_some() && items[1].reset.is_none());
}

#[tokio::test]
async fn a_list_is_narrowed_by_whom_and_when() {
    let server = MockServer::start_async().await;
    let call = get("/reminders")
        .query("person_id", "1")
        .query("organization_id", "2")
        .query("opportunity_id", "3")
        .query("creator_id", "4")
        .query("owner_id", "5")
        .query("completer_id", "6")
        .query("status", "2")
        .query("due_before", "2024-12-05")
        .query("due_after", "2024-01-01T00:00:00Z")
        .answers(&server, 200, r#"{"reminders": []}"#)
        .await;
    let after: DateTime<Utc> = "2024-01-01T00:00:00Z".parse().unwrap();
    let list = reminders(&server).list().person(PersonId::new(1)).company(CompanyId::new(2));
    let list = list.opportunity(OpportunityId::new(3)).creator(PersonId::new(4)).owner(PersonId::new(5));
    let list = list.completer(PersonId::new(6)).status(ReminderStatus::Overdue);
    assert!(list.due_before(day()).due_after(after).send().await.unwrap().items.is_empty());
    call.assert_async().await;
}

#[tokio::test]
async fn a_list_of_recurring_ones_says_what_puts_them_off() {
    let server = MockServer::start_async().await;
    let call = get("/reminders").query("type", "1").query("reset_type", "2");
    let call = call.answers(&server, 200, r#"{"reminders": []}"#).await;
    let list = reminders(&server).list().one_time().recurring(ReminderReset::Meeting);
    assert!(list.send().await.unwrap().items.is_empty());
    call.assert_async().await;
}

#[tokio::test]
async fn a_list_of_those_due_once_does_not() {
    let server = MockServer::start_async().await;
    let call = get("/reminders").query("type", "0").answers(&server, 200, r#"{"reminders": []}"#).await;
    let list = reminders(&server).list().recurring(ReminderReset::Email).one_time();
    assert!(list.send().await.unwrap().items.is_empty());
    call.assert_async().await;
}

#[tokio::test]
async fn one_reminder_is_read() {
    let server = MockServer::start_async().await;
    let call = get("/reminders/20417").answers(&server, 200, RECURRING).await;
    assert_eq!(reminders(&server).get(ID).send().await.unwrap().id, ID);
    call.assert_async().await;
}

#[tokio::test]
async fn one_that_is_not_there_is_not_found() {
    let server = MockServer::start_async().await;
    get("/reminders/20417").answers(&server, 404, REFUSAL).await;
    assert!(reminders(&server).get(ID).send().await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn one_that_is_due_once_is_created() {
    let server = MockServer::start_async().await;
    let body = json!({"owner_id": 90412, "type": 0, "due_date": "2024-12-05", "opportunity_id": 7741, "content": "Call"});
    let call = post("/reminders", body).answers(&server, 200, ONE_TIME).await;
    let create =
        reminders(&server).create(OWNER, OpportunityId::new(7741), ReminderSchedule::one_time(day()));
    create.content("Call").send().await.unwrap();
    call.assert_async().await;
}

#[tokio::test]
async fn one_that_recurs_is_created() {
    let server = MockServer::start_async().await;
    let body = json!({
        "owner_id": 90412, "type": 1, "reset_type": 0, "reminder_days": 30, "person_id": 310552, "is_completed": 0
    });
    let call = post("/reminders", body).answers(&server, 200, RECURRING).await;
    let schedule = ReminderSchedule::recurring(ReminderReset::Interaction, 30);
    let create = reminders(&server).create(OWNER, PersonId::new(310_552), schedule).completed(false);
    create.send().await.unwrap();
    call.assert_async().await;
}

#[tokio::test]
async fn one_that_recurs_every_0_days_is_refused() {
    let server = MockServer::start_async().await;
    let schedule = ReminderSchedule::recurring(ReminderReset::Email, 0);
    let error = reminders(&server).create(OWNER, OWNER, schedule).send().await.unwrap_err();
    assert!(error.is_input() && error.to_string().contains("days:"), "{error}");
}

#[tokio::test]
async fn an_update_says_when_it_is_due_every_time() {
    let server = MockServer::start_async().await;
    let body = json!({"type": 1, "reset_type": 0, "reminder_days": 30, "content": "Call", "owner_id": 90417});
    let call = put("/reminders/20417", body).answers(&server, 200, RECURRING).await;
    let schedule = read(RECURRING).schedule().unwrap();
    let update = reminders(&server).update(ID, schedule).content("Call").owner(PersonId::new(90_417));
    update.send().await.unwrap();
    call.assert_async().await;
}

#[tokio::test]
async fn an_update_of_one_that_is_due_once_says_when() {
    let server = MockServer::start_async().await;
    let body = json!({"type": 0, "due_date": "2024-12-05T08:00:00Z", "is_completed": 1});
    let call = put("/reminders/20418", body).answers(&server, 200, ONE_TIME).await;
    let schedule = read(ONE_TIME).schedule().unwrap();
    reminders(&server).update(ReminderId::new(20_418), schedule).completed(true).send().await.unwrap();
    call.assert_async().await;
}

#[derive(Debug)]
struct NoWait;

impl Timer for NoWait {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(ready(()))
    }
}

#[tokio::test]
async fn completing_is_not_repeated_when_it_may_have_been_done() {
    let server = MockServer::start_async().await;
    let any = server.mock_async(|when, then| drop((when.method("PUT"), then.status(503)))).await;
    let transport = Transport::builder().api_key("sesame").base_url(server.base_url()).attempts(2);
    let transport = transport.timer(Arc::new(NoWait)).build().unwrap();
    let reminders = Client::over(Arc::new(transport)).reminders();
    let schedule = ReminderSchedule::recurring(ReminderReset::Email, 7);
    let error = reminders.update(ID, schedule).completed(true).send().await.unwrap_err();
    assert!(error.is_outcome_unknown(), "{error}");
    any.assert_calls_async(1).await;
    reminders.update(ID, schedule).completed(false).send().await.unwrap_err();
    any.assert_calls_async(3).await;
}

#[tokio::test]
async fn content_is_not_made_empty() {
    let server = MockServer::start_async().await;
    let update = reminders(&server).update(ID, ReminderSchedule::one_time(day())).content(" ");
    assert!(update.send().await.unwrap_err().is_input());
}

#[tokio::test]
async fn a_refused_update_says_why() {
    let server = MockServer::start_async().await;
    let body = json!({"type": 0, "due_date": "2024-12-05"});
    put("/reminders/20417", body).answers(&server, 422, REFUSAL).await;
    let update = reminders(&server).update(ID, ReminderSchedule::one_time(day()));
    assert_eq!(update.send().await.unwrap_err().param(), Some("entity_id"));
}

#[tokio::test]
async fn one_is_deleted() {
    let server = MockServer::start_async().await;
    let call = delete("/reminders/20417").answers(&server, 200, SUCCESS).await;
    reminders(&server).delete(ID).send().await.unwrap();
    call.assert_async().await;
}

#[tokio::test]
async fn one_of_a_kind_without_a_name_is_read() {
    let reminder = read(&RECURRING.replace(r#""type": 1, "created_at""#, r#""type": 7, "created_at""#));
    assert_eq!((reminder.kind.code(), reminder.schedule()), (7, None));
}

#[tokio::test]
async fn a_refused_list_says_why() {
    let server = MockServer::start_async().await;
    get("/reminders").query("owner_id", "1").answers(&server, 422, REFUSAL).await;
    let error = reminders(&server).list().owner(PersonId::new(1)).send().await.unwrap_err();
    assert_eq!((error.param(), error.operation()), (Some("entity_id"), Some("v1_list_reminders")));
}

#[tokio::test]
async fn a_refused_reminder_says_why() {
    let server = MockServer::start_async().await;
    let body = json!({"owner_id": 90412, "type": 0, "due_date": "2024-12-05", "organization_id": 1});
    post("/reminders", body).answers(&server, 422, REFUSAL).await;
    let create = reminders(&server).create(OWNER, CompanyId::new(1), ReminderSchedule::one_time(day()));
    let error = create.send().await.unwrap_err();
    assert_eq!((error.param(), error.operation()), (Some("entity_id"), Some("v1_create_reminder")));
}

#[tokio::test]
async fn one_that_is_not_there_is_not_deleted() {
    let server = MockServer::start_async().await;
    delete("/reminders/20417").answers(&server, 404, REFUSAL).await;
    assert!(reminders(&server).delete(ID).send().await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn days_in_years_that_four_digits_cannot_say_are_refused() {
    let server = MockServer::start_async().await;
    get("/reminders").query("due_after", "2024-12-05").answers(&server, 200, "[]").await;
    let late: Due = NaiveDate::from_ymd_opt(12_024, 1, 1).unwrap().into();
    for due in [late, NaiveDate::MIN.into(), DateTime::<Utc>::MAX_UTC.into()] {
        let schedule = ReminderSchedule::one_time(due);
        let (reminders, about) = (reminders(&server), PersonId::new(7));
        for error in [
            reminders.create(OWNER, about, schedule).send().await.unwrap_err(),
            reminders.update(ID, schedule).send().await.unwrap_err(),
            reminders.list().due_before(due).send().await.unwrap_err(),
            reminders.list().due_before(due).due_after(day()).send().await.unwrap_err(),
        ] {
            assert!(error.is_input(), "{error}");
        }
        let _ = reminders.list().due_after(due).due_after(day()).send().await.unwrap();
    }
}
