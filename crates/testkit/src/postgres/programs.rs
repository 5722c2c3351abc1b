//! Finds PostgreSQL's server programs. Uses only the standard library, because xtask compiles this file too, so that the test
//! command and the tests always agree on whether PostgreSQL is installed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Returns the folder with `initdb` and `postgres`, or `None` if this machine has no PostgreSQL server.
///
/// Asks `pg_config`, then looks in the folders of Debian (newest version first), then along `PATH`. Links are followed,
/// because PostgreSQL finds its shared files relative to the real program.
pub(super) fn find_bin_dir() -> Option<PathBuf> {
    let found = from_pg_config()
        .into_iter()
        .chain(debian_versions())
        .chain(along_path());
    found.filter_map(|dir| real_bin_dir(&dir)).next()
}

fn from_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config")
        .arg("--bindir")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| PathBuf::from(text.trim()))
}

fn debian_versions() -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir("/usr/lib/postgresql") else {
        return Vec::new();
    };
    let mut versions: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    versions.sort();
    versions.into_iter().rev().map(|(_, dir)| dir).collect()
}

fn along_path() -> Vec<PathBuf> {
    std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect())
        .unwrap_or_default()
}

fn real_bin_dir(dir: &Path) -> Option<PathBuf> {
    let postgres = dir.join("postgres").canonicalize().ok()?;
    let real = postgres.parent()?.to_path_buf();
    real.join("initdb").is_file().then_some(real)
}
