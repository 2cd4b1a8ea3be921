//! Sending files.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use affinity_core::{CallOptions, Error, Priority, Response, Result, Transport};
use bytes::{Bytes, BytesMut};
use futures::Stream;
use reqwest::Body;
use reqwest::multipart::{Form, Part};
use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::transfer::{Meter, check_path, check_regular, from_now, time_for, unusable};
use super::{EntityFile, Progress};
use crate::call::Parts;
use crate::{Client, EntityRef};

const NAME: &str = "v1_upload_entity_file";

/// How much of a file is in memory at once.
const PIECE: usize = 256 << 10;

/// More bytes than any upload has: the HTTP client cannot count up to just any number.
const MOST: u64 = 1 << 50;

type Reader = Pin<Box<dyn AsyncRead + Send>>;

/// A file to be uploaded.
#[must_use = "it is not uploaded until it is given to `EntityFiles::upload`"]
pub struct Upload {
    source: Source,
    name: Option<String>,
    media_type: Option<String>,
    size: Option<u64>,
}

enum Source {
    Path(PathBuf),
    Reader(Reader),
}

impl Upload {
    /// The file at this path, under its own name. It must be a regular file: give what comes through a pipe to
    /// [`reader`](Self::reader).
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self::from(path.into())
    }

    /// These bytes.
    pub fn bytes(name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let size = bytes.len() as u64;
        Self::reader(name, io::Cursor::new(bytes)).size(size)
    }

    /// What this reader gives. Say the [`size`](Self::size) too if it is known.
    pub fn reader(name: impl Into<String>, reader: impl AsyncRead + Send + 'static) -> Self {
        let source = Source::Reader(Box::pin(reader));
        Self { source, name: Some(name.into()), media_type: None, size: None }
    }

    /// The name, in place of the file's own.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The media type, such as `application/pdf`. Without this, what the name suggests.
    pub fn media_type(mut self, media_type: impl Into<String>) -> Self {
        self.media_type = Some(media_type.into());
        self
    }

    /// How many bytes a reader gives. If it gives fewer or more, the upload is broken off.
    pub fn size(mut self, bytes: u64) -> Self {
        self.size = Some(bytes);
        self
    }

    async fn open(self) -> Result<Opened> {
        let (reader, name, size) = match self.source {
            Source::Reader(reader) => (reader, self.name, self.size),
            Source::Path(path) => {
                let (reader, size) = open(&path).await.map_err(|error| unusable(&path, &error))?;
                let own = || path.file_name().map(|name| name.to_string_lossy().into_owned());
                (reader, self.name.or_else(own), size)
            }
        };
        let name = name.filter(|name| !name.is_empty() && !name.contains(char::is_control));
        let name =
            name.ok_or_else(|| Error::input("name: empty, or with characters that no file name has"))?;
        let guessed = || mime_guess::from_path(&name).first_or_octet_stream().essence_str().to_owned();
        let media_type = self.media_type.unwrap_or_else(guessed);
        Ok(Opened { reader, name, media_type, size })
    }
}

async fn open(path: &Path) -> io::Result<(Reader, Option<u64>)> {
    const INSTEAD: &str = "; what it gives can be read by an `Upload::reader`";
    check_path(path)?;
    // Before it is opened, since a pipe would wait for a writer then.
    check_regular(&tokio::fs::metadata(path).await?, INSTEAD)?;
    let file = tokio::fs::File::open(path).await?;
    let about = file.metadata().await?;
    check_regular(&about, INSTEAD)?;
    Ok((Box::pin(file), Some(about.len())))
}

async fn open_all(files: Vec<Upload>) -> Result<Vec<Opened>> {
    let mut opened = Vec::new();
    for file in files {
        opened.push(file.open().await?);
    }
    Ok(opened)
}

/// The bytes of all files, if that is known.
fn total(files: &[Opened]) -> Result<Option<u64>> {
    let mut known = files.iter().filter_map(|file| file.size);
    let total = known.try_fold(0, u64::checked_add).filter(|sum| *sum <= MOST);
    let total = total.ok_or_else(|| Error::input(format!("size: more than {MOST} bytes")))?;
    Ok(files.iter().all(|file| file.size.is_some()).then_some(total))
}

impl From<PathBuf> for Upload {
    fn from(path: PathBuf) -> Self {
        Self { source: Source::Path(path), name: None, media_type: None, size: None }
    }
}

impl From<&Path> for Upload {
    fn from(path: &Path) -> Self {
        path.to_owned().into()
    }
}

/// Without name and content.
impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("size", &self.size).finish_non_exhaustive()
    }
}

struct Opened {
    reader: Reader,
    name: String,
    media_type: String,
    size: Option<u64>,
}

impl Opened {
    fn into_part(self, meter: Meter, trouble: Trouble) -> Result<Part> {
        let (name, media_type, size) = (self.name.clone(), self.media_type.clone(), self.size);
        let body = Body::wrap_stream(self.pieces(meter, trouble));
        let part = match size {
            Some(size) => Part::stream_with_length(body, size),
            None => Part::stream(body),
        };
        let part = part.file_name(name).mime_str(&media_type);
        part.map_err(|_| Error::input(format!("media_type: {media_type:?} is not one")))
    }

    /// The content piece by piece, as many bytes as were announced.
    fn pieces(self, meter: Meter, trouble: Trouble) -> impl Stream<Item = io::Result<Bytes>> + Send {
        futures::stream::try_unfold((self, 0), move |(mut file, before)| {
            let (meter, trouble) = (meter.clone(), trouble.clone());
            async move {
                let piece = piece(&mut file.reader, before, file.size).await;
                let piece = piece.inspect_err(|error| {
                    let why = format!("{}: {error}", file.name);
                    *trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
                })?;
                meter.count(piece.len());
                let after = before + piece.len() as u64;
                Ok((!piece.is_empty()).then_some((piece, (file, after))))
            }
        })
    }
}

