//! What only API v1 tells: calls, chat messages, strengths of relationships, files and reminders. All of it at fixed ids
//! and without chance, so that everything else stays as it is.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Demo, companies, persons};
use crate::world::{
    Direction, EntityFile, LoggedCall, LoggedChatMessage, Reminder, ResetType, WorldError, default_instant,
};

/// The call and the chat message that have notes; more follow.
const FIRST_CALL: u64 = 4_000_001;
const FIRST_CHAT_MESSAGE: u64 = 1_000_001;

const FEW: u64 = 12;

impl Demo {
    pub(super) fn add_activity(&mut self, colleague: u64) -> Result<(), WorldError> {
        self.add_calls_and_chat_messages(colleague)?;
        self.add_strengths(colleague)?;
        self.add_files(colleague)?;
        self.add_reminders(colleague)
    }

    fn add_calls_and_chat_messages(&mut self, colleague: u64) -> Result<(), WorldError> {
        for n in 0..FEW {
            let (user, person) =
                (if n % 4 == 3 { colleague } else { self.world.main_user() }, persons::FIRST + n % 5);
            let call = LoggedCall::new(days_ago(n * 20)).id(FIRST_CALL + n).creator(user);
            self.world.add_call(call.attendee(self.attendee(user)).attendee(self.attendee(person)))?;
            let direction = if n % 2 == 0 { Direction::Sent } else { Direction::Received };
            let message = LoggedChatMessage::new(days_ago(n * 15 + 1), direction).id(FIRST_CHAT_MESSAGE + n);
            self.world.add_chat_message(message.creator(user).participant(user).participant(person))?;
        }
        Ok(())
    }

    fn add_strengths(&mut self, colleague: u64) -> Result<(), WorldError> {
        for (n, tenths) in (0..FEW).zip([62_u8, 8, 91, 45, 30, 77, 12, 55, 100, 0, 23, 68]) {
            let strength = f64::from(tenths) / 100.0;
            self.world.set_strength(self.world.main_user(), persons::FIRST + n, strength)?;
            if n % 3 == 0 {
                self.world.set_strength(colleague, persons::FIRST + n, strength / 2.0)?;
            }
        }
        Ok(())
    }

    /// On a company, a person and an opportunity; one without a media type.
    fn add_files(&mut self, colleague: u64) -> Result<(), WorldError> {
        let terms = "The terms, in short.\n";
        let deck = EntityFile::of_company(companies::FIRST, "deck.pdf", vec![b'%'; 48_213]);
        let letter = EntityFile::of_person(persons::FIRST, "Résumé.txt", "Two pages, no more.\n");
        let terms =
            self.world.opportunities.keys().next().map(|id| EntityFile::of_opportunity(*id, "terms", terms));
        let files =
            [Some(deck.content_type("application/pdf")), Some(letter.content_type("text/plain")), terms];
        for (n, file) in (0..).zip(files.into_iter().flatten()) {
            let uploader = if n == 1 { colleague } else { self.world.main_user() };
            self.world.add_file(file.uploader(uploader).created_at(days_ago(9 - n)))?;
        }
        Ok(())
    }

    /// Completed, overdue, active for long, and due again and again.
    fn add_reminders(&mut self, colleague: u64) -> Result<(), WorldError> {
        let (user, company, person) = (self.world.main_user(), companies::FIRST, persons::FIRST);
        let later = default_instant() + TimeDelta::days(10_000);
        let opportunity = self.world.opportunities.keys().next().copied();
        let reminders = [
            Some(
                Reminder::of_company(company, user, days_ago(20))
                    .content("Send the minutes")
                    .completed(days_ago(21), colleague),
            ),
            Some(Reminder::of_company(company, user, days_ago(2)).content("Ask for the deck")),
            Some(Reminder::of_person(person, colleague, later).content("Congratulate").creator(colleague)),
            Some(Reminder::of_person(person + 1, user, later).recurring(ResetType::Interaction, 30)),
            opportunity.map(|id| Reminder::of_opportunity(id, user, later).recurring(ResetType::Meeting, 90)),
        ];
        for reminder in reminders.into_iter().flatten() {
            self.world.add_reminder(reminder.created_at(days_ago(40)))?;
        }
        Ok(())
    }
}

fn days_ago(days: u64) -> DateTime<Utc> {
    default_instant() - TimeDelta::days(i64::try_from(days).unwrap_or_default())
}
