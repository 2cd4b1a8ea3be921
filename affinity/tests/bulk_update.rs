//! The bulk update, run as a program, and killed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use affinity::{Affinity, FieldSelection, FieldType, ListId};
use affinity_sandbox::{
    CellValue, Company, EntityKind, List, Method, NewField, Person, Place, Sandbox, ValueType, World,
};
use fastrand::Rng;
use futures::TryStreamExt;

/// Built by the same `cargo test` as this test, beside it.
fn program() -> PathBuf {
    let mut path: PathBuf = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    path.push(format!("examples/bulk_update{}", std::env::consts::EXE_SUFFIX));
    path
}

fn command(sandbox: &Sandbox) -> Command {
    let mut command = Command::new(program());
    command.env("AFFINITY_API_KEY", sandbox.api_key()).env("AFFINITY_BASE_URL", sandbox.url());
    command
}

fn rng(test: &str) -> Rng {
    let given = std::env::var("TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| fastrand::u64(..));
    println!("{test}: TEST_SEED={seed}");
    Rng::with_seed(seed)
}

const STAGES: [&str; 3] = ["New", "Won", "Lost"];
const TAGS: [&str; 4] = ["Climate", "Ports", "Cold chain", "Robots"];
const PEOPLE: [&str; 4] = ["Ada", "Bo", "Cleo", "Dag"];

/// Kills the child once this many requests were answered.
#[derive(Clone, Default)]
struct Killer {
    seen: Arc<AtomicUsize>,
    at: Arc<AtomicUsize>,
    child: Arc<Mutex<Option<Child>>>,
}

impl Killer {
    /// The sandbox waits for this, so the request was carried out and its answer is not sent yet.
    fn answered(&self) {
        if self.seen.fetch_add(1, Ordering::SeqCst) + 1 == self.at.load(Ordering::SeqCst)
            && let Some(child) = self.child.lock().unwrap().as_mut()
        {
            let _ = child.kill();
        }
    }

    /// Runs a command until it ends or is killed: whether it ended by itself and well.
    fn run(&self, command: &mut Command, at: Option<usize>) -> bool {
        self.seen.store(0, Ordering::SeqCst);
        self.at.store(at.unwrap_or(usize::MAX), Ordering::SeqCst);
        let mut slot = self.child.lock().unwrap();
        *slot = Some(command.stdout(Stdio::null()).spawn().expect("`cargo test` builds the examples"));
        drop(slot);
        loop {
            let ended = self.child.lock().unwrap().as_mut().unwrap().try_wait().unwrap();
            match ended {
                Some(status) if status.success() => return true,
                Some(status) => {
                    let seen = self.seen.load(Ordering::SeqCst);
                    assert!(at.is_some_and(|at| seen >= at), "not killed: {status} after {seen} requests");
                    return false;
                }
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        }
    }
}

struct Account {
    sandbox: Sandbox,
    killer: Killer,
    list: ListId,
    /// By row and column, in words.
    expected: BTreeMap<u64, BTreeMap<&'static str, String>>,
    lines: Vec<String>,
}

impl Account {
    /// A list, what is to become of most of its rows, and what they are to be in the end.
    async fn new(rng: &mut Rng) -> Self {
        let mut world = World::new();
        let person = |world: &mut World, name: &str| {
            let email = format!("{}@quillfern.example", name.to_lowercase());
            world.add_person(Person::new(name).email(email)).unwrap()
        };
        let people: Vec<u64> = PEOPLE.iter().map(|name| person(&mut world, name)).collect();
        let list = world.add_list(List::new("Deals", EntityKind::Company)).unwrap();
        let column = |world: &mut World, field: NewField| world.add_list_field(list, field).unwrap();
        let status = column(&mut world, NewField::new("Status", ValueType::RankedDropdown).options(STAGES));
        let tags = column(&mut world, NewField::new("Tags", ValueType::DropdownMulti).options(TAGS));
        let amount = column(&mut world, NewField::new("Amount", ValueType::Number));
        let owners = column(&mut world, NewField::new("Owners", ValueType::PersonMulti));
        column(&mut world, NewField::new("Close date", ValueType::Datetime));
        let (mut expected, mut lines) = (BTreeMap::new(), Vec::new());
        for n in 0..60 {
            let company = world.add_company(Company::new(format!("Company {n}"))).unwrap();
            let entry = world.add_entry(list, company).unwrap();
            let at = Place::Entry(entry);
            let stage = world.option_named(&status, "New").unwrap();
            world.set_value(at, &status, CellValue::RankedDropdown(stage)).unwrap();
            let mut owned = BTreeSet::from([rng.usize(..4)]);
            let first = owned.iter().map(|person| people[*person]).collect();
            world.set_value(at, &owners, CellValue::PersonMulti(first)).unwrap();
            let mut tagged = BTreeSet::from([rng.usize(..4), rng.usize(..4)]);
            let ids = tagged.iter().map(|tag| world.option_named(&tags, TAGS[*tag]).unwrap()).collect();
            world.set_value(at, &tags, CellValue::DropdownMulti(ids)).unwrap();
            world.set_value(at, &amount, CellValue::Number(1.0)).unwrap();
            let mut row = BTreeMap::from([("Status", "New".to_owned()), ("Amount", "1".to_owned())]);
            row.insert("Close date", String::new());
            // Some rows are not touched, some only in what is not changed by it.
            if n % 7 != 3 {
                let stage = STAGES[rng.usize(1..3)];
                let (add, take) = (rng.usize(..4), rng.usize(..4));
                let sum = rng.u32(2..1_000_000);
                lines.push(if n % 5 == 4 {
                    tagged.insert(add);
                    format!(r#"{{"entry":{entry},"+Tags":"{}"}}"#, TAGS[add])
                } else {
                    tagged.remove(&take);
                    owned.insert(add);
                    row.insert("Status", stage.to_owned());
                    row.insert("Amount", sum.to_string());
                    row.insert("Close date", "2026-03-31".to_owned());
                    let email = format!("{}@Quillfern.example", PEOPLE[add]);
                    let rest = format!(
                        r#""Close date":"2026-03-31","+Owners":["{email}"],"-Tags":["{}"]"#,
                        TAGS[take]
                    );
                    format!(r#"{{"entry":{entry},"Status":"{stage}","list:amount":{sum},{rest}}}"#)
                });
            }
            row.insert("Owners", words(owned.iter().map(|person| PEOPLE[*person])));
            row.insert("Tags", words(tagged.iter().map(|tag| TAGS[*tag])));
            expected.insert(entry, row);
        }
        let killer = Killer::default();
        let observer = killer.clone();
        let sandbox = Sandbox::builder().world(world).requests_per_minute(100_000);
        let sandbox = sandbox.on_answer(move |_| observer.answered()).start().await.unwrap();
        Self { sandbox, killer, list: ListId::new(list), expected, lines }
    }

    async fn state(&self) -> BTreeMap<u64, BTreeMap<&'static str, String>> {
        let affinity =
            Affinity::builder().base_url(self.sandbox.url()).api_key(self.sandbox.api_key()).build().unwrap();
        let columns = FieldSelection::types([FieldType::List]);
        let rows = affinity.lists().entries(self.list).fields(columns).stream();
        let rows: Vec<_> = rows.try_collect().await.unwrap();
        let row = |row: affinity::ListEntry| {
            let cell = |name: &'static str| {
                let text = row.fields().iter().find(|cell| cell.name == name).unwrap().value.to_text();
                let parts = text.split("; ").filter(|part| !part.is_empty());
                (name, words(parts))
            };
            let names = ["Status", "Amount", "Close date", "Owners", "Tags"];
            (row.id.get(), names.map(cell).into_iter().collect())
        };
        rows.into_iter().map(row).collect()
    }
}

fn words<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut words: Vec<_> = words.collect();
    words.sort_unstable();
    words.join(", ")
}

/// The rows that the journal says are done: those whose last line says so.
fn done(journal: &Path) -> BTreeSet<u64> {
    let text = fs::read_to_string(journal).unwrap_or_default();
    let mut last = BTreeMap::new();
    // A kill can cut the last line.
    for line in text.split_inclusive('\n').skip(1).filter(|line| line.ends_with('\n')) {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        last.insert(line["entry"].as_u64().unwrap(), line["state"] == "done");
    }
    last.into_iter().filter(|(_, done)| *done).map(|(entry, _)| entry).collect()
}

fn written(sandbox: &Sandbox) -> Vec<u64> {
    let requests = sandbox.requests();
    let writes = requests.iter().filter(|request| request.method == Method::PATCH);
    writes.map(|request| request.path.split('/').nth(5).unwrap().parse().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_anywhere_and_run_again_it_ends_where_it_was_to() {
    let mut rng = rng("killed_anywhere_and_run_again_it_ends_where_it_was_to");
    let folder = tempfile::tempdir().unwrap();
    let (mut kills, mut resumed) = (0, 0);
    for round in 0..4 {
        let account = Account::new(&mut rng).await;
        let (updates, journal) = (folder.path().join("updates.jsonl"), folder.path().join(round.to_string()));
        fs::write(&updates, account.lines.join("\n")).unwrap();
        let mut left = 25;
        loop {
            let before = done(&journal);
            account.sandbox.clear_requests();
            let at = (left > 0).then(|| rng.usize(1..60));
            left -= usize::from(at.is_some());
            let mut command = command(&account.sandbox);
            command.args(["--list", "Deals", "--concurrency"]).arg(rng.usize(1..6).to_string());
            command.arg("--updates").arg(&updates).arg("--journal").arg(&journal);
            let ended = account.killer.run(&mut command, at);
            let again: Vec<_> =
                written(&account.sandbox).into_iter().filter(|it| before.contains(it)).collect();
            assert!(again.is_empty(), "done before, and written again: {again:?}");
            resumed += usize::from(!before.is_empty());
            if ended {
                break;
            }
            kills += 1;
        }
        assert_eq!(done(&journal).len(), account.lines.len());
        assert_eq!(account.state().await, account.expected);
        // Another run has nothing to do.
        account.sandbox.clear_requests();
        let mut command = command(&account.sandbox);
        command.args(["--list", "Deals", "--updates"]).arg(&updates).arg("--journal").arg(&journal);
        assert!(account.killer.run(&mut command, None));
        assert!(account.sandbox.requests().iter().all(|request| request.path == "/v2/lists"));
    }
    assert!(kills > 4 && resumed > 4, "{kills} kills, {resumed} runs that went on");
}

fn output(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().expect("`cargo test` builds the examples");
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn without_a_key_it_closes_the_deals_of_the_demo() {
    let mut command = Command::new(program());
    command.env_remove("AFFINITY_API_KEY").env_remove("AFFINITY_BASE_URL");
    let (status, stdout, stderr) = output(command.arg("--plan"));
    assert_eq!(status, Some(0), "{stderr}");
    assert!(stdout.contains("Term sheet → Won"), "{stdout}");
    assert!(stdout.ends_with("Nothing was written. Applying this costs 40 calls.\n"), "{stdout}");
    let mut command = Command::new(program());
    command.env_remove("AFFINITY_API_KEY").env_remove("AFFINITY_BASE_URL");
    let (status, stdout, stderr) = output(&mut command);
    assert_eq!(status, Some(0), "{stderr}");
    assert_eq!(stdout, "40 rows written, 0 as they were to be, 0 done before, 0 failed\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_that_cannot_be_meant_are_refused_before_anything_is_written() {
    let mut rng = rng("lines_that_cannot_be_meant_are_refused_before_anything_is_written");
    let account = Account::new(&mut rng).await;
    let folder = tempfile::tempdir().unwrap();
    let updates = folder.path().join("updates.jsonl");
    let entry = account.expected.keys().next().unwrap();
    for (line, says) in [
        (
            format!(r#"{{"entry":{entry},"Amount":1,"Amount":2}}"#),
            "line 1: not an object, or a name is there twice",
        ),
        (format!(r#"{{"entry":{entry},"Amount":9007199254740993}}"#), "beyond 2^53 does not arrive exactly"),
        (format!(r#"{{"entry":{entry},"Amount":-9007199254740993}}"#), "beyond 2^53 does not arrive exactly"),
        (
            format!(r#"{{"entry":{entry},"Amount":18446744073709551615}}"#),
            "beyond 2^53 does not arrive exactly",
        ),
        (r#"{"entry":1,"Status":"Secret"#.to_owned(), "line 1: not JSON from column "),
    ] {
        fs::write(&updates, line).unwrap();
        let mut command = command(&account.sandbox);
        let (status, _, stderr) = output(command.args(["--list", "Deals", "--updates"]).arg(&updates));
        assert_eq!(status, Some(1));
        assert!(stderr.contains(says) && !stderr.contains("Secret"), "{stderr}");
    }
    assert!(written(&account.sandbox).is_empty());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn where_the_journal_cannot_be_written_the_row_is_not_either() {
    let mut rng = rng("where_the_journal_cannot_be_written_the_row_is_not_either");
    let account = Account::new(&mut rng).await;
    let folder = tempfile::tempdir().unwrap();
    let (updates, journal) = (folder.path().join("updates.jsonl"), folder.path().join("journal"));
    fs::write(&updates, account.lines.join("\n")).unwrap();
    let run = |limit: &str| {
        // A full disk, as far as the program can tell: a file may have no more than 512 bytes times the limit.
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("trap '' XFSZ; ulimit -f {limit}; exec \"$@\"")).arg("sh").arg(program());
        shell
            .env("AFFINITY_API_KEY", account.sandbox.api_key())
            .env("AFFINITY_BASE_URL", account.sandbox.url());
        shell.args(["--list", "Deals", "--updates"]).arg(&updates).arg("--journal").arg(&journal);
        output(&mut shell)
    };
    let (status, stdout, stderr) = run("4");
    assert_eq!(status, Some(1), "{stdout}");
    let says =
        format!("not written: update_list_entry_fields: journal: {}: cannot be written: ", journal.display());
    assert!(stderr.lines().count() > 10 && stderr.lines().all(|line| line.contains(&says)), "{stderr}");
    let (before, first) = (done(&journal), written(&account.sandbox));
    assert!(!before.is_empty() && first.len() < account.lines.len(), "{before:?} {first:?}");
    assert!(fs::read_to_string(&journal).unwrap().ends_with("}\n"), "half a line was taken back");
    let (status, _, stderr) = run("unlimited");
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    assert_eq!(account.state().await, account.expected);
}
