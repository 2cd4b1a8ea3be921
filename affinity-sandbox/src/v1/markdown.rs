//! How this API tells the text of a note: in a form like Markdown, whichever way it was written (observed).
//!
//! Not specified: the details. Here `\`, `_`, `*` and backticks have a backslash before them, paragraphs an empty line
//! between them, ends of lines two spaces, items of lists a dash or a number; other tags leave no trace.

/// A plain text, escaped.
pub(super) fn of_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push_escaped(&mut out, text);
    out
}

/// An HTML text, rendered.
pub(super) fn of_html(html: &str) -> String {
    let mut out = Renderer::default();
    let mut rest = html;
    while let Some((text, after)) = rest.split_once('<') {
        out.text(text);
        let Some((tag, after)) = after.split_once('>') else {
            // No tag after all.
            out.text("<");
            rest = after;
            continue;
        };
        out.tag(tag);
        rest = after;
    }
    out.text(rest);
    out.text.trim().to_owned()
}

#[derive(Default)]
struct Renderer {
    text: String,
    /// The numbers of the lists that are open; of those with dashes none.
    lists: Vec<Option<u32>>,
}

impl Renderer {
    fn text(&mut self, html: &str) {
        push_escaped(&mut self.text, &decode(html));
    }

    fn tag(&mut self, tag: &str) {
        let name = tag.split([' ', '\n', '\t']).next().unwrap_or_default().to_ascii_lowercase();
        match name.trim_end_matches('/') {
            "strong" | "/strong" | "b" | "/b" => self.text.push_str("**"),
            "em" | "/em" | "i" | "/i" => self.text.push('*'),
            "br" => self.text.push_str("  \n"),
            "p" | "/p" | "div" | "/div" => self.gap(),
            heading if is_heading(heading) => self.gap(),
            "ul" => self.open_list(None),
            "ol" => self.open_list(Some(0)),
            "/ul" | "/ol" => self.close_list(),
            "li" => self.item(),
            _ => {}
        }
    }

    /// An empty line, unless there is one, or nothing to be kept apart.
    fn gap(&mut self) {
        self.text.truncate(self.text.trim_end_matches('\n').len());
        if !self.text.is_empty() {
            self.text.push_str("\n\n");
        }
    }

    fn open_list(&mut self, number: Option<u32>) {
        if self.lists.is_empty() {
            self.gap();
        }
        self.lists.push(number);
    }

    fn close_list(&mut self) {
        self.lists.pop();
        if self.lists.is_empty() {
            self.gap();
        }
    }

    fn item(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        let indent = "  ".repeat(self.lists.len().saturating_sub(1));
        self.text.push_str(&indent);
        match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                self.text.push_str(&format!("{number}. "));
            }
            Some(None) | None => self.text.push_str("- "),
        }
    }
}

fn is_heading(name: &str) -> bool {
    let name = name.trim_start_matches('/');
    name.len() == 2 && name.starts_with('h') && name.ends_with(|c: char| c.is_ascii_digit())
}

fn push_escaped(out: &mut String, text: &str) {
    for c in text.chars() {
        if matches!(c, '\\' | '_' | '*' | '`') {
            out.push('\\');
        }
        out.push(c);
    }
}

/// The entities that texts are written with.
fn decode(html: &str) -> String {
    let text = html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    text.replace("&nbsp;", " ").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_escaped() {
        assert_eq!(of_text("a_b * c\\d\nnext"), "a\\_b \\* c\\\\d\nnext");
    }

    #[test]
    fn html_is_rendered() {
        for (html, expected) in [
            ("<p>One</p><p>Two<br>lines</p>", "One\n\nTwo  \nlines"),
            ("<p><strong>bold</strong> and <em>not</em> <u>a_b</u></p>", "**bold** and *not* a\\_b"),
            ("<ul><li>a</li><li>b</li></ul><ol><li>c</li><li>d</li></ol>", "- a\n- b\n\n1. c\n2. d"),
            ("1 &lt; 2 &amp;amp; 3", "1 < 2 &amp; 3"),
            ("<h2>Summary</h2><ul><li>x</li></ul>", "Summary\n\n- x"),
            ("3 < 4", "3 < 4"),
            ("", ""),
        ] {
            assert_eq!(of_html(html), expected, "{html}");
        }
    }
}
