//! The Markdown documents: their headings, anchors and links.

use std::collections::{BTreeMap, BTreeSet};

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};

use crate::tidy::rust::line_of;

/// The parts of a document that other files can refer to.
#[derive(Default)]
pub(super) struct Document {
    /// The headings, as plain text.
    pub(super) headings: Vec<String>,
    /// The anchors that a link can name after `#`.
    pub(super) anchors: BTreeSet<String>,
    /// Line and target of every link and image, except links to other sites.
    pub(super) links: Vec<(usize, String)>,
}

impl Document {
    pub(super) fn read(text: &str) -> Self {
        let mut document = Self::default();
        let mut heading: Option<String> = None;
        let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES;
        for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
            match event {
                Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
                Event::End(TagEnd::Heading(_)) => document.headings.extend(heading.take()),
                Event::Text(words) | Event::Code(words) => {
                    if let Some(heading) = &mut heading {
                        heading.push_str(&words);
                    }
                }
                Event::Html(html) | Event::InlineHtml(html) => {
                    document.anchors.extend(named(&html));
                }
                Event::Start(tag) => {
                    let line = line_of(text, range.start);
                    document.links.extend(destination(tag).map(|to| (line, to)));
                }
                _ => {}
            }
        }
        document.name_headings();
        document
    }

    /// Whether a heading has this number, such as `## 9. Title`, `### 9.3 Title` or `## 12b. Title`.
    pub(super) fn has_section(&self, number: &str) -> bool {
        self.headings.iter().any(|heading| {
            heading.strip_prefix(number).is_some_and(|rest| {
                rest.is_empty()
                    || rest.starts_with([' ', ':'])
                    || rest == "."
                    || rest.starts_with(". ")
            })
        })
    }

    /// Whether a heading has this title, without its number.
    pub(super) fn has_title(&self, title: &str) -> bool {
        let number = |char: char| char.is_ascii_digit() || ". ".contains(char);
        self.headings
            .iter()
            .any(|heading| heading == title || heading.trim_start_matches(number) == title)
    }

    // Computes the anchors of the headings as code hosts do. The second heading with the same words gets `-1`.
    fn name_headings(&mut self) {
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        for heading in &self.headings {
            let slug: String = heading
                .trim()
                .to_lowercase()
                .chars()
                .filter(|char| char.is_alphanumeric() || " -_".contains(*char))
                .map(|char| if char == ' ' { '-' } else { char })
                .collect();
            let before = times.entry(slug.clone()).or_default();
            let name = if *before == 0 {
                slug
            } else {
                format!("{slug}-{before}")
            };
            *before += 1;
            self.anchors.insert(name);
        }
    }
}

/// Returns the target of a link or an image inside the project.
fn destination(tag: Tag<'_>) -> Option<String> {
    match tag {
        Tag::Link {
            link_type: LinkType::Autolink | LinkType::Email,
            ..
        } => None,
        Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
            (!dest_url.contains(':')).then(|| dest_url.into_string())
        }
        _ => None,
    }
}

/// Returns the values of `id="..."` and `name="..."` in a piece of HTML.
fn named(html: &str) -> Vec<String> {
    let values = ["id=\"", "name=\""]
        .iter()
        .flat_map(|attribute| html.split(attribute).skip(1));
    values
        .filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_have_numbers_titles_and_anchors() {
        let text = "# The `x` page\n\n## 9. One thing\n### 9.3 Two, three\n## 12b. Four\n## 4\n\nSame\n----\n\n## Same\n\n```\n## 7. code\n```\n<a id=\"here\"></a>";
        let document = Document::read(text);
        for number in ["9", "9.3", "12b", "4"] {
            assert!(document.has_section(number), "{number}");
        }
        for number in ["7", "12", "9.30", "2"] {
            assert!(!document.has_section(number), "{number}");
        }
        assert!(document.has_title("One thing") && document.has_title("Same"));
        assert!(!document.has_title("code"));
        for anchor in [
            "the-x-page",
            "9-one-thing",
            "93-two-three",
            "same",
            "same-1",
            "here",
        ] {
            assert!(
                document.anchors.contains(anchor),
                "{anchor}: {:?}",
                document.anchors
            );
        }
    }

    #[test]
    fn links_of_every_form_are_read_and_other_sites_are_not() {
        let text = "[a](b.md#c)\n\n![p](p.png) <https://example.org> [o](https://example.org)\n[r][ref] `[x](y)`\n\n[ref]: d/ \"t\"";
        let document = Document::read(text);
        let links: Vec<_> = document
            .links
            .iter()
            .map(|(line, to)| (*line, to.as_str()))
            .collect();
        assert_eq!(links, [(1, "b.md#c"), (3, "p.png"), (4, "d/")]);
    }
}
