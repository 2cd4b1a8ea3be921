//! The struct that the rows of a list are read into: written from the list's fields, or held against them.

mod check;
mod generate;
mod names;
mod serde_attributes;
mod source;
#[cfg(test)]
mod tests;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use affinity::shapes::{RowShape, Shape, Wanted};
use affinity::{Affinity, DriftKind, ListId, Schema};
use affinity_sandbox::Sandbox;

use check::Checked;
use generate::Wish;

/// Prints the Rust struct that the rows of a list are read into, with an enum for each dropdown, ready to paste; or,
/// with --check, says whether a struct still matches the list.
///
/// The key is taken from AFFINITY_API_KEY; with --sandbox, none is needed. Only the code goes to standard output;
/// remarks go to standard error.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("of").required(true)))]
pub(crate) struct Options {
    /// The list, by its id or its name.
    #[arg(long, value_name = "ID|NAME", group = "of")]
    list: Option<String>,
    /// All companies, in place of a list.
    #[arg(long, group = "of")]
    companies: bool,
    /// All persons, in place of a list.
    #[arg(long, group = "of")]
    persons: bool,
    /// Take the lists of the sandbox's demo: Pipeline, Portfolio, Network. It needs no key and no network.
    #[arg(long)]
    sandbox: bool,
    /// What the struct is called. Without it: the list's name and Row, such as PipelineRow.
    #[arg(long)]
    name: Option<String>,
    /// These fields, by name or id, in this order, such as "Status,Amount". Without it: the columns of the list, or
    /// the global fields of companies and persons.
    #[arg(long, value_name = "NAME,…", conflicts_with = "all")]
    fields: Vec<String>,
    /// All fields, enriched ones and those of relationship intelligence included.
    #[arg(long)]
    all: bool,
    /// Print no code: say whether the struct in this file matches. The struct is the one called --name, or else the
    /// one that derives Deserialize and whose name ends in Row, or else the only one that derives Deserialize and is
    /// no field of another. The exit status is 1 when rows cannot be read into it.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["fields", "all"])]
    check: Option<PathBuf>,
}

/// Runs `cargo xtask rows`.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    // What cannot be read costs no call.
    let text = options.check.as_deref().map(read).transpose()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no runtime to make calls with: {error}"))?;
    let schema = runtime.block_on(Box::pin(schema(options)))?;
    match (&options.check, text) {
        (Some(file), Some(text)) => {
            let checked = check::check(&text, &file.display().to_string(), options.name.as_deref(), &schema)?;
            report(&checked, &schema, options)
        }
        _ => {
            let written = generate::code(&schema, &options.wish())?;
            remark(&written.remarks);
            say(&written.code);
            Ok(())
        }
    }
}

impl Options {
    fn wish(&self) -> Wish<'_> {
        let Self { name, fields, all, sandbox, .. } = self;
        Wish { name: name.as_deref(), fields, all: *all, sandbox: *sandbox }
    }
}

fn read(file: &Path) -> Result<String, String> {
    std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

fn report(checked: &Checked, schema: &Schema, options: &Options) -> Result<(), String> {
    let Checked { name, breaking, notes, remarks } = checked;
    remark(remarks);
    let lines = breaking.iter().map(|line| format!("breaking: {line}\n"));
    let lines = lines.chain(notes.iter().map(|line| format!("note: {line}\n")));
    say(&lines.collect::<String>());
    let of = &schema.of;
    match breaking.len() {
        0 => {
            say(&format!("{name} matches {of}.\n"));
            Ok(())
        }
        count => Err(format!(
            "{name} does not match {of} in {count} field{}: change what is named above, or write it anew with `{}`",
            if count == 1 { "" } else { "s" },
            generate::command(schema, &options.wish())
        )),
    }
}

/// Prints. A reader that has gone away is no reason to fail.
fn say(text: &str) {
    drop(std::io::stdout().write_all(text.as_bytes()));
}

fn remark(remarks: &[String]) {
    for remark in remarks {
        drop(std::io::stderr().write_all(format!("remark: {remark}\n").as_bytes()));
    }
}

const KEY: &str = "AFFINITY_API_KEY";

async fn schema(options: &Options) -> Result<Arc<Schema>, String> {
    if options.sandbox {
        let sandbox =
            Sandbox::demo().await.map_err(|error| format!("the sandbox does not start: {error}"))?;
        let affinity = Affinity::builder().base_url(sandbox.url()).api_key(sandbox.api_key()).build();
        return find(&affinity.map_err(|error| error.to_string())?, options).await;
    }
    if std::env::var_os(KEY).is_none_or(|key| key.to_string_lossy().trim().is_empty()) {
        return Err(format!("there is no API key: set {KEY}, or pass --sandbox to try it on invented lists"));
    }
    find(&Affinity::from_env().map_err(|error| error.to_string())?, options).await
}

async fn find(affinity: &Affinity, options: &Options) -> Result<Arc<Schema>, String> {
    let schema = match &options.list {
        Some(list) => of_list(affinity, list).await,
        None if options.companies => affinity.companies().schema().await,
        None => affinity.persons().schema().await,
    };
    schema.map_err(|error| error.to_string())
}

async fn of_list(affinity: &Affinity, list: &str) -> affinity::Result<Arc<Schema>> {
    let lists = affinity.lists();
    let mut missing = None;
    if let Ok(id) = list.trim().parse::<ListId>() {
        match lists.schema(id).await {
            Err(error) if error.is_not_found() => missing = Some(error),
            answer => return answer,
        }
    }
    // A number can be a name too.
    match (lists.find(list).await, missing) {
        (Ok(found), _) => lists.schema(found.id).await,
        (Err(error), Some(missing)) if error.is_input() => Err(missing),
        (Err(error), _) => Err(error),
    }
}

/// Whether a row has something of this name itself, which goes before a field.
fn is_own(schema: &Schema, name: &str) -> bool {
    let shape = RowShape { fields: vec![Wanted::new(vec![name.to_owned()], Shape::Anything)] };
    let drift = shape.drift(schema);
    match schema.field(name) {
        Ok(_) => drift.iter().any(|drift| drift.kind() == DriftKind::Shadowed),
        Err(_) => drift.is_empty(),
    }
}
