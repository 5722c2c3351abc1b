//! One word per concept: finds synonyms of the project's words in code, comments, documents and file names.

use super::file::File;
use super::project::Project;
use super::violation::Violation;

/// Each refused word, and the word to use instead. Written in halves, so that this file passes its own check.
const REFUSED: [(&str, &str); 4] = [
    (concat!("do", "or"), "API"),
    (concat!("do", "ors"), "APIs"),
    (concat!("dia", "lect"), "API"),
    (concat!("dia", "lects"), "APIs"),
];

/// Where a refused word is allowed: the beginning of the path, what else the line must contain, and the reason.
const MAY_STAND: [(&str, &str, &str); 11] = [
    ("Cargo.lock", "", "names of other people's packages"),
    ("CHANGELOG.md", "", "says what older versions called it"),
    (
        "crates/store/migrations/0001_",
        "",
        "released, never edited",
    ),
    (
        "crates/store/migrations/0003_",
        "",
        "released, never edited",
    ),
    (
        "crates/store/migrations/0005_",
        "",
        "released, never edited",
    ),
    (
        "crates/store/migrations/0006_",
        "",
        "released, never edited",
    ),
    (
        "crates/store/migrations/0008_",
        "",
        "renames the old columns",
    ),
    (
        "crates/store/tests/upgrade/",
        "",
        "a store that an older version wrote",
    ),
    (
        "",
        concat!("do", "or of locker"),
        "a real one, in an example",
    ),
    (
        "crates/",
        concat!("\"do", "or\""),
        "the old name of the option --api and of the member `api`, accepted on input",
    ),
    ("crates/", concat!("--do", "or"), "tests of the old option"),
];

pub(super) fn check(project: &Project) -> Vec<Violation> {
    let mut violations = Vec::new();
    for file in &project.files {
        let name = std::iter::once((0, file.path.as_str()));
        for (number, line) in name.chain((1..).zip(file.text.lines())) {
            // In a string, `\n` stands for the end of a line, so it is replaced by blanks.
            let line = &line.replace("\\n", "  ");
            if !may_stand(file, line) {
                violations
                    .extend(refused(line).map(|what| Violation::new(&file.path, number, what)));
            }
        }
    }
    violations
}

fn may_stand(file: &File, line: &str) -> bool {
    let fits = |path: &str, words: &str| file.path.starts_with(path) && line.contains(words);
    MAY_STAND.iter().any(|(path, words, _)| fits(path, words))
}

fn refused(line: &str) -> impl Iterator<Item = String> {
    words_of_names(line).filter_map(|word| {
        let (refused, instead) = REFUSED
            .iter()
            .find(|(refused, _)| word.eq_ignore_ascii_case(refused))?;
        Some(format!("`{refused}` is called {instead} here"))
    })
}

/// Returns the words of a line; a name in `CamelCase` or `snake_case` has several.
fn words_of_names(line: &str) -> impl Iterator<Item = &str> {
    let runs = line.split(|char: char| !char.is_ascii_alphabetic());
    runs.flat_map(|run| {
        let bytes = run.as_bytes();
        let begins = |at: &usize| {
            *at == 0 || bytes[*at].is_ascii_uppercase() && bytes[at - 1].is_ascii_lowercase()
        };
        let starts: Vec<usize> = (0..run.len()).filter(begins).collect();
        let ends = starts
            .iter()
            .copied()
            .skip(1)
            .chain([run.len()])
            .collect::<Vec<_>>();
        starts
            .into_iter()
            .zip(ends)
            .map(|(start, end)| &run[start..end])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = REFUSED[0].0;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let violations = check(&Project::of(&[(path, text)]));
        violations
            .into_iter()
            .map(|violation| violation.line)
            .collect()
    }

    #[test]
    fn refused_words_are_found_in_names_of_every_style() {
        let capital = OLD.replace('d', "D");
        let text = format!(
            "a {OLD}.\n{capital}Name\nto_{OLD}s()\n{}\nin{OLD}s {OLD}way",
            OLD.to_uppercase()
        );
        assert_eq!(lines("docs/a.md", &text), [1, 2, 3, 4]);
        assert_eq!(lines("docs/a.json", &format!("\"a\\n{OLD}\"")), [1]);
        assert_eq!(lines(&format!("crates/a/src/{OLD}.rs"), ""), [0]);
        let other = REFUSED[2].0;
        assert_eq!(
            lines("crates/a/src/lib.rs", &format!("// an SQL {other}")),
            [1]
        );
    }

    #[test]
    fn old_spellings_are_allowed_where_they_are_needed() {
        let alias = format!("#[arg(alias = \"{OLD}\")]");
        assert!(lines("crates/heddle/src/a.rs", &alias).is_empty());
        assert_eq!(
            lines("crates/heddle/src/a.rs", &format!("let {OLD} = 1;")),
            [1]
        );
        assert_eq!(lines("docs/a.md", &alias), [1]);
        let column = format!("{OLD} TEXT");
        assert!(lines("crates/store/migrations/0001_a.sqlite.sql", &column).is_empty());
        assert_eq!(
            lines("crates/store/migrations/0009_a.sqlite.sql", &column),
            [1]
        );
        assert!(lines("README.md", &format!("The {OLD} of locker 12")).is_empty());
    }
}
