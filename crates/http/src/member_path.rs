//! The path of a member of a JSON body, for errors that name the member.
//!
//! Invariants: a path contains no U+0000, and its length is limited, because its names may come from the client.

use std::fmt;
use std::ops::Range;

/// The maximum length of a name in a path, in characters. The rest of a longer name is left out.
const LONGEST_NAME: usize = 100;
/// The length of a path, in bytes, after which no more steps are added.
const LONG_PATH: usize = 1_000;

/// Where a member of a body, or an item of a list, is. Displayed as `attachments[0].data`; empty for the whole body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberPath {
    text: String,
    /// Where the names are in the text. The text alone does not show this, because a name may contain `.` and `[`.
    names: Vec<Range<usize>>,
}

impl MemberPath {
    /// Returns the path as a text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the path of a member of this object, with U+FFFD in place of U+0000.
    #[must_use]
    pub fn member(&self, name: &str) -> Self {
        let mut path = self.clone();
        if path.text.len() < LONG_PATH {
            if !path.text.is_empty() {
                path.text.push('.');
            }
            let start = path.text.len();
            let name = name.chars().take(LONGEST_NAME);
            path.text
                .extend(name.map(|c| if c == '\0' { '\u{fffd}' } else { c }));
            path.names.push(start..path.text.len());
        }
        path
    }

    /// Returns the path of an item of this list.
    #[must_use]
    pub fn item(&self, at: usize) -> Self {
        let mut path = self.clone();
        if path.text.len() < LONG_PATH {
            path.text.push_str(&format!("[{at}]"));
        }
        path
    }

    /// Returns the names of the members on the path, from the outermost to the innermost.
    pub fn names(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.names.iter().map(|name| &self.text[name.clone()])
    }

    /// Returns the end of the path, from the innermost name.
    #[must_use]
    pub fn last_member(&self) -> &str {
        let start = self.names.last().map_or(0, |name| name.start);
        &self.text[start..]
    }

    /// Returns the item that the path leads through, such as `messages[17]`, if the outermost member is a list.
    #[must_use]
    pub fn outermost_item(&self) -> Option<&str> {
        let list = self.names.first()?.end;
        let rest = self.text[list..].strip_prefix('[')?;
        let (index, _) = rest.split_once(']')?;
        Some(&self.text[..list + index.len() + 2])
    }
}

impl From<&str> for MemberPath {
    /// Returns the path of a member of the body.
    fn from(name: &str) -> Self {
        Self::default().member(name)
    }
}

impl fmt::Display for MemberPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(path: &MemberPath) -> (&str, Vec<&str>, &str, Option<&str>) {
        let names = path.names().collect();
        (
            path.as_str(),
            names,
            path.last_member(),
            path.outermost_item(),
        )
    }

    #[test]
    fn a_path_knows_its_names_whatever_they_contain() {
        let root = MemberPath::default();
        assert_eq!(parts(&root), ("", vec![], "", None));
        assert_eq!(parts(&root.item(0)), ("[0]", vec![], "[0]", None));
        let data = MemberPath::from("files").item(17).member("data").item(2);
        let names = vec!["files", "data"];
        let expected = ("files[17].data[2]", names, "data[2]", Some("files[17]"));
        assert_eq!(parts(&data), expected);
        let odd = MemberPath::from("a.b[0]").member("c\0]");
        let names = vec!["a.b[0]", "c\u{fffd}]"];
        assert_eq!(
            parts(&odd),
            ("a.b[0].c\u{fffd}]", names, "c\u{fffd}]", None)
        );
    }

    #[test]
    fn names_and_paths_are_cut() {
        let long = MemberPath::from("ü".repeat(1 << 20).as_str()).member("b");
        assert_eq!(long.as_str(), format!("{}.b", "ü".repeat(100)));
        let deep = (0..128).fold(MemberPath::default(), |path, _| {
            path.member(&"x".repeat(90)).item(0)
        });
        assert!(deep.as_str().len() < LONG_PATH + 4 * LONGEST_NAME);
    }
}
