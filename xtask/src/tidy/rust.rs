//! Splits Rust code into code, comments and strings, as far as the checks need it.

/// A Rust file, split into its parts.
pub(super) struct Rust {
    /// The code, with comments and the contents of strings replaced by blanks, so that all offsets and lines stay the
    /// same.
    pub(super) code: String,
    /// The string literals; the pieces of one `concat!` are joined.
    pub(super) literals: Vec<Literal>,
    /// The comments; comments on consecutive lines are joined.
    pub(super) comments: Vec<Comment>,
    tests: Vec<std::ops::Range<usize>>,
}

pub(super) struct Literal {
    pub(super) line: usize,
    /// The value of the string, with escapes resolved.
    pub(super) text: String,
    pub(super) at: usize,
    end: usize,
}

pub(super) struct Comment {
    /// Number of the comment's first line.
    pub(super) line: usize,
    /// The comment's text without comment marks; line breaks stay.
    pub(super) text: String,
}

impl Rust {
    pub(super) fn read(text: &str) -> Self {
        let mut lexer = Lexer {
            text,
            code: text.as_bytes().to_vec(),
            literals: Vec::new(),
            comments: Vec::new(),
            at: 0,
        };
        lexer.run();
        let comments = join_comments(text, &lexer.comments);
        let code = String::from_utf8(lexer.code).expect("blanks replace whole characters");
        let literals = join_concat(&code, lexer.literals);
        let tests = test_modules(&code);
        Self {
            code,
            literals,
            comments,
            tests,
        }
    }

    /// Returns the number of the line that contains an offset, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        line_of(&self.code, at)
    }

    /// Whether the offset is inside a `#[cfg(test)]` item.
    pub(super) fn is_test(&self, at: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&at))
    }

    /// Returns all identifiers and keywords of the code, with their offsets.
    pub(super) fn words(&self) -> impl Iterator<Item = (usize, &str)> {
        words(&self.code)
    }

    /// Returns the code directly before and directly after a word, without the blanks next to the word.
    pub(super) fn around(&self, at: usize, length: usize) -> (&str, &str) {
        (
            self.code[..at].trim_end(),
            self.code[at + length..].trim_start(),
        )
    }
}

pub(super) fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Returns every word (letters, digits and `_`) with its offset.
pub(super) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let bytes = text.as_bytes();
        let start = at + bytes[at..].iter().position(|byte| is_word(*byte))?;
        let length = bytes[start..]
            .iter()
            .position(|byte| !is_word(*byte))
            .unwrap_or(bytes.len() - start);
        at = start + length;
        Some((start, &text[start..at]))
    })
}

struct Lexer<'a> {
    text: &'a str,
    code: Vec<u8>,
    literals: Vec<Literal>,
    comments: Vec<std::ops::Range<usize>>,
    at: usize,
}

