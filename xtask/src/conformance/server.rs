//! `heddle demo` with TLS, and the programs that know it. For a recording the demo speaks plain HTTP, and a program that records
//! stands between it and its clients.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::identity::Identity;
use super::table::{Row, rows};

/// A temporary demo server with TLS; it stops when this value is dropped.
pub(super) struct Server<'i> {
    /// The demo, and the program that records.
    children: Vec<Child>,
    /// What the demo printed about itself.
    summary: String,
    port: u16,
    identity: &'i Identity,
}

impl<'i> Server<'i> {
    /// Starts the server.
    ///
    /// # Errors
    /// Fails if the program does not serve with TLS.
    pub(super) fn start(program: &Path, identity: &'i Identity) -> Result<Self> {
        let mut demo = demo(program, "127.0.0.1:0");
        demo.env("HEDDLE_SERVER__TLS_CERTIFICATE_FILE", &identity.certificate)
            .env("HEDDLE_SERVER__TLS_KEY_FILE", &identity.key);
        let (child, summary, _) = spawn(&mut demo)?;
        // From here on, dropping this value ends the demo.
        let mut server = Self {
            children: vec![child],
            summary,
            port: 0,
            identity,
        };
        let summary: Value = serde_json::from_str(&server.summary)?;
        let url = summary["url"]
            .as_str()
            .context("no url in the demo's line")?;
        let port = url.strip_prefix("https://127.0.0.1:");
        let port = port.with_context(|| format!("{url} is not served with TLS"))?;
        server.port = port.parse()?;
        Ok(server)
    }

    /// Starts the server, and `recorder` before it, which writes what clients do into the file `to`. The clock of the demo stands,
    /// and moves a second with each request.
    ///
    /// # Errors
    /// Fails if one of the programs ends early.
    pub(super) fn start_recorded(
        program: &Path,
        identity: &'i Identity,
        recorder: &mut Command,
        to: &Path,
    ) -> Result<Self> {
        recorder
            .env("RECORD_CERTIFICATE", &identity.certificate)
            .env("RECORD_KEY", &identity.key)
            .env("RECORD_TO", to)
            .stdin(Stdio::piped());
        let (child, port, mut printed) = spawn(recorder)?;
        let mut server = Self {
            children: vec![child],
            summary: String::new(),
            port: port.trim().parse()?,
            identity,
        };
        // The demo's line shows only its public address, so the other one is chosen here.
        let free = TcpListener::bind("127.0.0.1:0")?;
        let address = free.local_addr()?.to_string();
        drop(free);
        let mut demo = demo(program, &address);
        demo.env("HEDDLE_SERVER__PUBLIC_URL", server.url());
        let (child, summary, _) = spawn(&mut demo)?;
        server.children.push(child);
        let input = server.children[0].stdin.as_mut();
        writeln!(input.context("a piped input")?, "{address}")?;
        server.summary = summary;
        let mut ready = String::new();
        printed.read_line(&mut ready)?;
        ensure!(ready == "ready\n", "the recorder ended early");
        Ok(server)
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

impl Drop for Server<'_> {
    fn drop(&mut self) {
        // They are killed: the demo has written only into a temporary folder, and a recording is complete after each answer.
        for child in &mut self.children {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn demo(program: &Path, address: &str) -> Command {
    let mut command = Command::new(program);
    command
        .args(["demo", "--json", "--listen", address])
        .env("HEDDLE_SERVER__HOSTS", "api.helpscout.net=helpscout")
        .stderr(Stdio::null());
    command
}

/// Starts a program. Returns it with the first line that it prints, and the rest.
fn spawn(command: &mut Command) -> Result<(Child, String, BufReader<ChildStdout>)> {
    let name = command.get_program().display().to_string();
    let spawned = command.stdout(Stdio::piped()).spawn();
    let mut child = spawned.with_context(|| format!("cannot start {name}"))?;
    let mut printed = BufReader::new(child.stdout.take().context("a piped output")?);
    let mut line = String::new();
    printed.read_line(&mut line)?;
    if line.is_empty() {
        let ended = child.wait()?;
        bail!("{name} ended before it served ({ended})");
    }
    Ok((child, line, printed))
}
