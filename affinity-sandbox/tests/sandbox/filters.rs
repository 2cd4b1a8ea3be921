//! The filter language, apart from any endpoint.

use affinity_sandbox::filter::{Expression, FilterError, Value};

/// Something with a property of each type.
fn read(property: &str) -> Option<Value> {
    let text = |text: &str| Value::Text(text.to_owned());
    Some(match property {
        "none" => Value::Null,
        "count" => Value::Integer(8),
        "score" => Value::Number(-0.5),
        "stage" => text("Due diligence (2)"),
        "empty" => text(""),
        "seen.at" => Value::Instant("2025-03-01T10:00:00Z".parse().unwrap()),
        "tags" => Value::List(vec![text("a,b"), text("c")]),
        "numbers" => Value::List(vec![Value::Integer(1), Value::Integer(2)]),
        "nothing" => Value::List(vec![]),
        _ => return None,
    })
}

fn matches(filter: &str) -> Result<bool, FilterError> {
    Expression::parse(filter)?.matches(read)
}

fn assert_all(expected: bool, filters: &[&str]) {
    for filter in filters {
        assert_eq!(matches(filter), Ok(expected), "{filter}");
    }
}

/// That each fails, at that character.
fn assert_errors(cases: &[(&str, usize, &str)]) {
    for (filter, position, message) in cases {
        let error = matches(filter).unwrap_err();
        assert_eq!(error.to_string(), format!("at character {position}: {message}"), "{filter}");
        assert_eq!(error.position(), *position);
    }
}

#[test]
fn each_type_has_its_equality() {
    assert_all(
        true,
        &[
            "count=8",
            "count=08",
            "score=-0.5",
            "score=-5e-1",
            "seen.at=2025-03-01T10:00:00Z",
            "none!=8",
            "empty=\"\"",
        ],
    );
    assert_all(
        false,
        &["count=9", "count!=8", "score=0.5", "seen.at=2025-03-01T10:00:01Z", "empty=x", "none=8"],
    );
}

#[test]
fn numbers_and_dates_have_an_order() {
    assert_all(
        true,
        &["count>7", "count>=8", "count<9", "count<=8", "score<0", "seen.at>2024-12-31T23:59:59Z"],
    );
    assert_all(
        false,
        &["count>8", "count>=9", "count<8", "count<=7", "score>0", "seen.at<2025-03-01T10:00:00Z"],
    );
}

#[test]
fn texts_begin_end_and_contain() {
    assert_all(true, &["stage=^Due", "stage=$\"(2)\"", "stage=~dili", "stage=~\"e d\"", "stage=^\"\""]);
    assert_all(false, &["stage=^due", "stage=$Due", "stage=~Dili", "empty=~x"]);
}

#[test]
fn lists_are_compared_whole_and_in_order_or_in_part() {
    assert_all(true, &["numbers=[1,2]", "numbers!=[2,1]", "numbers=~[2]", "numbers=~[2,1]", "numbers=~[]"]);
    assert_all(
        true,
        &["nothing=[]", "numbers!=[]", "tags=[\"a,b\",c]", "tags=~[a\\,b]", "tags=[ a\\,b , c ]"],
    );
    assert_all(false, &["numbers=[1]", "numbers=[1,2,2]", "numbers=~[1,3]", "tags=[a,b,c]", "nothing!=[]"]);
}

#[test]
fn there_is_a_value_or_none() {
    assert_all(true, &["count=*", "none!=*", "empty=*", "nothing = *"]);
    assert_all(false, &["count!=*", "none=*", "!empty=*"]);
}

#[test]
fn a_missing_value_compares_as_false() {
    assert_all(false, &["none=1", "none<1", "none>=1", "none=^a", "none=\"\"", "none=[]", "none=~[a]"]);
    assert_all(true, &["!none=1", "none!=1", "!none<1", "!(none=1&none=2)"]);
}

#[test]
fn not_binds_tighter_than_and_and_and_tighter_than_or() {
    let (yes, no) = ("count=8", "count=9");
    let rows = [
        (format!("{yes}|{yes}&{no}"), true),
        (format!("({yes}|{yes})&{no}"), false),
        (format!("{no}&{no}|{yes}"), true),
        (format!("{no}&({no}|{yes})"), false),
        (format!("!{no}&{no}"), false),
        (format!("!({no}&{no})"), true),
        (format!("!{yes}|{yes}"), true),
        (format!("!({yes}|{yes})"), false),
        (format!("!!{yes}&!!!{no}"), true),
        (format!("((({yes})))"), true),
    ];
    for (filter, expected) in rows {
        assert_eq!(matches(&filter), Ok(expected), "{filter}");
    }
}

