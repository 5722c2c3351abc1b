//! Counts the rows that each kind of call reads: from the log of a server that writes a line for each statement.
//!
//! The server is another one than the one whose times are measured, because the lines take time.

use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use heddle_store::diagnostics::{Statement, statements};
use serde_json::Value;

use super::calls::Kind;
use crate::http::Client;
use crate::results::{Counted, StatementRun};

/// Calls of each kind.
const CALLS: usize = 10;
/// Without a new line for so long, the server has nothing more to do after a write.
const QUIET: Duration = Duration::from_millis(200);
/// A server that works on its own does not get quiet.
const PATIENCE: Duration = Duration::from_secs(5);
/// The line of a request follows its answer.
const LINE: Duration = Duration::from_secs(10);

/// What the statements of one call did, by their texts.
type Runs = BTreeMap<String, Run>;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Run {
    runs: u64,
    rows: u64,
    steps: u64,
}

/// Sends calls of one kind, and returns what they read.
pub(super) fn count(url: &str, log: &Path, kind: &Kind) -> Result<Counted> {
    let mut client = Client::connect(url)?;
    let mut log = Log {
        file: log.to_owned(),
        read: 0,
    };
    let mut calls = Vec::new();
    for number in 0..CALLS {
        if number == 0 || kind.is_write {
            log.wait_until_quiet()?;
        }
        let request = &kind.requests[number % kind.requests.len()];
        let path = &request.paths[number % request.paths.len()];
        let answer = client.send_to(path, request)?;
        ensure!((200..300).contains(&answer.status), "{path}: {answer:?}");
        calls.push(runs(&log.until_answer()?));
    }
    Ok(counted(&calls, &statements()))
}

/// A log that grows.
struct Log {
    file: PathBuf,
    /// How many bytes were read.
    read: u64,
}

