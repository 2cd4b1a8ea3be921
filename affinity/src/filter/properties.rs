//! The properties of each collection that takes a filter.

use affinity_core::{CompanyMergeTaskId, InteractionId, NoteId, PersonId, PersonMergeTaskId};

use super::{Equality, Timing};
use crate::MergeStatus;

macro_rules! properties {
    ($(
        $(#[$about:meta])*
        $name:ident { $( $(#[$property_about:meta])* $property:ident: $kind:ident $(<$value:ty>)? = $text:literal; )+ }
    )+) => { $(
        $(#[$about])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl $name {
            $(
                $(#[$property_about])*
                pub const fn $property() -> $kind<Self $(, $value)?> {
                    $kind::new($text)
                }
            )+
        }
    )+ };
}

properties! {
    /// Properties of notes, for [`Notes::list`](crate::resources::Notes::list).
    NoteFilter {
        /// The note's id.
        id: Equality<NoteId> = "id";
        /// The person who wrote it.
        creator_id: Equality<PersonId> = "creator.id";
        /// When it was written.
        created_at: Timing = "createdAt";
        /// When it was last changed. A note that never was has no such instant.
        updated_at: Timing = "updatedAt";
    }

    /// Properties of notes, for those of a company, person or opportunity and for replies.
    NoteOfFilter {
        /// The person who wrote it.
        creator_id: Equality<PersonId> = "creator.id";
        /// When it was written.
        created_at: Timing = "createdAt";
        /// When it was last changed. A note that never was has no such instant.
        updated_at: Timing = "updatedAt";
    }

    /// Properties of merges of companies.
    CompanyMergeFilter {
        /// How far it is.
        status: Equality<MergeStatus> = "status";
        /// The task it belongs to.
        task_id: Equality<CompanyMergeTaskId> = "taskId";
    }

    /// Properties of merges of persons.
    PersonMergeFilter {
        /// How far it is.
        status: Equality<MergeStatus> = "status";
        /// The task it belongs to.
        task_id: Equality<PersonMergeTaskId> = "taskId";
    }

    /// Properties of tasks that merge companies.
    CompanyMergeTaskFilter {
        /// How far it is.
        status: Equality<MergeStatus> = "status";
    }

    /// Properties of tasks that merge persons.
    PersonMergeTaskFilter {
        /// How far it is.
        status: Equality<MergeStatus> = "status";
    }

    /// Properties of emails. The document of version 2024-01-01 does not list them; a later one does.
    EmailFilter {
        /// The email's id.
        id: Equality<InteractionId> = "id";
        /// When it was sent.
        sent_at: Timing = "sentAt";
        /// When it was logged.
        created_at: Timing = "createdAt";
        /// When its record was last changed.
        updated_at: Timing = "updatedAt";
    }

    /// Properties of meetings. The document of version 2024-01-01 does not list them; a later one does.
    MeetingFilter {
        /// The meeting's id.
        id: Equality<InteractionId> = "id";
        /// When it starts.
        start_time: Timing = "startTime";
        /// When it was logged.
        created_at: Timing = "createdAt";
        /// When its record was last changed.
        updated_at: Timing = "updatedAt";
    }
}
