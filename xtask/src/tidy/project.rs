//! The files of the project: those that git tracks, and new ones that it does not ignore.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::file::File;
use super::packages::{Package, packages};
use super::rust::Rust;
use crate::step;

pub(super) struct Project {
    pub(super) files: Vec<File>,
    pub(super) packages: Vec<Package>,
    /// The paths of all files, binary files included.
    paths: BTreeSet<String>,
    /// The project's folder on this machine; empty in tests.
    pub(super) top: String,
}

impl Project {
    // Files that are not added to git yet are included, so that violations are found before the commit.
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
        let files: Vec<File> = paths.iter().copied().filter_map(read).collect();
        let there = |path: &&&str| top.join(path).exists();
        let paths = paths.iter().filter(there).map(|path| (*path).to_owned());
        Ok(Self {
            packages: packages(&files),
            paths: paths.collect(),
            files,
            top: top.display().to_string(),
        })
    }

    /// Whether a file or a folder exists.
    pub(super) fn has(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        let at_or_behind = self.paths.range(path.to_owned()..);
        self.paths.contains(path)
            || at_or_behind
                .take_while(|one| one.starts_with(path))
                .any(|one| one.starts_with(&folder))
    }

    /// Returns all Rust files below a folder.
    pub(super) fn rust_under<'a>(
        &'a self,
        folder: &'a str,
    ) -> impl Iterator<Item = (&'a File, &'a Rust)> {
        self.files
            .iter()
            .filter(move |file| file.path.starts_with(folder))
            .filter_map(|file| Some((file, file.rust.as_ref()?)))
    }

    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let paths = files.iter().map(|(path, _)| (*path).to_owned()).collect();
        let files: Vec<File> = files
            .iter()
            .map(|(path, text)| File::new(path, text))
            .collect();
        Self {
            packages: packages(&files),
            paths,
            files,
            top: String::new(),
        }
    }
}
