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

    /// The number of a custom field.
    fn number(&self) -> Option<u64> {
        Some(self.1).filter(|number| *number > 0)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) id: Arc<str>,
    /// Its id in API v1.
    pub(crate) number: u64,
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

    /// Whether each row has a value of its own. The association columns tell what belongs to the entity of the row.
    pub(crate) fn belongs_to_rows(&self) -> bool {
        matches!(self.scope, Scope::List(_)) && self.is_custom()
    }

    /// Whether changes of its values are remembered: of custom fields of these types.
    pub(crate) fn tracks_changes(&self) -> bool {
        let tracked = match self.value_type {
            ValueType::Company
            | ValueType::CompanyMulti
            | ValueType::Datetime
            | ValueType::Location
            | ValueType::LocationMulti
            | ValueType::Number
            | ValueType::NumberMulti
            | ValueType::Person
            | ValueType::PersonMulti
            | ValueType::RankedDropdown => true,
            ValueType::Dropdown
            | ValueType::DropdownMulti
            | ValueType::FilterableText
            | ValueType::FilterableTextMulti
            | ValueType::FormulaNumber
            | ValueType::Interaction
            | ValueType::Text => false,
        };
        tracked && self.is_custom()
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

    /// The field of that number in API v1.
    pub(crate) fn field_of_number(&self, number: u64) -> Option<&Field> {
        self.all_fields().find(|field| field.number == number)
    }

    /// The fields of everything and of every list.
    pub(crate) fn all_fields(&self) -> impl Iterator<Item = &Field> {
        self.fields.values().flat_map(BTreeMap::values)
    }

    /// Takes a custom field away, with its values and its columns and filters in saved views.
    ///
    /// # Errors
    /// [`WorldError`] when there is no such field, or when it is one that every account has.
    pub fn remove_field(&mut self, id: &str) -> Result<(), WorldError> {
        let key = FieldKey::of(id);
        let scope = self.fields.iter().find(|(_, fields)| fields.contains_key(&key)).map(|(scope, _)| *scope);
        let scope = scope.ok_or_else(|| WorldError::unknown("field", id))?;
        if key.number().is_none() {
            return Err(WorldError::WrongKind("only custom fields can be taken away"));
        }
        self.fields.entry(scope).or_default().remove(&key);
        self.drop_values(scope, id);
        for view in self.views.values_mut() {
            view.forget(id);
        }
        Ok(())
    }

    /// Adds an option to a dropdown and tells its id; its rank is the next one.
    ///
    /// # Errors
    /// [`WorldError`] when there is no such field, or when it is no dropdown.
    pub fn add_option(&mut self, field: &str, text: impl Into<String>) -> Result<u64, WorldError> {
        let key = FieldKey::of(field);
        let found = self.fields.values_mut().find_map(|fields| fields.get_mut(&key));
        let found = found.ok_or_else(|| WorldError::unknown("field", field))?;
        let is_dropdown = [ValueType::Dropdown, ValueType::RankedDropdown].contains(&found.value_type.item());
        if !is_dropdown {
            return Err(WorldError::WrongKind("only dropdowns have options"));
        }
        let id = take_next(&mut self.ids.option);
        let rank = found.options.iter().map(|option| option.rank + 1).max().unwrap_or_default();
        found.options.push(DropdownOption { id, text: text.into(), rank, color: None });
        Ok(id)
    }

    /// Takes an option away from a dropdown; values that name it are empty from then on, and in the history of the
    /// field it is a bare text.
    ///
    /// # Errors
    /// [`WorldError`] when there is no such field or option.
    pub fn remove_option(&mut self, field: &str, option: u64) -> Result<(), WorldError> {
        let key = FieldKey::of(field);
        let found = self.fields.values_mut().find_map(|fields| fields.get_mut(&key));
        let found = found.ok_or_else(|| WorldError::unknown("field", field))?;
        let place = found.options.iter().position(|known| known.id == option);
        found.options.remove(place.ok_or_else(|| WorldError::unknown("dropdown option", option))?);
        let scope = found.scope;
        self.for_each_cells(scope, |cells| cells.forget_option(field, option));
        Ok(())
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
        let own_number = FieldKey::of(id).number();
        Field {
            id: id.into(),
            number: own_number.unwrap_or_else(|| take_next(&mut self.ids.twin)),
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
