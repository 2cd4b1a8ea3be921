//! Properties, and the conditions that can be made of them.

use std::fmt::Write;
use std::marker::PhantomData;
use std::ops::Range;

use chrono::{DateTime, Utc};

use super::{Bound, Filter, Literal, Node};

/// A property that can be compared for equality, with values of the type `V`.
#[derive(Clone, Copy, Debug)]
pub struct Equality<P, V> {
    name: &'static str,
    of: PhantomData<fn() -> (P, V)>,
}

impl<P, V: Literal> Equality<P, V> {
    pub(super) const fn new(name: &'static str) -> Self {
        Self { name, of: PhantomData }
    }

    /// It has this value.
    pub fn eq(&self, value: V) -> Filter<P> {
        condition(self.name, "=", &value)
    }

    /// It has one of these values. The language has no operator for that, so it is an alternative for each: a
    /// long list makes a long URL. A filter without values is refused when it is used, before anything is sent.
    pub fn any_of(&self, values: impl IntoIterator<Item = V>) -> Filter<P> {
        any_of(self.name, values)
    }
}

/// A property that is an instant, in UTC. The API takes bounds in whole seconds (observed); one with a fraction is
/// rounded so that nothing is left out.
#[derive(Clone, Copy, Debug)]
pub struct Timing<P> {
    name: &'static str,
    of: PhantomData<fn() -> P>,
}

impl<P> Timing<P> {
    pub(super) const fn new(name: &'static str) -> Self {
        Self { name, of: PhantomData }
    }

    /// It is later than this.
    pub fn gt(&self, instant: DateTime<Utc>) -> Filter<P> {
        condition(self.name, ">", &instant)
    }

    /// It is this, or later.
    pub fn ge(&self, instant: DateTime<Utc>) -> Filter<P> {
        condition(self.name, ">=", &instant)
    }

    /// It is earlier than this.
    pub fn lt(&self, instant: DateTime<Utc>) -> Filter<P> {
        condition(self.name, "<", &instant)
    }

    /// It is this, or earlier.
    pub fn le(&self, instant: DateTime<Utc>) -> Filter<P> {
        condition(self.name, "<=", &instant)
    }

    /// It is the start of this range, or in it; the end does not belong to it.
    pub fn within(&self, range: Range<DateTime<Utc>>) -> Filter<P> {
        self.ge(range.start) & self.lt(range.end)
    }
}

/// A property by its name on the wire, with every operator of the language: see [`Filter::property`].
#[derive(Clone, Debug)]
pub struct Property<P> {
    name: String,
    of: PhantomData<fn() -> P>,
}

impl<P> Property<P> {
    pub(super) fn new(name: String) -> Self {
        Self { name, of: PhantomData }
    }

    /// `=`: it has this value.
    pub fn eq(&self, value: impl Literal) -> Filter<P> {
        condition(&self.name, "=", &value)
    }

    /// `!=`: it has another value. Few endpoints take it; `!` before a condition goes everywhere.
    pub fn ne(&self, value: impl Literal) -> Filter<P> {
        condition(&self.name, "!=", &value)
    }

    /// It has one of these values: an alternative for each.
    pub fn any_of<V: Literal>(&self, values: impl IntoIterator<Item = V>) -> Filter<P> {
        any_of(&self.name, values)
    }

    /// `>`
    pub fn gt(&self, value: impl Literal) -> Filter<P> {
        condition(&self.name, ">", &value)
    }

    /// `>=`
    pub fn ge(&self, value: impl Literal) -> Filter<P> {
        condition(&self.name, ">=", &value)
    }

    /// `<`
    pub fn lt(&self, value: impl Literal) -> Filter<P> {
        condition(&self.name, "<", &value)
    }

    /// `<=`
    pub fn le(&self, value: impl Literal) -> Filter<P> {
        condition(&self.name, "<=", &value)
    }

    /// `=^`: the text starts with this.
    pub fn starts_with(&self, text: &str) -> Filter<P> {
        condition(&self.name, "=^", &text)
    }

    /// `=$`: the text ends with this.
    pub fn ends_with(&self, text: &str) -> Filter<P> {
        condition(&self.name, "=$", &text)
    }

    /// `=~`: the text contains this.
    pub fn contains(&self, text: &str) -> Filter<P> {
        condition(&self.name, "=~", &text)
    }

    /// `=[…]`: the collection is exactly these, in this order; of none, it is empty.
    pub fn is_exactly<V: Literal>(&self, values: impl IntoIterator<Item = V>) -> Filter<P> {
        list(&self.name, "=", values)
    }

    /// `=~[…]`: the collection contains all of these.
    pub fn contains_all<V: Literal>(&self, values: impl IntoIterator<Item = V>) -> Filter<P> {
        list(&self.name, "=~", values)
    }

    /// `=*`: it has a value.
    pub fn has_value(&self) -> Filter<P> {
        written(&self.name, "=", Ok("*".to_owned()))
    }

    /// `!=*`: it has no value.
    pub fn is_null(&self) -> Filter<P> {
        written(&self.name, "!=", Ok("*".to_owned()))
    }

    /// `=""`: the text is empty.
    pub fn is_empty_text(&self) -> Filter<P> {
        self.eq("")
    }

    /// `=[]`: the collection is empty.
    pub fn is_empty_collection(&self) -> Filter<P> {
        self.is_exactly::<i64>([])
    }
}

fn condition<P>(name: &str, operator: &'static str, value: &impl Literal) -> Filter<P> {
    match value.instant() {
        Some(instant) if is_name(name) && operator.starts_with(['<', '>']) => {
            Filter::new(Node::Bound(Bound { property: name.to_owned(), sign: operator, instant }))
        }
        _ => written(name, operator, value.text()),
    }
}

fn is_name(name: &str) -> bool {
    name.split('.').all(|part| {
        part.starts_with(|first: char| first.is_ascii_alphabetic())
            && part.chars().all(|c| c.is_ascii_alphanumeric())
    })
}

fn list<P, V: Literal>(name: &str, operator: &str, values: impl IntoIterator<Item = V>) -> Filter<P> {
    let values: Result<Vec<_>, _> = values.into_iter().map(|value| value.text()).collect();
    written(name, operator, values.map(|values| format!("[{}]", values.join(","))))
}

fn any_of<P, V: Literal>(name: &str, values: impl IntoIterator<Item = V>) -> Filter<P> {
    let any = values.into_iter().map(|value| condition(name, "=", &value)).reduce(|any, one| any | one);
    let none = || Node::Refused(format!("any_of on {name} was given no values, so nothing could match"));
    any.unwrap_or_else(|| Filter::new(none()))
}

fn written<P>(name: &str, operator: &str, value: Result<String, String>) -> Filter<P> {
    Filter::new(match value {
        _ if !is_name(name) => Node::Refused(format!("{name:?} is not the name of a property")),
        Ok(value) => {
            let mut text = name.to_owned();
            let _ = write!(text, "{operator}{value}");
            Node::Condition(text)
        }
        Err(why) => Node::Refused(format!("{name}: {why}")),
    })
}
