//! Pages of sizes a test wants.

use affinity_sandbox::{Company, PageEnd, PageShape, Sandbox, World};
use serde_json::{Value, json};

use crate::support::{get, serve};

async fn companies(count: u64) -> Sandbox {
    let mut world = World::new();
    for n in 1..=count {
        world.add_company(Company::new(format!("Company {n}")).id(n)).unwrap();
    }
    serve(world).await
}

/// The pages of the companies, to the one without `nextUrl`.
async fn pages(sandbox: &Sandbox) -> (Vec<Vec<u64>>, Value) {
    let (mut pages, mut next) = (Vec::new(), "/v2/companies?limit=2".to_owned());
    loop {
        let page = get(sandbox, &next).await;
        pages.push(page.ids());
        match page.link("nextUrl") {
            Some(link) => next = link,
            None => return (pages, page.json()),
        }
    }
}

#[tokio::test]
async fn sizes_come_in_their_order_and_may_be_none() {
    let sandbox = companies(7).await;
    sandbox.shape_pages("/v2/companies", PageShape::sizes([0, 3, 0, 0, 1]));
    let (seen, last) = pages(&sandbox).await;
    assert_eq!(seen, [vec![], vec![1, 2, 3], vec![], vec![], vec![4], vec![5, 6], vec![7]]);
    assert_eq!(last["pagination"]["nextUrl"], Value::Null);
}

#[tokio::test]
async fn the_last_pages_can_be_empty() {
    let sandbox = companies(2).await;
    sandbox.shape_pages("/v2/companies", PageShape::sizes([1, 5, 0, 3]));
    assert_eq!(pages(&sandbox).await.0, [vec![1], vec![2], vec![], vec![]]);
}

#[tokio::test]
async fn the_cursors_are_all_different() {
    let sandbox = companies(1).await;
    sandbox.shape_pages("/v2/companies", PageShape::sizes([0, 0, 0, 1]));
    pages(&sandbox).await;
    let asked = sandbox.requests();
    let mut cursors: Vec<_> = asked.iter().map(|request| request.param("cursor")).collect();
    let all = cursors.len();
    cursors.sort_unstable();
    cursors.dedup();
    assert_eq!((cursors.len(), all), (4, 4));
}

#[tokio::test]
async fn the_end_can_be_told_in_other_ways() {
    let sandbox = companies(3).await;
    sandbox.shape_pages("/v2/companies", PageShape::sizes([2]).end(PageEnd::NullPagination));
    let (seen, last) = pages(&sandbox).await;
    assert_eq!((seen, last.get("pagination")), (vec![vec![1, 2], vec![3]], Some(&Value::Null)));
    sandbox.shape_pages("/v2/companies", PageShape::default().end(PageEnd::AbsentUrl));
    let (seen, last) = pages(&sandbox).await;
    assert_eq!(seen, [vec![1, 2], vec![3]]);
    let keys: Vec<_> = last["pagination"].as_object().unwrap().keys().collect();
    assert_eq!(keys, ["prevUrl"]);
    sandbox.shape_pages("/v2/companies", PageShape::default());
    assert_eq!(pages(&sandbox).await.1["pagination"].get("nextUrl"), Some(&json!(null)));
}

#[tokio::test]
async fn an_empty_page_leads_back_to_what_came_before_it() {
    let sandbox = companies(7).await;
    sandbox.shape_pages("/v2/companies", PageShape::sizes([3, 0, 1]));
    let first = get(&sandbox, "/v2/companies?limit=2").await;
    let empty = get(&sandbox, &first.link("nextUrl").unwrap()).await;
    assert_eq!((first.ids(), empty.ids()), (vec![1, 2, 3], vec![]));
    let back = get(&sandbox, &empty.link("prevUrl").unwrap()).await;
    assert_eq!(back.ids(), [2, 3]);
}
