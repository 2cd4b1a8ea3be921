//! Every call of the facade, over the sandbox's demo: what it brings and what it asked for.

use affinity::{Affinity, Entity, FieldSelection, FieldType, ListId, ListType, SavedViewType};
use affinity_sandbox::Sandbox;
use futures::TryStreamExt;

use crate::support::client;

async fn demo() -> (Sandbox, Affinity) {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    (sandbox, affinity)
}

async fn list_named(affinity: &Affinity, name: &str) -> ListId {
    affinity.lists().find(name).await.unwrap().id
}

fn last_path(sandbox: &Sandbox) -> String {
    sandbox.requests().pop().unwrap().path
}

#[tokio::test]
async fn whoami() {
    let (sandbox, affinity) = demo().await;
    let me = affinity.whoami().send().await.unwrap();
    assert!(!me.user.first_name.is_empty() && !me.tenant.name.is_empty());
    assert_eq!(me.grant.type_, affinity::GrantType::ApiKey);
    assert_eq!(last_path(&sandbox), "/v2/auth/whoami");
}

#[tokio::test]
async fn lists_one_and_all() {
    let (_sandbox, affinity) = demo().await;
    let all: Vec<_> = affinity.lists().list().stream().try_collect().await.unwrap();
    for kind in [ListType::Company, ListType::Opportunity, ListType::Person] {
        assert!(all.iter().any(|list| list.type_ == kind), "{kind}");
    }
    assert_eq!(affinity.lists().get(all[0].id).send().await.unwrap(), all[0]);
}

#[tokio::test]
async fn fields_of_a_list() {
    let (sandbox, affinity) = demo().await;
    let list = list_named(&affinity, "Pipeline").await;
    let fields: Vec<_> = affinity.lists().fields(list).stream().try_collect().await.unwrap();
    let status = fields.iter().find(|field| field.name == "Status").unwrap();
    assert_eq!((status.type_.as_str(), status.value_type.as_str()), ("list", "ranked-dropdown"));
    assert_eq!(last_path(&sandbox), format!("/v2/lists/{list}/fields"));
}

#[tokio::test]
async fn saved_views_and_their_rows() {
    let (_sandbox, affinity) = demo().await;
    let list = list_named(&affinity, "Pipeline").await;
    let views: Vec<_> = affinity.lists().saved_views(list).stream().try_collect().await.unwrap();
    let sheet = views.iter().find(|view| view.name.contains("Won")).unwrap();
    assert_eq!(affinity.lists().saved_view(list, sheet.id).send().await.unwrap(), *sheet);
    let rows: Vec<_> =
        affinity.lists().saved_view_entries(list, sheet.id).stream().try_collect().await.unwrap();
    assert!(!rows.is_empty() && rows.len() < 1200, "the view's filter holds: {}", rows.len());
    assert!(!rows[0].fields().is_empty(), "the view's columns come");
    let board = views.iter().find(|view| view.type_ != SavedViewType::Sheet).unwrap();
    let error = affinity.lists().saved_view_entries(list, board.id).send().await.unwrap_err();
    assert_eq!(error.status().unwrap().as_u16(), 400);
}

#[tokio::test]
async fn the_pipeline_row_by_row() {
    let (_sandbox, affinity) = demo().await;
    let list = list_named(&affinity, "Pipeline").await;
    let rows: Vec<_> = affinity.lists().entries(list).prefetch(true).stream().try_collect().await.unwrap();
    assert_eq!(rows.len(), 1200);
    let ids: std::collections::HashSet<_> = rows.iter().map(|row| row.id).collect();
    assert_eq!(ids.len(), 1200);
    assert!(rows.iter().all(|row| row.list_id == list && matches!(row.entity, Entity::Opportunity(_))));
    assert!(rows.iter().all(|row| row.fields().is_empty()));
    let one = affinity.lists().entry(list, rows[7].id).send().await.unwrap();
    assert_eq!(one, rows[7]);
}

#[tokio::test]
async fn companies_one_and_many() {
    let (sandbox, affinity) = demo().await;
    let fields = FieldSelection::types([FieldType::Enriched]);
    let page = affinity.companies().list().fields(fields.clone()).page_size(30).send().await.unwrap();
    assert_eq!(page.items.len(), 30);
    assert!(page.next.is_some() && page.failures.is_empty());
    let one = affinity.companies().get(page.items[3].id).fields(fields).send().await.unwrap();
    assert_eq!(one, page.items[3]);
    let found = affinity.companies().by_ids([one.id]).send().await.unwrap();
    assert_eq!(found.items[0].id, one.id);
    assert_eq!(sandbox.requests().pop().unwrap().param("ids"), Some(one.id.to_string().as_str()));
}

