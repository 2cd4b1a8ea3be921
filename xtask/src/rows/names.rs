//! Rust names for what people have named.

use std::collections::HashSet;

use heck::{ToSnakeCase, ToUpperCamelCase};
use proc_macro2::{Ident, Span};

/// Words that cannot be names even with `r#`.
const NEVER: [&str; 5] = ["self", "super", "crate", "Self", "_"];

/// The name of a field of a struct; that of its id where none is left of its name.
pub(super) fn snake(name: &str, id: &str) -> String {
    startable(first_left([ascii(name).to_snake_case(), ascii(id).to_snake_case()]), "field_")
}

/// The name of a type or a variant; empty where none is left of this.
pub(super) fn camel(name: &str) -> String {
    ascii(name).to_upper_camel_case()
}

/// The same for a variant of an enum.
pub(super) fn variant(text: &str, id: &str) -> String {
    startable(first_left([camel(text), camel(id)]), "Option")
}

fn first_left<const N: usize>(names: [String; N]) -> String {
    names.into_iter().find(|name| !name.is_empty()).unwrap_or_default()
}

/// No name starts with a digit.
fn startable(name: String, prefix: &str) -> String {
    let starts = name.starts_with(|first: char| first.is_ascii_alphabetic());
    let name = if starts { name } else { format!("{prefix}{name}") };
    let name = name.trim_end_matches('_').to_owned();
    if NEVER.contains(&name.as_str()) { format!("{name}_") } else { name }
}

/// The name as Rust writes it: keywords have `r#` before them.
pub(super) fn ident(name: &str) -> Ident {
    // `gen` is one since the edition of 2024.
    if name != "gen" && syn::parse_str::<Ident>(name).is_ok() {
        Ident::new(name, Span::call_site())
    } else {
        Ident::new_raw(name, Span::call_site())
    }
}

/// The first of these that is free, or else the last of them with a number, after `joint`; it is taken then.
pub(super) fn take(
    taken: &mut HashSet<String>,
    wanted: &[String],
    joint: &str,
    is_free: impl Fn(&str) -> bool,
) -> String {
    let last = wanted.last().cloned().unwrap_or_default();
    // `self_` ends in one.
    let stem = last.trim_end_matches('_');
    let numbered = (2..).map(|number| format!("{stem}{joint}{number}"));
    let mut all = wanted.iter().cloned().chain(numbered);
    let free = all.find(|name| !taken.contains(name) && is_free(name)).unwrap_or(last);
    taken.insert(free.clone());
    free
}

/// What of a name is ASCII, or nearly. A name in other letters would draw the compiler's lints.
fn ascii(name: &str) -> String {
    name.chars()
        .map(|letter| folded(letter).map_or_else(|| letter.to_string(), str::to_owned))
        .collect::<String>()
        .chars()
        .map(|letter| if letter.is_ascii() { letter } else { ' ' })
        .collect()
}

/// Letters of western Europe without their marks.
fn folded(letter: char) -> Option<&'static str> {
    Some(match letter {
        'à' | 'á' | 'â' | 'ã' | 'å' | 'ă' | 'ą' => "a",
        'À' | 'Á' | 'Â' | 'Ã' | 'Å' | 'Ă' | 'Ą' => "A",
        'ä' | 'æ' => "ae",
        'Ä' | 'Æ' => "Ae",
        'ç' | 'ć' | 'č' => "c",
        'Ç' | 'Ć' | 'Č' => "C",
        'ð' | 'ď' => "d",
        'è' | 'é' | 'ê' | 'ë' | 'ę' | 'ě' => "e",
        'È' | 'É' | 'Ê' | 'Ë' | 'Ę' | 'Ě' => "E",
        'ğ' => "g",
        'ì' | 'í' | 'î' | 'ï' | 'ı' => "i",
        'Ì' | 'Í' | 'Î' | 'Ï' | 'İ' => "I",
        'ł' => "l",
        'Ł' => "L",
        'ñ' | 'ń' | 'ň' => "n",
        'Ñ' | 'Ń' | 'Ň' => "N",
        'ò' | 'ó' | 'ô' | 'õ' | 'ő' => "o",
        'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ő' => "O",
        'ö' | 'ø' | 'œ' => "oe",
        'Ö' | 'Ø' | 'Œ' => "Oe",
        'ř' => "r",
        'Ř' => "R",
        'ś' | 'š' | 'ş' | 'ș' => "s",
        'Ś' | 'Š' | 'Ş' | 'Ș' => "S",
        'ß' => "ss",
        'ť' | 'ţ' | 'ț' => "t",
        'ù' | 'ú' | 'û' | 'ů' | 'ű' => "u",
        'Ù' | 'Ú' | 'Û' | 'Ů' | 'Ű' => "U",
        'ü' => "ue",
        'Ü' => "Ue",
        'ý' | 'ÿ' => "y",
        'Ý' => "Y",
        'ź' | 'ż' | 'ž' => "z",
        'Ź' | 'Ż' | 'Ž' => "Z",
        '’' => "'",
        _ => return None,
    })
}

/// Whether a type can be called this.
pub(super) fn is_type_name(name: &str) -> bool {
    syn::parse_str::<Ident>(name).is_ok() && name != "gen" && !name.starts_with("r#")
}
