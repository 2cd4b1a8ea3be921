//! The data, as it comes from the API.
//!
//! These are the models of `affinity-v2-raw`, re-exported on purpose: plain structs with public fields.

/// A row of a list, with the company, person or opportunity in it.
pub use affinity_v2_raw::ListEntryWithEntity as ListEntry;
pub use affinity_v2_raw::enums::{
    Direction, EnrichmentSource, FieldType, GrantType, ListType, PersonType, SavedViewType, ValueType,
};
pub use affinity_v2_raw::tagged::Interaction;
pub use affinity_v2_raw::types::{
    Attendee, CallInteraction, ChatMessageInteraction, Company, CompanyData, Dropdown, EmailInteraction,
    Field, FieldMetadata, FormulaNumber, Grant, List, ListEntry as EntityListEntry, ListWithType, Location,
    MeetingInteraction, Opportunity, OpportunityWithFields, Person, PersonData, RankedDropdown, SavedView,
    Tenant, User, WhoAmI,
};
pub use affinity_v2_raw::{
    Cell, DropdownOption, Entity, FieldValue, Multi, UnknownEntity, UnknownFieldValue, UnknownVariant,
};
