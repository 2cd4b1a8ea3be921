//! Filters: which items of a collection are wanted.
//!
//! Each collection that takes a filter has a type that offers the properties it can be filtered by, each with the
//! operators the API takes there and no others:
//!
//! | collection | properties |
//! |---|---|
//! | [notes](crate::resources::Notes::list) | [`NoteFilter`] |
//! | notes of a company, person or opportunity; replies | [`NoteOfFilter`] |
//! | merges of companies, of persons | [`CompanyMergeFilter`], [`PersonMergeFilter`] |
//! | their tasks | [`CompanyMergeTaskFilter`], [`PersonMergeTaskFilter`] |
//! | emails, meetings | [`EmailFilter`], [`MeetingFilter`] |
//!
//! Conditions are joined with `&` and `|` and negated with `!`; groups get their parentheses by themselves.
//!
//! ```
//! use affinity::PersonId;
//! use affinity::chrono::{TimeZone, Utc};
//! use affinity::filter::NoteFilter;
//!
//! let march = Utc.with_ymd_and_hms(2026, 3, 1, 0, 0, 0).unwrap()..Utc.with_ymd_and_hms(2026, 4, 1, 0, 0, 0).unwrap();
//! let (ines, odd) = (PersonId::new(4021), PersonId::new(5530));
//! let filter = NoteFilter::creator_id().any_of([ines, odd]) & NoteFilter::created_at().within(march);
//! assert_eq!(
//!     filter.to_string(),
//!     "(creator.id=4021 | creator.id=5530) & createdAt>=2026-03-01T00:00:00Z & createdAt<2026-04-01T00:00:00Z",
//! );
//! ```
//!
//! A filter of one collection does not go with another:
//!
//! ```compile_fail
//! # fn example(affinity: affinity::Affinity) {
//! affinity.emails().list().filter(affinity::filter::NoteFilter::id().eq(affinity::NoteId::new(1)));
//! # }
//! ```
//!
//! For what is not offered, there are [`Filter::property`], which has every operator of the language and quotes what
//! needs it, and [`Filter::raw`]. Companies, persons, opportunities and list entries have no filter: the API
//! ignores one there and gives everything (observed).

mod literal;
mod properties;
mod property;

use std::fmt;
use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use affinity_core::{Error, Result};
use chrono::{DateTime, Utc};

pub use literal::Literal;
pub use properties::{
    CompanyMergeFilter, CompanyMergeTaskFilter, EmailFilter, MeetingFilter, NoteFilter, NoteOfFilter,
    PersonMergeFilter, PersonMergeTaskFilter,
};
pub use property::{Equality, Property, Timing};

/// Which items of a collection are wanted, by the properties `P`. Its `Display` is what is sent, if it can be sent:
/// see [`check`](Self::check).
///
/// Two filters are equal when they are sent as the same text.
pub struct Filter<P> {
    node: Node,
    properties: PhantomData<fn() -> P>,
}

#[derive(Clone)]
enum Node {
    Condition(String),
    Bound(Bound),
    /// As the caller wrote it: not known where its parts end.
    Raw(String),
    Not(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    /// What cannot be asked, and why.
    Refused(String),
}

/// A bound in time, as exact as it was given: property, operator, instant.
#[derive(Clone)]
struct Bound {
    property: String,
    sign: &'static str,
    instant: DateTime<Utc>,
}

impl Bound {
    /// The API takes whole seconds (observed). Which way a fraction goes depends on what would be left out: under a
    /// negation, a narrower bound is a wider answer.
    fn write(&self, f: &mut fmt::Formatter<'_>, negated: bool) -> fmt::Result {
        let is_upper = self.sign.starts_with('<');
        let instant = if is_upper == negated {
            literal::rounded_down(self.instant)
        } else {
            literal::rounded_up(self.instant)
        };
        write!(f, "{}{}{}", self.property, self.sign, literal::written(instant))
    }
}

/// How tightly the parts of a filter hold together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Raw,
    Or,
    And,
    Not,
    Condition,
}

impl<P> Filter<P> {
    fn new(node: Node) -> Self {
        Self { node, properties: PhantomData }
    }

    /// A filter as text, for what the builders do not offer. It is sent as it is; together with others, in
    /// parentheses. Text whose own parentheses do not match is refused when it is used: it would reach out of
    /// them.
    pub fn raw(text: impl Into<String>) -> Self {
        let text = text.into();
        Self::new(match text.trim() {
            "" => Node::Refused("an empty filter, which would give everything".to_owned()),
            _ if !is_balanced(&text) => {
                Node::Refused("raw: parentheses or quotes that do not match".to_owned())
            }
            _ => Node::Raw(text),
        })
    }

