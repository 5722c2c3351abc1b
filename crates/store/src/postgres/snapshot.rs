//! A snapshot of the database that other sessions can share, for a backup.

use deadpool_postgres::{Pool, Runtime};
use heddle_domain::Timestamp;

use super::address::Address;
use super::connection::{Lease, failure};
use super::reach::{self, PATIENCE};
use super::rows::PostgresRows;
use super::{SNAPSHOT, Statements, set_time_limits};
use crate::error::{Result, Trouble};
use crate::stmt::{Stmt, params};
use crate::tx::{Read, Rows};

/// Names the state that this transaction sees, for other sessions.
static EXPORT: Stmt = Stmt::new("EXPORT", "SELECT pg_export_snapshot()", None);

/// An open transaction that sees one state of the database.
pub(crate) struct Snapshot {
    id: String,
    rows: PostgresRows,
    _pool: Pool,
}

impl Snapshot {
    /// Opens a transaction on a connection of its own.
    pub(crate) async fn begin(url: &str) -> Result<Self> {
        let mut address = Address::parse(url)?;
        set_time_limits(&mut address.config, Statements::Unlimited);
        let pool = Pool::builder(address.manager())
            .max_size(1)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .build()
            .map_err(|e| Trouble::Internal(format!("connection pool: {e}")))?;
        let client = pool.get().await;
        let client = client.map_err(|error| reach::no_connection(&address.config, &error))?;
        // The transaction only waits while another session reads.
        let unlimited = client.batch_execute("SET idle_in_transaction_session_timeout = 0");
        unlimited.await.map_err(|e| failure(&e))?;
        let mut rows = PostgresRows::begun_by(SNAPSHOT, Lease::new(client), Timestamp(0));
        let ids = rows.fetch(&EXPORT, params![], |row| row.text()).await?;
        let id = ids.into_iter().next();
        let id = id.ok_or_else(|| Trouble::Internal("a snapshot without an id".into()))?;
        Ok(Self {
            id,
            rows,
            _pool: pool,
        })
    }

    /// Returns the id by which `pg_dump --snapshot` finds the state, as long as the transaction is open.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) async fn read<R: Read>(&mut self, read: &R) -> Result<R::Out> {
        read.run(&mut Rows::on_postgres(&mut self.rows)).await
    }

    pub(crate) fn rows(&mut self) -> Rows<'_> {
        Rows::on_postgres(&mut self.rows)
    }

    pub(crate) async fn end(self) {
        self.rows.end(true).await;
    }
}
