//! Neither the key nor people's data are in anything that is printed: traces and logs at every level, `Debug` of
//! everything, errors and what caused them.
//!
//! What may show, by design, and so is not planted there: the server's own sentences in an error, the path that a
//! caller gives to `request`, field names and files of this machine in errors about them, and the `Debug` of models,
//! which are the data. The generated client's own errors print bodies and are not looked at.

use std::error::Error as _;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use affinity::filter::{Filter, NoteFilter};
use affinity::update::{EntryUpdate, Journal};
use affinity::v1::{EntityType, Upload, WebhookEvent, WebhookEvents};
use affinity::{Affinity, CompanyId, Error, FieldSelection, Method, PersonId};
use futures::{FutureExt, StreamExt, TryStreamExt};
use serde::Deserialize;

use crate::faults::fault::{Fault, all};
use crate::faults::hasty::Hasty;
use crate::faults::server::{FaultyServer, Rows, Script};
use crate::traces::listen;

const KEY: &str = "q8/Zt+farthing-open=4711";

/// The key in each form that it can be printed in: as it is, as the password of `Basic`, by itself in base64, and in a
/// URL. Parts of them do.
const KEY_FORMS: [&str; 5] = [
    "q8/Zt",
    "farthing-open",
    "OnE4L1p0K2ZhcnRoaW5nLW9wZW49NDcxM",
    "cTgvWnQrZmFydGhpbmctb3Blbj00NzEx",
    "q8%2FZt",
];

/// What is planted: a name, an address, a text, what is looked for, a file, a telephone number, and an address that
/// lets in whoever has it.
const PLANTED: [&str; 7] =
    ["Quillonne", "quillonne@", "Pemberwick", "Osmotherley", "marrowby", "5550-1823", "hook-token-90"];

/// All that was printed.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<String>>);

impl Printed {
    fn add(&self, text: &str) {
        let mut printed = self.0.lock().unwrap();
        printed.push('\n');
        printed.push_str(text);
    }

    fn show(&self, what: &dyn Debug) {
        self.add(&format!("{what:?} {what:#?}"));
    }

    fn show_error(&self, error: &Error) {
        self.add(&error.to_string());
        self.show(error);
        self.show(&error.limits());
        let mut cause = error.source();
        while let Some(error) = cause {
            self.add(&error.to_string());
            self.show(&error);
            cause = error.source();
        }
    }

    fn check(&self, of: &dyn Debug) {
        let printed = std::mem::take(&mut *self.0.lock().unwrap());
        check(&printed, of);
    }
}

/// Finds what ought not to be there, and where.
fn check(printed: &str, of: &dyn Debug) {
    for secret in KEY_FORMS.into_iter().chain(PLANTED) {
        // In base64 and in a URL it could have another case.
        let line = printed.lines().find(|line| line.to_lowercase().contains(&secret.to_lowercase()));
        assert!(line.is_none(), "{secret:?} is printed, with {of:?}: {}", line.unwrap_or_default());
    }
}

/// A client of which all that it tells is printed.
fn client(server: &FaultyServer, printed: &Printed) -> Affinity {
    let (told, builder) = (printed.clone(), server.full_builder());
    let builder = builder.api_key(KEY).attempts(2).attempt_timeout(Duration::from_millis(15));
    let builder = builder.timer(Arc::new(Hasty::default())).retry_budget(1000);
    let builder = builder.on_event(move |event| told.show(event));
    printed.show(&builder);
    builder.build().unwrap()
}

#[derive(Deserialize)]
struct Deal {
    #[allow(dead_code)]
    name: String,
    #[allow(dead_code)]
    amount: Option<u64>,
}

/// Makes the call of each expression with data in it, and prints it, and how it ends.
macro_rules! calls {
    ($printed:expr; $($call:expr),+ $(,)?) => {
        $({
            let call = $call;
            $printed.show(&call);
            match call.send().await {
                Ok(_) => {}
                Err(error) => $printed.show_error(&error),
            }
        })+
    };
}

fn planted_filter() -> Filter<NoteFilter> {
    Filter::property("subject").contains("Osmotherley")
}

