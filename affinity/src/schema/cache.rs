//! The schemas a client has read, each for as long as the caller lets it live.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use affinity_core::{Access, Error, ListId, ReadOnly, Result};
use futures::FutureExt;
use futures::future::{BoxFuture, Shared, WeakShared};

use super::fetch::fetch;
use super::{SchemaField, Unfound};
use crate::{Affinity, Schema};

/// How long a schema is used, unless the caller says otherwise.
pub(crate) const LIFETIME: Duration = Duration::from_secs(600);

/// A schema that was read for a miss answers the misses of this long, so that a thousand unknown names do not make a
/// thousand reads.
const MOMENT: Duration = Duration::from_secs(5);

/// A read that is under way for longer is not joined: its caller may have stopped polling, and its deadline is near.
const STALLED: Duration = Duration::from_secs(60);

/// The most schemas that are kept. The one that was read first goes first.
const MOST: usize = 256;

/// Which schema is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SchemaKey {
    List(ListId),
    Companies,
    Persons,
}

/// How old a schema may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Freshness {
    /// As old as the lifetime allows.
    Cached,
    /// Something was looked for in it and is not there: it is to be of a read after this one, or of one that was made
    /// for a miss a moment ago.
    AfterMiss(ReadNumber),
    /// Of a read after this one, however long that has been: a run keeps to what it read at its start.
    Since(ReadNumber),
}

/// The reads of a client are counted. Unlike times, the numbers tell which of two was first.
type ReadNumber = u64;

/// A read of a schema.
#[derive(Clone, Copy, Debug)]
struct Read {
    number: ReadNumber,
    began: Instant,
    for_miss: bool,
}

impl Read {
    fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.began)
    }

    /// Whether what it brought will do.
    fn serves(&self, freshness: Freshness, now: Instant, lifetime: Duration) -> bool {
        match freshness {
            Freshness::Cached => self.age(now) < lifetime,
            Freshness::AfterMiss(seen) => self.number > seen || self.for_miss && self.age(now) < MOMENT,
            Freshness::Since(seen) => self.number > seen,
        }
    }

    /// Whether to wait for what it will bring.
    fn can_be_joined(&self, freshness: Freshness, now: Instant) -> bool {
        let new_enough = match freshness {
            Freshness::Cached => true,
            Freshness::AfterMiss(seen) => self.number > seen || self.for_miss,
            Freshness::Since(seen) => self.number > seen,
        };
        new_enough && self.age(now) < STALLED
    }
}

/// A schema and the read it came by.
#[derive(Clone)]
struct Copied {
    read: Read,
    schema: Arc<Schema>,
}

type Reading = BoxFuture<'static, Result<Copied>>;

/// What there is for one key.
#[derive(Default)]
struct Slot {
    copied: Option<Copied>,
    /// Weak, so that a read that nobody waits for any more is dropped, with its requests.
    under_way: Option<(Read, WeakShared<Reading>)>,
}

impl Slot {
    fn last_read(&self) -> Option<ReadNumber> {
        let under_way = self.under_way.as_ref().map(|(read, _)| read.number);
        under_way.or_else(|| self.copied.as_ref().map(|copied| copied.read.number))
    }
}

#[derive(Default)]
struct State {
    begun: ReadNumber,
    slots: HashMap<SchemaKey, Slot>,
}

/// The schemas of one client.
pub(crate) struct Schemas {
    lifetime: Duration,
    state: Mutex<State>,
}

impl fmt::Debug for Schemas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schemas").field("lifetime", &self.lifetime).finish_non_exhaustive()
    }
}

