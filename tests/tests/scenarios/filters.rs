//! Filters: what is sent, what is refused, and that both sides mean the same by it.

use std::collections::BTreeMap;

use affinity::filter::{EmailFilter, Filter, NoteFilter, NoteOfFilter, PersonMergeFilter, Property};
use affinity::{Date, MergeStatus, NoteId, PersonId, PersonMergeTaskId};
use affinity_sandbox::filter::{Expression, Value};
use affinity_sandbox::{NewNote, Sandbox, World};
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use fastrand::Rng;
use futures::TryStreamExt;

use crate::support::{client, rng};

type Notes = Filter<NoteFilter>;

fn by(person: u64) -> Notes {
    NoteFilter::creator_id().eq(PersonId::new(person))
}

fn property(name: &str) -> Property<NoteFilter> {
    Filter::property(name)
}

fn at(hour: u32, milli: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2025, 3, 1, hour, 0, 0).unwrap() + TimeDelta::milliseconds(milli.into())
}

#[test]
fn conditions_are_written_as_the_language_has_them() {
    let task = PersonMergeTaskId::new("7f3c2d10-58ab-4c6e-9d21-0c4b6a1e8f35");
    for (filter, expected) in [
        (NoteFilter::id().eq(NoteId::new(9001)).to_string(), "id=9001"),
        (by(5).to_string(), "creator.id=5"),
        (NoteFilter::created_at().gt(at(9, 0)).to_string(), "createdAt>2025-03-01T09:00:00Z"),
        (NoteFilter::created_at().le(at(9, 0)).to_string(), "createdAt<=2025-03-01T09:00:00Z"),
        (
            NoteOfFilter::updated_at().within(at(9, 0)..at(10, 0)).to_string(),
            "updatedAt>=2025-03-01T09:00:00Z & updatedAt<2025-03-01T10:00:00Z",
        ),
        (EmailFilter::sent_at().lt(at(1, 0)).to_string(), "sentAt<2025-03-01T01:00:00Z"),
        (PersonMergeFilter::status().eq(MergeStatus::InProgress).to_string(), "status=in-progress"),
        (PersonMergeFilter::task_id().eq(task).to_string(), "taskId=7f3c2d10-58ab-4c6e-9d21-0c4b6a1e8f35"),
        (property("a.b").starts_with("x y").to_string(), r#"a.b=^"x y""#),
        (property("a").ends_with("x").to_string(), r#"a=$"x""#),
        (property("a").contains(r#"x"y\z"#).to_string(), r#"a=~"x\"y\\z""#),
        (property("a").is_exactly(["x,y", "]"]).to_string(), r#"a=["x,y","]"]"#),
        (property("a").contains_all([1_i64, -2]).to_string(), "a=~[1,-2]"),
        (property("a").ne(2.5).to_string(), "a!=2.5"),
        (property("a").ge(Date::ymd(2025, 3, 1).unwrap()).to_string(), "a>=2025-03-01"),
        (property("a").has_value().to_string(), "a=*"),
        (property("a").is_null().to_string(), "a!=*"),
        (property("a").is_empty_text().to_string(), r#"a="""#),
        (property("a").is_empty_collection().to_string(), "a=[]"),
    ] {
        assert_eq!(filter, expected);
        assert!(Expression::parse(&filter).is_ok(), "{filter}");
    }
}

#[test]
fn groups_get_their_parentheses_by_precedence() {
    let (a, b, c) = (by(1), by(2), by(3));
    let text = |filter: Notes| filter.to_string().replace("creator.id=", "");
    assert_eq!(text(a.clone() & b.clone() & c.clone()), "1 & 2 & 3");
    assert_eq!(text(a.clone() | b.clone() | c.clone()), "1 | 2 | 3");
    assert_eq!(text(a.clone() & b.clone() | c.clone()), "1 & 2 | 3");
    assert_eq!(text(a.clone() & (b.clone() | c.clone())), "1 & (2 | 3)");
    assert_eq!(text(!a.clone() & b.clone()), "!1 & 2");
    assert_eq!(text(!(a.clone() & b.clone())), "!(1 & 2)");
    assert_eq!(text(!!a.clone()), "!!1");
    assert_eq!(text((a.clone() & b.clone()) & (c.clone() & a.clone())), "1 & 2 & 3 & 1");
    assert_eq!(text(NoteFilter::creator_id().any_of([1, 2].map(PersonId::new)) & c.clone()), "(1 | 2) & 3");
    assert_eq!(text(NoteFilter::creator_id().any_of([PersonId::new(1)]) & c.clone()), "1 & 3");
    assert_eq!(text(Filter::raw("x=1 | y=2") & c.clone()), "(x=1 | y=2) & 3");
    assert_eq!(text(!Filter::raw("x=1 | y=2")), "!(x=1 | y=2)");
    assert_eq!(text(Filter::raw("x=1 | y=2")), "x=1 | y=2");
}

#[test]
fn a_fraction_of_a_second_leaves_nothing_out() {
    let created = NoteFilter::created_at;
    let bounds = [
        created().gt(at(9, 500)),
        created().ge(at(9, 500)),
        created().lt(at(9, 500)),
        created().le(at(9, 500)),
    ];
    assert_eq!(
        bounds.map(|bound| bound.to_string()),
        [
            "createdAt>2025-03-01T09:00:00Z",
            "createdAt>=2025-03-01T09:00:00Z",
            "createdAt<2025-03-01T09:00:01Z",
            "createdAt<=2025-03-01T09:00:01Z",
        ]
    );
}

#[tokio::test]
async fn a_fraction_of_a_second_leaves_nothing_out_whichever_way_it_is_asked() {
    let mut world = World::new();
    world.add_note(NewNote::entities("<p>x</p>").created_at(at(10, 700))).unwrap();
    let sandbox = Sandbox::builder().world(world).start().await.unwrap();
    let created = NoteFilter::created_at;
    let by_name = || property("createdAt");
    for filter in [
        created().ge(at(10, 500)),
        !created().lt(at(10, 500)),
        !created().le(at(10, 500)),
        created().lt(at(10, 900)),
        !created().ge(at(10, 900)),
        !!created().gt(at(10, 500)),
        !(created().lt(at(10, 500)) | created().gt(at(10, 900))),
        by_name().lt(at(10, 900)),
        by_name().ge(at(10, 500)),
    ] {
        let found = client(&sandbox).notes().list().filter(filter.clone()).count().await.unwrap();
        assert_eq!(found, 1, "{filter}");
    }
}

#[test]
fn raw_text_does_not_reach_out_of_its_parentheses() {
    for text in ["a=1) | (b=2", "(a=1", "a=1)", r#"a="x"#, r#"a=")" | (b=2"#, r"a=b\"] {
        let error = (Notes::raw(text) & by(1)).check().unwrap_err();
        assert!(error.is_input() && error.to_string().contains("do not match"), "{text}: {error}");
    }
    for text in ["a=1", "(a=1) | (b=2)", r#"a=")""#, r"a=\)", r#"a="\"" & (b=1)"#] {
        assert!(Notes::raw(text).check().is_ok(), "{text}");
    }
}

#[test]
fn debug_does_not_print_what_is_looked_for() {
    let printed = format!("{:?}", property("subject").contains("Ines Falk"));
    assert!(!printed.contains("Ines"), "{printed}");
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_before_anything_is_sent() {
    let sandbox = Sandbox::empty().await.unwrap();
    let notes = client(&sandbox).notes().list();
    for (filter, says) in [
        (NoteFilter::creator_id().any_of([]), "filter: any_of on creator.id was given no values"),
        (by(1) & !(by(2) | NoteFilter::id().any_of([])), "filter: any_of on id was given no values"),
        (Filter::raw("  "), "filter: an empty filter"),
        (property("creator id").eq(1_i64), "filter: \"creator id\" is not the name of a property"),
        (property("").has_value(), "filter: \"\" is not the name of a property"),
        (property("a.").has_value(), "filter: \"a.\" is not the name"),
        (property("amount").gt(f64::NAN), "filter: amount: NaN is no number to compare with"),
        (by(0), "filter: creator.id: 0 is no id"),
        (
            NoteFilter::id().any_of((1..=20_000).map(NoteId::new)),
            "filter: longer than a URL can be; ask in parts, with fewer values in each any_of",
        ),
    ] {
        let error = notes.clone().filter(filter).send().await.unwrap_err();
        assert!(error.is_input() && error.to_string().contains(says), "{error}");
    }
    assert!(sandbox.requests().is_empty());
}

#[tokio::test]
async fn what_the_endpoint_does_not_take_comes_back_with_its_place() {
    let sandbox = Sandbox::empty().await.unwrap();
    let notes = client(&sandbox).notes().list();
    for (filter, place) in [
        (Filter::raw("creator.id=1 &"), "character 15"),
        (Filter::raw("subject=1"), "character 1:"),
        (property("creator.id").ne(1_i64), "character 11"),
    ] {
        let error = notes.clone().filter(filter).send().await.unwrap_err();
        assert_eq!(
            (error.status().map(|it| it.as_u16()), error.param()),
            (Some(400), Some("filter")),
            "{error}"
        );
        assert!(error.to_string().contains(place), "{error}");
    }
}

#[tokio::test]
async fn a_second_filter_narrows_the_first() {
    let sandbox = Sandbox::empty().await.unwrap();
    let notes = client(&sandbox).notes().list().filter(by(1) | by(2)).filter(!by(2));
    notes.send().await.unwrap().into_items().unwrap();
    assert_eq!(sandbox.requests()[0].param("filter"), Some("(creator.id=1 | creator.id=2) & !creator.id=2"));
}

/// A tree that is both displayed and evaluated.
#[derive(Debug)]
enum Tree {
    Leaf(&'static str, Test),
    Not(Box<Tree>),
    And(Vec<Tree>),
    Or(Vec<Tree>),
}

#[derive(Debug)]
enum Test {
    Is(Value),
    IsNot(Value),
    Order(&'static str, Value),
    Text(&'static str, String),
    Exactly(Vec<String>),
    ContainsAll(Vec<String>),
    HasValue,
    IsNull,
    EmptyText,
    EmptyList,
}

type Record = BTreeMap<&'static str, Value>;

/// Few letters, so that texts meet; and every sign that means something.
fn text(rng: &mut Rng) -> String {
    const SIGNS: &[char] =
        &['a', 'a', 'b', 'é', '\\', '*', '~', '!', '&', '=', '>', '<', '$', '^', '|', '"', '\''];
    const MORE: &[char] = &['(', ')', ']', '[', '/', ',', ' ', '\n', '.', '-', '%', '+', '#'];
    let signs: Vec<_> = SIGNS.iter().chain(MORE).copied().collect();
    (0..rng.usize(0..4)).map(|_| signs[rng.usize(..signs.len())]).collect()
}

fn value_of(name: &str, rng: &mut Rng) -> Value {
    match name {
        "name" => Value::Text(text(rng)),
        "rank" => Value::Integer(rng.i64(-3..4)),
        "score" => Value::Number(f64::from(rng.i32(-6..7)) / 4.0),
        "sentAt" => Value::Instant(at(rng.u32(0..4), 0)),
        _ => Value::List((0..rng.usize(0..3)).map(|_| Value::Text(text(rng))).collect()),
    }
}

const NAMES: [&str; 5] = ["name", "rank", "score", "sentAt", "tag.names"];

fn record(rng: &mut Rng) -> Record {
    let value = |name: &&'static str, rng: &mut Rng| {
        let value = if rng.u8(..) < 60 { Value::Null } else { value_of(name, rng) };
        (*name, value)
    };
    NAMES.iter().map(|name| value(name, rng)).collect()
}

fn leaf(rng: &mut Rng) -> Tree {
    let name = NAMES[rng.usize(..NAMES.len())];
    let order = |rng: &mut Rng| [">", ">=", "<", "<="][rng.usize(..4)];
    let test = match (name, rng.u8(..8)) {
        (_, 0) => Test::HasValue,
        (_, 1) => Test::IsNull,
        ("name", 2) => Test::EmptyText,
        ("name", 3..=5) => Test::Text(["=^", "=$", "=~"][rng.usize(..3)], text(rng)),
        ("tag.names", 2) => Test::EmptyList,
        ("tag.names", 3..=4) => Test::ContainsAll((0..rng.usize(0..3)).map(|_| text(rng)).collect()),
        ("tag.names", _) => Test::Exactly((0..rng.usize(0..3)).map(|_| text(rng)).collect()),
        ("rank" | "score" | "sentAt", 2..=5) => Test::Order(order(rng), value_of(name, rng)),
        (_, 6) => Test::IsNot(value_of(name, rng)),
        _ => Test::Is(value_of(name, rng)),
    };
    Tree::Leaf(name, test)
}

fn tree(rng: &mut Rng, depth: u32) -> Tree {
    let some = |rng: &mut Rng| (0..rng.usize(1..4)).map(|_| tree(rng, depth - 1)).collect();
    match if depth == 0 { 0 } else { rng.u8(..5) } {
        0 | 1 => leaf(rng),
        2 => Tree::Not(Box::new(tree(rng, depth - 1))),
        3 => Tree::And(some(rng)),
        _ => Tree::Or(some(rng)),
    }
}

fn texts(values: &[String]) -> Vec<&str> {
    values.iter().map(String::as_str).collect()
}

impl Tree {
    fn filter(&self) -> Notes {
        match self {
            Self::Leaf(name, test) => test.filter(&property(name)),
            Self::Not(inner) => !inner.filter(),
            Self::And(parts) => parts.iter().map(Self::filter).reduce(|all, part| all & part).unwrap(),
            Self::Or(parts) => parts.iter().map(Self::filter).reduce(|any, part| any | part).unwrap(),
        }
    }

    fn is_true_of(&self, record: &Record) -> bool {
        match self {
            Self::Leaf(name, test) => test.is_true_of(&record[name]),
            Self::Not(inner) => !inner.is_true_of(record),
            Self::And(parts) => parts.iter().all(|part| part.is_true_of(record)),
            Self::Or(parts) => parts.iter().any(|part| part.is_true_of(record)),
        }
    }
}

impl Test {
    fn filter(&self, property: &Property<NoteFilter>) -> Notes {
        match self {
            Self::Is(Value::Text(text)) => property.eq(text),
            Self::Is(Value::Integer(number)) => property.eq(*number),
            Self::Is(Value::Number(number)) => property.eq(*number),
            Self::Is(Value::Instant(instant)) => property.eq(*instant),
            Self::IsNot(Value::Text(text)) => property.ne(text),
            Self::IsNot(Value::Integer(number)) => property.ne(*number),
            Self::IsNot(Value::Number(number)) => property.ne(*number),
            Self::IsNot(Value::Instant(instant)) => property.ne(*instant),
            Self::Order(sign, Value::Integer(number)) => ordered(property, sign, *number),
            Self::Order(sign, Value::Number(number)) => ordered(property, sign, *number),
            Self::Order(sign, Value::Instant(instant)) => ordered(property, sign, *instant),
            Self::Text("=^", text) => property.starts_with(text),
            Self::Text("=$", text) => property.ends_with(text),
            Self::Text(_, text) => property.contains(text),
            Self::Exactly(values) => property.is_exactly(texts(values)),
            Self::ContainsAll(values) => property.contains_all(texts(values)),
            Self::HasValue => property.has_value(),
            Self::IsNull => property.is_null(),
            Self::EmptyText => property.is_empty_text(),
            Self::EmptyList => property.is_empty_collection(),
            other => panic!("{other:?} is not made here"),
        }
    }

    /// What the language means, in Rust: nothing is true of no value but that there is none, and what is not.
    fn is_true_of(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::HasValue, value) => *value != Value::Null,
            (Self::IsNull, value) => *value == Value::Null,
            (Self::IsNot(other), value) => other != value,
            (_, Value::Null) => false,
            (Self::Is(other), value) => other == value,
            (Self::Order(sign, Value::Integer(bound)), Value::Integer(number)) => holds(sign, number, bound),
            (Self::Order(sign, Value::Number(bound)), Value::Number(number)) => holds(sign, number, bound),
            (Self::Order(sign, Value::Instant(bound)), Value::Instant(instant)) => {
                holds(sign, instant, bound)
            }
            (Self::Text("=^", part), Value::Text(text)) => text.starts_with(part),
            (Self::Text("=$", part), Value::Text(text)) => text.ends_with(part),
            (Self::Text(_, part), Value::Text(text)) => text.contains(part),
            (Self::EmptyText, Value::Text(text)) => text.is_empty(),
            (Self::EmptyList, Value::List(values)) => values.is_empty(),
            (Self::Exactly(others), Value::List(values)) => *values == as_values(others),
            (Self::ContainsAll(others), Value::List(values)) => {
                as_values(others).iter().all(|other| values.contains(other))
            }
            (test, value) => panic!("{test:?} of {value:?}"),
        }
    }
}

fn as_values(texts: &[String]) -> Vec<Value> {
    texts.iter().cloned().map(Value::Text).collect()
}

fn ordered(property: &Property<NoteFilter>, sign: &str, bound: impl affinity::filter::Literal) -> Notes {
    match sign {
        ">" => property.gt(bound),
        ">=" => property.ge(bound),
        "<" => property.lt(bound),
        _ => property.le(bound),
    }
}

fn holds<T: PartialOrd>(sign: &str, value: &T, bound: &T) -> bool {
    match sign {
        ">" => value > bound,
        ">=" => value >= bound,
        "<" => value < bound,
        _ => value <= bound,
    }
}

#[test]
fn random_trees_mean_the_same_on_both_sides() {
    let mut rng = rng("random_trees_mean_the_same_on_both_sides");
    let mut trues = 0;
    for _ in 0..3_000 {
        let tree = tree(&mut rng, 4);
        let sent = tree.filter().to_string();
        let parsed = Expression::parse(&sent).unwrap_or_else(|error| panic!("{error}: {sent}\n{tree:?}"));
        for _ in 0..8 {
            let record = record(&mut rng);
            let expected = tree.is_true_of(&record);
            let found = parsed.matches(|name| record.get(name).cloned());
            assert_eq!(found.ok(), Some(expected), "{sent}\n{record:?}");
            trues += u32::from(expected);
        }
    }
    assert!((2_000..22_000).contains(&trues), "{trues} of 24,000 are no test");
}

/// What a note filter can ask.
#[derive(Debug)]
enum Asked {
    Id(u64),
    Creator(u64),
    Created(&'static str, DateTime<Utc>),
    Updated(&'static str, DateTime<Utc>),
    Not(Box<Asked>),
    And(Vec<Asked>),
    Or(Vec<Asked>),
}

#[derive(Debug)]
struct Written {
    id: u64,
    creator: Option<u64>,
    created: DateTime<Utc>,
    updated: Option<DateTime<Utc>>,
}

impl Asked {
    fn random(rng: &mut Rng, depth: u32, notes: &[Written]) -> Self {
        let sign = [">", ">=", "<", "<="][rng.usize(..4)];
        let some =
            |rng: &mut Rng| (0..rng.usize(1..4)).map(|_| Self::random(rng, depth - 1, notes)).collect();
        let one = &notes[rng.usize(..notes.len())];
        match if depth == 0 { rng.u8(..4) } else { rng.u8(..10) } {
            0 => Self::Id(one.id),
            1 => Self::Creator(one.creator.unwrap_or(1)),
            2 => Self::Created(sign, one.created),
            3 => Self::Updated(sign, one.updated.unwrap_or(one.created)),
            4 | 5 => Self::Not(Box::new(Self::random(rng, depth - 1, notes))),
            6 | 7 => Self::And(some(rng)),
            _ => Self::Or(some(rng)),
        }
    }

    fn filter(&self) -> Notes {
        let (created, updated) = (NoteFilter::created_at(), NoteFilter::updated_at());
        match self {
            Self::Id(id) => NoteFilter::id().eq(NoteId::new(*id)),
            Self::Creator(id) => by(*id),
            Self::Created(">", at) => created.gt(*at),
            Self::Created(">=", at) => created.ge(*at),
            Self::Created("<", at) => created.lt(*at),
            Self::Created(_, at) => created.le(*at),
            Self::Updated(">", at) => updated.gt(*at),
            Self::Updated(">=", at) => updated.ge(*at),
            Self::Updated("<", at) => updated.lt(*at),
            Self::Updated(_, at) => updated.le(*at),
            Self::Not(inner) => !inner.filter(),
            Self::And(parts) => parts.iter().map(Self::filter).reduce(|all, part| all & part).unwrap(),
            Self::Or(parts) => parts.iter().map(Self::filter).reduce(|any, part| any | part).unwrap(),
        }
    }

    fn is_true_of(&self, note: &Written) -> bool {
        match self {
            Self::Id(id) => note.id == *id,
            Self::Creator(id) => note.creator == Some(*id),
            Self::Created(sign, bound) => holds(sign, &note.created, bound),
            Self::Updated(sign, bound) => note.updated.is_some_and(|updated| holds(sign, &updated, bound)),
            Self::Not(inner) => !inner.is_true_of(note),
            Self::And(parts) => parts.iter().all(|part| part.is_true_of(note)),
            Self::Or(parts) => parts.iter().any(|part| part.is_true_of(note)),
        }
    }
}

fn written(world: &mut World, rng: &mut Rng, persons: &[u64]) -> Written {
    let creator = (rng.u8(..) > 30).then(|| persons[rng.usize(..persons.len())]);
    let created = at(rng.u32(0..12), 0);
    let updated = rng.bool().then(|| created + TimeDelta::hours(rng.i64(0..6)));
    let note = NewNote::entities("<p>x</p>").creator(creator).created_at(created);
    let note = match updated {
        Some(updated) => note.updated_at(updated),
        None => note,
    };
    Written { id: world.add_note(note).unwrap(), creator, created, updated }
}

#[tokio::test]
async fn random_filters_of_notes_find_what_they_are_true_of() {
    let mut rng = rng("random_filters_of_notes_find_what_they_are_true_of");
    let mut world = World::new();
    let persons =
        ["Odd", "Ada", "Bo"].map(|name| world.add_person(affinity_sandbox::Person::new(name)).unwrap());
    let notes: Vec<_> = (0..120).map(|_| written(&mut world, &mut rng, &persons)).collect();
    let sandbox = Sandbox::builder().world(world).requests_per_minute(100_000).start().await.unwrap();
    let affinity = client(&sandbox);
    for _ in 0..60 {
        let asked = Asked::random(&mut rng, 3, &notes);
        let found: Vec<_> =
            affinity.notes().list().filter(asked.filter()).stream().try_collect().await.unwrap();
        let mut found: Vec<_> = found.iter().map(|note| note.id().unwrap().get()).collect();
        found.sort_unstable();
        let expected: Vec<_> =
            notes.iter().filter(|note| asked.is_true_of(note)).map(|note| note.id).collect();
        assert_eq!(found, expected, "{}", asked.filter());
    }
}
