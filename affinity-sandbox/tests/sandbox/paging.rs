use affinity_sandbox::{Company, Sandbox, World};

use crate::support::{error, get, serve, start};

/// The query of a link, read with a client's tools.
fn query(link: &str) -> Vec<(String, String)> {
    reqwest::Url::parse(link).unwrap().query_pairs().into_owned().collect()
}

fn cursor(link: &str) -> String {
    query(link).into_iter().find(|(key, _)| key == "cursor").unwrap().1
}

async fn companies(count: u64) -> Sandbox {
    let mut world = World::new();
    for n in 1..=count {
        world.add_company(Company::new(format!("Company {n}")).id(n)).unwrap();
    }
    serve(world).await
}

#[tokio::test]
async fn links_lead_forth_through_all_rows() {
    let sandbox = companies(7).await;
    let mut pages = Vec::new();
    let mut next = Some("/v2/companies?limit=3".to_owned());
    while let Some(link) = next {
        let page = get(&sandbox, &link).await;
        pages.push(page.ids());
        next = page.link("nextUrl");
    }
    assert_eq!(pages, [vec![1, 2, 3], vec![4, 5, 6], vec![7]]);
}

#[tokio::test]
async fn links_lead_back_to_the_start() {
    let sandbox = companies(7).await;
    let second = get(&sandbox, "/v2/companies?limit=3").await.link("nextUrl").unwrap();
    let third = get(&sandbox, &second).await.link("nextUrl").unwrap();
    let back = get(&sandbox, &get(&sandbox, &third).await.link("prevUrl").unwrap()).await;
    assert_eq!(back.ids(), [4, 5, 6]);
    assert!(back.link("nextUrl").is_some());
    let start = get(&sandbox, &back.link("prevUrl").unwrap()).await;
    assert_eq!((start.ids(), start.link("prevUrl")), (vec![1, 2, 3], None));
}

#[tokio::test]
async fn the_ends_are_null() {
    let sandbox = companies(3).await;
    let page = get(&sandbox, "/v2/companies?limit=3").await.json();
    assert_eq!(page["pagination"], serde_json::json!({"prevUrl": null, "nextUrl": null}));
}

#[tokio::test]
async fn an_empty_collection_is_an_empty_page() {
    let sandbox = companies(0).await;
    let page = get(&sandbox, "/v2/companies").await.json();
    let expected = serde_json::json!({"data": [], "pagination": {"prevUrl": null, "nextUrl": null}});
    assert_eq!(page, expected);
}

