//! What one endpoint knows of itself; [`Collection`](crate::Collection) and [`Single`](crate::Single) do the
//! rest the same way for all.

use std::fmt;
use std::future::Future;
use std::hash::Hash;

use affinity_core::{
    Access, CompanyId, CompanyMergeId, CompanyMergeTaskId, FieldId, ListEntryId, ListId, NoteId,
    OpportunityId, PersonId, PersonMergeId, PersonMergeTaskId, ReadOnly, Result, SavedViewId, Scope,
};
use affinity_v2_raw::{Client, Error, Paged, ResponseValue};
use serde::de::DeserializeOwned;

mod sealed {
    pub trait Sealed {}
}
pub(crate) use sealed::Sealed;

/// The answer of a generated method.
pub(crate) type Raw<T> = Result<ResponseValue<T>, Error<()>>;

/// What is asked of a collection beside what its endpoint knows.
#[derive(Clone, Default)]
#[expect(missing_debug_implementations, reason = "it can hold people's data, and nobody can name it")]
pub struct Ask {
    pub(crate) cursor: Option<String>,
    pub(crate) filter: Option<String>,
    pub(crate) limit: Option<u32>,
    pub(crate) total: bool,
}

impl Ask {
    pub(crate) fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    pub(crate) fn filter(&self) -> Option<&str> {
        self.filter.as_deref()
    }

    pub(crate) fn limit(&self) -> Option<u32> {
        self.limit
    }

    pub(crate) fn total(&self) -> Option<bool> {
        self.total.then_some(true)
    }
}

/// An endpoint that gives a collection, page by page. Not for implementing elsewhere.
pub trait CollectionEndpoint: Sealed + Clone + Send + Sync + 'static {
    /// What the collection holds.
    type Item: DeserializeOwned + Send + 'static;
    /// The operation id, as it stands in errors and cursors.
    const OPERATION: &'static str;

    /// Refuses what the endpoint does not accept.
    #[doc(hidden)]
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Adds what is asked for, so that a cursor is taken only where it belongs.
    #[doc(hidden)]
    fn scope(&self, scope: Scope) -> Scope {
        scope
    }

    /// The page size to ask for when the caller names none: where the server's own default is small, the
    /// largest, since it is calls that are counted.
    #[doc(hidden)]
    const LIMIT: Option<u32> = None;

    /// Makes the call.
    #[doc(hidden)]
    fn page(self, client: Client, ask: Ask) -> impl Future<Output = Raw<Paged<Self::Item>>> + Send;
}

/// A collection that takes a filter. Not for implementing elsewhere.
pub trait Filtered: CollectionEndpoint {
    /// The properties it can be filtered by: see [`filter`](crate::filter).
    type Properties;
}

/// A collection that says how many items it has. Not for implementing elsewhere.
pub trait Counted: CollectionEndpoint {}

/// A collection that can be asked for by ids. Not for implementing elsewhere.
pub trait IdsEndpoint: CollectionEndpoint {
    /// The id.
    type Id: Copy + Eq + Hash + From<u64> + Send + Sync + std::fmt::Debug + 'static;

    #[doc(hidden)]
    fn with_ids(self, ids: Vec<Self::Id>) -> Self;

    #[doc(hidden)]
    fn id(item: &Self::Item) -> Self::Id;

    #[doc(hidden)]
    fn check_id(id: &Self::Id) -> Result<()>;
}

/// An endpoint that gives one thing. Not for implementing elsewhere.
pub trait SingleEndpoint: Sealed + Clone + Send + Sync + 'static {
    /// What it gives.
    type Output: DeserializeOwned + Send + 'static;
    /// What a client must be allowed for it.
    #[doc(hidden)]
    type Needs: Access;
    /// The operation id, as it stands in errors.
    const OPERATION: &'static str;
    /// A write that comes to the same however often it is carried out.
    #[doc(hidden)]
    const SETS: bool = false;

    /// Refuses what the endpoint does not accept.
    #[doc(hidden)]
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Makes the call.
    #[doc(hidden)]
    fn call(self, client: Client) -> impl Future<Output = Raw<Self::Output>> + Send;
}

/// An endpoint that reads one thing, and can be asked again. Not for implementing elsewhere.
pub trait ReadEndpoint: SingleEndpoint<Needs = ReadOnly> {}

