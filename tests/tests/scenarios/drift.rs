//! What the server adds, and what it breaks.

use affinity::{Entity, FieldValue, ListEntry, PersonType};
use affinity_sandbox::Reply;
use affinity_tests::{TagPlace, field, list_entry, page};
use futures::{StreamExt, TryStreamExt};

use crate::support::{answering, client};

const PATH: &str = "/v2/lists/64/list-entries";

fn text_field() -> String {
    field("field-1", "text", r#""as ever""#, TagPlace::First)
}

#[tokio::test]
async fn one_bad_entry_among_a_hundred_costs_itself_only() {
    for place in [TagPlace::First, TagPlace::Last] {
        let mut rows: Vec<_> = (0..100).map(|id| list_entry(id, &text_field(), place)).collect();
        rows[3] = list_entry(3, &field("field-2", "hologram", r#"{"depth":[1,2]}"#, place), place);
        let person = r#"{"id":1,"firstName":null,"lastName":null,"primaryEmailAddress":null,"type":"robot"}"#;
        rows[4] = list_entry(4, &field("field-3", "person", person, place), place);
        rows[5] = rows[5].replacen('{', r#"{"surprise":{"a":[1]},"#, 1);
        let broken =
            format!("{},{}", text_field(), field("field-4", "number", r#""2.500.000 to Ines""#, place));
        rows[17] = list_entry(17, &broken, place);

        let sandbox = answering(PATH, [Reply::json(200, page(&rows, None))]).await;
        let results: Vec<_> = client(&sandbox).lists().entries(64.into()).stream().collect().await;
        assert_eq!(results.len(), 100);
        let errors: Vec<_> = results.iter().enumerate().filter(|(_, result)| result.is_err()).collect();
        assert_eq!(errors.len(), 1, "{errors:?}");
        let (index, error) = (errors[0].0, errors[0].1.as_ref().unwrap_err());
        assert_eq!(index, 17);
        assert!(error.is_decode() && error.is_item());
        assert_eq!(error.path(), Some("data[17].entity.fields[1].value.data"), "{place:?}");
        assert_eq!(error.operation(), Some("list_list_entries"));
        assert_eq!(
            error.to_string(),
            "list_list_entries: the answer does not fit at data[17].entity.fields[1].value.data (id 17): \
             invalid type: string, expected f64"
        );
        assert_eq!(error.item_id(), Some(17));
        assert_eq!(error.body(), Some(rows[17].as_bytes()));
        assert_eq!((error.status().unwrap().as_u16(), error.attempts()), (200, 1));
        assert!(error.request_id().is_some());

        let value = |row: usize| -> &FieldValue {
            let row: &ListEntry = results[row].as_ref().unwrap();
            &row.fields()[0].value
        };
        let FieldValue::Unknown(unknown) = value(3) else { panic!("{:?}", value(3)) };
        assert_eq!((unknown.kind(), unknown.data()), ("hologram", r#"{"depth":[1,2]}"#));
        let kind: &PersonType = &value(4).as_person().unwrap().type_;
        assert_eq!((kind.as_str(), matches!(kind, PersonType::Unknown(_))), ("robot", true));
        assert_eq!(value(5).as_text(), Some("as ever"));
    }
}

#[tokio::test]
async fn a_page_names_its_failures_and_their_places() {
    let rows = ["7".to_owned(), list_entry(1, "", TagPlace::First), r#"{"id":true}"#.to_owned()];
    let sandbox = answering(PATH, [Reply::json(200, page(&rows, None))]).await;
    let page = client(&sandbox).lists().entries(64.into()).send().await.unwrap();
    assert_eq!(page.items.len(), 1);
    let places: Vec<_> =
        page.failures.iter().map(|it| (it.index, it.error.path().unwrap().to_owned())).collect();
    assert_eq!(places, [(0, "data[0]".to_owned()), (2, "data[2].id".to_owned())]);
    assert!(page.into_items().is_err());
}

#[tokio::test]
async fn a_bad_entry_in_the_middle_does_not_stop_the_walk() {
    let (good, bad) = (list_entry(1, "", TagPlace::First), "{}".to_owned());
    let next = Some("/v2/lists/64/list-entries?cursor=p1");
    let first = Reply::json(200, page(&[good.clone(), bad], next));
    let sandbox = answering(PATH, [first, Reply::json(200, page(&[good], None))]).await;
    let mut stream = client(&sandbox).lists().entries(64.into()).stream();
    assert!(stream.try_next().await.is_ok());
    let error = stream.try_next().await.unwrap_err();
    assert_eq!(error.path(), Some("data[1]"));
    assert!(error.to_string().ends_with("missing field `type`"), "{error}");
    assert!(error.cursor().unwrap().is_start(), "going on from here repeats the page");
    assert!(stream.try_next().await.unwrap().is_some());
    assert!(stream.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_stream_can_be_parted_into_items_and_failures() {
    let rows =
        [list_entry(1, "", TagPlace::First), r#"{"id":2}"#.to_owned(), list_entry(3, "", TagPlace::First)];
    let sandbox = answering(PATH, [Reply::json(200, page(&rows, None))]).await;
    let (items, failures) = client(&sandbox).lists().entries(64.into()).stream().partition().await.unwrap();
    assert_eq!(items.iter().map(|row| row.id.get()).collect::<Vec<_>>(), [1, 3]);
    assert_eq!(failures.iter().map(affinity::Error::item_id).collect::<Vec<_>>(), [Some(2)]);
}

#[tokio::test]
async fn a_union_that_is_no_object_or_has_no_tag_names_the_place() {
    for (data, at, why) in [
        ("5", "value.data", "invalid type: integer, expected an object"),
        ("{}", "value.data", "missing field `type`"),
        (r#"{"type":7}"#, "value.data.type", "invalid type: integer, expected a string"),
    ] {
        for tag in [TagPlace::First, TagPlace::Last] {
            let rows = [list_entry(1, &field("f", "interaction", data, tag), tag)];
            let sandbox = answering(PATH, [Reply::json(200, page(&rows, None))]).await;
            let page = client(&sandbox).lists().entries(64.into()).send().await.unwrap();
            let error = &page.failures[0].error;
            let path = format!("data[0].entity.fields[0].{at}");
            assert_eq!(error.path(), Some(path.as_str()), "{data} {tag:?}");
            assert!(error.to_string().ends_with(why), "{error}");
        }
    }
}

#[tokio::test]
async fn a_link_among_texts_reads_as_its_link() {
    let data = r#"["plain",{"link":"https://in.example/odd","text":"odd"},{"text":"only text","more":1}]"#;
    let rows = [list_entry(1, &field("f", "filterable-text-multi", data, TagPlace::Last), TagPlace::First)];
    let sandbox = answering(PATH, [Reply::json(200, page(&rows, None))]).await;
    let row =
        client(&sandbox).lists().entries(64.into()).send().await.unwrap().into_items().unwrap().remove(0);
    let texts = row.cell("f").value().unwrap().as_texts().unwrap();
    assert_eq!(texts, ["plain", "https://in.example/odd", "only text"]);
}

#[tokio::test]
async fn an_unknown_kind_of_entity_is_kept() {
    for (place, row) in [
        (
            "type first",
            r#"{"id":1,"type":"fund","listId":64,"createdAt":"2025-03-01T10:00:00Z","creatorId":null,"entity":{"size":[9.50]}}"#,
        ),
        (
            "type last",
            r#"{"entity":{"size":[9.50]},"id":1,"listId":64,"createdAt":"2025-03-01T10:00:00Z","type":"fund"}"#,
        ),
    ] {
        let sandbox = answering(PATH, [Reply::json(200, page(&[row.to_owned()], None))]).await;
        let page = client(&sandbox).lists().entries(64.into()).send().await.unwrap();
        let Entity::Unknown(unknown) = &page.items[0].entity else { panic!("{place}") };
        assert_eq!((unknown.kind(), unknown.json()), ("fund", r#"{"size":[9.50]}"#), "{place}");
        assert!(page.items[0].fields().is_empty());
        assert_eq!(page.items[0].creator_id, None);
    }
}

#[tokio::test]
async fn null_lists_read_as_empty() {
    let sandbox = answering(PATH, [Reply::json(200, r#"{"data":null,"pagination":{"nextUrl":null}}"#)]).await;
    assert!(client(&sandbox).lists().entries(64.into()).send().await.unwrap().items.is_empty());

    let company = r#"{"id":1,"name":"Tessel","domain":null,"domains":null,"isGlobal":false,"fields":null}"#;
    let sandbox = answering("/v2/companies/1", [Reply::json(200, company)]).await;
    let company = client(&sandbox).companies().get(1.into()).send().await.unwrap();
    assert!(company.domains.is_empty() && company.fields.is_empty());
}

#[tokio::test]
async fn nullable_values_may_be_absent() {
    let company = r#"{"id":1,"name":"Tessel","domains":[],"isGlobal":false}"#;
    let sandbox = answering("/v2/companies/1", [Reply::json(200, company)]).await;
    assert_eq!(client(&sandbox).companies().get(1.into()).send().await.unwrap().domain, None);
}

#[tokio::test]
async fn a_missing_required_value_names_its_place() {
    let sandbox =
        answering("/v2/companies/1", [Reply::json(200, r#"{"id":1,"domains":[],"isGlobal":true}"#)]).await;
    let error = client(&sandbox).companies().get(1.into()).send().await.unwrap_err();
    assert_eq!(error.to_string(), "get_company: the answer does not fit at $: missing field `name`");
    assert!(!error.is_item());
}

#[tokio::test]
async fn an_answer_that_is_not_json_says_so() {
    for body in ["<html>fine</html>", "", "{\"data\":[", "\u{feff}{}"] {
        let sandbox = answering("/v2/lists", [Reply::json(200, body)]).await;
        let error = client(&sandbox).lists().list().send().await.unwrap_err();
        assert!(error.is_decode(), "{body:?}: {error}");
        assert_eq!(error.operation(), Some("list_lists"));
    }
}
