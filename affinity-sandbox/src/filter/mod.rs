//! The filter language of API v2, which its `filter` parameters are written in.
//!
//! ```
//! use affinity_sandbox::filter::{Expression, Value};
//!
//! # fn main() -> Result<(), affinity_sandbox::filter::FilterError> {
//! let filter = Expression::parse(r#"stage = "Due diligence" & !(score < 3 | score = 7)"#)?;
//! let read = |property: &str| match property {
//!     "stage" => Some(Value::Text("Due diligence".into())),
//!     "score" => Some(Value::Integer(8)),
//!     _ => None,
//! };
//! assert!(filter.matches(read)?);
//!
//! let error = Expression::parse("score = & score < 3").unwrap_err();
//! assert_eq!((error.position(), error.to_string().as_str()), (9, "at character 9: a value is expected"));
//! # Ok(()) }
//! ```
//!
//! # What is written how
//!
//! | Form | Meaning |
//! |---|---|
//! | `a & b`, <code>a &#124; b</code>, `!a`, `(a)` | and, or, not, a group; `!` binds tighter than `&`, `&` tighter than <code>&#124;</code> |
//! | `p = v`, `p != v` | equal, and the opposite |
//! | `p =^ v`, `p =$ v`, `p =~ v` | a text starts with, ends with, contains |
//! | `p < v`, `p <= v`, `p > v`, `p >= v` | the order of numbers and of dates |
//! | `p = [v, w]`, `p != [v, w]` | a list of exactly these, in this order, and the opposite |
//! | `p =~ [v, w]` | a list that has all of these |
//! | `p = *`, `p != *` | there is a value, there is none |
//! | `p = ""`, `p = []` | an empty text, an empty list |
//!
//! A property is one name or several with dots between them. A value stands in double quotes, or bare. Bare, it has
//! neither spaces nor any of `\ * ~ ! & = > < $ ^ | " ' ( ) ] [ /` (nor, in a list, commas) unless a backslash stands
//! before each; in quotes the backslash does the same for `"` and itself. Outside of quotes, white space between two
//! signs means nothing.
//!
//! # What it means
//!
//! The property's value decides how a literal is read: `8` is a number next to a number and a text next to a text.
//! Numbers and dates stand bare; dates are ISO 8601 in UTC to the second, as in `2025-01-31T08:00:00Z`. A literal that
//! cannot be read so is an error, as is an operator that does not go with the value.
//!
//! Nothing of the following is specified; it is what is done here:
//! - A comparison with a missing value is false, and there are only true and false: `p = 1` and `p != 1` are opposites,
//!   as are `p < 1` and `!p < 1`, and of a missing value the second of each is true.
//! - Texts are compared as they are, upper and lower case told apart.
//! - All parts are looked at, also those that cannot change the outcome, so that errors do not come and go with it.
//!   Only next to a missing value or an empty list any literal will do: nothing says what it would be read as.
//! - Groups nest a hundred deep and no deeper. Any number of `!` may follow each other.

mod error;
mod evaluate;
mod grammar;
mod literal;
mod tree;
mod value;

pub use error::FilterError;
pub use value::Value;

pub(crate) use error::Problem;
pub(crate) use literal::Literal;
pub(crate) use tree::{Condition, Operand, Operator};

use tree::Node;

/// A filter, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    source: String,
    root: Node,
}

impl Expression {
    /// Takes a filter apart. Whether there are such properties, and whether the values go with them, is not looked at.
    ///
    /// # Errors
    /// [`FilterError`] when it is no filter.
    pub fn parse(source: &str) -> Result<Self, FilterError> {
        match grammar::parse(source) {
            Ok(root) => Ok(Self { source: source.to_owned(), root }),
            Err(problem) => Err(FilterError::new(source, problem)),
        }
    }

    /// Whether something with these properties passes the filter; `None` stands for a property that does not exist,
    /// [`Value::Null`] for one without a value.
    ///
    /// # Errors
    /// [`FilterError`] when there is no such property, or an operator or literal does not go with its value.
    pub fn matches(&self, read: impl Fn(&str) -> Option<Value>) -> Result<bool, FilterError> {
        self.root.matches(&read).map_err(|problem| self.error(problem))
    }

    /// All conditions, in the order they are written in.
    pub(crate) fn conditions(&self) -> Vec<&Condition> {
        let mut found = Vec::new();
        self.root.collect(&mut found);
        found
    }

    pub(crate) fn error(&self, problem: Problem) -> FilterError {
        FilterError::new(&self.source, problem)
    }
}
