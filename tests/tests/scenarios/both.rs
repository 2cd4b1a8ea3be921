//! A program that lives in both APIs, all through one client.

use std::sync::{Arc, Mutex};

use affinity::v1::{
    DropdownText, MOST_WEBHOOKS, NewValue, Upload, WebhookEvent, WebhookEventName, WebhookEvents,
    is_webhook_limit,
};
use affinity::{
    Affinity, CompanyId, FieldId, FieldValueUpdate, ListEntryId, ListId, OpportunityId, PersonId,
};
use affinity_sandbox::{Company, EntityKind, List, NewField, Sandbox, ValueType, World};
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use axum::{Router, serve};
use futures::TryStreamExt;
use tokio::net::TcpListener;

use crate::support::client;

type Received = Arc<Mutex<Vec<WebhookEvent>>>;

/// A receiver of webhooks; its URL, and what came.
async fn receiver() -> (String, Received) {
    let received = Received::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/affinity/k2f9", listener.local_addr().unwrap());
    let take = async |State(received): State<Received>, body: Bytes| {
        // The probe of a new URL is no event.
        received.lock().unwrap().extend(WebhookEvent::parse(&body));
    };
    let app = Router::new().route("/affinity/k2f9", post(take)).with_state(received.clone());
    tokio::spawn(async move { serve(listener, app).await.unwrap() });
    (url, received)
}

fn names(received: &Received) -> Vec<WebhookEventName> {
    received.lock().unwrap().iter().map(|event| event.name.clone()).collect()
}

struct Deal {
    company: CompanyId,
    person: PersonId,
    opportunity: OpportunityId,
}

async fn open_deal(affinity: &Affinity) -> Deal {
    let company = affinity
        .companies()
        .create("Tessel Robotics")
        .domain("tessel-robotics.example")
        .send()
        .await
        .unwrap();
    let person = affinity.persons().create("Juno", "Adeyar", ["juno@tessel-robotics.example"]);
    let person = person.organizations([company.id]).send().await.unwrap();
    let pipeline = affinity.lists().find("Pipeline").await.unwrap().id;
    let opportunity = affinity.opportunities().create("Tessel seed round", pipeline);
    let opportunity = opportunity.persons([person.id]).organizations([company.id]).send().await.unwrap();
    Deal { company: company.id, person: person.id, opportunity: opportunity.id }
}

#[tokio::test]
async fn a_deal_from_its_first_call_to_its_last() {
    let sandbox = Sandbox::demo().await.unwrap();
    sandbox.merges_take(std::time::Duration::ZERO);
    let affinity = client(&sandbox);
    let (url, received) = receiver().await;
    let subscription = affinity.webhooks().subscribe(url, WebhookEvents::All).send().await.unwrap();

    let Deal { company, person, opportunity } = open_deal(&affinity).await;
    // What v1 wrote, v2 reads.
    let read = affinity.companies().get(company).read_your_write(|_| true).await.unwrap();
    assert_eq!(read.domain.as_deref(), Some("tessel-robotics.example"));
    assert_eq!(affinity.persons().get(person).send().await.unwrap().first_name, "Juno");
    let opportunity_v2 = affinity.opportunities().get(opportunity).send().await.unwrap();
    assert_eq!(opportunity_v2.name, "Tessel seed round");

    // The status by its option, which only v1 tells; the cell by v2.
    let list = opportunity_v2.list_id;
    let columns = affinity.fields().list().on_list(list).send().await.unwrap().into_items().unwrap();
    let status = columns.iter().find(|field| field.name == "Status").unwrap();
    let option = &status.dropdown_options[1];
    let entry = affinity.v1().opportunities().get(opportunity).send().await.unwrap().list_entry().unwrap().id;
    let row = affinity.lists().entry(list, entry);
    let column = FieldId::from(status.id);
    row.set_cell(column.clone(), FieldValueUpdate::RankedDropdown(Some(option.id))).send().await.unwrap();
    // What v2 wrote, v1 reads.
    let values = affinity.field_values().list(entry).send().await.unwrap().into_items().unwrap();
    let value = values.iter().find(|value| value.field_id == status.id).unwrap();
    assert_eq!(value.value["text"], option.text.as_str());

    let note = affinity.notes().create(company, "Pricing agreed.").send().await.unwrap();
    let notes: Vec<_> = affinity.companies().notes(company).stream().try_collect().await.unwrap();
    assert!(notes.iter().any(|read| read.id() == Some(note.id)));
    let upload = affinity.files().upload(company, Upload::bytes("deck.pdf", vec![7; 100_000]));
    let uploaded = upload.send().await.unwrap().files.unwrap();
    let bytes = affinity.files().download(uploaded[0].id).to_bytes(1 << 20).await.unwrap();
    assert_eq!(bytes, vec![7; 100_000]);

    let duplicate = affinity.companies().create("Tessel Robotics Inc").send().await.unwrap().id;
    affinity.companies().merge(company, duplicate).confirm().wait().await.unwrap();
    let error = affinity.v1().organizations().get(duplicate).send().await.unwrap_err();
    assert_eq!(error.merged_away().map(|merged| merged.into), Some(company.get()), "{error}");

    affinity.notes().delete(note.id).send().await.unwrap();
    affinity.opportunities().delete(opportunity).send().await.unwrap();
    affinity.persons().delete(person).send().await.unwrap();
    affinity.companies().delete(company).send().await.unwrap();
    assert!(affinity.companies().get(company).send().await.unwrap_err().is_not_found());
    assert!(affinity.lists().entry(list, entry).send().await.unwrap_err().is_not_found());

    sandbox.settled().await;
    let names = names(&received);
    for name in [
        WebhookEventName::OrganizationCreated,
        WebhookEventName::PersonCreated,
        WebhookEventName::OpportunityCreated,
        WebhookEventName::ListEntryCreated,
        WebhookEventName::NoteCreated,
        WebhookEventName::FileCreated,
        WebhookEventName::OrganizationMerged,
        WebhookEventName::NoteDeleted,
        WebhookEventName::OpportunityDeleted,
        WebhookEventName::PersonDeleted,
        WebhookEventName::OrganizationDeleted,
    ] {
        assert!(names.contains(&name), "{name} did not come: {names:?}");
    }
    assert!(received.lock().unwrap().iter().all(|event| event.misfit().is_none()), "{received:?}");
    affinity.webhooks().delete(subscription.id).send().await.unwrap();
}

