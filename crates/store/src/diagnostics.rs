//! The store's statements and migrations as text, for tests that run them through the engines. APIs do not use this
//! module.

use std::path::Path;

use crate::error::Result;
use crate::migrate::{self, MIGRATIONS};
use crate::rows::export::{ACCOUNT, Field, Kind, LEFT_OUT, all};
use crate::{rows, sqlite};

/// One statement of the store.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Module and name, such as `conversation::GET`.
    pub name: String,
    /// Text for SQLite.
    pub sqlite: &'static str,
    /// Text for PostgreSQL.
    pub postgres: &'static str,
}

/// Returns every statement that runs on SQLite and PostgreSQL.
#[must_use]
pub fn statements() -> Vec<Statement> {
    listed(rows::ALL)
}

/// Returns the statements that run on PostgreSQL only.
#[must_use]
pub fn postgres_statements() -> Vec<Statement> {
    listed(rows::POSTGRES)
}

/// Returns the statements that read SQLite's search index, which is a file of its own.
#[must_use]
pub fn index_statements() -> Vec<Statement> {
    listed(rows::INDEX)
}

fn listed(all: &[(&str, &'static [&'static crate::stmt::Stmt])]) -> Vec<Statement> {
    let of_module = |&(module, list): &(&str, &'static [&'static crate::stmt::Stmt])| {
        let module = module.to_owned();
        list.iter().map(move |stmt| Statement {
            name: format!("{module}::{}", stmt.name),
            sqlite: stmt.sqlite(),
            postgres: stmt.postgres(),
        })
    };
    all.iter().flat_map(of_module).collect()
}

/// Returns SQLite's plan of a statement on a database, one line for each step. It does not depend on the parameters.
///
/// # Errors
/// Fails if the database cannot be read, or has no such tables.
pub fn sqlite_plan(database: &Path, sql: &str) -> Result<Vec<String>> {
    sqlite::connection::plan(database, sql)
}

/// Returns the statements of each migration for SQLite, in order.
#[must_use]
pub fn sqlite_migrations() -> Vec<Vec<String>> {
    let all = MIGRATIONS.iter().map(|migration| migration.sqlite);
    all.map(|file| migrate::statements(file).collect())
        .collect()
}

/// Returns the number of each migration, in order.
#[must_use]
pub fn migration_numbers() -> Vec<i64> {
    MIGRATIONS
        .iter()
        .map(|migration| migration.number)
        .collect()
}

/// Returns the statements of each migration for PostgreSQL, in order.
#[must_use]
pub fn postgres_migrations() -> Vec<Vec<String>> {
    let all = MIGRATIONS.iter().map(|migration| migration.postgres);
    all.map(|file| migrate::statements(file).collect())
        .collect()
}

/// A table as an export contains it.
#[derive(Clone, Debug)]
pub struct ExportedTable {
    /// Name of the table, and of its records.
    pub name: &'static str,
    /// The fields of a record.
    pub fields: Vec<ExportedField>,
    /// The columns that an export leaves out.
    pub left_out: Vec<&'static str>,
}

/// A field of a record.
#[derive(Clone, Debug)]
pub struct ExportedField {
    /// The column.
    pub column: &'static str,
    /// Name of the field in the export.
    pub name: &'static str,
    /// Its type, as `docs/export.md` says it.
    pub kind: &'static str,
    /// Whether it may be missing.
    pub optional: bool,
}

/// Returns the tables of an export in its order.
#[must_use]
pub fn exported_tables() -> Vec<ExportedTable> {
    let field = |field: &Field| ExportedField {
        column: field.column,
        name: field.name(),
        kind: match field.kind {
            Kind::Int => "number",
            Kind::Flag => "flag",
            Kind::Text => "text",
            Kind::Bytes => "base64",
            Kind::Object => "SHA-256",
        },
        optional: field.optional,
    };
    let account = ExportedTable {
        name: "account",
        fields: ACCOUNT.iter().map(field).collect(),
        left_out: Vec::new(),
    };
    let tables = all().map(|table| ExportedTable {
        name: table.name,
        fields: table.fields.iter().map(field).collect(),
        left_out: {
            let constants = table.constants.iter().map(|(column, _)| *column);
            constants.chain(table.left_out.iter().copied()).collect()
        },
    });
    [account].into_iter().chain(tables).collect()
}

/// Returns the tables that an export leaves out, each with the reason.
#[must_use]
pub fn tables_left_out() -> &'static [(&'static str, &'static str)] {
    &LEFT_OUT
}
