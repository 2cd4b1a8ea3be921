#![doc = include_str!("../README.md")]

mod access;
mod cells;
mod date;
mod field_value;
mod field_value_update;
mod hooks;
mod interaction;
mod list_entry;
mod note;
mod number;
mod optional_list;
mod paged;
mod text;
mod tolerant;
mod unions;

pub use access::DropdownOption;
pub use cells::Cell;
pub use date::Date;
pub use field_value::{FieldValue, MULTI, Multi, UnknownFieldValue};
pub use field_value_update::{FieldValueUpdate, NotWritable};
pub use list_entry::{Entity, ListEntryWithEntity, UnknownEntity};
pub use number::FormulaNumber;
pub use optional_list::OptionalList;
pub use paged::{Paged, Pagination};
pub use unions::UnknownVariant;

/// The open enums of the document.
pub mod enums {
    include!(concat!(env!("OUT_DIR"), "/enums.rs"));
}

/// The tagged unions of the document.
pub mod tagged {
    include!(concat!(env!("OUT_DIR"), "/unions.rs"));
}

mod generated {
    #![allow(
        clippy::all,
        elided_lifetimes_in_paths,
        missing_docs,
        unreachable_pub,
        reason = "written by progenitor at build time; its form is not ours"
    )]
    include!(concat!(env!("OUT_DIR"), "/client.rs"));
}

pub use generated::{Client, Error, ResponseValue, types};

/// The dated version of the API that the document describes.
pub const API_VERSION: &str = env!("AFFINITY_API_VERSION");
