//! Who the key belongs to.

use affinity_core::{Access, PersonId, TenantId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::call::{Parts, operations};
use crate::{Call, Client, instant};

impl<A: Access> Client<A> {
    /// Tells the account, the user and the rights of the key. Does not count toward the account's calls for the
    /// month.
    ///
    /// Route: v1 `GET /auth/whoami`.
    pub fn whoami(&self) -> Call<GetWhoami> {
        Call::new(self, Parts::new("/auth/whoami", [])).free_of_month()
    }
}

operations! {
    /// See [`Client::whoami`].
    GetWhoami = GET "v1_get_whoami" -> Whoami;
}

/// Who the key belongs to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Whoami {
    /// The account.
    pub tenant: Tenant,
    /// The owner of the key.
    pub user: CurrentUser,
    /// How the call was authenticated.
    pub grant: Grant,
}

/// An Affinity account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tenant {
    /// The id.
    pub id: TenantId,
    /// The name.
    pub name: String,
    /// The first label of the account's web address.
    pub subdomain: String,
}

/// The owner of the key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CurrentUser {
    /// The id: users are persons.
    pub id: PersonId,
    /// The first name.
    #[serde(default)]
    pub first_name: Option<String>,
    /// The last name; can be null (observed).
    #[serde(default)]
    pub last_name: Option<String>,
    /// The address.
    #[serde(default)]
    pub email: Option<String>,
}

/// How a call was authenticated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Grant {
    /// The kind of credential, such as `api_key`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is good for, such as `external_api`.
    #[serde(default)]
    pub scope: Option<String>,
    /// When it was made.
    #[serde(default, deserialize_with = "instant::optional")]
    pub created_at: Option<DateTime<Utc>>,
}
