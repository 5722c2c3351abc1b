//! Migration 33 gives each customer the keys of its names, by which lists sort and find customers. Programmed here, because
//! neither engine's SQL can change the case of every Unicode text.

use heddle_domain::customer::name_key;
use rusqlite::Connection;
use tokio_postgres::Client;

pub(super) const MIGRATION: i64 = 33;

/// How many customers are read at once.
const PIECE: i64 = 1_000;

// tidy: across accounts: a migration gives the customers of every account their keys.
const NEXT: &str =
    "SELECT account_id, id, first_name, last_name FROM customer WHERE (account_id, id) > ($1, $2)
    ORDER BY account_id, id LIMIT $3";
const KEY: &str =
    "UPDATE customer SET first_key = $3, last_key = $4 WHERE account_id = $1 AND id = $2";

/// Account and id of a customer, and its first and last name.
type Named = (i64, i64, Option<String>, Option<String>);
/// Account and id of a customer, and its keys.
type Keyed = (i64, i64, String, String);

/// Returns the customers whose keys are not empty, which is what they are before.
fn keyed(customers: &[Named]) -> Vec<Keyed> {
    let keyed = customers.iter().map(|(account, id, first, last)| {
        let key = |name: &Option<String>| name_key(name.as_deref());
        (*account, *id, key(first), key(last))
    });
    keyed
        .filter(|(_, _, first, last)| !(first.is_empty() && last.is_empty()))
        .collect()
}

pub(super) fn key_sqlite(connection: &Connection) -> rusqlite::Result<()> {
    let mut next = connection.prepare(&NEXT.replace('$', "?"))?;
    let mut write = connection.prepare(&KEY.replace('$', "?"))?;
    let mut after = (i64::MIN, i64::MIN);
    loop {
        let rows = next.query_map((after.0, after.1, PIECE), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
        let customers: Vec<Named> = rows.collect::<rusqlite::Result<_>>()?;
        let Some((account, id, ..)) = customers.last() else {
            return Ok(());
        };
        after = (*account, *id);
        for customer in keyed(&customers) {
            write.execute(customer)?;
        }
    }
}

/// Returns how many rows it changed. Can be repeated: it writes the same keys again.
pub(super) async fn key_postgres(client: &Client) -> Result<u64, tokio_postgres::Error> {
    let write = client.prepare(KEY).await?;
    let (mut after, mut changed) = ((i64::MIN, i64::MIN), 0);
    loop {
        let rows = client.query(NEXT, &[&after.0, &after.1, &PIECE]).await?;
        let named = |row: &tokio_postgres::Row| (row.get(0), row.get(1), row.get(2), row.get(3));
        let customers: Vec<Named> = rows.iter().map(named).collect();
        let Some((account, id, ..)) = customers.last() else {
            return Ok(changed);
        };
        after = (*account, *id);
        for (account, id, first, last) in keyed(&customers) {
            changed += client
                .execute(&write, &[&account, &id, &first, &last])
                .await?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn customers_without_names_are_left_out() {
        let name = |text: &str| Some(text.to_owned());
        let customers = [
            (1, 1, name("\u{c9}va "), None),
            (1, 2, None, None),
            (1, 3, name(" "), name("")),
            (2, 1, None, name("Quill")),
        ];
        let expected = [
            (1, 1, "\u{e9}va".to_owned(), String::new()),
            (2, 1, String::new(), "quill".to_owned()),
        ];
        assert_eq!(keyed(&customers), expected);
    }
}
