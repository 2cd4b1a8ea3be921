//! One shape, and what holds for each.

use affinity_v2_raw::tagged::{
    Error, Interaction, ListEntryBatchOperationRequest, Mention, Note, NoteInteraction, Reply, RequestError,
};
use affinity_v2_raw::{Entity, FieldValue, FieldValueUpdate, ListEntryWithEntity};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, from_str, to_value};

use crate::document_server::contract;
use crate::json::differences;

/// A value in the form that a schema documents.
pub(crate) struct Shape {
    /// The schema's name in the document.
    pub(crate) schema: &'static str,
    pub(crate) text: String,
    read: fn(&str) -> serde_json::Result<Read>,
}

/// What became of a shape.
struct Read {
    /// The tag that its variant stands for, if it is a union.
    variant: Option<&'static str>,
    written: Value,
}

impl Shape {
    /// A shape that reads as `T`, which is no union.
    pub(crate) fn of<T: DeserializeOwned + Serialize>(schema: &'static str, text: impl Into<String>) -> Self {
        let read = |text: &str| Ok(Read { variant: None, written: to_value(from_str::<T>(text)?)? });
        Self { schema, text: text.into(), read }
    }

    /// A shape that reads as the union `U`.
    pub(crate) fn member<U: Union>(text: impl Into<String>) -> Self {
        let read = |text: &str| {
            let value: U = from_str(text)?;
            Ok(Read { variant: Some(value.variant()), written: to_value(value)? })
        };
        Self { schema: U::NAME, text: text.into(), read }
    }

    /// Why it does not read as the variant of its tag, and where it is not written as it came.
    pub(crate) fn faults(&self) -> Vec<String> {
        let came: Value = from_str(&self.text).unwrap();
        let read = match (self.read)(&self.text) {
            Ok(read) => read,
            Err(error) => return vec![format!(" is not read: {error}")],
        };
        let tag = contract().schema(self.schema)["discriminator"]["propertyName"].as_str();
        if read.variant != tag.and_then(|tag| came[tag].as_str()) {
            return vec![format!(" reads as {:?}: {came}", read.variant)];
        }
        differences(&came, &read.written)
    }
}

/// A tagged union of the document.
pub(crate) trait Union: DeserializeOwned + Serialize {
    const NAME: &'static str;
    /// The tag of its variant.
    fn variant(&self) -> &'static str;
}

macro_rules! unions {
    ($( $name:ident { $( $tag:literal => $variant:pat ),+ $(,)? } )+) => { $(
        impl Union for $name {
            const NAME: &'static str = stringify!($name);
            fn variant(&self) -> &'static str {
                use $name::*;
                match self {
                    $( $variant => $tag, )+
                    #[allow(unreachable_patterns, reason = "those without a variant for the unknown")]
                    _ => "unknown",
                }
            }
        }
    )+ };
}

unions! {
    Error {
        "authentication" => Authentication(_),
        "authorization" => Authorization(_),
        "bad-request" => BadRequest(_),
        "conflict" => Conflict(_),
        "method-not-allowed" => MethodNotAllowed(_),
        "not-acceptable" => NotAcceptable(_),
        "not-found" => NotFound(_),
        "not-implemented" => NotImplemented(_),
        "rate-limit" => RateLimit(_),
        "server" => Server(_),
        "unprocessable-entity" => UnprocessableEntity(_),
        "unsupported-media-type" => UnsupportedMediaType(_),
        "validation" => Validation(_),
    }
    RequestError { "bad-request" => BadRequest(_), "validation" => Validation(_) }
    FieldValue {
        "company" => Company(_),
        "company-multi" => CompanyMulti(_),
        "datetime" => DateTime(_),
        "dropdown" => Dropdown(_),
        "dropdown-multi" => DropdownMulti(_),
        "filterable-text" => FilterableText(_),
        "filterable-text-multi" => FilterableTextMulti(_),
        "formula-number" => FormulaNumber(_),
        "interaction" => Interaction(_),
        "location" => Location(_),
        "location-multi" => LocationMulti(_),
        "number" => Number(_),
        "number-multi" => NumberMulti(_),
        "person" => Person(_),
        "person-multi" => PersonMulti(_),
        "ranked-dropdown" => RankedDropdown(_),
        "text" => Text(_),
    }
    FieldValueUpdate {
        "company" => Company(_),
        "company-multi" => CompanyMulti(_),
        "datetime" => DateTime(_),
        "dropdown" => Dropdown(_),
        "dropdown-multi" => DropdownMulti(_),
        "filterable-text" => FilterableText(_),
        "filterable-text-multi" => FilterableTextMulti(_),
        "location" => Location(_),
        "location-multi" => LocationMulti(_),
        "number" => Number(_),
        "number-multi" => NumberMulti(_),
        "person" => Person(_),
        "person-multi" => PersonMulti(_),
        "ranked-dropdown" => RankedDropdown(_),
        "text" => Text(_),
    }
    Interaction {
        "call" => Call(_),
        "chat-message" => ChatMessage(_),
        "email" => Email(_),
        "meeting" => Meeting(_),
    }
    ListEntryBatchOperationRequest { "update-fields" => UpdateFields(_) }
    Mention { "person" => Person(_) }
    Note {
        "ai-notetaker" => AiNotetaker(_),
        "ai-notetaker-reply" => AiNotetakerReply(_),
        "entities" => Entities(_),
        "interaction" => Interaction(_),
        "user-reply" => UserReply(_),
    }
    NoteInteraction {
        "call" => Call(_),
        "chat-message" => ChatMessage(_),
        "email" => Email(_),
        "meeting" => Meeting(_),
    }
    Reply { "ai-notetaker-reply" => AiNotetakerReply(_), "user-reply" => UserReply(_) }
}

/// The tag stands beside the entity that it tells apart.
impl Union for ListEntryWithEntity {
    const NAME: &'static str = "ListEntryWithEntity";
    fn variant(&self) -> &'static str {
        match &self.entity {
            Entity::Company(_) => "company",
            Entity::Opportunity(_) => "opportunity",
            Entity::Person(_) => "person",
            _ => "unknown",
        }
    }
}
