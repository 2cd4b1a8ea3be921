//! Filters: what is written is read by the grammar of the API as what was meant, whatever is in it.

use affinity::chrono::{DateTime, Utc};
use affinity::filter::{Filter, NoteFilter};
use affinity::{CompanyMergeTaskId, MergeStatus};
use proptest::collection::vec;
use proptest::prelude::*;

use super::json::text;
use super::{MANY, check};

type Any = Filter<NoteFilter>;

/// What a filter means: as it is asked for, and as it is read again.
#[derive(Clone, Debug, PartialEq)]
enum Meaning {
    /// A property, an operator, and a value or a list of them.
    Condition(String, String, Vec<String>),
    Not(Box<Meaning>),
    And(Vec<Meaning>),
    Or(Vec<Meaning>),
}

use Meaning::{And, Condition, Not, Or};

/// The parts of conjunctions of conjunctions belong together, and so do those of alternatives.
fn flat(meaning: Meaning) -> Meaning {
    match meaning {
        Not(inner) => Not(Box::new(flat(*inner))),
        And(parts) => {
            let parts = parts.into_iter().map(flat);
            one_or(
                And,
                parts.flat_map(|part| if let And(parts) = part { parts } else { vec![part] }).collect(),
            )
        }
        Or(parts) => {
            let parts = parts.into_iter().map(flat);
            one_or(Or, parts.flat_map(|part| if let Or(parts) = part { parts } else { vec![part] }).collect())
        }
        condition => condition,
    }
}

fn one_or(of: fn(Vec<Meaning>) -> Meaning, mut parts: Vec<Meaning>) -> Meaning {
    if parts.len() == 1 { parts.remove(0) } else { of(parts) }
}

/// A parser of the grammar, knowing nothing of how filters are written.
struct Parser<'a> {
    rest: &'a str,
}

type Parsed<T> = Result<T, String>;

impl<'a> Parser<'a> {
    fn whole(text: &'a str) -> Parsed<Meaning> {
        let mut parser = Parser { rest: text };
        let meaning = parser.either()?;
        parser.space();
        if parser.rest.is_empty() { Ok(flat(meaning)) } else { Err(format!("{:?} is left", parser.rest)) }
    }

    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches(' ');
    }

    fn take(&mut self, sign: &str) -> bool {
        self.space();
        let rest = self.rest.strip_prefix(sign);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn either(&mut self) -> Parsed<Meaning> {
        let mut parts = vec![self.all()?];
        while self.take("|") {
            parts.push(self.all()?);
        }
        Ok(one_or(Or, parts))
    }

    fn all(&mut self) -> Parsed<Meaning> {
        let mut parts = vec![self.not()?];
        while self.take("&") {
            parts.push(self.not()?);
        }
        Ok(one_or(And, parts))
    }

    fn not(&mut self) -> Parsed<Meaning> {
        if self.take("!") {
            return Ok(Not(Box::new(self.not()?)));
        }
        if !self.take("(") {
            return self.condition();
        }
        let inner = self.either()?;
        if self.take(")") { Ok(inner) } else { Err(format!("no end of the group before {:?}", self.rest)) }
    }

    fn condition(&mut self) -> Parsed<Meaning> {
        self.space();
        let end = self.rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(end);
        self.rest = rest;
        let starts = |part: &str| part.starts_with(|c: char| c.is_ascii_alphabetic());
        if !name.split('.').all(starts) {
            return Err(format!("{name:?} is no property"));
        }
        // The longest first.
        let operators = ["!=", ">=", "<=", "=^", "=$", "=~", ">", "<", "="];
        let operator = operators.iter().find(|operator| self.take(operator)).ok_or("no operator")?;
        let (mut operator, mut values) = ((*operator).to_owned(), Vec::new());
        if ["=", "!="].contains(&operator.as_str()) && self.take("*") {
            operator.push('*');
        } else if ["=", "!=", "=~"].contains(&operator.as_str()) && self.take("[") {
            operator.push_str("[]");
            while !self.take("]") {
                if !values.is_empty() && !self.take(",") {
                    return Err("no comma".to_owned());
                }
                values.push(self.value(true)?);
            }
        } else {
            values.push(self.value(false)?);
        }
        Ok(Condition(name.to_owned(), operator, values))
    }

    fn value(&mut self, in_list: bool) -> Parsed<String> {
        self.space();
        let quoted = self.take("\"");
        let (mut value, mut signs) = (String::new(), self.rest.char_indices());
        let end = loop {
            match signs.next() {
                None if quoted => return Err("no end of the quote".to_owned()),
                None => break self.rest.len(),
                Some((_, '\\')) => value.push(signs.next().ok_or("nothing behind the backslash")?.1),
                Some((at, '"')) if quoted => break at + 1,
                Some((at, sign))
                    if !quoted && (" *~!&=><$^|\"'()][/".contains(sign) || in_list && sign == ',') =>
                {
                    break at;
                }
                Some((_, sign)) => value.push(sign),
            }
        };
        self.rest = &self.rest[end..];
        if quoted || !value.is_empty() { Ok(value) } else { Err("no value".to_owned()) }
    }
}

fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z][a-zA-Z0-9]{0,8}(\\.[a-zA-Z][a-zA-Z0-9]{0,8}){0,2}"
}

/// A filter, and what it means.
type Meant = (Any, Meaning);

fn condition() -> impl Strategy<Value = Meant> {
    let meant = |filter: Any, name: &str, operator: &str, values: Vec<String>| {
        (filter, Condition(name.to_owned(), operator.to_owned(), values))
    };
    let texts = (name(), text(), 0..5_usize).prop_map(move |(name, value, operator)| {
        let property = Any::property(name.as_str());
        let (filter, operator) = match operator {
            0 => (property.eq(value.as_str()), "="),
            1 => (property.ne(value.clone()), "!="),
            2 => (property.starts_with(&value), "=^"),
            3 => (property.ends_with(&value), "=$"),
            _ => (property.contains(&value), "=~"),
        };
        meant(filter, &name, operator, vec![value])
    });
    let lists = (name(), vec(text(), 0..4), any::<bool>()).prop_map(move |(name, values, all)| {
        let property = Any::property(name.as_str());
        let filter =
            if all { property.contains_all(values.clone()) } else { property.is_exactly(values.clone()) };
        meant(filter, &name, if all { "=~[]" } else { "=[]" }, values)
    });
    let numbers = (name(), any::<i64>(), 0..4_usize).prop_map(move |(name, value, operator)| {
        let property = Any::property(name.as_str());
        let filter = [property.gt(value), property.ge(value), property.lt(value), property.le(value)]
            [operator]
            .clone();
        meant(filter, &name, [">", ">=", "<", "<="][operator], vec![value.to_string()])
    });
    let nulls = (name(), any::<bool>()).prop_map(move |(name, has)| {
        let property = Any::property(name.as_str());
        let filter = if has { property.has_value() } else { property.is_null() };
        meant(filter, &name, if has { "=*" } else { "!=*" }, Vec::new())
    });
    let words = (name(), text(), any::<bool>()).prop_map(move |(name, value, status)| {
        let property = Any::property(name.as_str());
        let filter = if status {
            property.eq(value.parse::<MergeStatus>().unwrap())
        } else {
            property.eq(CompanyMergeTaskId::new(value.as_str()))
        };
        meant(filter, &name, "=", vec![value])
    });
    prop_oneof![4 => texts, 2 => lists, 1 => numbers, 1 => nulls, 2 => words]
}

