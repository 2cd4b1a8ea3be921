//! Reminders.

use affinity_core::{Access, CompanyId, OpportunityId, PersonId, ReadWrite, ReminderId};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::call::{Parts, operations};
use crate::listing::listings;
use crate::{
    Call, Client, EntityRef, Listing, Operation, OpportunitySummary, OrganizationSummary, PersonSummary, day,
    instant,
};

affinity_core::open_codes! {
    /// Whether a reminder is due once or again and again.
    pub enum ReminderKind {
        /// Once.
        OneTime = 0,
        /// Again and again.
        Recurring = 1,
    }
}

affinity_core::open_codes! {
    /// What puts off a recurring reminder.
    pub enum ReminderReset {
        /// An email or a meeting.
        Interaction = 0,
        /// An email.
        Email = 1,
        /// A meeting.
        Meeting = 2,
    }
}

affinity_core::open_codes! {
    /// How a reminder stands.
    pub enum ReminderStatus {
        /// Done.
        Completed = 0,
        /// Not done, and not due yet.
        Active = 1,
        /// Not done, and due.
        Overdue = 2,
    }
}

/// When something is due: on a day, which the service takes from midnight on in a zone of its own, or at an
/// instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// On this day.
    On(NaiveDate),
    /// At this instant.
    At(DateTime<Utc>),
}

impl Due {
    fn sayable(self) -> bool {
        match self {
            Self::On(day) => day::sayable(&day),
            Self::At(instant) => day::sayable(&instant),
        }
    }

    fn written(self) -> String {
        match self {
            Self::On(day) => day.to_string(),
            Self::At(instant) => instant::written(instant),
        }
    }
}

impl From<NaiveDate> for Due {
    fn from(day: NaiveDate) -> Self {
        Self::On(day)
    }
}

impl From<DateTime<Utc>> for Due {
    fn from(instant: DateTime<Utc>) -> Self {
        Self::At(instant)
    }
}

/// When a reminder is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReminderSchedule {
    /// Once.
    OneTime(Due),
    /// Again and again.
    Recurring {
        /// What puts it off.
        reset: ReminderReset,
        /// The days from there until it is due.
        days: u32,
    },
}

impl ReminderSchedule {
    /// Due once.
    pub fn one_time(due: impl Into<Due>) -> Self {
        Self::OneTime(due.into())
    }

    /// Due so many days after the last contact of this kind, again and again.
    pub fn recurring(reset: ReminderReset, days: u32) -> Self {
        Self::Recurring { reset, days }
    }
}

/// Reminders.
#[derive(Clone, Debug)]
pub struct Reminders<A: Access = ReadWrite> {
    client: Client<A>,
}

impl<A: Access> Reminders<A> {
    pub(crate) fn new(client: &Client<A>) -> Self {
        Self { client: client.clone() }
    }

    /// Reminders.
    ///
    /// Route: v1 `GET /reminders`.
    pub fn list(&self) -> Listing<ListReminders> {
        Listing::new(&self.client, Parts::new("/reminders", []))
    }

    /// One reminder.
    ///
    /// Route: v1 `GET /reminders/{reminder_id}`.
    pub fn get(&self, reminder: ReminderId) -> Call<GetReminder> {
        Call::new(&self.client, one(reminder))
    }
}

impl Reminders {
    /// Creates a reminder for `owner`, a user of the account, about a person, company or opportunity (observed:
    /// there must be one).
    ///
    /// Route: v1 `POST /reminders`.
    pub fn create(
        &self,
        owner: PersonId,
        about: impl Into<EntityRef>,
        schedule: ReminderSchedule,
    ) -> Call<CreateReminder> {
        let parts = Parts::new("/reminders", []).about(about.into());
        Call::new(&self.client, parts).body_id("owner_id", owner.get()).schedule(schedule)
    }

