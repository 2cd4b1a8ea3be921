//! The data of [`World::demo`]: invented, and the same every time.

mod activity;
mod companies;
mod logged;
mod merges;
mod names;
mod network;
mod notes;
mod persons;
mod pipeline;
mod portfolio;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use fastrand::Rng;

use super::{EntityKind, List, World, WorldError, default_instant};

impl World {
    /// An account with something of everything, built the same way each time.
    ///
    /// 2,000 companies and 3,000 persons to be read; the opportunity list "Pipeline" with 1,200 rows; the company list
    /// "Portfolio"; the person list "Network"; "Watchlist" and "watchlist", told apart by case only; and a private
    /// list of another user. All types of value occur, and all kinds of interaction. Some opportunities are hidden
    /// from the main key, a few twins are merged away, other merges failed, and one person more is deleted. There are
    /// e-mails, meetings and notes of every kind, two dozen of them on the first company, and a few that only the other
    /// user sees. API v1 has calls, chat messages, strengths of relationships, files and reminders besides.
    #[allow(
        clippy::expect_used,
        reason = "the demo is one constant: if a step fails, it fails in every test"
    )]
    pub fn demo() -> Self {
        let mut demo = Demo { world: Self::new(), rng: Rng::with_seed(20_240_101), day: first_day() };
        demo.build().expect("the steps of the demo fit together");
        demo.world
    }
}

struct Demo {
    world: World,
    rng: Rng,
    day: NaiveDate,
}

impl Demo {
    fn build(&mut self) -> Result<(), WorldError> {
        let colleague = self.world.add_user("Teodor", "Kvist", "teodor@quillfern-seed.example");
        self.add_companies()?;
        self.add_persons()?;
        self.add_pipeline(colleague)?;
        self.add_portfolio()?;
        self.add_network()?;
        self.add_other_lists(colleague)?;
        self.add_emails(colleague)?;
        let meetings = self.add_meetings(colleague)?;
        self.add_notes(colleague, &meetings)?;
        self.delete_last_person()?;
        self.add_merges()?;
        self.add_memberships();
        self.add_activity(colleague)
    }

    fn add_other_lists(&mut self, colleague: u64) -> Result<(), WorldError> {
        for name in ["Watchlist", "watchlist"] {
            let list = self.world.add_list(List::new(name, EntityKind::Company))?;
            for _ in 0..20 {
                let company = self.company();
                self.world.add_entry(list, company)?;
            }
        }
        let private = List::new("Partners only", EntityKind::Person).private().owner(colleague);
        let private = self.world.add_list(private)?;
        let person = self.person();
        self.world.add_entry(private, person).map(drop)
    }

    fn delete_last_person(&mut self) -> Result<(), WorldError> {
        match self.world.person_ids().last() {
            Some(person) => self.world.mark_deleted(EntityKind::Person, person),
            None => Ok(()),
        }
    }

    fn company(&mut self) -> u64 {
        self.rng.u64(companies::FIRST..companies::FIRST + 1_998)
    }

    fn person(&mut self) -> u64 {
        self.rng.u64(persons::FIRST..persons::FIRST + 2_990)
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.rng.usize(..from.len())]
    }

    fn chance(&mut self, percent: u8) -> bool {
        self.rng.u8(..100) < percent
    }

    /// Some day of three years.
    fn some_day(&mut self) -> NaiveDate {
        self.day + TimeDelta::days(self.rng.i64(0..1_095))
    }

    /// Some minute of a year.
    fn some_instant(&mut self) -> DateTime<Utc> {
        default_instant() - TimeDelta::minutes(self.rng.i64(0..525_600))
    }
}

fn first_day() -> NaiveDate {
    default_instant().date_naive() - TimeDelta::days(730)
}
