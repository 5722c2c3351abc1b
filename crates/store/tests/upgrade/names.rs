//! What an upgrade does with names that are compared: the e-mail addresses of agents, and tags.

use heddle_domain::id::{AccountId, AgentId};
use heddle_store::write::account::operator;
use heddle_store::write::agent::UpdateAgent;
use heddle_store::{Error, Refusal};
use heddle_testkit::On;

use crate::before::{self, Before, Rows};

on_both!(
    agents_with_one_address_keep_it_and_the_first_one_owns_it,
    addresses_of_agents_are_filed_whatever_their_letters,
    tags_whose_names_become_the_same_become_one,
);

type Owner = (i64, String, i64);

fn owner(account: i64, email: &str, agent: i64) -> Owner {
    (account, email.to_owned(), agent)
}

/// Returns account, address and agent of each owned address.
fn owners(rows: &Rows) -> Vec<Owner> {
    let of = |row: &before::Row| {
        let number = |column: &str| row[column].as_i64().expect("a number");
        let email = row["email"].as_str().expect("a text");
        owner(number("account_id"), email, number("agent_id"))
    };
    let mut owners: Vec<Owner> = rows["agent_email"].iter().map(of).collect();
    owners.sort();
    owners
}

/// Gives agents of the first account addresses that the SQL of migration 25 cannot compare.
const LETTERS: &str = "
    UPDATE agent SET email = 'ÉVA@larkspur.example' WHERE account_id = 1 AND id = 2;
    UPDATE agent SET email = '\u{2003}éva@Larkspur.example' WHERE account_id = 1 AND id = 3";

async fn addresses_of_agents_are_filed_whatever_their_letters(on: On) {
    let before = Before::load(on).await;
    before.execute(LETTERS).await;
    let store = before.open().await;
    let eva = "éva@larkspur.example";
    let update = async |id: i64, email: &str| {
        let command = UpdateAgent {
            caller: operator(AccountId(1), AgentId(1)),
            id: AgentId(id),
            expected: None,
            first_name: None,
            last_name: None,
            email: Some(email.to_owned()),
        };
        store.write(command).await
    };
    let taken = || {
        Some(Error::Refused(Refusal::Conflict(
            "an agent with this e-mail address",
        )))
    };
    assert_eq!(update(4, eva).await.err(), taken());
    update(2, "").await.expect("none");
    assert_eq!(update(4, "Éva@larkspur.example").await.err(), taken());
    update(3, "").await.expect("none");
    update(4, eva).await.expect("nobody shows it any more");
    store.close().await.expect("it closes");
    let owners = owners(&before.rows().await);
    let evas: Vec<_> = owners
        .iter()
        .filter(|(_, email, _)| email.to_lowercase().contains("éva"))
        .collect();
    assert_eq!(evas, [&owner(1, eva, 4)]);
}

/// Gives the address of the first agent, in other spellings, to others of its account.
const DOUBLES: &str = "
    UPDATE agent SET email = ' Orla.FINCH@larkspur.example' WHERE account_id = 1 AND id IN (3, 5);
    UPDATE agent SET email = '  ' WHERE account_id = 1 AND id = 6";

async fn agents_with_one_address_keep_it_and_the_first_one_owns_it(on: On) {
    let before = Before::load(on).await;
    before.execute(DOUBLES).await;
    let store = before.open().await;
    let update = async |id: i64, email: &str| {
        let command = UpdateAgent {
            caller: operator(AccountId(1), AgentId(1)),
            id: AgentId(id),
            expected: None,
            first_name: Some(format!("Renamed {email}")),
            last_name: None,
            email: Some(email.to_owned()),
        };
        store.write(command).await
    };
    let orla = "orla.finch@larkspur.example";
    let taken = Refusal::Conflict("an agent with this e-mail address");
    assert_eq!(update(4, orla).await.err(), Some(Error::Refused(taken)));
    // An agent with a double may be changed, and the address stays as it is compared.
    update(3, orla).await.expect("its own address");
    update(2, "orla@larkspur.example").await.expect("another");
    // The owner has given it up, but agents 3 and 5 still show it.
    let taken = Refusal::Conflict("an agent with this e-mail address");
    assert_eq!(update(4, orla).await.err(), Some(Error::Refused(taken)));
    update(5, "five@larkspur.example").await.expect("another");
    update(3, "").await.expect("none");
    update(4, orla).await.expect("nobody shows it any more");
    store.close().await.expect("it closes");
    let rows = before.rows().await;
    assert_eq!(rows["agent_email_double"].len(), 0);
    let owners = owners(&rows);
    let expected = [
        owner(1, "five@larkspur.example", 5),
        owner(1, orla, 4),
        owner(1, "orla@larkspur.example", 2),
        owner(2, "ines.corrigan@tidewater.example", 1_000_000),
    ];
    assert_eq!(owners, expected);
}

/// Tags that get the same name: two on conversation 1, one of them also on 11, the third on 12 and 13. Account 2 has such
/// a tag, too.
const TAGS: &str = "
    INSERT INTO tag (account_id, id, name, created_at) VALUES (1, 70, 'Refund', 1), (1, 71, '  refund', 2),
        (1, 72, 'REFUND', 3), (1, 73, ' Other ', 4), (2, 70, 'Refund', 5);
    INSERT INTO conversation_tag (account_id, conversation_id, tag_id) VALUES (1, 1, 70), (1, 1, 71), (1, 11, 71),
        (1, 12, 72), (1, 13, 72), (1, 13, 70), (1, 13, 73)";

async fn tags_whose_names_become_the_same_become_one(on: On) {
    let before = Before::load(on).await;
    before.execute(TAGS).await;
    before.open().await.close().await.expect("it closes");
    let rows = before.rows().await;
    let number = |row: &before::Row, column: &str| row[column].as_i64().expect("a number");
    let mut tags: Vec<_> = rows["tag"]
        .iter()
        .map(|row| {
            let name = row["name"].as_str().expect("a name").to_owned();
            (number(row, "account_id"), number(row, "id"), name)
        })
        .collect();
    tags.sort();
    let tag = |account, id, name: &str| (account, id, name.to_owned());
    let expected = [
        tag(1, 1, "garage"),
        tag(1, 2, "vip"),
        tag(1, 3, "late"),
        tag(1, 70, "refund"),
        tag(1, 73, "other"),
        tag(2, 70, "refund"),
    ];
    assert_eq!(tags, expected);
    let new = |row: &&before::Row| number(row, "tag_id") >= 70;
    let mut bearers: Vec<_> = rows["conversation_tag"]
        .iter()
        .filter(new)
        .map(|row| {
            let of = ["account_id", "conversation_id", "tag_id"];
            of.map(|column| number(row, column))
        })
        .collect();
    bearers.sort_unstable();
    let expected = [
        [1, 1, 70],
        [1, 11, 70],
        [1, 12, 70],
        [1, 13, 70],
        [1, 13, 73],
    ];
    assert_eq!(bearers, expected);
    // Each of them says the inbox of its conversation.
    let store = before.open().await;
    assert_eq!(store.check().await, Ok(Vec::new()));
}