impl Schemas {
    pub(crate) fn new(lifetime: Duration) -> Self {
        Self { lifetime, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn get<A: Access>(
        &self,
        affinity: &Affinity<A>,
        key: SchemaKey,
        freshness: Freshness,
    ) -> Result<Copied> {
        let reading = match self.at_hand(affinity, key, freshness) {
            Ok(copied) => return Ok(copied),
            Err(reading) => reading,
        };
        reading.await
    }

    /// The schema, or the read that will bring it.
    fn at_hand<A: Access>(
        &self,
        affinity: &Affinity<A>,
        key: SchemaKey,
        freshness: Freshness,
    ) -> Result<Copied, Shared<Reading>> {
        let now = affinity.timer().now();
        let mut state = self.state();
        let slot = state.slots.get(&key);
        if let Some(copied) = slot.and_then(|slot| slot.copied.as_ref())
            && copied.read.serves(freshness, now, self.lifetime)
        {
            return Ok(copied.clone());
        }
        if let Some((read, reading)) = slot.and_then(|slot| slot.under_way.as_ref())
            && read.can_be_joined(freshness, now)
            && let Some(reading) = reading.upgrade()
        {
            return Err(reading);
        }
        state.begun += 1;
        let for_miss = matches!(freshness, Freshness::AfterMiss(_));
        let read = Read { number: state.begun, began: now, for_miss };
        let reading = read_and_keep(affinity.read_only(), key, read).boxed().shared();
        state.make_room(key, now, self.lifetime);
        let slot = state.slots.entry(key).or_default();
        slot.under_way = reading.downgrade().map(|reading| (read, reading));
        Err(reading)
    }

    /// Keeps what a read brought, unless it was overtaken by another or by the caller's wish to forget.
    fn keep(&self, key: SchemaKey, read: Read, copied: Option<Copied>) {
        let mut state = self.state();
        let Some(slot) = state.slots.get_mut(&key) else { return };
        if slot.under_way.as_ref().is_some_and(|(current, _)| current.number == read.number) {
            slot.under_way = None;
            // With an error, what was known stays as good as it was.
            slot.copied = copied.or(slot.copied.take());
        }
    }

    fn forget(&self) {
        self.state().slots.clear();
    }

    /// Forgets one that the server does not seem to agree with, unless it was read a moment ago.
    fn doubt(&self, key: SchemaKey, now: Instant) {
        if let Some(slot) = self.state().slots.get_mut(&key) {
            slot.copied.take_if(|copied| copied.read.age(now) >= MOMENT);
        }
    }
}

impl State {
    /// Drops what is of no more use, and more if there is too much, before another key comes in.
    fn make_room(&mut self, key: SchemaKey, now: Instant, lifetime: Duration) {
        if self.slots.contains_key(&key) || self.slots.len() < MOST {
            return;
        }
        self.slots.retain(|_, slot| {
            let good = slot.copied.as_ref().is_some_and(|copied| copied.read.age(now) < lifetime);
            good || slot.under_way.as_ref().is_some_and(|(_, reading)| reading.upgrade().is_some())
        });
        while self.slots.len() >= MOST {
            let oldest = self.slots.iter().min_by_key(|(_, slot)| slot.last_read()).map(|(key, _)| *key);
            let Some(oldest) = oldest else { return };
            self.slots.remove(&oldest);
        }
    }
}

/// The calls have the client's own deadline: no caller's, since others wait for them too.
async fn read_and_keep(affinity: Affinity<ReadOnly>, key: SchemaKey, read: Read) -> Result<Copied> {
    let fetched = fetch(&affinity, key).await;
    let fetched = fetched.map(|schema| Copied { read, schema: Arc::new(schema) });
    affinity.schemas.keep(key, read, fetched.as_ref().ok().cloned());
    fetched
}

/// What was looked for in a schema and not found.
#[derive(Debug)]
pub(crate) struct Missed {
    pub(crate) error: Error,
    /// It may be there by now: a miss is no proof of absence.
    pub(crate) may_be_new: bool,
}

impl<A: Access> Affinity<A> {
    /// Forgets the schemas that were read, so that the next look at each is at what the server has by then. For after
    /// a change of fields or options. Clones of the client forget too.
    ///
    /// ```no_run
    /// # async fn example(affinity: affinity::Affinity, list: affinity::ListId) -> affinity::Result<()> {
    /// use affinity::v1::{EntityType, ValueType};
    ///
    /// let fields = affinity.fields();
    /// fields.create("Score", EntityType::Organization, ValueType::Number).on_list(list).send().await?;
    /// affinity.forget_schemas();
    /// # Ok(()) }
    /// ```
    pub fn forget_schemas(&self) {
        self.schemas.forget();
    }

    /// For when the server refused what this schema says is right.
    pub(crate) fn doubt_schema(&self, key: SchemaKey) {
        self.schemas.doubt(key, self.timer().now());
    }

    /// The schema, as old as its lifetime allows.
    pub(crate) async fn schema(&self, key: SchemaKey) -> Result<Arc<Schema>> {
        self.schemas.get(self, key, Freshness::Cached).await.map(|copied| copied.schema)
    }

    /// What `find` makes of a schema; of a newer one if what it looks for is missing and may be new.
    ///
    /// If the newer one cannot be had, the error is the one of reading it, not the miss: whether the thing is there
    /// is not known then.
    pub(crate) async fn in_schema<T>(
        &self,
        key: SchemaKey,
        find: impl Fn(&Arc<Schema>) -> Result<T, Missed> + Send + Sync,
    ) -> Result<T> {
        self.in_schema_since(key, None, find).await
    }

    /// How many reads of schemas were begun: what [`in_schema_since`](Self::in_schema_since) counts from.
    pub(crate) fn schema_reads(&self) -> u64 {
        self.schemas.state().begun
    }

    /// The same, in a schema of a later read than that many; in any that is good if there is no such number.
    pub(crate) async fn in_schema_since<T>(
        &self,
        key: SchemaKey,
        since: Option<u64>,
        find: impl Fn(&Arc<Schema>) -> Result<T, Missed> + Send + Sync,
    ) -> Result<T> {
        // A read that begins from here on is as new as can be: what is not in it is not asked for again.
        let before = self.schemas.state().begun;
        let copied = self.schemas.get(self, key, since.map_or(Freshness::Cached, Freshness::Since)).await?;
        match find(&copied.schema) {
            Err(missed) if missed.may_be_new => {
                let newer = self.schemas.get(self, key, Freshness::AfterMiss(before)).await?;
                find(&newer.schema).map_err(|missed| missed.error)
            }
            found => found.map_err(|missed| missed.error),
        }
    }

    /// The field that is meant by an id, a name, or a source and a name.
    pub(crate) async fn field_in(&self, key: SchemaKey, name: &str) -> Result<SchemaField> {
        let find = |schema: &Arc<Schema>| {
            schema.find(name).cloned().map_err(|unfound| Missed {
                error: Error::input(unfound.explain(schema, name)),
                may_be_new: matches!(unfound, Unfound::Unknown),
            })
        };
        self.in_schema(key, find).await
    }
}