impl Lexer<'_> {
    fn run(&mut self) {
        while self.at < self.text.len() {
            let rest = &self.text.as_bytes()[self.at..];
            match rest {
                [b'/', b'/', ..] => self.comment(
                    rest.iter()
                        .position(|byte| *byte == b'\n')
                        .unwrap_or(rest.len()),
                ),
                [b'/', b'*', ..] => self.comment(block_comment(rest)),
                [b'"', ..] => self.string(),
                [b'\'', ..] => self.quote(),
                [b'r', b'"' | b'#', ..] if self.raw_may_begin() => self.raw_string(),
                _ => self.at += 1,
            }
        }
    }

    fn comment(&mut self, length: usize) {
        self.comments.push(self.at..self.at + length);
        self.blank(length);
    }

    fn blank(&mut self, length: usize) {
        for byte in &mut self.code[self.at..self.at + length] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        self.at += length;
    }

    // Whether `r` can start a raw string here: it must not be the end of a name, except in the prefixes `br` and `cr`.
    fn raw_may_begin(&self) -> bool {
        let before = &self.text.as_bytes()[..self.at];
        let before = before
            .strip_suffix(b"b")
            .or_else(|| before.strip_suffix(b"c"))
            .unwrap_or(before);
        !before.last().is_some_and(|byte| is_word(*byte))
    }

    fn raw_string(&mut self) {
        let hashes = self.text[self.at + 1..]
            .bytes()
            .take_while(|byte| *byte == b'#')
            .count();
        let start = self.at + 1 + hashes;
        if self.text.as_bytes().get(start) != Some(&b'"') {
            self.at += 1; // This is a raw identifier, such as `r#type`.
            return;
        }
        let close = format!("\"{}", "#".repeat(hashes));
        let length = self.text[start + 1..]
            .find(&close)
            .unwrap_or(self.text.len() - start - 1);
        let value = self.text[start + 1..start + 1 + length].to_owned();
        self.literal(start, length, value, close.len());
    }

    fn string(&mut self) {
        let body = &self.text[self.at + 1..];
        let length = string_length(body);
        self.literal(self.at, length, unescape(&body[..length]), 1);
    }

    fn literal(&mut self, quote: usize, length: usize, text: String, close: usize) {
        let line = line_of(self.text, quote);
        self.at = quote + 1;
        self.blank(length);
        self.at = (self.at + close).min(self.text.len());
        self.literals.push(Literal {
            line,
            text,
            at: quote,
            end: self.at,
        });
    }

    // Skips what begins with a single quote: a character literal, a lifetime or a label.
    fn quote(&mut self) {
        let mut chars = self.text[self.at + 1..].char_indices();
        let length = match (chars.next(), chars.next()) {
            (Some((_, '\\')), Some((second, escaped))) => {
                let from = second + escaped.len_utf8();
                self.text[self.at + 1 + from..]
                    .find('\'')
                    .map(|close| from + close)
            }
            (Some(_), Some((second, '\''))) => Some(second),
            _ => None,
        };
        self.at += 1;
        if let Some(length) = length {
            self.blank(length);
            self.at += 1;
        }
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at.min(rest.len())
}

fn join_comments(text: &str, ranges: &[std::ops::Range<usize>]) -> Vec<Comment> {
    let mut joined: Vec<Comment> = Vec::new();
    let mut end = None;
    for range in ranges {
        let words = said(&text[range.clone()]);
        let between = end.map(|end| &text[end..range.start]);
        let goes_on = between
            .is_some_and(|between| between.trim().is_empty() && between.matches('\n').count() == 1);
        match joined.last_mut().filter(|_| goes_on) {
            Some(last) => {
                last.text.push('\n');
                last.text.push_str(&words);
            }
            None => joined.push(Comment {
                line: line_of(text, range.start),
                text: words,
            }),
        }
        end = Some(range.end);
    }
    joined
}

/// Returns the text of a comment without comment marks, line by line.
pub(super) fn said(comment: &str) -> String {
    let marks = |char: char| " \t/!*#-".contains(char);
    let lines = comment.lines().map(|line| line.trim_start_matches(marks));
    lines.collect::<Vec<_>>().join("\n")
}

fn string_length(body: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in body.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at,
            _ => {}
        }
    }
    body.len()
}

// Resolves the escapes that occur in SQL: a backslash at the end of a line removes the blanks after it.
fn unescape(body: &str) -> String {
    let mut value = String::new();
    let mut rest = body;
    while let Some(at) = rest.find('\\') {
        value.push_str(&rest[..at]);
        let mut chars = rest[at + 1..].chars();
        match chars.next() {
            Some('\n') => {
                rest = chars.as_str().trim_start();
                continue;
            }
            Some('n') => value.push('\n'),
            Some('t') => value.push('\t'),
            Some(other) => value.push(other),
            None => {}
        }
        rest = chars.as_str();
    }
    value.push_str(rest);
    value
}