#[tokio::test]
async fn links_are_absolute_and_carry_the_selection() {
    let sandbox = companies(5).await;
    let asked = "limit=2&ids=1&ids=3&ids=5&fieldIds=last-email&fieldIds=affinity-data-location&filter=x";
    let link = get(&sandbox, &format!("/v2/companies?{asked}")).await.link("nextUrl").unwrap();
    assert!(link.starts_with(&format!("{}/v2/companies?", sandbox.url())), "{link}");
    let mut carried = query(&link);
    let (last, _) = carried.pop().unwrap();
    let expected = [
        ("limit", "2"),
        ("ids", "1"),
        ("ids", "3"),
        ("ids", "5"),
        ("fieldIds", "last-email"),
        ("fieldIds", "affinity-data-location"),
    ];
    assert_eq!(carried, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    assert_eq!(last, "cursor");
    assert_eq!(get(&sandbox, &link).await.ids(), [5]);
}

#[tokio::test]
async fn a_cursor_works_with_the_same_parameters_in_another_order() {
    let sandbox = companies(5).await;
    let link = get(&sandbox, "/v2/companies?limit=2&ids=1&ids=2&ids=4").await.link("nextUrl").unwrap();
    let page =
        get(&sandbox, &format!("/v2/companies?cursor={}&ids=4&ids=2&ids=1&limit=2", cursor(&link))).await;
    assert_eq!(page.ids(), [4]);
}

#[tokio::test]
async fn a_cursor_is_unpadded_base64url_and_nothing_to_be_made_at_home() {
    let sandbox = companies(9).await;
    let mut texts = Vec::new();
    let mut next = get(&sandbox, "/v2/companies?limit=1").await.link("nextUrl");
    while let Some(link) = next {
        texts.push(cursor(&link));
        next = get(&sandbox, &link).await.link("nextUrl");
    }
    let different: std::collections::BTreeSet<_> = texts.iter().collect();
    assert_eq!((texts.len(), different.len()), (8, 8));
    for text in &texts {
        assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_'), "{text}");
    }
    for place in 0..texts[0].len() {
        let mut changed = texts[0].clone().into_bytes();
        changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        let answer = get(&sandbox, &format!("/v2/companies?limit=1&cursor={changed}")).await;
        assert_eq!(answer.status, 400, "{changed}");
    }
}

#[tokio::test]
async fn foreign_and_broken_cursors_are_refused() {
    let sandbox = companies(3).await;
    let link = get(&sandbox, "/v2/companies?limit=1").await.link("nextUrl").unwrap();
    let cursor = cursor(&link);
    let wrong = [
        format!("/v2/persons?limit=1&cursor={cursor}"),
        format!("/v2/companies?limit=2&cursor={cursor}"),
        format!("/v2/companies?limit=1&ids=1&cursor={cursor}"),
        format!("/v2/companies?limit=1&fieldTypes=global&cursor={cursor}"),
        "/v2/companies?limit=1&cursor=".to_owned(),
        "/v2/companies?limit=1&cursor=AAAA".to_owned(),
        "/v2/companies?limit=1&cursor=%21%21".to_owned(),
    ];
    for path in wrong {
        let answer = get(&sandbox, &path).await;
        assert_eq!(
            (answer.status, answer.errors()),
            (400, vec![error("validation", Some("cursor"))]),
            "{path}"
        );
    }
}

#[tokio::test]
async fn limits_are_whole_numbers_between_1_and_100() {
    let sandbox = companies(101).await;
    for limit in ["0", "101", "-1", "ten", "", "1.5"] {
        let answer = get(&sandbox, &format!("/v2/companies?limit={limit}")).await;
        assert_eq!(
            (answer.status, answer.errors()),
            (400, vec![error("validation", Some("limit"))]),
            "{limit}"
        );
    }
    assert_eq!(get(&sandbox, "/v2/companies?limit=100").await.ids().len(), 100);
}

#[tokio::test]
async fn links_can_name_another_host() {
    let builder = Sandbox::builder().world(World::demo()).public_url("https://api.elsewhere.example/base/");
    let sandbox = start(builder).await;
    assert!(sandbox.url().starts_with("http://127.0.0.1:"));
    let link = get(&sandbox, "/v2/companies").await.link("nextUrl").unwrap();
    assert!(link.starts_with("https://api.elsewhere.example/base/v2/companies?cursor="), "{link}");
    let here = format!("/v2/companies?cursor={}", cursor(&link));
    assert_eq!(get(&sandbox, &here).await.ids().len(), 100);
}

#[tokio::test]
async fn rows_that_come_and_go_do_not_shift_the_others() {
    let sandbox = companies(6).await;
    let link = get(&sandbox, "/v2/companies?limit=3").await.link("nextUrl").unwrap();
    sandbox.with_world(|world| {
        world.mark_deleted(affinity_sandbox::EntityKind::Company, 2).unwrap();
        world.add_company(Company::new("Late").id(7)).unwrap();
    });
    assert_eq!(get(&sandbox, &link).await.ids(), [4, 5, 6]);
}

#[tokio::test]
async fn an_emptied_page_still_leads_back() {
    let sandbox = companies(4).await;
    let link = get(&sandbox, "/v2/companies?limit=3").await.link("nextUrl").unwrap();
    sandbox.with_world(|world| world.mark_deleted(affinity_sandbox::EntityKind::Company, 4)).unwrap();
    let page = get(&sandbox, &link).await;
    assert_eq!((page.ids(), page.link("nextUrl")), (vec![], None));
    let back = get(&sandbox, &page.link("prevUrl").unwrap()).await;
    assert_eq!((back.ids(), back.link("nextUrl")), (vec![1, 2, 3], None));
}
