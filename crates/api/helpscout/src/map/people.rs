//! Maps people to the vendor's objects: users, and customers and users as the persons of conversations and threads.

use heddle_domain::account::Account;
use heddle_domain::customer::Customer;
use heddle_domain::id::{AgentId, EventId};
use heddle_domain::message::{Author, Direction, Kind, Message};
use heddle_domain::{Agent, Timestamp};

use crate::auth::Caller;
use crate::time::utc;
use crate::wire::{Link, Me, Person, SelfLink, Team, TeamLinks, User};

/// `type` of a person who is a customer.
pub(super) const CUSTOMER: &str = "customer";
/// `type` of a person who is a user.
pub(super) const USER: &str = "user";
/// `type` of a user who is a team.
const TEAM: &str = "team";
/// The time zone of all users: Heddle stores none.
const TIMEZONE: &str = "UTC";

/// Whether the customer is the author. Always false for notes and line items, which are always by a user.
pub(super) fn is_by_customer(message: &Message) -> bool {
    message.kind == Kind::Message && message.direction == Direction::Incoming
}

/// What is needed to build the vendor's objects, besides the entity itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RenderContext<'a> {
    /// The start of absolute links.
    pub(crate) base: &'a str,
    /// The account's built-in agent. It is shown where the vendor requires a user and no user acted.
    pub(crate) integration: AgentId,
    pub(crate) now: Timestamp,
}

impl<'a> RenderContext<'a> {
    /// Returns what is needed to build objects of the response to this caller.
    pub(crate) fn of(caller: &Caller, base: &'a str, now: Timestamp) -> Self {
        Self {
            base,
            integration: caller.principal.account.integration_agent,
            now,
        }
    }

    /// Returns the URL of a conversation.
    pub(crate) fn conversation(&self, id: i64) -> String {
        format!("{}/v2/conversations/{id}", self.base)
    }

    pub(super) fn customer(&self, id: i64) -> Link {
        Link::to(format!("{}/v2/customers/{id}", self.base))
    }

    pub(super) fn user(&self, id: i64) -> Link {
        Link::to(format!("{}/v2/users/{id}", self.base))
    }

    /// Returns the links `createdByCustomer` and `createdByUser`, one of which is absent.
    pub(super) fn creator_links(&self, creator: &Person) -> (Option<Link>, Option<Link>) {
        if creator.kind == CUSTOMER {
            (Some(self.customer(creator.id)), None)
        } else {
            (None, Some(self.user(creator.id)))
        }
    }

    /// Returns an agent as a person; the built-in agent if `id` is `None`.
    pub(super) fn agent(&self, id: Option<AgentId>, agents: &[Agent]) -> Person {
        match id.and_then(|id| agents.iter().find(|agent| agent.id == id)) {
            Some(agent) => Person {
                id: agent.id.get(),
                kind: kind(agent),
                first: agent.first_name.clone(),
                last: agent.last_name.clone(),
                email: agent.email.clone(),
            },
            None => Person {
                id: self.integration.get(),
                kind: USER,
                first: "Integration".into(),
                last: String::new(),
                email: String::new(),
            },
        }
    }

    /// Returns the author of a message.
    pub(super) fn author(&self, message: &Message, customer: Person, agents: &[Agent]) -> Person {
        match message.author {
            _ if is_by_customer(message) => customer,
            Author::Agent(agent) => self.agent(Some(agent), agents),
            Author::Customer | Author::Application => self.agent(None, agents),
        }
    }
}

/// Returns the customer of a conversation or thread.
pub(super) fn customer_person(customer: &Customer) -> Person {
    Person {
        id: customer.id.get(),
        kind: CUSTOMER,
        first: customer.profile.first_name.clone().unwrap_or_default(),
        last: customer.profile.last_name.clone().unwrap_or_default(),
        email: customer.email.clone().unwrap_or_default(),
    }
}

/// Returns the user object of `users/me`.
pub(crate) fn me(agent: Agent, account: &Account, base: &str) -> Me {
    Me {
        user: user(agent, base),
        company_id: account.id.get(),
    }
}

/// Returns the user object of an agent or a team.
pub(crate) fn user(agent: Agent, base: &str) -> User {
    let (mention, initials) = (mention(&agent), initials(&agent));
    let [created_at, updated_at] = times(&agent).map(utc);
    User {
        id: agent.id.get(),
        mention,
        initials,
        kind: kind(&agent),
        first_name: agent.first_name,
        last_name: agent.last_name,
        email: agent.email,
        role: "user",
        timezone: TIMEZONE,
        created_at,
        updated_at,
        job_title: "",
        phone: "",
        alternate_emails: [],
        links: SelfLink {
            this: Link::to(format!("{base}/v2/users/{}", agent.id)),
        },
    }
}

/// Returns the team object.
pub(crate) fn team(team: Agent, base: &str) -> Team {
    let (mention, initials) = (mention(&team), initials(&team));
    let [created_at, updated_at] = times(&team).map(utc);
    Team {
        id: team.id.get(),
        mention,
        initials,
        name: team.first_name,
        timezone: TIMEZONE,
        photo_url: "",
        created_at,
        updated_at,
        links: TeamLinks {
            // The vendor has no call for one team; a team is a user, too.
            this: Link::to(format!("{base}/v2/users/{}", team.id)),
            members: Link::to(format!("{base}/v2/teams/{}/members/", team.id)),
        },
    }
}

/// Returns the `type` of a user.
fn kind(agent: &Agent) -> &'static str {
    if agent.team { TEAM } else { USER }
}

/// Returns the word by which others mention the user in a note: the first name without blanks.
fn mention(agent: &Agent) -> String {
    let words = agent.first_name.split_whitespace();
    words.collect::<String>().to_lowercase()
}

/// Returns the first letters of first and last name; of a team, those of the first two words of its name.
fn initials(agent: &Agent) -> String {
    let names = match agent.team {
        true => agent.first_name.split_whitespace().take(2).collect(),
        false => vec![agent.first_name.as_str(), &agent.last_name],
    };
    let letters = names.into_iter().filter_map(|name| name.chars().next());
    letters.flat_map(char::to_uppercase).collect()
}

/// Returns when the agent was created and when it was last changed: the time of its last event, whose id is its version.
pub(super) fn times(agent: &Agent) -> [Timestamp; 2] {
    let changed = match agent.version {
        0 => agent.created_at,
        version => EventId(version).created_at(),
    };
    [agent.created_at, changed.max(agent.created_at)]
}
