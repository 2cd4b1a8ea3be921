//! What one endpoint knows of itself; [`Collection`](crate::Collection) and [`Single`](crate::Single) do the
//! rest the same way for all.

use std::future::Future;
use std::hash::Hash;

use affinity_core::{Result, Scope};
use affinity_v2_raw::{Client, Error, Paged, ResponseValue};
use serde::de::DeserializeOwned;

mod sealed {
    pub trait Sealed {}
}
pub(crate) use sealed::Sealed;

/// The answer of a generated method.
pub(crate) type Raw<T> = Result<ResponseValue<T>, Error<()>>;

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

    /// Makes the call.
    #[doc(hidden)]
    fn page(
        self,
        client: Client,
        cursor: Option<String>,
        limit: Option<u32>,
    ) -> impl Future<Output = Raw<Paged<Self::Item>>> + Send;
}

/// A collection that can be asked for by ids. Not for implementing elsewhere.
pub trait IdsEndpoint: CollectionEndpoint {
    /// The id.
    type Id: Copy + Eq + Hash + From<u64> + Send + Sync + std::fmt::Debug + 'static;

    #[doc(hidden)]
    fn with_ids(self, ids: Vec<Self::Id>) -> Self;

    #[doc(hidden)]
    fn id(item: &Self::Item) -> Self::Id;
}

/// An endpoint that gives one thing. Not for implementing elsewhere.
pub trait SingleEndpoint: Sealed + Clone + Send + Sync + 'static {
    /// What it gives.
    type Output: DeserializeOwned + Send + 'static;
    /// The operation id, as it stands in errors.
    const OPERATION: &'static str;

    /// Refuses what the endpoint does not accept.
    #[doc(hidden)]
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Makes the call.
    #[doc(hidden)]
    fn call(self, client: Client) -> impl Future<Output = Raw<Self::Output>> + Send;
}

/// An endpoint that takes ids in its path and nothing else; `operation` is the generated method, and its name.
macro_rules! plain_collection {
    ($(#[$about:meta])* $name:ident { $($id:ident: $type:ty as $parameter:literal),* } $operation:ident -> $item:ty) => {
        $(#[$about])*
        #[derive(Clone, Debug)]
        pub struct $name {
            $($id: $type),*
        }

        impl $crate::endpoint::Sealed for $name {}

        impl $crate::endpoint::CollectionEndpoint for $name {
            type Item = $item;
            const OPERATION: &'static str = stringify!($operation);

            fn scope(&self, scope: affinity_core::Scope) -> affinity_core::Scope {
                scope$(.with($parameter, self.$id))*
            }

            async fn page(
                self,
                client: affinity_v2_raw::Client,
                cursor: Option<String>,
                limit: Option<u32>,
            ) -> $crate::endpoint::Raw<affinity_v2_raw::Paged<$item>> {
                client.$operation($(&self.$id,)* cursor.as_deref(), limit).await
            }
        }
    };
}
pub(crate) use plain_collection;

/// The same for an endpoint that gives one thing.
macro_rules! plain_single {
    ($(#[$about:meta])* $name:ident { $($id:ident: $type:ty),* } $operation:ident -> $output:ty) => {
        $(#[$about])*
        #[derive(Clone, Debug)]
        pub struct $name {
            $($id: $type),*
        }

        impl $crate::endpoint::Sealed for $name {}

        impl $crate::endpoint::SingleEndpoint for $name {
            type Output = $output;
            const OPERATION: &'static str = stringify!($operation);

            async fn call(self, client: affinity_v2_raw::Client) -> $crate::endpoint::Raw<$output> {
                client.$operation($(&self.$id),*).await
            }
        }
    };
}
pub(crate) use plain_single;
