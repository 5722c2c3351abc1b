//! The files of the project: what git tracks or would track.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::rust::Rust;
use crate::step;

pub(super) struct Project {
    pub(super) files: Vec<File>,
    /// The folder that the project lies in on this machine; empty in tests.
    pub(super) top: String,
}

/// One text file. Binary files are left out.
pub(super) struct File {
    /// Relative to the top, with `/`.
    pub(super) path: String,
    pub(super) text: String,
    /// Present for `.rs` files.
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

    /// The name without folders and without its last extension.
    pub(super) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }
}

impl Project {
    // New files count before they are added: a rule broken in one of them should be heard of before the commit.
    pub(super) fn load(top: &Path) -> Result<Self> {
        let mut list = Command::new("git");
        list.current_dir(top).args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]);
        let list =
            step::read(&mut list).context("tidy asks git which files belong to the project")?;
        let mut paths: Vec<&str> = list.split_terminator('\0').collect();
        paths.sort_unstable();
        paths.dedup();
        let read = |path: &str| {
            Some(File::new(
                path,
                &String::from_utf8(std::fs::read(top.join(path)).ok()?).ok()?,
            ))
        };
        Ok(Self {
            files: paths.into_iter().filter_map(read).collect(),
            top: top.display().to_string(),
        })
    }

    /// All Rust files below one of the given folders.
    pub(super) fn rust_under<'a>(
        &'a self,
        folders: &'a [&str],
    ) -> impl Iterator<Item = (&'a File, &'a Rust)> {
        let inside = |file: &&File| folders.iter().any(|folder| file.path.starts_with(folder));
        self.files
            .iter()
            .filter(inside)
            .filter_map(|file| Some((file, file.rust.as_ref()?)))
    }

    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let files = files
            .iter()
            .map(|(path, text)| File::new(path, text))
            .collect();
        Self {
            files,
            top: String::new(),
        }
    }
}
