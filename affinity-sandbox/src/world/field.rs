use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{CellValue, EntityKind, List, Place, ValueType, World, WorldError, take_next};

/// Where the values of a field come from; what the API calls the field's `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum FieldCategory {
    /// Data from the vendor or its partners.
    Enriched,
    /// Custom fields of all companies or persons.
    Global,
    /// Columns of one list.
    List,
    /// Derived from mail, calendar and chat.
    RelationshipIntelligence,
}

impl FieldCategory {
    /// Every category.
    pub const ALL: &'static [Self] =
        &[Self::Enriched, Self::Global, Self::List, Self::RelationshipIntelligence];

    /// The word of the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enriched => "enriched",
            Self::Global => "global",
            Self::List => "list",
            Self::RelationshipIntelligence => "relationship-intelligence",
        }
    }
}

/// Who supplies an enriched field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnrichmentSource {
    /// `affinity-data`
    AffinityData,
    /// `dealroom`
    Dealroom,
}

impl EnrichmentSource {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::AffinityData => "affinity-data",
            Self::Dealroom => "dealroom",
        }
    }
}

/// Whose field it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    Entity(EntityKind),
    List(u64),
}

/// The order of fields: by id, numbers as numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct FieldKey(String, u64);

impl FieldKey {
    pub(crate) fn of(id: &str) -> Self {
        let number = id.strip_prefix("field-").and_then(|text| text.parse().ok().zip(Some(text)));
        match number {
            // Only as it is written: neither a sign nor leading zeros.
            Some((number, text)) if u64::to_string(&number) == text => Self("field-".into(), number),
            _ => Self(id.into(), 0),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) id: Arc<str>,
    pub(crate) name: String,
    pub(crate) category: FieldCategory,
    pub(crate) source: Option<EnrichmentSource>,
    pub(crate) value_type: ValueType,
    pub(crate) options: Vec<DropdownOption>,
    pub(crate) scope: Scope,
}

#[derive(Clone, Debug)]
pub(crate) struct DropdownOption {
    pub(crate) id: u64,
    pub(crate) text: String,
    pub(crate) rank: u64,
    pub(crate) color: Option<String>,
}

impl Field {
    /// Whether it was made by somebody, unlike the fields every account has.
    pub(crate) fn is_custom(&self) -> bool {
        self.id.starts_with("field-")
    }

    pub(crate) fn option(&self, id: u64) -> Option<&DropdownOption> {
        self.options.iter().find(|option| option.id == id)
    }

    pub(crate) fn check(&self, value: &CellValue) -> Result<(), WorldError> {
        if value.value_type() != self.value_type {
            return Err(WorldError::WrongType {
                field: self.id.to_string(),
                expected: self.value_type,
                given: value.value_type(),
            });
        }
        match value.options().iter().find(|id| self.option(**id).is_none()) {
            Some(id) => Err(WorldError::unknown("dropdown option", id)),
            None => Ok(()),
        }
    }
}

/// A field to be added to a list, or to all companies or persons.
#[derive(Clone, Debug)]
#[must_use = "a field exists once it is added to a world"]
pub struct NewField {
    name: String,
    value_type: ValueType,
    options: Vec<(String, Option<String>)>,
}

impl NewField {
    /// A field without dropdown options.
    pub fn new(name: impl Into<String>, value_type: ValueType) -> Self {
        Self { name: name.into(), value_type, options: Vec::new() }
    }

    /// Adds dropdown options without color; their rank is their order.
    pub fn options<T: Into<String>>(mut self, texts: impl IntoIterator<Item = T>) -> Self {
        self.options.extend(texts.into_iter().map(|text| (text.into(), None)));
        self
    }

    /// Adds one dropdown option with a color; its rank is its place among the options.
    pub fn colored_option(mut self, text: impl Into<String>, color: impl Into<String>) -> Self {
        self.options.push((text.into(), Some(color.into())));
        self
    }
}

impl World {
    /// Adds a column to a list and tells its id.
    ///
    /// # Errors
    /// [`WorldError::Unknown`] when there is no such list.
    pub fn add_list_field(&mut self, list: u64, field: NewField) -> Result<String, WorldError> {
        if !self.lists.contains_key(&list) {
            return Err(WorldError::unknown("list", list));
        }
        Ok(self.add_custom_field(Scope::List(list), FieldCategory::List, field))
    }

