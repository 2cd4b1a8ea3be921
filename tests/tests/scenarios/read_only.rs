//! A client that only reads.

use std::collections::BTreeSet;
use std::sync::Arc;

use affinity::v1::{InteractionKey, InteractionKind, ListEntries};
use affinity::{
    Access, Affinity, ListId, Method, PersonId, ReadOnly, ReadOnlyAffinity, WebhookSubscriptionId,
};
use affinity_core::{CallOptions, Transport};
use affinity_sandbox::{Operation, Sandbox};
use affinity_v2_raw::{Client, types::CompanyMergeRequest};
use chrono::{TimeDelta, Utc};
use futures::TryStreamExt;
use serde::Deserialize;
use serde_json::Value;

use crate::support::client;

/// The operation that a path is of: the one with the most words in common.
fn operation_of<'o>(operations: &'o [Operation], method: &Method, path: &str) -> Option<&'o Operation> {
    let path: Vec<_> = path.split('/').collect();
    let fits = |operation: &&Operation| {
        let pattern: Vec<_> = operation.path.split('/').collect();
        let same = |(word, wanted): (&&str, &&str)| wanted.starts_with('{') || word == wanted;
        operation.method == *method && path.len() == pattern.len() && path.iter().zip(&pattern).all(same)
    };
    operations.iter().filter(fits).min_by_key(|operation| operation.path.matches('{').count())
}

/// Makes a call of which only that it was made, and went well, is of interest.
async fn made<T>(call: impl Future<Output = affinity::Result<T>>) {
    call.await.map(drop).unwrap();
}

async fn read_lists(affinity: &ReadOnlyAffinity) -> ListId {
    #[derive(Deserialize)]
    struct Deal {
        status: Option<String>,
    }
    let lists = affinity.lists();
    let list = lists.find("Pipeline").await.unwrap().id;
    made(lists.get(list).send()).await;
    let status = lists.schema(list).await.unwrap().field("Status").unwrap().id.clone();
    lists.field(list, "Amount").await.unwrap();
    let entries: Vec<_> = lists.entries(list).prefetch(true).stream().try_collect().await.unwrap();
    assert_eq!(entries.len(), 1200);
    let deals: Vec<Deal> = lists.entries(list).rows().stream().try_collect().await.unwrap();
    assert!(deals.iter().any(|deal| deal.status.as_deref() == Some("Won")));
    let row = lists.entry(list, entries[0].id);
    row.clone().read_your_write(|_| true).await.unwrap();
    made(row.cells().send()).await;
    made(row.cell(status).send()).await;
    row.row::<Deal>().await.unwrap();
    let views = lists.saved_views(list).send().await.unwrap().items;
    made(lists.saved_view(list, views[0].id).send()).await;
    made(lists.saved_view_entries(list, views[0].id).send()).await;
    list
}

async fn read_entities(affinity: &ReadOnlyAffinity) -> PersonId {
    made(affinity.whoami().send()).await;
    let companies = affinity.companies();
    let id = companies.list().page_size(1).send().await.unwrap().items[0].id;
    assert_eq!(companies.by_ids([id]).send().await.unwrap().items.len(), 1);
    made(companies.get(id).send()).await;
    companies.schema().await.unwrap();
    made(companies.lists(id).send()).await;
    made(companies.notes(id).count()).await;
    made(companies.list_entries(id).send()).await;
    made(companies.search("a").send()).await;
    let merge = companies.merges().send().await.unwrap().items.remove(0);
    made(companies.get_merge(merge.id).send()).await;
    let task = companies.merge_tasks().send().await.unwrap().items.remove(0);
    made(companies.merge_task(task.id.clone()).send()).await;
    companies.merge_task(task.id).wait().await.ok();

    let persons = affinity.persons();
    let id = persons.list().page_size(1).send().await.unwrap().items[0].id;
    made(persons.get(id).send()).await;
    made(persons.fields().send()).await;
    made(persons.lists(id).send()).await;
    made(persons.notes(id).send()).await;
    made(persons.list_entries(id).send()).await;
    let merge = persons.merges().send().await.unwrap().items.remove(0);
    made(persons.get_merge(merge.id).send()).await;
    let task = persons.merge_tasks().send().await.unwrap().items.remove(0);
    made(persons.merge_task(task.id).send()).await;

    let opportunities = affinity.opportunities();
    let opportunity = opportunities.list().page_size(1).send().await.unwrap().items[0].id;
    made(opportunities.get(opportunity).send()).await;
    made(opportunities.notes(opportunity).send()).await;
    id
}

