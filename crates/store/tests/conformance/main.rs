//! The behaviour that SQLite and PostgreSQL share: each case runs on SQLite and on PostgreSQL. Separate modules test behaviour
//! of one engine only (several nodes, lost connections).

/// Makes one test of each case and engine.
macro_rules! on_both {
    ($($case:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(heddle_testkit::On::Sqlite).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                super::$case(heddle_testkit::On::Postgres).await;
            })+
        }
    };
}

mod accounts;
mod ahead;
mod amending;
mod audited;
mod clocks;
mod consents;
mod conversations;
mod credentials;
mod customer_filters;
mod customer_lists;
mod customers;
mod damage;
mod defining;
mod delegation;
mod deleting;
mod deliveries;
mod dice;
mod effective;
mod erasing;
mod feed;
mod followers;
mod groups;
mod idempotent;
mod ids;
mod inbox_profiles;
mod lists;
mod lost_updates;
mod merging;
mod messages;
mod moving;
mod narrowing;
mod nodes;
mod objects;
mod opening;
mod people;
mod preferences;
mod profiles;
mod races;
mod reaching;
mod refusals;
mod removal;
mod removing_agents;
mod removing_inboxes;
mod repeating;
mod replays;
mod retention;
mod rooms;
mod searching;
mod selecting;
mod sending;
mod settings;
mod subscribing;
mod tags;
mod tenant;
mod webhooks;
mod wire;
