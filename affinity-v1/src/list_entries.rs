//! List entries: the rows of lists.

use affinity_core::{Access, CompanyId, ListEntryId, ListId, PersonId, ReadWrite, decode};
use chrono::{DateTime, Utc};
use serde::de::{Deserializer, Error};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::to_raw_value;

use crate::call::{Parts, operations};
use crate::listing::listings;
use crate::{Call, Client, Entity, EntityRef, EntityType, Listing, instant};

/// List entries: the rows of lists.
#[derive(Clone, Debug)]
pub struct ListEntries<A: Access = ReadWrite> {
    client: Client<A>,
}

impl<A: Access> Client<A> {
    /// List entries: the rows of lists.
    pub fn list_entries(&self) -> ListEntries<A> {
        ListEntries { client: self.clone() }
    }
}

/// What can be put on a list. An opportunity cannot: it is created on its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListMember {
    /// A person, for a list of persons.
    Person(PersonId),
    /// An organization, for a list of organizations.
    Organization(CompanyId),
}

impl From<PersonId> for ListMember {
    fn from(id: PersonId) -> Self {
        Self::Person(id)
    }
}

impl From<CompanyId> for ListMember {
    fn from(id: CompanyId) -> Self {
        Self::Organization(id)
    }
}

impl From<ListMember> for EntityRef {
    fn from(member: ListMember) -> Self {
        match member {
            ListMember::Person(id) => Self::Person(id),
            ListMember::Organization(id) => Self::Organization(id),
        }
    }
}

impl<A: Access> ListEntries<A> {
    /// The entries of a list, page by page; 500 a page unless said otherwise (the service states no maximum, and
    /// this is known to work).
    ///
    /// Route: v1 `GET /lists/{list_id}/list-entries`.
    pub fn list(&self, list: ListId) -> Listing<ListListEntries> {
        Listing::new(&self.client, Parts::new("/lists/{}/list-entries", [("list_id", list.get())]))
    }

    /// One entry; it must be on this list.
    ///
    /// Route: v1 `GET /lists/{list_id}/list-entries/{list_entry_id}`.
    pub fn get(&self, list: ListId, entry: ListEntryId) -> Call<GetListEntry> {
        Call::new(&self.client, one(list, entry))
    }
}

impl ListEntries {
    /// Puts a person or an organization on a list. It can be there several times: look first, and do not repeat a
    /// call whose outcome is unknown.
    ///
    /// Route: v1 `POST /lists/{list_id}/list-entries`.
    ///
    /// # Errors
    ///
    /// 422 with [`param`](affinity_core::Error::param) `entity_id`: the list holds another kind (observed).
    pub fn add(&self, list: ListId, member: impl Into<ListMember>) -> Call<AddListEntry> {
        let entity = EntityRef::from(member.into());
        let parts = Parts::new("/lists/{}/list-entries", [("list_id", list.get())]);
        Call::new(&self.client, parts).body_id("entity_id", entity.number())
    }

    /// Takes an entry off its list, and deletes the values in it. The person or organization stays; **an
    /// opportunity is deleted with its entry**. This cannot be undone.
    ///
    /// Route: v1 `DELETE /lists/{list_id}/list-entries/{list_entry_id}`.
    pub fn remove(&self, list: ListId, entry: ListEntryId) -> Call<RemoveListEntry> {
        Call::new(&self.client, one(list, entry))
    }
}

fn one(list: ListId, entry: ListEntryId) -> Parts {
    let ids = [("list_id", list.get()), ("list_entry_id", entry.get())];
    Parts::new("/lists/{}/list-entries/{}", ids)
}

impl Listing<ListListEntries> {
    /// All entries in one answer, however many there are.
    ///
    /// Route: v1 `GET /lists/{list_id}/list-entries`.
    pub fn whole(self) -> Listing<ListAllListEntries> {
        self.becoming()
    }
}

impl Call<AddListEntry> {
    /// The user who is to be recorded as having added it. Without this, the key's owner.
    pub fn creator(self, creator: PersonId) -> Self {
        self.body_id("creator_id", creator.get())
    }
}