    /// Changes a reminder. When it is due goes along every time, for the server asks for it on each update
    /// (observed): [`Reminder::schedule`] has what it is now. What else is not set stays as it is; whom or what
    /// it is about cannot be changed.
    ///
    /// Repeated when its outcome is not known, except with `completed(true)`, which would move a recurring reminder
    /// twice; `with_idempotency(false)` switches that off.
    ///
    /// Route: v1 `PUT /reminders/{reminder_id}`.
    ///
    /// # Errors
    ///
    /// `is_input` for a schedule that cannot be, such as one of 0 days, and for blank content.
    pub fn update(&self, reminder: ReminderId, schedule: ReminderSchedule) -> Call<UpdateReminder> {
        Call::new(&self.client, one(reminder)).schedule(schedule)
    }

    /// Deletes a reminder. This cannot be undone.
    ///
    /// Route: v1 `DELETE /reminders/{reminder_id}`.
    pub fn delete(&self, reminder: ReminderId) -> Call<DeleteReminder> {
        Call::new(&self.client, one(reminder))
    }
}

fn one(reminder: ReminderId) -> Parts {
    Parts::new("/reminders/{}", [("reminder_id", reminder.get())])
}

impl<O: Operation> Call<O> {
    /// The kind, with all that belongs to it.
    fn schedule(self, schedule: ReminderSchedule) -> Self {
        match schedule {
            ReminderSchedule::OneTime(due) => {
                let why = || "due_date: the year does not fit into four digits".to_owned();
                self.body("type", ReminderKind::OneTime.code())
                    .body("due_date", due.written())
                    .refuse_if(!due.sayable(), why)
            }
            ReminderSchedule::Recurring { reset, days } => self
                .refuse_if(days == 0, || "days: a recurring reminder needs at least 1".to_owned())
                .body("type", ReminderKind::Recurring.code())
                .body("reset_type", reset.code())
                .body("reminder_days", days),
        }
    }

    /// A number, as documented; JSON's own booleans are unconfirmed.
    fn completion(self, completed: bool) -> Self {
        self.body("is_completed", i32::from(completed))
    }
}

impl Listing<ListReminders> {
    /// Only those about this person.
    pub fn person(self, person: PersonId) -> Self {
        self.query_id("person_id", person.get())
    }

    /// Only those about this company.
    pub fn company(self, company: CompanyId) -> Self {
        self.query_id("organization_id", company.get())
    }

    /// Only those about this opportunity.
    pub fn opportunity(self, opportunity: OpportunityId) -> Self {
        self.query_id("opportunity_id", opportunity.get())
    }

    /// Only those that this user created.
    pub fn creator(self, person: PersonId) -> Self {
        self.query_id("creator_id", person.get())
    }

    /// Only those that are for this user.
    pub fn owner(self, person: PersonId) -> Self {
        self.query_id("owner_id", person.get())
    }

    /// Only those that this user completed.
    pub fn completer(self, person: PersonId) -> Self {
        self.query_id("completer_id", person.get())
    }

    /// Only those that are due once.
    pub fn one_time(mut self) -> Self {
        self.parts.drop_query("reset_type");
        self.query("type", ReminderKind::OneTime.code())
    }

    /// Only those that are due again and again, and put off by this.
    pub fn recurring(self, reset: ReminderReset) -> Self {
        self.query("type", ReminderKind::Recurring.code()).query("reset_type", reset.code())
    }

    /// Only those that stand so.
    pub fn status(self, status: ReminderStatus) -> Self {
        self.query("status", status.code())
    }

    /// Only those that are due before this.
    pub fn due_before(self, due: impl Into<Due>) -> Self {
        self.due("due_before", due.into())
    }

    /// Only those that are due after this.
    pub fn due_after(self, due: impl Into<Due>) -> Self {
        self.due("due_after", due.into())
    }

    fn due(mut self, name: &'static str, due: Due) -> Self {
        self.parts.accept(name);
        if !due.sayable() {
            self.parts.refuse(format!("{name}: the year does not fit into four digits"));
        }
        self.query(name, due.written())
    }
}

impl Call<CreateReminder> {
    /// What to be reminded of.
    pub fn content(self, content: impl Into<String>) -> Self {
        self.body("content", content.into())
    }

