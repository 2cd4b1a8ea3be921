//! Fetching files.

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use affinity_core::{
    Access, Answer, CallOptions, Elsewhere, EntityFileId, Error, Priority, ReadOnly, Result, Transport,
};
use bytes::Bytes;
use http::header::{ACCEPT, LOCATION};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::Progress;
use super::place::Place;
use super::transfer::{Meter, from_now, local, time_for, unusable};
use crate::Client;
use crate::call::Parts;

const NAME: &str = "v1_download_entity_file";

/// A download. Nothing is sent before one of its last four methods is called. See
/// [`EntityFiles::download`](super::EntityFiles::download).
#[derive(Debug)]
#[must_use = "nothing is sent until `to_path`, `to_writer`, `to_bytes` or `open`"]
pub struct DownloadFile {
    client: Client<ReadOnly>,
    file: EntityFileId,
    meter: Meter,
    timeout: Option<Duration>,
    priority: Priority,
    overwrite: bool,
    expected: Option<u64>,
}

impl DownloadFile {
    pub(super) fn new<A: Access>(client: &Client<A>, file: EntityFileId) -> Self {
        let (meter, priority) = (Meter::default(), Priority::default());
        let client = client.read_only();
        Self { client, file, meter, timeout: None, priority, overwrite: false, expected: None }
    }

    /// Calls `listener` whenever a piece has come.
    pub fn on_progress(mut self, listener: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.meter.listen(listener);
        self
    }

    /// The time for the download, in which what comes is written too. Without this, two minutes and a second for
    /// each 256 KiB, or an hour if the size is neither said nor expected.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Whether the call for it goes before others or after them when not all can go at once. Without this it is
    /// [`Priority::Interactive`]. The file itself comes from another host, and takes nobody's turn.
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// How many bytes there must be, as [`EntityFile::size`](super::EntityFile::size) has it. The host of the file
    /// mostly says it too; where it does not, and this is not called, a download that is cut off can look like one
    /// that is whole.
    pub fn expect_size(mut self, bytes: u64) -> Self {
        self.expected = Some(bytes);
        self
    }

    /// Whether [`to_path`](Self::to_path) may replace a file, and what a symbolic link leads to. Without this, it
    /// may not.
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Downloads to a path, and tells how many bytes there were. The content is written to a file beside it, which
    /// takes the name when all is there and on the disk: whatever fails, the path has what it had before, or nothing.
    ///
    /// # Errors
    ///
    /// `is_input`, with the path, if there is a file already, or none can be made there; `is_local` if it cannot be
    /// written to the end. Otherwise as [`open`](Self::open), or the download was cut: see
    /// [`expect_size`](Self::expect_size).
    pub async fn to_path(self, path: impl AsRef<Path>) -> Result<u64> {
        self.put(path.as_ref()).await.map_err(|error| error.during(NAME))
    }

    async fn put(self, path: &Path) -> Result<u64> {
        let (unusable, failed) = (|error| unusable(path, &error), |error| local(path, &error));
        let until = self.end();
        let place = Transport::in_time(until, Place::beside(path, self.overwrite)).await?;
        let place = place.map_err(unusable)?;
        let mut file = place.file().map_err(unusable)?;
        let open = self.find(until).await?;
        let until = open.until;
        let bytes = open.write_to(&mut file, path).await?;
        Transport::in_time(until, file.sync_all()).await?.map_err(failed)?;
        drop(file);
        // This is waited for: given up half-way, nobody could say which file is there.
        place.take().await.map_err(failed)?;
        Ok(bytes)
    }

    /// Downloads to a writer, and tells how many bytes there were. When it fails, the writer has got some of them.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), or writing failed, or the download was cut: see [`expect_size`](Self::expect_size).
    pub async fn to_writer(self, mut writer: impl AsyncWrite + Unpin) -> Result<u64> {
        let written = self.open().await?.write_to(&mut writer, Path::new("writer")).await;
        written.map_err(|error| error.during(NAME))
    }

