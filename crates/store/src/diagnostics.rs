//! The store's statements and migrations as text, for tests that run them through the engines. APIs do not use this
//! module.

use crate::migrate::{self, MIGRATIONS};
use crate::rows;

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