/// Calls of every kind, with data wherever they take some.
async fn work(affinity: &Affinity, printed: &Printed) {
    let (lists, notes, persons) = (affinity.lists(), affinity.notes(), affinity.persons());
    let (companies, row) = (affinity.companies(), lists.entry(64.into(), 9.into()));
    let upload = Upload::bytes("marrowby-terms.pdf", "Pemberwick agreed.");
    printed.show(&upload);
    calls! { printed;
        affinity.whoami(),
        lists.get(7.into()),
        lists.entries(64.into()).fields(FieldSelection::ids(["field-1"])),
        lists.entries(64.into()).rows::<Deal>(),
        notes.list().filter(planted_filter()),
        notes.create(CompanyId::new(88_120), "Pemberwick agreed."),
        notes.reply(551_207.into(), "Pemberwick agreed."),
        notes.update(551_207.into(), "Pemberwick agreed."),
        persons.search("Quillonne"),
        persons.create("Quillonne", "Osmotherley", ["quillonne@farthing.example"]),
        persons.update(4021.into()).first_name("Quillonne").replace_emails(["quillonne@farthing.example"]),
        persons.merge(1.into(), 2.into()).confirm(),
        persons.by_ids([PersonId::new(1)]),
        companies.create("Pemberwick").domain("pemberwick.example"),
        companies.search("Pemberwick"),
        affinity.opportunities().create("Pemberwick", 64.into()),
        lists.create("Pemberwick", EntityType::Organization, affinity::v1::Visibility::Private),
        row.cells(),
        row.set_cell("field-1", "Pemberwick"),
        row.update_cells().set("field-1", "Pemberwick"),
        row.update().set("Amount", "Pemberwick"),
        row.update().set("Amount", 5),
        affinity.webhooks().subscribe("https://farthing.example/hook-token-90", WebhookEvents::All),
        // Its attempt has all the time that the call has.
        affinity.files().upload(CompanyId::new(88_120), upload).with_timeout(Duration::from_millis(100)),
    }
    let call = affinity.request(Method::POST, "/v2/notes").query("phone", "5550-1823").json(&"Pemberwick");
    printed.show(&call);
    if let Err(error) = call.send::<u64>().await {
        printed.show_error(&error);
    }
    let download = affinity.files().download(1.into()).with_timeout(Duration::from_millis(100));
    printed.show(&download);
    match download.open().await {
        Ok(mut file) => {
            printed.show(&file);
            if let Err(error) = file.chunk().await {
                printed.show_error(&error);
            }
        }
        Err(error) => printed.show_error(&error),
    }
    streams(affinity, printed).await;
    bulk(affinity, printed).await;
    printed.show(&(affinity, affinity.raw(), affinity.v1(), affinity.limits()));
    printed.show(&(lists, notes, persons, companies, affinity.files()));
}

async fn streams(affinity: &Affinity, printed: &Printed) {
    let mut rows = affinity.lists().entries(64.into()).prefetch(true).stream();
    while let Some(row) = rows.next().await {
        printed.show(&rows);
        row.err().iter().for_each(|error| printed.show_error(error));
    }
    let mut pages = affinity.notes().list().filter(planted_filter()).pages();
    while let Some(page) = pages.next().await {
        printed.show(&pages);
        match page {
            Ok(page) => printed.show(&page.failures),
            Err(error) => printed.show_error(&error),
        }
    }
}

async fn bulk(affinity: &Affinity, printed: &Printed) {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path().join("journal")).unwrap();
    printed.show(&journal);
    let update = |entry: u64| EntryUpdate::new(entry.into()).set("Amount", "Pemberwick").clear("field-1");
    printed.show(&update(9));
    let updates =
        affinity.lists().updates(64.into(), [update(9), EntryUpdate::new(10.into()).set("Amount", 7)]);
    let updates = updates.journal(journal);
    printed.show(&updates);
    let mut reports = updates.send().unwrap();
    loop {
        match reports.try_next().await {
            Ok(Some(report)) => {
                printed.show(&report);
                report.outcome.error().into_iter().for_each(|error| printed.show_error(error));
            }
            Ok(None) => break,
            Err(error) => printed.show_error(&error),
        }
    }
    printed.show(&reports);
    let journal = std::fs::read_to_string(folder.path().join("journal")).unwrap_or_default();
    printed.add(&journal);
}

const PAGE: &str = "<html><title>Quillonne</title>quillonne@farthing.example, tel. 5550-1823</html>";

