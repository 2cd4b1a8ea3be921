//! What a client may do, as part of its type.

use std::fmt::Debug;

mod sealed {
    pub trait Sealed {}
}

/// What a client may do: [`ReadWrite`] or [`ReadOnly`]. Not for implementing elsewhere.
pub trait Access: sealed::Sealed + Clone + Copy + Debug + Send + Sync + 'static {
    #[doc(hidden)]
    const WRITES: bool;
}

/// Everything that the key may.
#[derive(Clone, Copy, Debug)]
pub enum ReadWrite {}

/// Nothing but reading.
#[derive(Clone, Copy, Debug)]
pub enum ReadOnly {}

impl sealed::Sealed for ReadWrite {}
impl sealed::Sealed for ReadOnly {}

impl Access for ReadWrite {
    const WRITES: bool = true;
}

impl Access for ReadOnly {
    const WRITES: bool = false;
}

/// Access that is enough for a call that needs `Needed`: reading is allowed to every client, writing to those with
/// [`ReadWrite`].
pub trait Allows<Needed: Access>: Access {}

impl<A: Access> Allows<ReadOnly> for A {}
impl Allows<ReadWrite> for ReadWrite {}
