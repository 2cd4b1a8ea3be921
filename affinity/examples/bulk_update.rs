//! Updates many rows of a list, and can be stopped at any moment and run again.
//!
//! `cargo run --example bulk_update` closes deals in a demo that it brings along. With `AFFINITY_API_KEY` set it works on
//! the account of that key:
//!
//! ```text
//! bulk_update --list Pipeline --updates updates.jsonl --journal updates.journal [--plan]
//! ```
//!
//! where each line of `updates.jsonl` is a row and what is to be in it, by the names of fields. `+` before a name adds,
//! `-` takes away, null clears:
//!
//! ```text
//! {"entry": 900001, "Status": "Won", "Amount": 2500000, "+Owners": "ines@quillfern.example", "Next step": null}
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program prints")]

use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use affinity::update::{EntryUpdate, Journal, Outcome, SetValue, Updates};
use affinity::{Affinity, ListEntryId, ListWithType};
use affinity_sandbox::Sandbox;
use clap::Parser;
use futures::{StreamExt, TryStreamExt};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

#[derive(Parser)]
#[command(about = "Updates many rows of a list of an Affinity account")]
struct Options {
    /// The name of the list.
    #[arg(long, default_value = "Pipeline")]
    list: String,
    /// A file with a JSON object for each row. Without it, and without a key, deals of the demo are closed.
    #[arg(long, value_name = "FILE")]
    updates: Option<PathBuf>,
    /// Where to note what is done, so that the same command can be given again after it was stopped.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Show what would change, and change nothing.
    #[arg(long)]
    plan: bool,
    /// How many rows are under way at once.
    #[arg(long, default_value_t = 4)]
    concurrency: usize,
}

/// What goes wrong ends in one line.
type Outcomes<T> = Result<T, String>;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("bulk_update: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Outcomes<bool> {
    let (affinity, demo) = connect().await?;
    let list = affinity.lists().find(&options.list).await.map_err(|error| error.to_string())?;
    let updates = match &options.updates {
        Some(file) => affinity.lists().updates(list.id, read(file)?),
        None if demo.is_some() => close_deals(&affinity, &list).await.map_err(|error| error.to_string())?,
        None => return Err("say what to change with --updates FILE".to_owned()),
    };
    let updates = updates.concurrency(options.concurrency);
    if options.plan {
        return show(updates).await.map_err(|error| error.to_string());
    }
    let updates = match options.journal {
        Some(path) => updates.journal(Journal::open(path).map_err(|error| error.to_string())?),
        None => updates,
    };
    carry_out(updates).await.map_err(|error| error.to_string())
}

/// The deals with a term sheet are won: who closed them becomes an owner, and there is nothing left to do.
async fn close_deals(affinity: &Affinity, list: &ListWithType) -> affinity::Result<Updates> {
    let status = affinity.lists().fields(list.id).stream().try_collect::<Vec<_>>().await?;
    let status = status.into_iter().filter(|field| field.name == "Status").map(|field| field.id);
    let rows = affinity.lists().entries(list.id).fields(affinity::FieldSelection::ids(status)).stream();
    let won = rows.try_filter_map(|row| async move {
        let status = row.fields().first().and_then(|cell| cell.value.as_option());
        let is_signed = status.is_some_and(|status| status.text == "Term sheet");
        Ok(is_signed.then(|| {
            EntryUpdate::new(row.id)
                .set("Status", "Won")
                .append("Owners", "ines@quillfern-seed.example")
                .clear("Next step")
        }))
    });
    let won: Vec<_> = won.take(40).try_collect().await?;
    Ok(affinity.lists().updates(list.id, won))
}

async fn show(updates: Updates) -> affinity::Result<bool> {
    let (mut plans, mut calls, mut all_well) = (updates.plans()?, 0, true);
    while let Some(row) = plans.try_next().await? {
        match row.plan {
            Ok(plan) => {
                calls += plan.calls();
                println!("{plan}");
            }
            Err(error) => {
                all_well = false;
                eprintln!("entry {}: {error}", row.entry);
            }
        }
    }
    println!("Nothing was written. Applying this costs {calls} calls.");
    Ok(all_well)
}

