//! Tests of what comes beside the program: man pages and completions, the units of systemd, the scripts of the Debian package, and the
//! description of the container image. `cargo xtask package` checks the built package, and `cargo xtask container` the built image.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::process::{Home, in_time};

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text(path: &str) -> String {
    std::fs::read_to_string(top().join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Returns what a program prints; `None` if this machine has no such program.
async fn said(program: &str, arguments: &[&str]) -> Option<(bool, String)> {
    let run = Command::new(program).args(arguments).output();
    let output = in_time(program, run).await.ok()?;
    let said = [output.stdout, output.stderr].concat();
    Some((
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    ))
}

#[tokio::test]
async fn each_command_has_a_man_page_and_each_shell_its_completions() {
    let home = Home::new();
    let made = home.json(&["export-help", &home.text("help")]).await;
    let files = made["files"].as_array().expect("a list");
    let named = |name: &str| files.iter().any(|file| file == name);
    for name in [
        "bash/heddle",
        "zsh/_heddle",
        "fish/heddle.fish",
        "man/heddle.1",
        "man/heddle-serve.1",
        "man/heddle-account-create.1",
        "man/heddle-search-find.1",
    ] {
        assert!(named(name), "{name} in {made}");
        assert!(!home.read(&format!("help/{name}")).is_empty(), "{name}");
    }
    let page = home.read("help/man/heddle-account-create.1");
    assert!(
        page.contains("heddle account create") || page.contains(r"heddle\-account\-create"),
        "{page}"
    );
    assert!(page.contains(r"\-\-name"), "{page}");
    let completions = home.text("help/bash/heddle");
    if let Some((works, said)) = said("bash", &["-n", &completions]).await {
        assert!(works, "{said}");
    }
    // A second time replaces the files.
    home.json(&["export-help", &home.text("help")]).await;
    home.write("file", "");
    let refused = home
        .refused(&["export-help", &home.text("file/help")])
        .await;
    assert!(refused.contains("cannot make"), "{refused}");
}

const UNITS: [&str; 2] = ["heddle.service", "heddle-create.service"];

#[tokio::test]
async fn the_units_are_valid_and_have_few_rights() {
    let home = Home::new();
    for unit in UNITS {
        let unit_text = text(&format!("contrib/systemd/{unit}"));
        let here = unit_text.replace("/usr/bin/heddle", env!("CARGO_BIN_EXE_heddle"));
        assert_ne!(here, unit_text, "{unit} starts the program");
        home.write(unit, &here);
        let path = home.text(unit);
        let Some((valid, said)) = said("systemd-analyze", &["verify", "--man=no", &path]).await
        else {
            return;
        };
        assert!(valid && said.is_empty(), "{unit}: {said}");
        let limits = [
            "security",
            "--no-pager",
            "--offline=true",
            "--threshold=15",
            &path,
        ];
        let (few, said) = self::said("systemd-analyze", &limits)
            .await
            .expect("it is there");
        assert!(few, "{unit}: {said}");
    }
}

/// The command line that a unit starts must be one that the program takes.
#[tokio::test]
async fn the_units_start_commands_that_exist() {
    let home = Home::new();
    home.write("heddle.toml", "");
    for unit in UNITS {
        let unit = text(&format!("contrib/systemd/{unit}"));
        let start = unit
            .lines()
            .find_map(|line| line.strip_prefix("ExecStart="));
        let words: Vec<&str> = start.expect("a command").split(' ').skip(1).collect();
        let output = home.run(&[&words[..], &["--help"]].concat()).await;
        assert!(output.status.success(), "{words:?}");
    }
    let unit = text("contrib/systemd/heddle-create.service");
    let rights = |unit: &str| {
        let (_, rest) = unit
            .split_once("# What the program does not need.\n")
            .expect("rights");
        let rights: Vec<String> = rest
            .lines()
            .take_while(|it| !it.is_empty())
            .map(str::to_owned)
            .collect();
        rights
    };
    assert_eq!(
        rights(&unit),
        rights(&text("contrib/systemd/heddle.service"))
    );
}

#[tokio::test]
async fn the_scripts_of_the_package_are_valid_and_start_nothing() {
    for script in ["postinst", "prerm", "postrm"] {
        let path = format!("contrib/debian/{script}");
        let full = top().join(&path).display().to_string();
        let (valid, said) = said("/bin/sh", &["-n", &full]).await.expect("a shell");
        assert!(valid, "{path}: {said}");
        let script = text(&path);
        for forbidden in [" start ", " enable ", "useradd", "adduser", "mkdir", "rm "] {
            let found = script.lines().find(|line| {
                !line.trim_start().starts_with('#')
                    && !line.contains("echo")
                    && line.contains(forbidden)
            });
            assert_eq!(found, None, "{path}: {forbidden}");
        }
    }
    let list = text("crates/heddle/Cargo.toml");
    let sources = list
        .lines()
        .filter_map(|line| line.trim().strip_prefix("[\"../../"));
    let sources: Vec<&str> = sources.filter_map(|line| line.split('"').next()).collect();
    assert!(sources.len() > 8, "{sources:?}");
    for source in sources
        .iter()
        .filter(|source| !source.starts_with("target/"))
    {
        let folder = source.split('*').next().expect("a path");
        assert!(top().join(folder).exists(), "{source}");
    }
}

/// One instruction of the description of the image, without its continued lines.
fn instructions(text: &str) -> Vec<(String, String)> {
    let lines = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    let words = lines.map(|line| line.split_once(' ').expect("an instruction"));
    words
        .map(|(name, rest)| (name.to_owned(), rest.to_owned()))
        .collect()
}

#[tokio::test]
async fn what_the_container_file_names_exists() {
    let home = Home::new();
    let all = instructions(&text("contrib/container/Containerfile"));
    let of = |name: &str| {
        let found = all.iter().filter(|(known, _)| known == name);
        found.map(|(_, rest)| rest.as_str()).collect::<Vec<_>>()
    };
    // The image has no root, and its data are in a volume that belongs to its user.
    assert_eq!(of("USER"), ["10001:10001"]);
    assert_eq!(of("VOLUME"), ["/var/lib/heddle"]);
    assert!(
        of("RUN")
            .iter()
            .any(|run| run.contains("-o 10001 -g 10001 /var/lib/heddle"))
    );
    assert!(
        of("RUN")
            .iter()
            .any(|run| run.contains("cargo build") && run.contains("--package heddle"))
    );
    for copy in of("COPY") {
        if let Some(from) = copy.strip_prefix("--from=build /source/") {
            let source = from.split(' ').next().expect("a path");
            let exists = source == "target/release/heddle" || top().join(source).exists();
            assert!(exists, "{copy}");
        }
    }
    // An image from the source is the last stage; both kinds of image begin with the same one, which has all settings.
    let stages = of("FROM");
    assert_eq!(stages.last(), Some(&"system"));
    assert!(stages.contains(&"system AS finished"), "{stages:?}");
    let programs = of("COPY")
        .into_iter()
        .filter(|copy| copy.ends_with(" /usr/bin/heddle"));
    assert_eq!(programs.count(), 2);
    // The settings are keys of the configuration, and in force.
    let settings = of("ENV")
        .into_iter()
        .map(|line| line.split_once('=').expect("a value"));
    let mut check = home.command(&["check-config", "--json"]);
    check.envs(settings.clone().collect::<Vec<_>>());
    let output = in_time("the end of a command", check.output())
        .await
        .expect("it starts");
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for (_, value) in settings {
        assert!(shown.contains(value), "{value} in {shown}");
    }
    // The commands exist.
    let words = |text: &str| -> Vec<String> {
        let list = text.find('[').map(|at| &text[at..]).expect("a list");
        serde_json::from_str(list).expect("words")
    };
    assert_eq!(words(of("ENTRYPOINT")[0]), ["heddle"]);
    let health = words(of("HEALTHCHECK")[0]);
    assert_eq!(health[0], "heddle");
    for command in [&health[1..], &words(of("CMD")[0])[..]] {
        let command: Vec<&str> = command
            .iter()
            .map(String::as_str)
            .chain(["--help"])
            .collect();
        assert!(home.run(&command).await.status.success(), "{command:?}");
    }
}

/// The health check of the image is the answer of the server, by the socket in the volume.
#[tokio::test]
async fn the_health_check_succeeds_while_a_server_runs() {
    let home = Home::new();
    home.json(&["init", &home.text("data")]).await;
    let source = ["--data", &home.text("data")];
    let _server = home.serve(&[&["serve"], &source[..]].concat()).await;
    let status = home.json(&[&["status"], &source[..]].concat()).await;
    assert!(status.to_string().contains("uptime"), "{status}");
}
