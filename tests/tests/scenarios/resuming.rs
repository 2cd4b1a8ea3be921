//! Stopping anywhere and going on from the cursor.

use affinity::{Cursor, ListWithType};
use futures::TryStreamExt;

use crate::page_server::PageServer;

/// Pages of 0 to 5 items, empty ones in every place.
fn random_pages(random: &mut fastrand::Rng) -> Vec<Vec<u64>> {
    let mut next = 0;
    (0..random.usize(1..8))
        .map(|_| {
            let from = next;
            next += if random.bool() { random.u64(0..6) } else { 0 };
            (from..next).collect()
        })
        .collect()
}

fn id(list: &ListWithType) -> u64 {
    list.id.get()
}

#[tokio::test]
async fn what_comes_out_is_what_is_in_the_server_in_order() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..30 {
        let pages = random_pages(&mut random);
        let server = PageServer::start(pages.clone()).await;
        let prefetch = random.bool();
        let all: Vec<_> =
            server.client().lists().list().prefetch(prefetch).stream().try_collect().await.unwrap();
        assert_eq!(all.iter().map(id).collect::<Vec<_>>(), pages.concat());
        assert_eq!(server.asked(), (0..pages.len()).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn interrupted_after_any_item_nothing_is_lost() {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..10 {
        let pages = random_pages(&mut random);
        let server = PageServer::start(pages.clone()).await;
        let affinity = server.client();
        for stop_after in 0..=pages.concat().len() {
            let mut stream = affinity.lists().list().prefetch(random.bool()).stream();
            let mut seen = Vec::new();
            while seen.len() < stop_after {
                seen.push(id(&stream.try_next().await.unwrap().unwrap()));
            }
            // Written down and read back, as by a job that is started again.
            if let Some(cursor) = stream.cursor().map(Cursor::to_string) {
                drop(stream);
                let rest = affinity.lists().list().resume_from(cursor.parse().unwrap()).stream();
                let rest: Vec<_> = rest.try_collect().await.unwrap();
                let from = rest.first().map_or(seen.len(), |list| id(list) as usize);
                assert!(from <= seen.len(), "nothing is left out: {seen:?} then {rest:?}");
                assert!(seen.len() - from < 6, "no more than a page is repeated");
                seen.truncate(from);
                seen.extend(rest.iter().map(id));
            }
            assert_eq!(seen, pages.concat(), "stopped after {stop_after}");
        }
    }
}

#[tokio::test]
async fn an_error_on_any_page_is_survived_with_its_cursor() {
    let pages = vec![vec![0, 1], vec![], vec![2], vec![3, 4]];
    for failing in 0..pages.len() {
        let server = PageServer::start(pages.clone()).await;
        server.fail_once(failing);
        let affinity = server.client();
        let mut seen = Vec::new();
        let mut stream = affinity.lists().list().stream();
        let error = loop {
            match stream.try_next().await {
                Ok(list) => seen.push(id(&list.expect("the failure comes before the end"))),
                Err(error) => break error,
            }
        };
        let rest = affinity.lists().list().resume_from(error.cursor().unwrap().clone()).stream();
        seen.extend(rest.try_collect::<Vec<_>>().await.unwrap().iter().map(id));
        assert_eq!(seen, pages.concat());
    }
}

#[tokio::test]
async fn a_cursor_of_another_collection_is_refused_before_anything_is_sent() {
    let server = PageServer::start(vec![vec![1], vec![2]]).await;
    let affinity = server.client();
    let next = affinity.lists().list().send().await.unwrap().next.unwrap();
    let asked = server.asked().len();

    let other = affinity.companies().list().resume_from(next.clone()).stream().try_next().await.unwrap_err();
    assert!(other.is_input());
    assert_eq!(
        other.to_string(),
        "list_companies: resume_from: the cursor comes from list_lists, not from list_companies"
    );
    let sized = affinity.lists().list().page_size(5).resume_from(next.clone()).send().await.unwrap_err();
    assert!(sized.to_string().contains("with other parameters"), "{sized}");
    assert_eq!(server.asked().len(), asked);

    let page = affinity.lists().list().resume_from(next).send().await.unwrap();
    assert_eq!(page.items.iter().map(id).collect::<Vec<_>>(), [2]);
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let server = PageServer::start(vec![vec![1]]).await;
    let affinity = server.client();
    let cursor = affinity.lists().entries(7.into()).stream().cursor().unwrap().clone();
    let error = affinity.lists().entries(8.into()).resume_from(cursor).send().await.unwrap_err();
    assert!(error.is_input(), "{error}");
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn the_order_of_a_selection_does_not_count() {
    use affinity::{FieldSelection, FieldType};
    let server = PageServer::start(vec![vec![]]).await;
    let entries = |selection| server.client().lists().entries(7.into()).fields(selection);
    let cursor = |selection| entries(selection).stream().cursor().unwrap().clone();
    let (one, other) = (FieldSelection::ids(["b", "a", "b"]), FieldSelection::ids(["a", "b"]));
    assert_eq!(cursor(one), cursor(other.clone()));
    let types = FieldSelection::types(FieldType::KNOWN.iter().rev().cloned());
    assert_eq!(cursor(types.clone()), cursor(FieldSelection::all()));
    assert_ne!(cursor(types), cursor(other));
}
