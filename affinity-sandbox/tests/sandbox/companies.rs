use affinity_sandbox::Company;
use serde_json::json;

use crate::support::{error, get, serve, small};

#[tokio::test]
async fn a_company_has_the_documented_shape() {
    let mut small = small();
    let company = Company::new("Brylivex Water").id(88_120).domain("brylivex.example").domain("bx.example");
    small.world.add_company(company.global(true)).unwrap();
    let sandbox = serve(small.world).await;
    assert_eq!(
        get(&sandbox, "/v2/companies/88120").await.json(),
        json!({"id": 88120, "name": "Brylivex Water", "domain": "brylivex.example",
               "domains": ["brylivex.example", "bx.example"], "isGlobal": true, "fields": []})
    );
}

#[tokio::test]
async fn a_company_can_be_without_domains() {
    let mut small = small();
    let id = small.world.add_company(Company::new("Nameplate")).unwrap();
    let sandbox = serve(small.world).await;
    let company = get(&sandbox, &format!("/v2/companies/{id}")).await.json();
    assert_eq!((&company["domain"], &company["domains"]), (&json!(null), &json!([])));
}

#[tokio::test]
async fn unknown_ids_are_skipped() {
    let small = small();
    let sandbox = serve(small.world).await;
    let path = format!("/v2/companies?ids=4711&ids={0}&ids={0}", small.company);
    assert_eq!(get(&sandbox, &path).await.ids(), [small.company]);
    assert!(get(&sandbox, "/v2/companies?ids=4711").await.ids().is_empty());
}

#[tokio::test]
async fn malformed_ids_are_refused_and_an_empty_one_is_malformed() {
    let sandbox = serve(small().world).await;
    for ids in ["ids=", "ids=a", "ids=1&ids=0", "ids=1,2", "ids=9223372036854775808"] {
        let answer = get(&sandbox, &format!("/v2/companies?{ids}")).await;
        assert_eq!((answer.status, answer.errors()), (400, vec![error("validation", Some("ids"))]), "{ids}");
    }
}

#[tokio::test]
async fn an_unknown_company_is_404_everywhere() {
    let sandbox = serve(small().world).await;
    for path in ["", "/lists", "/list-entries"] {
        let answer = get(&sandbox, &format!("/v2/companies/4711{path}")).await;
        assert_eq!((answer.status, answer.errors()), (404, vec![error("not-found", None)]), "{path}");
    }
}

#[tokio::test]
async fn its_lists_come_once_and_without_type() {
    let mut small = small();
    small.world.add_entry(small.portfolio, small.company).unwrap();
    let user = small.world.main_user();
    let sandbox = serve(small.world).await;
    let answer = get(&sandbox, &format!("/v2/companies/{}/lists", small.company)).await;
    let list = json!({"id": small.portfolio, "name": "Portfolio", "creatorId": user, "ownerId": user,
                      "isPublic": true});
    assert_eq!(answer.json()["data"], json!([list]));
}

#[tokio::test]
async fn its_rows_carry_all_fields_at_the_top() {
    let mut small = small();
    let again = small.world.add_entry(small.portfolio, small.company).unwrap();
    let user = small.world.main_user();
    let sandbox = serve(small.world).await;
    let answer = get(&sandbox, &format!("/v2/companies/{}/list-entries", small.company)).await;
    assert_eq!(answer.ids(), [small.row, again]);
    let mut rows = answer.json()["data"].clone();
    let fields = rows[0]["fields"].take();
    assert_eq!(
        rows[0],
        json!({"id": small.row, "listId": small.portfolio, "createdAt": "2025-01-06T08:00:00Z",
               "creatorId": user, "fields": null})
    );
    assert_eq!(fields.as_array().unwrap().len(), 11 + 9 + 2);
    let value = |id: &str| {
        let found = fields.as_array().unwrap().iter().find(|field| field["id"] == id);
        found.unwrap()["value"]["data"].clone()
    };
    assert_eq!((value(&small.score), value(&small.thesis)), (json!(8.5), json!("Strong")));
}

#[tokio::test]
async fn names_outside_of_ascii_survive() {
    let mut small = small();
    let id = small.world.add_company(Company::new("Bjørnskær Café 東雲")).unwrap();
    let sandbox = serve(small.world).await;
    let company = get(&sandbox, &format!("/v2/companies/{id}")).await.json();
    assert_eq!(company["name"], "Bjørnskær Café 東雲");
}

#[test]
fn ids_are_those_the_wire_can_carry() {
    const LARGEST: u64 = (1 << 53) - 1;
    let mut world = affinity_sandbox::World::new();
    for id in [LARGEST + 1, u64::MAX] {
        assert!(world.add_company(Company::new("Too far").id(id)).is_err());
        assert!(world.add_person(affinity_sandbox::Person::new("Too far").id(id)).is_err());
    }
    assert_eq!(world.add_company(Company::new("Last").id(LARGEST)), Ok(LARGEST));
    let next = world.add_company(Company::new("Next")).unwrap();
    assert_eq!(world.add_company(Company::new("Taken").id(next + 1)), Ok(next + 1));
    assert_eq!(world.add_company(Company::new("After")), Ok(next + 2));
}
