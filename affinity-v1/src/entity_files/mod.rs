//! Files of persons, companies and opportunities.

mod download;
mod place;
mod transfer;
mod upload;

use affinity_core::{Access, CompanyId, EntityFileId, OpportunityId, PersonId, ReadWrite};
use chrono::{DateTime, Utc};
use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};

use crate::call::{Parts, operations};
use crate::listing::listings;
use crate::{Call, Client, EntityRef, Listing, instant};

pub use download::{DownloadFile, OpenFile};
pub use transfer::Progress;
pub use upload::{Upload, UploadFiles, Uploaded};

/// Files of persons, companies and opportunities: those that users uploaded. They cannot be deleted.
#[derive(Clone, Debug)]
pub struct EntityFiles<A: Access = ReadWrite> {
    client: Client<A>,
}

impl<A: Access> EntityFiles<A> {
    pub(crate) fn new(client: &Client<A>) -> Self {
        Self { client: client.clone() }
    }

    /// The files of the account.
    ///
    /// Route: v1 `GET /entity-files`.
    pub fn list(&self) -> Listing<ListEntityFiles> {
        Listing::new(&self.client, Parts::new("/entity-files", []))
    }

    /// What is known about one file, without its content.
    ///
    /// Route: v1 `GET /entity-files/{entity_file_id}`.
    pub fn get(&self, file: EntityFileId) -> Call<GetEntityFile> {
        let parts = Parts::new("/entity-files/{}", [("entity_file_id", file.get())]);
        Call::new(&self.client, parts)
    }

    /// Downloads a file: to a path, a writer, or into memory. What is known of the file says when it is whole.
    ///
    /// ```
    /// # use affinity_core::{EntityFileId, Result};
    /// # async fn example(client: affinity_v1::Client) -> Result<()> {
    /// let files = client.entity_files();
    /// let deck = files.get(EntityFileId::new(1284471)).send().await?;
    /// files.download(deck.id).expect_size(deck.size).to_path("tessel-deck.pdf").await?;
    /// # Ok(()) }
    /// ```
    ///
    /// Route: v1 `GET /entity-files/download/{entity_file_id}`, and from there to another host, which gets no
    /// credentials.
    pub fn download(&self, file: EntityFileId) -> DownloadFile {
        DownloadFile::new(&self.client, file)
    }
}

impl EntityFiles {
    /// Uploads a file to a person, company or opportunity; [`and`](UploadFiles::and) adds more of them. It is sent
    /// piece by piece as it is read, and never twice.
    ///
    /// ```
    /// # use affinity_core::{CompanyId, Result};
    /// # use affinity_v1::{Client, Upload};
    /// # async fn example(client: Client) -> Result<()> {
    /// let deck = Upload::path("tessel-deck.pdf");
    /// let upload = client.entity_files().upload(CompanyId::new(640118), deck);
    /// upload.on_progress(|progress| println!("{} bytes", progress.bytes)).send().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// Route: v1 `POST /entity-files`.
    pub fn upload(&self, to: impl Into<EntityRef>, file: impl Into<Upload>) -> UploadFiles {
        UploadFiles::new(&self.client, to.into(), file.into())
    }
}

impl Listing<ListEntityFiles> {
    /// Only files of this person, company or opportunity.
    pub fn of(mut self, entity: impl Into<EntityRef>) -> Self {
        let entity = entity.into();
        for other in ["person_id", "organization_id", "opportunity_id"] {
            self.parts.drop_query(other);
        }
        self.query_id(entity.id_parameter(), entity.number())
    }
}

listings! {
    /// See [`EntityFiles::list`].
    ListEntityFiles = "v1_list_entity_files" -> EntityFile, in ["entity_files"], pages of 500;
}

operations! {
    /// See [`EntityFiles::get`].
    GetEntityFile = GET "v1_get_entity_file" -> EntityFile;
}

/// What is known about a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EntityFile {
    /// The id.
    pub id: EntityFileId,
    /// The file name.
    pub name: String,
    /// The size, in bytes.
    #[serde(deserialize_with = "size")]
    pub size: u64,
    /// The media type; not always said (observed).
    #[serde(default)]
    pub content_type: Option<String>,
    /// The person it belongs to.
    #[serde(default)]
    pub person_id: Option<PersonId>,
    /// The company it belongs to.
    #[serde(default)]
    pub organization_id: Option<CompanyId>,
    /// The opportunity it belongs to.
    #[serde(default)]
    pub opportunity_id: Option<OpportunityId>,
    /// The user who uploaded it.
    pub uploader_id: PersonId,
    /// When it was uploaded.
    #[serde(deserialize_with = "instant::required")]
    pub created_at: DateTime<Utc>,
}

/// A number; the reference calls it a text, and shows none.
fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Size {
        Number(u64),
        Text(String),
    }
    match Size::deserialize(deserializer)? {
        Size::Number(bytes) => Ok(bytes),
        Size::Text(text) => text.parse().map_err(|_| D::Error::custom("not a number of bytes")),
    }
}

impl EntityFile {
    /// The person, company or opportunity it belongs to.
    pub fn of(&self) -> Option<EntityRef> {
        let person = self.person_id.map(EntityRef::from);
        person.or(self.organization_id.map(EntityRef::from)).or(self.opportunity_id.map(EntityRef::from))
    }
}
