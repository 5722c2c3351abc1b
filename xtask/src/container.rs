//! `cargo xtask container`: builds the image of `contrib/container/Containerfile` with podman or docker, and does with it what an operator
//! does: makes the store, serves, looks at its health, writes from outside, stops, starts again, and replaces the container.
//!
//! The commands are those of the head of that file, with other names, so that the head cannot differ from what was tried. Image, container
//! and volume are removed at the end.

mod head;
mod tool;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::{Value, json};

use crate::waiting;
use crate::webhooks::wire::Client;
use head::Head;
use tool::Tool;

/// What a try is made of.
#[derive(Clone, Debug, Args)]
pub(crate) struct Options {
    /// Puts this program into the image, instead of building one in it; it must run on the Debian of the image
    #[arg(long)]
    program: Option<PathBuf>,
    /// Uses this tool: podman or docker [default: the first one that works]
    #[arg(long)]
    tool: Option<String>,
}

/// `podman stop` kills a server that needs longer. The head of the file gives it so much.
const GRACE: Duration = Duration::from_secs(20);
/// The exit status of a server that finds no store.
const NO_STORE: i32 = 5;
/// Large enough for a file in the volume.
const FILE_BYTES: usize = 100_000;

/// What a client has written, and reads again.
struct Written {
    token: String,
    conversation: i64,
    attachment: i64,
}

/// Builds the image, and tries it.
///
/// # Errors
/// Says what is missing on this machine, or what the image does not do.
pub(crate) fn run(top: &Path, options: &Options) -> Result<String> {
    let tool = Tool::find(options.tool.as_deref())?;
    let head = Head::read(top, &tool)?;
    build(top, options, &tool, &head)?;
    create(&tool, &head)?;

    tool.run(&head.serve)?;
    let server = wait_until_ready(&tool)?;
    check_health(&tool)?;
    check_rights(&tool)?;
    let written = write(&tool, &head, server)?;
    println!("    it is healthy, has no rights, and takes what a client writes");

    stop(&tool)?;
    tool.run(&["start", tool.name()])?;
    check_written(wait_until_ready(&tool)?, &written)?;
    println!("    the stopped container starts again, with the data");

    tool.run(&["kill", tool.name()])?;
    tool.run(&["rm", tool.name()])?;
    tool.run(&head.serve)?;
    check_written(wait_until_ready(&tool)?, &written)?;
    stop(&tool)?;
    println!("    a new container goes on with the volume of a killed one");
    Ok(format!("The image works with {tool}."))
}

fn build(top: &Path, options: &Options, tool: &Tool, head: &Head) -> Result<()> {
    let Some(program) = &options.program else {
        return tool.run_in(top, &head.build);
    };
    let folder = top.join("target/container");
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    for (from, name) in [
        (program.clone(), "heddle"),
        (top.join("LICENSE"), "LICENSE"),
    ] {
        let copied = std::fs::copy(&from, folder.join(name));
        copied.with_context(|| format!("cannot copy {}", from.display()))?;
    }
    let folder = folder.display().to_string();
    let words: Vec<&str> = head.finished.iter().map(String::as_str).collect();
    let (_, words) = words.split_last().context("a folder")?;
    tool.run_in(top, &[words, &[folder.as_str()]].concat())
}

/// Makes the store. Before, no server starts.
fn create(tool: &Tool, head: &Head) -> Result<()> {
    let without_command = head
        .create
        .strip_suffix(&["migrate", "--create"].map(str::to_owned))
        .context("the second command of the head does not make a store")?;
    let status = tool.status(without_command)?;
    ensure!(
        status == Some(NO_STORE),
        "a server without a store ends with the status {status:?}, not {NO_STORE}"
    );
    tool.run(&head.create)
}

/// Waits until the server can be reached from outside of the container. Returns its address.
fn wait_until_ready(tool: &Tool) -> Result<SocketAddr> {
    let published = tool.read(&["port", tool.name(), "8080"])?;
    let first = published.lines().next().unwrap_or_default();
    let address = first
        .parse()
        .with_context(|| format!("no address: {first}"))?;
    let asked = || Client::connect(address)?.exchange("GET", "", "/readyz", "", &[]);
    ensure!(
        waiting::wait_until(|| asked().is_ok_and(|(status, _)| status == 200)),
        "the server in the container is not ready"
    );
    Ok(address)
}

