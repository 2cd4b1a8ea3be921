use chrono::{DateTime, Days, NaiveTime, Utc};
use chrono_tz::America::Los_Angeles;

use super::entry::Creator;
use super::{EntityRef, InteractionKind, PersonKind, World, WorldError, choose, default_instant};

/// The longest time until a recurring reminder is due again.
pub(crate) const MOST_REMINDER_DAYS: u32 = 3_650;

/// What starts the days of a recurring reminder anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetType {
    /// An e-mail or a meeting.
    Interaction,
    /// An e-mail.
    Email,
    /// A meeting.
    Meeting,
}

impl ResetType {
    fn is_reset_by(self, kind: InteractionKind) -> bool {
        match kind {
            InteractionKind::Meeting => self != Self::Email,
            InteractionKind::Email => self != Self::Meeting,
            InteractionKind::Call | InteractionKind::ChatMessage => false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Recurrence {
    Once,
    Again { reset: ResetType, days: u32 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReminderStatus {
    Completed,
    Active,
    Overdue,
}

/// A reminder about a company, person or opportunity, as handed to [`World::add_reminder`].
#[derive(Clone, Debug)]
#[must_use = "a reminder exists once it is added to a world"]
pub struct Reminder {
    pub(crate) id: u64,
    pub(crate) owner: u64,
    pub(crate) creator: u64,
    pub(crate) recurrence: Recurrence,
    pub(crate) content: Option<String>,
    pub(crate) due: DateTime<Utc>,
    pub(crate) about: EntityRef,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) completion: Option<Completion>,
    created_by: Creator,
}

/// When a reminder was completed, and by whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Completion {
    pub(crate) at: DateTime<Utc>,
    pub(crate) person: u64,
}

impl Reminder {
    /// A reminder about a company that the main user made for this owner. It is due once.
    pub fn of_company(company: u64, owner: u64, due: DateTime<Utc>) -> Self {
        Self::new(EntityRef::company(company), owner, due)
    }

    /// A reminder about a person that the main user made for this owner. It is due once.
    pub fn of_person(person: u64, owner: u64, due: DateTime<Utc>) -> Self {
        Self::new(EntityRef::person(person), owner, due)
    }

    /// A reminder about an opportunity that the main user made for this owner. It is due once.
    pub fn of_opportunity(opportunity: u64, owner: u64, due: DateTime<Utc>) -> Self {
        Self::new(EntityRef::opportunity(opportunity), owner, due)
    }

    pub(crate) fn new(about: EntityRef, owner: u64, due: DateTime<Utc>) -> Self {
        Self {
            id: 0,
            owner,
            creator: 0,
            recurrence: Recurrence::Once,
            content: None,
            due,
            about,
            created_at: default_instant(),
            completion: None,
            created_by: Creator::MainUser,
        }
    }

    /// Asks for this id instead of the next free one (0).
    pub fn id(mut self, id: u64) -> Self {
        self.id = id;
        self
    }

    /// Makes it due again so many days after it was completed or reset.
    pub fn recurring(mut self, reset: ResetType, days: u32) -> Self {
        self.recurrence = Recurrence::Again { reset, days };
        self
    }

    /// Sets the text.
    pub fn content(mut self, content: impl Into<String>) -> Self {
        self.content = Some(content.into());
        self
    }

    /// Sets the user that made it.
    pub fn creator(mut self, person: u64) -> Self {
        self.created_by = Creator::Person(person);
        self
    }

    /// Sets when it was made.
    pub fn created_at(mut self, at: DateTime<Utc>) -> Self {
        self.created_at = at;
        self
    }

    /// Makes it one that somebody completed.
    pub fn completed(mut self, at: DateTime<Utc>, person: u64) -> Self {
        self.completion = Some(Completion { at, person });
        self
    }

    pub(crate) fn status(&self, now: DateTime<Utc>) -> ReminderStatus {
        match self.completion {
            Some(_) => ReminderStatus::Completed,
            None if self.due < now => ReminderStatus::Overdue,
            None => ReminderStatus::Active,
        }
    }

    /// Ticks it off. A recurring one is due again later instead, and was never completed.
    pub(crate) fn complete(&mut self, person: u64, now: DateTime<Utc>) {
        match self.recurrence {
            Recurrence::Once => {
                self.completion = self.completion.or(Some(Completion { at: now, person }));
            }
            Recurrence::Again { days, .. } => self.due = due_again(now, days),
        }
    }
}

/// Midnight, in Pacific time, of the day so many days after that one.
pub(crate) fn due_again(from: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    let day = from.with_timezone(&Los_Angeles).date_naive();
    let due = day.checked_add_days(Days::new(days.into()));
    let midnight =
        due.and_then(|day| day.and_time(NaiveTime::MIN).and_local_timezone(Los_Angeles).earliest());
    // There is such a moment, but at the end of all time.
    midnight.map_or(from, |midnight| midnight.to_utc())
}

impl World {
    /// Adds a reminder and tells its id.
    ///
    /// # Errors
    /// [`WorldError`] when the wanted id is taken or beyond 2^53 - 1, when what is named does not exist, when the owner
    /// is not a user, or when a recurring one has less than a day or more than 3650.
    pub fn add_reminder(&mut self, mut reminder: Reminder) -> Result<u64, WorldError> {
        if self.reminders.contains_key(&reminder.id) {
            return Err(WorldError::Taken { what: "reminder", id: reminder.id });
        }
        self.check_entity(reminder.about)?;
        if !self.is_user(reminder.owner) {
            return Err(WorldError::unknown("user", reminder.owner));
        }
        if let Recurrence::Again { days, .. } = reminder.recurrence
            && !(1..=MOST_REMINDER_DAYS).contains(&days)
        {
            return Err(WorldError::Unsayable("a reminder recurs after 1 to 3650 days"));
        }
        reminder.creator = reminder.created_by.person(self.main_user()).unwrap_or_default();
        let completer = reminder.completion.map(|completion| completion.person);
        [reminder.creator].into_iter().chain(completer).try_for_each(|id| self.check_person(id))?;
        reminder.id = choose(&mut self.ids.reminder, reminder.id, &self.reminders)?;
        let id = reminder.id;
        self.reminders.insert(id, reminder);
        Ok(id)
    }

    /// Whether that is a user of the account.
    pub(crate) fn is_user(&self, person: u64) -> bool {
        self.person(person).is_some_and(|person| person.kind == PersonKind::Internal)
    }

    /// Starts the days of the recurring reminders anew that such a contact with these persons resets; tells which.
    pub(crate) fn reset_reminders(
        &mut self,
        kind: InteractionKind,
        persons: &[u64],
        user: u64,
        now: DateTime<Utc>,
    ) -> Vec<u64> {
        let concerned = |about: EntityRef| {
            let with = self.persons_concerned(about, user);
            persons.iter().any(|id| with.contains(id))
        };
        let due = self.reminders.values().filter_map(|reminder| match reminder.recurrence {
            Recurrence::Again { reset, days } if reset.is_reset_by(kind) && concerned(reminder.about) => {
                Some((reminder.id, due_again(now, days)))
            }
            _ => None,
        });
        let due: Vec<_> = due.collect();
        for (id, due) in &due {
            if let Some(reminder) = self.reminders.get_mut(id) {
                reminder.due = *due;
            }
        }
        due.into_iter().map(|(id, _)| id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_in_pacific_time() {
        let late = "2024-03-09T06:30:00Z".parse().unwrap();
        assert_eq!(due_again(late, 30).to_rfc3339(), "2024-04-07T07:00:00+00:00");
    }
}
