//! A text file of the project.

use super::rust::Rust;

/// A text file of the project. Binary files are left out.
pub(super) struct File {
    /// Path of the file relative to the workspace's top folder, with `/` between the folders.
    pub(super) path: String,
    pub(super) text: String,
    /// The split Rust code; `None` if the file is not a `.rs` file.
    pub(super) rust: Option<Rust>,
}

impl File {
    pub(super) fn new(path: &str, text: &str) -> Self {
        let rust = path.ends_with(".rs").then(|| Rust::read(text));
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            rust,
        }
    }

    /// Returns the file name without folders and without its last extension.
    pub(super) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }
}

/// Returns the path up to and including its last `/`.
pub(super) fn folder_of(path: &str) -> &str {
    path.rfind('/').map_or("", |at| &path[..=at])
}

/// Resolves a relative path, starting from a folder. The result has no `/` at the end.
pub(super) fn join(folder: &str, path: &str) -> String {
    let mut parts = Vec::new();
    for part in folder.split('/').chain(path.split('/')) {
        match part {
            ".." => drop(parts.pop()),
            "" | "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}
