//! Merges of the past, some of which failed.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Demo, companies, persons};
use crate::world::{Company, PastMerge, Person, Presence, WorldError, default_instant};

/// Ids of their own, so that those of everything else stay as they are.
const TWIN_COMPANY: u64 = 19_001;
const TWIN_PERSON: u64 = 59_001;
const NOBODY: u64 = 59_999;

impl Demo {
    /// The first and the last company, of one name, have become one, and twins of others are gone.
    pub(super) fn add_merges(&mut self) -> Result<(), WorldError> {
        let ids: Vec<u64> = self.world.company_ids().collect();
        let (kept, last) = (companies::FIRST, ids.last().copied().unwrap_or_default());
        self.add_twins()?;
        let (person, gone) = (persons::FIRST, self.deleted_person());
        let merges = [
            (60, PastMerge::of_companies(kept, last)),
            (45, PastMerge::of_companies(kept + 1, TWIN_COMPANY)),
            (44, PastMerge::of_companies(kept + 2, TWIN_COMPANY).failed(merged(TWIN_COMPANY, kept + 1))),
            (21, PastMerge::of_persons(person, TWIN_PERSON)),
            (14, PastMerge::of_persons(person + 1, NOBODY).failed(missing(NOBODY))),
            (3, PastMerge::of_persons(gone, person + 2).failed(missing(gone))),
        ];
        for (n, (days, merge)) in (0..).zip(merges) {
            self.world.add_merge(merge.started_at(some_time(days, n)))?;
        }
        Ok(())
    }

    fn add_twins(&mut self) -> Result<(), WorldError> {
        self.world.add_company(Company::new("Twin of another").id(TWIN_COMPANY))?;
        self.world.add_person(Person::new("Twin").id(TWIN_PERSON)).map(drop)
    }

    fn deleted_person(&self) -> u64 {
        let mut persons = self.world.persons.values();
        persons.find(|person| person.presence == Presence::Deleted).map_or(NOBODY, |person| person.id)
    }
}

fn some_time(days_ago: i64, minutes_later: i64) -> DateTime<Utc> {
    default_instant() - TimeDelta::days(days_ago) + TimeDelta::minutes(minutes_later)
}

fn merged(company: u64, into: u64) -> String {
    format!("company {company} has been merged into {into} before")
}

fn missing(person: u64) -> String {
    format!("there is no person {person}")
}
