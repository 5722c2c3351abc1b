//! The commands in the head of the container file.

use std::path::Path;

use anyhow::{Context, Result};

use super::tool::Tool;

const FILE: &str = "contrib/container/Containerfile";
/// What the head calls image, container and, with `-data`, the volume.
const NAME: &str = "heddle";
/// The port of the host that the head names. A try takes any free one.
const PORT: &str = "127.0.0.1:8080:8080";

/// The commands of the head, without the tool's name and with the names of this try.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Builds the image from the source.
    pub(super) build: Vec<String>,
    /// Makes the store.
    pub(super) create: Vec<String>,
    /// Starts the server.
    pub(super) serve: Vec<String>,
    /// Makes an account inside the container.
    pub(super) account: Vec<String>,
    /// Builds the image from a finished program.
    pub(super) finished: Vec<String>,
}

impl Head {
    /// Reads the commands.
    ///
    /// # Errors
    /// Fails if the head does not have exactly these.
    pub(super) fn read(top: &Path, tool: &Tool) -> Result<Self> {
        let file = top.join(FILE);
        let text = std::fs::read_to_string(&file);
        let text = text.with_context(|| format!("cannot read {}", file.display()))?;
        let head = Self::parse(&text, tool.name(), tool.has_formats());
        head.with_context(|| format!("the head of {FILE} has other commands than `xtask` expects"))
    }

    fn parse(text: &str, name: &str, has_formats: bool) -> Option<Self> {
        let head: Vec<&str> = text
            .lines()
            .map_while(|line| line.strip_prefix('#'))
            .collect();
        let head = head.join("\n").replace("\\\n", " ");
        let commands = head
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("podman "));
        let mut commands = commands.map(|line| renamed(&words(line), name, has_formats));
        let head = Self {
            build: commands.next()?,
            create: commands.next()?,
            serve: commands.next()?,
            account: commands.next()?,
            finished: commands.next()?,
        };
        commands.next().is_none().then_some(head)
    }
}

/// Splits a command line into words. Text in double quotes is one word.
fn words(line: &str) -> Vec<String> {
    let parts = line.split('"').enumerate();
    let words = parts.flat_map(|(part, text)| match part % 2 {
        0 => text.split_whitespace().map(str::to_owned).collect(),
        _ => vec![text.to_owned()],
    });
    words.collect()
}

/// Gives image, container and volume other names. In `exec`, only the first word is the container: the second is the program.
fn renamed(words: &[String], name: &str, has_formats: bool) -> Vec<String> {
    let is_exec = words.first().is_some_and(|word| word == "exec");
    let mut renamed = Vec::new();
    let mut skips = false;
    for word in words {
        if std::mem::take(&mut skips) {
            continue;
        }
        let is_first = !renamed.contains(&name.to_owned());
        match word.as_str() {
            "--format" if !has_formats => skips = true,
            NAME if is_first || !is_exec => renamed.push(name.to_owned()),
            PORT => renamed.push("127.0.0.1::8080".to_owned()),
            other => renamed.push(other.replace("heddle-data:", &format!("{name}:"))),
        }
    }
    renamed
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = include_str!("../../../contrib/container/Containerfile");

    #[test]
    fn the_head_has_the_commands_from_the_image_to_the_first_account() {
        let head = Head::parse(TEXT, "try-1", true).expect("understood");
        let file = ["-f", FILE];
        let build = ["build", "--format", "docker"];
        let expected = [&build[..], &["-t", "try-1"], &file, &["."]].concat();
        assert_eq!(head.build, expected);
        let volume = "try-1:/var/lib/heddle";
        let create = ["run", "--rm", "-v", volume, "try-1", "migrate", "--create"];
        assert_eq!(head.create, create);
        for limit in ["--read-only", "--cap-drop", "127.0.0.1::8080", volume] {
            assert!(head.serve.iter().any(|word| word == limit), "{limit}");
        }
        assert_eq!(head.serve.last().map(String::as_str), Some("try-1"));
        let account = ["exec", "try-1", "heddle", "account", "create", "--name"];
        assert_eq!(head.account[..6], account);
        assert_eq!(head.account[6..], ["Larkspur House"]);
        let target = ["--target", "finished", "-t", "try-1"];
        let expected = [&build[..], &target, &file, &["FOLDER"]].concat();
        assert_eq!(head.finished, expected);
    }

    #[test]
    fn docker_needs_no_format() {
        let head = Head::parse(TEXT, "try-1", false).expect("understood");
        assert_eq!(head.build[..3], ["build", "-t", "try-1"]);
    }
}
