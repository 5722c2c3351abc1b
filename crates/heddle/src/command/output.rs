//! What a command prints on standard output: text, a table, or one line of JSON.

use std::io::{self, Write};

use anyhow::Context;
use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use serde::Serialize;

/// Prints lines of text.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")
        .and_then(|()| out.flush())
        .context("cannot write to standard output")
}

/// Prints a value as one line of JSON.
pub(crate) fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    print(&serde_json::to_string(value)?)
}

/// A record that is one row of a table.
pub(crate) trait Row {
    /// The headings that are the same whatever APIs exist.
    const HEAD: &'static [&'static str];

    /// Returns all headings of the table.
    fn head() -> Vec<&'static str> {
        Self::HEAD.to_vec()
    }

    /// Returns the record's texts, one for each heading.
    fn cells(&self) -> Vec<String>;
}

/// Formats records as a table.
pub(crate) fn table<R: Row>(rows: &[R]) -> String {
    let rows = rows.iter().map(Row::cells);
    draw(&R::head(), rows)
}

/// Formats texts as a table.
pub(crate) fn draw(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(head);
    table.add_rows(rows);
    table.trim_fmt()
}

/// Returns the value as text; without a value, a dash.
pub(crate) fn or_dash<T: ToString>(value: Option<&T>) -> String {
    value.map_or_else(|| "-".to_owned(), ToString::to_string)
}

/// Returns the numbers separated by commas; `all` if there are none.
pub(crate) fn or_all(ids: &[i64]) -> String {
    if ids.is_empty() {
        return "all".to_owned();
    }
    let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
    ids.join(", ")
}

/// Returns the number as text; `off` for 0.
pub(crate) fn or_off(figure: i64) -> String {
    if figure == 0 {
        "off".to_owned()
    } else {
        figure.to_string()
    }
}