fn filter() -> impl Strategy<Value = Meant> {
    condition().prop_recursive(5, 20, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|(filter, meaning)| (!filter, Not(Box::new(meaning)))),
            (inner.clone(), inner.clone())
                .prop_map(|((a, means_a), (b, means_b))| (a & b, And(vec![means_a, means_b]))),
            (inner.clone(), inner)
                .prop_map(|((a, means_a), (b, means_b))| (a | b, Or(vec![means_a, means_b]))),
        ]
    })
}

#[test]
fn a_filter_is_read_as_what_it_was_built_of() {
    check("filters", 2 * MANY, &filter(), |(filter, meaning)| {
        let text = filter.to_string();
        filter.check().unwrap();
        assert_eq!(Parser::whole(&text), Ok(flat(meaning)), "{text}");
    });
}

#[test]
fn a_raw_filter_stays_within_its_parentheses() {
    let raw = prop_oneof![
        filter().prop_map(|(filter, _)| filter.to_string()),
        text(),
        "[a-c()!&|=\"\\\\ ]{1,10}",
        (filter(), "[()\"\\\\|&]{1,2}").prop_map(|((filter, _), more)| filter.to_string() + &more),
    ];
    check("raw filters", 4 * MANY, &(raw, filter(), any::<bool>()), |(raw, (other, meaning), first)| {
        let filter = Any::raw(raw.as_str());
        if filter.check().is_err() {
            return;
        }
        let whole = if first { filter & other.clone() } else { other.clone() & filter };
        let text = whole.to_string();
        let Ok(own) = Parser::whole(&raw) else {
            // Whatever the server makes of it, the rest stands beside it.
            let rest = Any::raw("x=1") & other;
            let rest = rest.to_string();
            let beside = if first { rest.strip_prefix("(x=1)").unwrap() } else { "" };
            return assert!(text.ends_with(beside), "{text}");
        };
        let parts = if first { vec![own, meaning] } else { vec![meaning, own] };
        assert_eq!(Parser::whole(&text), Ok(flat(And(parts))), "{text}");
    });
}

#[test]
fn what_is_no_name_of_a_property_is_refused() {
    let name = prop_oneof![text(), "[a-z.=&|!() ]{1,6}", name()];
    check("names", 2 * MANY, &(name, text()), |(name, value)| {
        let filter = Any::property(name.as_str()).eq(value.as_str());
        match Parser::whole(&format!("{name}=1")) {
            Ok(Condition(read, _, _)) if read == name => filter.check().unwrap(),
            _ => assert!(filter.check().unwrap_err().is_input(), "{name:?}"),
        }
    });
}

#[test]
fn numbers_and_instants_are_read_as_the_same() {
    let instants = (-62_167_219_200_i64..253_402_300_799, 0..1_000_000_000_u32);
    check("bounds", MANY, &(any::<f64>(), instants), |(number, (seconds, nanos))| {
        let filter = Any::property("n").ge(number);
        match Parser::whole(&filter.to_string()) {
            Ok(Condition(_, _, values)) if number.is_finite() => {
                assert_eq!(values[0].parse::<f64>().unwrap().to_bits(), number.to_bits());
            }
            read => assert!(!number.is_finite() && filter.check().is_err(), "{read:?}"),
        }
        let at: DateTime<Utc> = DateTime::from_timestamp(seconds, nanos).unwrap();
        // A lower and an upper bound leave out nothing between them, and have no fraction.
        let bounds = [
            NoteFilter::created_at().gt(at),
            NoteFilter::created_at().le(at),
            !NoteFilter::created_at().gt(at),
        ];
        for filter in bounds {
            let value = match Parser::whole(&filter.to_string()).unwrap() {
                Condition(_, _, values) => values,
                Not(inner) => match *inner {
                    Condition(_, _, values) => values,
                    other => panic!("{other:?}"),
                },
                other => panic!("{other:?}"),
            };
            let read: DateTime<Utc> = value[0].parse().unwrap();
            assert!(
                read.timestamp_subsec_nanos() == 0 && (read - at).num_milliseconds().abs() <= 1000,
                "{filter}"
            );
        }
    });
}
