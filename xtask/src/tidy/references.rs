//! Checks that references are valid: documents, their sections and titles, and the targets and anchors of links.
//!
//! Checks Markdown documents, the comments and visible texts of Rust files, and all other files as a whole. Texts in
//! tests are not checked, because they may name documents that do not exist.

mod documents;
mod mentions;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use self::documents::Document;
use self::mentions::{Mention, Source};
use super::file::{File, folder_of, join};
use super::project::Project;
use super::rust::said;
use super::violation::Violation;
use crate::layout::{CONTRACTS, DOCUMENTS, Role, place};

/// Files that programs generate.
const NO_PROSE: [&str; 1] = ["Cargo.lock"];

/// A piece of text. It may have several lines, because a reference can continue on the next line.
struct Prose {
    /// Number of the text's first line.
    line: usize,
    text: String,
}

pub(super) fn check(project: &Project) -> Vec<Violation> {
    let known = Known::of(project);
    let mut violations = Vec::new();
    for file in &project.files {
        if let Some(document) = known.documents.get(file.path.as_str()) {
            violations.extend(known.broken_links(file, document));
        }
        for prose in prose(file) {
            for mention in mentions::find(&prose.text, is_document(file)) {
                let line = prose.line + prose.text[..mention.at].matches('\n').count();
                let faults = known.faults(file, &mention);
                violations.extend(
                    faults
                        .into_iter()
                        .map(|what| Violation::new(&file.path, line, what)),
                );
            }
        }
    }
    violations
}

fn is_document(file: &File) -> bool {
    file.path.ends_with(".md")
}

fn prose(file: &File) -> Vec<Prose> {
    if NO_PROSE.contains(&file.path.as_str()) {
        return Vec::new();
    }
    let Some(rust) = &file.rust else {
        let text = if is_document(file) {
            file.text.clone()
        } else {
            said(&file.text)
        };
        return vec![Prose { line: 1, text }];
    };
    let comments = rust.comments.iter().map(|comment| Prose {
        line: comment.line,
        text: comment.text.clone(),
    });
    let read_by_people = !place(&file.path)
        .is_some_and(|place| place.role == Role::Xtask || place.inside.starts_with("tests/"));
    let texts = rust
        .literals
        .iter()
        .filter(|literal| read_by_people && !rust.is_test(literal.at));
    let texts = texts.map(|literal| Prose {
        line: literal.line,
        text: literal.text.clone(),
    });
    comments.chain(texts).collect()
}

/// Everything that a reference can name: files, documents, headings and anchors.
struct Known<'a> {
    project: &'a Project,
    documents: BTreeMap<&'a str, Document>,
}

impl<'a> Known<'a> {
    fn of(project: &'a Project) -> Self {
        let documents = project.files.iter().filter(|file| is_document(file));
        Self {
            project,
            documents: documents
                .map(|file| (file.path.as_str(), Document::read(&file.text)))
                .collect(),
        }
    }

    /// Returns what is wrong with a reference; empty if it is valid.
    fn faults(&self, file: &File, mention: &Mention) -> Vec<String> {
        let (path, document) = match self.meant(file, &mention.of) {
            Ok(found) => found,
            Err(fault) => return vec![fault],
        };
        let numbers = mention.sections.iter();
        let sections = numbers
            .filter(|number| !document.has_section(number))
            .map(|number| {
                format!("names section {number} of {path}, which has none of this number")
            });
        let titles = mention.title.iter();
        let titles = titles
            .filter(|title| !document.has_title(title))
            .map(|title| format!("names \"{title}\" in {path}, which has no such heading"));
        sections.chain(titles).collect()
    }

    /// Returns the document that a reference names, or what is wrong with the reference.
    fn meant(&self, file: &File, source: &Source) -> Result<(String, &Document), String> {
        let path = match source {
            Source::Own => Some(file.path.clone()),
            Source::Named(name) => self.named(file, name),
            Source::Contract => self.contract(file),
        };
        let found = path.and_then(|path| Some((path.clone(), self.documents.get(path.as_str())?)));
        found.ok_or_else(|| match source {
            Source::Named(name) => format!("names `{name}`, which does not exist"),
            _ => "speaks of a contract, but belongs to no API that has one: name the document"
                .to_owned(),
        })
    }

    /// Returns the path of the document that a file names, either relative to the file or in one of the usual folders.
    fn named(&self, file: &File, name: &str) -> Option<String> {
        let beside = join(folder_of(&file.path), name);
        let usual = DOCUMENTS.iter().map(|folder| format!("{folder}{name}"));
        std::iter::once(beside)
            .chain(usual)
            .find(|path| self.documents.contains_key(path.as_str()))
    }

    /// Returns the contract of the API to which a file belongs: the document that has the same name as a part of the
    /// file's path.
    fn contract(&self, file: &File) -> Option<String> {
        let parts = file
            .path
            .split('/')
            .filter_map(|part| part.split('.').next());
        let contracts = parts.map(|part| format!("{CONTRACTS}{part}.md"));
        contracts
            .into_iter()
            .find(|path| self.documents.contains_key(path.as_str()))
    }

    fn broken_links(&self, file: &File, document: &Document) -> Vec<Violation> {
        let links = document.links.iter();
        let faults = links.filter_map(|(line, to)| Some((*line, self.fault_of_link(file, to)?)));
        faults
            .map(|(line, what)| Violation::new(&file.path, line, what))
            .collect()
    }

    fn fault_of_link(&self, file: &File, to: &str) -> Option<String> {
        let (path, anchor) = to
            .split_once('#')
            .map_or((to, None), |(path, anchor)| (path, Some(anchor)));
        let path = if path.is_empty() {
            file.path.clone()
        } else {
            join(folder_of(&file.path), path)
        };
        if !self.project.has(&path) {
            return Some(format!("links to `{to}`, which does not exist"));
        }
        let anchor = anchor?;
        let document = self.documents.get(path.as_str())?;
        (!document.anchors.contains(anchor))
            .then(|| format!("links to `{to}`, but {path} has no such heading"))
    }
}