/// Answers with data in every place where one can have some.
const TELLING: [Fault; 14] = [
    Fault::Refusal(500, "x-name: Quillonne\r\nset-cookie: n=quillonne@farthing.example\r\n", PAGE),
    Fault::Refusal(404, "content-disposition: attachment; filename=marrowby.pdf\r\n", PAGE),
    Fault::Refusal(422, "", r#"{"errors":[{"code":"validation","message":"No.","value":"Quillonne"}],"name":"Quillonne"}"#),
    Fault::Refusal(429, "x-ratelimit-limit-user: Quillonne\r\nretry-after: Quillonne\r\n", PAGE),
    Fault::Refusal(302, "location: https://farthing.example/marrowby?name=Quillonne\r\n", PAGE),
    Fault::Refusal(302, "location: /marrowby?name=Quillonne\r\n", ""),
    Fault::Refusal(302, "location: nowhere://Quillonne\r\n", ""),
    Fault::Headers("x-name: Quillonne\r\ndate: Quillonne\r\ncontent-language: Pemberwick\r\n"),
    Fault::Before("Quillonne\r\n\r\n"),
    Fault::Body("text/html; name=Quillonne", PAGE.as_bytes()),
    Fault::Body("application/json", br#"{"id":"Quillonne","data":"Pemberwick","tenant":["Osmotherley"],"notes":{"Quillonne":1}}"#),
    Fault::Body("application/json", br#"{"data":[{"id":1,"type":"Quillonne","entity":"Pemberwick"},"Quillonne",{"id":"5550-1823"}],"pagination":{"nextUrl":"https://farthing.example/Quillonne"}}"#),
    Fault::Body("application/json", b"{\"data\":[{\"id\":1,\"name\":\"Quillonne\xff\"}]}"),
    Fault::Body("application/json", br#"{"data":[{"id":1,"name":"Quillonne"#),
];

#[tokio::test]
async fn nothing_that_is_printed_holds_the_key_or_data_whatever_goes_wrong() {
    let (traces, printed) = (listen(), Printed::default());
    let mut authorizations = String::new();
    for fault in all().into_iter().chain(TELLING).chain([Fault::None, Fault::CutRefusal(404)]) {
        let script = Script::InTurn([fault; 1000].into());
        let server = FaultyServer::start(script, Rows { pages: 3, per_page: 2 }, true).await;
        // Boxed, since it is large.
        work(&client(&server, &printed), &printed).boxed_local().await;
        printed.check(&fault);
        authorizations.extend(server.requests().into_iter().map(|request| request.authorization));
    }
    // The forms that are looked for are those that are sent.
    assert!(authorizations.contains(KEY) && authorizations.contains(KEY_FORMS[2]), "{authorizations}");
    let traced = traces.text();
    for expected in ["v1_create_note", "list_list_entries", "affinity_call", "reqwest", "hyper_util"] {
        assert!(traced.contains(expected), "{expected} is not traced");
    }
    check(&traced, &"traces");
}

#[tokio::test]
async fn a_download_leads_elsewhere_without_a_word() {
    let (traces, printed) = (listen(), Printed::default());
    const TO_THE_FILE: Fault = Fault::Refusal(302, "location: /marrowby?name=Quillonne\r\n", "");
    for fault in all().into_iter().chain(TELLING) {
        let server = FaultyServer::going_wrong([TO_THE_FILE, fault]).await;
        let affinity = client(&server, &printed);
        let folder = tempfile::tempdir().unwrap();
        let download = affinity.files().download(1.into()).with_timeout(Duration::from_millis(100));
        if let Err(error) = download.to_path(folder.path().join("file")).await {
            printed.show_error(&error);
        }
        printed.check(&fault);
        let at_file = server.requests().into_iter().filter(|request| request.path == "/marrowby");
        assert!(at_file.clone().all(|request| request.authorization.is_empty()), "{at_file:?}");
    }
    check(&traces.text(), &"traces");
}

#[test]
fn a_delivery_that_is_none_is_not_quoted() {
    let printed = Printed::default();
    for delivery in [
        "Quillonne",
        r#"{"type":"person.created","body":{"id":"Quillonne"},"sent_at":"5550-1823"}"#,
        r#"{"type":"person.created","body":"Pemberwick","sent_at":"Quillonne"}"#,
        r#"{"type":"note.created","body":{"id":1,"content":"Pemberwick","creator_id":"Quillonne"},"sent_at":1}"#,
        r#"{"type":["Quillonne"],"body":null,"sent_at":1}"#,
        r#"{"body":{"first_name":"Quillonne"}}"#,
        r#"{"type":"list_entry.created","body":{"id":1,"entity":{"name":"Quillonne"#,
    ] {
        match WebhookEvent::parse(delivery) {
            Ok(event) => {
                printed.show(&event);
                event.body_as::<u64>().err().iter().for_each(|error| printed.show_error(error));
            }
            Err(error) => printed.show_error(&error),
        }
        printed.check(&delivery);
    }
}

#[tokio::test]
async fn a_refusal_is_quoted_in_the_servers_own_words_and_nothing_else_of_it() {
    const REFUSED: Fault = Fault::Refusal(
        400,
        "",
        r#"{"errors":[{"code":"validation","message":"Pemberwick is taken.","param":"name"}],"Quillonne":"Quillonne"}"#,
    );
    let server = FaultyServer::going_wrong([REFUSED]).await;
    let error = server.builder().build().unwrap().lists().get(7.into()).send().await.unwrap_err();
    let printed = format!("{error} {error:?}");
    assert!(printed.contains("Pemberwick is taken.") && !printed.contains("Quillonne"), "{printed}");
}
