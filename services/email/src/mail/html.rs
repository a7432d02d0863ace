//! HTML to the text a reader would see.
//!
//! In: the HTML of a mail. Out: plain text with line ends where blocks end. Markup that is
//! broken is text or nothing. Never here: a document tree, a link followed, recursion.

/// Elements whose content is not shown.
const HIDDEN: [&str; 5] = ["script", "style", "head", "title", "template"];
/// Elements that stand on lines of their own.
const BLOCKS: [&str; 25] = [
    "address",
    "article",
    "blockquote",
    "br",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "section",
    "tr",
];
/// Longest entity in bytes, `&CounterClockwiseContourIntegral;`.
const ENTITY_BYTES_MAX: usize = 33;

/// Gives the text of an HTML document.
#[must_use]
pub fn to_text(html: &str) -> String {
    let mut page = Page { tags_end: html.rfind('>').map_or(0, |at| at + 1), html_bytes: html.len(), ..Page::default() };
    let mut rest = html;
    while let Some(c) = rest.chars().next() {
        rest = match c {
            '<' => markup(rest, &mut page),
            '&' => entity(rest, &mut page),
            _ => {
                page.character(c);
                rest.get(c.len_utf8()..).unwrap_or_default()
            }
        };
    }
    page.text.trim().to_owned()
}

/// The text so far, with the blanks that are owed before the next word.
#[derive(Default)]
struct Page {
    text: String,
    blank: bool,
    /// Line ends owed, at most two.
    lines: usize,
    /// Where the last `>` ends: what begins with `<` behind it is no tag. Without this, and
    /// `unclosed`, every lone `<` would look through all that follows.
    tags_end: usize,
    html_bytes: usize,
    /// Hidden elements of which no end tag follows.
    unclosed: Vec<String>,
}

impl Page {
    fn character(&mut self, c: char) {
        if c.is_whitespace() {
            self.blank = true;
            return;
        }
        if c.is_control() || matches!(c, '\u{200b}'..='\u{200d}' | '\u{feff}' | '\u{ad}') {
            return;
        }
        if self.text.is_empty() {
            (self.lines, self.blank) = (0, false);
        }
        if self.lines > 0 {
            (0..self.lines).for_each(|_| self.text.push('\n'));
        } else if self.blank {
            self.text.push(' ');
        }
        (self.lines, self.blank) = (0, false);
        self.text.push(c);
    }

    fn line(&mut self, wanted: usize) {
        self.lines = self.lines.max(wanted);
    }
}

/// Takes what begins with `<`: a comment, a tag, or a character that means itself.
fn markup<'a>(rest: &'a str, page: &mut Page) -> &'a str {
    if let Some(comment) = rest.strip_prefix("<!--") {
        return comment.find("-->").map_or("", |end| comment.get(end + 3..).unwrap_or_default());
    }
    let after = rest.get(1..).unwrap_or_default();
    let begins = after.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
    let may_end = page.html_bytes - rest.len() < page.tags_end;
    let end = if begins && may_end { tag_end(after) } else { None };
    let Some(end) = end else {
        page.character('<');
        return after;
    };
    let (tag, after) = (after.get(..end).unwrap_or_default(), after.get(end + 1..).unwrap_or_default());
    let closing = tag.starts_with('/');
    let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
    let name = name.to_ascii_lowercase();
    if HIDDEN.contains(&name.as_str()) && !closing && !tag.ends_with('/') && !page.unclosed.contains(&name) {
        if let Some(after) = after_element(after, &name) {
            return after;
        }
        page.unclosed.push(name.clone());
    }
    match name.as_str() {
        "br" => page.line((page.lines + 1).min(2)),
        "p" | "h1" | "h2" | "h3" | "blockquote" => page.line(2),
        "td" | "th" => page.blank = true,
        name if BLOCKS.contains(&name) => page.line(1),
        _ => {}
    }
    after
}

/// Finds the `>` that ends a tag, outside of quoted values.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in tag.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    // A quote that never closes: the first bracket ends the tag after all.
    tag.bytes().position(|byte| byte == b'>')
}

/// Gives what follows the end tag of a hidden element; without one, nothing is hidden.
fn after_element<'a>(rest: &'a str, name: &str) -> Option<&'a str> {
    let mut from = 0;
    while let Some(at) = rest.get(from..).and_then(|tail| tail.find("</")) {
        let start = from + at + 2;
        let tail = rest.get(start..).unwrap_or_default();
        if tail.get(..name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name)) {
            return Some(tail.find('>').map_or("", |end| tail.get(end + 1..).unwrap_or_default()));
        }
        from = start;
    }
    None
}

fn entity<'a>(rest: &'a str, page: &mut Page) -> &'a str {
    let end = rest.bytes().take(ENTITY_BYTES_MAX).position(|byte| byte == b';');
    let name = end.and_then(|end| rest.get(..=end)).filter(|name| is_entity(name));
    let Some(name) = name else {
        page.character('&');
        return rest.get(1..).unwrap_or_default();
    };
    let mut decoded = String::new();
    mail_parser::decoders::html::add_html_token(&mut decoded, name.as_bytes(), false);
    decoded.chars().for_each(|c| page.character(c));
    rest.get(name.len()..).unwrap_or_default()
}

fn is_entity(text: &str) -> bool {
    let inner = text.trim_start_matches('&').trim_end_matches(';');
    !inner.is_empty() && inner.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'#')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn blocks_become_lines() {
        assert_eq!(to_text("<div>第一行</div><div>第二<b>行</b></div>"), "第一行\n第二行");
        assert_eq!(to_text("a<br>b<br/><br>c<p>d</p>e"), "a\nb\n\nc\n\nd\n\ne");
        assert_eq!(to_text("<table><tr><td>账户</td><td>金额</td></tr><tr><td>1</td></tr></table>"), "账户 金额\n1");
        assert_eq!(to_text("  a \r\n\t b  "), "a b");
    }

    #[test]
    fn what_is_not_shown_is_left_out() {
        let page =
            "<html><head><title>t</title><style>p{}</style></head><body><!-- c > -->x<script>a<b</SCRIPT >y</body>";
        assert_eq!(to_text(page), "xy");
        assert_eq!(to_text("<style>a<p>kept"), "a\n\nkept");
        assert_eq!(to_text("x<!-- open"), "x");
    }

    #[test]
    fn entities_and_lone_signs() {
        assert_eq!(to_text("a&nbsp;&lt;b&gt;&#25237;&#x8bc9;&yen;"), "a <b>投诉¥");
        assert_eq!(to_text("1 < 2 && 3 > 2 &unknown; &"), "1 < 2 && 3 > 2 &unknown; &");
        assert_eq!(to_text("<a title='x>y' href=\"z\">link</a>"), "link");
        assert_eq!(to_text("<a title=\"open>text"), "text");
        assert_eq!(to_text("投\u{200b}诉&zwnj;"), "投诉");
    }

    #[test]
    fn hostile_markup_is_read_once() {
        // Each of these would take hours if a lone sign looked through all that follows.
        for piece in ["<a ", "<a \"", "<script>", "</", "<style></", "&", "<!", "<a '<b \""] {
            let _text = to_text(&piece.repeat(100_000));
            let _text = to_text(&format!("{}>", piece.repeat(100_000)));
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(html in ".{0,200}") {
            let _text = to_text(&html);
        }

        #[test]
        fn no_markup_makes_it_panic(html in "(<|>|/|!--|-->|&|;|#x|p|script|style|\"|'| |投){0,60}") {
            let _text = to_text(&html);
        }
    }
}
