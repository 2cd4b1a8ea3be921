//! Reading the parts of an upload, piece by piece.

use axum::body::{Body, Bytes};
use http::{HeaderMap, header};
use multer::{Field, Multipart};

use crate::api::Errors;
use crate::world::{Digest, FileContent};

/// So many bytes of one upload are kept; of a file that goes beyond, only how long it is and a digest.
const KEPT: usize = 16 * 1024 * 1024;

/// No text that is expected is longer.
const LONGEST_TEXT: usize = 1_024;

/// The parts of an upload.
#[derive(Debug, Default)]
pub(super) struct Upload {
    /// Names and texts.
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
        let mut parts = Multipart::new(body.into_data_stream(), boundary);
        let (mut upload, mut room) = (Self::default(), KEPT);
        while let Some(part) = parts.next_field().await.map_err(malformed)? {
            upload.take(part, &mut room).await?;
        }
        Ok(upload)
    }

    /// Parts of other names are read over.
    async fn take(&mut self, part: Field<'_>, room: &mut usize) -> Result<(), Errors> {
        let name = part.name().unwrap_or_default().to_owned();
        if !["file", "files[]"].contains(&name.as_str()) {
            let text = text(part).await?;
            self.texts.push((name, text));
            return Ok(());
        }
        let file = part.file_name().map(str::to_owned).filter(|name| !name.is_empty());
        let file = file.ok_or_else(|| Errors::unprocessable("a file has a name"))?;
        let content_type = part.content_type().map(ToString::to_string);
        self.files.push(Uploaded { name: file, content_type, content: content(part, room).await? });
        Ok(())
    }
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

async fn content(mut part: Field<'_>, room: &mut usize) -> Result<FileContent, Errors> {
    let (mut kept, mut digest, mut size) = (Some(Vec::new()), Digest::default(), 0_u64);
    while let Some(chunk) = part.chunk().await.map_err(malformed)? {
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

fn malformed(_: multer::Error) -> Errors {
    Errors::bad_request("the parts of the upload cannot be told apart")
}
