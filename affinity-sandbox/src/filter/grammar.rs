//! How a filter is written.
//!
//! The first sign of a part tells which one it is, so what fails fails for good, where it stands.

use std::borrow::Cow;

use winnow::combinator::{alt, cut_err, delimited, eof, opt, preceded, repeat, separated, terminated};
use winnow::error::{AddContext, ErrMode, ParserError};
use winnow::stream::{LocatingSlice, Location, Stateful, Stream};
use winnow::token::{any, none_of, one_of, take_while};
use winnow::{ModalResult, Parser};

use super::error::Problem;
use super::literal::Literal;
use super::tree::{Condition, Node, Operand, Operator};

/// How many groups may be inside each other; each takes some stack.
const DEEPEST: usize = 100;

/// What has to be escaped, white space aside.
const SPECIAL: &str = "\\*~!&=><$^|\"'()][/";

/// A filter, and how many groups are open.
type Input<'i> = Stateful<LocatingSlice<&'i str>, usize>;
type Parsed<T> = ModalResult<T, Complaint>;

/// What is wrong; the innermost part that has something to say about it is heard.
#[derive(Debug, Default)]
struct Complaint(Option<Cow<'static, str>>);

impl<I: Stream> ParserError<I> for Complaint {
    type Inner = Self;

    fn from_input(_: &I) -> Self {
        Self::default()
    }

    fn into_inner(self) -> Result<Self, Self> {
        Ok(self)
    }
}

impl<I: Stream> AddContext<I> for Complaint {
    fn add_context(self, _: &I, _: &I::Checkpoint, expected: &'static str) -> Self {
        Self(self.0.or_else(|| Some(format!("{expected} is expected").into())))
    }
}

pub(super) fn parse(source: &str) -> Result<Node, Problem> {
    let input = Stateful { input: LocatingSlice::new(source), state: 0 };
    let end = cut_err(eof).context("\"&\", \"|\" or the end");
    delimited(space, any_of, end).parse(input).map_err(|error| {
        let at = error.offset();
        Problem::new(at, error.into_inner().0.unwrap_or("this is no filter".into()))
    })
}

fn any_of(input: &mut Input<'_>) -> Parsed<Node> {
    separated(1.., all_of, sign("|")).map(|parts| join(parts, Node::Any)).parse_next(input)
}

fn all_of(input: &mut Input<'_>) -> Parsed<Node> {
    separated(1.., negated, sign("&")).map(|parts| join(parts, Node::All)).parse_next(input)
}

/// What stands alone is joined with nothing.
fn join(parts: Vec<Node>, with: fn(Vec<Node>) -> Node) -> Node {
    match <[Node; 1]>::try_from(parts) {
        Ok([only]) => only,
        Err(parts) => with(parts),
    }
}

/// Two negations cancel each other out, so that many of them nest nothing.
fn negated(input: &mut Input<'_>) -> Parsed<Node> {
    let negations: usize = repeat(0.., sign("!")).parse_next(input)?;
    let node = alt((group, condition)).parse_next(input)?;
    Ok(if negations.is_multiple_of(2) { node } else { Node::Not(Box::new(node)) })
}

fn group(input: &mut Input<'_>) -> Parsed<Node> {
    let start = input.checkpoint();
    sign("(").parse_next(input)?;
    if input.state == DEEPEST {
        input.reset(&start);
        let message = format!("no more than {DEEPEST} groups can be inside each other");
        return Err(ErrMode::Cut(Complaint(Some(message.into()))));
    }
    input.state += 1;
    let inner = any_of(input)?;
    input.state -= 1;
    cut_err(sign(")")).context("\"&\", \"|\" or \")\"").parse_next(input)?;
    Ok(inner)
}

fn condition(input: &mut Input<'_>) -> Parsed<Node> {
    let property_at = input.current_token_start();
    let property = cut_err(property).context("a property, \"!\" or \"(\"").parse_next(input)?;
    let operator_at = input.current_token_start();
    let operator = cut_err(operator).context("an operator").parse_next(input)?;
    let operand = cut_err(operand(operator)).context("a value").parse_next(input)?;
    Ok(Node::Condition(Condition { property, property_at, operator, operator_at, operand }))
}

fn property(input: &mut Input<'_>) -> Parsed<String> {
    let further = repeat(0.., preceded(sign("."), cut_err(name).context("a name")));
    let (first, further): (&str, Vec<&str>) = (name, further).parse_next(input)?;
    Ok([vec![first], further].concat().join("."))
}

fn name<'i>(input: &mut Input<'i>) -> Parsed<&'i str> {
    let letters =
        (one_of(|c: char| c.is_ascii_alphabetic()), take_while(0.., |c: char| c.is_ascii_alphanumeric()));
    terminated(letters.take(), space).parse_next(input)
}

