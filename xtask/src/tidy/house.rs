//! House rules for Rust files: module names, what tests may do, and who may read environment variables.

use super::file::File;
use super::project::Project;
use super::rust::Rust;
use super::violation::Violation;
use crate::layout::{READS_ENVIRONMENT, Role, place};

/// Module names that say nothing about the content.
const EMPTY_NAMES: [&str; 8] = [
    "common", "helper", "helpers", "manager", "misc", "util", "utils", "shared",
];

/// Programs that are not part of the server; they may read environment variables anywhere.
const APART: [Role; 3] = [Role::Testkit, Role::Bench, Role::Xtask];

/// Files that declare an option which also comes from an environment variable, each with the reason.
const OPTION_FROM_VARIABLE: [(&str, &str); 1] = [(
    "crates/heddle/src/command/source.rs",
    "clap reads HEDDLE_CONFIG itself, so that the help of --config names it",
)];

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
    let inside = place(&file.path).map_or(file.path.as_str(), |place| place.inside);
    let parts = inside.trim_end_matches(".rs").split('/');
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
        || place(&file.path).is_some_and(|place| place.role == Role::Testkit)
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
    let Some(place) = place(&file.path) else {
        return Vec::new();
    };
    let own = place.inside.starts_with("src/") && !APART.contains(&place.role);
    let may = place.role == Role::Binary
        && READS_ENVIRONMENT
            .iter()
            .any(|part| place.inside.starts_with(part));
    if !own || may {
        return Vec::new();
    }
    let is_exempt = OPTION_FROM_VARIABLE
        .iter()
        .any(|(path, _)| *path == file.path);
    let reads = rust.words().filter(|(at, word)| {
        let (before, after) = rust.around(*at, word.len());
        match *word {
            "var" | "vars" | "var_os" | "vars_os" => before.ends_with("env::"),
            // The attribute of an option: `#[arg(long, env = "X")]`.
            "env" => !is_exempt && before.ends_with(['(', ',']) && after.starts_with('='),
            _ => false,
        }
    });
    let what =
        "only the program's main.rs and config read the environment; take the value as an argument";
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
        assert_eq!(lines("crates/heddle/src/helpers/time.rs", ""), [0]);
        assert!(lines("crates/domain/src/thread.rs", "").is_empty());
        assert!(lines("crates/api/common/src/app.rs", "").is_empty());
    }

    #[test]
    fn unfinished_and_silenced_code_is_found_outside_of_comments() {
        let source = "//! todo!\nfn f() { todo!() }\nfn g() { unimplemented!(\"x\") }\n#[allow(dead_code)]\n#![allow(x)]\nfn allow() {}";
        assert_eq!(lines("bench/src/main.rs", source), [2, 3, 4, 5]);
    }

    #[test]
    fn ignored_and_sleeping_tests_are_found() {
        let source = "#[ignore = \"slow\"]\nfn t() { std::thread::sleep(d); }\nasync fn u() { sleep(d).await }\nfn sleep() {}";
        assert_eq!(lines("crates/heddle/tests/it/main.rs", source), [1, 2, 3]);
    }

    #[test]
    fn only_the_test_part_of_a_source_file_must_not_sleep() {
        let source =
            "fn worker() { sleep(d); }\n#[cfg(test)]\nmod tests {\nfn t() { sleep(d); }\n}";
        assert_eq!(lines("crates/heddle/src/feed.rs", source), [4]);
    }

    #[test]
    fn an_option_that_comes_from_a_variable_reads_the_environment() {
        let source = "struct A {\n#[arg(long, env = \"X\")]\na: u8 }\nfn f() { let env = 1; }";
        assert_eq!(lines("crates/heddle/src/command/serve.rs", source), [2]);
        assert!(lines("crates/heddle/src/command/source.rs", source).is_empty());
    }

    #[test]
    fn the_environment_is_read_by_config_and_main_only() {
        let source = "fn f() { std::env::var(\"X\"); }\nfn g() { env::vars_os(); }\nfn h() { env::args(); let var = 1; }";
        for path in [
            "crates/webhooks/src/engine.rs",
            "crates/heddle/src/server.rs",
            "crates/access/src/config.rs",
            "crates/api/fax/src/lib.rs",
        ] {
            assert_eq!(lines(path, source), [1, 2], "{path}");
        }
        for path in [
            "crates/heddle/src/config/file.rs",
            "crates/heddle/src/config.rs",
            "crates/heddle/src/main.rs",
            "crates/heddle/tests/it/main.rs",
            "bench/src/wrk.rs",
        ] {
            assert!(lines(path, source).is_empty(), "{path}");
        }
    }
}
