use affinity_sandbox::{
    CellValue, Company, EntityKind, NewField, Place, SavedView, ValueType, ViewFilter, ViewKind,
};
use serde_json::json;

use crate::support::{Small, error, get, serve, small};

/// With a second row that has no score.
fn two_rows() -> (Small, u64) {
    let mut small = small();
    let company = small.world.add_company(Company::new("Ossuka Press")).unwrap();
    let second = small.world.add_entry(small.portfolio, company).unwrap();
    (small, second)
}

#[tokio::test]
async fn views_tell_neither_columns_nor_filters() {
    let (mut small, _) = two_rows();
    let board = small.world.add_view(small.portfolio, SavedView::new("By score", ViewKind::Board)).unwrap();
    small.world.add_view(small.deals, SavedView::new("Elsewhere", ViewKind::Sheet)).unwrap();
    let sandbox = serve(small.world).await;
    let expected =
        json!({"id": board, "name": "By score", "type": "board", "createdAt": "2025-01-06T08:00:00Z"});
    let views = format!("/v2/lists/{}/saved-views", small.portfolio);
    assert_eq!(get(&sandbox, &views).await.json()["data"], json!([expected]));
    assert_eq!(get(&sandbox, &format!("{views}/{board}")).await.json(), expected);
}

#[tokio::test]
async fn a_sheet_gives_its_columns_whatever_is_asked_for() {
    let (mut small, second) = two_rows();
    let view = SavedView::new("Scores", ViewKind::Sheet).columns([&small.score, &small.thesis]);
    let view = small.world.add_view(small.portfolio, view).unwrap();
    let sandbox = serve(small.world).await;
    let path = format!("/v2/lists/{}/saved-views/{view}/list-entries", small.portfolio);
    let answer = get(&sandbox, &format!("{path}?fieldIds=last-email&fieldTypes=nonsense")).await;
    assert_eq!(answer.ids(), [small.row, second]);
    let body = answer.json();
    let columns: Vec<_> = body["data"][0]["entity"]["fields"].as_array().unwrap().iter().collect();
    assert_eq!((&columns[0]["id"], &columns[1]["id"]), (&json!(small.thesis), &json!(small.score)));
    assert_eq!(columns.len(), 2);
}

#[tokio::test]
async fn a_sheet_applies_its_filters() {
    let (mut small, second) = two_rows();
    let score = small.score.clone();
    let mut view = |filters: Vec<ViewFilter>| {
        let view = filters.into_iter().fold(SavedView::new("Some", ViewKind::Sheet), SavedView::filter);
        small.world.add_view(small.portfolio, view).unwrap()
    };
    let filled = ViewFilter::Filled(score.clone());
    let eight = ViewFilter::Equals(score.clone(), CellValue::Number(8.5));
    let nine = ViewFilter::Equals(score.clone(), CellValue::Number(9.0));
    let expected = [
        (view(vec![filled.clone()]), vec![small.row]),
        (view(vec![ViewFilter::Empty(score)]), vec![second]),
        (view(vec![filled, eight.clone()]), vec![small.row]),
        (view(vec![eight, nine]), vec![]),
    ];
    let sandbox = serve(small.world).await;
    for (view, rows) in expected {
        let path = format!("/v2/lists/{}/saved-views/{view}/list-entries", small.portfolio);
        assert_eq!(get(&sandbox, &path).await.ids(), rows);
    }
}

#[tokio::test]
async fn a_hidden_cell_counts_as_empty() {
    let mut small = small();
    let colleague = small.world.add_user("Teodor", "Kvist", "teodor@quillfern-seed.example");
    small.world.restrict_opportunity(small.opportunity, [colleague]).unwrap();
    let filled = SavedView::new("Priced", ViewKind::Sheet).filter(ViewFilter::Filled(small.amount.clone()));
    let view = small.world.add_view(small.deals, filled).unwrap();
    let sandbox = serve(small.world).await;
    let path = format!("/v2/lists/{}/saved-views/{view}/list-entries", small.deals);
    assert!(get(&sandbox, &path).await.ids().is_empty());
}

#[tokio::test]
async fn boards_and_dashboards_have_no_rows_to_read() {
    let (mut small, _) = two_rows();
    for kind in [ViewKind::Board, ViewKind::Dashboard] {
        small.world.add_view(small.portfolio, SavedView::new("Other", kind)).unwrap();
    }
    let sandbox = serve(small.world).await;
    let views = format!("/v2/lists/{}/saved-views", small.portfolio);
    for view in get(&sandbox, &views).await.ids() {
        let answer = get(&sandbox, &format!("{views}/{view}/list-entries")).await;
        assert_eq!((answer.status, answer.errors()), (400, vec![error("bad-request", None)]));
    }
}

