//! What a run over many rows has done, in a file that outlives it.

use std::collections::HashMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use affinity_core::{Error, ListEntryId, ListId, Result};
use chrono::{DateTime, Utc};
use fs4::fs_std::FileExt;
use serde::{Deserialize, Serialize};

use super::fingerprint::Fingerprint;

/// A file in which a run over many rows notes what it has done, so that it can be stopped at any moment and run again:
/// for [`Updates::journal`](super::Updates::journal).
///
/// **A journal is for one job, on one account: what is done is never done again.** That holds whatever became of the rows
/// since, so do not keep a journal from one day to the next: for a new job begin a new file. Which account a row is of is
/// not in it. (It says when it was begun, in its first line.)
///
/// A line for each step: before a row is written, `begun`; after the answer, `done`, `refused` or `unknown`. A row whose
/// `begun` cannot be written, because the disk is full, say, is not sent. Of the update itself only fingerprints are in
/// it, no values and no names; but who guesses an update can check the guess. On Unix a file that is made here can be
/// read by nobody but the owner; one that was there keeps the permissions it has.
///
/// The next start of the job reports the rows that are done, with the same operations, as
/// [`AlreadyDone`](super::Outcome::AlreadyDone) and makes no call for them. All others are done (again): what was begun
/// and has no end may or may not have been carried out, and doing it again comes to the same, since setting a value twice
/// does, and append and remove look at what is there. It stays [`unsettled`](Self::unsettled) when doing it again is
/// refused, since the first time may have been carried out.
///
/// Each step is handed to the operating system at once. A kill of the program loses nothing of it, but perhaps the line
/// being written, which the next run drops. A power cut can lose the last steps, of some seconds: those rows are done
/// again, which does no harm but to what others changed in them meanwhile.
///
/// One run uses a journal at a time: the file is locked until the reports of the run have come to their end or are
/// dropped, or the program ends, however that comes. It belongs to one list.
#[must_use = "a journal is for a run: hand it to `journal`"]
pub struct Journal {
    path: PathBuf,
    file: File,
    /// How much of the file is sound.
    length: u64,
    list: Option<ListId>,
    last: HashMap<ListEntryId, (Fingerprint, State)>,
    /// The cells that several rows share, and which row wrote them, or may have.
    cells: HashMap<Fingerprint, ListEntryId>,
    is_locked: bool,
    /// A line was cut and could not be taken back: whatever came after it would be unreadable.
    broken: bool,
}

/// What is known of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum State {
    Begun,
    Done,
    Refused,
    Unknown,
}

#[derive(Serialize, Deserialize)]
struct Header {
    #[serde(rename = "affinity-updates")]
    format: u32,
    list: ListId,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    begun: Option<DateTime<Utc>>,
}

/// The format that is written, and the only one there is.
const FORMAT: u32 = 1;
/// How every header begins.
const HEADER: &str = "{\"affinity-updates\":";
/// So much of it is nobody else's.
const OURS: usize = "{\"affinity-".len();

#[derive(Serialize, Deserialize)]
struct Line {
    entry: ListEntryId,
    update: String,
    state: State,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cells: Vec<String>,
}

