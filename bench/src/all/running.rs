//! Runs a part in a process of its own, with a time limit.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::process;

const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long a process may take to end when it is asked to.
const ENDING: Duration = Duration::from_secs(20);

/// How a part ended.
#[derive(Debug)]
pub(super) enum Ended {
    Well,
    /// The status, and the error that it reported.
    With(ExitStatus, String),
    /// It took too long, and was ended with everything that it had started.
    TooLate,
}

/// Runs a command. Its tables are not shown, because they are gathered; what it says meanwhile is.
pub(super) fn run(command: &mut Command, limit: Duration) -> Result<Ended> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("cannot start this program again")?;
    let said = BufReader::new(child.stderr.take().context("a piped output")?);
    let listening = std::thread::spawn(move || {
        let mut report = Report::default();
        for line in said.lines().map_while(Result::ok) {
            eprintln!("{line}");
            report.add(&line);
        }
        report.text()
    });
    let ended = wait(&mut child, limit)?;
    if ended.is_none() {
        end(&mut child)?;
    }
    let report = listening.join().unwrap_or_default();
    Ok(match ended {
        Some(status) if status.success() => Ended::Well,
        Some(status) => Ended::With(status, report),
        None => Ended::TooLate,
    })
}

/// The last error or panic that a program has reported.
#[derive(Default)]
struct Report(Vec<String>);

impl Report {
    fn text(&self) -> String {
        let lines = self.0.iter().filter(|line| !line.is_empty());
        lines.cloned().collect::<Vec<_>>().join(" ")
    }

    /// Longer reports are cut.
    const LINES: usize = 8;

    fn add(&mut self, line: &str) {
        let begins = line.starts_with("Error: ") || line.contains(" panicked at ");
        if begins {
            self.0.clear();
        }
        let goes_on = !self.0.is_empty() && self.0.len() < Self::LINES;
        if begins || goes_on {
            self.0.push(line.trim().to_owned());
        }
        // What follows is of no interest for a reader of the figures.
        if let Some(at) = self.0.iter().position(|line| {
            let ends = ["Stack backtrace:", "stack backtrace:", "note: run with"];
            ends.iter().any(|end| line.starts_with(end))
        }) {
            self.0.truncate(at);
            self.0.resize(Self::LINES, String::new());
        }
    }
}

/// Waits for the end; `None` if it did not come in time.
fn wait(child: &mut Child, limit: Duration) -> Result<Option<ExitStatus>> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if began.elapsed() > limit {
            return Ok(None);
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Ends the process and all that it has started: servers and load generators. The clusters of PostgreSQL end by themselves.
fn end(child: &mut Child) -> Result<()> {
    // Of a process that has ended, nobody knows any more what it had started.
    let started = process::started_by(child.id())?;
    child.kill()?;
    child.wait()?;
    for process in &started {
        signal("-TERM", *process);
    }
    let began = Instant::now();
    while started.iter().any(|process| process::runs(*process)) && began.elapsed() < ENDING {
        std::thread::sleep(LOOK_EVERY);
    }
    for process in started.iter().filter(|process| process::runs(**process)) {
        signal("-KILL", *process);
    }
    Ok(())
}

/// Sends a signal. The error is ignored: a process that has ended needs none.
fn signal(name: &str, process: u32) {
    let _ = Command::new("kill")
        .args([name, &process.to_string()])
        .stderr(Stdio::null())
        .status();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn the_end_of_a_part_is_known() {
        let limit = Duration::from_secs(60);
        let ended = |script: &str| run(&mut shell(script), limit).expect("a process");
        assert!(matches!(ended("exit 0"), Ended::Well));
        let script = "echo busy >&2; echo 'Error: no disk' >&2; exit 3";
        let Ended::With(status, report) = ended(script) else {
            panic!("it has ended with an error");
        };
        assert_eq!(
            (status.code(), report.as_str()),
            (Some(3), "Error: no disk")
        );
    }

    #[test]
    fn the_last_error_is_reported_without_its_backtrace() {
        let said = [
            "busy",
            "thread 'main' panicked at a.rs:1:2:",
            "no PostgreSQL",
            "note: run with `RUST_BACKTRACE=1`",
            "Error: with 10000 messages",
            "",
            "Caused by:",
            "    no disk",
            "",
            "Stack backtrace:",
            "   0: main",
        ];
        let of = |said: &[&str]| {
            let mut report = Report::default();
            said.iter().for_each(|line| report.add(line));
            report.text()
        };
        assert_eq!(of(&said), "Error: with 10000 messages Caused by: no disk");
        assert_eq!(
            of(&said[..4]),
            "thread 'main' panicked at a.rs:1:2: no PostgreSQL"
        );
        assert_eq!(of(&said[..1]), "");
    }

    #[test]
    fn a_part_that_hangs_is_ended_with_what_it_started() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("started");
        // The inner shell waits for a line that never comes, and writes its number first.
        let script = format!(
            "mkfifo {0}.never; sh -c 'echo $$ > {0}; read line < {0}.never' & wait",
            file.display()
        );
        let mut child = shell(&script).spawn().expect("a process");
        let began = Instant::now();
        let inner = loop {
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            if let Ok(process) = text.trim().parse::<u32>() {
                break process;
            }
            assert!(began.elapsed() < Duration::from_secs(60), "no inner shell");
            std::thread::yield_now();
        };
        assert!(process::runs(inner));
        end(&mut child).expect("ended");
        assert!(!process::runs(inner));
    }
}