async fn carry_out(updates: Updates) -> affinity::Result<bool> {
    let (mut written, mut as_it_was, mut before, mut failed) = (0, 0, 0, 0);
    let mut reports = updates.send()?;
    while let Some(report) = reports.try_next().await? {
        match report.outcome {
            Outcome::Done => written += 1,
            Outcome::Unchanged => as_it_was += 1,
            Outcome::AlreadyDone => before += 1,
            Outcome::Unknown(error) => {
                failed += 1;
                eprintln!("entry {}: written or not, run again: {error}", report.entry);
            }
            outcome => {
                failed += 1;
                let why = outcome.error().map(ToString::to_string).unwrap_or_default();
                eprintln!("entry {}: not written: {why}", report.entry);
            }
        }
    }
    println!("{written} rows written, {as_it_was} as they were to be, {before} done before, {failed} failed");
    Ok(failed == 0)
}

/// The account of the key, or without one a demo, which lasts as long as what is returned.
async fn connect() -> Outcomes<(Affinity, Option<Sandbox>)> {
    if std::env::var_os("AFFINITY_API_KEY").is_some() {
        return Ok((Affinity::from_env().map_err(|error| error.to_string())?, None));
    }
    let demo = Sandbox::demo().await.map_err(|error| error.to_string())?;
    let affinity = Affinity::builder().base_url(demo.url()).api_key(demo.api_key()).build();
    Ok((affinity.map_err(|error| error.to_string())?, Some(demo)))
}

/// All of the file, so that a mistake in its last line is found before anything is written.
fn read(path: &Path) -> Outcomes<Vec<EntryUpdate>> {
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let lines = BufReader::new(file).lines().enumerate();
    let update = |(index, line): (usize, std::io::Result<String>)| {
        let place = |why: String| format!("{}: line {}: {why}", path.display(), index + 1);
        let row = line.map_err(|error| place(error.to_string()))?;
        // Not the error's own words: they can quote the line.
        let why = |error: serde_json::Error| match error.classify() {
            serde_json::error::Category::Data => place("not an object, or a name is there twice".to_owned()),
            _ => place(format!("not JSON from column {} on", error.column())),
        };
        let Row(fields) = serde_json::from_str(&row).map_err(why)?;
        update_of(fields).map_err(place)
    };
    lines.map(update).collect()
}

/// An object whose names are all different: of two values for one field, which is meant?
struct Row(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Row;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
                let mut fields: Vec<(String, Value)> = Vec::new();
                while let Some((name, value)) = map.next_entry()? {
                    if fields.iter().any(|(other, _)| *other == name) {
                        return Err(A::Error::custom("a name is there twice"));
                    }
                    fields.push((name, value));
                }
                Ok(Row(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

fn update_of(row: Vec<(String, Value)>) -> Outcomes<EntryUpdate> {
    let entry = row.iter().find(|(name, _)| name == "entry").and_then(|(_, value)| value.as_u64());
    let entry = entry.ok_or("no \"entry\" with the id of the row")?;
    let fields = row.into_iter().filter(|(name, _)| name != "entry");
    fields.map(|(name, value)| Ok((value_of(&name, value)?, name))).try_fold(
        EntryUpdate::new(ListEntryId::new(entry)),
        |update, change: Outcomes<_>| {
            let (value, name) = change?;
            Ok(match name.split_at_checked(1) {
                Some(("+", name)) => update.append(name, value),
                Some(("-", name)) => update.remove(name, value),
                _ => update.set(name, value),
            })
        },
    )
}

fn value_of(name: &str, value: Value) -> Outcomes<SetValue> {
    Ok(match value {
        Value::Null => None::<SetValue>.into(),
        Value::String(text) => text.into(),
        // A whole number beyond 2^53 is refused then, and not rounded.
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => whole.into(),
            (_, Some(whole)) => whole.into(),
            _ => number.as_f64().into(),
        },
        Value::Array(items) => {
            let items: Vec<_> =
                items.into_iter().map(|item| value_of(name, item)).collect::<Outcomes<_>>()?;
            items.into()
        }
        Value::Bool(_) | Value::Object(_) => {
            return Err(format!("{name:?}: neither true, false nor objects are values of fields"));
        }
    })
}
