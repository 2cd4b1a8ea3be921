//! Updating many rows: what is reported, what is kept in the journal, and that a run can be stopped anywhere.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use affinity::update::{EntryUpdate, Journal, Outcome, Plan, UpdateReport, Updates};
use affinity::{Affinity, FieldSelection, FieldType, ListEntryId, ListId, PersonId};
use affinity_sandbox::{
    CellValue, Company, EntityKind, List, Method, NewField, Person, Place, Reply, Sandbox, ValueType as Kind,
    World,
};
use fastrand::Rng;
use futures::{FutureExt, StreamExt, TryStreamExt, stream};
use tempfile::TempDir;

use crate::support::{builder, client, rng};

/// A list of deals with as many rows as wanted.
struct Book {
    sandbox: Sandbox,
    affinity: Affinity,
    list: ListId,
    entries: Vec<ListEntryId>,
    folder: TempDir,
}

impl Book {
    async fn new(rows: usize) -> Self {
        let mut world = World::new();
        for name in ["Ada", "Bo", "Cleo"] {
            let email = format!("{}@quillfern.example", name.to_lowercase());
            world.add_person(Person::new(name).email(email)).unwrap();
        }
        let list = world.add_list(List::new("Deals", EntityKind::Company)).unwrap();
        for (name, kind) in
            [("Amount", Kind::Number), ("Owners", Kind::PersonMulti), ("Next step", Kind::Text)]
        {
            world.add_list_field(list, NewField::new(name, kind)).unwrap();
        }
        let status = NewField::new("Status", Kind::RankedDropdown).options(["New", "Won", "Lost"]);
        world.add_list_field(list, status).unwrap();
        let row = |n| {
            let company = world.add_company(Company::new(format!("Company {n}"))).unwrap();
            ListEntryId::new(world.add_entry(list, company).unwrap())
        };
        let entries = (0..rows).map(row).collect();
        let sandbox = Sandbox::builder().world(world).requests_per_minute(100_000).start().await.unwrap();
        let (affinity, list) = (client(&sandbox), ListId::new(list));
        Self { affinity, sandbox, list, entries, folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("journal")
    }

    fn journal(&self) -> Journal {
        Journal::open(self.path()).unwrap()
    }

    fn updates(&self, updates: Vec<EntryUpdate>) -> Updates {
        self.affinity.lists().updates(self.list, updates)
    }

    /// The same for every row.
    fn won(&self) -> Vec<EntryUpdate> {
        self.entries
            .iter()
            .map(|entry| EntryUpdate::new(*entry).set("Status", "Won").set("Amount", 5))
            .collect()
    }

    fn cells_path(&self, entry: ListEntryId) -> String {
        format!("/v2/lists/{}/list-entries/{entry}/fields", self.list)
    }

    fn id(&self, name: &str) -> String {
        self.sandbox.with_world(|world| world.field_named(self.list.get(), name)).unwrap()
    }

    /// The rows that were written since the last look, in the order of the writes.
    fn written(&self) -> Vec<ListEntryId> {
        let requests = self.sandbox.requests();
        self.sandbox.clear_requests();
        let writes = requests.iter().filter(|request| request.method == Method::PATCH);
        writes.map(|write| write.path.split('/').nth(5).unwrap().parse().unwrap()).collect()
    }

    /// The rows that the journal says are done, where none was done twice.
    fn done(&self) -> HashSet<ListEntryId> {
        let lines = if self.path().exists() { self.lines() } else { Vec::new() };
        let done = lines.iter().filter(|line| line.contains(r#""state":"done""#));
        let entry = |line: &String| line[9..].split(',').next().unwrap().parse().unwrap();
        done.map(entry).collect()
    }

    fn lines(&self) -> Vec<String> {
        lines(&self.path())
    }

    /// The cells of all rows, in words.
    async fn state(&self) -> BTreeMap<ListEntryId, BTreeMap<String, String>> {
        let rows = client(&self.sandbox).lists().entries(self.list);
        let rows = rows.fields(FieldSelection::types([FieldType::List])).stream();
        let rows: Vec<_> = rows.try_collect().await.unwrap();
        let cells = |row: &affinity::ListEntry| {
            row.fields().iter().map(|cell| (cell.name.clone(), cell.value.to_text())).collect()
        };
        rows.iter().map(|row| (row.id, cells(row))).collect()
    }
}

fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

/// The reports by row, with the outcome as one word.
async fn words(updates: Updates) -> Vec<(ListEntryId, &'static str)> {
    let mut reports: Vec<_> =
        updates.send().unwrap().map_ok(|it| (it.entry, word(&it))).try_collect().await.unwrap();
    reports.sort_unstable();
    reports
}

fn word(report: &UpdateReport) -> &'static str {
    assert_eq!(report.outcome.is_settled(), report.outcome.error().is_none());
    match report.outcome {
        Outcome::Done => "done",
        Outcome::Unchanged => "unchanged",
        Outcome::AlreadyDone => "already done",
        Outcome::Refused(_) => "refused",
        Outcome::Unknown(_) => "unknown",
        _ => panic!("another outcome"),
    }
}

fn all(entries: &[ListEntryId], word: &'static str) -> Vec<(ListEntryId, &'static str)> {
    entries.iter().map(|entry| (*entry, word)).collect()
}

#[tokio::test]
async fn every_row_is_written_and_reported_once() {
    let book = Book::new(30).await;
    assert_eq!(words(book.updates(book.won())).await, all(&book.entries, "done"));
    let mut written = book.written();
    written.sort_unstable();
    assert_eq!(written, book.entries);
    assert!(book.state().await.values().all(|row| row["Status"] == "Won" && row["Amount"] == "5"));
}

#[tokio::test]
async fn the_rows_can_come_as_a_stream() {
    let book = Book::new(150).await;
    let rows = book.affinity.lists().entries(book.list).stream();
    let updates = rows.map_ok(|row| EntryUpdate::new(row.id).set("Amount", 1));
    let updates = book.affinity.lists().try_updates_from(book.list, updates).concurrency(3);
    assert_eq!(words(updates).await, all(&book.entries, "done"));
}

#[tokio::test]
async fn what_goes_wrong_with_one_row_stays_with_it() {
    let book = Book::new(8).await;
    let affinity = builder(&book.sandbox).attempts(1).build().unwrap();
    let [a, b, c, d, e, f, g, h] = book.entries[..] else { panic!("eight rows") };
    let gone = ListEntryId::new(5);
    book.sandbox.reply(
        Method::PATCH,
        book.cells_path(c),
        Reply::json(400, r#"{"errors":[{"code":"validation","message":"No."}]}"#),
    );
    book.sandbox.reply(Method::PATCH, book.cells_path(d), Reply::empty(200).close_connection());
    book.sandbox.reply(Method::PATCH, book.cells_path(e), Reply::empty(500));
    let updates = vec![
        EntryUpdate::new(a).set("Amount", 1),
        EntryUpdate::new(b).set("Amout", 1),
        EntryUpdate::new(c).set("Amount", 1),
        EntryUpdate::new(d).set("Amount", 1),
        EntryUpdate::new(e).set("Amount", 1),
        EntryUpdate::new(f).remove("Owners", "ada@quillfern.example"),
        EntryUpdate::new(g),
        EntryUpdate::new(gone).set("Amount", 1),
        EntryUpdate::new(h).set("Amount", 1),
    ];
    let reports: Vec<_> =
        affinity.lists().updates(book.list, updates).send().unwrap().try_collect().await.unwrap();
    let found: BTreeMap<_, _> = reports.iter().map(|report| (report.entry, report)).collect();
    let word_of = |entry| word(found[&entry]);
    assert_eq!(
        [a, b, c, d, e, f, g, gone, h].map(word_of),
        ["done", "refused", "refused", "unknown", "unknown", "unchanged", "refused", "refused", "done"]
    );
    let says = |entry| found[&entry].outcome.error().unwrap().to_string();
    assert!(says(b).contains(r#"has no field "Amout"; is it "Amount"?"#), "{}", says(b));
    assert_eq!(says(c), "update_list_entry_fields: 400 Bad Request validation: No.");
    assert!(says(g).contains("no cell to write"), "{}", says(g));
    assert!(found[&gone].outcome.error().unwrap().is_not_found());
    assert!(found[&d].outcome.error().unwrap().is_outcome_unknown());
    assert!(!found[&c].outcome.error().unwrap().is_outcome_unknown());
}

#[tokio::test]
async fn a_row_that_is_there_twice_is_written_once() {
    let book = Book::new(2).await;
    let [a, b] = book.entries[..] else { panic!("two rows") };
    let updates = || {
        vec![
            EntryUpdate::new(a).set("Amount", 1),
            EntryUpdate::new(b).set("Amount", 1),
            EntryUpdate::new(a).set("Next step", "Secret"),
        ]
    };
    let reports: Vec<_> = book.updates(updates()).concurrency(1).send().unwrap().try_collect().await.unwrap();
    assert_eq!(reports.iter().map(word).collect::<Vec<_>>(), ["done", "done", "refused"]);
    let error = reports[2].outcome.error().unwrap();
    let says = format!(
        "update_list_entry_fields: updates: entry {a} is there twice, and which of the two would be written last cannot \
         be promised; put them into one update"
    );
    assert_eq!(error.to_string(), says);
    assert!(error.is_input());
    assert_eq!(book.written(), [a, b]);
    let plans: Vec<_> = book.updates(updates()).concurrency(1).plans().unwrap().try_collect().await.unwrap();
    assert_eq!(plans.iter().map(|it| it.plan.is_ok()).collect::<Vec<_>>(), [true, true, false]);
}

#[tokio::test]
async fn nothing_is_taken_or_sent_before_it_is_wanted() {
    let book = Book::new(40).await;
    for concurrency in [1, 3, 7] {
        let (taken, updates) = (Arc::new(AtomicUsize::new(0)), book.won());
        let count = taken.clone();
        let updates = updates.into_iter().inspect(move |_| {
            count.fetch_add(1, Ordering::SeqCst);
        });
        let updates = book.affinity.lists().updates(book.list, updates).concurrency(concurrency);
        let mut reports = updates.send().unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!((taken.load(Ordering::SeqCst), book.sandbox.requests().len()), (0, 0));
        for reported in 1..=40 {
            assert_eq!(word(&reports.try_next().await.unwrap().unwrap()), "done");
            let under_way = taken.load(Ordering::SeqCst) - reported;
            // One report can be ready and not yet taken.
            assert!(under_way <= concurrency, "{under_way} under way at {reported}");
        }
        assert!(reports.next().await.is_none());
        book.sandbox.clear_requests();
    }
}

#[tokio::test]
async fn as_many_rows_are_under_way_at_once_as_was_said() {
    let book = Book::new(12).await;
    // The schema is known then.
    words(book.updates(vec![EntryUpdate::new(book.entries[0]).set("Amount", 1)])).await;
    for entry in &book.entries {
        book.sandbox.reply(
            Method::PATCH,
            book.cells_path(*entry),
            Reply::empty(200).delay(Duration::from_secs(60)),
        );
    }
    book.sandbox.clear_requests();
    let mut reports = book.updates(book.won()).concurrency(3).send().unwrap();
    let waited = tokio::time::timeout(Duration::from_millis(400), reports.next()).await;
    assert!(waited.is_err());
    assert_eq!(book.written().len(), 3);
    drop(reports);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(book.written().is_empty(), "nothing goes on after the stream is dropped");
}

#[tokio::test]
async fn addresses_are_looked_up_once_in_a_run() {
    let book = Book::new(20).await;
    let emails = ["ada@quillfern.example", "BO@quillfern.example"];
    let updates = book
        .entries
        .iter()
        .enumerate()
        .map(|(n, entry)| EntryUpdate::new(*entry).set("Owners", emails[n % 2]));
    assert_eq!(words(book.updates(updates.collect())).await, all(&book.entries, "done"));
    assert_eq!(book.sandbox.requests().iter().filter(|it| it.path == "/persons").count(), 2);
    assert!(book.state().await.values().all(|row| !row["Owners"].is_empty()));
}

#[tokio::test]
async fn a_search_that_failed_is_made_again_for_the_next_row() {
    let book = Book::new(2).await;
    book.sandbox.reply(Method::GET, "/persons", Reply::json(403, "{}"));
    let updates =
        book.entries.iter().map(|entry| EntryUpdate::new(*entry).set("Owners", "ada@quillfern.example"));
    let reports: Vec<_> =
        book.updates(updates.collect()).concurrency(1).send().unwrap().try_collect().await.unwrap();
    assert_eq!(reports.iter().map(word).collect::<Vec<_>>(), ["refused", "done"]);
}

#[tokio::test]
async fn plans_change_nothing_and_can_be_applied() {
    let book = Book::new(10).await;
    let place = Place::Entry(book.entries[3].get());
    let amount = book.id("Amount");
    book.sandbox.with_world(|world| world.set_value(place, &amount, CellValue::Number(5.0))).unwrap();
    let mut updates: Vec<_> =
        book.entries.iter().map(|entry| EntryUpdate::new(*entry).set("Amount", 5)).collect();
    updates[7] = EntryUpdate::new(book.entries[7]).set("Amount", "Secret");
    let mut plans: Vec<_> = book.updates(updates).plans().unwrap().try_collect().await.unwrap();
    plans.sort_by_key(|row| row.entry);
    assert_eq!(plans.iter().map(|row| row.entry).collect::<Vec<_>>(), book.entries);
    assert!(book.written().is_empty());
    let calls: u32 = plans.iter().filter_map(|row| row.plan.as_ref().ok()).map(Plan::calls).sum();
    assert_eq!(calls, 8);
    assert!(plans[7].plan.as_ref().unwrap_err().is_input());
    assert!(!format!("{plans:?}").contains("Secret"));
    for plan in plans.into_iter().filter_map(|row| row.plan.ok()) {
        book.affinity.lists().apply(plan).if_unchanged().send().await.unwrap();
    }
    assert_eq!(book.written().len(), 8);
}

#[tokio::test]
async fn many_plans_are_applied_with_a_journal() {
    let book = Book::new(6).await;
    let mut rng = rng("many_plans_are_applied_with_a_journal");
    let (updates, expected) = plan(&book, &mut rng);
    let plans: Vec<_> = book.updates(updates).plans().unwrap().try_collect().await.unwrap();
    // Kept, as one would before a look at them.
    let kept: Vec<_> =
        plans.into_iter().map(|row| serde_json::to_string(&row.plan.unwrap()).unwrap()).collect();
    let apply = || {
        let plans = kept.iter().map(|text| serde_json::from_str::<Plan>(text).unwrap());
        book.updates(plans.map(EntryUpdate::from).collect()).journal(book.journal())
    };
    let mut run = apply().send().unwrap();
    run.next().await;
    drop(run);
    let done = book.journal().done();
    let rest = words(apply()).await;
    assert_eq!(rest.iter().filter(|(_, word)| *word == "already done").count(), done);
    assert_eq!(book.state().await, expected);
}

#[tokio::test]
async fn what_cannot_be_a_run_is_refused_at_once() {
    let book = Book::new(1).await;
    let error = book.updates(book.won()).concurrency(0).send().unwrap_err();
    assert_eq!(
        error.to_string(),
        "update_list_entry_fields: concurrency: 0 rows at once come to nothing; at least 1"
    );
    assert!(book.updates(book.won()).concurrency(0).plans().unwrap_err().is_input());
    let nowhere = book.affinity.lists().updates(ListId::new(0), book.won());
    assert!(nowhere.send().unwrap_err().is_input());
    drop(book.updates(book.won()).journal(book.journal()).send().unwrap());
    let error =
        book.affinity.lists().updates(ListId::new(9), book.won()).journal(book.journal()).send().unwrap_err();
    let says = format!(
        "journal: {}: is the journal of list {}, not of 9; use another file",
        book.path().display(),
        book.list
    );
    assert_eq!(error.to_string(), says);
    assert!(error.is_local() && book.sandbox.requests().is_empty());
}

#[tokio::test]
async fn each_row_has_the_time_that_was_said() {
    let book = Book::new(3).await;
    let slow = || Reply::empty(200).delay(Duration::from_secs(30));
    book.sandbox.reply(Method::PATCH, book.cells_path(book.entries[1]), slow());
    let updates = book.updates(book.won()).with_timeout(Duration::from_millis(500));
    let found = words(updates).await;
    assert_eq!(found.iter().map(|(_, word)| *word).collect::<Vec<_>>(), ["done", "unknown", "done"]);
}

#[tokio::test]
async fn a_journal_holds_steps_and_nothing_about_people() {
    let book = Book::new(4).await;
    let affinity = builder(&book.sandbox).attempts(1).build().unwrap();
    let [a, b, c, d] = book.entries[..] else { panic!("four rows") };
    book.sandbox.reply(Method::PATCH, book.cells_path(b), Reply::empty(400));
    book.sandbox.reply(Method::PATCH, book.cells_path(c), Reply::empty(200).close_connection());
    let updates = vec![
        EntryUpdate::new(a).set("Status", "Won"),
        EntryUpdate::new(b).set("Status", "Won"),
        EntryUpdate::new(c).set("Status", "Won"),
        EntryUpdate::new(d).set("Owners", "nobody@quillfern.example"),
    ];
    let run = affinity.lists().updates(book.list, updates).concurrency(1).journal(book.journal());
    words(run).await;
    let print = "b22413409681db224aee8cf02fe08e69";
    let line = |entry, state| format!(r#"{{"entry":{entry},"update":"{print}","state":"{state}"}}"#);
    let lines = book.lines();
    let head = format!(r#"{{"affinity-updates":1,"list":{},"begun":""#, book.list);
    assert!(lines[0].starts_with(&head) && lines[0].ends_with(r#"Z"}"#), "{}", lines[0]);
    assert_eq!(
        lines[1..7],
        [
            line(a, "begun"),
            line(a, "done"),
            line(b, "begun"),
            line(b, "refused"),
            line(c, "begun"),
            line(c, "unknown")
        ]
    );
    // What was refused before anything was begun leaves no line.
    assert_eq!(lines.len(), 7);
    let text = fs::read_to_string(book.path()).unwrap();
    for private in ["Won", "Status", "Owners", "nobody", "quillfern"] {
        assert!(!text.contains(private), "{text}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(book.path()).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let journal = book.journal();
    assert_eq!((journal.done(), journal.unsettled().collect::<Vec<_>>()), (1, vec![c]));
}

#[tokio::test]
async fn what_is_done_is_not_done_again_and_all_else_is() {
    let book = Book::new(6).await;
    let updates = || book.won();
    assert_eq!(words(book.updates(updates()).journal(book.journal())).await, all(&book.entries, "done"));
    book.sandbox.clear_requests();
    assert_eq!(
        words(book.updates(updates()).journal(book.journal())).await,
        all(&book.entries, "already done")
    );
    assert!(book.sandbox.requests().is_empty());
    // The order of the operations does not count; what they are does.
    let mut again: Vec<_> = book
        .entries
        .iter()
        .map(|entry| EntryUpdate::new(*entry).set("Amount", 5).set("Status", "Won"))
        .collect();
    again[2] = EntryUpdate::new(book.entries[2]).set("Amount", 6).set("Status", "Won");
    words(book.updates(again).journal(book.journal())).await;
    assert_eq!(book.written(), [book.entries[2]]);
    // It is the last that counts: what was done before something else is done again.
    words(book.updates(updates()).journal(book.journal())).await;
    assert_eq!(book.written(), [book.entries[2]]);
    // Begun, refused, unknown: none of it is done.
    let mut lines = book.lines();
    for (entry, state) in [(0, "begun"), (1, "refused"), (3, "unknown")] {
        let done = lines
            .iter()
            .find(|line| line.contains(&format!("{},", book.entries[entry])) && line.contains("done"));
        lines.push(done.unwrap().replace("done", state));
    }
    fs::write(book.path(), lines.join("\n") + "\n").unwrap();
    let mut unsettled: Vec<_> = book.journal().unsettled().collect();
    unsettled.sort_unstable();
    assert_eq!(unsettled, [book.entries[0], book.entries[3]]);
    words(book.updates(updates()).concurrency(1).journal(book.journal())).await;
    assert_eq!(book.written(), [book.entries[0], book.entries[1], book.entries[3]]);
}

#[tokio::test]
async fn what_needed_no_write_is_done_too() {
    let book = Book::new(1).await;
    let updates = || vec![EntryUpdate::new(book.entries[0]).remove("Owners", PersonId::new(1))];
    assert_eq!(words(book.updates(updates()).journal(book.journal())).await, all(&book.entries, "unchanged"));
    assert_eq!(
        words(book.updates(updates()).journal(book.journal())).await,
        all(&book.entries, "already done")
    );
    assert!(book.written().is_empty());
}

#[tokio::test]
async fn a_journal_is_for_one_run_at_a_time() {
    let book = Book::new(2).await;
    let first = book.journal();
    let error = Journal::open(book.path()).unwrap_err();
    let says = format!(
        "journal: {}: is in use by another run; wait for its end, or use another file",
        book.path().display()
    );
    assert_eq!((error.to_string(), error.is_local()), (says, true));
    let mut run = book.updates(book.won()).concurrency(1).journal(first).send().unwrap();
    run.next().await;
    assert!(Journal::open(book.path()).is_err());
    drop(run);
    assert_eq!(book.journal().done(), 1);
}

#[tokio::test]
async fn a_last_line_that_was_cut_is_dropped_wherever_it_was_cut() {
    let book = Book::new(2).await;
    words(book.updates(book.won()).concurrency(1).journal(book.journal())).await;
    let whole = fs::read(book.path()).unwrap();
    let mut ends = HashSet::new();
    // What could be anybody's file is not taken for a header.
    for length in (0..=whole.len()).filter(|length| !(1..11).contains(length)) {
        fs::write(book.path(), &whole[..length]).unwrap();
        let journal = book.journal();
        let lines = whole[..length].iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(journal.done(), lines.saturating_sub(1) / 2, "cut at {length}");
        drop(journal);
        // What is written next is a line of its own.
        ends.insert(fs::read(book.path()).unwrap().len());
    }
    assert_eq!(ends.len(), 6, "the ends of lines, and the beginning");
    fs::write(book.path(), &whole[..whole.len() - 9]).unwrap();
    words(book.updates(book.won()).journal(book.journal())).await;
    assert_eq!(book.journal().done(), 2);
    // A header as the first release wrote it.
    let end = whole.iter().position(|byte| *byte == b'\n').unwrap();
    let old =
        [format!(r#"{{"affinity-updates":1,"list":{}}}"#, book.list).as_bytes(), &whole[end..]].concat();
    fs::write(book.path(), old).unwrap();
    assert_eq!(book.journal().done(), 2);
    // Also what a power cut can leave behind.
    fs::write(book.path(), [&whole[..], &[0; 700]].concat()).unwrap();
    assert_eq!(book.journal().done(), 2);
}

#[tokio::test]
async fn a_file_that_is_no_sound_journal_is_refused_and_left_as_it_is() {
    let book = Book::new(2).await;
    words(book.updates(book.won()).concurrency(1).journal(book.journal())).await;
    let whole = fs::read_to_string(book.path()).unwrap();
    let lines: Vec<_> = whole.lines().collect();
    let mend =
        "cannot be read; mend or delete the line, after a look at the row it is about, or use another file";
    let with = |number: usize, line: &str| {
        let mut lines = lines.clone();
        lines[number - 1] = line;
        lines.join("\n") + "\n"
    };
    let no_journal = "is not a journal of updates; use another file";
    for (text, says) in [
        (with(3, r#"{"entry":90"#), format!("line 3 {mend}")),
        (with(5, ""), format!("line 5 {mend}")),
        (with(2, &lines[1].replace("begun", "eaten")), format!("line 2 {mend}")),
        (with(2, r#"{"entry":1,"update":"12","state":"done"}"#), format!("line 2 {mend}")),
        (lines[1..].join("\n") + "\n", no_journal.to_owned()),
        ("Dear diary".to_owned(), no_journal.to_owned()),
        (r#"{"affinity"#.to_owned(), no_journal.to_owned()),
        ("{}\n".to_owned(), no_journal.to_owned()),
        ("\n".to_owned(), no_journal.to_owned()),
        (
            with(1, r#"{"affinity-updates":2,"list":7}"#),
            "was written by a newer release; use that, or another file".into(),
        ),
        (with(1, r#"{"affinity-updates":1}"#), "its first line cannot be read; use another file".into()),
    ] {
        fs::write(book.path(), &text).unwrap();
        let error = Journal::open(book.path()).unwrap_err();
        assert_eq!(error.to_string(), format!("journal: {}: {says}", book.path().display()));
        assert!(error.is_local());
        assert_eq!(fs::read_to_string(book.path()).unwrap(), text);
    }
    let error = Journal::open(book.folder.path()).unwrap_err();
    assert!(error.is_local() && error.to_string().starts_with("journal: "), "{error}");
    let error = Journal::open(book.folder.path().join("none/journal")).unwrap_err();
    assert!(error.to_string().contains("cannot be opened: "), "{error}");
}

/// What is to become of the rows, and what they are to be then.
fn plan(book: &Book, rng: &mut Rng) -> (Vec<EntryUpdate>, BTreeMap<ListEntryId, BTreeMap<String, String>>) {
    let (mut updates, mut expected) = (Vec::new(), BTreeMap::new());
    for entry in &book.entries {
        let (status, amount) = (["Won", "Lost"][rng.usize(..2)], rng.u32(1..1_000_000));
        let owners = [["ada@quillfern.example", "cleo@quillfern.example"], ["bo@quillfern.example"; 2]];
        let which = rng.usize(..2);
        updates.push(
            EntryUpdate::new(*entry)
                .set("Status", status)
                .set("Amount", amount)
                .append("Owners", owners[which]),
        );
        let row = [
            ("Status", status.to_owned()),
            ("Amount", amount.to_string()),
            ("Owners", ["Ada; Cleo", "Bo"][which].to_owned()),
            ("Next step", String::new()),
        ];
        expected.insert(*entry, row.map(|(name, text)| (name.to_owned(), text)).into());
    }
    (updates, expected)
}

#[tokio::test]
async fn a_run_dropped_after_any_report_and_run_again_ends_where_it_was_to() {
    let mut rng = rng("a_run_dropped_after_any_report_and_run_again_ends_where_it_was_to");
    const ROWS: usize = 12;
    for stop in 0..=ROWS {
        let book = Book::new(ROWS).await;
        let (updates, expected) = plan(&book, &mut rng);
        let run = || book.updates(updates.clone()).concurrency(3).journal(book.journal()).send().unwrap();
        let first: Vec<_> = run().take(stop).try_collect().await.unwrap();
        assert!(first.iter().all(|report| word(report) == "done"));
        let before = book.written();
        let done = book.done();
        assert_eq!(book.journal().done(), done.len());
        assert!(done.len() >= stop && before.len() <= stop + 3, "{done:?} {before:?} {stop}");
        let rest: Vec<_> = run().try_collect().await.unwrap();
        let already = rest.iter().filter(|report| word(report) == "already done").count();
        assert_eq!((rest.len(), already), (ROWS, done.len()));
        // (A call of the first run may have arrived only now, but of a row that was not done.)
        let written = book.written();
        assert!(written.len() >= ROWS - done.len() && !written.iter().any(|entry| done.contains(entry)));
        assert_eq!(book.state().await, expected);
    }
}

#[tokio::test]
async fn a_run_dropped_in_the_middle_of_calls_ends_where_it_was_to() {
    let mut rng = rng("a_run_dropped_in_the_middle_of_calls_ends_where_it_was_to");
    let mut cut = 0;
    for _ in 0..15 {
        let book = Book::new(12).await;
        let (updates, expected) = plan(&book, &mut rng);
        let run = || book.updates(updates.clone()).concurrency(4).journal(book.journal()).send().unwrap();
        let (mut ended, mut left) = (false, 20);
        while !ended {
            // Until the server has seen so many requests, whatever has come of them; in the end, all of them.
            left -= 1;
            let enough = if left > 0 { rng.usize(3..20) } else { usize::MAX };
            let before = book.done();
            book.sandbox.clear_requests();
            let mut reports = run();
            loop {
                match reports.next().now_or_never() {
                    Some(None) => {
                        ended = true;
                        break;
                    }
                    Some(Some(report)) => {
                        let report = report.unwrap();
                        assert!(report.outcome.is_settled(), "{report:?}");
                    }
                    None if book.sandbox.requests().len() >= enough => {
                        cut += 1;
                        break;
                    }
                    None => tokio::time::sleep(Duration::from_micros(200)).await,
                }
            }
            let again: Vec<_> = book.written().into_iter().filter(|entry| before.contains(entry)).collect();
            assert!(again.is_empty(), "done before, and written again: {again:?}");
        }
        assert_eq!(book.state().await, expected);
    }
    assert!(cut > 15, "{cut}");
}

#[tokio::test]
async fn nothing_of_the_values_is_printed() {
    let book = Book::new(1).await;
    let update = EntryUpdate::new(book.entries[0])
        .set("Next step", "Secret")
        .append("Owners", "ada@quillfern.example");
    let updates = book.updates(vec![update.clone()]).journal(book.journal());
    let printed = format!("{update:?} {updates:?} {:?}", stream::iter([update.clone()]));
    let reports = updates.send().unwrap();
    let printed = format!("{printed} {reports:?}");
    let printed = format!("{printed} {:?}", reports.collect::<Vec<_>>().await);
    assert!(!printed.contains("Secret") && !printed.contains("ada@"), "{printed}");
    assert!(printed.contains("Next step"), "{printed}");
}

/// The texts of the errors, in the order of the reports.
async fn errors(updates: Updates) -> Vec<String> {
    let reports: Vec<UpdateReport> = updates.send().unwrap().try_collect().await.unwrap();
    let text = |report: &UpdateReport| report.outcome.error().map(ToString::to_string).unwrap_or_default();
    reports.iter().map(text).collect()
}

/// A field that all companies have, and two rows of one company.
fn shared_field(book: &Book) -> (String, [ListEntryId; 2]) {
    let list = book.list.get();
    book.sandbox.with_world(|world| {
        let field = world.add_global_field(EntityKind::Company, NewField::new("Area", Kind::Text)).unwrap();
        let company = world.add_company(Company::new("Both")).unwrap();
        (field, [0, 1].map(|_| ListEntryId::new(world.add_entry(list, company).unwrap())))
    })
}

#[tokio::test]
async fn a_cell_that_two_rows_share_is_written_once_in_a_run() {
    let book = Book::new(1).await;
    let (area, [one, two]) = shared_field(&book);
    let updates = || {
        vec![
            EntryUpdate::new(one).set("Area", "North").set("Amount", 1),
            EntryUpdate::new(two).set("global:Area", "Secret"),
            EntryUpdate::new(book.entries[0]).set("Area", "South"),
        ]
    };
    let found = errors(book.updates(updates()).concurrency(1)).await;
    assert!(found[0].is_empty() && found[2].is_empty(), "{found:?}");
    let says = format!("\"Area\" ({area}) of entry {two} is the same cell in row {one}");
    assert!(found[1].contains(&says) && !found[1].contains("Secret"), "{found:?}");
    assert_eq!(book.written(), [one, book.entries[0]]);
    let plans: Vec<_> = book.updates(updates()).concurrency(1).plans().unwrap().try_collect().await.unwrap();
    assert_eq!(plans.iter().map(|it| it.plan.is_ok()).collect::<Vec<_>>(), [true, false, true]);
    // Columns of the list are each row's own, and nothing more is asked for them.
    book.sandbox.clear_requests();
    let updates = [one, two].map(|entry| EntryUpdate::new(entry).set("Amount", 2));
    words(book.updates(updates.into())).await;
    let entry_path = format!("/v2/lists/{}/list-entries/{one}", book.list);
    assert!(book.sandbox.requests().iter().all(|request| request.path != entry_path));
}

#[tokio::test]
async fn an_empty_cell_of_an_opportunity_may_be_hidden_and_is_looked_at_again() {
    let mut world = World::new();
    let list = world.add_list(List::new("Deals", EntityKind::Opportunity)).unwrap();
    world.add_list_field(list, NewField::new("Tags", Kind::DropdownMulti).options(["A"])).unwrap();
    let entry = ListEntryId::new(world.add_opportunity(list, "Umber").unwrap().entry);
    let sandbox = Sandbox::builder().world(world).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let run = || {
        let updates = vec![EntryUpdate::new(entry).remove("Tags", "A")];
        let updates = client(&sandbox).lists().updates(ListId::new(list), updates);
        words(updates.journal(Journal::open(&path).unwrap()))
    };
    assert_eq!(run().await, [(entry, "unchanged")]);
    assert_eq!(run().await, [(entry, "unchanged")]);
}

#[tokio::test]
async fn a_plan_in_a_run_is_for_its_list_and_may_change_nothing() {
    let book = Book::new(2).await;
    let updates = vec![
        EntryUpdate::new(book.entries[0]).clear("Amount"),
        EntryUpdate::new(book.entries[1]).set("Amount", 1),
    ];
    let plans: Vec<_> = book.updates(updates).concurrency(1).plans().unwrap().try_collect().await.unwrap();
    let plans: Vec<Plan> = plans.into_iter().map(|row| row.plan.unwrap()).collect();
    let mut elsewhere = plans[1].clone();
    elsewhere.list = ListId::new(77);
    book.written();
    let updates: Vec<_> = [plans[0].clone(), elsewhere].map(EntryUpdate::from).into();
    assert_eq!(
        words(book.updates(updates)).await,
        [(book.entries[0], "unchanged"), (book.entries[1], "refused")]
    );
    assert!(book.written().is_empty());
}

#[tokio::test]
async fn a_refusal_does_not_settle_what_was_unknown() {
    let book = Book::new(1).await;
    let affinity = builder(&book.sandbox).attempts(1).build().unwrap();
    let run = || {
        let updates = vec![EntryUpdate::new(book.entries[0]).set("Amount", 1)];
        words(affinity.lists().updates(book.list, updates).journal(book.journal()))
    };
    let path = book.cells_path(book.entries[0]);
    book.sandbox.reply(Method::PATCH, path.as_str(), Reply::empty(200).close_connection());
    assert_eq!(run().await, all(&book.entries, "unknown"));
    book.sandbox.reply(Method::PATCH, path, Reply::empty(400));
    assert_eq!(run().await, all(&book.entries, "refused"));
    assert_eq!(book.journal().unsettled().collect::<Vec<_>>(), book.entries);
}

#[tokio::test]
async fn a_run_reads_the_schema_once_and_anew() {
    let book = Book::new(12).await;
    book.affinity.lists().schema(book.list).await.unwrap();
    let path = format!("/v2/lists/{}/fields", book.list);
    // A run keeps to it, however short the client's memory.
    let forgetful = builder(&book.sandbox).schema_lifetime(Duration::ZERO).build().unwrap();
    for affinity in [&book.affinity, &book.affinity, &forgetful] {
        book.sandbox.clear_requests();
        words(affinity.lists().updates(book.list, book.won()).concurrency(2)).await;
        assert_eq!(book.sandbox.requests().iter().filter(|request| request.path == path).count(), 1);
    }
}

#[tokio::test]
async fn a_search_that_was_given_up_is_begun_afresh() {
    let book = Book::new(2).await;
    book.affinity.lists().schema(book.list).await.unwrap();
    book.sandbox.reply(Method::GET, "/persons", Reply::empty(200).delay(Duration::from_secs(40)));
    let updates =
        book.entries.iter().map(|entry| EntryUpdate::new(*entry).set("Owners", "ada@quillfern.example"));
    let updates = book.updates(updates.collect()).concurrency(1).with_timeout(Duration::from_millis(700));
    let reports: Vec<_> = updates.send().unwrap().try_collect().await.unwrap();
    assert_eq!(reports.iter().map(word).collect::<Vec<_>>(), ["refused", "done"]);
}

#[tokio::test]
async fn a_key_that_is_not_accepted_costs_no_call_for_each_row() {
    let book = Book::new(20).await;
    let wrong = builder(&book.sandbox).api_key("wrong").build().unwrap();
    let reports: Vec<_> = wrong
        .lists()
        .updates(book.list, book.won())
        .concurrency(2)
        .send()
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(reports.len(), 20);
    assert!(reports.iter().all(|it| it.outcome.error().is_some_and(|error| error.is_unauthorized())));
    assert!(book.sandbox.requests().len() <= 4, "{}", book.sandbox.requests().len());
    // So does a month that is spent.
    let spent = Reply::json(429, "{}")
        .header("x-ratelimit-limit-org", "100")
        .header("x-ratelimit-limit-org-remaining", "0")
        .header("x-ratelimit-limit-org-reset", "1000");
    book.sandbox.reply(Method::PATCH, book.cells_path(book.entries[1]), spent);
    book.sandbox.clear_requests();
    let reports: Vec<_> =
        book.updates(book.won()).concurrency(1).send().unwrap().try_collect().await.unwrap();
    assert_eq!(word(&reports[0]), "done");
    assert!(reports[1..].iter().all(|it| it.outcome.error().is_some_and(|error| error.is_quota_exhausted())));
    assert_eq!(book.written(), book.entries[..2]);
}

#[tokio::test]
async fn the_journal_is_free_when_the_run_is_over() {
    let book = Book::new(2).await;
    let mut reports = book.updates(book.won()).journal(book.journal()).send().unwrap();
    while reports.next().await.is_some() {}
    assert_eq!(book.journal().done(), 2);
    drop(reports);
}

#[tokio::test]
async fn a_run_over_what_is_done_lets_others_work() {
    let book = Book::new(1000).await;
    words(book.updates(book.won()).concurrency(16).journal(book.journal())).await;
    let turns = Arc::new(AtomicUsize::new(0));
    let count = turns.clone();
    let other = tokio::spawn(async move {
        loop {
            count.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
        }
    });
    tokio::task::yield_now().await;
    let before = turns.load(Ordering::SeqCst);
    let mut reports = book.updates(book.won()).journal(book.journal()).send().unwrap();
    while reports.next().await.is_some() {}
    assert!(turns.load(Ordering::SeqCst) >= before + 5);
    other.abort();
}

#[tokio::test]
async fn somebodys_brace_is_left_as_it_is() {
    let book = Book::new(1).await;
    fs::write(book.path(), "{").unwrap();
    assert!(Journal::open(book.path()).unwrap_err().is_local());
    assert_eq!(fs::read_to_string(book.path()).unwrap(), "{");
}

#[tokio::test]
async fn a_job_that_is_started_again_remembers_whose_the_shared_cells_are() {
    let book = Book::new(0).await;
    let (_, [one, two]) = shared_field(&book);
    let run = || {
        let updates = [one, two].map(|entry| EntryUpdate::new(entry).set("Area", format!("Of {entry}")));
        words(book.updates(updates.into()).concurrency(1).journal(book.journal()))
    };
    assert_eq!(run().await, [(one, "done"), (two, "refused")]);
    assert_eq!(run().await, [(one, "already done"), (two, "refused")]);
    assert_eq!(book.written(), [one]);
    assert!(!fs::read_to_string(book.path()).unwrap().contains("Area"));
    // A row that was not written leaves the cell to others.
    fs::remove_file(book.path()).unwrap();
    book.sandbox.reply(Method::PATCH, book.cells_path(one), Reply::empty(400));
    assert_eq!(run().await, [(one, "refused"), (two, "done")]);
    assert_eq!(run().await, [(one, "refused"), (two, "already done")]);
    // What it wrote before stays its own when something else is refused.
    book.sandbox.reply(Method::PATCH, book.cells_path(two), Reply::empty(400));
    let other = || vec![EntryUpdate::new(two).set("Area", "Another")];
    assert_eq!(words(book.updates(other()).journal(book.journal())).await, [(two, "refused")]);
    let first = vec![EntryUpdate::new(one).set("Area", "First")];
    assert_eq!(words(book.updates(first).journal(book.journal())).await, [(one, "refused")]);
}

#[tokio::test]
async fn many_plans_are_applied_only_to_rows_that_are_as_they_were() {
    let book = Book::new(4).await;
    let [a, b, c, d] = book.entries[..] else { panic!("four rows") };
    let updates = book.entries.iter().map(|it| EntryUpdate::new(*it).set("Amount", 5).clear("Next step"));
    let plans: Vec<_> = book.updates(updates.collect()).plans().unwrap().try_collect().await.unwrap();
    let (amount, step) = (book.id("Amount"), book.id("Next step"));
    book.sandbox.with_world(|world| {
        let mut put = |entry: ListEntryId, field: &str, value| {
            world.set_value(Place::Entry(entry.get()), field, value).unwrap();
        };
        put(a, &amount, CellValue::Number(4.0));
        // What the plan leaves as it is counts too.
        put(b, &step, CellValue::Text("Secret".into()));
        put(c, &amount, CellValue::Number(5.0));
    });
    book.written();
    let updates: Vec<_> = plans.into_iter().map(|row| EntryUpdate::from(row.plan.unwrap())).collect();
    assert_eq!(
        words(book.updates(updates).if_unchanged().journal(book.journal())).await,
        [(a, "refused"), (b, "refused"), (c, "unchanged"), (d, "done")]
    );
    assert_eq!(book.written(), [d]);
    let found = errors(book.updates(vec![EntryUpdate::new(d).set("Amount", 1)]).if_unchanged()).await;
    assert!(found[0].contains("was not made from a plan"), "{found:?}");
}

#[tokio::test]
async fn an_error_among_the_updates_ends_the_run_after_what_is_under_way() {
    let book = Book::new(6).await;
    let mut rows: Vec<Result<_, affinity::Error>> = book.won().into_iter().map(Ok).collect();
    rows[3] = Err(affinity::Error::input("the source is gone"));
    let updates = book.affinity.lists().try_updates_from(book.list, stream::iter(rows)).concurrency(3);
    let mut reports = updates.journal(book.journal()).send().unwrap();
    for _ in 0..3 {
        assert_eq!(word(&reports.try_next().await.unwrap().unwrap()), "done");
    }
    assert_eq!(reports.try_next().await.unwrap_err().to_string(), "the source is gone");
    assert!(reports.next().await.is_none() && reports.next().await.is_none());
    assert_eq!(book.written().len(), 3);
    // The journal is at hand afterwards, also for another run.
    let journal = reports.into_journal().unwrap();
    assert_eq!((journal.done(), book.journal().done()), (3, 3));
    let left = words(book.updates(book.won()).journal(journal)).await;
    assert_eq!(left.iter().filter(|(_, word)| *word == "done").count(), 3);
    assert!(book.updates(Vec::new()).send().unwrap().into_journal().is_none());
}

#[tokio::test]
async fn a_key_that_only_v1_refuses_is_good_for_rows_without_addresses() {
    let book = Book::new(2).await;
    book.affinity.lists().schema(book.list).await.unwrap();
    book.sandbox.reply(Method::GET, "/persons", Reply::json(401, "{}"));
    let updates = vec![
        EntryUpdate::new(book.entries[0]).set("Owners", "ada@quillfern.example"),
        EntryUpdate::new(book.entries[1]).set("Amount", 1),
    ];
    let found = words(book.updates(updates).concurrency(1)).await;
    assert_eq!(found, [(book.entries[0], "refused"), (book.entries[1], "done")]);
}

#[tokio::test]
async fn plans_of_plans_are_plans() {
    let book = Book::new(2).await;
    let [a, b] = book.entries[..] else { panic!("two rows") };
    let updates = vec![EntryUpdate::new(a).set("Amount", 5), EntryUpdate::new(b).clear("Amount")];
    let plan = |updates: Vec<EntryUpdate>| async {
        let rows: Vec<_> = book.updates(updates).concurrency(1).plans().unwrap().try_collect().await.unwrap();
        rows.into_iter().map(|row: affinity::update::EntryPlan| row.plan).collect::<Result<Vec<_>, _>>()
    };
    let plans = plan(updates).await.unwrap();
    assert_eq!(plan(plans.iter().cloned().map(EntryUpdate::from).collect()).await.unwrap(), plans);
    let mut elsewhere = plans[0].clone();
    elsewhere.list = ListId::new(77);
    let error = plan(vec![elsewhere.into()]).await.unwrap_err();
    let says = format!("the plan for entry {a} is of list 77, and this run of {}", book.list);
    assert!(error.is_input() && error.to_string().ends_with(&says), "{error}");
    // Nor does a key that is not accepted cost a call for each plan.
    let wrong = builder(&book.sandbox).api_key("wrong").build().unwrap();
    book.sandbox.clear_requests();
    let plans = wrong.lists().updates(book.list, book.won()).concurrency(1).plans().unwrap();
    let plans: Vec<_> = plans.try_collect().await.unwrap();
    assert!(plans.iter().all(|row| row.plan.as_ref().is_err_and(affinity::Error::is_unauthorized)));
    // One look at the schema, which makes two calls at once.
    assert!(book.sandbox.requests().len() <= 2);
}

#[tokio::test]
async fn the_journal_of_a_run_that_is_stopped_can_go_on() {
    let book = Book::new(5).await;
    let mut reports = book.updates(book.won()).concurrency(2).journal(book.journal()).send().unwrap();
    reports.try_next().await.unwrap();
    let journal = reports.into_journal().unwrap();
    assert!(Journal::open(book.path()).is_err(), "it is not given back before the run is over");
    let done = journal.done();
    let left = words(book.updates(book.won()).journal(journal)).await;
    assert_eq!(left.iter().filter(|(_, word)| *word == "already done").count(), done);
    assert_eq!(book.journal().done(), 5);
}
