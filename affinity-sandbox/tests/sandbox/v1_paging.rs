use affinity_sandbox::{Company, EntityKind, List, PageEnd, PageShape, Sandbox, World};
use serde_json::{Value, json};

use crate::support::{get, serve, small};
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
    let expected = json!({
        "path": "/organizations", "params": {"term": "company"}, "page_size": 2, "offset": 2, "page": 1
    });
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

#[tokio::test]
async fn a_token_that_counts_too_far_is_invalid() {
    use base64::Engine;
    let sandbox = companies(5).await;
    let sums = [(0, u64::MAX), (u64::MAX, 0), (u64::MAX, u64::MAX), (u64::MAX - 1, u64::MAX)];
    for (offset, page) in sums {
        let token =
            json!({"path": "/organizations", "params": {}, "page_size": 500, "offset": offset, "page": page});
        let token = base64::engine::general_purpose::URL_SAFE.encode(token.to_string());
        let token = token.replace('-', "%2B").replace('_', "%2F").replace('=', "%3D");
        let answer = get(&sandbox, &format!("/organizations?page_token={token}")).await;
        if page == 0 {
            // Past the end there is nothing.
            assert_eq!(answer.json(), json!({"organizations": [], "next_page_token": null}));
            continue;
        }
        assert_eq!(refusal(&answer), wrong("page_token"), "{offset} {page}");
        assert_eq!(message(&answer), "Invalid page_token variable");
    }
}

#[tokio::test]
async fn a_token_goes_with_its_operation_and_its_list_only() {
    let mut small = small();
    let other = small.world.add_list(List::new("Other", EntityKind::Company)).unwrap();
    let (here, there) =
        (format!("/lists/{}/list-entries", small.portfolio), format!("/lists/{other}/list-entries"));
    let sandbox = serve(small.world).await;
    let token = async |path: &str| {
        let page = read(&sandbox, &format!("{path}?page_size=1")).await;
        page["next_page_token"].as_str().unwrap().replace('=', "%3D").replace('+', "%2B")
    };
    let of_row = token(&here).await;
    let of_persons = token("/persons").await;
    for (path, token) in [
        (there.as_str(), &of_row),
        ("/persons", &of_row),
        ("/organizations", &of_persons),
        (&here, &of_persons),
    ] {
        let answer = get(&sandbox, &format!("{path}?page_size=1&page_token={token}")).await;
        assert_eq!(refusal(&answer), wrong("page_token"), "{path}");
        assert_eq!(message(&answer), "Invalid page_token variable");
    }
    let same = read(&sandbox, &format!("{here}?page_size=1&page_token={of_row}")).await;
    assert_eq!(same["list_entries"], json!([]));
}
