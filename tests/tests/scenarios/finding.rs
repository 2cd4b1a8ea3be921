//! Finding lists by name, and things by their ids.

use affinity::{CompanyId, PersonId};
use affinity_sandbox::Sandbox;

use crate::support::client;

#[tokio::test]
async fn case_and_space_around_a_name_do_not_count() {
    let sandbox = Sandbox::demo().await.unwrap();
    assert_eq!(
        client(&sandbox).lists().find("  pipeLINE ").await.unwrap().name,
        "Pipeline"
    );
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
    assert!(error.to_string().contains("no list is named \"Pipe\""), "{error}");
}

#[tokio::test]
async fn a_name_is_looked_for_on_every_page() {
    let sandbox = crate::support::answering(
        "/v2/lists",
        [
            crate::support::lists(&[1], Some("/?cursor=p1")),
            crate::support::lists(&[2], None),
        ],
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
    let found = client(&sandbox)
        .persons()
        .by_ids(ids.clone())
        .send()
        .await
        .unwrap();
    // The demo has one deleted person; it is missing too if it is among those asked for.
    let expected: Vec<_> = ids[..251]
        .iter()
        .copied()
        .filter(|id| !found.missing.contains(id))
        .collect();
    assert_eq!(
        found.items.iter().map(|person| person.id).collect::<Vec<_>>(),
        expected
    );
    assert!(
        found.missing.contains(&PersonId::new(99_999_999)) && found.missing.len() <= 2,
        "{:?}",
        found.missing
    );
    assert_eq!(sandbox.requests().len(), 3);
}

#[tokio::test]
async fn no_ids_make_no_call() {
    let sandbox = Sandbox::demo().await.unwrap();
    let found = client(&sandbox)
        .companies()
        .by_ids(Vec::<CompanyId>::new())
        .send()
        .await
        .unwrap();
    assert!(found.items.is_empty() && found.missing.is_empty());
    assert!(sandbox.requests().is_empty());
}
