//! Tests of `docs/operating.md`: its commands work as printed, from top to bottom in a fresh folder, and the commands and calls
//! that it names exist. Other texts that must agree with it are checked, too.

use std::collections::BTreeSet;
use std::process::Stdio;

use heddle::apis;
use tokio::process::Command;

use crate::process::{Home, in_time};

const MANUAL: &str = include_str!("../../../../docs/operating.md");

/// The folders of the manual, each of which is a folder in the home instead.
const FOLDERS: [&str; 3] = ["/var/lib/", "/var/backups/", "/srv/"];

/// Returns the blocks of the manual that are marked `sh`.
fn scripts() -> Vec<String> {
    let blocks = MANUAL.split("```sh\n").skip(1);
    let ends = |block: &str| block.split("```").next().expect("a block").to_owned();
    blocks.map(ends).collect()
}

fn in_home(home: &Home, script: &str) -> String {
    FOLDERS.iter().fold(script.to_owned(), |script, folder| {
        let there = format!("{}/", home.text(folder.trim_matches('/')));
        script.replace(folder, &there)
    })
}

/// Runs a script in the home, with `heddle` on its path. `settings` are the `export` lines of earlier scripts.
fn shell(home: &Home, script: &str) -> Command {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_heddle"));
    let folder = program.parent().expect("a folder").display();
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-e", "-u", "-c", script])
        .current_dir(home.path(""))
        .env_clear()
        .env("PATH", format!("{folder}:/usr/bin:/bin"))
        .env("TMPDIR", home.path("tmp"))
        // The manual's servers listen at one port, which may be taken here.
        .env("HEDDLE_SERVER__LISTEN", "127.0.0.1:0")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    shell
}

/// Starts a server, waits until it serves, and stops it.
async fn serves(home: &Home, script: &str) {
    use tokio::io::{AsyncBufReadExt, BufReader};
    let mut server = shell(home, script)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(server.stderr.take().expect("piped")).lines();
    let serving = async {
        let mut said = String::new();
        while let Ok(Some(line)) = lines.next_line().await {
            if line.contains("serving on") {
                return;
            }
            said.push_str(&line);
        }
        panic!("{script}: {said}");
    };
    in_time("a server", serving).await;
    let pid = server.id().expect("it runs").to_string();
    let kill = Command::new("/bin/kill")
        .args(["-s", "TERM", &pid])
        .status()
        .await;
    assert!(kill.expect("kill can be run").success());
    let ended = in_time("the end of a server", server.wait()).await;
    assert!(ended.expect("it can be waited for").success(), "{script}");
}

#[tokio::test]
async fn the_commands_of_the_manual_work_from_top_to_bottom() {
    let home = Home::new();
    for folder in FOLDERS {
        std::fs::create_dir_all(home.path(folder.trim_matches('/'))).expect("made");
    }
    let scripts = scripts();
    assert!(scripts.len() >= 10, "{scripts:?}");
    let mut settings = String::new();
    for script in scripts {
        let script = in_home(&home, &script);
        let whole = format!("{settings}{script}");
        let last = script.lines().last().expect("a line");
        if last.starts_with("heddle serve") || last == "heddle demo" {
            let whole = whole.replace(last, &format!("exec {last}"));
            serves(&home, &whole).await;
        } else {
            let output = in_time("the end of a script", shell(&home, &whole).output()).await;
            let output = output.expect("it starts");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{script}: {said}");
        }
        let exports = script.lines().filter(|line| line.starts_with("export "));
        settings.extend(exports.map(|line| format!("{line}\n")));
    }
    assert_eq!(home.left_in_tmp(), 0);
}

