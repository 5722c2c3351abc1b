//! Compares what Heddle reads with what Java's own `ZonedDateTime` does. Each line of `date-times.tsv` has a text, how Java
//! formats it, and, if Heddle refuses on purpose what Java reads, why.
//!
//! With a JDK, a test runs `DateTimes.java`, which shows that the table is true. Nothing else needs Java.

use std::io::Write;
use std::process::{Command, Stdio};

use super::*;

const TABLE: &str = include_str!("date-times.tsv");
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/zoned/DateTimes.java");
const REFUSED: &str = "refused";

/// A line of the table.
struct Row {
    text: &'static str,
    /// How Java formats what it reads, or [`REFUSED`].
    java: &'static str,
    /// Why Heddle refuses a text that Java reads.
    reason: Option<&'static str>,
}

fn rows() -> Vec<Row> {
    let lines = TABLE.lines().filter(|line| !line.starts_with("# "));
    let row = |line: &'static str| {
        let mut parts = line.split('\t');
        Row {
            text: parts.next().expect("a text"),
            java: parts.next().expect("what Java does"),
            reason: parts.next(),
        }
    };
    lines.map(row).collect()
}

/// Writes a date-time that Heddle has read in the form in which the Java program writes it.
fn show(zoned: &Zoned) -> String {
    let (offset_text, name) = match zoned.zone.split_once('[') {
        Some((offset, rest)) => (offset, rest.trim_end_matches(']')),
        None => (zoned.zone.as_str(), ""),
    };
    let zone = match name {
        "" => {
            let seconds = offset(&mut Cursor { rest: offset_text }).expect("it was read");
            TimeZone::fixed(Offset::from_seconds(seconds as i32).expect("at most 18 hours"))
        }
        name => zone_named(name).expect("it was read"),
    };
    let instant = jiff::Timestamp::from_millisecond(zoned.instant.0).expect("of the calendar");
    let shown = instant.to_zoned(zone);
    let local = shown.strftime("%Y-%m-%dT%H:%M:%S%.3f");
    let seconds = shown.offset().seconds();
    // Java writes `GMT` for `GMT+00:00`, and no brackets around an offset.
    let name = match name.split_once(['+', '-']) {
        Some(("", _)) => "",
        Some((prefix @ ("GMT" | "UTC" | "UT"), _)) if seconds == 0 => prefix,
        _ if name == "Z" => "",
        _ => name,
    };
    let name = match name {
        "" => String::new(),
        name => format!("[{name}]"),
    };
    format!("{local}{}{name}", show_offset(seconds))
}

fn show_offset(seconds: i32) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let size = seconds.abs();
    let (hours, minutes, rest) = (size / 3_600, size / 60 % 60, size % 60);
    match (size, rest) {
        (0, _) => "Z".to_owned(),
        (_, 0) => format!("{sign}{hours:02}:{minutes:02}"),
        _ => format!("{sign}{hours:02}:{minutes:02}:{rest:02}"),
    }
}

#[test]
fn each_text_is_read_as_java_reads_it() {
    let rows = rows();
    assert!(rows.len() >= 60, "{} texts", rows.len());
    for Row { text, java, reason } in rows {
        let found = parse(text);
        if let Some(reason) = reason {
            assert_ne!(java, REFUSED, "{text}: no reason is needed");
            assert!(found.is_err(), "{text}: {reason}");
            continue;
        }
        let shown = found.map_or_else(|_| REFUSED.to_owned(), |zoned| show(&zoned));
        assert_eq!(shown, java, "{text}");
    }
}

/// Whether this machine can run a Java program from its source.
fn has_jdk() -> bool {
    ["java", "javac"].iter().all(|program| {
        let run = Command::new(program).arg("-version").output();
        run.is_ok_and(|output| output.status.success())
    })
}

#[test]
fn the_table_says_what_java_does() {
    if !has_jdk() {
        eprintln!(
            "\n*** SKIPPED: there is no JDK here, so the table is not compared with Java. ***\n"
        );
        return;
    }
    let rows = rows();
    let mut java = Command::new("java")
        .arg(PROGRAM)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("java starts");
    let texts: String = rows.iter().map(|row| format!("{}\n", row.text)).collect();
    let mut input = java.stdin.take().expect("a piped input");
    input.write_all(texts.as_bytes()).expect("java reads");
    drop(input);
    let output = java.wait_with_output().expect("java ends");
    assert!(output.status.success(), "{}", output.status);
    let output = String::from_utf8(output.stdout).expect("UTF-8");
    let found: Vec<_> = output.lines().collect();
    assert_eq!(found.len(), rows.len());
    for (row, found) in rows.iter().zip(found) {
        assert_eq!(found, row.java, "{}", row.text);
    }
}
