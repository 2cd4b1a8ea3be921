//! What the answer to a download and the host of a file say.

use std::path::{Component, Path};
use std::time::Duration;

use affinity::EntityFileId;
use proptest::collection::vec;
use proptest::prelude::*;

use super::json::text;
use super::server::{KEY, RawServer, answer};
use super::{SOME, assert_fit_for_a_log, check};

const FILE: EntityFileId = EntityFileId::new(1_284_471);

fn redirect(location: &[u8]) -> Vec<u8> {
    answer(302, &[("location", location)], b"")
}

fn visible() -> impl Strategy<Value = Vec<u8>> {
    vec(prop_oneof![6 => 0x20..0x7f_u8, 1 => 0x80..=0xff_u8], 0..60)
}

#[test]
fn the_key_goes_nowhere_but_to_the_api_and_nothing_but_files_is_fetched() {
    let (server, host) = (RawServer::start(), RawServer::start());
    let affinity = server.builder().build().unwrap();
    let authority = host.url().trim_start_matches("http://").to_owned();
    let there = move |form: &str| Just(form.replace("HOST", &authority).into_bytes());
    let location = prop_oneof![
        there("http://HOST/f?key=1"),
        there("//HOST/f"),
        there("http://ines:secret@HOST/f"),
        there("http://HOST@files.example/f"),
        there("http://127.0.0.1.files.example/f"),
        there("http://files.example/f"),
        there("ftp://HOST/f"),
        there("file:///etc/hosts"),
        there("javascript:alert(1)"),
        there("data:text/plain,abc"),
        there("/entity-files/9"),
        there("\\\\HOST\\f"),
        there("http:\\\\HOST/f"),
        visible().prop_filter("nothing outside is called", |bytes| {
            let text = String::from_utf8_lossy(bytes).to_lowercase();
            !text.contains("https") && !text.trim_start().starts_with(['/', '\\'])
        }),
    ];
    check("locations", SOME, &location, |location| {
        server.answer([redirect(&location), answer(200, &[], b"abc")]);
        host.answer([answer(200, &[], b"abc")]);
        let open = affinity.files().download(FILE).with_timeout(Duration::from_secs(20));
        match server.wait(open.to_bytes(1000)) {
            Ok(bytes) => {
                assert_eq!((bytes.as_slice(), server.heads().len() + host.heads().len()), (&b"abc"[..], 2))
            }
            Err(error) => {
                assert!(error.is_decode() && error.path() == Some("Location"), "{error}");
                assert_fit_for_a_log(&error);
                assert_eq!((server.heads().len(), host.heads().len()), (1, 0));
            }
        }
        for head in server.heads().iter().skip(1).chain(&host.heads()) {
            let head = head.to_lowercase();
            assert!(
                !head.contains(KEY) && !head.contains("basic ") || head.contains("aw5lczpzzwnyzxq="),
                "{head}"
            );
        }
    });
}

#[test]
fn the_name_of_a_file_leads_nowhere_else() {
    let server = RawServer::start();
    let affinity = server.builder().build().unwrap();
    let name =
        prop_oneof!["[a-z./\\\\:~ ]{0,12}".boxed(), text().boxed(), "(\\.\\./){1,3}[a-z]{1,4}".boxed()];
    let disposition = prop_oneof![
        visible(),
        name.clone().prop_map(|name| format!("attachment; filename=\"{name}\"").into_bytes()),
        name.clone().prop_map(|name| format!("attachment; filename={name}").into_bytes()),
        name.prop_map(|name| format!("attachment; filename*=UTF-8''{}", percent(&name)).into_bytes()),
        "attachment; filename\\*=(utf-8|UTF-8|latin1)?'[a-z]{0,2}'[%0-9A-F.+/]{0,12}"
            .prop_map(String::into_bytes),
    ];
    let disposition = disposition
        .prop_filter("HTTP has it", |bytes| bytes.iter().all(|byte| *byte >= 0x20 && *byte != 0x7f));
    check("names of files", 2 * SOME, &disposition, |disposition| {
        let file = answer(200, &[("content-disposition", disposition.as_slice())], b"abc");
        server.answer([redirect(b"/f"), file]);
        let open = server.wait(affinity.files().download(FILE).open()).unwrap();
        let Some(name) = open.file_name() else { return };
        let parts: Vec<_> = Path::new(&name).components().collect();
        assert!(matches!(parts.as_slice(), [Component::Normal(part)] if *part == name.as_str()), "{name:?}");
        assert!(!name.contains(['/', '\\', ':', '\0']) && !name.contains(char::is_control), "{name:?}");
    });
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn a_harmless_name_is_told_as_it_is() {
    let server = RawServer::start();
    let affinity = server.builder().build().unwrap();
    let harmless = |text: &str| {
        let inner = text.trim();
        text == inner
            && !inner.is_empty()
            && !inner.chars().all(|c| c == '.')
            && !inner.contains(|c: char| c.is_control() || "/\\:\"".contains(c))
    };
    let name = prop_oneof!["[a-zA-Z0-9 ._;=,'()-]{1,30}".boxed(), text().boxed()]
        .prop_filter("harmless", move |name| harmless(name) && name.len() < 200);
    check("harmless names", SOME, &name, |name| {
        let mut forms = vec![format!("attachment; filename=\"x\"; filename*=UTF-8''{}", percent(&name))];
        if name.is_ascii() {
            forms.push(format!("attachment; filename=\"{name}\"; size=3"));
        }
        for form in forms {
            server
                .answer([redirect(b"/f"), answer(200, &[("content-disposition", form.as_bytes())], b"abc")]);
            let open = server.wait(affinity.files().download(FILE).open()).unwrap();
            assert_eq!(open.file_name().as_deref(), Some(name.as_str()), "{form}");
        }
    });
}

#[test]
fn a_file_is_whole_or_refused_whatever_size_is_said() {
    let server = RawServer::start();
    let affinity = server.builder().build().unwrap();
    let said = prop_oneof![
        (0..40_u64).prop_map(|size| size.to_string()),
        any::<u64>().prop_map(|size| size.to_string()),
        prop::sample::select(vec!["-1", "3, 3", "3, 4", "+3", "0x3", "", "18446744073709551616"])
            .prop_map(str::to_owned),
    ];
    let expected = prop::option::of(prop_oneof![0..40_u64, any::<u64>()]);
    check(
        "sizes",
        SOME,
        &(said, expected, vec(any::<u8>(), 0..40), 0..50_usize),
        |(said, expected, body, most)| {
            let mut file = format!("HTTP/1.1 200 OK\r\ncontent-length: {said}\r\nconnection: close\r\n\r\n")
                .into_bytes();
            file.extend(&body);
            server.answer([redirect(b"/f"), file]);
            let download = affinity.files().download(FILE).with_timeout(Duration::from_secs(20));
            let download = expected.into_iter().fold(download, |download, size| download.expect_size(size));
            match server.wait(download.to_bytes(most)) {
                Ok(bytes) => {
                    assert!(bytes.len() <= most && body.starts_with(&bytes));
                    assert!(expected.is_none_or(|size| size == bytes.len() as u64));
                    assert!(said.parse::<u64>().map_or(true, |size| size == bytes.len() as u64), "{said}");
                }
                Err(error) => assert_fit_for_a_log(&error),
            }
        },
    );
}