/// Why reading a file failed while it was being sent: the HTTP client would say no more than that the body broke.
type Trouble = Arc<Mutex<Option<String>>>;

async fn piece(reader: &mut Reader, before: u64, size: Option<u64>) -> io::Result<Bytes> {
    let mut piece = BytesMut::with_capacity(PIECE);
    reader.read_buf(&mut piece).await?;
    let after = before + piece.len() as u64;
    match size {
        Some(size) if after > size => Err(io::Error::other(format!("it is longer than {size} bytes"))),
        Some(size) if piece.is_empty() && after < size => {
            Err(io::Error::other(format!("it ends after {after} of {size} bytes")))
        }
        _ => Ok(piece.freeze()),
    }
}

/// An upload. Nothing is sent before [`send`](Self::send). See [`EntityFiles::upload`](super::EntityFiles::upload).
#[derive(Debug)]
#[must_use = "nothing is sent until `send`"]
pub struct UploadFiles {
    client: Client,
    to: EntityRef,
    files: Vec<Upload>,
    meter: Meter,
    timeout: Option<Duration>,
    priority: Priority,
}

impl UploadFiles {
    pub(super) fn new(client: &Client, to: EntityRef, file: Upload) -> Self {
        let (meter, priority) = (Meter::default(), Priority::default());
        Self { client: client.clone(), to, files: vec![file], meter, timeout: None, priority }
    }

    /// One more file, in the same call.
    pub fn and(mut self, file: impl Into<Upload>) -> Self {
        self.files.push(file.into());
        self
    }

    /// Calls `listener` whenever a piece is on its way.
    pub fn on_progress(mut self, listener: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.meter.listen(listener);
        self
    }

    /// The time for the upload, in which the files are opened too. Without this, two minutes and a second for each
    /// 256 KiB, or an hour if the size is not known.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Whether the upload goes before other calls or after them when not all can go at once. Without this it is
    /// [`Priority::Interactive`].
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Uploads.
    ///
    /// # Errors
    ///
    /// `is_input` for a file that is not there or cannot be read, with its path; an upload it happens in the
    /// middle of is broken off. `is_decode` if the answer is a success and says that it is none.
    /// `is_outcome_unknown` when no answer came: look with [`list`](super::EntityFiles::list) before uploading
    /// again. `is_retryable` when it was surely not carried out; it is not sent again by itself, since what was
    /// read is gone.
    pub async fn send(self) -> Result<Uploaded> {
        self.send_with_meta().await.map(|response| response.value)
    }

    /// Uploads, and tells attempts, quota and request id too.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn send_with_meta(self) -> Result<Response<Uploaded>> {
        self.carry_out().await.map_err(|error| error.during(NAME))
    }

    async fn carry_out(mut self) -> Result<Response<Uploaded>> {
        let start = Instant::now();
        // As for every id in a call, before any file is looked at.
        Parts::default().about(self.to).check().map_err(Error::input)?;
        let files = std::mem::take(&mut self.files);
        // What is not open yet has no size that gives it more time.
        let until = from_now(self.timeout.unwrap_or_else(|| time_for(Some(0))));
        let files = Transport::in_time(until, open_all(files)).await??;
        self.meter.expect(total(&files)?);
        let trouble = Trouble::default();
        let form = self.form(files, &trouble)?;
        let transport = self.client.transport();
        let url = format!("{}/entity-files", transport.base_url());
        let request = transport.http().post(url).multipart(form).build();
        let request = request.map_err(|_| Error::input("the request could not be built"))?;
        let time = self.timeout.unwrap_or_else(|| time_for(self.meter.total()));
        let left = time.saturating_sub(start.elapsed());
        let options = CallOptions::default().with_deadline(left).with_one_long_attempt();
        let options = options.with_idempotency(false).with_priority(self.priority);
        let sent = transport.send(request, NAME, &options).await;
        let why = trouble.lock().unwrap_or_else(PoisonError::into_inner).take();
        let answer = match (sent, why) {
            (Err(_), Some(why)) => return Err(Error::local(format!("the upload was broken off: {why}"))),
            (sent, _) => sent?,
        };
        if !answer.status.is_success() {
            return Err(Error::from_answer(answer));
        }
        match Uploaded::read(&answer.body) {
            Ok(uploaded) => Ok(Response::new(uploaded, answer.status, answer.meta)),
            Err(error) => Err(error.about(answer.status, answer.body).with_meta(answer.meta)),
        }
    }

    /// The id goes first, so that the server can refuse before it has read the files.
    fn form(&self, files: Vec<Opened>, trouble: &Trouble) -> Result<Form> {
        let name = if files.len() == 1 { "file" } else { "files[]" };
        let mut form = Form::new().text(self.to.id_parameter(), self.to.number().to_string());
        for file in files {
            form = form.part(name, file.into_part(self.meter.clone(), trouble.clone())?);
        }
        Ok(form)
    }
}

/// What is known after an upload.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Uploaded {
    /// The files as the server has them now, if it says so (observed). `None` is no failure: find them with
    /// [`list`](super::EntityFiles::list).
    pub files: Option<Vec<EntityFile>>,
}

impl Uploaded {
    /// The files are stored by now, so nothing in the answer can make it an error, but for a plain denial.
    fn read(body: &[u8]) -> Result<Self> {
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        if answer.get("success") == Some(&Value::Bool(false)) {
            return Err(Error::decode("success", "false, though the status is a success"));
        }
        let files = answer.get("entity_files").and_then(|files| Vec::deserialize(files).ok());
        Ok(Self { files })
    }
}