    /// Adds a custom field to all companies or all persons and tells its id.
    ///
    /// # Errors
    /// [`WorldError::WrongKind`] for opportunities: they have list fields only.
    pub fn add_global_field(&mut self, kind: EntityKind, field: NewField) -> Result<String, WorldError> {
        if kind == EntityKind::Opportunity {
            return Err(WorldError::WrongKind("opportunities have no global fields"));
        }
        Ok(self.add_custom_field(Scope::Entity(kind), FieldCategory::Global, field))
    }

    /// Adds an enriched field beyond those every account has, for instance `dealroom-signal`.
    ///
    /// # Errors
    /// [`WorldError::WrongKind`] for opportunities: they have list fields only.
    pub fn add_enriched_field(
        &mut self,
        kind: EntityKind,
        id: &str,
        source: EnrichmentSource,
        field: NewField,
    ) -> Result<(), WorldError> {
        if kind == EntityKind::Opportunity {
            return Err(WorldError::WrongKind("opportunities have no enriched fields"));
        }
        let mut made = self.make_field(Scope::Entity(kind), FieldCategory::Enriched, id, field);
        made.source = Some(source);
        self.insert_field(made);
        Ok(())
    }

    /// The id of the first field of that name on a list, the fields of its entities included.
    pub fn field_named(&self, list: u64, name: &str) -> Option<String> {
        self.fields_of_list(self.lists.get(&list)?)
            .into_iter()
            .find(|field| field.name == name)
            .map(|field| field.id.to_string())
    }

    /// The id of a dropdown option, by the field's id and the option's text.
    pub fn option_named(&self, field: &str, text: &str) -> Option<u64> {
        let key = FieldKey::of(field);
        let field = self.fields.values().find_map(|fields| fields.get(&key))?;
        field.options.iter().find(|option| option.text == text).map(|option| option.id)
    }

    /// The fields of all companies, persons or opportunities.
    pub(crate) fn fields_of_kind(&self, kind: EntityKind) -> Vec<&Field> {
        self.fields.get(&Scope::Entity(kind)).into_iter().flat_map(BTreeMap::values).collect()
    }

    /// Everything that can be read on a list's rows, in field order.
    pub(crate) fn fields_of_list(&self, list: &List) -> Vec<&Field> {
        let scopes = [Scope::Entity(list.kind), Scope::List(list.id)];
        let found: BTreeMap<_, _> =
            scopes.iter().filter_map(|scope| self.fields.get(scope)).flatten().collect();
        found.into_values().collect()
    }

    pub(crate) fn field_at(&self, place: Place, id: &str) -> Result<&Field, WorldError> {
        let scopes = match place {
            Place::Company(_) => [Some(Scope::Entity(EntityKind::Company)), None],
            Place::Person(_) => [Some(Scope::Entity(EntityKind::Person)), None],
            Place::Entry(id) => {
                let entry = self.entries.get(&id).ok_or_else(|| WorldError::unknown("list entry", id))?;
                [Some(Scope::List(entry.list)), Some(Scope::Entity(entry.entity.kind))]
            }
        };
        let key = FieldKey::of(id);
        let found = scopes.into_iter().flatten().find_map(|scope| self.fields.get(&scope)?.get(&key));
        found.ok_or_else(|| WorldError::unknown("field", id))
    }

    fn add_custom_field(&mut self, scope: Scope, category: FieldCategory, field: NewField) -> String {
        let id = format!("field-{}", take_next(&mut self.ids.field));
        let made = self.make_field(scope, category, &id, field);
        self.insert_field(made);
        id
    }

    pub(super) fn make_field(
        &mut self,
        scope: Scope,
        category: FieldCategory,
        id: &str,
        field: NewField,
    ) -> Field {
        let options = field.options.into_iter().zip(0..).map(|((text, color), rank)| DropdownOption {
            id: take_next(&mut self.ids.option),
            text,
            rank,
            color,
        });
        Field {
            id: id.into(),
            name: field.name,
            category,
            source: None,
            value_type: field.value_type,
            options: options.collect(),
            scope,
        }
    }

    pub(super) fn insert_field(&mut self, field: Field) {
        self.fields.entry(field.scope).or_default().insert(FieldKey::of(&field.id), field);
    }
}
