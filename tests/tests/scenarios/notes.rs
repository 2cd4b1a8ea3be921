//! Notes, replies and what they are attached to; emails and meetings.

use affinity::filter::{EmailFilter, MeetingFilter, NoteFilter, NoteOfFilter};
use affinity::{
    Affinity, CompanyId, Direction, LoggingType, Mention, Note, NoteInclude, NoteInteraction, PersonId,
    SharingType,
};
use affinity_sandbox::{
    Attendee, Company, Direction as Way, EntityKind, InteractionKind, List, LoggedEmail, LoggedMeeting,
    Method, NewNote, Person, Reply, Sandbox, World,
};
use chrono::{DateTime, TimeZone, Utc};
use futures::TryStreamExt;

use crate::support::client;

fn at(hour: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2025, 3, 1, hour, 0, 0).unwrap()
}

async fn serve(world: World) -> (Sandbox, Affinity) {
    let sandbox = Sandbox::builder().world(world).start().await.unwrap();
    let affinity = client(&sandbox);
    (sandbox, affinity)
}

#[tokio::test]
async fn each_kind_of_note_is_a_variant_with_what_it_has() {
    let mut world = World::new();
    let user = world.main_user();
    let person = world.add_person(Person::new("Odd")).unwrap();
    let meeting = world.add_meeting(LoggedMeeting::new(at(8))).unwrap();
    let root = NewNote::entities("<p>Ask <b>Odd</b></p>").person(person).mention(7, person).public(user);
    let root = world.add_note(root.creator(Some(person)).created_at(at(9)).updated_at(at(10))).unwrap();
    let about = world.add_note(NewNote::interaction(InteractionKind::Call, 41, "<p>Called.</p>")).unwrap();
    let machine = world.add_note(NewNote::ai_notetaker(Some(meeting), "<p>Summary</p>")).unwrap();
    let reply = world.add_note(NewNote::reply(root, "<p>Done</p>")).unwrap();
    let answer = world.add_note(NewNote::ai_notetaker_reply(machine, Some(meeting), "<p>And</p>")).unwrap();
    let (_sandbox, affinity) = serve(world).await;
    let get = async |id: u64| affinity.notes().get(id.into()).send().await.unwrap();

    let note = get(root).await;
    assert!(matches!(note, Note::Entities(_)));
    assert_eq!(note.html(), Some("<p>Ask <b>Odd</b></p>"));
    assert_eq!(note.text().as_deref(), Some("Ask Odd"));
    assert_eq!(note.creator().map(|creator| creator.id), Some(PersonId::new(person)));
    assert_eq!((note.created_at(), note.updated_at()), (Some(at(9)), Some(at(10))));
    let [Mention::Person(mention)] = note.mentions() else { panic!("{note:?}") };
    assert_eq!((mention.id.get(), mention.person.id), (7, PersonId::new(person)));
    let permissions = note.permissions().unwrap();
    assert_eq!((&permissions.sharing_type, permissions.owner.id.get()), (&SharingType::Public, user));
    assert!(note.parent().is_none() && note.interaction().is_none() && note.replies_count().is_none());

    let note = get(about).await;
    assert!(matches!(note, Note::Interaction(_)));
    assert!(matches!(note.interaction(), Some(NoteInteraction::Call(call)) if call.id.get() == 41));
    let note = get(machine).await;
    assert!(matches!(note, Note::AiNotetaker(_)));
    assert_eq!(note.interaction().and_then(|it| it.id()).map(|id| id.get()), Some(meeting));
    let note = get(reply).await;
    assert!(matches!(note, Note::UserReply(_)));
    assert_eq!(note.parent().map(|parent| parent.id.get()), Some(root));
    let note = get(answer).await;
    assert!(matches!(note, Note::AiNotetakerReply(_)));
    assert_eq!(note.parent().map(|parent| parent.id.get()), Some(machine));
    assert!(matches!(note.interaction(), Some(NoteInteraction::Meeting(_))));
}

#[tokio::test]
async fn a_kind_without_a_name_is_kept_with_its_id_and_json() {
    let sandbox = Sandbox::empty().await.unwrap();
    let text = r#"{"type":"hologram","id":9001,"content":{"html":"<p>x</p>"},"n":1.50}"#;
    sandbox.reply(Method::GET, "/v2/notes/9001", Reply::json(200, text));
    let note = client(&sandbox).notes().get(9001.into()).send().await.unwrap();
    assert_eq!((note.id().map(|id| id.get()), note.html()), (Some(9001), None));
    let Note::Unknown(unknown) = note else { panic!("{note:?}") };
    assert_eq!((unknown.tag(), unknown.json()), ("hologram", text));
}