listings! {
    /// See [`ListEntries::list`].
    ListListEntries = "v1_list_list_entries" -> ListEntry, in ["list_entries"], always, pages of 500;
    /// See [`Listing::whole`].
    ListAllListEntries = "v1_list_all_list_entries" -> ListEntry, in ["list_entries"];
}

operations! {
    /// See [`ListEntries::get`].
    GetListEntry = GET "v1_get_list_entry" -> ListEntry;
    /// See [`ListEntries::add`].
    AddListEntry = POST "v1_create_list_entry" -> ListEntry;
    /// See [`ListEntries::remove`].
    RemoveListEntry = DELETE "v1_delete_list_entry" -> done;
}

/// An entry of a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ListEntry {
    /// The id.
    pub id: ListEntryId,
    /// The list.
    pub list_id: ListId,
    /// The user who added it; can be null (observed).
    pub creator_id: Option<PersonId>,
    /// The number of the person, organization or opportunity.
    pub entity_id: u64,
    /// The kind that the service states. It is often missing and has been seen to be wrong: see
    /// [`entity_ref`](Self::entity_ref).
    pub entity_type: Option<EntityType>,
    /// What is in the row, in short; missing where the entry stands inside that very entity.
    pub entity: Option<Entity>,
    /// When it was added.
    pub created_at: DateTime<Utc>,
}

impl ListEntry {
    /// The entity in the row, if its kind can be told: by the entity's own shape, else as stated.
    pub fn entity_ref(&self) -> Option<EntityRef> {
        let kind = match &self.entity {
            Some(entity) => entity.id()?.entity_type(),
            None => self.entity_type?,
        };
        EntityRef::new(kind, self.entity_id)
    }
}

/// An entry as it comes; the older form of those inside opportunities is read too.
#[derive(Deserialize)]
struct Wire {
    id: ListEntryId,
    #[serde(alias = "listId")]
    list_id: ListId,
    #[serde(default)]
    creator_id: Option<PersonId>,
    #[serde(default)]
    creator: Option<Creator>,
    #[serde(alias = "entityId")]
    entity_id: u64,
    #[serde(default)]
    entity_type: Option<EntityType>,
    #[serde(default)]
    entity: Option<Value>,
    #[serde(alias = "createdAt", deserialize_with = "instant::required")]
    created_at: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Creator {
    id: PersonId,
}

impl<'de> Deserialize<'de> for ListEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        let entity = wire.entity.map(|entity| read_entity(entity, wire.entity_type, wire.entity_id));
        Ok(Self {
            id: wire.id,
            list_id: wire.list_id,
            creator_id: wire.creator_id.or(wire.creator.map(|creator| creator.id)),
            entity_id: wire.entity_id,
            entity_type: wire.entity_type,
            entity: entity.transpose()?,
            created_at: wire.created_at,
        })
    }
}

fn read_entity<E: Error>(mut entity: Value, stated: Option<EntityType>, id: u64) -> Result<Entity, E> {
    let kind = Entity::kind(&entity, stated);
    // Older answers leave out the id of a person here; it is the one the entry has.
    if let (Some(_), Some(object)) = (kind, entity.as_object_mut()) {
        object.entry("id").or_insert_with(|| id.into());
    }
    match kind {
        Some(EntityType::Person) => read(&entity).map(Entity::Person),
        Some(EntityType::Organization) => read(&entity).map(Entity::Organization),
        Some(EntityType::Opportunity) => read(&entity).map(Entity::Opportunity),
        Some(EntityType::Unknown(_)) | None => Ok(Entity::Unknown(entity)),
    }
}

fn read<T: serde::de::DeserializeOwned, E: Error>(entity: &Value) -> Result<T, E> {
    // The path costs time, so it is looked for only when there is an error.
    T::deserialize(entity).or_else(|error| {
        let text = to_raw_value(entity).map_err(|_| E::custom(error))?;
        decode::kept(&text, "entity")
    })
}
