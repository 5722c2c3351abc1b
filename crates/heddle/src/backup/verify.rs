//! Checks backups: every checksum, the database itself, and that it names no object that the backup lacks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use heddle_store::backup::DatabaseCopy;
use serde::Serialize;

use super::files::{self, Sum};
use super::manifest::{self, Engine, Manifest, Object};
use super::progress::Progress;
use super::series::Series;

/// The result of the check of a backup.
#[derive(Debug, Serialize)]
pub(crate) struct Checked {
    pub(crate) backup: String,
    /// What is broken, one sentence each.
    pub(crate) problems: Vec<String>,
}

/// Checks backups of one series. Each object is read once, however many backups have it.
pub(crate) struct Verifier<'a> {
    series: &'a Series,
    /// What is wrong with each object that was read; `None` if nothing is.
    objects: BTreeMap<String, Option<String>>,
    progress: Progress,
}

impl<'a> Verifier<'a> {
    pub(crate) fn new(series: &'a Series) -> Self {
        Self {
            series,
            objects: BTreeMap::new(),
            progress: Progress::new(),
        }
    }

    /// Checks a backup. `unpacked` is a path for the database without compression; the file stays.
    pub(crate) fn check(&mut self, name: &str, unpacked: &Path) -> Checked {
        let folder = self.series.backup(name);
        let problems = match Manifest::read(&folder) {
            Ok(manifest) => self.check_files(&folder, &manifest, unpacked),
            Err(failure) => vec![failure.message],
        };
        Checked {
            backup: name.to_owned(),
            problems,
        }
    }

    fn check_files(&mut self, folder: &Path, manifest: &Manifest, unpacked: &Path) -> Vec<String> {
        let mut problems = Vec::new();
        let list = self.check_list(folder, manifest, &mut problems);
        let database = folder.join(&manifest.database.file);
        if manifest.database.file.contains('/') {
            problems.push(format!(
                "{} leads to another folder",
                manifest.database.file
            ));
        } else if let Some(plain) = &manifest.database.unpacked {
            let progress = &mut self.progress;
            let mut on_progress = |done| progress.show("unpacking the database", done, plain.size);
            match files::unpack(&database, unpacked, plain.size, &mut on_progress) {
                Ok((sum, found)) if sum == manifest.database.sum && found == *plain => {
                    check_database(unpacked, manifest, list.as_deref(), &mut problems);
                }
                Ok(_) => problems.push(changed(&database)),
                Err(error) => problems.push(unreadable(&database, &error)),
            }
        } else {
            check_sum(&database, &manifest.database.sum, &mut problems);
        }
        let list = list.unwrap_or_default();
        let all = list.len() as u64;
        for (done, object) in (0..).zip(&list) {
            self.progress.show("checking attachments", done, all);
            problems.extend(self.check_object(object));
        }
        problems
    }

    /// Checks the list of the objects, and returns it.
    fn check_list(
        &self,
        folder: &Path,
        manifest: &Manifest,
        problems: &mut Vec<String>,
    ) -> Option<Vec<Object>> {
        let path = folder.join(manifest::OBJECT_LIST);
        let before = problems.len();
        check_sum(&path, &manifest.objects.sum, problems);
        if problems.len() > before {
            return None;
        }
        match manifest::read_objects(&path) {
            Ok(list) => Some(list),
            Err(error) => {
                problems.push(unreadable(&path, &error));
                None
            }
        }
    }

    fn check_object(&mut self, object: &Object) -> Option<String> {
        if let Some(known) = self.objects.get(&object.name) {
            return known.clone();
        }
        let path = self.series.object(&object.name);
        let problem = match files::sum(&path) {
            Ok(sum) if sum.size != object.size => Some(changed(&path)),
            Ok(sum) => match heddle_store::object_digest(&object.name) {
                Some(digest) if digest == sum.sha256 => None,
                _ => Some(changed(&path)),
            },
            Err(error) => Some(unreadable(&path, &error)),
        };
        self.objects.insert(object.name.clone(), problem.clone());
        problem
    }
}

fn check_sum(path: &Path, expected: &Sum, problems: &mut Vec<String>) {
    match files::sum(path) {
        Ok(sum) if sum == *expected => {}
        Ok(_) => problems.push(changed(path)),
        Err(error) => problems.push(unreadable(path, &error)),
    }
}

fn changed(path: &Path) -> String {
    format!("{} was changed: its checksum is wrong", path.display())
}

fn unreadable(path: &Path, error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => format!("{} is missing", path.display()),
        _ => format!("{} cannot be read: {error}", path.display()),
    }
}

/// Checks an unpacked database, and compares the objects that it names with the list of the backup.
fn check_database(
    path: &Path,
    manifest: &Manifest,
    list: Option<&[Object]>,
    problems: &mut Vec<String>,
) {
    if manifest.engine != Engine::Sqlite {
        return;
    }
    let read = DatabaseCopy::open(path).and_then(|mut copy| {
        let findings = copy.check_integrity()?;
        let contents = copy.contents()?;
        Ok((findings, contents))
    });
    let (findings, contents) = match read {
        Ok(read) => read,
        Err(error) => return problems.push(format!("the database is damaged: {error}")),
    };
    let damage = findings
        .iter()
        .map(|finding| format!("the database is damaged: {finding}"));
    problems.extend(damage);
    if contents.schema != manifest.schema {
        problems.push("the manifest names another schema than the database has".to_owned());
    }
    let Some(list) = list else { return };
    let listed: BTreeSet<&str> = list.iter().map(|object| object.name.as_str()).collect();
    let lost: BTreeSet<&str> = manifest.objects.lost.iter().map(String::as_str).collect();
    for name in &contents.objects {
        if !listed.contains(name.as_str()) && !lost.contains(name.as_str()) {
            problems.push(format!(
                "the database names the object {name}, which the backup lacks"
            ));
        }
    }
}
