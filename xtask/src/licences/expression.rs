//! Licence expressions: checks whether a list of allowed licences satisfies an expression.

use anyhow::Result;
use spdx::{Expression, ParseMode};

/// The parse mode: also accepts deprecated forms that packages still use, such as `/` for OR, and names that SPDX does
/// not know.
const MODE: ParseMode = ParseMode {
    allow_deprecated: true,
    allow_unknown: true,
    ..ParseMode::LAX
};

/// Whether the licences in `allow` satisfy `expression`. An exception (`WITH …`) only permits more, so a licence with
/// an exception is allowed if the licence is.
///
/// # Errors
/// Fails if the text is not a licence expression.
pub(crate) fn allowed(expression: &str, allow: &[String]) -> Result<bool> {
    let parsed =
        Expression::parse_mode(expression, MODE).map_err(|error| anyhow::anyhow!("{error}"))?;
    let listed = |name: &str| {
        allow
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(name))
    };
    Ok(parsed.evaluate(|required| {
        listed(&required.to_string()) || listed(&required.license.to_string())
    }))
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
    fn an_invalid_expression_is_an_error_not_a_refusal() {
        for nonsense in [
            "", "MIT OR", "(MIT", "MIT)", "AND MIT", "MIT Zlib", "MIT WITH",
        ] {
            assert!(allowed(nonsense, &[]).is_err(), "{nonsense}");
        }
    }
}
