//! House rules about Rust files: names of modules, what tests may do, who may read the environment.

use super::file::File;
use super::project::Project;
use super::rust::Rust;
use super::violation::Violation;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 8] = [
    "common", "helper", "helpers", "manager", "misc", "util", "utils", "shared",
];

/// The crates that must not read the environment, save in their configuration and their `main`.
const PURE: [&str; 3] = [
    "crates/domain/src/",
    "crates/store/src/",
    "crates/server/src/",
];

/// Where the environment is read. Elsewhere it is an argument, so that tests can run side by side.
const READS_ENVIRONMENT: [&str; 3] = [
    "crates/server/src/config.rs",
    "crates/server/src/config/",
    "crates/server/src/main.rs",
];

pub(super) fn check(project: &Project) -> Vec<Violation> {
    let checks = [
        module_names,
        unfinished,
        ignored_tests,
        sleeping_tests,
        environment,
    ];
    let files = || {
        project
            .files
            .iter()
            .filter_map(|file| Some((file, file.rust.as_ref()?)))
    };
    files()
        .flat_map(|(file, rust)| checks.iter().flat_map(move |check| check(file, rust)))
        .collect()
}

fn module_names(file: &File, _: &Rust) -> Vec<Violation> {
    if file.stem() == "mod" {
        let what = "a module is `name.rs` with its parts in `name/`; there is no mod.rs here";
        return vec![Violation::new(&file.path, 0, what)];
    }
    let parts = file.path.trim_end_matches(".rs").split('/');
    let empty = parts.filter(|part| EMPTY_NAMES.contains(part));
    let what = |name| {
        format!("`{name}` says nothing about what is inside; name it after the domain's words")
    };
    empty
        .map(|name| Violation::new(&file.path, 0, what(name)))
        .collect()
}

fn unfinished(file: &File, rust: &Rust) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (at, word) in rust.words() {
        let (before, after) = rust.around(at, word.len());
        let what = match word {
            "todo" | "unimplemented" if after.starts_with('!') => {
                "unfinished code is not committed"
            }
            "allow" if before.ends_with("#[") || before.ends_with("#![") => {
                "use #[expect(lint, reason = \"...\")], which complains when it is no longer needed"
            }
            _ => continue,
        };
        violations.push(Violation::new(&file.path, rust.line(at), what));
    }
    violations
}

fn ignored_tests(file: &File, rust: &Rust) -> Vec<Violation> {
    let ignored = rust
        .words()
        .filter(|(at, word)| *word == "ignore" && rust.around(*at, 6).0.ends_with("#["));
    let what = "an ignored test proves nothing; make it pass or delete it";
    ignored
        .map(|(at, _)| Violation::new(&file.path, rust.line(at), what))
        .collect()
}

fn sleeping_tests(file: &File, rust: &Rust) -> Vec<Violation> {
    let all_test = file.path.contains("/tests/")
        || file.path.starts_with("crates/testkit/")
        || file.stem() == "tests";
    let sleeps = rust.words().filter(|(at, word)| {
        let (before, after) = rust.around(*at, word.len());
        let called = after.starts_with('(') && !before.ends_with("fn");
        matches!(*word, "sleep" | "sleep_until" | "sleep_ms")
            && called
            && (all_test || rust.is_test(*at))
    });
    let what =
        "a test that sleeps is slow or flaky; advance the clock or wait for the event itself";
    sleeps
        .map(|(at, _)| Violation::new(&file.path, rust.line(at), what))
        .collect()
}

fn environment(file: &File, rust: &Rust) -> Vec<Violation> {
    let pure = PURE.iter().any(|folder| file.path.starts_with(folder));
    let may = READS_ENVIRONMENT
        .iter()
        .any(|place| file.path.starts_with(place));
    if !pure || may {
        return Vec::new();
    }
    let reads = rust.words().filter(|(at, word)| {
        let named = ["var", "vars", "var_os", "vars_os"].contains(word);
        named && rust.around(*at, word.len()).0.ends_with("env::")
    });
    let what = "only main.rs and config read the environment; take the value as an argument";
    reads
        .map(|(at, _)| Violation::new(&file.path, rust.line(at), what))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, source: &str) -> Vec<usize> {
        check(&Project::of(&[(path, source)]))
            .into_iter()
            .map(|violation| violation.line)
            .collect()
    }

    #[test]
    fn module_files_have_names_that_mean_something() {
        assert_eq!(lines("crates/domain/src/thread/mod.rs", ""), [0]);
        assert_eq!(lines("crates/domain/src/utils.rs", ""), [0]);
        assert_eq!(lines("crates/server/src/helpers/time.rs", ""), [0]);
        assert!(lines("crates/domain/src/thread.rs", "").is_empty());
    }

    #[test]
    fn unfinished_and_silenced_code_is_found_outside_of_comments() {
        let source = "//! todo!\nfn f() { todo!() }\nfn g() { unimplemented!(\"x\") }\n#[allow(dead_code)]\n#![allow(x)]\nfn allow() {}";
        assert_eq!(lines("bench/src/main.rs", source), [2, 3, 4, 5]);
    }

    #[test]
    fn ignored_and_sleeping_tests_are_found() {
        let source = "#[ignore = \"slow\"]\nfn t() { std::thread::sleep(d); }\nasync fn u() { sleep(d).await }\nfn sleep() {}";
        assert_eq!(lines("crates/server/tests/it/main.rs", source), [1, 2, 3]);
    }

    #[test]
    fn only_the_test_part_of_a_source_file_must_not_sleep() {
        let source =
            "fn worker() { sleep(d); }\n#[cfg(test)]\nmod tests {\nfn t() { sleep(d); }\n}";
        assert_eq!(lines("crates/server/src/feed.rs", source), [4]);
    }

    #[test]
    fn the_environment_is_read_by_config_and_main_only() {
        let source = "fn f() { std::env::var(\"X\"); }\nfn g() { env::vars_os(); }\nfn h() { env::args(); let var = 1; }";
        assert_eq!(lines("crates/server/src/feed.rs", source), [1, 2]);
        assert!(lines("crates/server/src/config/file.rs", source).is_empty());
        assert!(lines("crates/server/src/main.rs", source).is_empty());
        assert!(lines("crates/server/tests/it/main.rs", source).is_empty());
    }
}