async fn read_activity(affinity: &ReadOnlyAffinity) {
    made(affinity.emails().list().send()).await;
    made(affinity.meetings().list().send()).await;
    let notes = affinity.notes();
    let note = notes.list().page_size(1).send().await.unwrap().items[0].id().unwrap();
    made(notes.get(note).send()).await;
    made(notes.replies(note).send()).await;
    made(notes.companies(note).send()).await;
    made(notes.persons(note).send()).await;
    made(notes.opportunities(note).send()).await;
}

async fn read_entities_by_v1(affinity: &ReadOnlyAffinity, list: ListId) {
    let v1 = affinity.v1();
    made(v1.whoami().send()).await;
    made(affinity.rate_limit().send()).await;
    made(v1.lists().list().send()).await;
    made(v1.lists().get(list).send()).await;
    let rows: ListEntries<ReadOnly> = v1.list_entries();
    let row = rows.list(list).page_size(1).send().await.unwrap().items[0].id;
    made(rows.get(list, row).send()).await;
    let fields = affinity.fields().list().on_list(list).send().await.unwrap().items;
    made(affinity.field_values().list(row).send()).await;
    let tracked = fields.iter().find(|field| field.track_changes == Some(true)).unwrap();
    made(affinity.field_value_changes().list(tracked.id).limit(5).send()).await;
    let person = v1.persons().list().page_size(1).send().await.unwrap().items[0].id;
    made(v1.persons().get(person).send()).await;
    made(v1.persons().fields().send()).await;
    let organization = v1.organizations().list().page_size(1).send().await.unwrap().items[0].id;
    made(v1.organizations().get(organization).send()).await;
    made(v1.organizations().fields().send()).await;
    let opportunity = v1.opportunities().list().page_size(1).send().await.unwrap().items[0].id;
    made(v1.opportunities().get(opportunity).send()).await;
}

async fn read_activity_by_v1(affinity: &ReadOnlyAffinity, person: PersonId) {
    let notes = affinity.v1().notes();
    let note = notes.list().page_size(1).send().await.unwrap().items[0].id;
    made(notes.get(note).send()).await;
    let (meetings, now) = (affinity.meetings().list().send().await.unwrap().items, Utc::now());
    let interactions = affinity.interactions();
    made(interactions.get(InteractionKey::new(InteractionKind::Meeting, meetings[0].id)).send()).await;
    let company = affinity.companies().list().page_size(1).send().await.unwrap().items[0].id;
    let walk = interactions.walk(InteractionKind::Email, company, now - TimeDelta::days(500), now);
    walk.stream().try_collect::<Vec<_>>().await.unwrap();
    made(affinity.relationship_strengths().list(person).send()).await;
    let reminder = affinity.reminders().list().send().await.unwrap().items[0].id;
    made(affinity.reminders().get(reminder).send()).await;
    let files = affinity.files();
    let file = files.list().send().await.unwrap().items[0].id;
    made(files.get(file).send()).await;
    files.download(file).to_bytes(64 << 20).await.unwrap();
    made(affinity.webhooks().list().send()).await;
    let nothing = affinity.webhooks().get(WebhookSubscriptionId::new(7)).send().await.unwrap_err();
    assert!(nothing.is_not_found(), "{nothing}");
}

