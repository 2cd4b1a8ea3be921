//! Which calls go first.

/// Which calls go first when not all can go at once.
///
/// Within one priority the tasks of the program take turns, whatever the number of calls each is waiting for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Priority {
    /// Somebody waits for it. It goes before bulk calls, and a tenth of the minute's calls may go in a burst.
    /// Single calls are this unless told otherwise.
    #[default]
    Interactive,
    /// Part of much work. It is spread evenly over the minute, and leaves one place in eight to interactive calls. Of
    /// eight calls that go out while some of either kind wait, one is of this kind, and for that one it may run ahead of
    /// the even spread as an interactive call may. Where interactive calls never end, one with a deadline of a few
    /// seconds can still have no turn in time: give bulk calls more.
    /// Streams and pages are this unless told otherwise.
    Bulk,
}

impl Priority {
    pub(super) const ALL: [Self; 2] = [Self::Interactive, Self::Bulk];
}