impl Log {
    /// Returns what was written since the last time.
    fn new_lines(&mut self) -> Result<String> {
        let mut file = std::fs::File::open(&self.file)?;
        file.seek(SeekFrom::Start(self.read))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        // The last line may be incomplete.
        let whole = bytes.iter().rposition(|byte| *byte == b'\n');
        bytes.truncate(whole.map_or(0, |at| at + 1));
        self.read += bytes.len() as u64;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Skips the lines of what the server still does because of earlier calls.
    fn wait_until_quiet(&mut self) -> Result<()> {
        let (began, mut written) = (Instant::now(), Instant::now());
        while written.elapsed() < QUIET && began.elapsed() < PATIENCE {
            if !self.new_lines()?.is_empty() {
                written = Instant::now();
            }
            std::thread::sleep(QUIET / 10);
        }
        Ok(())
    }

    /// Returns the lines up to that of the next request, which it waits for.
    fn until_answer(&mut self) -> Result<String> {
        let (began, mut lines) = (Instant::now(), String::new());
        loop {
            lines += &self.new_lines()?;
            if let Some(at) = end_of_answer(&lines) {
                lines.truncate(at);
                return Ok(lines);
            }
            ensure!(
                began.elapsed() < LINE,
                "the server wrote no line about a request into {}",
                self.file.display()
            );
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Returns where the line of a request ends.
fn end_of_answer(lines: &str) -> Option<usize> {
    let mut at = 0;
    for line in lines.split_inclusive('\n') {
        at += line.len();
        let value: Value = serde_json::from_str(line).unwrap_or_default();
        let message = value["fields"]["message"].as_str();
        if message.is_some_and(|text| text.starts_with("answered ")) {
            return Some(at);
        }
    }
    None
}

/// Returns what the statements in some lines of the log did.
fn runs(lines: &str) -> Runs {
    let mut all = Runs::new();
    for line in lines.lines() {
        let value: Value = serde_json::from_str(line).unwrap_or_default();
        let fields = &value["fields"];
        let Some(sql) = fields["sql"].as_str() else {
            continue;
        };
        let number = |name: &str| fields[name].as_u64().unwrap_or_default();
        let run = all.entry(sql.to_owned()).or_default();
        run.runs += 1;
        run.rows += number("rows");
        run.steps += number("steps");
    }
    all
}

/// Returns what the calls read. A statement that ran in fewer than half of them was the server's own.
fn counted(calls: &[Runs], known: &[Statement]) -> Counted {
    let mut of_statement: BTreeMap<&str, Vec<Run>> = BTreeMap::new();
    for (sql, run) in calls.iter().flatten() {
        of_statement.entry(sql).or_default().push(*run);
    }
    of_statement.retain(|_, runs| runs.len() * 2 >= calls.len());
    let most = |value: fn(&Run) -> u64| {
        let of_call = |call: &Runs| {
            let own = call.iter();
            own.filter(|(sql, _)| of_statement.contains_key(sql.as_str()))
                .map(|(_, run)| value(run))
                .sum()
        };
        calls.iter().map(of_call).max().unwrap_or_default()
    };
    let statements = of_statement.iter().map(|(sql, runs)| {
        let name = known.iter().find(|statement| statement.sqlite == *sql);
        let most = |value: fn(&Run) -> u64| runs.iter().map(value).max().unwrap_or_default();
        StatementRun {
            name: name.map_or_else(|| "?".to_owned(), |statement| statement.name.clone()),
            runs: most(|run| run.runs),
            rows: most(|run| run.rows),
            steps: most(|run| run.steps),
        }
    });
    let mut statements: Vec<StatementRun> = statements.collect();
    statements.sort_by(|one, other| one.name.cmp(&other.name));
    Counted {
        rows: most(|run| run.rows),
        steps: most(|run| run.steps),
        statements,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use serde_json::json;

    use super::*;

    fn statement(sql: &str, rows: u64, steps: u64) -> String {
        let fields = json!({ "message": "ran", "sql": sql, "rows": rows, "steps": steps });
        json!({ "level": "TRACE", "fields": fields }).to_string() + "\n"
    }

    fn answer() -> String {
        let fields = json!({ "message": "answered 200 in 0.3 ms" });
        json!({ "level": "INFO", "fields": fields }).to_string() + "\n"
    }

    #[test]
    fn a_call_has_the_statements_before_its_line() {
        let lines = [
            statement("A", 2, 20),
            statement("A", 3, 30),
            "no JSON\n".to_owned(),
            statement("B", 1, 5),
            answer(),
            statement("C", 9, 9),
        ]
        .concat();
        let end = end_of_answer(&lines).expect("the line of a request");
        let runs = runs(&lines[..end]);
        let run = |runs, rows, steps| Run { runs, rows, steps };
        let expected = [("A", run(2, 5, 50)), ("B", run(1, 1, 5))];
        assert_eq!(
            runs,
            Runs::from(expected.map(|(sql, run)| (sql.to_owned(), run)))
        );
        assert_eq!(end_of_answer(&statement("A", 1, 1)), None);
    }

    #[test]
    fn the_server_s_own_statements_are_not_counted() {
        let get = statements()
            .into_iter()
            .find(|one| one.name == "conversation::GET");
        let get = get.expect("a statement");
        let call = |lines: &[String]| runs(&lines.concat());
        let calls = [
            call(&[statement(get.sqlite, 1, 10), statement("own", 500, 5_000)]),
            call(&[statement(get.sqlite, 2, 40)]),
            call(&[statement(get.sqlite, 1, 11)]),
        ];
        let counted = counted(&calls, &[get]);
        assert_eq!((counted.rows, counted.steps), (2, 40));
        let [only] = counted.statements.as_slice() else {
            panic!("{counted:?}");
        };
        assert_eq!(
            (only.name.as_str(), only.runs, only.rows, only.steps),
            ("conversation::GET", 1, 2, 40)
        );
    }

    #[test]
    fn a_log_is_read_line_by_line_while_it_grows() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("log");
        let mut writing = std::fs::File::create(&file).expect("a file");
        let mut log = Log { file, read: 0 };
        writing.write_all(b"one\ntw").expect("written");
        assert_eq!(log.new_lines().expect("lines"), "one\n");
        assert_eq!(log.new_lines().expect("lines"), "");
        writing.write_all(b"o\n").expect("written");
        writing.write_all(answer().as_bytes()).expect("written");
        assert_eq!(
            log.until_answer().expect("lines"),
            format!("two\n{}", answer())
        );
    }
}
