//! The numbers that stand for kinds of things.

use crate::world::{
    Action, Direction, EntityKind, InteractionKind, PersonKind, ReminderStatus, ResetType, ValueType,
};

/// Of an entity, and of a list by what it holds.
pub(super) fn of_entity(kind: EntityKind) -> u64 {
    match kind {
        EntityKind::Person => 0,
        EntityKind::Company => 1,
        EntityKind::Opportunity => 8,
    }
}

pub(super) fn entity(code: u64) -> Option<EntityKind> {
    [EntityKind::Person, EntityKind::Company, EntityKind::Opportunity]
        .into_iter()
        .find(|kind| of_entity(*kind) == code)
}

pub(super) fn of_person(kind: PersonKind) -> u64 {
    match kind {
        PersonKind::External => 0,
        PersonKind::Internal => 1,
        PersonKind::Collaborator => 2,
    }
}

/// The word of this API: a company is an organization here.
pub(super) fn entity_word(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Company => "organization",
        EntityKind::Person | EntityKind::Opportunity => kind.as_str(),
    }
}

pub(super) fn of_interaction(kind: InteractionKind) -> u64 {
    match kind {
        InteractionKind::Meeting => 0,
        InteractionKind::Call => 1,
        InteractionKind::ChatMessage => 2,
        InteractionKind::Email => 3,
    }
}

pub(super) fn interaction(code: u64) -> Option<InteractionKind> {
    use InteractionKind::{Call, ChatMessage, Email, Meeting};
    [Meeting, Call, ChatMessage, Email].into_iter().find(|kind| of_interaction(*kind) == code)
}

pub(super) fn of_direction(direction: Direction) -> u64 {
    match direction {
        Direction::Sent => 0,
        Direction::Received => 1,
    }
}

pub(super) fn direction(code: u64) -> Option<Direction> {
    [Direction::Sent, Direction::Received].into_iter().find(|direction| of_direction(*direction) == code)
}

pub(super) fn of_reset(reset: ResetType) -> u64 {
    match reset {
        ResetType::Interaction => 0,
        ResetType::Email => 1,
        ResetType::Meeting => 2,
    }
}

pub(super) fn reset(code: u64) -> Option<ResetType> {
    use ResetType::{Email, Interaction, Meeting};
    [Interaction, Email, Meeting].into_iter().find(|reset| of_reset(*reset) == code)
}

pub(super) fn of_status(status: ReminderStatus) -> u64 {
    match status {
        ReminderStatus::Completed => 0,
        ReminderStatus::Active => 1,
        ReminderStatus::Overdue => 2,
    }
}

pub(super) fn status(code: u64) -> Option<ReminderStatus> {
    use ReminderStatus::{Active, Completed, Overdue};
    [Completed, Active, Overdue].into_iter().find(|status| of_status(*status) == code)
}

/// Of a field's values. What is computed has no place in this API: interactions, formulas.
pub(super) fn of_value(value_type: ValueType) -> Option<u64> {
    match value_type.item() {
        ValueType::Person => Some(0),
        ValueType::Company => Some(1),
        ValueType::Dropdown => Some(2),
        ValueType::Number => Some(3),
        ValueType::Datetime => Some(4),
        ValueType::Location => Some(5),
        ValueType::Text => Some(6),
        ValueType::RankedDropdown => Some(7),
        ValueType::FilterableText => Some(10),
        _ => None,
    }
}

/// The type of a field to be made, for one value and for several, if it can hold several.
pub(super) fn value(code: u64) -> Option<(ValueType, Option<ValueType>)> {
    match code {
        0 => Some((ValueType::Person, Some(ValueType::PersonMulti))),
        1 => Some((ValueType::Company, Some(ValueType::CompanyMulti))),
        2 => Some((ValueType::Dropdown, Some(ValueType::DropdownMulti))),
        3 => Some((ValueType::Number, Some(ValueType::NumberMulti))),
        4 => Some((ValueType::Datetime, None)),
        5 => Some((ValueType::Location, Some(ValueType::LocationMulti))),
        6 => Some((ValueType::Text, None)),
        7 => Some((ValueType::RankedDropdown, None)),
        _ => None,
    }
}

/// Of a dropdown option. The names are not confirmed; one that is not among them has no number.
pub(super) fn color(name: Option<&str>) -> Option<u64> {
    let names = ["default", "blue", "green", "yellow", "orange", "red", "purple", "gray"];
    let name = name.unwrap_or("default");
    (0..).zip(names).find(|(_, known)| *known == name).map(|(code, _)| code)
}

pub(super) fn of_action(action: Action) -> u64 {
    match action {
        Action::Create => 0,
        Action::Delete => 1,
        Action::Update => 2,
    }
}

pub(super) fn action(code: u64) -> Option<Action> {
    [Action::Create, Action::Delete, Action::Update].into_iter().find(|action| of_action(*action) == code)
}
