//! Licence expressions: is there a choice among the ORs whose every part is on a list?
//!
//! Reads the operators OR, AND and WITH, brackets, and the old `/` for OR. `X WITH y` is on the list if `X WITH y` or `X`
//! is: an exception only ever permits more.

use anyhow::{Result, bail};

/// Whether `expression` can be satisfied with the licences of `allow` alone.
pub(crate) fn allowed(expression: &str, allow: &[String]) -> Result<bool> {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let mut reader = Reader {
        words: spaced.split_whitespace().collect(),
        next: 0,
        allow,
    };
    let answer = reader.any_of()?;
    match reader.peek() {
        None => Ok(answer),
        Some(word) => bail!("`{word}` is not expected here"),
    }
}

struct Reader<'a> {
    words: Vec<&'a str>,
    next: usize,
    allow: &'a [String],
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.words.get(self.next).copied()
    }

    fn take_if(&mut self, word: &str) -> bool {
        let there = self
            .peek()
            .is_some_and(|next| next.eq_ignore_ascii_case(word));
        self.next += usize::from(there);
        there
    }

    fn any_of(&mut self) -> Result<bool> {
        let mut answer = self.all_of()?;
        while self.take_if("OR") {
            answer |= self.all_of()?;
        }
        Ok(answer)
    }

    fn all_of(&mut self) -> Result<bool> {
        let mut answer = self.one()?;
        while self.take_if("AND") {
            answer &= self.one()?;
        }
        Ok(answer)
    }

    fn one(&mut self) -> Result<bool> {
        if self.take_if("(") {
            let answer = self.any_of()?;
            return if self.take_if(")") {
                Ok(answer)
            } else {
                bail!("a bracket is not closed")
            };
        }
        let id = self.name()?;
        let plain = self.listed(id);
        if !self.take_if("WITH") {
            return Ok(plain);
        }
        let exception = self.name()?;
        Ok(plain || self.listed(&format!("{id} WITH {exception}")))
    }

    fn name(&mut self) -> Result<&'a str> {
        match self.peek() {
            None => bail!("it ends too early"),
            Some(word) if ["(", ")", "AND", "OR", "WITH"].contains(&word) => {
                bail!("`{word}` stands where a licence belongs")
            }
            Some(word) => {
                self.next += 1;
                Ok(word)
            }
        }
    }

    fn listed(&self, id: &str) -> bool {
        self.allow
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_mit_and_zlib(expression: &str) -> bool {
        allowed(
            expression,
            &[
                "MIT".to_owned(),
                "Zlib".to_owned(),
                "Apache-2.0 WITH LLVM-exception".to_owned(),
            ],
        )
        .expect("a well-formed expression")
    }

    #[test]
    fn or_needs_one_and_needs_all() {
        assert!(with_mit_and_zlib("MIT"));
        assert!(!with_mit_and_zlib("GPL-3.0"));
        assert!(with_mit_and_zlib("GPL-3.0 OR MIT"));
        assert!(!with_mit_and_zlib("GPL-3.0 AND MIT"));
        assert!(with_mit_and_zlib("Unlicense/MIT"));
    }

    #[test]
    fn and_binds_tighter_than_or_and_brackets_tighter_than_both() {
        assert!(with_mit_and_zlib("MIT OR GPL-3.0 AND BSL-1.0"));
        assert!(!with_mit_and_zlib("(MIT OR GPL-3.0) AND BSL-1.0"));
        assert!(with_mit_and_zlib("(MIT OR GPL-3.0) AND (Zlib)"));
    }

    #[test]
    fn an_exception_counts_by_itself_or_with_its_licence_allowed() {
        assert!(with_mit_and_zlib("Apache-2.0 WITH LLVM-exception"));
        assert!(!with_mit_and_zlib("Apache-2.0"));
        assert!(!with_mit_and_zlib("GPL-2.0 WITH Classpath-exception-2.0"));
        assert!(with_mit_and_zlib("MIT WITH anything"));
    }

    #[test]
    fn nonsense_is_an_error_not_a_no() {
        for nonsense in [
            "", "MIT OR", "(MIT", "MIT)", "AND MIT", "MIT Zlib", "MIT WITH",
        ] {
            assert!(allowed(nonsense, &[]).is_err(), "{nonsense}");
        }
    }
}