#[tokio::test]
async fn a_view_of_another_list_is_404() {
    let (mut small, _) = two_rows();
    let view = small.world.add_view(small.portfolio, SavedView::new("Scores", ViewKind::Sheet)).unwrap();
    let sandbox = serve(small.world).await;
    for path in [format!("{view}"), format!("{view}/list-entries"), "4711".into()] {
        let answer = get(&sandbox, &format!("/v2/lists/{}/saved-views/{path}", small.deals)).await;
        assert_eq!((answer.status, answer.errors()), (404, vec![error("not-found", None)]), "{path}");
    }
}

#[tokio::test]
async fn a_filtered_view_is_paged() {
    let (mut small, _) = two_rows();
    for _ in 0..3 {
        let row = small.world.add_entry(small.portfolio, small.company).unwrap();
        small.world.set_value(Place::Entry(row), &small.score, CellValue::Number(1.0)).unwrap();
    }
    let view = SavedView::new("Scored", ViewKind::Sheet).filter(ViewFilter::Filled(small.score.clone()));
    let view = small.world.add_view(small.portfolio, view).unwrap();
    let sandbox = serve(small.world).await;
    let path = format!("/v2/lists/{}/saved-views/{view}/list-entries?limit=3", small.portfolio);
    let first = get(&sandbox, &path).await;
    let second = get(&sandbox, &first.link("nextUrl").unwrap()).await;
    assert_eq!((first.ids().len(), second.ids().len(), second.link("nextUrl")), (3, 1, None));
}

#[tokio::test]
async fn a_multi_value_of_which_nothing_is_left_counts_as_empty() {
    let mut small = small();
    let people = NewField::new("People", ValueType::PersonMulti);
    let people = small.world.add_list_field(small.portfolio, people).unwrap();
    let place = Place::Entry(small.row);
    small.world.set_value(place, &people, CellValue::PersonMulti(vec![small.person])).unwrap();
    let mut view = |filter| {
        let view = SavedView::new("Some", ViewKind::Sheet).filter(filter);
        small.world.add_view(small.portfolio, view).unwrap()
    };
    let views = [
        view(ViewFilter::Filled(people.clone())),
        view(ViewFilter::Empty(people.clone())),
        view(ViewFilter::Equals(people.clone(), CellValue::PersonMulti(vec![]))),
    ];
    let (list, person, row) = (small.portfolio, small.person, small.row);
    let sandbox = serve(small.world).await;
    let shown = async || {
        let mut shown = Vec::new();
        for view in views {
            let path = format!("/v2/lists/{list}/saved-views/{view}/list-entries");
            shown.push(get(&sandbox, &path).await.ids());
        }
        shown
    };
    let (full, empty) = ([vec![row], vec![], vec![]], [vec![], vec![row], vec![row]]);
    assert_eq!(shown().await, full);
    sandbox.with_world(|world| world.set_value(place, &people, CellValue::PersonMulti(vec![]))).unwrap();
    assert_eq!(shown().await, empty);
    sandbox
        .with_world(|world| world.set_value(place, &people, CellValue::PersonMulti(vec![person])))
        .unwrap();
    sandbox.with_world(|world| world.mark_deleted(EntityKind::Person, person)).unwrap();
    assert_eq!(shown().await, empty);
}

#[tokio::test]
async fn nothing_equals_what_is_gone() {
    let (mut small, _) = two_rows();
    let (one, several) = (ValueType::Person, ValueType::PersonMulti);
    let [one, several] = [one, several]
        .map(|kind| small.world.add_list_field(small.portfolio, NewField::new("Who", kind)).unwrap());
    let wanted =
        [(one, CellValue::Person(small.person)), (several, CellValue::PersonMulti(vec![small.person]))];
    let views = wanted.map(|(field, value)| {
        let view = SavedView::new("Gone", ViewKind::Sheet).filter(ViewFilter::Equals(field, value));
        small.world.add_view(small.portfolio, view).unwrap()
    });
    small.world.mark_deleted(EntityKind::Person, small.person).unwrap();
    let sandbox = serve(small.world).await;
    for view in views {
        let path = format!("/v2/lists/{}/saved-views/{view}/list-entries", small.portfolio);
        assert!(get(&sandbox, &path).await.ids().is_empty());
    }
}

#[test]
fn a_view_compares_with_what_its_field_can_hold() {
    let mut small = small();
    for value in [CellValue::Text("8.5".into()), CellValue::Number(f64::NAN)] {
        let filter = ViewFilter::Equals(small.score.clone(), value);
        let view = SavedView::new("Never", ViewKind::Sheet).filter(filter);
        assert!(small.world.add_view(small.portfolio, view).is_err());
    }
}