/// Returns the texts in backticks, with line ends as spaces.
fn codes() -> Vec<String> {
    let mut prose = String::new();
    for (at, part) in MANUAL.split("```").enumerate() {
        if at % 2 == 0 {
            prose.push_str(part);
        }
    }
    let codes = prose.split('`').skip(1).step_by(2);
    codes
        .map(|code| code.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

#[tokio::test]
async fn the_manual_names_commands_that_exist() {
    let home = Home::new();
    let mut seen = BTreeSet::new();
    for code in codes() {
        let Some(rest) = code.strip_prefix("heddle ") else {
            continue;
        };
        let is_word = |word: &&str| {
            word.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        };
        let words: Vec<&str> = rest.split(' ').take_while(is_word).collect();
        let words: Vec<&str> = words
            .into_iter()
            .take_while(|word| !word.starts_with('-'))
            .collect();
        if words.first().is_some_and(|word| *word != "help") {
            seen.insert(words.join(" "));
        }
        for flag in rest.split(' ').filter(|word| word.starts_with("--")) {
            let help: Vec<&str> = words.iter().copied().chain(["--help"]).collect();
            let output = home.run(&help).await;
            let help = String::from_utf8(output.stdout).expect("UTF-8");
            assert!(help.contains(flag), "{code}: {flag}");
        }
    }
    for command in [
        "init",
        "migrate",
        "doctor",
        "demo",
        "webhook allow",
        "account update",
    ] {
        assert!(seen.contains(command), "{command}: {seen:?}");
    }
    for command in seen {
        let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let output = home.run(&words).await;
        assert!(output.status.success(), "{command}");
    }
}

/// Returns a path with `{}` for every parameter.
fn nameless(path: &str) -> String {
    let parts = path
        .split('/')
        .map(|part| if part.starts_with('{') { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[test]
fn the_manual_names_calls_that_exist_and_has_one_chapter_on_webhooks() {
    let routes: Vec<_> = apis::descriptions().routes().collect();
    let is_offered = |method: Option<&str>, path: &str| {
        let same = |route: &heddle_api::Route| {
            nameless(&route.template) == nameless(path)
                && method.is_none_or(|method| route.method == *method)
        };
        routes.iter().any(same)
    };
    let mut count = 0;
    for code in codes() {
        let (method, path) = match code.split_once(' ') {
            Some((method, path)) if method.bytes().all(|b| b.is_ascii_uppercase()) => {
                (Some(method), path)
            }
            _ => (None, code.as_str()),
        };
        let path = path.split('?').next().unwrap_or_default();
        let is_call = path.starts_with("/api/v1/") || path.starts_with("/v2/");
        if is_call && !path.ends_with('/') && !path.contains("openapi") {
            assert!(is_offered(method, path), "{code}");
            count += 1;
        }
    }
    assert!(count >= 3, "{count}");
    let chapters = MANUAL
        .lines()
        .filter(|line| line.starts_with('#') && line.contains("ebhook"));
    assert_eq!(chapters.collect::<Vec<_>>(), ["## Webhooks"]);
}

#[tokio::test]
async fn the_thread_cap_is_worded_in_one_way() {
    let home = Home::new();
    let output = home.run(&["account", "update", "--help"]).await;
    let help = String::from_utf8(output.stdout).expect("UTF-8");
    let document = include_str!("../../../../docs/openapi.json");
    for (place, text) in [
        ("help", help.as_str()),
        ("the OpenAPI document", document),
        ("operating.md", MANUAL),
        ("rules.md", include_str!("../../../../docs/rules.md")),
        (
            "compatibility.md",
            include_str!("../../../../docs/compatibility.md"),
        ),
    ] {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let words = "an addition to a conversation that already has cap - 1 threads is refused";
        assert!(text.to_lowercase().contains(words), "{place}");
    }
}

/// Returns a number with commas between the thousands.
fn with_commas(number: usize) -> String {
    let digits = number.to_string();
    let from_the_right = |at: &usize| (digits.len() - at).is_multiple_of(3) && *at > 0;
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if from_the_right(&at) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[test]
fn the_page_on_search_names_every_filter_and_limit() {
    use heddle_search::document::Limits;
    use heddle_search::query::{DEEPEST, LONGEST_QUERY, MOST_CONDITIONS, NATIVE};
    use heddle_store::search::{COUNTED, EXAMINED, RANKED};
    let page = include_str!("../../../../docs/search.md");
    for (name, _) in NATIVE.fields {
        assert!(page.contains(&format!("`{name}:")), "{name}");
    }
    for (limit, what) in [
        (LONGEST_QUERY, "characters"),
        (MOST_CONDITIONS, "words and filters"),
        (DEEPEST, "levels of parentheses"),
        (EXAMINED, "messages examined"),
        (RANKED, "messages compared"),
        (COUNTED, "conversations counted"),
        (Limits::BODY.tokens, "words of one message"),
        (Limits::BODY.bytes, "bytes of them"),
    ] {
        let words = format!("{} {what}", with_commas(limit));
        assert!(page.contains(&words), "{words}");
    }
}
