//! Lists.

use affinity_core::{Access, ListId, PersonId, ReadWrite};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::call::{Parts, operations};
use crate::listing::listings;
use crate::{Call, Client, EntityType, Field, Listing};

affinity_core::open_codes! {
    /// What somebody may do with a list.
    pub enum ListRole {
        /// Admin.
        Admin = 0,
        /// Basic.
        Basic = 1,
        /// Standard.
        Standard = 2,
    }
}

/// Who sees a new list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Visibility {
    /// Everybody in the account.
    Public,
    /// Its owner, and those who are added.
    Private,
}

/// Lists.
#[derive(Clone, Debug)]
pub struct Lists<A: Access = ReadWrite> {
    client: Client<A>,
}

impl<A: Access> Client<A> {
    /// Lists.
    pub fn lists(&self) -> Lists<A> {
        Lists { client: self.clone() }
    }
}

impl<A: Access> Lists<A> {
    /// The lists that the key's owner sees, in one piece, without their fields.
    ///
    /// Route: v1 `GET /lists`.
    pub fn list(&self) -> Listing<ListLists> {
        Listing::new(&self.client, Parts::new("/lists", []))
    }

    /// One list, with the fields that are its own. Global fields are not among them.
    ///
    /// Route: v1 `GET /lists/{list_id}`.
    ///
    /// # Errors
    ///
    /// `is_not_found`, or another refusal, for a list that is not there or not to be seen.
    pub fn get(&self, list: ListId) -> Call<GetList> {
        Call::new(&self.client, Parts::new("/lists/{}", [("list_id", list.get())]))
    }
}

impl Lists {
    /// Makes a list. It stays: v1 has no call that changes or deletes one.
    ///
    /// Route: v1 `POST /lists`.
    pub fn create(
        &self,
        name: impl Into<String>,
        holds: EntityType,
        visibility: Visibility,
    ) -> Call<CreateList> {
        Call::new(&self.client, Parts::new("/lists", []))
            .body_name(name.into())
            .body("type", holds.code())
            .body("is_public", visibility == Visibility::Public)
            .refuse_if(!holds.is_known(), || "holds: not a kind that lists hold".to_owned())
    }
}

impl Call<CreateList> {
    /// The user who owns it. Without this, the key's owner.
    pub fn owner(self, owner: PersonId) -> Self {
        self.body_id("owner_id", owner.get())
    }

    /// Users who are added, beside the owner. Replaces those added before.
    pub fn permissions(self, permissions: impl IntoIterator<Item = ListPermission>) -> Self {
        let permissions: Vec<_> = permissions.into_iter().collect();
        let known = permissions.iter().all(|permission| ListRole::KNOWN.contains(&permission.role_id));
        let written = permissions.iter().map(ListPermission::written).collect::<Value>();
        self.body("additional_permissions", written)
            .refuse_if(!known, || "permissions: a role that cannot be given".to_owned())
    }
}

listings! {
    /// See [`Lists::list`].
    ListLists = "v1_list_lists" -> List, in ["lists"];
}

operations! {
    /// See [`Lists::get`].
    GetList = GET "v1_get_list" -> List;
    /// See [`Lists::create`].
    CreateList = POST "v1_create_list" -> List;
}

/// A list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct List {
    /// The id.
    pub id: ListId,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: EntityType,
    /// The name.
    pub name: String,
    /// Whether everybody in the account sees it.
    #[serde(default)]
    pub public: Option<bool>,
    /// The user who owns it.
    #[serde(default)]
    pub owner_id: Option<PersonId>,
    /// The user who made it; only said of a new list.
    #[serde(default)]
    pub creator_id: Option<PersonId>,
    /// How many entries it has. Right here, and not in v2 (observed).
    #[serde(default)]
    pub list_size: Option<u64>,
    /// Users who were added; only said of a new list.
    #[serde(default)]
    pub additional_permissions: Option<Vec<ListPermission>>,
    /// The fields that are its own, where one list was asked for.
    #[serde(default)]
    pub fields: Option<Vec<Field>>,
}

/// What one user may do with a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ListPermission {
    /// The user.
    pub internal_person_id: PersonId,
    /// What they may do.
    pub role_id: ListRole,
}

impl ListPermission {
    /// Gives a user a role.
    pub fn new(user: PersonId, role: ListRole) -> Self {
        Self { internal_person_id: user, role_id: role }
    }

    fn written(&self) -> Value {
        json!({"internal_person_id": self.internal_person_id.get(), "role_id": self.role_id.code()})
    }
}