    /// Downloads into memory, if there are no more than `most` bytes.
    ///
    /// # Errors
    ///
    /// `is_input` if there are more. Otherwise as [`open`](Self::open), or the download was cut: see
    /// [`expect_size`](Self::expect_size).
    pub async fn to_bytes(self, most: usize) -> Result<Vec<u8>> {
        let mut file = self.open().await?;
        let too_large = || Error::input(format!("the file has more than {most} bytes")).during(NAME);
        if file.size().is_some_and(|size| size > most as u64) {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        while let Some(piece) = file.chunk().await? {
            if bytes.len() + piece.len() > most {
                return Err(too_large());
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }

    /// Opens the file, to be read piece by piece.
    ///
    /// # Errors
    ///
    /// `is_not_found` if there is no such file; `is_decode` if the answer does not lead to it, or to a place
    /// without HTTPS, or what is there is not the whole file: of another size than expected, packed, or behind one
    /// more redirect.
    ///
    /// A place that refuses is not Affinity: its status is in the message, and neither
    /// [`status`](Error::status) nor `is_forbidden` and the like tell of it. It is open for about a minute only
    /// (observed), so none of this is told to come back to later: start anew.
    pub async fn open(self) -> Result<OpenFile> {
        let until = self.end();
        self.find(until).await.map_err(|error| error.during(NAME))
    }

    /// When the time is over that begins now.
    fn end(&self) -> Option<Instant> {
        from_now(self.timeout.unwrap_or_else(|| time_for(self.expected)))
    }

    async fn find(mut self, mut until: Option<Instant>) -> Result<OpenFile> {
        let answer = self.ask(until).await?;
        let location = location(answer)?;
        let mut elsewhere = self.client.transport().open_elsewhere(&location, NAME, until).await?;
        let size = agreed(self.expected, elsewhere.size())?;
        if self.timeout.is_none() {
            until = from_now(time_for(size));
            elsewhere.end_at(until);
        }
        self.meter.expect(size);
        Ok(OpenFile { elsewhere, meter: self.meter, until })
    }

    async fn ask(&self, until: Option<Instant>) -> Result<Answer> {
        let parts = Parts::new("/entity-files/download/{}", [("entity_file_id", self.file.get())]);
        parts.check().map_err(Error::input)?;
        let transport = self.client.transport();
        let request = transport.http().get(format!("{}{}", transport.base_url(), parts.path));
        let request = request.header(ACCEPT, "*/*").build();
        let request = request.map_err(|_| Error::input("the request could not be built"))?;
        // Without a time of its own, that of any call.
        let until = until.filter(|_| self.timeout.is_some());
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        let options = CallOptions::default().with_priority(self.priority);
        let options = left.into_iter().fold(options, CallOptions::with_deadline);
        transport.send(request, NAME, &options).await
    }
}

/// Where a redirect leads.
fn location(answer: Answer) -> Result<String> {
    let Answer { status, headers, meta, .. } = answer;
    if status.is_redirection() {
        let location = headers.get(LOCATION).and_then(|location| location.to_str().ok());
        let missing = || Error::decode("Location", "missing from the redirect").with_meta(meta);
        return location.map(str::to_owned).ok_or_else(missing);
    }
    if status.is_success() {
        let reason = "expected a redirect to the file";
        return Err(Error::decode("$", reason).about(status, Vec::new()).with_meta(meta));
    }
    Err(Error::from_answer(Answer::new(status, headers, answer.body, meta)))
}

/// The size, from whoever says it.
fn agreed(expected: Option<u64>, announced: Option<u64>) -> Result<Option<u64>> {
    match (expected, announced) {
        (Some(expected), Some(announced)) if expected != announced => {
            let reason = format!("{announced}, where {expected} bytes were expected");
            Err(Error::decode("Content-Length", reason))
        }
        _ => Ok(announced.or(expected)),
    }
}

/// A file that is being downloaded.
pub struct OpenFile {
    elsewhere: Elsewhere,
    meter: Meter,
    /// When all must be there, and written.
    until: Option<Instant>,
}

impl OpenFile {
    /// How many bytes there are, if that is said or expected.
    pub fn size(&self) -> Option<u64> {
        self.meter.total()
    }

    /// The media type, if it is said.
    pub fn content_type(&self) -> Option<&str> {
        self.elsewhere.content_type()
    }

    /// The file name, if one is said that can be used as it is: without directories.
    pub fn file_name(&self) -> Option<String> {
        file_name(self.elsewhere.content_disposition()?)
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    ///
    /// The connection broke, the time is over, or the file has not the size that is said or expected.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        let piece = self.elsewhere.chunk().await.map_err(|error| error.during(NAME))?;
        self.check_size(piece.as_ref()).map_err(|error| error.during(NAME))?;
        if let Some(piece) = &piece {
            self.meter.count(piece.len());
        }
        Ok(piece)
    }

    /// Looks whether there are too many bytes with this piece, or too few if it is the end.
    fn check_size(&self, piece: Option<&Bytes>) -> Result<()> {
        let Some(size) = self.size() else { return Ok(()) };
        let left = size.saturating_sub(self.meter.bytes());
        let fits = piece.map_or(left == 0, |piece| piece.len() as u64 <= left);
        if fits { Ok(()) } else { Err(Error::decode("$", format!("the file has not {size} bytes"))) }
    }

    async fn write_to(mut self, writer: &mut (impl AsyncWrite + Unpin), path: &Path) -> Result<u64> {
        let (until, failed) = (self.until, |error| local(path, &error));
        while let Some(piece) = self.chunk().await? {
            Transport::in_time(until, writer.write_all(&piece)).await?.map_err(failed)?;
        }
        Transport::in_time(until, writer.flush()).await?.map_err(failed)?;
        Ok(self.meter.bytes())
    }
}

impl fmt::Debug for OpenFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenFile").field("meter", &self.meter).finish_non_exhaustive()
    }
}

/// The name in a `Content-Disposition`. Names with directories are another's wish to write elsewhere.
fn file_name(disposition: &str) -> Option<String> {
    let parameter = |name: &str| {
        let mut quoted = false;
        let parameters = disposition.split(|c: char| {
            quoted ^= c == '"';
            c == ';' && !quoted
        });
        let mut pairs = parameters.filter_map(|parameter| parameter.trim().split_once('='));
        let pair = pairs.find(|(other, _)| other.trim().eq_ignore_ascii_case(name));
        pair.map(|(_, value)| value.trim().trim_matches('"').to_owned())
    };
    let encoded = parameter("filename*").and_then(|value| decoded(&value));
    let name = encoded.or_else(|| parameter("filename"))?;
    let harmless = !name.contains(|c: char| c.is_control() || matches!(c, '/' | '\\' | ':'));
    (harmless && !matches!(name.as_str(), "" | "." | "..")).then_some(name)
}

/// Reads `UTF-8''%C3%9Cbersicht.pdf`.
fn decoded(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_, text) = rest.split_once('\'')?;
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (hex, plain) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(hex, 16).ok()?);
        bytes.extend_from_slice(plain.as_bytes());
    }
    charset.eq_ignore_ascii_case("utf-8").then(|| String::from_utf8(bytes).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_where_it_leads_nowhere_else() {
        for (disposition, name) in [
            ("attachment; filename=\"deck.pdf\"", Some("deck.pdf")),
            ("attachment; filename=deck.pdf", Some("deck.pdf")),
            ("attachment; filename=\"a; b.pdf\"", Some("a; b.pdf")),
            ("attachment; FileName = deck.pdf ; size=7", Some("deck.pdf")),
            ("attachment; filename=\"U.pdf\"; filename*=UTF-8''%C3%9C%20b.pdf", Some("Ü b.pdf")),
            ("attachment; filename=\"U.pdf\"; filename*=UTF-8''%C3%2", Some("U.pdf")),
            ("attachment; filename=\"U.pdf\"; filename*=latin1''a", Some("U.pdf")),
            ("attachment; filename=\"../deck.pdf\"", None),
            ("attachment; filename*=UTF-8''..%2Fdeck.pdf", None),
            ("attachment; filename=\"c:deck.pdf\"", None),
            ("attachment; filename=\"..\"", None),
            ("attachment; filename=", None),
            ("inline", None),
            ("", None),
        ] {
            assert_eq!(file_name(disposition).as_deref(), name, "{disposition}");
        }
    }
}
