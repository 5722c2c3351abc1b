//! What a command prints on standard output: text, a table, or one line of JSON.

use std::io::{self, IsTerminal, Write};

use anyhow::Context;
use comfy_table::Table;
use comfy_table::presets::UTF8_FULL_CONDENSED;
use serde::Serialize;

/// The greatest width of a table, in characters: that of an ordinary terminal.
const WIDTH: usize = 80;

/// Prints lines of text.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")
        .and_then(|()| out.flush())
        .context("cannot write to standard output")
}

/// Stand before and after a part of a text that a terminal shows in bold.
pub(crate) const HIT: char = '\u{2}';
pub(crate) const HIT_END: char = '\u{3}';

/// Prints lines of text: with the marked parts in bold on a terminal, and without the marks elsewhere.
pub(crate) fn print_marked(text: &str) -> anyhow::Result<()> {
    let (start, end) = match io::stdout().is_terminal() {
        true => ("\u{1b}[1m", "\u{1b}[0m"),
        false => ("", ""),
    };
    print(&text.replace(HIT, start).replace(HIT_END, end))
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

/// Formats texts as a table. If the table is wider than a terminal, formats each row as a list of names and values, so that
/// no id and no secret is broken over two lines.
pub(crate) fn draw(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let rows: Vec<Vec<String>> = rows.into_iter().collect();
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(head);
    table.add_rows(rows.clone());
    let table = table.trim_fmt();
    if table.lines().all(|line| line.chars().count() <= WIDTH) {
        return table;
    }
    let lists = rows.iter().map(|row| {
        let row = row.iter().map(String::as_str);
        pairs(head.iter().copied().zip(row))
    });
    lists.collect::<Vec<_>>().join("\n\n")
}

/// Formats names with their values, one name a line, within [`WIDTH`]. Breaks a value only between words.
pub(crate) fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pairs: Vec<_> = pairs.into_iter().collect();
    let names = pairs.iter().map(|(name, _)| name.chars().count());
    let column = names.max().unwrap_or(0) + 2;
    let mut lines = Vec::new();
    for (name, value) in pairs {
        let mut line = format!("{name:column$}");
        let mut is_empty = true;
        for word in value.split_whitespace() {
            let room = WIDTH.saturating_sub(line.chars().count());
            let wanted = word.chars().count() + usize::from(!is_empty);
            if wanted > room {
                lines.push(std::mem::take(&mut line));
                let fits = column + wanted <= WIDTH;
                line = " ".repeat(if fits { column } else { 4 });
                is_empty = true;
            }
            if !is_empty {
                line.push(' ');
            }
            line.push_str(word);
            is_empty = false;
        }
        lines.push(line);
    }
    let lines = lines.iter().map(|line| line.trim_end());
    lines.collect::<Vec<_>>().join("\n")
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

#[cfg(test)]
mod tests {
    use super::*;

    fn widest(text: &str) -> usize {
        let widths = text.lines().map(|line| line.chars().count());
        widths.max().unwrap_or(0)
    }

    #[test]
    fn a_table_that_does_not_fit_becomes_a_list() {
        let uuid = "0b3f2c5e-8d1a-4f6b-9c2d-7e5a1b3c4d5f".to_owned();
        let narrow = draw(&["inbox", "id"], [vec!["1".into(), uuid.clone()]]);
        assert!(
            narrow.starts_with('┌') && narrow.contains(&uuid),
            "{narrow}"
        );
        let row = vec![
            "1".to_owned(),
            uuid.clone(),
            uuid.clone(),
            "off ".repeat(40),
        ];
        let wide = draw(&["inbox", "mews", "mykaarma", "rest"], [row.clone(), row]);
        assert!(widest(&wide) <= 80, "{wide}");
        assert!(
            wide.starts_with("inbox     1\nmews      0b3f2c5e-"),
            "{wide}"
        );
        assert_eq!(wide.matches(&uuid).count(), 4, "{wide}");
        assert_eq!(wide.matches("\n\n").count(), 1, "{wide}");
    }

    #[test]
    fn a_long_word_gets_a_line_of_its_own() {
        let token = "A".repeat(65);
        let text = pairs([("other studio's customer", token.as_str()), ("x", "y")]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "other studio's customer");
        assert_eq!(lines[1], format!("    {token}"));
        assert_eq!(lines[2], format!("{:25}y", "x"));
    }
}
