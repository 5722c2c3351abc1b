//! The files of the project: what git tracks or would track.

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
    /// The folder that the project lies in on this machine; empty in tests.
    pub(super) top: String,
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
        let files = paths.into_iter().filter_map(read).collect();
        Ok(Self::new(files, top.display().to_string()))
    }

    fn new(files: Vec<File>, top: String) -> Self {
        Self {
            packages: packages(&files),
            files,
            top,
        }
    }

    /// All Rust files below a folder.
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
        let files = files
            .iter()
            .map(|(path, text)| File::new(path, text))
            .collect();
        Self::new(files, String::new())
    }
}
