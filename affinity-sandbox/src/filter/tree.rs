//! What a filter consists of.

use super::literal::Literal;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// Parts of which one has to hold.
    Any(Vec<Node>),
    /// Parts that all have to hold.
    All(Vec<Node>),
    Not(Box<Node>),
    Condition(Condition),
}

/// A property compared with something. The offsets are in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) property: String,
    pub(crate) property_at: usize,
    pub(crate) operator: Operator,
    pub(crate) operator_at: usize,
    pub(crate) operand: Operand,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    StartsWith,
    EndsWith,
    Contains,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

/// What a property is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Operand {
    /// `*`
    Anything,
    One(Literal),
    /// In brackets.
    Several(Vec<Literal>),
}

impl Node {
    pub(super) fn collect<'a>(&'a self, found: &mut Vec<&'a Condition>) {
        match self {
            Self::Any(nodes) | Self::All(nodes) => nodes.iter().for_each(|node| node.collect(found)),
            Self::Not(node) => node.collect(found),
            Self::Condition(condition) => found.push(condition),
        }
    }
}

impl Operator {
    /// As it is written.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::StartsWith => "=^",
            Self::EndsWith => "=$",
            Self::Contains => "=~",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
        }
    }
}
