use affinity_sandbox::{Company, EntityKind, Method, Person, World};
use serde_json::json;

use crate::support::{get, serve, small};
use crate::v1_support::{call, delete, ids, message, read, refusal, write, wrong};

#[tokio::test]
async fn an_organization_has_the_documented_shape() {
    let small = small();
    let (company, row, list) = (small.company, small.row, small.portfolio);
    let sandbox = serve(small.world).await;
    let mut expected = json!({
        "id": company, "name": "Tessel Robotics", "domain": "tessel.example", "domains": ["tessel.example"],
        "global": false, "person_ids": [],
        "list_entries": [{"id": row, "list_id": list, "creator_id": 50001, "entity_id": company, "entity_type": 1,
                          "created_at": "2025-01-06T00:00:00.000-08:00"}]
    });
    assert_eq!(read(&sandbox, &format!("/organizations/{company}")).await, expected);
    expected["opportunity_ids"] = json!([]);
    assert_eq!(read(&sandbox, &format!("/organizations/{company}?with_opportunities=true")).await, expected);
    let listed = read(&sandbox, "/organizations").await;
    let keys = expected.as_object_mut().unwrap();
    for key in ["person_ids", "list_entries", "opportunity_ids"] {
        keys.remove(key);
    }
    assert_eq!(listed, json!({"organizations": [expected], "next_page_token": null}));
}

#[tokio::test]
async fn a_search_by_term_alone_goes_through_the_whole_directory() {
    let mut small = small();
    let used = small.world.add_company(Company::new("Used").domain("used.example").global(true)).unwrap();
    small.world.add_entry(small.portfolio, used).unwrap();
    let sandbox = serve(small.world).await;
    let found =
        async |query: &str| ids(&read(&sandbox, &format!("/organizations?{query}")).await["organizations"]);
    assert_eq!(found("").await, [small.company, used]);
    assert_eq!(found("term=.example").await, [small.company, small.company + 1, used]);
    assert_eq!(found("term=larkumbra").await, [small.company + 1]);
    assert_eq!(found("term=larkumbra&with_opportunities=true").await, [] as [u64; 0]);
    assert_eq!(found("term=ROBOT").await, [small.company]);
}

#[tokio::test]
async fn an_organization_is_made_and_seen_by_v2() {
    let small = small();
    let person = small.person;
    let sandbox = serve(small.world).await;
    let body = json!({"name": "Tessel Robotics", "domain": "tessel-labs.example", "person_ids": [person]});
    let made = write(&sandbox, Method::POST, "/organizations", &body).await;
    assert_ne!(made["id"], small.company);
    assert_eq!(
        made,
        json!({
            "id": made["id"], "name": "Tessel Robotics", "domain": "tessel-labs.example",
            "domains": ["tessel-labs.example"], "global": false, "person_ids": [person]
        })
    );
    let of_v2 = read(&sandbox, &format!("/v2/companies/{}", made["id"])).await;
    assert_eq!((&of_v2["domain"], &of_v2["isGlobal"]), (&made["domain"], &json!(false)));
    assert_eq!(read(&sandbox, &format!("/persons/{person}")).await["organization_ids"], json!([made["id"]]));
}

#[tokio::test]
async fn a_domain_is_bare() {
    let sandbox = serve(small().world).await;
    for domain in ["https://a.example", "a b.example", "a_b.example", "", "a.example/path", "localhost"] {
        let body = json!({"name": "A", "domain": domain});
        assert_eq!(
            refusal(&call(&sandbox, Method::POST, "/organizations", &body).await),
            wrong("domain"),
            "{domain}"
        );
    }
    let answer = call(&sandbox, Method::POST, "/organizations", &json!({})).await;
    assert_eq!(refusal(&answer), wrong("name"));
}

