//! Rules about the book of the documents (`docs/book.toml`): its table of contents names every page once, and its pages link only to what
//! the book contains. The check of references finds links that lead nowhere.

use std::collections::BTreeSet;

use pulldown_cmark::{Event, Options, Parser, Tag};

use super::file::File;
use super::project::Project;
use super::rust::line_of;
use super::violation::Violation;
use crate::layout::{BOOK, CONTENTS};

/// Pages that are not in the book, each with the reason.
const NO_PAGES: [(&str, &str); 2] = [
    ("SUMMARY.md", "it is the table of contents"),
    (
        "README.md",
        "it leads readers of the sources, also to files that the book lacks",
    ),
];

pub(super) fn check(project: &Project) -> Vec<Violation> {
    let pages = project.files.iter().filter_map(|file| {
        let path = file.path.strip_prefix(BOOK)?;
        let is_page = path.ends_with(".md") && NO_PAGES.iter().all(|(no, _)| *no != path);
        is_page.then_some((path, file))
    });
    let pages: Vec<(&str, &File)> = pages.collect();
    let contents = format!("{BOOK}{CONTENTS}");
    let Some(contents) = project.files.iter().find(|file| file.path == contents) else {
        return vec![Violation::new(&contents, 0, "is missing")];
    };
    let mut violations = missing_or_twice(contents, &pages);
    for (_, page) in &pages {
        violations.extend(links_outside(page));
    }
    violations
}

/// Returns the pages that the table of contents does not name exactly once.
fn missing_or_twice(contents: &File, pages: &[(&str, &File)]) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut named = BTreeSet::new();
    for (line, target) in links(&contents.text) {
        if !named.insert(target.clone()) {
            let what = format!("names {target} twice");
            violations.push(Violation::new(&contents.path, line, what));
        }
    }
    for (path, _) in pages.iter().filter(|(path, _)| !named.contains(*path)) {
        let what = format!("does not name {path}");
        violations.push(Violation::new(&contents.path, 0, what));
    }
    violations
}

/// Returns the links of a page that lead to nothing in the built book: out of its folder, or to a folder, which has no page.
fn links_outside(page: &File) -> Vec<Violation> {
    let depth = page.path[BOOK.len()..].matches('/').count();
    let leaves = |target: &str| {
        (target.ends_with('/') && !target.contains("://"))
            || target.split('/').take_while(|part| *part == "..").count() > depth
    };
    let found = links(&page.text)
        .into_iter()
        .filter(|(_, target)| leaves(target));
    let violation = |(line, target)| {
        let what = format!("links to {target}, which is not in the book: name the file instead");
        Violation::new(&page.path, line, what)
    };
    found.map(violation).collect()
}

/// Returns line and target of every link in a text.
fn links(text: &str) -> Vec<(usize, String)> {
    let events = Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter();
    let links = events.filter_map(|(event, range)| match event {
        Event::Start(Tag::Link { dest_url, .. }) => Some((line_of(text, range.start), dest_url)),
        _ => None,
    });
    links
        .map(|(line, target)| (line, target.to_string()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_named_once() {
        let contents = File::new("docs/SUMMARY.md", "- [A](a.md)\n- [A again](a.md)\n");
        let (a, b) = (File::new("docs/a.md", ""), File::new("docs/b/c.md", ""));
        let found = missing_or_twice(&contents, &[("a.md", &a), ("b/c.md", &b)]);
        let said: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].contains("a.md twice"), "{said:?}");
        assert!(said[1].contains("does not name b/c.md"), "{said:?}");
    }

    #[test]
    fn a_page_links_only_inside_the_book() {
        let page = File::new(
            "docs/b/c.md",
            "[up](../a.md) [out](../../README.md) [away](https://x.example/) [folder](d/)",
        );
        let found = links_outside(&page);
        assert_eq!(found.len(), 2);
        assert!(found[0].to_string().contains("../../README.md"));
        assert!(found[1].to_string().contains("d/"));
    }
}
