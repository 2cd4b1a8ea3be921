//! Comments with text in them that others wrote.

use proc_macro2::TokenStream;
use quote::quote;

const WIDTH: usize = 100;
const INDENT: usize = 4;
/// Names can be as long as their authors like.
const LONGEST: usize = 120;
/// Stands for a space where a line must not end.
const HELD: char = '\u{1}';

/// Documentation, wrapped; an empty paragraph is an empty line.
pub(super) fn docs<T: AsRef<str>>(depth: usize, paragraphs: impl IntoIterator<Item = T>) -> TokenStream {
    let width = WIDTH - depth * INDENT - "/// ".len();
    let lines = paragraphs.into_iter().flat_map(|paragraph| wrapped(paragraph.as_ref(), width));
    let lines = lines.map(|line| if line.is_empty() { line } else { format!(" {line}") });
    lines.map(|line| quote!(#[doc = #line])).collect()
}

fn wrapped(paragraph: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut length = 0;
    for word in paragraph.split(' ') {
        let more = word.chars().count();
        if length > 0 && length + 1 + more > width {
            lines.push(String::new());
            length = 0;
        }
        if let Some(line) = lines.last_mut() {
            if length > 0 {
                line.push(' ');
                length += 1;
            }
            line.push_str(&word.replace(HELD, " "));
            length += more;
        }
    }
    lines
}

/// The text as code: there, neither rustdoc nor Markdown finds anything to read.
pub(super) fn span(text: &str) -> String {
    let text = one_line(text);
    if text.is_empty() {
        return "(no text)".to_owned();
    }
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}").replace(' ', &HELD.to_string())
}

/// The text as it is where it is plain, or else as code.
pub(super) fn plain(text: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    if !text.is_empty() && text.chars().all(is_plain) { text.to_owned() } else { span(text) }
}

/// Without line ends, and without what changes the direction of text, which the compiler refuses in comments.
fn one_line(text: &str) -> String {
    let is_hidden = |letter: &char| {
        matches!(letter, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
    };
    let shown = text.chars().filter(|letter| !is_hidden(letter));
    let spaced: String = shown.map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let mut line = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(end);
        line.push('…');
    }
    line
}