#[tokio::test]
async fn an_update_replaces_the_persons() {
    let mut small = small();
    let other = small.world.add_person(Person::new("Other")).unwrap();
    let (person, path) = (small.person, format!("/organizations/{}", small.company));
    let sandbox = serve(small.world).await;
    write(&sandbox, Method::PUT, &path, &json!({"person_ids": [person]})).await;
    let replaced =
        write(&sandbox, Method::PUT, &path, &json!({"person_ids": [other], "name": "Tessel"})).await;
    assert_eq!((&replaced["person_ids"], &replaced["name"]), (&json!([other]), &json!("Tessel")));
    let moved = write(&sandbox, Method::PUT, &path, &json!({"domain": "tessel.test"})).await;
    assert_eq!((&moved["domain"], &moved["domains"]), (&json!("tessel.test"), &json!(["tessel.test"])));
    assert_eq!(moved["person_ids"], json!([other]));
    let emptied = write(&sandbox, Method::PUT, &path, &json!({"person_ids": []})).await;
    assert_eq!(emptied["person_ids"], json!([]));
    assert_eq!(read(&sandbox, &format!("/persons/{other}")).await["organization_ids"], json!([]));
}

#[tokio::test]
async fn a_global_organization_keeps_its_name_and_its_place() {
    let small = small();
    let (path, person) = (format!("/organizations/{}", small.company + 1), small.person);
    let sandbox = serve(small.world).await;
    assert_eq!(read(&sandbox, &path).await["global"], true);
    for key in ["name", "domain"] {
        let answer = call(&sandbox, Method::PUT, &path, &json!({key: "other.example"})).await;
        assert_eq!(refusal(&answer), wrong(key));
    }
    assert_eq!(delete(&sandbox, &path).await, 422);
    let linked = write(&sandbox, Method::PUT, &path, &json!({"person_ids": [person]})).await;
    assert_eq!(linked["person_ids"], json!([person]));
}

#[tokio::test]
async fn a_deleted_organization_is_gone_with_rows_and_links() {
    let small = small();
    let (company, person, list) = (small.company, small.person, small.portfolio);
    let sandbox = serve(small.world).await;
    let path = format!("/organizations/{company}");
    write(&sandbox, Method::PUT, &path, &json!({"person_ids": [person]})).await;
    assert_eq!((delete(&sandbox, &path).await, delete(&sandbox, &path).await), (200, 404));
    assert_eq!(get(&sandbox, &format!("/v2/companies/{company}")).await.status, 404);
    assert_eq!(read(&sandbox, &format!("/lists/{list}/list-entries")).await, json!([]));
    assert_eq!(read(&sandbox, &format!("/persons/{person}")).await["organization_ids"], json!([]));
}

#[tokio::test]
async fn a_merged_organization_names_the_survivor() {
    let mut world = World::new();
    for (id, name) in [(1, "Kept"), (2, "Twin")] {
        world.add_company(Company::new(name).id(id)).unwrap();
    }
    world.mark_merged(EntityKind::Company, 2, 1).unwrap();
    let sandbox = serve(world).await;
    let answer = get(&sandbox, "/organizations/2").await;
    assert_eq!(
        (answer.status, message(&answer)),
        (422, "2 no longer exists as it has been merged into 1".into())
    );
    let filtered = get(&sandbox, "/field-values?organization_id=2").await;
    assert_eq!(refusal(&filtered), wrong("organization_id"));
}

#[tokio::test]
async fn another_domain_replaces_no_other_than_the_primary_one() {
    let mut small = small();
    let company =
        Company::new("Norrhav").domain("norrhav.example").domain("norrhav.test").domain("wind.test");
    let path = format!("/organizations/{}", small.world.add_company(company).unwrap());
    let bare = format!("/organizations/{}", small.world.add_company(Company::new("Bare")).unwrap());
    let sandbox = serve(small.world).await;
    let domains = async |path: &str, domain: &str| {
        write(&sandbox, Method::PUT, path, &json!({"domain": domain})).await["domains"].clone()
    };
    assert_eq!(domains(&bare, "bare.example").await, json!(["bare.example"]));
    for (domain, expected) in [
        ("Norrhav.EXAMPLE", ["norrhav.example", "norrhav.test", "wind.test"]),
        ("Wind.test", ["wind.test", "norrhav.example", "norrhav.test"]),
        ("hav.example", ["hav.example", "norrhav.example", "norrhav.test"]),
    ] {
        assert_eq!(domains(&path, domain).await, json!(expected), "{domain}");
    }
}

#[tokio::test]
async fn no_part_of_a_domain_is_empty() {
    let sandbox = serve(small().world).await;
    for domain in ["...", ".", ".a", "a.", "a..b"] {
        let answer =
            call(&sandbox, Method::POST, "/organizations", &json!({"name": "A", "domain": domain})).await;
        assert_eq!(refusal(&answer), wrong("domain"), "{domain}");
    }
}
