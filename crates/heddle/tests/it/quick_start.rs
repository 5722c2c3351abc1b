//! Runs the commands of the quick start pages as a reader types them: the blocks marked `sh` of a page, from top to bottom in one shell,
//! against a fresh demo. A block marked `json` after them is what the last command prints.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use crate::process::{Home, Serving, in_time};

/// The address in the pages, where a demo listens by default.
const ADDRESS: &str = "http://127.0.0.1:8080";

/// Stands in a page for any value. As the last item of a list, it also stands for no or further items.
const ANY: &str = "…";

fn page(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/start")
        .join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Returns the blocks of a page with their language, in order.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut parts = page.split("```");
    let mut found = Vec::new();
    parts.next();
    while let Some(block) = parts.next() {
        let (language, text) = block.split_once('\n').expect("a block has lines");
        found.push((language.to_owned(), text.to_owned()));
        parts.next();
    }
    found
}

/// Returns what an answer lacks of what a page shows.
fn missing(shown: &Value, is: &Value, at: &str) -> Option<String> {
    match (shown, is) {
        (Value::String(any), _) if any == ANY => None,
        (Value::Object(members), Value::Object(_)) => {
            members.iter().find_map(|(name, shown)| match is.get(name) {
                Some(is) => missing(shown, is, &format!("{at}/{name}")),
                None => Some(format!("{at}/{name} is missing in {is}")),
            })
        }
        (Value::Array(items), Value::Array(found)) => {
            if items.len() > found.len() {
                return Some(format!("{at} has only {} items: {is}", found.len()));
            }
            let mut pairs = items.iter().zip(found).enumerate();
            pairs.find_map(|(index, (shown, is))| missing(shown, is, &format!("{at}/{index}")))
        }
        _ => (shown != is).then(|| format!("{at} is {is}, not {shown}")),
    }
}

/// Runs a script in `bash`, in which `curl` fails if the status of the answer is an error. Returns the last line of its output.
async fn run(home: &Home, script: &str) -> String {
    let script = format!(
        "set -euo pipefail\ncurl() {{ command curl --fail-with-body \"$@\"; echo; }}\n{script}"
    );
    let mut bash = Command::new("/bin/bash");
    bash.args(["-c", &script])
        .current_dir(home.path(""))
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = in_time("the end of a page", bash.output())
        .await
        .expect("bash");
    let (out, error) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{script}\n{out}\n{error}");
    let mut lines = out.lines().filter(|line| !line.is_empty());
    lines.next_back().unwrap_or_default().to_owned()
}

async fn follow(name: &str) {
    let home = Home::new();
    let demo = home.serve(&["demo"]).await;
    let (mut script, mut compared) = (String::new(), 0);
    for (language, text) in blocks(&page(name)) {
        match language.as_str() {
            "sh" => {
                // The index follows the writes a moment later.
                if text.contains("/search?") {
                    let asked = text.trim_end();
                    script +=
                        &format!("until {{ {asked}; }} | grep -q '\"data\":\\[{{'; do :; done\n");
                }
                script += &text.replace(ADDRESS, demo.text("/url"));
            }
            "json" => {
                fresh(&demo).await;
                let printed = run(&home, &script).await;
                let printed = serde_json::from_str(&printed);
                let printed: Value = printed.unwrap_or_else(|e| panic!("{name}: {e}: {script}"));
                let shown: Value = serde_json::from_str(&text).expect("JSON");
                if let Some(missing) = missing(&shown, &printed, "") {
                    panic!("{name}: {missing}\n{script}");
                }
                compared += 1;
            }
            // What starts a server, and what makes a credential on another server.
            "" => assert!(
                text.lines().all(|line| line.starts_with("heddle ")),
                "{name}: {text}"
            ),
            other => panic!("{name} has a block of {other}"),
        }
    }
    assert!(compared > 0, "{name}");
}

/// Returns to the sample data: each answer is checked after all commands before it have run once.
async fn fresh(demo: &Serving) {
    assert_eq!(
        demo.send("POST", "/__demo__/reset", &[], "").await.status,
        204
    );
}

#[tokio::test]
async fn the_page_of_heddles_own_api_works_as_printed() {
    follow("native.md").await;
}

#[tokio::test]
async fn the_page_for_help_scout_works_as_printed() {
    follow("helpscout.md").await;
}

#[tokio::test]
async fn the_page_for_mews_works_as_printed() {
    follow("mews.md").await;
}

#[tokio::test]
async fn the_page_for_magicline_works_as_printed() {
    follow("magicline.md").await;
}

#[tokio::test]
async fn the_page_for_mykaarma_works_as_printed() {
    follow("mykaarma.md").await;
}

/// The last block of each page makes a credential on the reader's own server.
#[tokio::test]
async fn the_credentials_of_the_pages_can_be_made() {
    let home = Home::new();
    let source = crate::commands::furnished(&home, heddle_testkit::On::Sqlite).await;
    for name in [
        "native.md",
        "helpscout.md",
        "mews.md",
        "magicline.md",
        "mykaarma.md",
    ] {
        let page = page(name);
        let line = page
            .lines()
            .find(|line| line.starts_with("heddle credential create"));
        let line = line.unwrap_or_else(|| panic!("{name} makes a credential"));
        let mut words = vec![String::new()];
        let mut quoted = false;
        for c in line.chars() {
            match c {
                '\'' => quoted = !quoted,
                ' ' if !quoted => words.push(String::new()),
                c => words.last_mut().expect("a word").push(c),
            }
        }
        let words: Vec<&str> = words[1..].iter().map(String::as_str).collect();
        home.json(&crate::commands::with(&words, &source)).await;
    }
}
