//! The items of a value: API v1 knows no multi values, only several values.

use super::{CellValue, ValueType};

impl ValueType {
    /// Whether a cell holds several values.
    pub(crate) fn is_multi(self) -> bool {
        self.item() != self
    }

    /// The type of one item.
    pub(crate) fn item(self) -> Self {
        match self {
            Self::CompanyMulti => Self::Company,
            Self::DropdownMulti => Self::Dropdown,
            Self::FilterableTextMulti => Self::FilterableText,
            Self::LocationMulti => Self::Location,
            Self::NumberMulti => Self::Number,
            Self::PersonMulti => Self::Person,
            other => other,
        }
    }
}

impl CellValue {
    /// Its items; a single value is its own only item.
    pub(crate) fn items(&self) -> Vec<Self> {
        match self {
            Self::CompanyMulti(ids) => ids.iter().copied().map(Self::Company).collect(),
            Self::DropdownMulti(ids) => ids.iter().copied().map(Self::Dropdown).collect(),
            Self::FilterableTextMulti(texts) => texts.iter().cloned().map(Self::FilterableText).collect(),
            Self::LocationMulti(places) => places.iter().cloned().map(Self::Location).collect(),
            Self::NumberMulti(numbers) => numbers.iter().copied().map(Self::Number).collect(),
            Self::PersonMulti(ids) => ids.iter().copied().map(Self::Person).collect(),
            single => vec![single.clone()],
        }
    }

    /// The value of that type with these items; those of another type are left out. `None` without any.
    pub(crate) fn of_items(value_type: ValueType, items: Vec<Self>) -> Option<Self> {
        if !value_type.is_multi() {
            return items.into_iter().next();
        }
        let value = items.into_iter().fold(Self::empty(value_type)?, Self::with);
        (!value.is_empty()).then_some(value)
    }

    fn empty(value_type: ValueType) -> Option<Self> {
        match value_type {
            ValueType::CompanyMulti => Some(Self::CompanyMulti(Vec::new())),
            ValueType::DropdownMulti => Some(Self::DropdownMulti(Vec::new())),
            ValueType::FilterableTextMulti => Some(Self::FilterableTextMulti(Vec::new())),
            ValueType::LocationMulti => Some(Self::LocationMulti(Vec::new())),
            ValueType::NumberMulti => Some(Self::NumberMulti(Vec::new())),
            ValueType::PersonMulti => Some(Self::PersonMulti(Vec::new())),
            _ => None,
        }
    }

    fn with(mut self, item: Self) -> Self {
        match (&mut self, item) {
            (Self::CompanyMulti(ids), Self::Company(id))
            | (Self::DropdownMulti(ids), Self::Dropdown(id))
            | (Self::PersonMulti(ids), Self::Person(id)) => ids.push(id),
            (Self::FilterableTextMulti(texts), Self::FilterableText(text)) => texts.push(text),
            (Self::LocationMulti(places), Self::Location(place)) => places.push(place),
            (Self::NumberMulti(numbers), Self::Number(number)) => numbers.push(number),
            _ => {}
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_make_up_the_value_again() {
        let values = [
            CellValue::PersonMulti(vec![3, 1, 3]),
            CellValue::NumberMulti(vec![0.5]),
            CellValue::Text("one".into()),
            CellValue::Dropdown(7),
        ];
        for value in values {
            assert_eq!(CellValue::of_items(value.value_type(), value.items()), Some(value));
        }
        assert_eq!(CellValue::of_items(ValueType::PersonMulti, vec![CellValue::Number(1.0)]), None);
    }
}
