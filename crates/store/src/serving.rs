//! The servers (nodes) that use one PostgreSQL database, and whether they see the same objects (attachments).
//!
//! A server that starts leaves a marker beside its objects, then records itself in the database, and then looks for the markers of
//! all servers that are recorded there. Of two that start at the same time, the one that looks last sees the record of the other. So two
//! servers with different places never both start.

use crate::error::Error;
use crate::store::Store;
use crate::write::readiness::{ForgetNode, RecordNode, Recorded, RecordedNodes};

/// A server that was seen in this time, in milliseconds, still runs.
const LIVE_MS: i64 = 60_000;
/// A server that was not seen for this time, in milliseconds, is forgotten, with its marker.
const FORGOTTEN_MS: i64 = 86_400_000;

/// This server among those that use the database.
#[derive(Debug)]
pub struct ServingNode {
    store: Store,
    id: String,
}

/// Why a server may not start: others use the database, but not the same objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Apart {
    /// How many running servers have left no marker that this one sees.
    pub unseen: usize,
    /// How many other servers run.
    pub running: usize,
}

impl Store {
    /// Records this process as a server, and checks that all running servers use the same objects. `None` on SQLite, where no
    /// other server runs.
    ///
    /// # Errors
    /// Returns the errors of [`Store::read`] and [`Store::write`]; [`Trouble::Objects`](crate::Trouble::Objects) if the bucket cannot be
    /// reached.
    pub async fn join_servers(&self) -> Result<Option<Result<ServingNode, Apart>>, Error> {
        if !self.has_other_nodes() {
            return Ok(None);
        }
        self.forget_old_servers().await?;
        let id = uuid::Uuid::new_v4().simple().to_string();
        let node = ServingNode {
            store: self.clone(),
            id,
        };
        match node.look_for_others().await {
            Ok(None) => Ok(Some(Ok(node))),
            Ok(Some(apart)) => {
                node.leave().await;
                Ok(Some(Err(apart)))
            }
            Err(error) => {
                node.leave().await;
                Err(error)
            }
        }
    }

    /// Removes what servers left that were killed long ago.
    async fn forget_old_servers(&self) -> Result<(), Error> {
        let before = Recorded::Before(self.now().plus_ms(-FORGOTTEN_MS));
        for id in self.read(RecordedNodes(before)).await? {
            self.objects().remove_marker(&id).await?;
            self.write(ForgetNode(id)).await?;
        }
        Ok(())
    }
}

impl ServingNode {
    async fn look_for_others(&self) -> Result<Option<Apart>, Error> {
        let objects = self.store.objects();
        objects.leave_marker(&self.id).await?;
        self.renew().await?;
        let since = Recorded::Since(self.store.now().plus_ms(-LIVE_MS));
        let (mut unseen, mut running) = (0, 0);
        for id in self.store.read(RecordedNodes(since)).await? {
            running += usize::from(id != self.id);
            unseen += usize::from(!objects.sees_marker(&id).await?);
        }
        Ok((unseen > 0).then_some(Apart { unseen, running }))
    }

    /// Records that this server still runs. Its owner calls it every 10 seconds; after a minute without, others think that it has ended.
    ///
    /// # Errors
    /// Returns the errors of [`Store::write`].
    pub async fn renew(&self) -> Result<(), Error> {
        self.store.write(RecordNode(self.id.clone())).await
    }

    /// Removes the record and the marker of this server. If that fails, others do it after a day.
    pub async fn leave(&self) {
        // Others look for the marker as long as there is a record.
        let left = self.store.objects().remove_marker(&self.id).await;
        let left = match left {
            Ok(()) => self.store.write(ForgetNode(self.id.clone())).await,
            failed => failed,
        };
        if let Err(error) = left {
            tracing::warn!(%error, "cannot remove the marker of this server");
        }
    }
}