#[tokio::test]
async fn includes_bring_previews_with_their_totals_and_only_then() {
    let mut world = World::new();
    let companies: Vec<_> =
        (0..120).map(|n| world.add_company(Company::new(format!("Company {n}"))).unwrap()).collect();
    let person = world.add_person(Person::new("Odd")).unwrap();
    let list = world.add_list(List::new("Deals", EntityKind::Opportunity)).unwrap();
    let deal = world.add_opportunity(list, "Larkspur").unwrap();
    let note = companies.iter().fold(NewNote::entities("<p>x</p>"), |note, id| note.company(*id));
    let note = world.add_note(note.person(person).opportunity(deal.opportunity)).unwrap();
    for _ in 0..3 {
        world.add_note(NewNote::reply(note, "<p>y</p>")).unwrap();
    }
    let (_sandbox, affinity) = serve(world).await;
    let all = NoteInclude::KNOWN.iter().cloned();
    let full = affinity.notes().get(note.into()).includes(all.clone()).send().await.unwrap();
    let preview = full.companies_preview().unwrap();
    assert_eq!(
        (preview.data.len(), preview.total_count, preview.is_complete()),
        (100, Some(120), Some(false))
    );
    let preview = full.persons_preview().unwrap();
    assert_eq!((preview.data[0].id.get(), preview.is_complete()), (person, Some(true)));
    assert_eq!(full.opportunities_preview().unwrap().data[0].id.get(), deal.opportunity);
    assert_eq!(full.replies_count(), Some(3));
    let listed = affinity.notes().list().includes(all).send().await.unwrap();
    assert_eq!(listed.items, [full]);
    let bare = affinity.notes().get(note.into()).send().await.unwrap();
    assert!(bare.companies_preview().is_none() && bare.replies_count().is_none());

    let notes = affinity.notes();
    assert_eq!(notes.companies(note.into()).stream().try_collect::<Vec<_>>().await.unwrap().len(), 120);
    assert_eq!(notes.companies(note.into()).count().await.unwrap(), 120);
    assert_eq!(notes.persons(note.into()).count().await.unwrap(), 1);
    assert_eq!(notes.opportunities(note.into()).send().await.unwrap().items[0].id.get(), deal.opportunity);
    let replies: Vec<_> = notes.replies(note.into()).stream().try_collect().await.unwrap();
    assert_eq!(replies.len(), 3);
    assert!(replies.iter().all(|reply| reply.parent().unwrap().id.get() == note));
    assert!(matches!(Note::from(replies[0].clone()), Note::UserReply(_)));
}

#[tokio::test]
async fn an_include_without_a_name_is_refused_before_anything_is_sent() {
    let sandbox = Sandbox::empty().await.unwrap();
    let unknown: NoteInclude = "likes".parse().unwrap();
    let error = client(&sandbox).notes().list().includes([unknown]).send().await.unwrap_err();
    assert!(
        error.is_input() && error.to_string().contains("likes is not offered here; choose from"),
        "{error}"
    );
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn a_count_is_one_call_and_a_walk_is_in_pages_of_a_hundred() {
    let mut world = World::new();
    let company = world.add_company(Company::new("Tessel")).unwrap();
    for n in 0..130 {
        let note = NewNote::entities("<p>x</p>").company(company);
        world.add_note(note.creator(None).created_at(at(n % 10))).unwrap();
    }
    let (sandbox, affinity) = serve(world).await;
    let notes = affinity.companies().notes(CompanyId::new(company));
    assert_eq!(notes.clone().count().await.unwrap(), 130);
    assert_eq!(sandbox.requests().len(), 1);
    let early = notes.clone().filter(NoteOfFilter::created_at().lt(at(2)));
    assert_eq!(early.clone().count().await.unwrap(), 26);
    assert_eq!(early.page_size(3).count().await.unwrap(), 26);
    sandbox.clear_requests();
    let page = notes.clone().total_count().page_size(50).send().await.unwrap();
    assert_eq!((page.items.len(), page.total), (50, Some(130)));
    assert_eq!(notes.clone().send().await.unwrap().total, None);
    sandbox.clear_requests();
    let all: Vec<_> = notes.stream().try_collect().await.unwrap();
    assert_eq!((all.len(), sandbox.requests().len()), (130, 2));
    assert!(all.iter().all(|note| note.creator().is_none()));
}

#[tokio::test]
async fn a_count_does_not_look_where_the_next_page_would_be() {
    let sandbox = Sandbox::empty().await.unwrap();
    let page = r#"{"data":[],"pagination":{"nextUrl":"https://api.example/v2/notes","totalCount":7}}"#;
    sandbox.reply(Method::GET, "/v2/notes", Reply::json(200, page));
    assert_eq!(client(&sandbox).notes().list().count().await.unwrap(), 7);
}

#[tokio::test]
async fn where_no_total_comes_the_pages_are_counted() {
    let sandbox = Sandbox::empty().await.unwrap();
    let company = r#"{"id":1,"name":"Tessel","domain":null}"#;
    let path = "/v2/notes/1/attached-companies";
    let broken = r#"{"id":2}"#;
    let next = "https://api.example/v2/notes/1/attached-companies?cursor=p1";
    for (items, next) in [(vec![], None), (vec![company, company], Some(next)), (vec![broken], None)] {
        let items: Vec<_> = items.into_iter().map(str::to_owned).collect();
        sandbox.reply(Method::GET, path, Reply::json(200, affinity_tests::page(&items, next)));
    }
    assert_eq!(client(&sandbox).notes().companies(1.into()).count().await.unwrap(), 3);
}

#[tokio::test]
async fn a_cursor_belongs_to_its_filter_and_includes() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    let of = |hour: u32| NoteFilter::created_at().gt(Utc.with_ymd_and_hms(2000, 1, 1, hour, 0, 0).unwrap());
    let notes = affinity.notes().list().page_size(1);
    let cursor = notes.clone().filter(of(1)).send().await.unwrap().next.unwrap();
    assert!(notes.clone().filter(of(1)).resume_from(cursor.clone()).send().await.is_ok());
    let asked = sandbox.requests().len();
    for other in [notes.clone(), notes.clone().filter(of(2)), notes.clone().filter(of(1)).total_count()] {
        assert!(other.resume_from(cursor.clone()).send().await.unwrap_err().is_input());
    }
    assert_eq!(sandbox.requests().len(), asked);
}

