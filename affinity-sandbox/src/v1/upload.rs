//! Reading the parts of an upload, piece by piece.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, ready};

use axum::body::{Body, BodyDataStream, Bytes};
use futures::{Stream, StreamExt, TryStreamExt, stream};
use http::{HeaderMap, header};
use multer::{Field, Multipart};

use crate::api::Errors;
use crate::world::{Digest, FileContent};

/// So many bytes of one upload are kept; of a file that goes beyond, only how long it is and a digest.
const KEPT: usize = 16 * 1024 * 1024;

/// So many bytes may come beside the contents of files: before the first part, in headers and in texts. Not specified:
/// where the API draws the line.
const MOST_BESIDE: usize = 256 * 1024;

/// What the parser gets at a time.
const PIECE: usize = 64 * 1024;

/// No text that is expected is longer.
const LONGEST_TEXT: usize = 1_024;

/// The parts of an upload.
#[derive(Debug, Default)]
pub(super) struct Upload {
    /// Names and texts: of the ids that an upload takes.
    pub(super) texts: Vec<(String, String)>,
    pub(super) files: Vec<Uploaded>,
}

#[derive(Debug)]
pub(super) struct Uploaded {
    pub(super) name: String,
    pub(super) content_type: Option<String>,
    pub(super) content: FileContent,
}

impl Upload {
    pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, Errors> {
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let boundary = content_type.and_then(|value| multer::parse_boundary(value).ok());
        let Some(boundary) = boundary else {
            crate::api::drain(body).await;
            return Err(Errors::bad_request("an upload is multipart/form-data with a boundary"));
        };
        let mut chunks = body.into_data_stream();
        let upload = Self::read_parts(&mut chunks, boundary).await;
        // Also of what is refused: a client that is still sending may not hear why.
        crate::api::drain(Body::new(chunks)).await;
        upload
    }

    async fn read_parts(chunks: &mut BodyDataStream, boundary: String) -> Result<Self, Errors> {
        let beside = AtomicUsize::new(0);
        let mut parts = Multipart::new(pieces(chunks, &beside), boundary);
        let (mut upload, mut room) = (Self::default(), KEPT);
        while let Some(part) = parts.next_field().await.map_err(malformed)? {
            let name = part.name().unwrap_or_default().to_owned();
            match name.as_str() {
                "file" | "files[]" => upload.files.push(file(part, &mut room, &beside).await?),
                "person_id" | "organization_id" | "opportunity_id" => {
                    upload.texts.push((name, text(part).await?));
                }
                _ => read_over(part).await?,
            }
        }
        Ok(upload)
    }
}

/// A body in pieces, until too much beside the files has come. The parser takes all it can get and only then looks for
/// what it needs, so there is a pause after each piece; after the last one as well, or the parser would take the end for
/// that of a body without parts.
fn pieces<'b>(
    chunks: &'b mut BodyDataStream,
    beside: &'b AtomicUsize,
) -> impl Stream<Item = Result<Bytes, &'static str>> + Send + 'b {
    let mut pieces =
        chunks.map_ok(|chunk| stream::iter(split(chunk).map(Ok::<_, axum::Error>))).try_flatten();
    let mut pause = false;
    stream::poll_fn(move |context| {
        if std::mem::take(&mut pause) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let piece = ready!(pieces.poll_next_unpin(context));
        pause = true;
        Poll::Ready(piece.map(|piece| admit(piece, beside)))
    })
}

/// Counts a piece. What of it is a file's is taken off again where that is read.
fn admit(piece: Result<Bytes, axum::Error>, beside: &AtomicUsize) -> Result<Bytes, &'static str> {
    let piece = piece.map_err(|_| "the body broke off")?;
    let before = beside.fetch_add(piece.len(), Ordering::Relaxed);
    if before > MOST_BESIDE { Err("too much of the upload is no file") } else { Ok(piece) }
}

fn split(mut chunk: Bytes) -> impl Iterator<Item = Bytes> {
    std::iter::from_fn(move || {
        let piece = chunk.split_to(PIECE.min(chunk.len()));
        (!piece.is_empty()).then_some(piece)
    })
}

async fn file(part: Field<'_>, room: &mut usize, beside: &AtomicUsize) -> Result<Uploaded, Errors> {
    let name = part.file_name().map(str::to_owned).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Errors::unprocessable("a file has a name"))?;
    let content_type = part.content_type().map(ToString::to_string);
    Ok(Uploaded { name, content_type, content: content(part, room, beside).await? })
}

async fn read_over(mut part: Field<'_>) -> Result<(), Errors> {
    while part.chunk().await.map_err(malformed)?.is_some() {}
    Ok(())
}

/// Not specified: what a text that is too long does; here it is cut, and then no id.
async fn text(mut part: Field<'_>) -> Result<String, Errors> {
    let mut text = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(malformed)? {
        let room = LONGEST_TEXT.saturating_sub(text.len());
        text.extend(chunk.iter().take(room));
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

async fn content(mut part: Field<'_>, room: &mut usize, beside: &AtomicUsize) -> Result<FileContent, Errors> {
    let (mut kept, mut digest, mut size) = (Some(Vec::new()), Digest::default(), 0_u64);
    while let Some(chunk) = part.chunk().await.map_err(malformed)? {
        beside.fetch_sub(chunk.len(), Ordering::Relaxed);
        kept = kept.filter(|bytes| bytes.len() + chunk.len() <= *room);
        if let Some(bytes) = &mut kept {
            bytes.extend_from_slice(&chunk);
        }
        digest.add(&chunk);
        size += u64::try_from(chunk.len()).unwrap_or_default();
    }
    let Some(bytes) = kept else {
        return Ok(FileContent::Measured { size, digest: digest.0 });
    };
    *room -= bytes.len();
    Ok(FileContent::Kept(Bytes::from(bytes)))
}

fn malformed(error: multer::Error) -> Errors {
    match error {
        multer::Error::StreamReadFailed(reason) => Errors::bad_request(&reason.to_string()),
        _ => Errors::bad_request("the parts of the upload cannot be told apart"),
    }
}
