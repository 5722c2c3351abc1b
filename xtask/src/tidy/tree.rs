//! Rules about the whole project: required files, and no paths of a developer's machine in any file.

use super::file::File;
use super::project::Project;
use super::violation::Violation;

/// Files that the project must have.
const MUST_EXIST: [&str; 2] = ["LICENSE", "CHANGELOG.md"];

/// The two commands that the README must contain literally.
const README_COMMANDS: [&str; 2] = ["cargo run --release -- demo", "cargo xtask test"];

/// The beginnings of developers' home folders. Written in halves, so that this file passes its own check.
const PRIVATE_FOLDERS: [&str; 4] = [
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/wo", "rk/"),
    concat!("/tmp/", "wt"),
];

pub(super) fn check(project: &Project) -> Vec<Violation> {
    let mut violations = missing_files(project);
    violations.extend(readme_commands(project));
    let top = Some(project.top.as_str()).filter(|top| top.len() > 1);
    let folders: Vec<&str> = PRIVATE_FOLDERS.into_iter().chain(top).collect();
    violations.extend(
        project
            .files
            .iter()
            .flat_map(|file| private_paths(file, &folders)),
    );
    violations
}

fn missing_files(project: &Project) -> Vec<Violation> {
    let missing = MUST_EXIST
        .iter()
        .filter(|path| !project.files.iter().any(|file| file.path == **path));
    missing
        .map(|path| Violation::new(path, 0, "is missing"))
        .collect()
}

fn readme_commands(project: &Project) -> Vec<Violation> {
    let Some(readme) = project.files.iter().find(|file| file.path == "README.md") else {
        return Vec::new();
    };
    let absent = README_COMMANDS
        .iter()
        .filter(|command| !readme.text.contains(**command));
    absent
        .map(|command| Violation::new(&readme.path, 0, format!("does not show `{command}`")))
        .collect()
}

fn private_paths(file: &File, folders: &[&str]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        for folder in folders.iter().filter(|folder| begins_a_path(line, folder)) {
            let what = format!("names `{folder}`, a folder of one machine");
            violations.push(Violation::new(&file.path, index + 1, what));
        }
    }
    violations
}

// Whether the folder's name stands at the beginning of a path. The same letters further down a path, as in `docs` of a
// URL, do not count.
fn begins_a_path(line: &str, folder: &str) -> bool {
    let inside = |char: char| char.is_alphanumeric() || "._-~}>".contains(char);
    line.match_indices(folder)
        .any(|(at, _)| !line[..at].ends_with(inside))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRESENT: [(&str, &str); 2] = [("LICENSE", "x"), ("CHANGELOG.md", "x")];

    fn violations(file: (&str, &str)) -> Vec<String> {
        let files: Vec<_> = PRESENT.into_iter().chain([file]).collect();
        check(&Project::of(&files))
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_licence_and_a_changelog_must_exist() {
        assert_eq!(check(&Project::of(&[])).len(), 2);
        assert!(violations(("src/a.rs", "")).is_empty());
    }

    #[test]
    fn the_readme_shows_both_commands() {
        let said = violations(("README.md", "Run `cargo xtask test`."));
        assert_eq!(
            said,
            ["README.md: does not show `cargo run --release -- demo`"]
        );
    }

    #[test]
    fn paths_of_one_machine_are_found_and_addresses_are_not() {
        let private = PRIVATE_FOLDERS[0];
        let text = format!("fine\nsee {private}me/x\nhttps://example.org{private}x");
        let said = violations(("docs/a.md", &text));
        assert_eq!(
            said,
            [format!(
                "docs/a.md:2: names `{private}`, a folder of one machine"
            )]
        );
    }

    #[test]
    fn the_folder_of_this_checkout_is_private_too() {
        let mut project = Project::of(&PRESENT);
        project
            .files
            .push(File::new("docs/b.md", "in /srv/heddle/target"));
        project.top = "/srv/heddle".to_owned();
        assert_eq!(check(&project).len(), 1);
    }
}
