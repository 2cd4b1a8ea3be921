//! The data, as it comes from the API.
//!
//! These are the models of `affinity-v2-raw`, re-exported on purpose: plain structs with public fields.

/// A row of a list, with the company, person or opportunity in it.
pub use affinity_v2_raw::ListEntryWithEntity as ListEntry;
pub use affinity_v2_raw::enums::{
    Direction, EnrichmentSource, FieldType, GrantType, ListType, LoggingType, MergeStatus, NoteInclude,
    PersonType, SavedViewType, SharingType, ValueType,
};
pub use affinity_v2_raw::tagged::{Interaction, Mention, Note, NoteInteraction, Reply};
pub use affinity_v2_raw::types::{
    AiNotetakerReplyNote, AiNotetakerRootNote, Attendee, AttendeesPreview, CallInteraction,
    ChatMessageInteraction, CompaniesPreview, Company, CompanyData as CompanyRef, CompanyMergeState,
    CompanyMergeTask, Dropdown, EmailInteraction, EntitiesNote, Field, FieldMetadata, Grant, InteractionNote,
    List, ListEntry as EntityListEntry, ListWithType, Location, LoggedEmail, LoggedMeeting,
    MeetingInteraction, MergeTaskSummary, NoteCall, NoteChatMessage, NoteContent, NoteEmail, NoteMeeting,
    NotePermissions, OpportunitiesPreview, Opportunity, OpportunityWithFields, ParentNote, Person,
    PersonData as PersonRef, PersonMention, PersonMergeState, PersonMergeTask, PersonsPreview,
    RankedDropdown, SavedView, Tenant, User, UserReplyNote, WhoAmI,
};
pub use affinity_v2_raw::{
    Cell, Date, DropdownOption, Entity, FieldValue, FieldValueUpdate, FormulaNumber, Multi, NotWritable,
    OptionalList, UnknownEntity, UnknownFieldValue, UnknownVariant,
};
