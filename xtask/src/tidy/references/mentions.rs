//! Finds references to documents, sections and titles in comments and documents.
//!
//! A reference names a document by its file name, and a section by a number after it or a heading in quotation marks:
//! `rules.md` 8, or `ARCHITECTURE.md`, "Words". A number alone refers to the document named before. A number after
//! "contract" refers to the contract of the file's API.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// One reference, with its offset in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) at: usize,
    pub(super) of: Source,
    pub(super) sections: Vec<String>,
    pub(super) title: Option<String>,
}

/// The document that a reference names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Named(String),
    /// The contract of the API to which the file belongs.
    Contract,
    /// The document that contains the reference.
    Own,
}

static GRAMMAR: LazyLock<Regex> = LazyLock::new(|| {
    let name = r"[A-Za-z0-9_][A-Za-z0-9_./-]*\.md";
    let number = r"[0-9]+[a-z]?(?:\.[0-9]+)*";
    let numbers = format!(r"{number}(?:(?:,\s+|,?\s+(?:and|or|to)\s+|-){number})*");
    let sections = |group: &str| format!(r"[Ss]ections?\s+(?P<{group}>{numbers})\b");
    let [of_doc, of_rfc, of_contract, alone] = ["a", "b", "c", "d"].map(sections);
    // Matches the quotes, brackets or link target that may follow a name.
    let close = r"(?:\]\([^)]*\)|[`)\]])*";
    let title = r#""(?P<title>[A-Z][^"]+)""#;
    let grammar = [
        format!(r"(?P<doc>{name})\b{close}(?:,\s+{title}|,?\s+{of_doc}|\s+(?P<e>{numbers})\b)?"),
        format!(r"(?P<rfc>RFC)\s*[0-9]+(?:,?\s+{of_rfc})?"),
        format!(r"(?P<contract>[Cc]ontract),?\s+{of_contract}"),
        format!(r"{alone}(?:\s+of\s+`?(?P<of>{name}|RFC))?"),
    ];
    Regex::new(&grammar.join("|")).expect("the grammar is a constant")
});

/// Returns the references in a text. A bare `section 3` refers to the document itself (`own`); in a comment, to the
/// document named before it, or to none.
pub(super) fn find(text: &str, own: bool) -> Vec<Mention> {
    let mut mentions = Vec::new();
    let mut subject = own.then_some(Source::Own);
    for found in GRAMMAR.captures_iter(text) {
        let of = source(&found, subject.as_ref());
        if !own {
            subject.clone_from(&of);
        }
        mentions.extend(of.map(|of| Mention {
            at: found.get(0).expect("the whole").start(),
            of,
            sections: sections(&found),
            title: found.name("title").map(|title| title.as_str().to_owned()),
        }));
    }
    mentions
}

/// Returns the document that a reference names; `None` for documents outside the project.
fn source(found: &Captures<'_>, subject: Option<&Source>) -> Option<Source> {
    if let Some(doc) = found.name("doc").or_else(|| found.name("of")) {
        return (doc.as_str() != "RFC").then(|| Source::Named(doc.as_str().to_owned()));
    }
    if found.name("contract").is_some() {
        return Some(Source::Contract);
    }
    subject.filter(|_| found.name("rfc").is_none()).cloned()
}

/// Returns the section numbers of a reference. For a range, returns its first and last number.
fn sections(found: &Captures<'_>) -> Vec<String> {
    let numbers = ["a", "b", "c", "d", "e"]
        .iter()
        .find_map(|group| found.name(group));
    let words = numbers
        .map_or("", |numbers| numbers.as_str())
        .split([' ', ',', '-', '\n']);
    words
        .filter(|word| word.starts_with(|char: char| char.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, own: bool) -> Vec<String> {
        let mentions = find(text, own).into_iter();
        let shown = mentions.map(|mention| {
            let of = match mention.of {
                Source::Named(name) => name,
                Source::Contract => "contract".to_owned(),
                Source::Own => "own".to_owned(),
            };
            let title = mention.title.map(|title| format!("\"{title}\""));
            let words = std::iter::once(of).chain(mention.sections).chain(title);
            words.collect::<Vec<_>>().join(" ")
        });
        shown.collect()
    }

    #[test]
    fn a_document_is_named_with_and_without_sections() {
        for (text, expected) in [
            ("see `docs/operating.md`.", "docs/operating.md"),
            ("(`rules.md` 8)", "rules.md 8"),
            ("`store.md`, section 9.3", "store.md 9.3"),
            ("store.md section 4: x", "store.md 4"),
            ("`rules.md` 7, 9 to 12c\nand 15; 3", "rules.md 7 9 12c 15"),
            ("[rules.md](rules.md) 19", "rules.md 19"),
            ("[the rules](../rules.md), sections 1-3", "rules.md 1 3"),
            ("`ARCHITECTURE.md`, \"Words\"", "ARCHITECTURE.md \"Words\""),
            (
                "section 3.1 of `contracts/mews.md`",
                "contracts/mews.md 3.1",
            ),
            ("`store.md` 3 allows 4,000", "store.md 3"),
            ("a.md 3rd", "a.md"),
            ("`a.md`, \"here\"", "a.md"),
        ] {
            assert_eq!(read(text, false), [expected], "{text}");
        }
    }

    #[test]
    fn a_bare_section_belongs_to_what_was_named_before_it() {
        let text = "Sections 1 and 2; `a.md` 3 (section 4), contract sections 5 and 6.1, section 7";
        assert_eq!(
            read(text, false),
            ["a.md 3", "a.md 4", "contract 5 6.1", "contract 7"]
        );
        assert_eq!(
            read("as section 2 says, `a.md` 3, section 4", true),
            ["own 2", "a.md 3", "own 4"]
        );
    }

    #[test]
    fn other_peoples_documents_are_left_alone() {
        assert!(read("RFC 9110 section 14, RFC 6749, section 5.2 of RFC 1", true).is_empty());
        assert!(read("`a.mdx` a.md5 .md", false).is_empty());
    }
}
