//! The packaged service, as its unit starts it.

use std::net::{SocketAddr, TcpListener};
use std::process::Child;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

use super::machine::Machine;
use super::store::Store;
use crate::waiting::wait_until;
use crate::webhooks::wire::Client;

/// A running service; it is killed when this value is dropped.
pub(super) struct Service {
    child: Child,
    address: SocketAddr,
}

impl Service {
    /// Starts the service on a store, and returns when it is ready.
    ///
    /// # Errors
    /// Fails if it ends, or is not ready in time.
    pub(super) fn start(machine: &Machine, store: &Store) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let log = machine.path("/tmp/heddle.log");
        std::fs::create_dir_all(log.parent().context("a folder")?)?;
        let mut child = machine
            .unit("heddle.service", store)?
            .env("HEDDLE_SERVER__LISTEN", address.to_string())
            .stdout(std::fs::File::create(&log)?)
            .stderr(std::fs::File::create(&log)?)
            .spawn()?;
        let mut ended = None;
        let ready = wait_until(|| {
            ended = child.try_wait().ok().flatten();
            let asked = || Client::connect(address)?.exchange("GET", "", "/readyz", "", &[]);
            ended.is_some() || asked().is_ok_and(|(status, _)| status == 200)
        });
        let service = Self { child, address };
        if ended.is_some() || !ready {
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            bail!("the service does not start: {log}");
        }
        Ok(service)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Kills the service without a warning, as a lack of memory does.
    ///
    /// # Errors
    /// Fails if it has ended before.
    pub(super) fn kill(mut self) -> Result<()> {
        ensure!(
            self.child.try_wait()?.is_none(),
            "the service has ended by itself"
        );
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Stops the service as systemd does.
    ///
    /// # Errors
    /// Fails if it does not end well.
    pub(super) fn stop(mut self) -> Result<()> {
        kill_process(Pid::from_child(&self.child), Signal::TERM)?;
        let ended = self.child.wait()?;
        ensure!(ended.success(), "the service failed as it stopped: {ended}");
        Ok(())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // The errors say only that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
