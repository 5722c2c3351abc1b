//! Converts bodies between plain text and HTML (`rules.md` 7). A body wanted in its stored format is returned
//! unchanged and needs no function here.

use std::borrow::Cow;

use crate::message::Format;

/// Returns a body as plain text; converts it if it is HTML.
#[must_use]
pub fn plain(format: Format, body: &str) -> Cow<'_, str> {
    match format {
        Format::Plain => body.into(),
        Format::Html => plain_from_html(body).into(),
    }
}

/// Converts plain text to HTML: escapes `&`, `<`, `>` and turns line ends into `<br>`.
#[must_use]
pub fn html_from_plain(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 8);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '\r' => {
                chars.next_if_eq(&'\n');
                html.push_str("<br>");
            }
            '\n' => html.push_str("<br>"),
            other => html.push(other),
        }
    }
    html
}

/// Converts HTML to plain text: drops tags, turns block ends and `<br>` into line ends, decodes common entities,
/// leaves out the contents of `script` and `style`. Never fails: text that only looks like a tag stays.
#[must_use]
pub fn plain_from_html(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    let last_close = html.rfind('>');
    while let Some(open) = rest.find('<') {
        push_decoded(&mut text, &rest[..open]);
        let after = &rest[open..];
        let is_tag = after[1..]
            .starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
        // Without the second check, each `<` of a text without `>` would be followed by a search to the end.
        let may_close = is_tag && last_close.is_some_and(|last| html.len() - after.len() < last);
        let Some(close) = may_close.then(|| after.find('>')).flatten() else {
            text.push('<');
            rest = &after[1..];
            continue;
        };
        let name = tag_name(&after[1..close]);
        rest = &after[close + 1..];
        match name.as_str() {
            "br" | "/p" | "/div" | "/li" | "/tr" | "/h1" | "/h2" | "/h3" | "/h4"
            | "/blockquote" => text.push('\n'),
            "script" | "style" => rest = skip_past_end_tag(rest, &name),
            _ => {}
        }
    }
    push_decoded(&mut text, rest);
    text.trim().to_owned()
}

/// Returns the first `limit` characters of a text, on one line.
#[must_use]
pub fn preview(text: &str, limit: usize) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > limit * 4 {
            break;
        }
    }
    line.chars().take(limit).collect()
}

fn tag_name(inside: &str) -> String {
    let end = inside[1.min(inside.len())..]
        .find(|c: char| !c.is_ascii_alphanumeric())
        .map_or(inside.len(), |at| at + 1);
    inside[..end].to_ascii_lowercase()
}

fn skip_past_end_tag<'a>(rest: &'a str, name: &str) -> &'a str {
    let mut ends = rest.match_indices("</").map(|(at, _)| &rest[at + 2..]);
    let is_end = |after: &&str| {
        let found = after.get(..name.len());
        found.is_some_and(|found| found.eq_ignore_ascii_case(name))
    };
    let end = ends.find(is_end).unwrap_or_default();
    end.split_once('>').map_or("", |(_, after)| after)
}

fn push_decoded(text: &mut String, raw: &str) {
    let mut rest = raw;
    while let Some(at) = rest.find('&') {
        text.push_str(&rest[..at]);
        let after = &rest[at..];
        match decode_entity(after) {
            Some((c, length)) => {
                text.push(c);
                rest = &after[length..];
            }
            None => {
                text.push('&');
                rest = &after[1..];
            }
        }
    }
    text.push_str(rest);
}

/// Decodes the entity at the start of `text`; returns its character and its length in bytes.
fn decode_entity(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(12).position(|byte| byte == b';')?;
    let name = &text[1..end];
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| *c != '\0')?
        }
    };
    Some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// If the time grew with the square of the length, this test would take hours.
    #[test]
    fn the_time_grows_with_the_length_only() {
        const TIMES: usize = 4_000_000;
        for (repeated, end, expected) in [
            ("<a", "", "<a"),
            ("<1", ">", "<1"),
            ("&", "", "&"),
            ("<script></SCRIPT>", "", ""),
            ("<style>", "", ""),
            ("<b>", "", ""),
        ] {
            let html = repeated.repeat(TIMES / repeated.len()) + end;
            let plain = expected.repeat(TIMES / repeated.len()) + end;
            assert!(plain_from_html(&html) == plain, "{repeated}");
        }
    }

    #[test]
    fn the_content_of_a_script_ends_at_its_own_end_tag() {
        for (html, plain) in [
            ("a<script>x</b>y</Script >b", "ab"),
            ("a<style></s></style>b<script>c", "ab"),
            ("a<script>x</script", "a"),
            ("a<script>x</ü</script>b", "ab"),
        ] {
            assert_eq!(plain_from_html(html), plain);
        }
    }

    #[test]
    fn plain_text_becomes_html() {
        assert_eq!(
            html_from_plain("a < b & c\r\nd\ne"),
            "a &lt; b &amp; c<br>d<br>e"
        );
    }

    #[test]
    fn html_becomes_plain_text() {
        let html = "<p>Hello <b>you</b>,</p><script>x<1</script><div>1 &lt; 2 &#38; &#x33;</div>bye<br/>now";
        assert_eq!(plain_from_html(html), "Hello you,\n1 < 2 & 3\nbye\nnow");
    }

    #[test]
    fn text_that_only_looks_like_a_tag_stays() {
        assert_eq!(
            plain_from_html("1 < 2 and <3 &unknown; & <"),
            "1 < 2 and <3 &unknown; & <"
        );
    }

    proptest! {
        #[test]
        fn plain_text_to_html_and_back_is_unchanged(text in "[a-z<>&;#\"' ]{0,60}") {
            prop_assert_eq!(plain_from_html(&html_from_plain(&text)), text.trim());
        }

        #[test]
        fn converting_any_html_does_not_panic(html in "\\PC{0,80}") {
            let _ = plain_from_html(&html);
            prop_assert!(preview(&html, 10).chars().count() <= 10);
        }
    }
}
