//! `/v2/emails` and `/v2/meetings`: what was logged, without any text. Both ask for no permission here; at this version
//! the vendor switches them on for an account.

use std::collections::BTreeMap;

use serde::Serialize;

use super::call::{Call, Outcome};
use super::entities::pick;
use super::filtering::Property;
use super::paging::PageRules;
use super::preview::Preview;
use super::route::Route;
use super::values::{Attendee, attendee, instant};
use crate::filter::Value;
use crate::world::{self, Logged, LoggedEmail, LoggedMeeting};

/// Which properties there are to filter by is said by later documents only.
const EMAIL: &[Property<LoggedEmail>] = &[
    Property::int64("id", |_, email| Value::id(Some(email.id))),
    Property::instant("sentAt", |_, email| Value::Instant(email.sent_at)),
    Property::instant("createdAt", |_, email| Value::Instant(email.created_at)),
    Property::instant("updatedAt", |_, email| Value::instant(email.updated_at)),
];

/// As with emails.
const MEETING: &[Property<LoggedMeeting>] = &[
    Property::int64("id", |_, meeting| Value::id(Some(meeting.id))),
    Property::instant("startTime", |_, meeting| Value::Instant(meeting.start_time)),
    Property::instant("createdAt", |_, meeting| Value::Instant(meeting.created_at)),
    Property::instant("updatedAt", |_, meeting| Value::instant(meeting.updated_at)),
];

pub(super) fn operations() -> Vec<Route> {
    vec![
        Route::pages("/v2/emails", PageRules::USUAL, emails),
        Route::pages("/v2/meetings", PageRules::USUAL, meetings),
    ]
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EmailBody<'a> {
    id: u64,
    sent_at: String,
    logging_type: &'static str,
    direction: &'static str,
    subject: Option<&'a str>,
    created_at: String,
    updated_at: Option<String>,
    from: Attendee<'a>,
    to_participants_preview: Preview<Attendee<'a>>,
    cc_participants_preview: Preview<Attendee<'a>>,
}

impl<'a> EmailBody<'a> {
    fn of(call: &Call<'a>, email: &'a LoggedEmail) -> Self {
        Self {
            id: email.id,
            sent_at: instant(email.sent_at),
            logging_type: "automated",
            direction: email.direction.as_str(),
            subject: email.subject.as_deref(),
            created_at: instant(email.created_at),
            updated_at: email.updated_at.map(instant),
            from: attendee(call.world, &email.from),
            to_participants_preview: preview(call, &email.to),
            cc_participants_preview: preview(call, &email.cc),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MeetingBody<'a> {
    id: u64,
    logging_type: &'static str,
    title: Option<&'a str>,
    start_time: String,
    end_time: Option<String>,
    all_day: bool,
    creator: Option<Attendee<'a>>,
    organizer: Option<Attendee<'a>>,
    created_at: String,
    updated_at: Option<String>,
    attendees_preview: Preview<Attendee<'a>>,
}

impl<'a> MeetingBody<'a> {
    fn of(call: &Call<'a>, meeting: &'a LoggedMeeting) -> Self {
        let person = |who: &'a Option<world::Attendee>| who.as_ref().map(|who| attendee(call.world, who));
        Self {
            id: meeting.id,
            logging_type: if meeting.is_manual { "manual" } else { "automated" },
            title: meeting.title.as_deref(),
            start_time: instant(meeting.start_time),
            end_time: meeting.end_time.map(instant),
            all_day: meeting.all_day,
            creator: person(&meeting.creator),
            organizer: person(&meeting.organizer),
            created_at: instant(meeting.created_at),
            updated_at: meeting.updated_at.map(instant),
            attendees_preview: preview(call, &meeting.attendees),
        }
    }
}

fn preview<'a>(call: &Call<'a>, people: &'a [world::Attendee]) -> Preview<Attendee<'a>> {
    Preview::of(people.iter(), |who| attendee(call.world, who))
}

fn emails(call: &Call<'_>, rules: PageRules) -> Outcome {
    logged(call, rules, EMAIL, &call.world.emails, |email| EmailBody::of(call, email))
}

fn meetings(call: &Call<'_>, rules: PageRules) -> Outcome {
    logged(call, rules, MEETING, &call.world.meetings, |meeting| MeetingBody::of(call, meeting))
}

/// Those the caller may see.
fn logged<'a, T: Logged, B: Serialize>(
    call: &Call<'a>,
    rules: PageRules,
    properties: &'static [Property<T>],
    all: &'a BTreeMap<u64, T>,
    render: impl Fn(&'a T) -> B,
) -> Outcome {
    let mut params = call.params();
    let filter = params.filter(properties);
    let paging = params.paging(rules)?;
    let (world, user) = (call.world, call.caller.user);
    let wanted = |item: &T| item.is_visible_to(world, user) && filter.admits(world, item);
    paging.answer(|range| pick(all, None, range).filter(|(_, item)| wanted(item)), render)
}
