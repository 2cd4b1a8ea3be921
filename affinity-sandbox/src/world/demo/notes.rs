use chrono::TimeDelta;

use super::{Demo, companies, persons};
use crate::world::{InteractionKind, NewNote, WorldError};

/// The notes of the first company, more than a page of them.
const ON_ONE_COMPANY: u64 = 24;

impl Demo {
    /// Notes of every kind, with replies and mentions, shared in every way.
    pub(super) fn add_notes(&mut self, colleague: u64, meetings: &[u64]) -> Result<(), WorldError> {
        self.add_company_notes(colleague)?;
        self.add_opportunity_notes()?;
        self.add_interaction_notes(meetings)?;
        self.add_shared_notes(colleague)?;
        self.add_odd_notes()
    }

    /// One is on the duplicate, which is merged into the first company in the end.
    fn add_company_notes(&mut self, colleague: u64) -> Result<(), WorldError> {
        let duplicate = self.world.company_ids().last().unwrap_or(companies::FIRST);
        let (user, person) = (self.world.main_user(), persons::FIRST);
        for n in 0..ON_ONE_COMPANY {
            let company = if n == 1 { duplicate } else { companies::FIRST };
            let creator = if n % 3 == 2 { colleague } else { user };
            let at = self.some_instant();
            let mut note = NewNote::entities(format!("<p>Call {n}: churn is down again.</p>"));
            if n % 4 == 0 {
                note = NewNote::entities(format!("<p>Call {n}, with {}.</p>", mention(n + 1)))
                    .mention(n + 1, person + n)
                    .updated_at(at + TimeDelta::hours(2));
            }
            let note = note.company(company).creator(Some(creator)).created_at(at);
            let id = self.world.add_note(note)?;
            if n % 8 == 0 {
                self.add_replies(id, 501 + n, colleague)?;
            }
        }
        Ok(())
    }

    fn add_replies(&mut self, note: u64, number: u64, colleague: u64) -> Result<(), WorldError> {
        let at = self.some_instant();
        let thanks = NewNote::reply(note, "<p>Thank you.</p>").creator(Some(colleague)).created_at(at);
        self.world.add_note(thanks)?;
        let text = format!("<p>{}, please look at this.</p>", mention(number));
        let question = NewNote::reply(note, text).mention(number, colleague);
        self.world.add_note(question.created_at(at + TimeDelta::minutes(9)))?;
        let summary = NewNote::ai_notetaker_reply(note, None, "<ul><li>Churn is down.</li></ul>");
        self.world.add_note(summary.created_at(at + TimeDelta::minutes(10))).map(drop)
    }

    fn add_opportunity_notes(&mut self) -> Result<(), WorldError> {
        let opportunities: Vec<u64> = self.world.opportunities.keys().copied().take(6).collect();
        for (n, opportunity) in opportunities.into_iter().enumerate() {
            let at = self.some_instant();
            let note = NewNote::entities(format!("<p>Terms, draft {n}.</p>")).opportunity(opportunity);
            let person = self.person();
            self.world.add_note(note.person(person).created_at(at))?;
        }
        Ok(())
    }

    fn add_interaction_notes(&mut self, meetings: &[u64]) -> Result<(), WorldError> {
        let emails: Vec<u64> = self.world.emails.keys().copied().take(2).collect();
        let on = [
            (InteractionKind::Meeting, meetings[0]),
            (InteractionKind::Meeting, meetings[1]),
            (InteractionKind::Email, emails[0]),
            (InteractionKind::Email, emails[1]),
            (InteractionKind::Call, 4_000_001),
            (InteractionKind::ChatMessage, 1_000_001),
        ];
        for (kind, id) in on {
            let at = self.some_instant();
            let company = self.company();
            let note = NewNote::interaction(kind, id, "<p>Pricing agreed.</p>").company(company);
            self.world.add_note(note.created_at(at))?;
        }
        for meeting in [None, Some(meetings[2]), Some(meetings[3])] {
            let at = self.some_instant();
            let text = "<h2>Summary</h2><ul><li>A second office next year</li></ul>";
            let note = self.world.add_note(NewNote::ai_notetaker(meeting, text).created_at(at))?;
            let reply = NewNote::ai_notetaker_reply(note, meeting, "<p>Which office?</p>");
            self.world.add_note(reply.created_at(at + TimeDelta::minutes(1)))?;
        }
        Ok(())
    }

    /// The first two are the colleague's; the main user sees the second of them.
    fn add_shared_notes(&mut self, colleague: u64) -> Result<(), WorldError> {
        let user = self.world.main_user();
        let note = |text: &str| NewNote::entities(format!("<p>{text}</p>")).company(companies::FIRST + 1);
        let notes = [
            note("Not for everybody.").creator(Some(colleague)).private(colleague),
            note("For the two of us.").creator(Some(colleague)).shared_with(colleague, [user]),
            note("My own view.").private(user),
            note("For all.").public(user),
        ];
        for note in notes {
            self.world.add_note(note)?;
        }
        Ok(())
    }

    /// Without a text, without a creator, and on more persons than a preview shows.
    fn add_odd_notes(&mut self) -> Result<(), WorldError> {
        let empty = NewNote::entities("").without_html().company(companies::FIRST + 2);
        self.world.add_note(empty)?;
        let nobodys = NewNote::entities("<p>Imported.</p>").company(companies::FIRST + 2).creator(None);
        self.world.add_note(nobodys)?;
        let crowd = (persons::FIRST..persons::FIRST + 120)
            .fold(NewNote::entities("<p>Guests of the dinner.</p>"), NewNote::person);
        self.world.add_note(crowd).map(drop)
    }
}

/// A mention as it stands in a text.
fn mention(number: u64) -> String {
    format!(
        "<span data-type=\"note-mention\" data-note-mention-type=\"person\" \
         data-note-mention-person-id=\"{number}\">@</span>"
    )
}
