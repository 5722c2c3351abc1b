//! Migration 29 files the e-mail addresses of agents again, in the form in which they are compared. Each address has one
//! owner; the other agents that show it wait for it. Programmed here, because neither engine's SQL can change the case of
//! every Unicode text.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;
use tokio_postgres::Client;

use crate::write::agent::compared;

pub(super) const MIGRATION: i64 = 29;

// tidy: across accounts: a migration files the addresses of every account.
const AGENTS: &str =
    "SELECT account_id, id, email FROM agent WHERE email <> '' ORDER BY account_id, id";
// tidy: across accounts: as above.
const OWNERS: &str =
    "SELECT account_id, agent_id, email FROM agent_email ORDER BY account_id, email";
const DROP: &str = "DELETE FROM agent_email WHERE account_id = $1 AND agent_id = $2 AND email = $3";
const OWN: &str = "INSERT INTO agent_email (account_id, agent_id, email) VALUES ($1, $2, $3)
    ON CONFLICT (account_id, email) DO NOTHING";
const WAIT: &str =
    "INSERT INTO agent_email_double (account_id, agent_id, email) VALUES ($1, $2, $3)
    ON CONFLICT (account_id, email, agent_id) DO NOTHING";

/// Account, agent and address.
type Address = (i64, i64, String);

/// What has to change, in this order.
#[derive(Debug, Default, PartialEq, Eq)]
struct Plan {
    /// Owners whose agent does not show the address, compared as today.
    drops: Vec<Address>,
    /// New owners.
    owners: Vec<Address>,
    /// Agents that wait for the address of another one.
    doubles: Vec<Address>,
}

/// Makes the plan from the agents in the order of their ids, and from the owners.
fn plan(agents: Vec<Address>, owners: Vec<Address>) -> Plan {
    let shown = agents
        .into_iter()
        .map(|(account, agent, email)| (account, agent, compared(&email)));
    let shown: Vec<Address> = shown.filter(|(.., email)| !email.is_empty()).collect();
    let all: BTreeSet<&Address> = shown.iter().collect();
    let (kept, drops) = owners.into_iter().partition(|owner| all.contains(owner));
    let mut plan = Plan {
        drops,
        ..Plan::default()
    };
    let kept: Vec<Address> = kept;
    let mut owned: BTreeMap<(i64, String), i64> = BTreeMap::new();
    for (account, agent, email) in kept {
        owned.insert((account, email), agent);
    }
    for (account, agent, email) in shown {
        match owned.get(&(account, email.clone())) {
            None => {
                owned.insert((account, email.clone()), agent);
                plan.owners.push((account, agent, email));
            }
            Some(owner) if *owner != agent => plan.doubles.push((account, agent, email)),
            Some(_) => {}
        }
    }
    plan
}

impl Plan {
    /// Returns the statements to run, each with the rows that it gets.
    fn steps(&self) -> [(&'static str, &[Address]); 3] {
        [
            (DROP, &self.drops),
            (OWN, &self.owners),
            (WAIT, &self.doubles),
        ]
    }

    fn log(&self) {
        tracing::info!(
            refiled = self.owners.len(),
            removed = self.drops.len(),
            doubles = self.doubles.len(),
            "filing the e-mail addresses of agents again"
        );
    }
}

pub(super) fn file_sqlite(connection: &Connection) -> rusqlite::Result<()> {
    let read = |sql: &str| -> rusqlite::Result<Vec<Address>> {
        let mut all = connection.prepare(sql)?;
        let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        rows.collect()
    };
    let plan = plan(read(AGENTS)?, read(OWNERS)?);
    plan.log();
    for (sql, rows) in plan.steps() {
        let mut statement = connection.prepare(&sql.replace('$', "?"))?;
        for (account, agent, email) in rows {
            statement.execute((account, agent, email))?;
        }
    }
    Ok(())
}

/// Returns how many rows it changed. Can be repeated: a node that dies in the middle leaves a smaller plan to the next one.
pub(super) async fn file_postgres(client: &Client) -> Result<u64, tokio_postgres::Error> {
    let read = async |sql: &str| -> Result<Vec<Address>, tokio_postgres::Error> {
        let rows = client.query(sql, &[]).await?;
        Ok(rows
            .iter()
            .map(|row| (row.get(0), row.get(1), row.get(2)))
            .collect())
    };
    let plan = plan(read(AGENTS).await?, read(OWNERS).await?);
    plan.log();
    let mut changed = 0;
    for (sql, rows) in plan.steps() {
        for (account, agent, email) in rows {
            changed += client.execute(sql, &[account, agent, email]).await?;
        }
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_has_one_owner_and_the_others_wait() {
        let of = |account: i64, agent: i64, email: &str| (account, agent, email.to_owned());
        let agents = vec![
            of(1, 1, "\u{c9}va@x"),
            of(1, 2, "\u{a0}\u{e9}va@X "),
            of(1, 3, "old@x"),
            of(1, 4, " "),
            of(1, 5, "OLD@x"),
            of(2, 1, "\u{c9}va@x"),
        ];
        let owners = vec![
            of(1, 5, "old@x"),
            of(1, 1, "\u{c9}va@x"),
            of(1, 2, "\u{a0}\u{e9}va@x"),
        ];
        let made = plan(agents.clone(), owners);
        let expected = Plan {
            drops: vec![of(1, 1, "\u{c9}va@x"), of(1, 2, "\u{a0}\u{e9}va@x")],
            owners: vec![of(1, 1, "\u{e9}va@x"), of(2, 1, "\u{e9}va@x")],
            doubles: vec![of(1, 2, "\u{e9}va@x"), of(1, 3, "old@x")],
        };
        assert_eq!(made, expected);
        let mut owners = made.owners;
        owners.push(of(1, 5, "old@x"));
        let again = plan(agents, owners);
        assert_eq!((again.drops, again.owners), (Vec::new(), Vec::new()));
    }
}
