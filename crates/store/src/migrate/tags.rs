//! Migration 27 gives every stored tag the name that `rules.md` 12c says. Tags whose names become the same become one:
//! the one with the lowest id, which gets their conversations. Programmed here, because neither engine's SQL can change
//! the case and the normalisation form of every Unicode text.

use std::collections::BTreeMap;

use heddle_domain::TagName;
use rusqlite::Connection;
use tokio_postgres::Client;

pub(super) const MIGRATION: i64 = 27;

// tidy: across accounts: a migration names the tags of every account.
const ALL: &str = "SELECT account_id, id, name FROM tag ORDER BY account_id, id";
const JOIN: [&str; 3] = [
    "INSERT INTO conversation_tag (account_id, conversation_id, tag_id)
        SELECT account_id, conversation_id, $3 FROM conversation_tag WHERE account_id = $1 AND tag_id = $2
        ON CONFLICT (account_id, conversation_id, tag_id) DO NOTHING",
    "DELETE FROM conversation_tag WHERE account_id = $1 AND tag_id = $2 AND tag_id <> $3",
    "DELETE FROM tag WHERE account_id = $1 AND id = $2 AND id <> $3",
];
const RENAME: &str = "UPDATE tag SET name = $3 WHERE account_id = $1 AND id = $2";

/// What has to change. All joins come before all renames, so that no two tags have one name in between.
#[derive(Debug, Default, PartialEq, Eq)]
struct Plan {
    /// Account, the tag that ends, and the tag that it becomes.
    joins: Vec<(i64, i64, i64)>,
    /// Account, tag and its new name.
    renames: Vec<(i64, i64, String)>,
}

/// Makes the plan for all tags, each with account, id and name, in the order of their ids.
fn plan(tags: Vec<(i64, i64, String)>) -> Plan {
    let mut plan = Plan::default();
    let mut known: BTreeMap<(i64, TagName), i64> = BTreeMap::new();
    for (account, id, name) in tags {
        let new = TagName::nearest(&name);
        if let Some(into) = known.get(&(account, new.clone())) {
            plan.joins.push((account, id, *into));
            continue;
        }
        if new.as_str() != name {
            plan.renames.push((account, id, new.as_str().to_owned()));
        }
        known.insert((account, new), id);
    }
    plan
}

impl Plan {
    fn log(&self) {
        tracing::info!(
            joined = self.joins.len(),
            renamed = self.renames.len(),
            "giving the tags their names; joined tags become part of another one"
        );
    }
}

pub(super) fn rename_sqlite(connection: &Connection) -> rusqlite::Result<()> {
    let mut all = connection.prepare(ALL)?;
    let tags = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let plan = plan(tags.collect::<rusqlite::Result<_>>()?);
    plan.log();
    let Plan { joins, renames } = plan;
    for join in joins {
        for statement in JOIN {
            connection.execute(&statement.replace('$', "?"), join)?;
        }
    }
    for rename in renames {
        connection.execute(&RENAME.replace('$', "?"), rename)?;
    }
    Ok(())
}

/// Returns how many rows it changed. Can be repeated: a node that dies in the middle leaves a smaller plan to the next one.
pub(super) async fn rename_postgres(client: &Client) -> Result<u64, tokio_postgres::Error> {
    let found = client.query(ALL, &[]).await?;
    let tags = found
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect();
    let plan = plan(tags);
    plan.log();
    let Plan { joins, renames } = plan;
    let mut rows = 0;
    for (account, from, into) in joins {
        for statement in JOIN {
            rows += client.execute(statement, &[&account, &from, &into]).await?;
        }
    }
    for (account, id, name) in renames {
        rows += client.execute(RENAME, &[&account, &id, &name]).await?;
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_come_to_one_name_become_one() {
        let tag = |account: i64, id: i64, name: &str| (account, id, name.to_owned());
        let tags = vec![
            tag(1, 1, "Refund"),
            tag(1, 2, "vip"),
            tag(1, 3, " refund"),
            tag(1, 4, "refund"),
            tag(1, 5, " "),
            tag(2, 4, "REFUND"),
        ];
        let expected = Plan {
            joins: vec![(1, 3, 1), (1, 4, 1)],
            renames: vec![
                tag(1, 1, "refund"),
                tag(1, 5, "(blank)"),
                tag(2, 4, "refund"),
            ],
        };
        assert_eq!(plan(tags), expected);
        assert_eq!(plan(vec![tag(1, 1, "refund")]), Plan::default());
    }
}
