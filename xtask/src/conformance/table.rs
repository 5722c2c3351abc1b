//! The results of clients: a row for each call, and tables of them in Markdown.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

/// One call of a client, with the fault that was found, if any.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) fault: Option<String>,
}

/// Reads the lines of a driver.
///
/// # Errors
/// Fails if a line is no row.
pub(super) fn rows(output: &str) -> Result<Vec<Row>> {
    let row = |line: &str| {
        let line: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
        Ok(Row {
            name: line["row"].as_str().context("a row has a name")?.to_owned(),
            fault: line["fault"].as_str().map(str::to_owned),
        })
    };
    output.lines().map(row).collect()
}

/// The results of some clients.
pub(super) struct Table {
    /// The table in Markdown.
    pub(super) text: String,
    pub(super) calls: usize,
    pub(super) faults: Vec<String>,
}

impl Table {
    /// Makes the table of two clients that have calls in common; each has a name.
    pub(super) fn of((npm_name, npm): (&str, &[Row]), (pypi_name, pypi): (&str, &[Row])) -> Self {
        let mut names: Vec<&str> = npm.iter().map(|row| row.name.as_str()).collect();
        let more = pypi.iter().map(|row| row.name.as_str());
        names.extend(more.filter(|name| !npm.iter().any(|row| row.name == *name)));
        let by_name = |rows: &'_ [Row]| -> BTreeMap<String, bool> {
            let rows = rows.iter();
            rows.map(|row| (row.name.clone(), row.fault.is_none()))
                .collect()
        };
        let (by_npm, by_pypi) = (by_name(npm), by_name(pypi));
        let cell = |of: &BTreeMap<String, bool>, name: &str| match of.get(name) {
            Some(true) => "works",
            Some(false) => "FAILS",
            None => "-",
        };
        let mut text = format!("| call | {npm_name} | {pypi_name} |\n| --- | --- | --- |\n");
        for name in names {
            let (npm, pypi) = (cell(&by_npm, name), cell(&by_pypi, name));
            text.push_str(&format!("| {name} | {npm} | {pypi} |\n"));
        }
        Self {
            text,
            calls: npm.len() + pypi.len(),
            faults: [faults(npm_name, npm), faults(pypi_name, pypi)].concat(),
        }
    }

    /// Makes the table of the generated clients, which have no calls in common.
    pub(super) fn of_generated(generator: &str, clients: &[(&str, Vec<Row>)]) -> Self {
        let mut text = format!("| client by {generator} | call | result |\n| --- | --- | --- |\n");
        for (api, rows) in clients {
            for Row { name, fault } in rows {
                let result = if fault.is_none() { "works" } else { "FAILS" };
                text.push_str(&format!("| {api} | {name} | {result} |\n"));
            }
        }
        let all = clients.iter().flat_map(|(api, rows)| faults(api, rows));
        Self {
            text,
            calls: clients.iter().map(|(_, rows)| rows.len()).sum(),
            faults: all.collect(),
        }
    }
}

/// Returns the faults of a client, with its name.
fn faults(client: &str, rows: &[Row]) -> Vec<String> {
    let fault = |row: &Row| {
        let fault = row.fault.as_ref()?;
        Some(format!("{client}: {}: {fault}", row.name))
    };
    rows.iter().filter_map(fault).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_a_row_for_each_call_and_names_the_faults() {
        let npm = rows("{\"row\":\"a\"}\n{\"row\":\"b\",\"fault\":\"500\"}\n").expect("rows");
        let pypi = rows("{\"row\":\"c\"}\n{\"row\":\"a\"}\n").expect("rows");
        let table = Table::of(("npm", &npm), ("pypi", &pypi));
        let lines: Vec<_> = table.text.lines().skip(2).collect();
        assert_eq!(
            lines,
            [
                "| a | works | works |",
                "| b | FAILS | - |",
                "| c | - | works |"
            ]
        );
        assert_eq!(table.faults, ["npm: b: 500"]);
        assert!(rows("not json").is_err());
    }

    #[test]
    fn the_table_of_the_generated_clients_names_the_api_of_each_call() {
        let one = rows("{\"row\":\"a\"}\n").expect("rows");
        let two = rows("{\"row\":\"a\",\"fault\":\"500\"}\n").expect("rows");
        let table = Table::of_generated("generator", &[("mews", one), ("magicline", two)]);
        let lines: Vec<_> = table.text.lines().skip(2).collect();
        assert_eq!(lines, ["| mews | a | works |", "| magicline | a | FAILS |"]);
        assert_eq!(
            (table.calls, table.faults),
            (2, vec!["magicline: a: 500".to_owned()])
        );
    }
}
