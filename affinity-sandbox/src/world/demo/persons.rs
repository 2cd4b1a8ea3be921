use super::{Demo, names};
use crate::world::{
    Attendee, CellValue, Direction, EntityKind, EntityRef, Interaction, NewField, Person, PersonKind, Place,
    ValueType, WorldError,
};

/// After the two users.
pub(super) const FIRST: u64 = 50_003;

const TITLES: [&str; 5] = ["Founder", "Chief executive", "Head of product", "Partner", "Engineer"];

impl Demo {
    pub(super) fn add_persons(&mut self) -> Result<(), WorldError> {
        let topics = NewField::new("Topics", ValueType::DropdownMulti).options(["Climate", "Tools", "Care"]);
        let topics = self.world.add_global_field(EntityKind::Person, topics)?;
        let known: Vec<u64> = ["Climate", "Tools", "Care"]
            .iter()
            .filter_map(|text| self.world.option_named(&topics, text))
            .collect();
        // With the two users one more than can be read: it is deleted.
        for n in 0..2_999 {
            let place = Place::Person(self.world.add_person(person(n))?);
            let (title, company) = (self.pick(&TITLES), self.company());
            self.set(place, "affinity-data-current-job-title", CellValue::FilterableText(title.into()))?;
            self.set(place, "affinity-data-current-organization", CellValue::Company(company))?;
            if self.chance(30) {
                self.set(place, &topics, CellValue::DropdownMulti(known[..2].to_vec()))?;
            }
            if n % 3 == 0 {
                self.add_contacts(place, FIRST + n as u64)?;
            }
        }
        Ok(())
    }

    /// One interaction of each kind.
    fn add_contacts(&mut self, place: Place, person: u64) -> Result<(), WorldError> {
        let user = self.world.main_user();
        let chat = Interaction::ChatMessage {
            id: self.rng.u64(1_000_000..2_000_000),
            direction: Direction::Received,
            sent_at: self.some_instant(),
            manual_creator: user,
            participants: vec![user, person],
        };
        let email = self.email(person);
        let meeting = self.meeting(person);
        let call = Interaction::Call {
            id: self.rng.u64(4_000_000..5_000_000),
            start_time: self.some_instant(),
            attendees: vec![Attendee { email_address: None, person: Some(person) }],
        };
        self.set(place, "last-chat-message", CellValue::Interaction(chat))?;
        self.set(place, "last-email", CellValue::Interaction(email))?;
        self.set(place, "last-event", CellValue::Interaction(meeting))?;
        self.set(place, "last-contact", CellValue::Interaction(call))?;
        self.set(place, "source-of-introduction", CellValue::Person(user))
    }

    /// Persons belong to the company they work for, unless a row says otherwise. Only API v1 tells.
    pub(super) fn add_memberships(&mut self) {
        let by = self.world.founder();
        let persons = self.world.person_ids().map(EntityRef::person);
        let persons: Vec<EntityRef> =
            persons.filter(|person| self.world.companies_with(*person).is_empty()).collect();
        for person in persons {
            let employers = self.world.employers_of(person.id);
            self.world.set_companies(person, employers, by);
        }
    }

    pub(super) fn email(&mut self, person: u64) -> Interaction {
        Interaction::Email {
            id: self.rng.u64(2_000_000..3_000_000),
            subject: self.chance(80).then(|| "Next steps".into()),
            sent_at: self.some_instant(),
            from: self.attendee(self.world.main_user()),
            to: vec![self.attendee(person)],
            cc: vec![Attendee::address("office@quillfern-seed.example")],
        }
    }

    /// Somebody with the primary address, if there is one.
    pub(super) fn attendee(&self, person: u64) -> Attendee {
        let found = self.world.persons.get(&person);
        Attendee {
            email_address: found.and_then(|found| found.emails.first().cloned()),
            person: Some(person),
        }
    }

    fn meeting(&mut self, person: u64) -> Interaction {
        let start_time = self.some_instant();
        Interaction::Meeting {
            id: self.rng.u64(3_000_000..4_000_000),
            title: Some("Introduction".into()),
            all_day: false,
            start_time,
            end_time: self.chance(90).then(|| start_time + chrono::TimeDelta::minutes(30)),
            attendees: vec![
                self.attendee(self.world.main_user()),
                Attendee { email_address: None, person: Some(person) },
            ],
        }
    }

    pub(super) fn set(&mut self, place: Place, field: &str, value: CellValue) -> Result<(), WorldError> {
        self.world.set_value(place, field, value)
    }
}

fn person(n: usize) -> Person {
    let (first, last) = names::person(n);
    let email = format!("{first}.{last}@mail.example").to_lowercase();
    let mut person = if n % 400 == 399 { Person::nameless() } else { Person::new(first) };
    if n % 25 != 24 {
        person = person.last_name(last);
    }
    if n % 30 != 29 {
        person = person.email(email).email(format!("person-{n}@old.example"));
    }
    if n % 200 == 7 { person.kind(PersonKind::Collaborator) } else { person }
}
