//! `heddle agent remove`: removes an agent, whose conversations go to another one or to nobody.

use std::str::FromStr;

use clap::Args;
use heddle_access::provision;
use heddle_domain::id::AgentId;
use heddle_store::read::account::GetAgent;
use heddle_store::removal::agents::{AgentContents, CountDuties, Duties};
use heddle_store::{Entity, Store};
use serde_json::json;

use crate::command::argument::{InAccount, id};
use crate::command::failure::{Code, Failure};
use crate::command::outcome::{Invalidation, Outcome};
use crate::command::output;

#[derive(Args, Debug)]
pub(crate) struct Remove {
    #[command(flatten)]
    account: InAccount,
    /// The agent's number
    #[arg(long, value_name = "AGENT", value_parser = id)]
    agent: i64,
    /// Who gets the agent's conversations and inboxes: the number of an agent or team, or none
    #[arg(long, value_name = "AGENT|none")]
    reassign_to: Heir,
    /// Only count what depends on the agent
    #[arg(long)]
    dry_run: bool,
    /// Really remove the agent. Without this option the command shows what would be removed, and fails
    #[arg(long)]
    yes: bool,
}

/// Who gets what an agent had.
#[derive(Clone, Copy, Debug)]
struct Heir(Option<i64>);

impl FromStr for Heir {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        match text {
            "none" => Ok(Self(None)),
            number => id(number).map(|id| Self(Some(id))),
        }
        .map_err(|_| "expected the number of an agent, as `list` shows it, or none")
    }
}

impl Remove {
    pub(crate) async fn perform(self, store: &Store) -> anyhow::Result<Outcome> {
        let account = self.account.get(store).await?;
        let (id, heir) = (AgentId(self.agent), self.reassign_to.0.map(AgentId));
        let no_such = |id: AgentId| Failure::no_such(Entity::Agent, id.get(), account.id);
        let count = CountDuties {
            account: account.id,
            id,
        };
        let AgentContents {
            agent,
            is_removed,
            duties,
        } = store.read(count).await?.ok_or_else(|| no_such(id))?;
        if agent.built_in || agent.team {
            let what = if agent.team {
                "a team"
            } else {
                "the account's built-in agent"
            };
            let text = format!("agent {id} is {what}, which cannot be removed");
            return Err(Failure::new(Code::Refused, text).into());
        }
        if heir == Some(id) {
            let text =
                "--reassign-to names the agent who is to be removed: name another one, or none";
            return Err(Failure::invalid(text).into());
        }
        if let Some(heir) = heir {
            let read = GetAgent {
                account: account.id,
                id: heir,
            };
            store.read(read).await?.ok_or_else(|| no_such(heir))?;
        }
        let name = format!("{} {}", agent.first_name, agent.last_name);
        if !self.dry_run && !self.yes {
            let text = format!(
                "agent {id}, {name:?}, has {}. Nothing was changed: add --yes to remove the agent",
                lines(&duties)
                    .map(|(what, count)| format!("{what}: {count}"))
                    .join(", ")
            );
            return Err(Failure::new(Code::Refused, text).into());
        }
        if !self.dry_run {
            let caller = provision::operator_caller(&account);
            let removed = store.remove_agent(&caller, id, heir).await;
            removed.map_err(|error| {
                Failure::naming(error, account.id, &[(Entity::Agent, id.get())])
            })?;
        }
        let value = json!({
            "account": account.id.get(), "agent": id.get(), "name": name, "reassigned_to": heir.map(AgentId::get),
            "dry_run": self.dry_run, "continued": is_removed, "contents": duties,
        });
        let rows = lines(&duties).map(|(what, count)| vec![what.to_owned(), count.to_string()]);
        let table = output::draw(&["what", "count"], rows);
        let mut text = match self.dry_run {
            true => format!("Agent {id}, {name:?}, has:\n{table}\nNothing was changed."),
            false => format!("Removed agent {id}, {name:?}, who had:\n{table}"),
        };
        if is_removed {
            text.push_str("\nThe agent was removed before; this is what was left of it.");
        }
        Ok(Outcome::new("removal", &value, text)?.invalidating(Invalidation::Account(account.id)))
    }
}

/// Returns the counts with their names.
fn lines(duties: &Duties) -> [(&'static str, i64); 5] {
    [
        ("assigned conversations", duties.conversations),
        ("inboxes with this default agent", duties.inboxes),
        ("teams", duties.teams),
        ("followed customers", duties.followed),
        ("credentials", duties.credentials),
    ]
}
