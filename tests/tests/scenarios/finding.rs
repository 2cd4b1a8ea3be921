//! Finding lists by name, and things by their ids.

use affinity::{CompanyId, PersonId};
use affinity_sandbox::Sandbox;

use crate::support::client;

#[tokio::test]
async fn case_and_space_around_a_name_do_not_count() {
    let sandbox = Sandbox::demo().await.unwrap();
    assert_eq!(client(&sandbox).lists().find("  pipeLINE ").await.unwrap().name, "Pipeline");
}

#[tokio::test]
async fn a_name_that_two_lists_have_is_an_error_with_both_ids() {
    let sandbox = Sandbox::demo().await.unwrap();
    let error = client(&sandbox).lists().find("Watchlist").await.unwrap_err();
    let text = error.to_string();
    assert!(
        error.is_input() && text.starts_with("2 lists are named \"Watchlist\"; choose one by its id: "),
        "{text}"
    );
}

#[tokio::test]
async fn a_name_that_no_list_has_is_an_error() {
    let sandbox = Sandbox::demo().await.unwrap();
    let error = client(&sandbox).lists().find("Pipe").await.unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("no list is named \"Pipe\"; the key's user sees: ") && text.contains("Pipeline"),
        "{text}"
    );
}

#[tokio::test]
async fn a_name_is_looked_for_on_every_page() {
    let sandbox = crate::support::answering(
        "/v2/lists",
        [crate::support::lists(&[1], Some("/?cursor=p1")), crate::support::lists(&[2], None)],
    )
    .await;
    assert_eq!(client(&sandbox).lists().find("list 2").await.unwrap().id.get(), 2);
}

#[tokio::test]
async fn any_number_of_ids_comes_back_in_the_order_given_with_the_missing_named() {
    let sandbox = Sandbox::demo().await.unwrap();
    let mut wanted: Vec<_> = sandbox.with_world(|world| world.person_ids().take(250).collect());
    wanted.reverse();
    wanted.insert(120, 99_999_999);
    wanted.push(wanted[0]);
    let ids: Vec<_> = wanted.iter().copied().map(PersonId::new).collect();
    let found = client(&sandbox).persons().by_ids(ids.clone()).send().await.unwrap();
    // The demo has one deleted person; it is missing too if it is among those asked for.
    let expected: Vec<_> = ids[..251].iter().copied().filter(|id| !found.missing.contains(id)).collect();
    assert_eq!(found.items.iter().map(|person| person.id).collect::<Vec<_>>(), expected);
    assert!(
        found.missing.contains(&PersonId::new(99_999_999)) && found.missing.len() <= 2,
        "{:?}",
        found.missing
    );
    assert_eq!(sandbox.requests().len(), 3);
}

#[tokio::test]
async fn an_id_that_none_is_makes_no_call() {
    let sandbox = Sandbox::empty().await.unwrap();
    let ids = (1..=150).chain([0]).map(affinity::CompanyId::new);
    let error = client(&sandbox).companies().by_ids(ids).send().await.unwrap_err();
    assert!(error.is_input() && error.to_string().contains("\"0\" is outside the range of ids"), "{error}");
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn no_ids_make_no_call() {
    let sandbox = Sandbox::demo().await.unwrap();
    let found = client(&sandbox).companies().by_ids(Vec::<CompanyId>::new()).send().await.unwrap();
    assert!(found.items.is_empty() && found.missing.is_empty());
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn a_list_that_cannot_be_read_does_not_hide_the_others() {
    let page = affinity_tests::page(&[r#"{"id":1,"name":null}"#.to_owned(), crate::support::list(2)], None);
    let replies = || affinity_sandbox::Reply::json(200, page.clone());
    let sandbox = crate::support::answering("/v2/lists", [replies(), replies()]).await;
    assert_eq!(client(&sandbox).lists().find("List 2").await.unwrap().id.get(), 2);
    assert!(client(&sandbox).lists().find("List 3").await.unwrap_err().is_item());
}

#[tokio::test]
async fn ids_come_page_by_page_so_that_an_error_costs_its_own_page_only() {
    use futures::StreamExt;
    let sandbox = Sandbox::demo().await.unwrap();
    let ids: Vec<_> = sandbox.with_world(|world| world.company_ids().take(250).map(CompanyId::new).collect());
    sandbox.reply(affinity_sandbox::Method::GET, "/v2/companies", affinity_sandbox::Reply::empty(500));
    let pages: Vec<_> = client(&sandbox).companies().by_ids(ids.clone()).pages().collect().await;
    assert_eq!(pages.len(), 3);
    assert_eq!(pages.iter().filter(|page| page.is_err()).count(), 1);
    let came: usize = pages.iter().flatten().map(|found| found.items.len() + found.missing.len()).sum();
    assert!(came == 150 || came == 200, "{came}");
    let all = client(&sandbox).companies().by_ids(ids).stream().count().await;
    assert!(all >= 249, "{all}");
}

#[tokio::test]
async fn a_thing_that_is_there_and_cannot_be_read_is_not_missing() {
    use futures::TryStreamExt;
    let good = r#"{"id":1,"name":"Tessel","domain":null,"domains":[],"isGlobal":false}"#.to_owned();
    let body = affinity_tests::page(&[good, r#"{"id":2,"name":7}"#.to_owned()], None);
    let reply = || affinity_sandbox::Reply::json(200, body.clone());
    let sandbox = crate::support::answering("/v2/companies", [reply(), reply()]).await;
    let call = || client(&sandbox).companies().by_ids([1, 2, 3].map(CompanyId::new));
    let found = call().pages().try_next().await.unwrap().unwrap();
    assert_eq!((found.items.len(), found.missing.as_slice()), (1, [CompanyId::new(3)].as_slice()));
    assert_eq!(found.failures[0].item_id(), Some(2));
    assert!(call().send().await.unwrap_err().is_item());
}
