//! Fetching files.

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use affinity_core::{Answer, CallOptions, Elsewhere, EntityFileId, Error, Result};
use bytes::Bytes;
use http::header::{ACCEPT, LOCATION};
use tokio::io::{AsyncWrite, AsyncWriteExt};

use super::Progress;
use super::place::Place;
use super::transfer::{Meter, local, time_for, unusable};
use crate::Client;
use crate::call::Parts;

const NAME: &str = "v1_download_entity_file";

/// A download. Nothing is sent before one of its last four methods is called. See
/// [`EntityFiles::download`](super::EntityFiles::download).
#[derive(Debug)]
#[must_use = "nothing is sent until `to_path`, `to_writer`, `to_bytes` or `open`"]
pub struct DownloadFile {
    client: Client,
    file: EntityFileId,
    meter: Meter,
    timeout: Option<Duration>,
    overwrite: bool,
}

impl DownloadFile {
    pub(super) fn new(client: &Client, file: EntityFileId) -> Self {
        Self { client: client.clone(), file, meter: Meter::default(), timeout: None, overwrite: false }
    }

    /// Calls `listener` whenever a piece has come.
    pub fn on_progress(mut self, listener: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.meter.listen(listener);
        self
    }

    /// The time for the download. Without this, two minutes and a second for each 256 KiB, or an hour if the size
    /// is not said.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Whether [`to_path`](Self::to_path) may replace a file. Without this, it may not.
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
    /// written to the end. Otherwise as [`open`](Self::open), or the download was cut.
    pub async fn to_path(self, path: impl AsRef<Path>) -> Result<u64> {
        let path = path.as_ref();
        let unusable = |error| unusable(path, &error).during(NAME);
        let failed = |error| local(path, &error).during(NAME);
        let place = Place::beside(path, self.overwrite).await.map_err(unusable)?;
        let mut file = place.file().map_err(unusable)?;
        let bytes = self.open().await?.write_to(&mut file, path).await?;
        file.sync_all().await.map_err(failed)?;
        drop(file);
        place.take().await.map_err(failed)?;
        Ok(bytes)
    }

    /// Downloads to a writer, and tells how many bytes there were. When it fails, the writer has got some of them.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), or the download was cut, or writing failed.
    pub async fn to_writer(self, mut writer: impl AsyncWrite + Unpin) -> Result<u64> {
        self.open().await?.write_to(&mut writer, Path::new("writer")).await
    }

    /// Downloads into memory, if there are no more than `most` bytes.
    ///
    /// # Errors
    ///
    /// `is_input` if there are more. Otherwise as [`open`](Self::open), or the download was cut.
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
    /// without HTTPS. The place is open for about a minute only (observed), so none of this is told to come back
    /// to later: start anew.
    pub async fn open(self) -> Result<OpenFile> {
        self.find().await.map_err(|error| error.during(NAME))
    }

    async fn find(mut self) -> Result<OpenFile> {
        let start = Instant::now();
        let answer = self.ask().await?;
        let location = location(answer)?;
        let until = self.timeout.and_then(|time| start.checked_add(time));
        let mut elsewhere = self.client.transport().open_elsewhere(&location, NAME, until).await?;
        if self.timeout.is_none() {
            elsewhere.end_at(Instant::now().checked_add(time_for(elsewhere.size())));
        }
        self.meter.expect(elsewhere.size());
        Ok(OpenFile { elsewhere, meter: self.meter })
    }

    async fn ask(&self) -> Result<Answer> {
        let parts = Parts::new("/entity-files/download/{}", [("entity_file_id", self.file.get())]);
        parts.check().map_err(Error::input)?;
        let transport = self.client.transport();
        let request = transport.http().get(format!("{}{}", transport.base_url(), parts.path));
        let request = request.header(ACCEPT, "*/*").build();
        let request = request.map_err(|_| Error::input("the request could not be built"))?;
        let options = CallOptions::default();
        let options = self.timeout.into_iter().fold(options, CallOptions::with_deadline);
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

/// A file that is being downloaded.
pub struct OpenFile {
    elsewhere: Elsewhere,
    meter: Meter,
}

impl OpenFile {
    /// How many bytes there are, if that is said.
    pub fn size(&self) -> Option<u64> {
        self.elsewhere.size()
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
    /// The connection broke, the time is over, or the file ended too early.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        let piece = self.elsewhere.chunk().await.map_err(|error| error.during(NAME))?;
        match &piece {
            Some(piece) => self.meter.count(piece.len()),
            None => self.check_size()?,
        }
        Ok(piece)
    }

    fn check_size(&self) -> Result<()> {
        match self.size() {
            Some(size) if size != self.meter.bytes() => {
                Err(Error::decode("$", format!("the file has not the {size} bytes announced")).during(NAME))
            }
            _ => Ok(()),
        }
    }

    async fn write_to(mut self, writer: &mut (impl AsyncWrite + Unpin), path: &Path) -> Result<u64> {
        let failed = |error| local(path, &error).during(NAME);
        while let Some(piece) = self.chunk().await? {
            writer.write_all(&piece).await.map_err(failed)?;
        }
        writer.flush().await.map_err(failed)?;
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