impl Journal {
    /// Opens a journal, or begins one if there is no such file. It is read right here, which takes a moment for many
    /// rows.
    ///
    /// # Errors
    ///
    /// `is_local`; the message names the file. It cannot be opened, or is in use by another run; it is no journal, or one
    /// of a newer release; one of its lines, other than the last, cannot be read. A file that is refused is left as it
    /// is. (So is one with less than eleven bytes, which could be anybody's: delete it.)
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let failed = |why: &str, error: io::Error| local(&path, &format!("{why}: {error}"));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|error| failed("cannot be opened", error))?;
        if !file.metadata().map_err(|error| failed("cannot be looked at", error))?.is_file() {
            return Err(local(&path, "is not a file"));
        }
        if !FileExt::try_lock_exclusive(&file).map_err(|error| failed("cannot be locked", error))? {
            return Err(local(&path, "is in use by another run; wait for its end, or use another file"));
        }
        let mut journal = Self {
            path,
            file,
            length: 0,
            list: None,
            last: HashMap::new(),
            cells: HashMap::new(),
            is_locked: true,
            broken: false,
        };
        journal.read()?;
        Ok(journal)
    }

    /// How many rows are done, as far as the journal knows.
    pub fn done(&self) -> usize {
        self.last.values().filter(|(_, state)| *state == State::Done).count()
    }

    /// The rows that were begun and have no end, or one that is not known: an earlier run was stopped in the middle of
    /// them. The next run does them again.
    pub fn unsettled(&self) -> impl Iterator<Item = ListEntryId> + '_ {
        let unsettled = |state: State| matches!(state, State::Begun | State::Unknown);
        self.last.iter().filter(move |(_, (_, state))| unsettled(*state)).map(|(entry, _)| *entry)
    }

    fn read(&mut self) -> Result<()> {
        let mut reader = BufReader::new(&self.file);
        let mut line = Vec::new();
        for number in 1_u64.. {
            line.clear();
            let read = reader.read_until(b'\n', &mut line);
            let read = read.map_err(|error| local(&self.path, &format!("cannot be read: {error}")))?;
            let Some(text) = line.strip_suffix(b"\n") else {
                if number == 1 && !is_torn_header(&line) {
                    return Err(local(&self.path, NO_JOURNAL));
                }
                // The end, or a line that a kill cut off.
                break;
            };
            if number == 1 {
                self.list = Some(header(text).map_err(|why| local(&self.path, why))?);
            } else {
                let (entry, (update, state), cells) = parse(text)
                    .ok_or_else(|| local(&self.path, &format!("line {number} cannot be read; {MENDING}")))?;
                keep_cells(&mut self.cells, entry, state, &cells);
                self.last.insert(entry, (update, state));
            }
            self.length += read as u64;
        }
        self.cut().map_err(|error| local(&self.path, &format!("its torn last line stays: {error}")))
    }

    /// Ends the file where it is sound.
    fn cut(&mut self) -> io::Result<()> {
        self.file.set_len(self.length)?;
        self.file.seek(SeekFrom::Start(self.length)).map(drop)
    }

    /// Makes it the journal of a list, which it may be already.
    pub(crate) fn bind(&mut self, list: ListId) -> Result<()> {
        if !self.is_locked {
            // It was given back, and another run may have used it.
            *self = Self::open(&self.path)?;
        }
        match self.list {
            Some(bound) if bound == list => Ok(()),
            Some(bound) => {
                let why = format!("is the journal of list {bound}, not of {list}; use another file");
                Err(local(&self.path, &why))
            }
            None => {
                let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map(|it| it.as_secs());
                let begun = DateTime::from_timestamp(seconds.unwrap_or(0).try_into().unwrap_or(0), 0);
                self.append(&Header { format: FORMAT, list, begun })?;
                self.list = Some(list);
                Ok(())
            }
        }
    }

    /// Whether these operations were carried out on the row, and nothing since.
    pub(crate) fn is_done(&self, entry: ListEntryId, update: Fingerprint) -> bool {
        self.last.get(&entry) == Some(&(update, State::Done))
    }

    /// Whether an earlier run may have carried out these operations on the row, and nobody knows.
    pub(crate) fn is_unsettled(&self, entry: ListEntryId, update: Fingerprint) -> bool {
        let unsettled = [State::Begun, State::Unknown].map(|state| (update, state));
        self.last.get(&entry).is_some_and(|last| unsettled.contains(last))
    }

    /// The cells that several rows share, and which row wrote them, or may have.
    pub(crate) fn cells(&self) -> HashMap<Fingerprint, ListEntryId> {
        self.cells.clone()
    }

    /// Lets others have the file. What was read of it stays.
    pub(crate) fn release(&mut self) {
        // The lock goes with the file at the latest.
        let _ = FileExt::unlock(&self.file);
        self.is_locked = false;
    }

    /// Writes a step down. It is done right here, on the caller's thread: a line of 90 bytes goes to the cache of the
    /// system, which takes less than handing it to another thread would.
    pub(crate) fn note(
        &mut self,
        entry: ListEntryId,
        update: Fingerprint,
        state: State,
        cells: &[Fingerprint],
    ) -> Result<()> {
        let named = cells.iter().map(ToString::to_string).collect();
        self.append(&Line { entry, update: update.to_string(), state, cells: named })?;
        keep_cells(&mut self.cells, entry, state, cells);
        self.last.insert(entry, (update, state));
        Ok(())
    }

    fn append(&mut self, line: &impl Serialize) -> Result<()> {
        if self.broken {
            return Err(local(&self.path, "could not be written before, and is not written any more"));
        }
        let mut bytes = serde_json::to_vec(line)
            .map_err(|error| local(&self.path, &format!("cannot be written: {error}")))?;
        bytes.push(b'\n');
        if let Err(error) = self.file.write_all(&bytes) {
            // Half a line, glued to the next one, would be unreadable.
            self.broken = self.cut().is_err();
            return Err(local(&self.path, &format!("cannot be written: {error}")));
        }
        self.length += bytes.len() as u64;
        Ok(())
    }
}

const NO_JOURNAL: &str = "is not a journal of updates; use another file";
const MENDING: &str = "mend or delete the line, after a look at the row it is about, or use another file";

fn local(path: &Path, why: &str) -> Error {
    Error::local(format!("journal: {}: {why}", path.display()))
}

/// A kill can cut off the header too; anything else is somebody's file.
fn is_torn_header(line: &[u8]) -> bool {
    let part = line.is_empty() || line.len() >= OURS && HEADER.as_bytes().starts_with(line);
    part || line.starts_with(HEADER.as_bytes())
}

fn header(text: &[u8]) -> Result<ListId, &'static str> {
    if !text.starts_with(HEADER.as_bytes()) {
        return Err(NO_JOURNAL);
    }
    match serde_json::from_slice(text) {
        Ok(Header { format: FORMAT, list, .. }) => Ok(list),
        Ok(_) => Err("was written by a newer release; use that, or another file"),
        Err(_) => Err("its first line cannot be read; use another file"),
    }
}

type Step = (ListEntryId, (Fingerprint, State), Vec<Fingerprint>);

fn parse(text: &[u8]) -> Option<Step> {
    let Line { entry, update, state, cells } = serde_json::from_slice(text).ok()?;
    let cells = cells.iter().map(|cell| Fingerprint::parse(cell)).collect::<Option<_>>()?;
    Some((entry, (Fingerprint::parse(&update)?, state), cells))
}

/// The cells of what was refused are those that others may have now.
fn keep_cells(
    known: &mut HashMap<Fingerprint, ListEntryId>,
    entry: ListEntryId,
    state: State,
    cells: &[Fingerprint],
) {
    for cell in cells {
        match state {
            State::Refused => {
                known.remove(cell);
            }
            State::Begun | State::Done | State::Unknown => {
                known.insert(*cell, entry);
            }
        }
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Journal");
        debug.field("path", &self.path).field("list", &self.list).field("rows", &self.last.len());
        debug.finish_non_exhaustive()
    }
}