    /// Whether it is done.
    pub fn completed(self, completed: bool) -> Self {
        self.completion(completed)
    }
}

impl Call<UpdateReminder> {
    /// The user it is for.
    pub fn owner(self, person: PersonId) -> Self {
        self.body_id("owner_id", person.get())
    }

    /// What to be reminded of. It cannot be made empty (observed).
    pub fn content(self, content: impl Into<String>) -> Self {
        let content = content.into();
        self.refuse_if(content.trim().is_empty(), || "content: it cannot be made empty".to_owned())
            .body("content", content)
    }

    /// Whether it is done. A recurring reminder that is done becomes due again later (unconfirmed), so this is
    /// not sent again when it is not known whether it was carried out.
    pub fn completed(mut self, completed: bool) -> Self {
        if completed {
            self.options = self.options.or_idempotency(false);
        }
        self.completion(completed)
    }
}

listings! {
    /// See [`Reminders::list`].
    ListReminders = "v1_list_reminders" -> Reminder, in ["reminders"], pages of 500;
}

operations! {
    /// See [`Reminders::get`].
    GetReminder = GET "v1_get_reminder" -> Reminder;
    /// See [`Reminders::create`].
    CreateReminder = POST "v1_create_reminder" -> Reminder;
    /// See [`Reminders::update`].
    UpdateReminder = PUT "v1_update_reminder" -> Reminder, sets;
    /// See [`Reminders::delete`].
    DeleteReminder = DELETE "v1_delete_reminder" -> done;
}

/// A reminder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reminder {
    /// The id.
    pub id: ReminderId,
    /// Whether it is due once or again and again.
    #[serde(rename = "type")]
    pub kind: ReminderKind,
    /// How it stands.
    pub status: ReminderStatus,
    /// What to be reminded of.
    #[serde(default)]
    pub content: Option<String>,
    /// When it is due. A day that was written is midnight of the service's zone here.
    #[serde(default, deserialize_with = "instant::optional")]
    pub due_date: Option<DateTime<Utc>>,
    /// What puts it off, if it recurs.
    #[serde(default, rename = "reset_type")]
    pub reset: Option<ReminderReset>,
    /// The days until it is due again, if it recurs.
    #[serde(default)]
    pub reminder_days: Option<u32>,
    /// When it was created.
    #[serde(deserialize_with = "instant::required")]
    pub created_at: DateTime<Utc>,
    /// When it was completed.
    #[serde(default, deserialize_with = "instant::optional")]
    pub completed_at: Option<DateTime<Utc>>,
    /// Who created it.
    #[serde(default)]
    pub creator: Option<PersonSummary>,
    /// The user it is for.
    #[serde(default)]
    pub owner: Option<PersonSummary>,
    /// Who completed it.
    #[serde(default)]
    pub completer: Option<PersonSummary>,
    /// The person it is about.
    #[serde(default)]
    pub person: Option<PersonSummary>,
    /// The company it is about.
    #[serde(default)]
    pub organization: Option<OrganizationSummary>,
    /// The opportunity it is about (its form is unconfirmed).
    #[serde(default)]
    pub opportunity: Option<OpportunitySummary>,
}

impl Reminder {
    /// When it is due, as an update takes it; `None` if the answer does not say, or the kind has no name here.
    pub fn schedule(&self) -> Option<ReminderSchedule> {
        match self.kind {
            ReminderKind::OneTime => self.due_date.map(ReminderSchedule::one_time),
            ReminderKind::Recurring => Some(ReminderSchedule::recurring(self.reset?, self.reminder_days?)),
            ReminderKind::Unknown(_) => None,
        }
    }

    /// The person, company or opportunity it is about.
    pub fn about(&self) -> Option<EntityRef> {
        let person = self.person.as_ref().map(|person| person.id.into());
        let organization = || self.organization.as_ref().map(|organization| organization.id.into());
        let opportunity = || self.opportunity.as_ref().map(|opportunity| opportunity.id.into());
        person.or_else(organization).or_else(opportunity)
    }
}
