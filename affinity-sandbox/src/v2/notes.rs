//! Notes: all of them, those of a company, person or opportunity, their replies, and what they are attached to.

use std::collections::BTreeMap;

use serde::Serialize;

use super::call::{Answer, Call, Outcome};
use super::entities::{CompanyData, OpportunityBody, PersonData, pick};
use super::filtering::Property;
use super::note_body::{Includes, NoteBody, companies_on, opportunities_on, persons_on};
use super::paging::{PageRules, Range};
use super::params::Params;
use super::route::Route;
use crate::api::Errors;
use crate::filter::Value;
use crate::world::{Company, EntityRef, Note, Person, World};

const RULES: PageRules = PageRules { least: 0, default: 20, total: true, ..PageRules::USUAL };

/// What all notes are filtered by.
const OF_ALL: &[Property<Note>] = &[Property::int32("id", id), CREATOR, CREATED, UPDATED];

/// What the notes of something, and replies, are filtered by.
const OF_SOME: &[Property<Note>] = &[CREATOR, CREATED, UPDATED];

const CREATOR: Property<Note> = Property::int32("creator.id", creator);
const CREATED: Property<Note> = Property::instant("createdAt", |_, note| Value::Instant(note.created_at));
const UPDATED: Property<Note> = Property::instant("updatedAt", |_, note| Value::instant(note.updated_at));

fn id(_: &World, note: &Note) -> Value {
    Value::id(Some(note.id))
}

fn creator(world: &World, note: &Note) -> Value {
    Value::id(note.creator.and_then(|id| world.person(id)).map(|person| person.id))
}

pub(super) fn operations() -> Vec<Route> {
    vec![
        Route::pages("/v2/notes", RULES, notes),
        Route::read("/v2/notes/{noteId}", note),
        Route::pages("/v2/notes/{noteId}/replies", RULES, replies),
        Route::pages("/v2/notes/{noteId}/attached-companies", RULES, attached_companies),
        Route::pages("/v2/notes/{noteId}/attached-persons", RULES, attached_persons),
        Route::pages("/v2/notes/{noteId}/attached-opportunities", RULES, attached_opportunities),
        Route::pages("/v2/companies/{companyId}/notes", RULES, company_notes),
        Route::pages("/v2/persons/{personId}/notes", RULES, person_notes),
        Route::pages("/v2/opportunities/{opportunityId}/notes", RULES, opportunity_notes),
    ]
}

fn notes(call: &Call<'_>, rules: PageRules) -> Outcome {
    let mut params = call.params();
    let filter = params.filter(OF_ALL);
    let includes = params.includes();
    let paging = params.paging(rules)?;
    paging.answer(
        |range| visible(call, range, |note| filter.admits(call.world, note)),
        |note| NoteBody::of(call, note, includes),
    )
}

fn note(call: &Call<'_>) -> Outcome {
    let mut params = call.params();
    let note = params.note();
    let includes = params.includes();
    params.done()?;
    Answer::ok(&NoteBody::of(call, note?, includes))
}

/// Not specified: the replies to a reply; there are none, and that is no error here.
fn replies(call: &Call<'_>, rules: PageRules) -> Outcome {
    let mut params = call.params();
    let note = params.note();
    let filter = params.filter(OF_SOME);
    let paging = params.paging(rules)?;
    let note = note?.id;
    paging.answer(
        |range| {
            let replies = call.world.replies_to(note, range);
            replies.filter(|reply| filter.admits(call.world, reply)).map(|reply| (reply.id, reply))
        },
        |reply| NoteBody::of(call, reply, Includes::default()),
    )
}

fn company_notes(call: &Call<'_>, rules: PageRules) -> Outcome {
    notes_with(call, rules, |params| Ok(EntityRef::company(params.record::<Company>("companyId")?.id)))
}

/// The API has been seen to answer 403 here (observed). Nothing says when, so it does not here.
fn opportunity_notes(call: &Call<'_>, rules: PageRules) -> Outcome {
    notes_with(call, rules, |params| Ok(EntityRef::opportunity(params.opportunity()?.1.id)))
}

/// The notes on something, and those on its persons.
fn notes_with(
    call: &Call<'_>,
    rules: PageRules,
    find: impl Fn(&mut Params<'_>) -> Result<EntityRef, Errors>,
) -> Outcome {
    let mut params = call.params();
    let entity = find(&mut params);
    let filter = params.filter(OF_SOME);
    let paging = params.paging(rules)?;
    let entity = entity?;
    let persons = call.world.persons_with(entity, call.caller.user);
    let belongs = |note: &Note| call.world.is_on(note, entity) || call.world.is_on_one_of(note, &persons);
    paging.answer(
        |range| visible(call, range, |note| belongs(note) && filter.admits(call.world, note)),
        |note| NoteBody::of(call, note, Includes::default()),
    )
}

/// The notes on a person, those on meetings with the person, and those that mention the person. Not specified: whether
/// a note counts for which only a reply mentions the person; here it does not.
fn person_notes(call: &Call<'_>, rules: PageRules) -> Outcome {
    let mut params = call.params();
    let person = params.record::<Person>("personId");
    let filter = params.filter(OF_SOME);
    let paging = params.paging(rules)?;
    let (person, user) = (person?.id, call.caller.user);
    let belongs = |note: &Note| {
        call.world.is_on(note, EntityRef::person(person)) || call.world.involves(note, person, user)
    };
    paging.answer(
        |range| visible(call, range, |note| belongs(note) && filter.admits(call.world, note)),
        |note| NoteBody::of(call, note, Includes::default()),
    )
}

/// The notes the caller may see and that are wanted, without replies.
fn visible<'a>(
    call: &Call<'a>,
    range: Range<u64>,
    wanted: impl Fn(&Note) -> bool,
) -> impl DoubleEndedIterator<Item = (u64, &'a Note)> {
    let notes = call.world.visible_notes(call.caller.user, range);
    notes.filter(move |note| wanted(note)).map(|note| (note.id, note))
}

fn attached_companies(call: &Call<'_>, rules: PageRules) -> Outcome {
    attached(call, rules, companies_on, CompanyData::of)
}

fn attached_persons(call: &Call<'_>, rules: PageRules) -> Outcome {
    attached(call, rules, persons_on, PersonData::of)
}

fn attached_opportunities(call: &Call<'_>, rules: PageRules) -> Outcome {
    attached(call, rules, opportunities_on, |(list, opportunity)| {
        OpportunityBody::alone(call, opportunity, list)
    })
}

/// What a note is attached to itself; nothing, for a reply.
fn attached<'a, R: Copy, T: Serialize>(
    call: &Call<'a>,
    rules: PageRules,
    find: impl Fn(&Call<'a>, &Note) -> BTreeMap<u64, R>,
    render: impl Fn(R) -> T,
) -> Outcome {
    let mut params = call.params();
    let note = params.note();
    let paging = params.paging(rules)?;
    let found = find(call, note?);
    paging.answer(|range| pick(&found, None, range), |item| render(*item))
}
