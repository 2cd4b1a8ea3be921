//! How well users of the account know other people.

use affinity_core::{Access, PersonId, ReadWrite};
use serde::{Deserialize, Serialize};

use crate::call::Parts;
use crate::listing::listings;
use crate::{Client, Listing};

/// How well users of the account know other people.
#[derive(Clone, Debug)]
pub struct RelationshipStrengths<A: Access = ReadWrite> {
    client: Client<A>,
}

impl<A: Access> RelationshipStrengths<A> {
    pub(crate) fn new(client: &Client<A>) -> Self {
        Self { client: client.clone() }
    }

    /// How well each user of the account knows this person, in no order. Those without a strength are not there.
    ///
    /// Route: v1 `GET /relationships-strengths`.
    pub fn list(&self, external: PersonId) -> Listing<ListRelationshipStrengths> {
        Listing::new(&self.client, Parts::new("/relationships-strengths", []))
            .query_id("external_id", external.get())
    }
}

impl Listing<ListRelationshipStrengths> {
    /// Only how well this user knows them: one item, or none.
    pub fn internal_person(self, person: PersonId) -> Self {
        self.query_id("internal_id", person.get())
    }
}

listings! {
    /// See [`RelationshipStrengths::list`].
    ListRelationshipStrengths = "v1_list_relationship_strengths" -> RelationshipStrength, in [];
}

/// How well one person knows another.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RelationshipStrength {
    /// The user of the account.
    pub internal_id: PersonId,
    /// The other person.
    pub external_id: PersonId,
    /// From 0 to 1 at present; computed anew about once a day.
    pub strength: f64,
}
