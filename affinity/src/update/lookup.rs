//! Persons by email address, companies by domain.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use affinity_core::{Error, Priority, ReadOnly, Result};
use affinity_v1::{Organization, Person};
use futures::future::{BoxFuture, Shared, WeakShared};
use futures::{FutureExt, Stream, StreamExt};

use crate::Affinity;

/// What is looked for. Case does not count.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum Sought {
    Email(String),
    Domain(String),
}

/// A record that has the address or domain.
#[derive(Clone, Copy)]
pub(crate) struct Candidate {
    pub(crate) id: u64,
    /// It is of Affinity's shared directory.
    pub(crate) global: bool,
}

type Searching = BoxFuture<'static, Result<Vec<Candidate>>>;

enum Search {
    /// Weak, so that one that nobody waits for any more is dropped: its time runs, and it would doom who joins it later.
    UnderWay(WeakShared<Searching>),
    Over(Vec<Candidate>),
}

/// So that the memory of a long run stays bounded. What is forgotten is looked for again.
const MOST_KNOWN: usize = 10_000;

/// The searches of one update, or of one run over many: each is made once, also when several want it at a time.
pub(crate) struct Lookups {
    affinity: Affinity<ReadOnly>,
    priority: Priority,
    known: Mutex<HashMap<Sought, Search>>,
}

impl Lookups {
    pub(crate) fn new(affinity: &Affinity, priority: Priority) -> Self {
        Self { affinity: affinity.read_only(), priority, known: Mutex::default() }
    }

    /// All that have it. Whether there must be one is the caller's to say.
    pub(crate) async fn find(&self, sought: Sought) -> Result<Vec<Candidate>> {
        let searching = match self.search(&sought) {
            Ok(found) => return Ok(found),
            Err(searching) => searching,
        };
        let found = searching.await;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match &found {
            Ok(found) => known.insert(sought, Search::Over(found.clone())),
            // Another try may go better.
            Err(_) => known.remove(&sought),
        };
        found
    }

    /// What was found, or the search that will find it.
    fn search(&self, sought: &Sought) -> Result<Vec<Candidate>, Shared<Searching>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        match known.get(sought) {
            Some(Search::Over(found)) => return Ok(found.clone()),
            Some(Search::UnderWay(searching)) => {
                if let Some(searching) = searching.upgrade() {
                    return Err(searching);
                }
            }
            None => {}
        }
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        let searching = look(self.affinity.clone(), self.priority, sought.clone()).boxed().shared();
        if let Some(weak) = searching.downgrade() {
            known.insert(sought.clone(), Search::UnderWay(weak));
        }
        Err(searching)
    }
}

/// The search of v1 is fuzzy and in no order: every page is read, and what comes is compared.
async fn look(affinity: Affinity<ReadOnly>, priority: Priority, sought: Sought) -> Result<Vec<Candidate>> {
    match sought {
        Sought::Email(email) => {
            let persons = affinity.v1().persons().list().term(&email).with_priority(priority).stream();
            let has = |person: &Person| {
                let primary = person.primary_email.iter();
                person.emails.iter().chain(primary).any(|other| is_same(other, &email))
            };
            all(persons, |it| has(it).then_some(Candidate { id: it.id.get(), global: false })).await
        }
        Sought::Domain(domain) => {
            let companies = affinity.v1().organizations().list().term(&domain);
            let companies = companies.with_priority(priority).stream();
            let has = |company: &Organization| {
                company.domains.iter().chain(&company.domain).any(|other| is_same(other, &domain))
            };
            all(companies, |it| has(it).then_some(Candidate { id: it.id.get(), global: it.global })).await
        }
    }
}

fn is_same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

async fn all<T>(
    mut found: impl Stream<Item = Result<T>> + Unpin,
    pick: impl Fn(&T) -> Option<Candidate>,
) -> Result<Vec<Candidate>> {
    let (mut picked, mut unread): (Vec<Candidate>, Option<Error>) = (Vec::new(), None);
    while let Some(item) = found.next().await {
        match item {
            Ok(item) => {
                let new = |it: &Candidate| picked.iter().all(|other| other.id != it.id);
                // Pages can shift while they are read, and bring a record twice.
                if let Some(candidate) = pick(&item).filter(new) {
                    picked.push(candidate);
                }
            }
            Err(error) if error.is_item() => unread = unread.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    // It may be the one that cannot be read.
    unread.filter(|_| picked.is_empty()).map_or(Ok(picked), Err)
}
