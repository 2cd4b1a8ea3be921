//! Streams a list into a table. Without a key it brings its own server: `cargo run --example quickstart`.
//!
//! With `AFFINITY_API_KEY` set it reads the account of that key; `--list ID|NAME` says which list.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program prints")]

use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use affinity::{
    Affinity, Cell, FieldMetadata, FieldSelection, FieldType, FieldValue, ListEntry, ListType, ListWithType,
    ValueType,
};
use affinity_sandbox::Sandbox;
use clap::Parser;
use comfy_table::{CellAlignment, Table, presets};
use futures::{StreamExt, TryStreamExt};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

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
    let columns = columns(&affinity, &list).await?;
    println!("List {:?} ({}), {} of its fields\n", list.name, list.id, columns.len());

    let mut report = Report::new(columns, options.rows);
    let progress = progress();
    let selection = FieldSelection::ids(report.columns.iter().map(|field| &field.id));
    let selection = if report.columns.is_empty() { FieldSelection::none() } else { selection };
    let mut rows = affinity.lists().entries(list.id).fields(selection).prefetch(true).stream();
    while let Some(row) = rows.next().await {
        match row {
            Ok(row) => report.add(&row),
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

/// A few columns of the list that read well in a table, those of most interest first.
async fn columns(affinity: &Affinity, list: &ListWithType) -> Outcome<Vec<FieldMetadata>> {
    let fields: Vec<FieldMetadata> =
        affinity.lists().fields(list.id).stream().try_collect().await.map_err(explain)?;
    let interest = |field: &FieldMetadata| match field.value_type {
        ValueType::RankedDropdown => 0,
        ValueType::Number => 1,
        ValueType::Person | ValueType::PersonMulti => 2,
        ValueType::Datetime => 3,
        ValueType::Company | ValueType::CompanyMulti | ValueType::Location | ValueType::Dropdown => 4,
        _ => 5,
    };
    let mut columns: Vec<_> = fields.into_iter().filter(|field| field.type_ == FieldType::List).collect();
    columns.sort_by_key(interest);
    columns.truncate(5);
    Ok(columns)
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
    columns: Vec<FieldMetadata>,
    /// The sum of each column of numbers.
    sums: Vec<Option<f64>>,
    table: Table,
    shown: usize,
    rows: usize,
    /// Rows that could not be read.
    left_out: usize,
}

impl Report {
    fn new(columns: Vec<FieldMetadata>, shown: usize) -> Self {
        let mut table = Table::new();
        table.load_preset(presets::UTF8_FULL_CONDENSED);
        table.set_header(
            ["Entry".to_owned(), "Name".to_owned()]
                .into_iter()
                .chain(columns.iter().map(|it| it.name.clone())),
        );
        let sums: Vec<_> =
            columns.iter().map(|it| (it.value_type == ValueType::Number).then_some(0.0)).collect();
        for (index, _) in sums.iter().enumerate().filter(|(_, sum)| sum.is_some()) {
            if let Some(column) = table.column_mut(index + 2) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        Self { columns, sums, table, shown, rows: 0, left_out: 0 }
    }

    fn add(&mut self, row: &ListEntry) {
        self.rows += 1;
        for (field, sum) in self.columns.iter().zip(&mut self.sums) {
            if let (Some(sum), Some(number)) =
                (sum, row.cell(&field.id).value().and_then(FieldValue::as_number))
            {
                *sum += number;
            }
        }
        if self.rows <= self.shown {
            let cells = self.columns.iter().map(|field| cell_text(row.cell(&field.id)));
            self.table.add_row([row.id.to_string(), short(row.name())].into_iter().chain(cells));
        }
    }

    fn print(&self) {
        println!("{}", self.table);
        if self.rows > self.shown {
            println!("… and {} more rows (--rows N shows more)", self.rows - self.shown);
        }
        let sums =
            self.columns.iter().zip(&self.sums).filter_map(|(field, sum)| Some((&field.name, (*sum)?)));
        let sums: String = sums.map(|(name, sum)| format!(", {name} {}", thousands(sum))).collect();
        let left_out =
            if self.left_out > 0 { format!(" ({} left out)", self.left_out) } else { String::new() };
        println!("Total: {} rows{left_out}{sums}", thousands(self.rows as f64));
    }
}

fn cell_text(cell: Cell<'_>) -> String {
    match cell {
        Cell::Value(value) => match value.as_number() {
            Some(number) => thousands(number),
            None => short(value.to_text()),
        },
        Cell::Hidden => "(hidden)".to_owned(),
        Cell::Empty | Cell::NotRequested => String::new(),
    }
}

fn short(text: impl Into<String>) -> String {
    const MOST: usize = 32;
    let text: String = text.into();
    if text.chars().count() <= MOST {
        return text;
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