#[test]
fn white_space_matters_in_quotes_only() {
    assert_all(
        true,
        &[" count = 8 ", "\tcount\n>=\n8 &\r\n! ( none = * )", "seen . at > 2025-01-01T00:00:00Z"],
    );
    assert_all(true, &["stage = \"Due diligence (2)\"", "stage=Due\\ diligence\\ \\(2\\)"]);
    assert_all(false, &["stage = \"Due  diligence (2)\"", "stage = \" Due diligence (2)\""]);
}

#[test]
fn what_is_escaped_stands_for_itself() {
    let awkward = "\\*~!&=><$^|\"'()][/, ü";
    let value = |_: &str| Some(Value::Text(awkward.to_owned()));
    let quoted = awkward.replace('\\', "\\\\").replace('"', "\\\"");
    let bare: String = awkward.chars().flat_map(|c| ['\\', c]).collect();
    for filter in [format!("name=\"{quoted}\""), format!("name={bare}"), format!("name=\"{bare}\"")] {
        assert_eq!(Expression::parse(&filter).unwrap().matches(value), Ok(true), "{filter}");
    }
}

#[test]
fn a_comma_separates_in_lists_only() {
    let value = |_: &str| Some(Value::Text("a,b".to_owned()));
    assert_eq!(Expression::parse("name=a,b").unwrap().matches(value), Ok(true));
}

#[test]
fn errors_tell_where_and_what() {
    let start = "a property, \"!\" or \"(\" is expected";
    assert_errors(&[
        ("", 1, start),
        ("  ", 3, start),
        ("=1", 1, start),
        ("1a=1", 1, start),
        ("!", 2, start),
        ("count=8&", 9, start),
        ("count=8||count=8", 9, start),
        ("()", 2, start),
        ("count.=8", 7, "a name is expected"),
        ("count", 6, "an operator is expected"),
        ("count 8", 7, "an operator is expected"),
        ("count ! = 8", 7, "an operator is expected"),
        ("count=", 7, "a value is expected"),
        ("count>*", 7, "a value is expected"),
        ("count>=[1]", 8, "a value is expected"),
        ("stage='a'", 7, "a value is expected"),
        ("tags=[a,]", 9, "a value is expected"),
        ("tags=[,a]", 7, "a value is expected"),
        ("tags=[a b]", 9, "\",\" or \"]\" is expected"),
        ("tags=[a", 8, "\",\" or \"]\" is expected"),
        ("stage=\"a", 9, "a closing quote is expected"),
        ("stage=a\\", 9, "a character after the backslash is expected"),
        ("(count=8", 9, "\"&\", \"|\" or \")\" is expected"),
        ("count=8 stage=a", 9, "\"&\", \"|\" or the end is expected"),
        ("count=8)", 8, "\"&\", \"|\" or the end is expected"),
        ("stage=a b", 9, "\"&\", \"|\" or the end is expected"),
    ]);
}

#[test]
fn positions_count_characters() {
    assert_errors(&[("stage=\"žluťoučký 🐎\" count=8", 21, "\"&\", \"|\" or the end is expected")]);
}

#[test]
fn literals_are_read_by_the_type_of_the_value() {
    let number = "a whole number is expected";
    let date = "a date like 2025-01-31T08:00:00Z, without quotes or fractions, is expected";
    assert_errors(&[
        ("count=x", 7, number),
        ("count = 8.0", 9, number),
        ("count=\"8\"", 7, number),
        ("count=+8", 7, number),
        ("count=99999999999999999999", 7, number),
        ("none=* | numbers=~[1,x]", 22, number),
        ("score=inf", 7, "a number is expected"),
        ("score>NaN", 7, "a number is expected"),
        ("seen.at>2025-03-01", 9, date),
        ("seen.at>2025-03-01T10:00:00.000Z", 9, date),
        ("seen.at>2025-03-01T10:00:00+00:00", 9, date),
        ("seen.at>\"2025-03-01T10:00:00Z\"", 9, date),
        ("seen.at>2025-02-30T10:00:00Z", 9, date),
        ("seen.at>-2025-02-03T00:00:00Z", 9, date),
        ("seen.at>+12025-02-03T00:00:00Z", 9, date),
        ("seen.at<2025-03-01T23:59:60Z", 9, date),
        ("seen.at<2025-03-01 10:00:00Z", 20, "\"&\", \"|\" or the end is expected"),
        ("seen.at<2025-03-01\\ 10:00:00Z", 9, date),
    ]);
}

#[test]
fn operators_go_with_types() {
    assert_errors(&[
        ("count=^8", 6, "count cannot be compared with a part of a text by =^"),
        ("tags=~a", 5, "tags cannot be compared with a part of a text by =~"),
        ("count=[8]", 6, "count cannot be compared with a list by ="),
        ("stage=~[a]", 6, "stage cannot be compared with a list by =~"),
        ("tags=c", 6, "a list, in brackets, is expected"),
        ("stage>a", 7, "only numbers and dates have an order"),
        ("tags<1", 6, "only numbers and dates have an order"),
        ("colour=red", 1, "there is no property colour"),
    ]);
}

