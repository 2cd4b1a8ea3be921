//! The `filter` parameter: which properties an operation filters by, and which items pass.

use super::params::Params;
use crate::filter::{Condition, Expression, Literal, Operand, Operator, Problem, Value};
use crate::world::World;

/// What single values are filtered by.
const EQUAL: &[Operator] = &[Operator::Equal];

/// What dates are filtered by.
const ORDER: &[Operator] =
    &[Operator::Greater, Operator::Less, Operator::GreaterOrEqual, Operator::LessOrEqual];

/// A property of the items of a collection, and how it can be filtered by. The grammar can say more than any
/// collection takes.
#[derive(Debug)]
pub(super) struct Property<T: 'static> {
    name: &'static str,
    kind: Kind,
    operators: &'static [Operator],
    read: fn(&World, &T) -> Value,
}

/// What a property is compared with.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Int32,
    Int64,
    Instant,
    /// One of these words.
    OneOf(&'static [&'static str]),
    Uuid,
}

impl<T> Property<T> {
    pub(super) const fn int32(name: &'static str, read: fn(&World, &T) -> Value) -> Self {
        Self { name, kind: Kind::Int32, operators: EQUAL, read }
    }

    pub(super) const fn int64(name: &'static str, read: fn(&World, &T) -> Value) -> Self {
        Self { name, kind: Kind::Int64, operators: EQUAL, read }
    }

    pub(super) const fn instant(name: &'static str, read: fn(&World, &T) -> Value) -> Self {
        Self { name, kind: Kind::Instant, operators: ORDER, read }
    }

    pub(super) const fn one_of(
        name: &'static str,
        words: &'static [&'static str],
        read: fn(&World, &T) -> Value,
    ) -> Self {
        Self { name, kind: Kind::OneOf(words), operators: EQUAL, read }
    }

    pub(super) const fn uuid(name: &'static str, read: fn(&World, &T) -> Value) -> Self {
        Self { name, kind: Kind::Uuid, operators: EQUAL, read }
    }

    /// What is wrong with a condition on this property.
    fn check(&self, condition: &Condition) -> Result<(), Problem> {
        match &condition.operand {
            Operand::One(literal) if self.operators.contains(&condition.operator) => self.kind.check(literal),
            _ => Err(Problem::new(condition.operator_at, self.operators_there_are())),
        }
    }

    fn operators_there_are(&self) -> String {
        let signs: Vec<_> = self.operators.iter().map(|operator| operator.sign()).collect();
        format!("{} is filtered by {} and a single value", self.name, signs.join(" "))
    }
}

impl Kind {
    fn check(self, literal: &Literal) -> Result<(), Problem> {
        match self {
            Self::Int32 => {
                let number = literal.integer()?;
                i32::try_from(number).map(drop).map_err(|_| literal.expected("a number of 32 bits"))
            }
            Self::Int64 => literal.integer().map(drop),
            Self::Instant => literal.instant().map(drop),
            Self::OneOf(words) => match literal.bare() {
                Some(word) if words.contains(&word) => Ok(()),
                _ => Err(literal.expected(&format!("one of {}, without quotes,", words.join(", ")))),
            },
            Self::Uuid if literal.bare().is_some_and(is_uuid) => Ok(()),
            Self::Uuid => Err(literal.expected("a UUID, without quotes,")),
        }
    }
}

pub(super) fn is_uuid(text: &str) -> bool {
    let groups = text
        .split('-')
        .map(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(group.len()));
    groups.eq([8, 4, 4, 4, 12].map(Some))
}

/// The filter of a request, which lets everything pass if there is none.
#[derive(Debug)]
pub(super) struct Filter<T: 'static> {
    expression: Option<Expression>,
    properties: &'static [Property<T>],
}

impl<T> Filter<T> {
    pub(super) fn admits(&self, world: &World, item: &T) -> bool {
        let find = |name: &str| self.properties.iter().find(|property| property.name == name);
        let read = |name: &str| find(name).map(|property| (property.read)(world, item));
        // What could fail was refused when the parameter was read.
        self.expression.as_ref().is_none_or(|expression| expression.matches(read).unwrap_or(false))
    }
}

impl Params<'_> {
    /// Reads `filter`; all conditions on something else than these properties, or of another form, are told.
    pub(super) fn filter<T>(&mut self, properties: &'static [Property<T>]) -> Filter<T> {
        let mut filter = Filter { expression: None, properties };
        match self.one("filter").map(Expression::parse) {
            None => {}
            Some(Err(error)) => self.reject("filter", error.to_string()),
            Some(Ok(expression)) => {
                let conditions = expression.conditions().into_iter();
                for problem in conditions.filter_map(|condition| check(properties, condition)) {
                    self.reject("filter", expression.error(problem).to_string());
                }
                filter.expression = Some(expression);
            }
        }
        filter
    }
}

fn check<T>(properties: &[Property<T>], condition: &Condition) -> Option<Problem> {
    match properties.iter().find(|property| property.name == condition.property) {
        Some(property) => property.check(condition).err(),
        None => Some(condition.unknown_property()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: Property<()> = Property::one_of("status", &["in-progress", "failed"], |_, ()| Value::Null);
    const TASK: Property<()> = Property::uuid("taskId", |_, ()| Value::Null);

    fn problems(filter: &str) -> Vec<String> {
        let expression = Expression::parse(filter).unwrap();
        let problems = expression.conditions().into_iter().filter_map(|found| check(&[STATUS, TASK], found));
        problems.map(|problem| expression.error(problem).to_string()).collect()
    }

    #[test]
    fn words_and_uuids_stand_without_quotes() {
        let good = "status=in-progress | !status = failed & taskId=0f0fA1b2-0000-4000-8000-0123456789ab";
        assert_eq!(problems(good), [""; 0]);
        let words = "at character 8: one of in-progress, failed, without quotes, is expected";
        for bad in ["status=done", "status=Failed", "status=\"failed\""] {
            assert_eq!(problems(bad), [words], "{bad}");
        }
        let uuid = "at character 8: a UUID, without quotes, is expected";
        let bad_ones = [
            "taskId=1",
            "taskId=0f0fa1b2-0000-4000-8000-0123456789a",
            "taskId=0f0fa1b2-0000-4000-80000123456789ab",
            "taskId=0f0fa1b2-0000-4000-8000-0123456789ag",
            "taskId=\"0f0fa1b2-0000-4000-8000-0123456789ab\"",
        ];
        for bad in bad_ones {
            assert_eq!(problems(bad), [uuid], "{bad}");
        }
    }
}
