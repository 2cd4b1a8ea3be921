use affinity_sandbox::{Company, PageEnd, PageShape, Sandbox, World};
use serde_json::{Value, json};

use crate::support::{get, serve};
use crate::v1_support::{ids, message, read, refusal, wrong};

async fn companies(count: u64) -> Sandbox {
    let mut world = World::new();
    for n in 1..=count {
        world.add_company(Company::new(format!("Company {n}")).id(n)).unwrap();
    }
    serve(world).await
}

/// The pages, to the one without a token, and that one.
async fn walk(sandbox: &Sandbox, query: &str) -> (Vec<Vec<u64>>, Value) {
    let (mut pages, mut token) = (Vec::new(), String::new());
    loop {
        let page = read(sandbox, &format!("/organizations?{query}{token}")).await;
        pages.push(ids(&page["organizations"]));
        match page["next_page_token"].as_str() {
            Some(next) => token = format!("&page_token={}", next.replace('=', "%3D").replace('+', "%2B")),
            None => return (pages, page),
        }
    }
}

#[tokio::test]
async fn tokens_lead_to_the_end() {
    let sandbox = companies(5).await;
    let (pages, last) = walk(&sandbox, "page_size=2").await;
    assert_eq!(pages, [vec![1, 2], vec![3, 4], vec![5]]);
    assert_eq!(last.get("next_page_token"), Some(&Value::Null));
}

#[tokio::test]
async fn a_token_does_not_promise_another_item() {
    let sandbox = companies(4).await;
    let (pages, last) = walk(&sandbox, "page_size=2").await;
    assert_eq!(pages, [vec![1, 2], vec![3, 4], vec![]]);
    assert_eq!(last.get("next_page_token"), Some(&Value::Null));
}

#[tokio::test]
async fn a_page_holds_500_unless_said_otherwise() {
    let sandbox = companies(501).await;
    let (pages, _) = walk(&sandbox, "").await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [500, 1]);
    for size in ["0", "501", "-1", "x"] {
        let answer = get(&sandbox, &format!("/organizations?page_size={size}")).await;
        assert_eq!(refusal(&answer), wrong("page_size"), "{size}");
    }
}

#[tokio::test]
async fn a_token_goes_with_its_parameters_only() {
    let sandbox = companies(5).await;
    let first = read(&sandbox, "/organizations?term=company&page_size=2&unknown=1").await;
    let token = first["next_page_token"].as_str().unwrap().replace('=', "%3D");
    let same = get(&sandbox, &format!("/organizations?page_size=2&term=company&page_token={token}")).await;
    assert_eq!(ids(&same.json()["organizations"]), [3, 4]);
    for query in ["term=company", "page_size=2", "term=other&page_size=2", "term=company&page_size=3"] {
        let answer = get(&sandbox, &format!("/organizations?{query}&page_token={token}")).await;
        assert_eq!(refusal(&answer), wrong("page_token"), "{query}");
        assert_eq!(message(&answer), "Invalid page_token variable");
    }
    for token in ["nonsense", "e30%3D", "eyJvZmZzZXQiOi0xfQ%3D%3D"] {
        let answer = get(&sandbox, &format!("/organizations?page_token={token}")).await;
        assert_eq!(message(&answer), "Invalid page_token variable", "{token}");
    }
}

#[tokio::test]
async fn a_token_is_base64_of_parameters_and_offset() {
    use base64::Engine;
    let sandbox = companies(5).await;
    let first = read(&sandbox, "/organizations?term=company&page_size=2").await;
    let token = first["next_page_token"].as_str().unwrap();
    let json = base64::engine::general_purpose::STANDARD.decode(token).unwrap();
    let token: Value = serde_json::from_slice(&json).unwrap();
    let expected = json!({"params": {"term": "company"}, "page_size": 2, "offset": 2, "page": 1});
    assert_eq!(token, expected);
}

#[tokio::test]
async fn pages_come_in_the_sizes_a_test_wants() {
    let sandbox = companies(5).await;
    sandbox.shape_pages("/organizations", PageShape::sizes([2, 0, 1]).end(PageEnd::AbsentUrl));
    let (pages, last) = walk(&sandbox, "page_size=4").await;
    assert_eq!(pages, [vec![1, 2], vec![], vec![3], vec![4, 5]]);
    assert_eq!(last.as_object().unwrap().keys().collect::<Vec<_>>(), ["organizations"]);
}