#[tokio::test]
async fn a_dropdown_takes_a_text_of_its_own_and_no_other() {
    let mut world = World::new();
    let list = world.add_list(List::new("Portfolio", EntityKind::Company)).unwrap();
    let column =
        world.add_list_field(list, NewField::new("Stage", ValueType::Dropdown).options(["Seed"])).unwrap();
    let company = CompanyId::new(world.add_company(Company::new("Tessel")).unwrap());
    let entry = ListEntryId::new(world.add_entry(list, company.get()).unwrap());
    let sandbox = Sandbox::builder().world(world).start().await.unwrap();
    let affinity = client(&sandbox);
    let fields = affinity.fields();
    let stage = async || {
        let all = fields.list().on_list(ListId::new(list)).send().await.unwrap().into_items().unwrap();
        all.into_iter().find(|field| FieldId::from(field.id) == column.as_str()).unwrap()
    };
    let field = stage().await;
    let values = affinity.field_values();
    let typo =
        values.create_in(&field, company, NewValue::text("Sede")).list_entry(entry).send().await.unwrap_err();
    assert!(typo.is_input() && DropdownText::of(&field, "Sede").is_err(), "{typo}");
    let seed = values.create_in(&field, company, DropdownText::of(&field, "Seed").unwrap()).list_entry(entry);
    let seed = seed.send().await.unwrap();
    let read = affinity.lists().entry(list.into(), entry).cell(column.as_str()).send().await.unwrap();
    assert_eq!(read.value.as_option().unwrap().text, "Seed");
    assert_eq!(stage().await.dropdown_options.len(), 1);
    let grown = DropdownText::create_option("Series A");
    values.update_in(&field, seed.id, grown).send().await.unwrap();
    assert_eq!(stage().await.dropdown_options.len(), 2);
}

#[tokio::test]
async fn rows_are_put_on_a_list_and_taken_off() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    let portfolio = affinity.lists().find("Portfolio").await.unwrap().id;
    let company = affinity.companies().create("Tessel Robotics").send().await.unwrap().id;
    let entries = affinity.lists().entries(portfolio);
    let entry = entries.add(company).send().await.unwrap().id;
    assert!(affinity.lists().entry(portfolio, entry).send().await.is_ok());
    entries.remove(entry).send().await.unwrap();
    assert!(affinity.lists().entry(portfolio, entry).send().await.unwrap_err().is_not_found());
    let person = affinity.persons().list().page_size(1).send().await.unwrap().items[0].id;
    let error = entries.add(person).send().await.unwrap_err();
    assert_eq!(error.param(), Some("entity_id"), "{error}");
}

#[tokio::test]
async fn reading_ones_own_write_ends_with_what_came_last() {
    let sandbox = Sandbox::demo().await.unwrap();
    let (affinity, time) = crate::support::quick(&sandbox);
    let company = affinity.companies().list().page_size(1).send().await.unwrap().items[0].id;
    let never = affinity.companies().get(company).read_your_write(|_| false).await.unwrap_err();
    assert!(never.is_timeout() && !never.is_outcome_unknown(), "{never}");
    let waited: std::time::Duration = time.waits().iter().sum();
    assert!(
        waited > std::time::Duration::from_secs(8) && waited <= std::time::Duration::from_secs(10),
        "{waited:?}"
    );
    let nobody =
        affinity.companies().get(CompanyId::new(999_999_999)).read_your_write(|_| true).await.unwrap_err();
    assert!(nobody.is_not_found(), "{nobody}");
}

#[tokio::test]
async fn an_account_has_three_subscriptions_and_a_fourth_is_an_error_of_its_own() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    let (url, _) = receiver().await;
    for n in 0..3 {
        affinity.webhooks().subscribe(format!("{url}?n={n}"), WebhookEvents::All).send().await.unwrap();
    }
    let error = affinity.webhooks().subscribe(url, WebhookEvents::All).send().await.unwrap_err();
    assert!(is_webhook_limit(&error), "{error}");
    assert_eq!(affinity.webhooks().list().send().await.unwrap().items.len(), MOST_WEBHOOKS);
}

#[test]
fn the_sandbox_serves_the_59_operations_of_v1() {
    let served = Sandbox::v1_operations();
    assert_eq!(served.len(), 59);
    assert!(served.iter().all(|operation| !operation.path.starts_with("/v2")));
}

#[tokio::test]
async fn calls_of_both_draw_on_one_quota_and_each_takes_the_key_in_its_form() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    affinity.whoami().send().await.unwrap();
    let after_one = affinity.limits().unwrap().minute.remaining.unwrap();
    affinity.v1().whoami().send().await.unwrap();
    affinity.rate_limit().send().await.unwrap();
    assert_eq!(affinity.limits().unwrap().minute.remaining, Some(after_one - 2));
    let schemes: Vec<_> = sandbox.requests().iter().map(|request| request.auth_scheme).collect();
    assert_eq!(schemes, [Some("bearer"), Some("basic"), Some("basic")]);
}