#[tokio::test]
async fn every_read_of_both_apis_is_there_and_nothing_but_reads_is_sent() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox).read_only();
    let list = read_lists(&affinity).await;
    let person = read_entities(&affinity).await;
    read_activity(&affinity).await;
    read_entities_by_v1(&affinity, list).await;
    read_activity_by_v1(&affinity, person).await;

    let operations = [Sandbox::operations(), Sandbox::v1_operations()].concat();
    let reads = operations.iter().filter(|operation| operation.method == Method::GET);
    let requests = sandbox.requests();
    assert!(requests.iter().all(|request| request.method == Method::GET));
    let made = requests.iter().filter_map(|it| operation_of(&operations, &it.method, &it.path));
    let (reads, made): (BTreeSet<_>, BTreeSet<_>) =
        (reads.map(|it| it.path).collect(), made.map(|it| it.path).collect());
    assert_eq!(reads.difference(&made).collect::<Vec<_>>(), [&""; 0]);
}

#[tokio::test]
async fn an_endpoint_without_a_method_can_be_read() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    let by_one: Value = affinity.get("/v2/lists").query("limit", 1).send().await.unwrap();
    let by_other: Value = affinity.read_only().get("/v2/lists").query("limit", 1).send().await.unwrap();
    assert_eq!(by_one, by_other);
    assert_eq!(by_one["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn quota_and_schemas_are_those_of_the_client_it_came_from() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    let reader = affinity.read_only();
    let list = reader.lists().find("Pipeline").await.unwrap().id;
    reader.lists().schema(list).await.unwrap();
    let calls = sandbox.requests().len();
    affinity.lists().schema(list).await.unwrap();
    assert_eq!(sandbox.requests().len(), calls);
    assert_eq!((reader.calls_spent(), affinity.calls_spent()), (calls as u64, calls as u64));
    assert_eq!(reader.limits().unwrap().minute, affinity.limits().unwrap().minute);

    reader.forget_schemas();
    affinity.lists().schema(list).await.unwrap();
    assert!(sandbox.requests().len() > calls);
}

/// What is written for any client.
async fn name_of_the_account<A: Access>(affinity: Affinity<A>) -> String {
    let other = affinity.clone();
    let name = tokio::spawn(async move { other.whoami().send().await.unwrap().tenant.name });
    made(affinity.companies().clone().list().page_size(1).send()).await;
    name.await.unwrap()
}

#[tokio::test]
async fn code_can_take_either_client() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    assert_eq!(name_of_the_account(affinity.read_only()).await, "Quillfern Seed");
    assert_eq!(name_of_the_account(affinity).await, "Quillfern Seed");
}

#[tokio::test]
async fn debug_says_which_client_it_is() {
    let sandbox = Sandbox::empty().await.unwrap();
    let affinity = client(&sandbox);
    let of = |shown: String| shown.split_once(' ').unwrap().0.to_owned();
    assert_eq!(of(format!("{affinity:?}")), "Affinity");
    assert_eq!(of(format!("{:?}", affinity.read_only())), "ReadOnlyAffinity");
    assert_eq!(of(format!("{:?}", affinity.v1())), "Client");
    assert_eq!(of(format!("{:?}", affinity.read_only().v1())), "ReadOnlyClient");
}

/// Under the generated methods, where a wrong one could be called, the transport is asked for reads only.
#[tokio::test]
async fn a_generated_call_that_writes_is_not_sent_where_only_reads_are_wanted() {
    let sandbox = Sandbox::demo().await.unwrap();
    let transport = Transport::builder().api_key(sandbox.api_key()).base_url(sandbox.url()).build().unwrap();
    let raw = Client::with_options(Arc::new(transport), CallOptions::default().with_reads_only());
    let body = CompanyMergeRequest { primary_company_id: 11.into(), duplicate_company_id: 12.into() };
    let error = raw.start_company_merge(&body).await.unwrap_err();
    let error = raw.explain::<Value>("start_company_merge", error).await;
    assert!(error.is_input() && !error.is_outcome_unknown(), "{error}");
    assert_eq!(sandbox.requests().len(), 0);
    raw.whoami().await.unwrap();
}

mod nothing_that_writes {
    use affinity::ReadOnlyAffinity;

    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Missing;

