//! Splits a query into its parts.

use super::error::QueryError;
use super::expr::LONGEST_QUERY;
use super::field::Vocabulary;

/// A part of a query, with the place where it begins and the place after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) what: What,
    pub(super) start: usize,
    pub(super) end: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    Open,
    Close,
    And,
    Or,
    Not,
    /// The name of a field, in lower case, with its colon.
    Field(String),
    Word(String),
    Phrase(String),
    /// A range such as `[from TO to]`: the text between the brackets.
    Range(String),
}

/// Splits a query. Every kind of quotation mark that programs for writing texts make is taken.
pub(super) fn split(query: &str, vocabulary: &Vocabulary) -> Result<Vec<Token>, QueryError> {
    let chars: Vec<char> = query.chars().collect();
    if chars.len() > LONGEST_QUERY {
        let text = format!("a query has at most {LONGEST_QUERY} characters");
        return Err(QueryError::new(LONGEST_QUERY + 1, text));
    }
    let mut lexer = Lexer {
        chars,
        at: 0,
        tokens: Vec::new(),
    };
    while lexer.at < lexer.chars.len() {
        lexer.next(vocabulary)?;
    }
    Ok(lexer.tokens)
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    tokens: Vec<Token>,
}

impl Lexer {
    fn next(&mut self, vocabulary: &Vocabulary) -> Result<(), QueryError> {
        let start = self.at;
        match self.chars[start] {
            c if is_blank(c) => self.at += 1,
            '(' => self.add(start, 1, What::Open),
            ')' => self.add(start, 1, What::Close),
            c if is_quote(c) => self.phrase(start)?,
            '[' if self.follows_a_field() => self.range(start)?,
            '-' if self.begins_a_condition(start) => self.add(start, 1, What::Not),
            _ => self.word(start, vocabulary),
        }
        Ok(())
    }

    fn add(&mut self, start: usize, length: usize, what: What) {
        self.at = start + length;
        self.tokens.push(Token {
            what,
            start: start + 1,
            end: start + length + 1,
        });
    }

    /// Whether the part before ends here and is the name of a field.
    fn follows_a_field(&self) -> bool {
        let is_field =
            |token: &Token| matches!(token.what, What::Field(_)) && token.end == self.at + 1;
        self.tokens.last().is_some_and(is_field)
    }

    /// Whether a minus sign is the operator: something stands after it without a space, and nothing before it.
    fn begins_a_condition(&self, at: usize) -> bool {
        let is_free = at == 0 || is_blank(self.chars[at - 1]) || self.chars[at - 1] == '(';
        let next = self.chars.get(at + 1);
        is_free && next.is_some_and(|c| !is_blank(*c) && !matches!(c, '-' | ')'))
    }

    fn phrase(&mut self, start: usize) -> Result<(), QueryError> {
        let rest = &self.chars[start + 1..];
        let Some(length) = rest.iter().position(|c| is_quote(*c)) else {
            return Err(QueryError::new(
                start + 1,
                "this quotation mark has no second one",
            ));
        };
        let text = rest[..length].iter().collect();
        self.add(start, length + 2, What::Phrase(text));
        Ok(())
    }

    fn range(&mut self, start: usize) -> Result<(), QueryError> {
        let rest = &self.chars[start + 1..];
        let Some(length) = rest.iter().position(|c| *c == ']') else {
            return Err(QueryError::new(start + 1, "this bracket is not closed"));
        };
        let text = rest[..length].iter().collect();
        self.add(start, length + 2, What::Range(text));
        Ok(())
    }

    fn word(&mut self, start: usize, vocabulary: &Vocabulary) {
        let rest = &self.chars[start..];
        let ends = |c: &char| is_blank(*c) || is_quote(*c) || matches!(c, '(' | ')');
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        let word: String = rest[..length].iter().collect();
        if let Some((name, _)) = word.split_once(':').filter(|_| !self.follows_a_field()) {
            let name = name.to_lowercase();
            if vocabulary.is_name(&name) {
                let length = name.chars().count() + 1;
                return self.add(start, length, What::Field(name));
            }
        }
        let what = match word.as_str() {
            "AND" | "&&" => What::And,
            "OR" | "||" => What::Or,
            "NOT" => What::Not,
            _ => What::Word(word),
        };
        self.add(start, length, what);
    }
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

fn is_quote(c: char) -> bool {
    matches!(
        c,
        '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{201f}' | '\u{ab}' | '\u{bb}' | '\u{ff02}'
    )
}