// Joins `concat!("SELECT ", COLUMNS, " FROM ...")` into one text; an argument that is not a literal becomes a blank.
fn join_concat(code: &str, literals: Vec<Literal>) -> Vec<Literal> {
    let mut joined: Vec<Literal> = Vec::new();
    let calls: Vec<(usize, usize)> = code
        .match_indices("concat!")
        .filter_map(|(at, name)| Some((at, closing(code, at + name.len(), '(', ')')?)))
        .collect();
    for literal in literals {
        let call = calls
            .iter()
            .find(|(start, end)| (*start..*end).contains(&literal.at));
        match (call, joined.last_mut()) {
            (Some((start, _)), Some(last)) if last.at > *start => {
                if code[last.end..literal.at].trim() != "," {
                    last.text.push(' ');
                }
                last.text.push_str(&literal.text);
                last.end = literal.end;
            }
            _ => joined.push(literal),
        }
    }
    joined
}

/// Returns the offset after the bracket that closes the first `open` at or after `from`.
fn closing(code: &str, from: usize, open: char, close: char) -> Option<usize> {
    let mut depth = 0;
    for (at, char) in code[from..].char_indices() {
        if char == open {
            depth += 1;
        } else if char == close && depth > 0 {
            depth -= 1;
            if depth == 0 {
                return Some(from + at + 1);
            }
        }
    }
    None
}

fn test_modules(code: &str) -> Vec<std::ops::Range<usize>> {
    let attribute = "#[cfg(test)]";
    let mut ranges = Vec::new();
    for (at, _) in code.match_indices(attribute) {
        let body = at + attribute.len();
        let ends_first = code[body..]
            .find([';', '{'])
            .map(|found| code.as_bytes()[body + found]);
        let end = if ends_first == Some(b'{') {
            closing(code, body, '{', '}')
        } else {
            code[body..].find(';').map(|found| body + found)
        };
        ranges.push(at..end.unwrap_or(code.len()));
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        Rust::read(source)
            .literals
            .into_iter()
            .map(|literal| literal.text)
            .collect()
    }

    #[test]
    fn comments_and_strings_are_blank_and_lines_stay() {
        let rust =
            Rust::read("let a = 1; // todo!\n/* x /* y */ \" */ let b = \"todo!\";\nlet c = 'x';");
        assert!(!rust.code.contains("todo"));
        assert_eq!(rust.code.lines().count(), 3);
        assert!(rust.code.contains("let b = \"     \";"));
        assert_eq!(rust.literals[0].line, 2);
    }

    #[test]
    fn comments_below_each_other_are_one() {
        let source = "//! a `b\n//! c`\n\n/// d\nfn f() {} // e\n/* f\n * g */\n";
        let rust = Rust::read(source);
        let comments: Vec<(usize, &str)> = rust
            .comments
            .iter()
            .map(|comment| (comment.line, comment.text.as_str()))
            .collect();
        assert_eq!(comments, [(1, "a `b\nc`"), (4, "d"), (5, "e\nf\ng */")]);
    }

    #[test]
    fn quotes_of_every_kind_are_distinguished() {
        assert_eq!(
            texts(
                r##"let c = '"'; let d = '\''; fn f<'a>(x: &'a str) {} let s = "one"; br#"two " "#;"##
            ),
            ["one", "two \" "]
        );
        assert_eq!(
            texts(r#"let r#type = "x"; let bar = "y"; '\u{1F600}'; "z""#),
            ["x", "y", "z"]
        );
        assert_eq!(texts("'ä'; \"ö\\\"ü\"; 'outer: loop {}"), ["ö\"ü"]);
    }

    #[test]
    fn a_string_over_several_lines_reads_as_its_value() {
        assert_eq!(texts("\"SELECT a \\\n      FROM b\""), ["SELECT a FROM b"]);
    }

    #[test]
    fn concat_is_one_text() {
        assert_eq!(
            texts("f(concat!(\"SELECT \", COLS!(), \" FROM t\"), \"other\")"),
            ["SELECT   FROM t", "other"]
        );
    }

    #[test]
    fn test_modules_are_known_by_their_braces() {
        let source = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { '}'; } }\nfn c() {}\n#[cfg(test)]\nmod more;\nfn d() {}";
        let rust = Rust::read(source);
        let is_test = |name: &str| rust.is_test(source.find(name).expect("it is there"));
        assert_eq!(
            ["a()", "b()", "c()", "mod more", "d()"].map(is_test),
            [false, true, false, true, false]
        );
    }
}