#[tokio::test]
async fn the_whole_company_directory() {
    let (_sandbox, affinity) = demo().await;
    let all: Vec<_> = affinity.companies().list().prefetch(true).stream().try_collect().await.unwrap();
    let ids: std::collections::HashSet<_> = all.iter().map(|company| company.id).collect();
    assert!(all.len() >= 1990 && ids.len() == all.len(), "{}", all.len());
}

#[tokio::test]
async fn fields_lists_and_rows_of_a_company() {
    let (_sandbox, affinity) = demo().await;
    let fields: Vec<_> = affinity.companies().fields().stream().try_collect().await.unwrap();
    assert!(fields.iter().all(|field| field.type_ != FieldType::List));
    let portfolio = list_named(&affinity, "Portfolio").await;
    let row = affinity.lists().entries(portfolio).page_size(1).send().await.unwrap().items.remove(0);
    let Entity::Company(company) = row.entity else { panic!("a company") };
    let lists: Vec<_> = affinity.companies().lists(company.id).stream().try_collect().await.unwrap();
    assert!(lists.iter().any(|list| list.id == portfolio));
    let rows: Vec<_> = affinity.companies().list_entries(company.id).stream().try_collect().await.unwrap();
    let same = rows.iter().find(|entry| entry.id == row.id).unwrap();
    assert_eq!((same.list_id, same.fields.is_empty()), (portfolio, false));
}

#[tokio::test]
async fn persons_one_and_many() {
    let (_sandbox, affinity) = demo().await;
    let page = affinity.persons().list().page_size(10).send().await.unwrap();
    let one = affinity.persons().get(page.items[3].id).send().await.unwrap();
    assert_eq!(one, page.items[3]);
    assert!(!one.full_name().is_empty());
}

#[tokio::test]
async fn fields_lists_and_rows_of_a_person() {
    let (_sandbox, affinity) = demo().await;
    assert!(!affinity.persons().fields().send().await.unwrap().items.is_empty());
    let network = list_named(&affinity, "Network").await;
    let row = affinity.lists().entries(network).page_size(1).send().await.unwrap().items.remove(0);
    let Entity::Person(person) = row.entity else { panic!("a person") };
    let lists: Vec<_> = affinity.persons().lists(person.id).stream().try_collect().await.unwrap();
    assert!(lists.iter().any(|list| list.id == network));
    let rows: Vec<_> = affinity.persons().list_entries(person.id).stream().try_collect().await.unwrap();
    assert!(rows.iter().any(|entry| entry.id == row.id));
}

#[tokio::test]
async fn opportunities_one_and_many() {
    let (_sandbox, affinity) = demo().await;
    let page = affinity.opportunities().list().page_size(10).send().await.unwrap();
    let one = affinity.opportunities().get(page.items[0].id).send().await.unwrap();
    assert_eq!(one, page.items[0]);
    let found =
        affinity.opportunities().by_ids(page.items.iter().rev().map(|it| it.id)).send().await.unwrap();
    assert_eq!(
        found.items.iter().map(|it| it.id).collect::<Vec<_>>(),
        page.items.iter().rev().map(|it| it.id).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn what_came_with_the_answer() {
    let (_sandbox, affinity) = demo().await;
    let answer = affinity.whoami().send_with_meta().await.unwrap();
    assert_eq!((answer.status.as_u16(), answer.meta.attempts()), (200, 1));
    assert!(answer.meta.request_id().is_some() && answer.meta.limits().is_some());
}

#[tokio::test]
async fn an_endpoint_without_a_method() {
    let (sandbox, affinity) = demo().await;
    let get = |path: &str| affinity.request(affinity::Method::GET, path);
    let lists: serde_json::Value = get("/v2/lists").query("limit", 2).send().await.unwrap();
    assert_eq!(lists["data"].as_array().unwrap().len(), 2);
    let error = get("/v2/nothing").send::<()>().await.unwrap_err();
    assert!(error.is_not_found() && error.operation() == Some("request"));
    let error = get("/v2/lists").send::<Vec<u8>>().await.unwrap_err();
    assert!(error.is_decode() && error.body().is_some());
    sandbox.clear_requests();
    for path in ["v2/lists", "", "http://elsewhere.example/", "@elsewhere.example/"] {
        assert!(get(path).send::<()>().await.unwrap_err().is_input(), "{path}");
    }
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn a_write_without_a_method() {
    let (sandbox, affinity) = demo().await;
    sandbox.reply(affinity_sandbox::Method::POST, "/v2/anything", affinity_sandbox::Reply::empty(204));
    let body = serde_json::json!({"value": {"type": "text", "data": "as ever"}});
    affinity.request(affinity::Method::POST, "/v2/anything").json(&body).send::<()>().await.unwrap();
    assert_eq!(sandbox.requests().pop().unwrap().body, body.to_string());
}
