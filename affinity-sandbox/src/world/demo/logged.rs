use chrono::TimeDelta;

use super::{Demo, persons};
use crate::world::{Attendee, Direction, LoggedEmail, LoggedMeeting, WorldError};

/// More than a preview shows.
const CROWD: u64 = 120;

impl Demo {
    /// Mail in both directions, once to a crowd, and once that only the colleague sees.
    pub(super) fn add_emails(&mut self, colleague: u64) -> Result<(), WorldError> {
        for n in 0..40 {
            let user = self.attendee(self.world.main_user());
            let person = self.person();
            let other = self.attendee(person);
            let sent_at = self.some_instant();
            let mut email = if n % 2 == 0 {
                LoggedEmail::new(sent_at, user).direction(Direction::Sent).to(other)
            } else {
                LoggedEmail::new(sent_at, other)
                    .to(user)
                    .cc(Attendee::address("office@quillfern-seed.example"))
            };
            if n % 5 != 4 {
                email = email.subject(format!("Next steps, part {n}"));
            }
            if n % 4 == 3 {
                email = email.updated_at(sent_at + TimeDelta::hours(n));
            }
            email = match n {
                10 => self.crowd().fold(email, LoggedEmail::cc),
                11 => email.visible_to([colleague]),
                _ => email,
            };
            self.world.add_email(email.created_at(sent_at + TimeDelta::minutes(5)))?;
        }
        Ok(())
    }

    /// Meetings of both origins, once of a crowd, and once that only the colleague sees. Tells their ids.
    pub(super) fn add_meetings(&mut self, colleague: u64) -> Result<Vec<u64>, WorldError> {
        let mut ids = Vec::new();
        for n in 0..30 {
            let user = self.attendee(self.world.main_user());
            let person = self.person();
            let start = self.some_instant();
            let mut meeting = LoggedMeeting::new(start).manual(n % 3 == 0).all_day(n == 7);
            meeting = meeting.attendee(user.clone()).attendee(self.attendee(person));
            if n % 6 != 5 {
                meeting = meeting.title(format!("Check-in {n}")).organizer(user.clone());
            }
            if n % 3 == 0 {
                meeting = meeting.creator(user);
            }
            if n % 8 != 7 {
                meeting = meeting.end_time(start + TimeDelta::minutes(45));
            }
            if n % 4 == 1 {
                meeting = meeting.updated_at(start + TimeDelta::days(1));
            }
            meeting = match n {
                12 => self.crowd().fold(meeting, LoggedMeeting::attendee),
                13 => meeting.visible_to([colleague]),
                _ => meeting,
            };
            ids.push(self.world.add_meeting(meeting.created_at(start - TimeDelta::days(3)))?);
        }
        Ok(ids)
    }

    fn crowd(&self) -> impl Iterator<Item = Attendee> {
        (persons::FIRST..persons::FIRST + CROWD).map(|person| self.attendee(person))
    }
}
