//! Merges of companies and of persons: each takes its time, and may fail.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Author, EntityKind, EntityRef, Presence, World, WorldError, check_id, check_instant, default_instant,
    take_next,
};

/// What a merge is said to take unless a test says otherwise.
const USUAL_DURATION: Duration = Duration::from_secs(2);

/// A merge that is over, as handed to [`World::add_merge`].
///
/// ```
/// # use affinity_sandbox::{Company, PastMerge, World, WorldError};
/// # fn main() -> Result<(), WorldError> {
/// let mut world = World::new();
/// let kept = world.add_company(Company::new("Tessel Robotics"))?;
/// let twin = world.add_company(Company::new("Tessel Robotics Inc."))?;
/// world.add_merge(PastMerge::of_companies(kept, twin))?;
/// world.add_merge(PastMerge::of_companies(kept, twin).failed("it was merged before"))?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a merge is part of the history once it is added to a world"]
pub struct PastMerge {
    kind: EntityKind,
    primary: u64,
    duplicate: u64,
    started_at: DateTime<Utc>,
    took: Duration,
    failure: Option<String>,
}

/// How a merge is found: by its own id, and by that of the task it was the only part of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MergeIds {
    /// The merge.
    pub merge: u64,
    /// The task, a UUID.
    pub task: String,
}

impl PastMerge {
    /// A company that was merged into another.
    pub fn of_companies(primary: u64, duplicate: u64) -> Self {
        Self::new(EntityKind::Company, primary, duplicate)
    }

    /// A person that was merged into another.
    pub fn of_persons(primary: u64, duplicate: u64) -> Self {
        Self::new(EntityKind::Person, primary, duplicate)
    }

    /// Sets when it was asked for.
    pub fn started_at(mut self, at: DateTime<Utc>) -> Self {
        self.started_at = at;
        self
    }

    /// Sets how long it took; two seconds unless set.
    pub fn took(mut self, duration: Duration) -> Self {
        self.took = duration;
        self
    }

    /// Makes it one that came to nothing, with what its `errorMessage` says. Then the two need not exist.
    pub fn failed(mut self, message: impl Into<String>) -> Self {
        self.failure = Some(message.into());
        self
    }

    fn new(kind: EntityKind, primary: u64, duplicate: u64) -> Self {
        let (started_at, took) = (default_instant(), USUAL_DURATION);
        Self { kind, primary, duplicate, started_at, took, failure: None }
    }
}

/// A merge, over or not, under the ids it was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Merge {
    pub(crate) id: u64,
    pub(crate) task: String,
    pub(crate) kind: EntityKind,
    pub(crate) primary: u64,
    pub(crate) duplicate: u64,
    /// Who asked for it, if that is known.
    pub(crate) user: Option<u64>,
    pub(crate) started_at: DateTime<Utc>,
    /// When it is over, or will be.
    due: DateTime<Utc>,
    progress: Progress,
}

#[derive(Clone, Debug)]
enum Progress {
    /// To fail with that message, if there is one.
    UnderWay(Option<String>),
    Success,
    Failed(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MergeStatus {
    InProgress,
    Success,
    Failed,
}

impl MergeStatus {
    /// The words of the API.
    pub(crate) const WORDS: &'static [&'static str] = &["in-progress", "success", "failed"];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "in-progress",
            Self::Success => "success",
            Self::Failed => "failed",
        }
    }
}

impl Merge {
    pub(crate) fn status(&self) -> MergeStatus {
        match self.progress {
            Progress::UnderWay(_) => MergeStatus::InProgress,
            Progress::Success => MergeStatus::Success,
            Progress::Failed(_) => MergeStatus::Failed,
        }
    }

    pub(crate) fn completed_at(&self) -> Option<DateTime<Utc>> {
        (self.status() != MergeStatus::InProgress).then_some(self.due)
    }

    pub(crate) fn error_message(&self) -> Option<&str> {
        match &self.progress {
            Progress::Failed(message) => Some(message),
            Progress::UnderWay(_) | Progress::Success => None,
        }
    }
}

/// The merges of a world.
#[derive(Clone, Debug)]
pub(crate) struct Merges {
    all: BTreeMap<u64, Merge>,
    /// Those that are not over, by when they will be.
    under_way: BTreeSet<(DateTime<Utc>, u64)>,
    duration: Duration,
    /// What the next ones are to fail with.
    failures: VecDeque<String>,
}

impl Default for Merges {
    fn default() -> Self {
        Self {
            all: BTreeMap::new(),
            under_way: BTreeSet::new(),
            duration: USUAL_DURATION,
            failures: VecDeque::new(),
        }
    }
}

impl World {
    /// Adds a merge to the history. Unless it failed, the duplicate is merged now, as by [`World::mark_merged`].
    ///
    /// # Errors
    /// Those of [`World::mark_merged`], and [`WorldError::Unsayable`] when an id is 0 or beyond 2^53 - 1, or the year of
    /// its start or end does not have four digits.
    pub fn add_merge(&mut self, merge: PastMerge) -> Result<MergeIds, WorldError> {
        let PastMerge { kind, primary, duplicate, started_at, took, failure } = merge;
        check_id(primary)?;
        check_id(duplicate)?;
        let due = later(started_at, took);
        [started_at, due].into_iter().try_for_each(check_instant)?;
        let progress = match failure {
            Some(message) => Progress::Failed(message),
            None => {
                self.mark_merged(kind, duplicate, primary)?;
                Progress::Success
            }
        };
        let by = Author { user: None, at: started_at };
        Ok(self.insert_merge(kind, primary, duplicate, by, due, progress))
    }

