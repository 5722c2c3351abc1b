//! Builds the tree of a query from its parts.

use super::error::QueryError;
use super::expr::{DEEPEST, Expr, MOST_CONDITIONS, Scope};
use super::field::{Field, Given, Vocabulary};
use super::lexer::{Token, What, split};

/// Parses a query.
///
/// # Errors
/// Fails if the query is not of the language, is larger than [`super::LONGEST_QUERY`], [`MOST_CONDITIONS`] or [`DEEPEST`] allow, or
/// has nothing to search for. The error names the column.
pub fn parse(query: &str, vocabulary: &Vocabulary) -> Result<Expr, QueryError> {
    let tokens = split(query, vocabulary)?;
    let mut parser = Parser {
        tokens,
        at: 0,
        depth: 0,
        conditions: 0,
        vocabulary,
    };
    let found = parser.either()?;
    if let Some(token) = parser.peek() {
        let text = match token.what {
            What::Close => "this parenthesis closes nothing",
            _ => "this does not belong here",
        };
        return Err(QueryError::new(token.start, text));
    }
    found.ok_or_else(|| QueryError::new(1, "there is nothing to search for"))
}

struct Parser<'a> {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    conditions: usize,
    vocabulary: &'a Vocabulary,
}

/// A part of the tree; `None` for a part without words, such as a lone dash.
type Parsed = Result<Option<Expr>, QueryError>;

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn take(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += usize::from(token.is_some());
        token
    }

    fn next_is(&self, what: &What) -> bool {
        self.peek().is_some_and(|token| token.what == *what)
    }

    /// Conditions with `OR` between them.
    fn either(&mut self) -> Parsed {
        let mut found = Vec::new();
        found.extend(self.all_of()?);
        while self.next_is(&What::Or) {
            self.operator("OR")?;
            found.extend(self.all_of()?);
        }
        Ok(joined(found, Expr::Or))
    }

    /// Conditions beside each other, perhaps with `AND` between them.
    fn all_of(&mut self) -> Parsed {
        let mut found = Vec::new();
        loop {
            match self.peek().map(|token| &token.what) {
                None | Some(What::Close | What::Or) => return Ok(joined(found, Expr::And)),
                Some(What::And) => self.operator("AND")?,
                Some(_) => found.extend(self.negated()?),
            }
        }
    }

    /// Takes an operator, which needs a condition on both sides.
    fn operator(&mut self, name: &str) -> Result<(), QueryError> {
        let is_after = self.at > 0 && ends_a_condition(&self.tokens[self.at - 1].what);
        let column = self.take().map_or(1, |token| token.start);
        let is_before = self
            .peek()
            .is_some_and(|token| begins_a_condition(&token.what));
        match (is_after, is_before) {
            (true, true) => Ok(()),
            (false, _) => Err(QueryError::new(
                column,
                format!("{name} needs a condition before it"),
            )),
            (true, false) => Err(QueryError::new(
                column,
                format!("{name} needs a condition after it"),
            )),
        }
    }

    fn negated(&mut self) -> Parsed {
        if !self.next_is(&What::Not) {
            return self.condition();
        }
        let column = self.take().map_or(1, |token| token.start);
        if !self
            .peek()
            .is_some_and(|token| begins_a_condition(&token.what))
        {
            return Err(QueryError::new(column, "NOT needs a condition after it"));
        }
        let inner = self.deeper(column, Self::negated)?;
        Ok(inner.map(|inner| match inner {
            Expr::Not(twice) => *twice,
            once => Expr::Not(Box::new(once)),
        }))
    }

    /// Parses something one level deeper.
    fn deeper(&mut self, column: usize, parse: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        if self.depth == DEEPEST {
            let text = format!("parentheses and NOT can be {DEEPEST} levels deep");
            return Err(QueryError::new(column, text));
        }
        self.depth += 1;
        let found = parse(self)?;
        self.depth -= 1;
        Ok(found)
    }

    fn condition(&mut self) -> Parsed {
        let Some(token) = self.take() else {
            return Ok(None);
        };
        match token.what {
            What::Open => self.group(token.start, Self::either),
            What::Field(ref name) => self.field(name, &token).map(Some),
            What::Word(ref text) if text == "*" => Ok(Some(Expr::All)),
            What::Word(ref text) => self.text(
                &Given {
                    text,
                    is_quoted: false,
                },
                token.start,
            ),
            What::Phrase(ref text) => self.text(
                &Given {
                    text,
                    is_quoted: true,
                },
                token.start,
            ),
            _ => Err(QueryError::new(token.start, "this does not belong here")),
        }
    }

    /// Parses what stands in parentheses, the first of which was taken.
    fn group(&mut self, column: usize, parse: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        let found = self.deeper(column, parse)?;
        match self.next_is(&What::Close) {
            true => self.at += 1,
            false => return Err(QueryError::new(column, "this parenthesis is not closed")),
        }
        Ok(found)
    }

    fn text(&mut self, given: &Given<'_>, column: usize) -> Parsed {
        let Some(term) = given.term() else {
            return Ok(None);
        };
        self.count(column)?;
        Ok(Some(Expr::Text(Scope::Any, term)))
    }

    fn count(&mut self, column: usize) -> Result<(), QueryError> {
        self.conditions += 1;
        if self.conditions > MOST_CONDITIONS {
            let text = format!("a query has at most {MOST_CONDITIONS} words, phrases and filters");
            return Err(QueryError::new(column, text));
        }
        Ok(())
    }

    /// Parses the value of a field, or several in parentheses.
    fn field(&mut self, name: &str, token: &Token) -> Result<Expr, QueryError> {
        let fault = |text: &str| QueryError::new(token.start, format!("{name} {text}"));
        let Some(field) = self.vocabulary.find(name) else {
            let text = format!("is not a field; the fields are {}", self.vocabulary.names());
            return Err(fault(&text));
        };
        let follows = self.peek().is_some_and(|next| next.start == token.end);
        let needs_value = || fault("needs a value directly after the colon");
        if !follows {
            return Err(needs_value());
        }
        if self.next_is(&What::Open) {
            self.at += 1;
            let values = |parser: &mut Self| parser.values(field, name, token.end).map(Some);
            let found = self.group(token.end, values)?;
            return found.ok_or_else(needs_value);
        }
        let value = self.take().ok_or_else(needs_value)?;
        self.value(field, name, &value)
    }

    /// Parses the values of a field in parentheses, of which one must fit.
    fn values(&mut self, field: Field, name: &str, column: usize) -> Result<Expr, QueryError> {
        let mut found = Vec::new();
        while let Some(token) = self.take() {
            found.push(self.value(field, name, &token)?);
            match self.next_is(&What::Or) {
                true => self.operator("OR")?,
                false => break,
            }
        }
        joined(found, Expr::Or)
            .ok_or_else(|| QueryError::new(column, format!("{name} needs a value")))
    }

    fn value(&mut self, field: Field, name: &str, token: &Token) -> Result<Expr, QueryError> {
        self.count(token.start)?;
        let found = match &token.what {
            What::Word(text) => field.condition(&Given {
                text,
                is_quoted: false,
            }),
            What::Phrase(text) => field.condition(&Given {
                text,
                is_quoted: true,
            }),
            What::Range(text) => field.range(text),
            _ => Err("needs a value directly after the colon".to_owned()),
        };
        found.map_err(|text| QueryError::new(token.start, format!("{name} {text}")))
    }
}

fn begins_a_condition(what: &What) -> bool {
    !matches!(what, What::Close | What::And | What::Or)
}

fn ends_a_condition(what: &What) -> bool {
    !matches!(
        what,
        What::Open | What::And | What::Or | What::Not | What::Field(_)
    )
}

/// Joins the parts of a list; a list of one is its part.
fn joined(mut parts: Vec<Expr>, join: impl FnOnce(Vec<Expr>) -> Expr) -> Option<Expr> {
    match parts.len() {
        0 => None,
        1 => parts.pop(),
        _ => Some(join(parts)),
    }
}