/// Checks that the image has a health check, and that it finds the server healthy.
fn check_health(tool: &Tool) -> Result<()> {
    let state = ["inspect", "--format", "{{.State.Health.Status}}"];
    let state = [&state[..], &[tool.name()]].concat();
    let healthy = waiting::wait_until(|| {
        tool.check_health();
        tool.read(&state).is_ok_and(|said| said.trim() == "healthy")
    });
    ensure!(healthy, "the container does not become healthy");
    Ok(())
}

/// Checks that the server is no root, has no capability, gets none, and can write only into its volume.
fn check_rights(tool: &Tool) -> Result<()> {
    let status = tool.read(&["exec", tool.name(), "cat", "/proc/1/status"])?;
    for (key, expected) in [
        ("Name", "heddle"),
        ("Uid", "10001\t10001\t10001\t10001"),
        ("CapEff", "0000000000000000"),
        ("CapBnd", "0000000000000000"),
        ("NoNewPrivs", "1"),
    ] {
        let line = format!("{key}:\t{expected}");
        ensure!(
            status.lines().any(|known| known == line),
            "the server does not run with {line}: {status}"
        );
    }
    let written = tool.status(&["exec", tool.name(), "touch", "/var/lib/heddle-written"])?;
    ensure!(
        written != Some(0),
        "the file system of the container is not read-only"
    );
    Ok(())
}

/// Makes an account inside the container, and a conversation with a file from outside.
fn write(tool: &Tool, head: &Head, server: SocketAddr) -> Result<Written> {
    tool.run(&head.account)?;
    let made = tool.read(&[
        "exec",
        tool.name(),
        "heddle",
        "--json",
        "credential",
        "create",
        "--account",
        "1",
        "--api",
        "native",
        "--name",
        "container",
    ])?;
    let made: Value = serde_json::from_str(&made)?;
    let token = made["credential"]["secrets"]["token"].as_str();
    let token = token.context("a token")?.to_owned();

    let mut client = Client::connect(server)?;
    let mut make = |path: &str, body: Value| {
        let made = client.ask(&token, path, Some(&body))?;
        made["id"].as_i64().context("an id")
    };
    let inbox = make("/api/v1/inboxes", json!({ "name": "Front desk" }))?;
    let customer = json!({ "home_inbox_id": inbox, "first_name": "Mirela" });
    let customer = make("/api/v1/customers", customer)?;
    let path = "/api/v1/attachments?filename=file.bin";
    let kind = "Content-Type: application/octet-stream\r\n";
    let (status, made) = client.exchange("POST", &token, path, kind, &file())?;
    ensure!(status == 201, "{path}: {status}");
    let attachment = serde_json::from_slice::<Value>(&made)?["id"]
        .as_i64()
        .context("an id")?;
    let message = json!({
        "channel": "email", "direction": "incoming", "body": "From outside", "attachment_ids": [attachment],
    });
    let body = json!({
        "inbox_id": inbox, "customer_id": customer, "subject": "From outside", "messages": [message],
    });
    let made = client.ask(&token, "/api/v1/conversations", Some(&body))?;
    let written = Written {
        token,
        conversation: made["id"].as_i64().context("an id")?,
        attachment,
    };
    check_written(server, &written)?;
    Ok(written)
}

fn file() -> Vec<u8> {
    b"a line of the file\n"
        .iter()
        .copied()
        .cycle()
        .take(FILE_BYTES)
        .collect()
}

fn check_written(server: SocketAddr, written: &Written) -> Result<()> {
    let mut client = Client::connect(server)?;
    let path = format!("/api/v1/conversations/{}", written.conversation);
    let conversation = client.ask(&written.token, &path, None)?;
    ensure!(
        conversation["subject"] == "From outside",
        "{path}: {conversation}"
    );
    let path = format!("/api/v1/attachments/{}/content", written.attachment);
    let (status, bytes) = client.exchange("GET", &written.token, &path, "", &[])?;
    ensure!(
        status == 200 && bytes == file(),
        "{path}: {status}, {} bytes",
        bytes.len()
    );
    Ok(())
}

/// Stops the server as its platform does. It must end by itself, and well.
fn stop(tool: &Tool) -> Result<()> {
    let begun = Instant::now();
    tool.run(&["stop", tool.name()])?;
    let took = begun.elapsed();
    let status = tool.read(&["inspect", "--format", "{{.State.ExitCode}}", tool.name()])?;
    ensure!(
        status.trim() == "0",
        "the stopped server has the exit status {}",
        status.trim()
    );
    ensure!(took < GRACE, "the server needed {took:.1?} to stop");
    println!("    stopped in {took:.1?}");
    Ok(())
}
