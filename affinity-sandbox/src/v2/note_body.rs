//! Notes on the wire.

use std::collections::BTreeMap;

use serde::Serialize;

use super::call::Call;
use super::entities::{CompanyData, OpportunityBody, PersonData};
use super::params::Params;
use super::preview::Preview;
use super::values::instant;
use crate::world::{Company, List, Mention, Note, Opportunity, Person, Sharing, World};

/// A note of any kind.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NoteBody<'a> {
    id: u64,
    r#type: &'static str,
    content: Content<'a>,
    /// Null when it is not known, or was deleted (observed).
    creator: Option<PersonData<'a>>,
    mentions: Vec<MentionBody<'a>>,
    created_at: String,
    updated_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interaction: Option<Interaction>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<Parent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    permissions: Option<Permissions<'a>>,
    #[serde(flatten)]
    included: Included<'a>,
}

#[derive(Serialize)]
struct Content<'a> {
    html: Option<&'a str>,
}

#[derive(Serialize)]
struct MentionBody<'a> {
    id: u64,
    r#type: &'static str,
    person: PersonData<'a>,
}

#[derive(Serialize)]
struct Interaction {
    id: u64,
    r#type: &'static str,
}

#[derive(Serialize)]
struct Parent {
    id: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Permissions<'a> {
    sharing_type: &'static str,
    owner: PersonData<'a>,
}

/// What a note has on demand only.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Included<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    companies_preview: Option<Preview<CompanyData<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    persons_preview: Option<Preview<PersonData<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    opportunities_preview: Option<Preview<OpportunityBody<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replies_count: Option<usize>,
}

impl<'a> NoteBody<'a> {
    pub(super) fn of(call: &Call<'a>, note: &'a Note, wanted: Includes) -> Self {
        let world = call.world;
        let interaction = note.kind.interaction();
        Self {
            id: note.id,
            r#type: note.kind.as_str(),
            content: Content { html: note.html.as_deref() },
            creator: note.creator.and_then(|id| world.person(id)).map(PersonData::of),
            mentions: note.mentions.iter().filter_map(|mention| MentionBody::of(world, *mention)).collect(),
            created_at: instant(note.created_at),
            updated_at: note.updated_at.map(instant),
            interaction: interaction.map(|(kind, id)| Interaction { id, r#type: kind.as_str() }),
            parent: note.kind.parent().map(|id| Parent { id }),
            permissions: note.sharing.as_ref().and_then(|sharing| Permissions::of(world, sharing)),
            included: Included::of(call, note, wanted),
        }
    }
}

impl<'a> MentionBody<'a> {
    /// Nothing when the person was deleted, since it cannot be null.
    fn of(world: &'a World, mention: Mention) -> Option<Self> {
        let person = PersonData::of(world.person(mention.person)?);
        Some(Self { id: mention.id, r#type: "person", person })
    }
}

impl<'a> Permissions<'a> {
    fn of(world: &'a World, sharing: &'a Sharing) -> Option<Self> {
        // The owner cannot be null, so one that was deleted is still shown.
        let owner = world.person(sharing.owner).or_else(|| world.persons.get(&sharing.owner))?;
        Some(Self { sharing_type: sharing.kind.as_str(), owner: PersonData::of(owner) })
    }
}

impl<'a> Included<'a> {
    /// Replies have none of it, whatever is wanted.
    fn of(call: &Call<'a>, note: &'a Note, wanted: Includes) -> Self {
        if !note.is_root() {
            return Self::default();
        }
        let companies = || Preview::of(companies_on(call, note).into_values(), CompanyData::of);
        let persons = || Preview::of(persons_on(call, note).into_values(), PersonData::of);
        let opportunities = || {
            let found = opportunities_on(call, note).into_values();
            Preview::of(found, |(list, opportunity)| OpportunityBody::alone(call, opportunity, list))
        };
        Self {
            companies_preview: wanted.companies.then(companies),
            persons_preview: wanted.persons.then(persons),
            opportunities_preview: wanted.opportunities.then(opportunities),
            replies_count: wanted.replies.then(|| call.world.reply_count(note.id)),
        }
    }
}

/// The companies a note is attached to, as they are today.
pub(super) fn companies_on<'a>(call: &Call<'a>, note: &Note) -> BTreeMap<u64, &'a Company> {
    call.world.companies_of(&note.companies).into_iter().map(|company| (company.id, company)).collect()
}

/// The persons a note is attached to, as they are today.
pub(super) fn persons_on<'a>(call: &Call<'a>, note: &Note) -> BTreeMap<u64, &'a Person> {
    call.world.persons_of(&note.persons).into_iter().map(|person| (person.id, person)).collect()
}

/// The opportunities a note is attached to, as far as the caller may see their lists.
pub(super) fn opportunities_on<'a>(
    call: &Call<'a>,
    note: &Note,
) -> BTreeMap<u64, (&'a List, &'a Opportunity)> {
    let found = note.opportunities.iter();
    found.filter_map(|id| Some((*id, call.world.visible_opportunity(*id, call.caller.user)?))).collect()
}

/// What `includes` asks for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Includes {
    companies: bool,
    persons: bool,
    opportunities: bool,
    replies: bool,
}

impl Params<'_> {
    /// Reads `includes`, whose values are different from each other.
    pub(super) fn includes(&mut self) -> Includes {
        let mut wanted = Includes::default();
        for name in self.all("includes") {
            let part = match name {
                "companiesPreview" => &mut wanted.companies,
                "personsPreview" => &mut wanted.persons,
                "opportunitiesPreview" => &mut wanted.opportunities,
                "repliesCount" => &mut wanted.replies,
                _ => {
                    self.reject("includes", format!("{name} is nothing that a note can include"));
                    continue;
                }
            };
            if std::mem::replace(part, true) {
                self.reject("includes", format!("{name} is given once"));
            }
        }
        wanted
    }
}
