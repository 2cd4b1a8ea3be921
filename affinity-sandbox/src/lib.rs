#![doc = include_str!("../README.md")]

mod api;
mod clock;
pub mod filter;
mod recorder;
mod reply;
mod sandbox;
mod server;
mod v2;
mod world;

#[doc(no_inline)]
pub use chrono;
pub use http::{HeaderMap, Method, StatusCode};

pub use api::{Operation, PageEnd, PageShape};
pub use recorder::RecordedRequest;
pub use reply::Reply;
pub use sandbox::{Sandbox, SandboxBuilder};
pub use world::{
    ApiVersion, Attendee, CellValue, Company, Direction, EnrichmentSource, EntityKind, FieldCategory,
    Interaction, InteractionKind, List, Location, LoggedEmail, LoggedMeeting, MergeIds, NewEntry, NewField,
    NewKey, NewNote, OpportunityRow, PastMerge, Permission, Person, PersonKind, Place, SavedView, ValueType,
    ViewFilter, ViewKind, World, WorldError,
};