/// An id that stands in a path.
pub(crate) trait InPath: fmt::Display {
    /// Why it cannot be one.
    fn misfit(&self) -> Option<&'static str>;
}

macro_rules! numbers_in_path {
    ($most:expr; $($id:ty),+) => { $(
        impl InPath for $id {
            fn misfit(&self) -> Option<&'static str> {
                (!(1..=$most).contains(&self.get())).then_some("outside the range of ids")
            }
        }
    )+ };
}

numbers_in_path!(i64::MAX as u64; CompanyId, ListEntryId, ListId, OpportunityId, PersonId, SavedViewId);
numbers_in_path!((1 << 53) - 1; CompanyMergeId, PersonMergeId);
numbers_in_path!(i32::MAX as u64; NoteId);

macro_rules! texts_in_path {
    ($($id:ty),+) => { $(
        impl InPath for $id {
            fn misfit(&self) -> Option<&'static str> {
                match self.as_str() {
                    text if text.trim().is_empty() => Some("empty"),
                    // Even when they are percent-encoded, these make a URL lead elsewhere.
                    "." | ".." => Some("no id"),
                    // In a URL it is a slash, and it stays as it is.
                    text if text.contains('\\') => Some("no id"),
                    _ => None,
                }
            }
        }
    )+ };
}

texts_in_path!(CompanyMergeTaskId, FieldId, PersonMergeTaskId);

/// Refuses an id that would make the call one to another endpoint, or that no server can know.
pub(crate) fn check_in_path(name: &str, id: &impl InPath) -> Result<()> {
    match id.misfit() {
        Some(why) => Err(affinity_core::Error::input(format!("{name}: {:?} is {why}", id.to_string()))),
        None => Ok(()),
    }
}

/// An endpoint that takes ids in its path and nothing else of its own. `operation` is the generated method, and
/// its name; in parentheses stand the parameters it has beside the ids, in its order; `limit` is what to ask for
/// where the server's default is small.
macro_rules! plain_collection {
    (
        $(#[$about:meta])*
        $name:ident { $($id:ident: $type:ty as $parameter:literal),* }
        $operation:ident($($argument:ident),+) -> $item:ty $(, limit $limit:expr)?
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug)]
        pub struct $name {
            $(pub(crate) $id: $type),*
        }

        impl $crate::endpoint::Sealed for $name {}

        impl $crate::endpoint::CollectionEndpoint for $name {
            type Item = $item;
            const OPERATION: &'static str = stringify!($operation);
            $(const LIMIT: Option<u32> = Some($limit);)?

            fn check(&self) -> affinity_core::Result<()> {
                $($crate::endpoint::check_in_path($parameter, &self.$id)?;)*
                Ok(())
            }

            fn scope(&self, scope: affinity_core::Scope) -> affinity_core::Scope {
                scope$(.with($parameter, &self.$id))*
            }

            async fn page(
                self,
                client: affinity_v2_raw::Client,
                ask: $crate::endpoint::Ask,
            ) -> $crate::endpoint::Raw<affinity_v2_raw::Paged<$item>> {
                client.$operation($(&self.$id,)* $(ask.$argument()),+).await
            }
        }
    };
}
pub(crate) use plain_collection;

/// The same for an endpoint that reads one thing.
macro_rules! plain_single {
    (
        $(#[$about:meta])*
        $name:ident { $($id:ident: $type:ty as $parameter:literal),* } $operation:ident -> $output:ty
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug)]
        pub struct $name {
            $(pub(crate) $id: $type),*
        }

        impl $crate::endpoint::Sealed for $name {}

        impl $crate::endpoint::SingleEndpoint for $name {
            type Output = $output;
            type Needs = affinity_core::ReadOnly;
            const OPERATION: &'static str = stringify!($operation);

            fn check(&self) -> affinity_core::Result<()> {
                $($crate::endpoint::check_in_path($parameter, &self.$id)?;)*
                Ok(())
            }

            async fn call(self, client: affinity_v2_raw::Client) -> $crate::endpoint::Raw<$output> {
                client.$operation($(&self.$id),*).await
            }
        }

        impl $crate::endpoint::ReadEndpoint for $name {}
    };
}
pub(crate) use plain_single;
