//! Brings a published interface document into our normal form.

mod checks;
mod hoist;
mod load;
mod lower;
mod names;
mod overlay;
mod parse;
mod place;
mod problem;
mod prose;
mod report;
mod slots;
mod tags;
mod ways;
mod write;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use overlay::Overlay;
use problem::Problems;
pub(crate) use problem::RegenError;

/// Brings the interface document into our normal form: names, prose and corrections from overlay.toml.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The published document, JSON or YAML, OpenAPI 3.0 or 3.1. Without it, the committed document is
    /// brought into line with overlay.toml again.
    #[arg(long, value_name = "FILE|URL")]
    from: Option<String>,
    /// Write nothing; fail when the file would change.
    #[arg(long)]
    check: bool,
    /// The folder with affinity-v2.json and overlay.toml.
    #[arg(long, value_name = "DIR")]
    openapi_dir: Option<PathBuf>,
}

impl Options {
    /// Looks whether the committed document is in line with the overlay.
    pub(crate) fn check() -> Self {
        Self { from: None, check: true, openapi_dir: None }
    }
}

/// Documents nest as they like, and so do the walks through them.
const STACK: usize = 512 << 20;

/// Runs `cargo xtask regen`.
pub(crate) fn run(options: &Options) -> Result<(), RegenError> {
    std::thread::scope(|scope| {
        let walk = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || regen(options));
        let walk = walk.map_err(RegenError::Thread)?;
        walk.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn regen(options: &Options) -> Result<(), RegenError> {
    let folder = options.openapi_dir.clone().unwrap_or_else(|| workspace().join("openapi"));
    let overlay = Overlay::read(&folder.join("overlay.toml"))?;
    let file = folder.join("affinity-v2.json");
    let source = source(options, &file)?;
    let mut published = load::load(&source)?;
    let finished = normal_form(&mut published, &overlay)?;
    gives_itself(&finished.text, &overlay)?;
    let committed = std::fs::read_to_string(&file).ok();
    let size = format!("{} operations, {} schemas", finished.operations, finished.schemas);
    let unnamed = to_be_named(&finished.unnamed);
    if committed.as_deref() == Some(finished.text.as_str()) {
        say(&format!("{} is up to date: {size}.\n{unnamed}", file.display()));
        return Ok(());
    }
    let changes = changes(committed.as_deref(), &finished.text);
    if options.check {
        let diff = write::diff(committed.as_deref().unwrap_or_default(), &finished.text);
        say(&format!("{changes}\n{unnamed}{diff}\n"));
        return Err(RegenError::Stale(stale(options, &file)));
    }
    write::replace(&file, &finished.text)?;
    say(&format!("{changes}\n{unnamed}Wrote {}: {size}.\n", file.display()));
    Ok(())
}

/// Prints. A reader that has gone away is no reason to fail.
fn say(text: &str) {
    drop(std::io::stdout().write_all(text.as_bytes()));
}

fn source(options: &Options, file: &Path) -> Result<String, RegenError> {
    match &options.from {
        Some(from) => Ok(from.clone()),
        None if file.exists() => Ok(file.display().to_string()),
        None => Err(RegenError::File {
            path: file.to_owned(),
            message: "does not exist; run `cargo xtask regen --from FILE|URL` to make it".to_owned(),
        }),
    }
}

fn changes(committed: Option<&str>, text: &str) -> String {
    let old = committed.map(serde_json::from_str::<Value>);
    match (old, serde_json::from_str(text)) {
        (Some(Ok(old)), Ok(new)) => report::compare(&old, &new).to_string(),
        (Some(Err(e)), _) => {
            format!("The committed document is no JSON, so there is nothing to compare with: {e}\n")
        }
        _ => "There is no committed document to compare with.\n".to_owned(),
    }
}

fn to_be_named(unnamed: &BTreeSet<String>) -> String {
    if unnamed.is_empty() {
        return String::new();
    }
    let entries: String = unnamed.iter().map(|entry| format!("  {entry}\n")).collect();
    format!("Still to be named and described in overlay.toml ({}):\n{entries}\n", unnamed.len())
}

fn stale(options: &Options, file: &Path) -> String {
    let from = options.from.as_ref().map(|from| format!(" --from {from}")).unwrap_or_default();
    format!(
        "{} is not what regen makes of it; run `cargo xtask regen{from}` and commit the result",
        file.display()
    )
}

/// The document in normal form.
struct Finished {
    text: String,
    operations: usize,
    schemas: usize,
    unnamed: BTreeSet<String>,
}

/// What is written must be read as it stands, or the next run without `--from` would fail.
fn gives_itself(text: &str, overlay: &Overlay) -> Result<(), RegenError> {
    let wedged = |message: String| RegenError::Wedged { message };
    let written: Value = serde_json::from_str(text).map_err(|e| wedged(e.to_string()))?;
    overlay.start_over();
    let again = normal_form(&mut written.clone(), overlay).map_err(|e| wedged(e.to_string()))?;
    if again.text == text {
        return Ok(());
    }
    let second: Value = serde_json::from_str(&again.text).map_err(|e| wedged(e.to_string()))?;
    let place = write::differences(&written, &second).into_iter().next().unwrap_or_default();
    Err(wedged(format!("{place} comes out differently when it is read again")))
}

fn normal_form(published: &mut Value, overlay: &Overlay) -> Result<Finished, RegenError> {
    let ours = write::is_ours(published);
    load::correct(published, overlay)?;
    let mut problems = Problems::default();
    let names = names::Names::of(published, overlay, &mut problems);
    problems.settle()?;
    let mut document = lower::lower(published, &names)?;
    checks::circles(&document)?;
    checks::name_operations(&mut document, overlay)?;
    hoist::structures(&mut document, overlay)?;
    if !ours {
        overlay.stale()?;
    }
    checks::circles(&document)?;
    let tags = tags::complete(&mut document, &names)?;
    hoist::values(&mut document, overlay, tags)?;
    checks::all(&document, overlay)?;
    let unnamed = prose::write(&mut document, overlay);
    overlay.unmatched()?;
    let version = document.version.clone().unwrap_or_else(|| overlay.api_version().to_owned());
    Ok(Finished {
        text: write::text(&document, &version),
        operations: document.operations.len(),
        schemas: document.schemas.len(),
        unnamed,
    })
}

/// The workspace's folder.
pub(crate) fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}
