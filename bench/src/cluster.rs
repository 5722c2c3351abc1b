//! The PostgreSQL of a measurement: a cluster of its own, which syncs its commits.

use anyhow::Result;
use heddle_testkit::postgres::{Cluster, Options};
use tokio::runtime::Runtime;

/// A running cluster. It ends when this value is dropped.
pub(crate) struct Databases {
    cluster: Cluster,
    runtime: Runtime,
}

impl Databases {
    /// Starts a cluster with PostgreSQL's own settings.
    pub(crate) fn start() -> Result<Self> {
        let cluster = Cluster::start(Options {
            fsync: true,
            ..Options::default()
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        Ok(Self { cluster, runtime })
    }

    /// Creates an empty database, and returns its URL.
    pub(crate) fn create(&self) -> String {
        self.runtime.block_on(self.cluster.create_database()).url()
    }

    /// Returns the id of the cluster's first process.
    pub(crate) fn process(&self) -> Option<u32> {
        self.cluster.server_process()
    }
}