#[tokio::test]
async fn notes_of_persons_and_opportunities_are_theirs() {
    let mut world = World::new();
    let person = world.add_person(Person::new("Odd")).unwrap();
    let list = world.add_list(List::new("Deals", EntityKind::Opportunity)).unwrap();
    let deal = world.add_opportunity(list, "Larkspur").unwrap().opportunity;
    let attached = world.add_note(NewNote::entities("a").person(person)).unwrap();
    let mentioning = world.add_note(NewNote::entities("b").mention(1, person).opportunity(deal)).unwrap();
    world.add_note(NewNote::entities("c")).unwrap();
    let (_sandbox, affinity) = serve(world).await;
    let ids = |notes: Vec<Note>| notes.iter().map(|note| note.id().unwrap().get()).collect::<Vec<_>>();
    let of_person = affinity.persons().notes(person.into()).send().await.unwrap();
    assert_eq!(ids(of_person.into_items().unwrap()), [attached, mentioning]);
    let of_deal = affinity.opportunities().notes(deal.into()).send().await.unwrap();
    assert_eq!(ids(of_deal.into_items().unwrap()), [mentioning]);
    assert_eq!(affinity.notes().list().count().await.unwrap(), 3);
}

#[tokio::test]
async fn emails_come_with_who_sent_and_got_them() {
    let mut world = World::new();
    let person = world.add_person(Person::new("Odd")).unwrap();
    let sender = Attendee::person(person, "odd@vik.example");
    let email = LoggedEmail::new(at(9), sender).subject("Pricing").direction(Way::Received);
    let many = (0..120).fold(email, |email, n| email.to(Attendee::address(format!("a{n}@vik.example"))));
    let id = world.add_email(many).unwrap();
    world.add_email(LoggedEmail::new(at(7), Attendee::default())).unwrap();
    let (_sandbox, affinity) = serve(world).await;
    let emails = affinity.emails().list().filter(EmailFilter::sent_at().ge(at(8))).send().await.unwrap();
    let [email] = &emails.items[..] else { panic!("{emails:?}") };
    assert_eq!((email.id.get(), email.subject.as_deref(), email.sent_at), (id, Some("Pricing"), at(9)));
    assert_eq!((&email.direction, &email.logging_type), (&Direction::Received, &LoggingType::Automated));
    assert_eq!(email.from.person.as_ref().map(|person| person.id.get()), Some(person));
    let to = &email.to_participants_preview;
    assert_eq!((to.data.len(), to.total_count, to.is_complete()), (100, 120, false));
    assert!(to.data[0].person.is_none() && email.cc_participants_preview.is_complete());
    assert_eq!(affinity.emails().list().stream().try_collect::<Vec<_>>().await.unwrap().len(), 2);
}

#[tokio::test]
async fn meetings_come_with_who_takes_part() {
    let mut world = World::new();
    let person = world.add_person(Person::new("Odd")).unwrap();
    let who = || Attendee::person(person, "odd@vik.example");
    let meeting = LoggedMeeting::new(at(9)).title("Pricing").manual(true).organizer(who()).attendee(who());
    let id = world.add_meeting(meeting.end_time(at(10))).unwrap();
    world.add_meeting(LoggedMeeting::new(at(12)).all_day(true)).unwrap();
    let (_sandbox, affinity) = serve(world).await;
    let early =
        affinity.meetings().list().filter(MeetingFilter::start_time().lt(at(11))).send().await.unwrap();
    let [meeting] = &early.items[..] else { panic!("{early:?}") };
    assert_eq!(
        (meeting.id.get(), meeting.title.as_deref(), meeting.end_time),
        (id, Some("Pricing"), Some(at(10)))
    );
    assert_eq!((&meeting.logging_type, meeting.all_day), (&LoggingType::Manual, false));
    assert!(meeting.organizer.is_some() && meeting.creator.is_none());
    assert_eq!(meeting.attendees_preview.data[0].person.as_ref().map(|person| person.id.get()), Some(person));
    let all: Vec<_> = affinity.meetings().list().page_size(1).stream().try_collect().await.unwrap();
    assert!(all[1].all_day && all[1].title.is_none() && all[1].end_time.is_none());
}
