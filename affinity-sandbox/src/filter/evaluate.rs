//! Whether something passes.

use std::cmp::Ordering;

use super::error::Problem;
use super::literal::Literal;
use super::tree::{Condition, Node, Operand, Operator};
use super::value::Value;

impl Node {
    pub(super) fn matches(&self, read: &impl Fn(&str) -> Option<Value>) -> Result<bool, Problem> {
        match self {
            Self::Any(nodes) => nodes.iter().try_fold(false, |found, node| Ok(node.matches(read)? | found)),
            Self::All(nodes) => nodes.iter().try_fold(true, |found, node| Ok(node.matches(read)? & found)),
            Self::Not(node) => node.matches(read).map(|found| !found),
            Self::Condition(condition) => match read(&condition.property) {
                Some(value) => condition.holds(&value),
                None => Err(condition.unknown_property()),
            },
        }
    }
}

impl Condition {
    pub(crate) fn unknown_property(&self) -> Problem {
        Problem::new(self.property_at, format!("there is no property {}", self.property))
    }

    fn holds(&self, value: &Value) -> Result<bool, Problem> {
        let is_there = *value != Value::Null;
        match (self.operator, &self.operand) {
            (Operator::Equal, Operand::Anything) => Ok(is_there),
            (Operator::NotEqual, Operand::Anything) => Ok(!is_there),
            (Operator::Equal, operand) => self.equals(value, operand),
            (Operator::NotEqual, operand) => self.equals(value, operand).map(|equal| !equal),
            _ if !is_there => Ok(false),
            (Operator::Contains, Operand::Several(literals)) => self.has_all(value, literals),
            (Operator::StartsWith, Operand::One(part)) => Ok(self.text(value)?.starts_with(&part.text)),
            (Operator::EndsWith, Operand::One(part)) => Ok(self.text(value)?.ends_with(&part.text)),
            (Operator::Contains, Operand::One(part)) => Ok(self.text(value)?.contains(&part.text)),
            (Operator::Greater, Operand::One(bound)) => order(value, bound, Ordering::is_gt),
            (Operator::GreaterOrEqual, Operand::One(bound)) => order(value, bound, Ordering::is_ge),
            (Operator::Less, Operand::One(bound)) => order(value, bound, Ordering::is_lt),
            (Operator::LessOrEqual, Operand::One(bound)) => order(value, bound, Ordering::is_le),
            // Such a condition cannot be written.
            (_, Operand::Anything | Operand::Several(_)) => Err(self.misfit("this value")),
        }
    }

    fn equals(&self, value: &Value, operand: &Operand) -> Result<bool, Problem> {
        match (value, operand) {
            (Value::Null, _) => Ok(false),
            (Value::List(items), Operand::Several(literals)) => {
                // Literals that are too many are read as the last item is: what is wrong with them is told as well.
                let items_to_read = items.iter().chain(items.last().into_iter().cycle());
                let equal = items_to_read.zip(literals).map(|(item, literal)| literal.equals(item));
                let equal: Vec<bool> = equal.collect::<Result<_, _>>()?;
                Ok(items.len() == literals.len() && !equal.contains(&false))
            }
            (_, Operand::One(literal)) => literal.equals(value),
            (_, Operand::Anything | Operand::Several(_)) => Err(self.misfit("a list")),
        }
    }

    fn has_all(&self, value: &Value, literals: &[Literal]) -> Result<bool, Problem> {
        let Value::List(items) = value else {
            return Err(self.misfit("a list"));
        };
        let has =
            |literal: &Literal| items.iter().try_fold(false, |found, item| Ok(literal.equals(item)? | found));
        literals.iter().try_fold(true, |found, literal| Ok(has(literal)? & found))
    }

    fn text<'v>(&self, value: &'v Value) -> Result<&'v str, Problem> {
        match value {
            Value::Text(text) => Ok(text),
            _ => Err(self.misfit("a part of a text")),
        }
    }

    fn misfit(&self, what: &str) -> Problem {
        let message = format!("{} cannot be compared with {what} by {}", self.property, self.operator.sign());
        Problem::new(self.operator_at, message)
    }
}

fn order(value: &Value, bound: &Literal, accept: fn(Ordering) -> bool) -> Result<bool, Problem> {
    bound.order_of(value).map(|order| order.is_some_and(accept))
}
