//! `heddle demo` with TLS, and the programs that know it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::identity::Identity;
use super::table::{Row, rows};

/// A temporary demo server with TLS; it stops when this value is dropped.
pub(super) struct Server {
    child: Child,
    /// What it printed about itself.
    summary: String,
    port: u16,
    identity: Identity,
}

impl Server {
    /// Starts the server.
    ///
    /// # Errors
    /// Fails if the program does not serve with TLS.
    pub(super) fn start(program: &Path, identity: Identity) -> Result<Self> {
        let mut child = Command::new(program)
            .args(["demo", "--json", "--listen", "127.0.0.1:0"])
            .env("HEDDLE_SERVER__TLS_CERTIFICATE_FILE", &identity.certificate)
            .env("HEDDLE_SERVER__TLS_KEY_FILE", &identity.key)
            .env("HEDDLE_SERVER__HOSTS", "api.helpscout.net=helpscout")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot start heddle demo")?;
        let mut summary = String::new();
        BufReader::new(child.stdout.take().context("a piped output")?).read_line(&mut summary)?;
        ensure!(!summary.is_empty(), "heddle demo ended before it served");
        let url: Value = serde_json::from_str(&summary)?;
        let url = url["url"].as_str().context("no url in the demo's line")?;
        let port = url.strip_prefix("https://127.0.0.1:");
        let port = port.with_context(|| format!("{url} is not served with TLS"))?;
        Ok(Self {
            port: port.parse()?,
            child,
            summary,
            identity,
        })
    }

    /// Returns the address of the server.
    pub(super) fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    /// Lets a program trust the server's certificate. npm's client has the vendor's address in one call; this leads the call
    /// here.
    pub(super) fn known_to<'c>(&self, program: &'c mut Command) -> &'c mut Command {
        let authority = &self.identity.authority;
        for name in ["NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"] {
            program.env(name, authority);
        }
        program
            .env("https_proxy", self.url())
            .env("no_proxy", "localhost")
    }

    /// Runs a driver to its end, and returns its rows.
    ///
    /// # Errors
    /// Fails if the driver ends early.
    pub(super) fn drive(&self, driver: &mut Command) -> Result<Vec<Row>> {
        let output = self
            .known_to(driver)
            .env("HEDDLE_DEMO", &self.summary)
            .env("HEDDLE_URL", self.url())
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .context("node and python3 are needed")?;
        let rows = rows(&String::from_utf8(output.stdout)?)?;
        if !output.status.success() || rows.is_empty() {
            bail!(
                "a driver ended early ({}) after {} rows",
                output.status,
                rows.len()
            );
        }
        Ok(rows)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The server is killed, because it has written only into a temporary folder.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
