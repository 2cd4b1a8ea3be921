#![doc = include_str!("../README.md")]

mod by_ids;
mod cells;
mod client;
mod collection;
mod companies;
mod endpoint;
mod fields;
pub mod filter;
mod interactions;
mod list_entries;
mod lists;
mod merges;
mod models;
mod names;
mod notes;
mod opportunities;
mod persons;
mod request;
mod rows;
mod schema;
mod single;
pub mod update;
mod whoami;

#[cfg(feature = "redis")]
pub use affinity_core::RedisPacing;
/// What a client may do, as part of its type: see [`Affinity::read_only`].
pub use affinity_core::{Access, ReadOnly, ReadWrite};
pub use affinity_core::{
    ApiError, ApiKey, CallRecord, CompanyId, CompanyMergeId, CompanyMergeTaskId, Cursor, DropdownOptionId,
    EntityFileId, Error, Event, FieldId, FieldNumber, FieldValueChangeId, FieldValueId, InteractionId,
    ItemFailure, Items, KeyFile, KeyProvider, Limits, ListEntryId, ListId, MentionId, MergedAway, Meta,
    Method, Metrics, NoteId, OpportunityId, Outcome, Page, Pages, ParseCursorError, PersonId, PersonMergeId,
    PersonMergeTaskId, Priority, ReminderId, Response, Result, SavedViewId, Share, StatusCode, TenantId,
    Timer, UnknownCode, UnknownText, WebhookSubscriptionId, Window, Workspace,
};
/// The other half of the API: what writes, files and webhooks need. A company is an `Organization` there.
pub use affinity_v1 as v1;
/// The generated client and its types, for what has no method here: see [`Affinity::raw`].
pub use affinity_v2_raw as raw;
/// The dates and instants of the models are its types.
pub use chrono;

pub use by_ids::{ByIds, Found, RowsByIds};
pub use client::{Affinity, AffinityBuilder, ReadOnlyAffinity};
pub use collection::Collection;
pub use fields::FieldSelection;
pub use merges::{ConfirmedMerge, Merge};
pub use models::*;
pub use request::Request;
pub use rows::{AffinityRow, Drift, DriftKind, EntityId, EntryIds, Row, Rows, Shown};
pub use schema::{Schema, SchemaField, SchemaOf, SchemaOption};
pub use single::Single;

/// What a struct wants from rows, for tools that look at its source instead, and reading a page of them, for
/// benchmarks. Not for use elsewhere: it changes with any release.
#[doc(hidden)]
pub mod shapes {
    pub use crate::rows::{RowShape, Shape, Wanted, read_page};
}

/// What each accessor of [`Affinity`] offers.
pub mod resources {
    pub use crate::companies::Companies;
    pub use crate::interactions::{Emails, Meetings};
    pub use crate::lists::Lists;
    pub use crate::notes::Notes;
    pub use crate::opportunities::Opportunities;
    pub use crate::persons::Persons;
}

/// The calls that [`Collection`], [`Single`] and [`ByIds`] make. Their names stand in signatures; they are
/// made by the methods of the [`resources`].
pub mod endpoints {
    pub use crate::cells::{EntryCell, EntryCells, SetCell, UpdateCells};
    pub use crate::companies::{
        AllCompanies, CompanyFields, CompanyListEntries, CompanyLists, CompanyNotes, OneCompany,
    };
    pub use crate::endpoint::{
        CollectionEndpoint, Counted, Filtered, IdsEndpoint, ReadEndpoint, SingleEndpoint,
    };
    pub use crate::interactions::{AllEmails, AllMeetings};
    pub use crate::list_entries::{ListEntries, OneListEntry};
    pub use crate::lists::{AllLists, ListFields, OneList, OneSavedView, SavedViewEntries, SavedViews};
    pub use crate::merges::{
        CompanyMergeTasks, CompanyMerges, Mergeable, OfCompanies, OfPersons, OneCompanyMerge,
        OneCompanyMergeTask, OnePersonMerge, OnePersonMergeTask, PersonMergeTasks, PersonMerges,
    };
    pub use crate::notes::{AllNotes, NoteCompanies, NoteOpportunities, NotePersons, NoteReplies, OneNote};
    pub use crate::opportunities::{AllOpportunities, OneOpportunity, OpportunityNotes};
    pub use crate::persons::{
        AllPersons, OnePerson, PersonFields, PersonListEntries, PersonLists, PersonNotes,
    };
    pub use crate::rows::{Bare, RowForm, RowSource, SingleRowSource, WithIds};
    pub use crate::whoami::WhoAmICall;
}