    /// Starts a merge, whatever the two ids are: what is wrong with them is found out when it is carried out.
    pub(crate) fn start_merge(
        &mut self,
        kind: EntityKind,
        primary: u64,
        duplicate: u64,
        by: Author,
    ) -> MergeIds {
        let due = later(by.at, self.merges.duration);
        let failure = self.merges.failures.pop_front();
        let ids = self.insert_merge(kind, primary, duplicate, by, due, Progress::UnderWay(failure));
        self.merges.under_way.insert((due, ids.merge));
        ids
    }

    /// How long merges take that are started from now on.
    pub(crate) fn set_merge_duration(&mut self, duration: Duration) {
        self.merges.duration = duration;
    }

    /// Lets the next merge that is started fail, after those this was said of before.
    pub(crate) fn fail_next_merge(&mut self, message: String) {
        self.merges.failures.push_back(message);
    }

    /// Whether there is a merge to be carried out.
    pub(crate) fn has_merges_due(&self, now: DateTime<Utc>) -> bool {
        self.merges.under_way.first().is_some_and(|(due, _)| *due <= now)
    }

    /// Carries out the merges whose time has come, in the order it came. Tells those that succeeded.
    pub(crate) fn carry_out_merges(&mut self, now: DateTime<Utc>) -> Vec<Merge> {
        let mut done = Vec::new();
        while self.has_merges_due(now)
            && let Some((_, id)) = self.merges.under_way.pop_first()
        {
            self.carry_out_merge(id);
            done.extend(
                self.merges.all.get(&id).filter(|merge| merge.status() == MergeStatus::Success).cloned(),
            );
        }
        done
    }

    /// The merges of companies or of persons, over or not.
    pub(crate) fn merges_of(&self, kind: EntityKind) -> impl Iterator<Item = &Merge> {
        self.merges.all.values().filter(move |merge| merge.kind == kind)
    }

    fn carry_out_merge(&mut self, id: u64) {
        let Some(merge) = self.merges.all.get(&id) else {
            return;
        };
        let (kind, primary, duplicate) = (merge.kind, merge.primary, merge.duplicate);
        let wanted = match &merge.progress {
            Progress::UnderWay(failure) => failure.clone(),
            Progress::Success | Progress::Failed(_) => return,
        };
        let failure = wanted.or_else(|| self.try_to_merge(kind, primary, duplicate).err());
        if let Some(merge) = self.merges.all.get_mut(&id) {
            merge.progress = failure.map_or(Progress::Success, Progress::Failed);
        }
    }

    /// Merges, or tells why not. Unlike in the set-up of a world, both have to be there themselves.
    fn try_to_merge(&mut self, kind: EntityKind, primary: u64, duplicate: u64) -> Result<(), String> {
        for id in [primary, duplicate] {
            let what = kind.as_str();
            match self.presence(EntityRef { kind, id }) {
                Some(Presence::Here) => {}
                Some(Presence::MergedInto(survivor)) => {
                    return Err(format!("{what} {id} has been merged into {survivor} before"));
                }
                Some(Presence::Deleted) | None => return Err(format!("there is no {what} {id}")),
            }
        }
        self.mark_merged(kind, duplicate, primary).map_err(|error| error.to_string())
    }

    fn insert_merge(
        &mut self,
        kind: EntityKind,
        primary: u64,
        duplicate: u64,
        by: Author,
        due: DateTime<Utc>,
        progress: Progress,
    ) -> MergeIds {
        let id = take_next(&mut self.ids.merge);
        let task = task_id(id);
        let ids = MergeIds { merge: id, task: task.clone() };
        let Author { user, at: started_at } = by;
        let merge = Merge { id, task, kind, primary, duplicate, user, started_at, due, progress };
        self.merges.all.insert(id, merge);
        ids
    }
}

fn later(at: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    let later = TimeDelta::from_std(by).ok().and_then(|by| at.checked_add_signed(by));
    later.unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// A UUID in the form of random ones (version 4), the same for the same number and of no other number.
fn task_id(number: u64) -> String {
    /// The last group of a UUID.
    const NODE: u64 = (1 << 48) - 1;
    let mut rng = fastrand::Rng::with_seed(number);
    let (a, b, c, d) = (rng.u32(..), rng.u16(..), rng.u16(..0x1000), rng.u16(0x8000..0xc000));
    // To multiply by an odd number mixes up numbers of so many bits, but makes no two the same.
    let node = number.wrapping_mul(0x9e37_79b9_7f4b) & NODE;
    format!("{a:08x}-{b:04x}-4{c:03x}-{d:04x}-{node:012x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn task_ids_are_different_and_of_version_4() {
        let ids: BTreeSet<_> = (1..=1_000).map(task_id).collect();
        assert_eq!(ids.len(), 1_000);
        for id in ids {
            let groups: Vec<_> = id.split('-').collect();
            assert_eq!(groups.iter().map(|group| group.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{id}");
            assert!(groups[2].starts_with('4') && groups[3].starts_with(['8', '9', 'a', 'b']), "{id}");
        }
        assert_eq!(task_id(7), task_id(7));
    }

    #[test]
    fn a_time_too_far_off_is_the_last_there_is() {
        assert_eq!(later(default_instant(), Duration::MAX), DateTime::<Utc>::MAX_UTC);
    }
}