    macro_rules! missing {
        ($($name:ident),+) => {
            /// Stands in for methods that a type lacks: one that it has goes first, and takes arguments or gives
            /// something else, so that this does not compile.
            trait Lacks: Sized {
                $(fn $name(&self) -> Missing {
                    Missing
                })+
            }
        };
    }

    missing!(
        add,
        append_companies,
        append_emails,
        append_organizations,
        append_persons,
        apply,
        create,
        create_call,
        create_chat_message,
        create_in,
        create_meeting,
        delete,
        merge,
        pause,
        raw,
        remove,
        reply,
        request,
        resume,
        set_cell,
        subscribe,
        try_updates_from,
        update,
        update_cells,
        update_in,
        updates,
        updates_from,
        upload
    );

    impl<T> Lacks for T {}

    #[test]
    fn has_a_method() {
        let affinity = affinity::Affinity::new("key").unwrap().read_only();
        of_the_client(&affinity);
        of_lists(&affinity);
        of_entities(&affinity);
        of_v1(&affinity.v1());
    }

    fn of_the_client(affinity: &ReadOnlyAffinity) {
        let all = [affinity.raw(), affinity.request()];
        assert_eq!(all, [Missing; 2]);
    }

    fn of_lists(affinity: &ReadOnlyAffinity) {
        let lists = affinity.lists();
        let (rows, row) = (lists.entries(1.into()), lists.entry(1.into(), 2.into()));
        let all = [
            lists.create(),
            lists.apply(),
            lists.updates(),
            lists.updates_from(),
            lists.try_updates_from(),
            rows.add(),
            rows.remove(),
            row.update(),
            row.set_cell(),
            row.update_cells(),
        ];
        assert_eq!(all, [Missing; 10]);
    }

    fn of_entities(affinity: &ReadOnlyAffinity) {
        let (companies, persons) = (affinity.companies(), affinity.persons());
        let (opportunities, notes) = (affinity.opportunities(), affinity.notes());
        let all = [
            [companies.create(), companies.update(), companies.delete(), companies.merge()],
            [persons.create(), persons.update(), persons.delete(), persons.merge()],
            [persons.append_emails(), persons.append_companies(), companies.append_persons(), notes.reply()],
            [opportunities.create(), opportunities.update(), opportunities.delete(), notes.create()],
            [
                opportunities.append_persons(),
                opportunities.append_companies(),
                notes.update(),
                notes.delete(),
            ],
        ];
        assert_eq!(all.concat(), [Missing; 20]);
    }

    fn of_v1(v1: &affinity::v1::Client<affinity::ReadOnly>) {
        let (persons, organizations, opportunities) = (v1.persons(), v1.organizations(), v1.opportunities());
        let (notes, interactions, reminders) = (v1.notes(), v1.interactions(), v1.reminders());
        let (fields, values, rows, hooks) =
            (v1.fields(), v1.field_values(), v1.list_entries(), v1.webhooks());
        let all = [
            vec![persons.create(), persons.update(), persons.delete()],
            vec![persons.append_emails(), persons.append_organizations()],
            vec![organizations.create(), organizations.update(), organizations.delete()],
            vec![organizations.append_persons()],
            vec![opportunities.create(), opportunities.update(), opportunities.delete()],
            vec![opportunities.append_persons(), opportunities.append_organizations()],
            vec![notes.create(), notes.reply(), notes.update(), notes.delete()],
            vec![
                interactions.create_meeting(),
                interactions.create_call(),
                interactions.create_chat_message(),
            ],
            vec![interactions.update(), interactions.delete()],
            vec![reminders.create(), reminders.update(), reminders.delete()],
            vec![fields.create(), fields.delete(), rows.add(), rows.remove(), v1.lists().create()],
            vec![values.create_in(), values.update_in(), values.create(), values.update(), values.delete()],
            vec![hooks.subscribe(), hooks.update(), hooks.pause(), hooks.resume(), hooks.delete()],
            vec![v1.entity_files().upload()],
        ];
        assert!(all.concat().iter().all(|it| *it == Missing));
    }
}