    /// A property by its name on the wire, such as `creator.id`, with every operator of the filter language. The
    /// endpoint may refuse it.
    pub fn property(name: impl Into<String>) -> Property<P> {
        Property::new(name.into())
    }

    /// Refuses what cannot be asked, as using the filter does. What a refused filter displays is no filter.
    ///
    /// # Errors
    ///
    /// `is_input`: an `any_of` without values, a raw filter that is empty or does not match up, a name that no
    /// property has, a number that is none.
    pub fn check(&self) -> Result<()> {
        self.for_sending().map(drop).map_err(|why| Error::input(format!("filter: {why}")))
    }

    /// The text to send.
    pub(crate) fn for_sending(&self) -> Result<String, String> {
        match self.node.refusal() {
            Some(why) => Err(why.to_owned()),
            None => Ok(self.to_string()),
        }
    }
}

impl Node {
    fn binding(&self) -> Binding {
        match self {
            Self::Raw(_) => Binding::Raw,
            Self::Or(_) => Binding::Or,
            Self::And(_) => Binding::And,
            Self::Not(_) => Binding::Not,
            Self::Condition(_) | Self::Bound(_) | Self::Refused(_) => Binding::Condition,
        }
    }

    fn refusal(&self) -> Option<&str> {
        match self {
            Self::Refused(why) => Some(why),
            Self::Not(inner) => inner.refusal(),
            Self::And(parts) | Self::Or(parts) => parts.iter().find_map(Self::refusal),
            Self::Condition(_) | Self::Bound(_) | Self::Raw(_) => None,
        }
    }

    /// The parts of a conjunction, so that a long one stays flat.
    fn conjuncts(self) -> Vec<Self> {
        match self {
            Self::And(parts) => parts,
            other => vec![other],
        }
    }

    fn alternatives(self) -> Vec<Self> {
        match self {
            Self::Or(parts) => parts,
            other => vec![other],
        }
    }

    fn joined(
        f: &mut fmt::Formatter<'_>,
        parts: &[Self],
        sign: &str,
        least: Binding,
        negated: bool,
    ) -> fmt::Result {
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                write!(f, " {sign} ")?;
            }
            part.within(f, least, negated)?;
        }
        Ok(())
    }

    /// In parentheses if it holds together less tightly than its place wants.
    fn within(&self, f: &mut fmt::Formatter<'_>, least: Binding, negated: bool) -> fmt::Result {
        if self.binding() >= least {
            return self.write(f, negated);
        }
        f.write_str("(")?;
        self.write(f, negated)?;
        f.write_str(")")
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, negated: bool) -> fmt::Result {
        match self {
            Self::Condition(text) | Self::Raw(text) => f.write_str(text),
            Self::Bound(bound) => bound.write(f, negated),
            Self::Not(inner) => {
                f.write_str("!")?;
                inner.within(f, Binding::Not, !negated)
            }
            Self::And(parts) => Self::joined(f, parts, "&", Binding::And, negated),
            Self::Or(parts) => Self::joined(f, parts, "|", Binding::Or, negated),
            Self::Refused(why) => write!(f, "<{why}>"),
        }
    }
}

/// Whether parentheses and quotes match up.
fn is_balanced(text: &str) -> bool {
    let (mut depth, mut quoted) = (0_usize, false);
    let mut signs = text.chars();
    while let Some(sign) = signs.next() {
        match sign {
            // With nothing behind it, it would make a plain sign of what is written after the text.
            '\\' if signs.next().is_none() => return false,
            '\\' => {}
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return false,
            },
            _ => {}
        }
    }
    depth == 0 && !quoted
}

impl<P> fmt::Display for Filter<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.write(f, false)
    }
}

/// Without the text, which can name people.
impl<P> fmt::Debug for Filter<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter").finish_non_exhaustive()
    }
}

impl<P> Clone for Filter<P> {
    fn clone(&self) -> Self {
        Self::new(self.node.clone())
    }
}

impl<P> PartialEq for Filter<P> {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl<P> BitAnd for Filter<P> {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        let mut parts = self.node.conjuncts();
        parts.extend(other.node.conjuncts());
        Self::new(Node::And(parts))
    }
}

impl<P> BitOr for Filter<P> {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        let mut parts = self.node.alternatives();
        parts.extend(other.node.alternatives());
        Self::new(Node::Or(parts))
    }
}

impl<P> Not for Filter<P> {
    type Output = Self;

    fn not(self) -> Self {
        Self::new(Node::Not(Box::new(self.node)))
    }
}
