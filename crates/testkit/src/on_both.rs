//! A macro for tests that run once on SQLite and once on PostgreSQL.

/// Runs a test body on SQLite and on PostgreSQL, each in a world of its own.
#[macro_export]
macro_rules! on_both {
    ($(#[$meta:meta])* async fn $name:ident($world:ident: World) $body:block) => {
        mod $name {
            use super::*;
            async fn run($world: World) $body
            #[tokio::test]
            async fn sqlite() { run(World::new($crate::On::Sqlite).await).await; }
            #[tokio::test]
            async fn postgres() { run(World::new($crate::On::Postgres).await).await; }
        }
    };
}
