//! Cursors as text, and the URLs that lead on.

use affinity::chrono::DateTime;
use affinity::{CompanyId, Cursor, FieldNumber, TenantId};
use affinity_core::Scope;
use futures::TryStreamExt;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::json::text;
use super::server::{RawServer, json_answer};
use super::{MANY, SOME, assert_fit_for_a_log, check};

/// A cursor of the collection of lists, as it prints itself.
fn printed(server: &RawServer, token: &str) -> String {
    let lists = server.builder().build().unwrap().lists().list();
    let start = lists.stream().cursor().unwrap().to_string();
    let tail: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
    format!("{start}:{tail}")
}

fn token() -> impl Strategy<Value = String> {
    text().prop_filter("not empty", |token| !token.is_empty())
}

#[test]
fn whatever_prints_itself_is_read_back_as_the_same() {
    let workspace = prop::option::of(any::<u64>());
    check("cursors written down", MANY, &(token(), workspace, any::<u32>()), |(token, workspace, limit)| {
        let scope = Scope::new("list_companies").with("limit", limit);
        let mut text = Cursor::at(scope, token.as_str()).to_string();
        if let Some(id) = workspace {
            text = text.replacen(':', &format!("@{id}:"), 1);
        }
        assert!(text.is_ascii() && !text.contains(|c: char| c.is_control() || c == ' '), "{text:?}");
        let cursor: Cursor = text.parse().unwrap();
        assert_eq!(
            (cursor.token(), cursor.workspace()),
            (Some(token.as_str()), workspace.map(TenantId::new))
        );
        assert_eq!(cursor.to_string(), text);
    });
}

#[test]
fn any_text_is_a_cursor_for_good_or_refused() {
    let parts = ("[a-z_@0-9A-Z]{0,12}", "[0-9a-f+-]{14,18}", "[a-z%&=+;#:A-F0-9]{0,8}");
    let text =
        prop_oneof![text(), parts.prop_map(|(whole, print, token)| format!("{whole}:{print}:{token}"))];
    check("texts as cursors", 4 * MANY, &text, |text| {
        let Ok(cursor) = text.parse::<Cursor>() else { return };
        assert_ne!(cursor.token(), Some(""), "{text:?} would begin anew");
        assert_eq!(cursor.to_string().parse::<Cursor>(), Ok(cursor), "{text:?}");
    });
}

/// What can happen to a text that somebody keeps.
#[derive(Clone, Debug)]
enum Slip {
    Drop(Index),
    Put(Index, char),
    Swap(Index),
    Cut(Index),
    None,
}

fn slip() -> impl Strategy<Value = Slip> {
    prop_oneof![
        any::<Index>().prop_map(Slip::Drop),
        (
            any::<Index>(),
            prop::char::ranges(vec!['0'..='9', 'a'..='f', '_'..='_', '@'..='@', ':'..=':', '&'..='&'].into())
        )
            .prop_map(|(at, c)| Slip::Put(at, c)),
        any::<Index>().prop_map(Slip::Swap),
        any::<Index>().prop_map(Slip::Cut),
        Just(Slip::None),
    ]
}

fn slipped(text: &str, slip: &Slip) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    if chars.len() < 2 {
        return text.to_owned();
    }
    match slip {
        Slip::Drop(at) => drop(chars.remove(at.index(chars.len()))),
        Slip::Put(at, c) => {
            let at = at.index(chars.len());
            chars[at] = *c;
        }
        Slip::Swap(at) => {
            let at = at.index(chars.len() - 1);
            chars.swap(at, at + 1);
        }
        Slip::Cut(at) => chars.truncate(at.index(chars.len())),
        Slip::None => {}
    }
    chars.into_iter().collect()
}

