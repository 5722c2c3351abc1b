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
pub(crate) trait Row: Sized {
    /// Returns the columns of the table.
    fn columns() -> Columns<Self>;
}

/// The columns of a table of records. Each column has a heading, and a function that makes the text of a cell from a
/// record.
pub(crate) struct Columns<R>(Vec<(String, Cell<R>)>);

type Cell<R> = Box<dyn Fn(&R) -> String>;

impl<R> Columns<R> {
    pub(crate) fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a column at the right.
    pub(crate) fn with(
        mut self,
        heading: impl Into<String>,
        cell: impl Fn(&R) -> String + 'static,
    ) -> Self {
        self.0.push((heading.into(), Box::new(cell)));
        self
    }
}

/// Formats records as a table.
pub(crate) fn table<R: Row>(records: &[R]) -> String {
    let Columns(columns) = R::columns();
    let head: Vec<&str> = columns.iter().map(|(heading, _)| &**heading).collect();
    let cells = |record| columns.iter().map(|(_, cell)| cell(record)).collect();
    draw(&head, records.iter().map(cells))
}

/// Formats texts as a table.
pub(crate) fn draw(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(head);
    table.add_rows(rows);
    table.trim_fmt()
}

/// Returns the value as text; without a value, a dash.
pub(crate) fn or_dash<T: ToString>(value: &Option<T>) -> String {
    value.as_ref().map_or_else(|| "-".to_owned(), T::to_string)
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
