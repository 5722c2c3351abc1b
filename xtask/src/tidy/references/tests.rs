use super::*;

const DOCS: [(&str, &str); 4] = [
    ("docs/rules.md", "# Rules\n\n## 8. Zero\n\n## 9. Types\n"),
    (
        "docs/contracts/fax.md",
        "# Fax\n\n## 5. Calls\n\n### 5.3 Send\n",
    ),
    ("ARCHITECTURE.md", "# Architecture\n\n## Words\n"),
    ("docs/picture.png", ""),
];

fn said_of(path: &str, text: &str) -> Vec<String> {
    let files: Vec<_> = DOCS.into_iter().chain([(path, text)]).collect();
    let violations = check(&Project::of(&files));
    violations.iter().map(ToString::to_string).collect()
}

#[test]
fn a_comment_names_documents_that_exist() {
    let source = "//! `rules.md` 8; `docs/rules.md`, section 9; `contracts/fax.md` 5.3.\n//! See `ARCHITECTURE.md`, \"Words\".";
    assert!(said_of("crates/domain/src/lib.rs", source).is_empty());
    let said = said_of(
        "crates/domain/src/lib.rs",
        "\n/// As `design.md`\n/// says.\nstruct A;",
    );
    assert_eq!(
        said,
        ["crates/domain/src/lib.rs:2: names `design.md`, which does not exist"]
    );
}

#[test]
fn a_section_must_be_there_even_if_its_number_is_on_the_next_line() {
    let said = said_of(
        "crates/domain/src/lib.rs",
        "/// Text, see `rules.md` 8 and\n/// 10, `rules.md`,\n/// section 9.1.\nstruct A;",
    );
    assert_eq!(
        said,
        [
            "crates/domain/src/lib.rs:1: names section 10 of docs/rules.md, which has none of this number",
            "crates/domain/src/lib.rs:2: names section 9.1 of docs/rules.md, which has none of this number",
        ]
    );
    let title = said_of("docs/a.md", "`ARCHITECTURE.md`, \"Verbs\"");
    assert!(title[0].contains("no such heading"), "{title:?}");
}

#[test]
fn a_contract_is_the_one_of_the_file() {
    let source = "//! Sending (contract section 5.3).\n//! Also contract section 6.";
    let said = said_of("crates/api/fax/src/send.rs", source);
    assert_eq!(
        said,
        [
            "crates/api/fax/src/send.rs:2: names section 6 of docs/contracts/fax.md, which has none of this number"
        ]
    );
    let elsewhere = said_of("crates/access/src/lib.rs", "//! Contract section 5.3.");
    assert!(elsewhere[0].contains("name the document"), "{elsewhere:?}");
}

#[test]
fn texts_that_people_see_count_and_those_of_tests_do_not() {
    let text = "const A: &str = \"see docs/none.md\";";
    assert_eq!(said_of("crates/heddle/src/cli.rs", text).len(), 1);
    assert!(said_of("crates/heddle/tests/it/main.rs", text).is_empty());
    assert!(
        said_of(
            "crates/heddle/src/cli.rs",
            &format!("#[cfg(test)]\nmod tests {{ {text} }}")
        )
        .is_empty()
    );
    assert_eq!(
        said_of("crates/heddle/default.toml", "# See\n# docs/none.md.").len(),
        1
    );
    let beside = "const A: &str = include_str!(\"rules.md\");";
    assert!(said_of("docs/rules.rs", beside).is_empty());
}

#[test]
fn a_bare_section_of_a_document_is_its_own() {
    let said = said_of(
        "docs/store.md",
        "# Store\n\n## 1. Ids\n\nAs section 1 and section 2 say.",
    );
    assert_eq!(
        said,
        ["docs/store.md:5: names section 2 of docs/store.md, which has none of this number"]
    );
}

#[test]
fn links_lead_somewhere() {
    let fine = "[a](../ARCHITECTURE.md#words) [b](contracts/fax.md) [c](contracts/) [d](#top) ![p](picture.png)\n\n# Top";
    assert!(said_of("docs/a.md", fine).is_empty());
    let said = said_of(
        "docs/a.md",
        "# Top\n[a](../docs/rules.md#10)\n[b](nothing.json)\n[c](#bottom)\n[d](contracts/fa)",
    );
    let expected = [
        "docs/a.md:2: links to `../docs/rules.md#10`, but docs/rules.md has no such heading",
        "docs/a.md:3: links to `nothing.json`, which does not exist",
        "docs/a.md:4: links to `#bottom`, but docs/a.md has no such heading",
        "docs/a.md:5: links to `contracts/fa`, which does not exist",
    ];
    assert_eq!(said, expected);
}
