#![doc = include_str!("../README.md")]

mod api;
mod clock;
mod courier;
mod downloads;
mod events;
pub mod filter;
mod recorder;
mod reply;
mod sandbox;
mod server;
mod v1;
mod v2;
mod world;

#[doc(no_inline)]
pub use chrono;
pub use http::{HeaderMap, Method, StatusCode};

pub use api::{Operation, PageEnd, PageShape};
pub use courier::Delivery;
pub use recorder::RecordedRequest;
pub use reply::Reply;
pub use sandbox::{Sandbox, SandboxBuilder};
pub use world::{
    ApiVersion, Attendee, CellValue, Company, Direction, EnrichmentSource, EntityFile, EntityKind,
    FieldCategory, FileContent, Interaction, InteractionKind, List, Location, LoggedCall, LoggedChatMessage,
    LoggedEmail, LoggedMeeting, MergeIds, NewEntry, NewField, NewKey, NewNote, OpportunityRow, PastMerge,
    Permission, Person, PersonKind, Place, Reminder, ResetType, SavedView, ValueType, ViewFilter, ViewKind,
    World, WorldError,
};