#[test]
fn errors_do_not_hide_behind_the_outcome() {
    assert_errors(&[
        ("count=8 | count=x", 17, "a whole number is expected"),
        ("count=9 & colour=red", 11, "there is no property colour"),
        ("numbers=[3,x]", 12, "a whole number is expected"),
        ("numbers=[1,2,x]", 14, "a whole number is expected"),
        ("numbers!=[1,2,3,x]", 17, "a whole number is expected"),
        ("numbers=~[3,x]", 13, "a whole number is expected"),
    ]);
    assert_all(false, &["nothing=[x]", "none=[x]", "numbers=[1,2,2,2]"]);
}

#[test]
fn a_hostile_filter_is_refused_or_read() {
    let deep = |depth: usize| format!("{}count=8{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(matches(&deep(100)), Ok(true));
    assert_errors(&[
        (&deep(101), 101, "no more than 100 groups can be inside each other"),
        (&deep(100_000), 101, "no more than 100 groups can be inside each other"),
        (&"!(".repeat(100_000), 202, "no more than 100 groups can be inside each other"),
    ]);
    assert_eq!(matches(&format!("{}count=8", "!".repeat(100_001))), Ok(false));
    assert_eq!(matches(&["(count=8)"; 101].join("&")), Ok(true));
    let long = ["count=9"; 20_000].join("|");
    assert_eq!(matches(&format!("{long}|count=8")), Ok(true));
}

/// If a test fails with it, put the seed that it prints in place of the random one.
#[allow(clippy::print_stdout, reason = "shown when a test fails")]
fn random() -> fastrand::Rng {
    let seed = fastrand::u64(..);
    println!("seed {seed}");
    fastrand::Rng::with_seed(seed)
}

#[test]
fn no_text_breaks_the_parser() {
    let mut random = random();
    let parts = [
        "(",
        ")",
        "!",
        "&",
        "|",
        "=",
        "!=",
        "=~",
        "=^",
        "=$",
        ">",
        ">=",
        "<",
        "<=",
        "[",
        "]",
        ",",
        "*",
        "\"",
        "\\",
        "'",
        " ",
        "\n",
        "/",
        "~",
        ".",
        "count",
        "stage",
        "seen.at",
        "none",
        "tags",
        "8",
        "-0.5",
        "a",
        "ž",
        "🐎",
        "2025-03-01T10:00:00Z",
        "count=8",
        "tags=[c]",
        "stage=\"x\"",
    ];
    let mut read_ones = 0;
    for _ in 0..20_000 {
        let filter: String = (0..random.usize(..12)).map(|_| parts[random.usize(..parts.len())]).collect();
        match Expression::parse(&filter) {
            Ok(expression) => {
                read_ones += 1;
                let _ = expression.matches(read);
            }
            Err(error) => assert!((1..=filter.chars().count() + 1).contains(&error.position()), "{filter}"),
        }
    }
    assert!(read_ones > 100, "{read_ones}");
}

/// A random filter that needs all its parentheses, at that depth of precedence, and what it comes to.
fn made_up(random: &mut fastrand::Rng, depth: u32, tightness: u32) -> (String, bool) {
    let space = [" ", "", "\t"][random.usize(..3)];
    let form = if depth == 0 { 0 } else { random.u32(..4) };
    let (text, outcome, form) = match form {
        0 => {
            let outcome = random.bool();
            (format!("count{space}={space}{}", if outcome { 8 } else { 9 }), outcome, 3)
        }
        1 => {
            let (text, outcome) = made_up(random, depth - 1, 2);
            (format!("!{space}{text}"), !outcome, 2)
        }
        2 => {
            let parts = [made_up(random, depth - 1, 1), made_up(random, depth - 1, 1)];
            (format!("{}{space}&{space}{}", parts[0].0, parts[1].0), parts[0].1 && parts[1].1, 1)
        }
        _ => {
            let parts = [made_up(random, depth - 1, 0), made_up(random, depth - 1, 0)];
            (format!("{}{space}|{space}{}", parts[0].0, parts[1].0), parts[0].1 || parts[1].1, 0)
        }
    };
    if form < tightness { (format!("({space}{text}{space})"), outcome) } else { (text, outcome) }
}

#[test]
fn filters_come_to_what_they_say() {
    let mut random = random();
    for _ in 0..2_000 {
        let (filter, outcome) = made_up(&mut random, 6, 0);
        assert_eq!(matches(&filter), Ok(outcome), "{filter}");
    }
}
