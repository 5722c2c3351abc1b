//! `heddle export-help`: writes man pages and shell completions, which are made from the commands themselves.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use clap_complete::Shell;
use serde_json::json;

use super::output;

/// The shells, each with the path of its file in the folder. The names are those that the shells look for.
const COMPLETIONS: [(Shell, &str); 3] = [
    (Shell::Bash, "bash/heddle"),
    (Shell::Zsh, "zsh/_heddle"),
    (Shell::Fish, "fish/heddle.fish"),
];

/// The folder of the man pages in the folder.
const PAGES: &str = "man";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Folder for the files; files of the same names are replaced
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Writes a man page for each command, and a file of completions for each shell. `command` is the whole command line.
///
/// # Errors
/// Fails if a file cannot be written.
pub(crate) fn run(
    arguments: &Arguments,
    mut command: clap::Command,
    json: bool,
) -> anyhow::Result<()> {
    let folder = &arguments.folder;
    let mut written = Vec::new();
    for (shell, name) in COMPLETIONS {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut command, "heddle", &mut text);
        write(folder, name, &text)?;
        written.push(name.to_owned());
    }
    // Names each command in full, such as `heddle account create`.
    command.build();
    write_pages(folder, &command, &mut written)?;
    let shown = folder.display();
    if json {
        return output::print_json(&json!({ "folder": shown.to_string(), "files": written }));
    }
    let count = written.len();
    output::print(&format!(
        "Wrote {count} files below {shown}: the man pages in {PAGES}, completions in bash, zsh and fish."
    ))
}

/// Writes the page of a command and those of its subcommands.
fn write_pages(
    folder: &Path,
    command: &clap::Command,
    written: &mut Vec<String>,
) -> anyhow::Result<()> {
    let of_program = command.get_display_name().unwrap_or(command.get_name());
    let name = format!("{PAGES}/{of_program}.1");
    let mut text = Vec::new();
    let page = clap_mangen::Man::new(command.clone()).date("");
    page.render(&mut text).context("cannot make a man page")?;
    write(folder, &name, &text)?;
    written.push(name);
    let subcommands = command.get_subcommands();
    // `help` shows other pages, and has none of its own.
    for subcommand in subcommands.filter(|it| !it.is_hide_set() && it.get_name() != "help") {
        write_pages(folder, subcommand, written)?;
    }
    Ok(())
}

fn write(folder: &Path, name: &str, text: &[u8]) -> anyhow::Result<()> {
    let path = folder.join(name);
    let parent = path.parent().unwrap_or(folder);
    let made = fs::create_dir_all(parent);
    made.with_context(|| format!("cannot make {}", parent.display()))?;
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}
