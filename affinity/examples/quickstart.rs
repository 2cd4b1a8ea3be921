//! Streams the rows of a list, as structs, into a table. Without a key it brings its own server:
//! `cargo run --example quickstart`.
//!
//! With `AFFINITY_API_KEY` set it reads the account of that key; `--list ID|NAME` says which list. The columns are
//! those of `Deal`: change it, or let `cargo xtask rows` write one for your list.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program prints")]

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use affinity::{Affinity, ListType, ListWithType, Multi, PersonRef};
use affinity_sandbox::Sandbox;
use clap::Parser;
use comfy_table::{CellAlignment, Table, presets};
use futures::{StreamExt, TryStreamExt};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Deserialize;

/// A row of the list. Its name is its own; the others are columns that every new list has.
#[derive(Deserialize)]
struct Deal {
    name: String,
    status: Option<String>,
    amount: Option<f64>,
    /// The server sends no more than 100.
    owners: Multi<PersonRef>,
}

#[derive(Parser)]
#[command(about = "Streams a list of an Affinity account into a table")]
struct Options {
    /// The list: its id, or its name. Without it, the pipeline of the demo, or the only opportunity list.
    #[arg(long, value_name = "ID|NAME")]
    list: Option<String>,
    /// How many rows to show; the last line counts all of them.
    #[arg(long, default_value_t = 20)]
    rows: usize,
}

/// What goes wrong ends in one line.
type Outcome<T> = Result<T, String>;

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("quickstart: {message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Outcome<()> {
    let (affinity, sandbox) = connect().await?;
    let me = affinity.whoami().send().await.map_err(explain)?;
    let name = [Some(me.user.first_name.as_str()), me.user.last_name.as_deref()];
    println!("Key of {}, {}", name.into_iter().flatten().collect::<Vec<_>>().join(" "), me.tenant.name);

    let list = choose(&affinity, options.list.as_deref(), sandbox.is_some()).await?;
    println!("List {:?} ({})\n", list.name, list.id);

    let mut report = Report::new(options.rows);
    let progress = progress();
    let mut deals = affinity.lists().entries(list.id).rows::<Deal>().prefetch(true).stream();
    while let Some(deal) = deals.next().await {
        match deal {
            Ok(deal) => report.add(deal),
            Err(error) if error.is_item() => {
                report.left_out += 1;
                progress.suspend(|| eprintln!("left out: {error}"));
            }
            Err(error) => return Err(explain(error)),
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    report.print();
    Ok(())
}

/// The account of the key in the environment, or a demo that lives as long as the sandbox does.
async fn connect() -> Outcome<(Affinity, Option<Sandbox>)> {
    if std::env::var_os("AFFINITY_API_KEY").is_some() {
        return Ok((Affinity::from_env().map_err(explain)?, None));
    }
    let sandbox =
        Sandbox::demo().await.map_err(|error| format!("the demo server does not start: {error}"))?;
    eprintln!("No AFFINITY_API_KEY: this is a demo with invented data, on {}", sandbox.url());
    let affinity =
        Affinity::builder().base_url(sandbox.url()).api_key(sandbox.api_key()).build().map_err(explain)?;
    Ok((affinity, Some(sandbox)))
}

async fn choose(affinity: &Affinity, wanted: Option<&str>, demo: bool) -> Outcome<ListWithType> {
    match wanted {
        Some(wanted) => match wanted.parse() {
            Ok(id) => affinity.lists().get(id).send().await.map_err(|error| match error.is_not_found() {
                true => format!(
                    "there is no list {id}, or it is not shared with you; --list takes an id or a name"
                ),
                false => explain(error),
            }),
            Err(_) => affinity.lists().find(wanted).await.map_err(explain),
        },
        None if demo => affinity.lists().find("Pipeline").await.map_err(explain),
        None => only_pipeline(affinity).await,
    }
}

async fn only_pipeline(affinity: &Affinity) -> Outcome<ListWithType> {
    let lists: Vec<ListWithType> = affinity.lists().list().stream().try_collect().await.map_err(explain)?;
    let mut pipelines: Vec<_> =
        lists.into_iter().filter(|list| list.type_ == ListType::Opportunity).collect();
    match (pipelines.len(), pipelines.pop()) {
        (1, Some(list)) => Ok(list),
        (0, _) => Err("the key sees no opportunity list; say which list with --list ID|NAME".to_owned()),
        (count, last) => {
            let names: Vec<_> =
                pipelines.iter().chain(&last).take(8).map(|it| format!("{} ({})", it.name, it.id)).collect();
            Err(format!("{count} opportunity lists; say which with --list ID|NAME: {}", names.join(", ")))
        }
    }
}

/// Counts rows on stderr; silent where nobody looks.
fn progress() -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = ProgressStyle::with_template("{spinner} {human_pos} rows, {per_sec}");
    let bar = ProgressBar::with_draw_target(None, target);
    bar.enable_steady_tick(Duration::from_millis(100));
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()))
}

struct Report {
    table: Table,
    shown: usize,
    rows: usize,
    amount: f64,
    /// Rows that could not be read.
    left_out: usize,
}

impl Report {
    fn new(shown: usize) -> Self {
        let mut table = Table::new();
        table.load_preset(presets::UTF8_FULL_CONDENSED);
        table.set_header(["Name", "Status", "Amount", "Owners"]);
        if let Some(amounts) = table.column_mut(2) {
            amounts.set_cell_alignment(CellAlignment::Right);
        }
        Self { table, shown, rows: 0, amount: 0.0, left_out: 0 }
    }

    fn add(&mut self, deal: Deal) {
        self.rows += 1;
        self.amount += deal.amount.unwrap_or_default();
        if self.rows <= self.shown {
            self.table.add_row([
                short(&deal.name),
                short(&deal.status.unwrap_or_default()),
                deal.amount.map(thousands).unwrap_or_default(),
                short(&owners(&deal.owners)),
            ]);
        }
    }

    fn print(&self) {
        println!("{}", self.table);
        if self.rows > self.shown {
            println!("… and {} more rows (--rows N shows more)", self.rows - self.shown);
        }
        let left_out =
            if self.left_out > 0 { format!(" ({} left out)", self.left_out) } else { String::new() };
        println!("Total: {} rows{left_out}, Amount {}", thousands(self.rows as f64), thousands(self.amount));
    }
}

fn owners(owners: &Multi<PersonRef>) -> String {
    let name = |owner: &PersonRef| owner.first_name.clone().unwrap_or_else(|| owner.id.to_string());
    let names = owners.items.iter().map(name).collect::<Vec<_>>().join(", ");
    if owners.is_complete() == Some(true) { names } else { format!("{names}, …") }
}

fn short(text: &str) -> String {
    const MOST: usize = 32;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    text.chars().take(MOST - 1).chain(['…']).collect()
}

fn thousands(number: f64) -> String {
    let whole = format!("{:.0}", number.abs());
    let mut text = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0.0 { format!("-{text}") } else { text }
}

fn explain(error: affinity::Error) -> String {
    if error.is_unauthorized() {
        return "the key was not accepted; check AFFINITY_API_KEY, and whether it may be used from this address".to_owned();
    }
    if error.is_connect() {
        return "no connection to the server; check the network, and AFFINITY_BASE_URL if it is set"
            .to_owned();
    }
    if error.is_forbidden() {
        return format!("{error}; the key's user lacks a permission, ask an administrator");
    }
    error.to_string()
}