#[test]
fn a_cursor_that_was_changed_is_refused_before_anything_is_sent_or_leads_into_the_same_collection() {
    let server = RawServer::start();
    let affinity = server.builder().build().unwrap();
    check("changed cursors", SOME, &("[a-z0-9:=% ]{1,12}", slip(), slip()), |(token, one, other)| {
        let text = printed(&server, &token);
        let Ok(cursor) = slipped(&slipped(&text, &one), &other).parse::<Cursor>() else { return };
        server.answer([json_answer(200, r#"{"data":[],"pagination":{"prevUrl":null,"nextUrl":null}}"#)]);
        let elsewhere = server.wait(affinity.companies().list().resume_from(cursor.clone()).send());
        assert!(elsewhere.unwrap_err().is_input() && server.heads().is_empty());
        let other_size = affinity.lists().list().page_size(7).resume_from(cursor.clone());
        assert!(server.wait(other_size.send()).unwrap_err().is_input() && server.heads().is_empty());
        let (scope, taken) = (text.rsplit_once(':').unwrap().0, cursor.to_string());
        let same = taken == scope || taken.starts_with(&format!("{scope}:"));
        match server.wait(affinity.lists().list().resume_from(cursor.clone()).send()) {
            Ok(_) => assert!(same && asked(&server.heads()[0]).as_deref() == cursor.token(), "{taken}"),
            // What names a workspace is checked against the key's, which this server does not tell.
            Err(error) => assert!(!same || cursor.workspace().is_some(), "{taken}: {error}"),
        }
    });
}

#[test]
fn a_walk_over_changes_goes_on_from_a_place_that_it_gave_or_is_refused() {
    let server = RawServer::start();
    let affinity = server.builder().build().unwrap();
    let walk = || affinity.field_value_changes().list(FieldNumber::new(4409)).walk(DateTime::UNIX_EPOCH);
    let at = prop_oneof![
        text(),
        concat!(
            "[+-]?[0-9]{1,6}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9]",
            "(\\.[0-9]{0,12})?(Z|[+-][0-9]{2}:?[0-9]{2})"
        ),
    ];
    let place = (at, prop_oneof![text(), any::<u64>().prop_map(|id| id.to_string())], any::<bool>());
    check("places of a walk", SOME, &place, |(at, id, as_token)| {
        let gave = json!({"field_value_changes": [{"id": id.parse::<u64>().unwrap_or(7), "changed_at": at}]})
            .to_string();
        server.answer([json_answer(200, &gave)]);
        let next = if as_token {
            let start = walk().stream().cursor().unwrap().to_string();
            format!("{start}:{}", escaped(&format!("{at}/{id}"))).parse().unwrap()
        } else {
            let next = server.wait(walk().send()).ok().and_then(|page| page.next);
            let Some(next) = next else { return };
            next
        };
        server.answer([json_answer(200, r#"{"field_value_changes":[]}"#)]);
        match server.wait(walk().resume_from(next.clone()).send()) {
            Ok(_) => {
                let (after, id) = next.token().unwrap().split_once('/').unwrap();
                let (asked_after, asked_id) =
                    (param(&server.heads()[0], "changed_after"), param(&server.heads()[0], "after_id"));
                assert_eq!(asked_id.unwrap().parse::<u64>(), id.parse());
                if !as_token {
                    assert_eq!(asked_after.as_deref(), Some(after));
                }
            }
            Err(error) => {
                assert!(as_token && error.is_input() && server.heads().is_empty(), "{error}");
                assert_fit_for_a_log(&error);
            }
        }
    });
}

#[test]
fn only_the_id_of_a_task_url_is_used() {
    let server = RawServer::start();
    let affinity = server.builder().build().unwrap();
    let url = prop_oneof![
        text(),
        text().prop_map(|id| format!("https://crm.example/v2/tasks/company-merges/{id}")),
        "(https://[a-z.]{1,9})?(/[a-z.-]{0,6}){0,3}/tasks/company-merges/[a-z0-9./?#%\\\\-]{0,12}",
    ];
    check("task URLs", SOME, &url, |url| {
        server.answer([json_answer(202, &json!({ "taskUrl": url }).to_string()), json_answer(404, "{}")]);
        let (one, other) = (CompanyId::new(1), CompanyId::new(2));
        let task = match server.wait(affinity.companies().merge(one, other).confirm().send()) {
            Ok(task) => task,
            Err(error) => {
                assert!(
                    error.is_decode() && error.is_outcome_unknown() && error.path() == Some("taskUrl"),
                    "{error}"
                );
                return assert_fit_for_a_log(&error);
            }
        };
        let error = server.wait(affinity.companies().merge_task(task).send()).unwrap_err();
        assert_fit_for_a_log(&error);
        let head = server.heads().remove(1);
        let target = head.split(' ').nth(1).unwrap();
        let id = target.strip_prefix("/v2/tasks/company-merges/").unwrap_or_else(|| panic!("{target}"));
        assert!(!id.is_empty() && !id.contains(['/', '?', '#']) && id != ".." && id != ".", "{target}");
    });
}

fn param(head: &str, name: &str) -> Option<String> {
    let target = head.split(' ').nth(1).unwrap();
    let url = url::Url::parse("http://any.invalid").unwrap().join(target).unwrap();
    url.query_pairs().find(|(other, _)| other == name).map(|(_, value)| value.into_owned())
}

/// The cursor that a request asks for.
fn asked(head: &str) -> Option<String> {
    param(head, "cursor")
}

#[test]
fn only_the_cursor_of_a_next_url_is_used() {
    let server = RawServer::start();
    let affinity = server.builder().build().unwrap();
    let stranger = server.wait(TcpListener::bind("127.0.0.1:0")).unwrap();
    let there = stranger.local_addr().unwrap();
    let base = prop_oneof![
        Just(format!("http://{there}/v2/lists")),
        Just(format!("//{there}/v2/persons")),
        Just(format!("https://ines:key@{there}/")),
        Just("/v2/lists/1/list-entries".to_owned()),
        Just("https://api.affinity.example/v2/companies".to_owned()),
        Just(String::new()),
        Just("file:///etc/hosts".to_owned()),
        text(),
    ];
    let query = prop_oneof![3 => token().prop_map(Some), 1 => Just(None)];
    check("next URLs", SOME, &(base, query, text()), |(base, token, more)| {
        let mut url = format!("{base}?limit={}", escaped(&more));
        if let Some(token) = &token {
            url += &format!("&cursor={}&cursor=second", escaped(token));
        }
        let page =
            |next: Value| json!({"data": [], "pagination": {"prevUrl": null, "nextUrl": next}}).to_string();
        server.answer([json_answer(200, &page(url.clone().into())), json_answer(200, &page(Value::Null))]);
        let mut pages = affinity.lists().list().pages();
        let walk = server.wait(async {
            while pages.try_next().await?.is_some() {}
            Ok::<_, affinity::Error>(())
        });
        match walk {
            Ok(()) => {
                let heads = server.heads();
                assert_eq!(heads.len(), 2, "{url}");
                assert!(heads.iter().all(|head| head.starts_with("GET /v2/lists")), "{heads:?}");
                assert!(asked(&heads[0]).is_none());
                let own = url::Url::parse("https://any.invalid").unwrap().join(&url).unwrap();
                let first = own.query_pairs().find(|(name, value)| name == "cursor" && !value.is_empty());
                assert_eq!(asked(&heads[1]), first.map(|(_, value)| value.into_owned()));
            }
            // Never taken for the end.
            Err(error) => {
                assert!(error.is_decode() && server.heads().len() == 1, "{error}");
                assert_eq!(error.path(), Some("pagination.nextUrl"));
                assert_fit_for_a_log(&error);
            }
        }
    });
    let nobody =
        server.wait(async { tokio::time::timeout(std::time::Duration::ZERO, stranger.accept()).await });
    assert!(nobody.is_err(), "the other host was called");
}

fn escaped(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