/// The longer signs first.
fn operator(input: &mut Input<'_>) -> Parsed<Operator> {
    let equal = alt((
        sign("!=").value(Operator::NotEqual),
        sign("=^").value(Operator::StartsWith),
        sign("=$").value(Operator::EndsWith),
        sign("=~").value(Operator::Contains),
        sign("=").value(Operator::Equal),
    ));
    let ordered = alt((
        sign(">=").value(Operator::GreaterOrEqual),
        sign(">").value(Operator::Greater),
        sign("<=").value(Operator::LessOrEqual),
        sign("<").value(Operator::Less),
    ));
    alt((equal, ordered)).parse_next(input)
}

fn operand<'i>(operator: Operator) -> impl Parser<Input<'i>, Operand, ErrMode<Complaint>> {
    move |input: &mut Input<'i>| match operator {
        Operator::Equal | Operator::NotEqual => alt((anything, list, one)).parse_next(input),
        Operator::Contains => alt((list, one)).parse_next(input),
        _ => one.parse_next(input),
    }
}

fn anything(input: &mut Input<'_>) -> Parsed<Operand> {
    sign("*").value(Operand::Anything).parse_next(input)
}

fn one(input: &mut Input<'_>) -> Parsed<Operand> {
    literal(is_bare).map(Operand::One).parse_next(input)
}

fn list(input: &mut Input<'_>) -> Parsed<Operand> {
    sign("[").parse_next(input)?;
    if opt(sign("]")).parse_next(input)?.is_some() {
        return Ok(Operand::Several(Vec::new()));
    }
    let item = cut_err(literal(|c| is_bare(c) && c != ',')).context("a value");
    let end = cut_err(sign("]")).context("\",\" or \"]\"");
    terminated(separated(1.., item, sign(",")), end).map(Operand::Several).parse_next(input)
}

fn literal<'i>(is_bare: fn(char) -> bool) -> impl Parser<Input<'i>, Literal, ErrMode<Complaint>> {
    move |input: &mut Input<'i>| {
        let at = input.current_token_start();
        let bare = repeat(1.., alt((one_of(is_bare), escaped))).map(|text| (text, false));
        let (text, quoted) = alt((quoted.map(|text| (text, true)), bare)).parse_next(input)?;
        space(input)?;
        Ok(Literal { text, quoted, at })
    }
}

fn quoted(input: &mut Input<'_>) -> Parsed<String> {
    let text = repeat(0.., alt((none_of(['"', '\\']), escaped)));
    delimited('"', text, cut_err('"').context("a closing quote")).parse_next(input)
}

fn escaped(input: &mut Input<'_>) -> Parsed<char> {
    preceded('\\', cut_err(any).context("a character after the backslash")).parse_next(input)
}

fn is_bare(c: char) -> bool {
    !c.is_whitespace() && !SPECIAL.contains(c)
}

fn sign<'i>(text: &'static str) -> impl Parser<Input<'i>, &'i str, ErrMode<Complaint>> {
    terminated(text, space)
}

fn space(input: &mut Input<'_>) -> Parsed<()> {
    take_while(0.., char::is_whitespace).void().parse_next(input)
}
