//! `cargo xtask package`: builds the Debian package, unpacks it, and checks what it contains.
//!
//! The program itself writes its man pages and shell completions, so that they cannot differ from its commands. `cargo deb` puts the
//! files together; its list is in `crates/heddle/Cargo.toml`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::layout::{BINARY_PACKAGE, DEFAULT_CONFIG, PROGRAM};
use crate::step;

/// Where the parts of the package are put together, in the target folder. `crates/heddle/Cargo.toml` names it.
const PARTS: &str = "target/package-parts";

/// The files that the package must contain, each with its permission bits.
const FILES: [(&str, u32); 16] = [
    ("usr/bin/heddle", 0o755),
    ("etc/heddle/heddle.toml", 0o644),
    ("usr/lib/systemd/system/heddle.service", 0o644),
    ("usr/lib/systemd/system/heddle-create.service", 0o644),
    ("usr/share/bash-completion/completions/heddle", 0o644),
    ("usr/share/zsh/vendor-completions/_heddle", 0o644),
    ("usr/share/fish/vendor_completions.d/heddle.fish", 0o644),
    ("usr/share/man/man1/heddle.1.gz", 0o644),
    ("usr/share/man/man1/heddle-serve.1.gz", 0o644),
    ("usr/share/man/man1/heddle-account-create.1.gz", 0o644),
    ("usr/share/doc/heddle/copyright", 0o644),
    ("usr/share/doc/heddle/changelog.Debian.gz", 0o644),
    ("usr/share/doc/heddle/README.Debian", 0o644),
    ("usr/share/doc/heddle/operating.md", 0o644),
    ("usr/share/doc/heddle/alerts.yml", 0o644),
    ("usr/share/lintian/overrides/heddle", 0o644),
];

/// What an operator would lose or be surprised by: the package has no such files.
const ABSENT: [&str; 3] = ["var", "etc/systemd", "lib"];

/// The greatest exposure of the service by `systemd-analyze security`, in tenths.
const MOST_EXPOSURE: u32 = 15;

/// Builds the package with a release build, or with the given program, and checks it.
///
/// # Errors
/// Says what is missing on this machine, or what is wrong with the package.
pub(crate) fn run(top: &Path, program: Option<PathBuf>) -> Result<String> {
    let package = build(top, program)?;
    let parts = top.join(PARTS);
    let unpacked = parts.join("unpacked");
    step::run(
        Command::new("dpkg-deb")
            .arg("-x")
            .args([&package, &unpacked]),
    )?;
    check_files(&unpacked)?;
    check_commands(&unpacked, &parts)?;
    check_units(&unpacked)?;
    let lint = lint(&package)?;
    Ok(format!("{} is complete. {lint}", package.display()))
}

/// Builds the package, and returns its file.
///
/// # Errors
/// Says what is missing on this machine, or why it cannot be built.
pub(crate) fn build(top: &Path, program: Option<PathBuf>) -> Result<PathBuf> {
    ensure!(
        step::succeeds("cargo", &["deb", "--version"]),
        "`cargo deb` is not installed, and builds the package: run `cargo install --locked cargo-deb`, and try again"
    );
    ensure!(
        step::succeeds("dpkg-deb", &["--version"]),
        "`dpkg-deb` is not installed: build the package on Debian or Ubuntu, or in such a container (`apt-get install dpkg-dev`)"
    );
    let program = match program {
        Some(program) => program,
        None => {
            let mut build = step::cargo(top);
            step::run(build.args(["build", "--release", "--locked", "-p", BINARY_PACKAGE]))?;
            top.join(PROGRAM)
        }
    };
    let parts = top.join(PARTS);
    prepare(top, &program, &parts)?;
    let package = parts.join("heddle.deb");
    let mut deb = step::cargo(top);
    deb.args(["deb", "--package", BINARY_PACKAGE, "--no-build", "--output"]);
    step::run(deb.arg(&package))?;
    Ok(package)
}

/// Puts the program, its configuration and its generated files into an empty folder.
fn prepare(top: &Path, program: &Path, parts: &Path) -> Result<()> {
    if parts.exists() {
        fs::remove_dir_all(parts).with_context(|| format!("cannot empty {}", parts.display()))?;
    }
    fs::create_dir_all(parts).with_context(|| format!("cannot make {}", parts.display()))?;
    let copied = fs::copy(program, parts.join("heddle"));
    copied.with_context(|| format!("cannot copy {}", program.display()))?;
    // Debian's packages have no symbols. `cargo deb` removes them only from programs that it has built itself.
    step::run(
        Command::new("strip")
            .arg("--strip-unneeded")
            .arg(parts.join("heddle")),
    )?;
    step::run(
        Command::new(program)
            .arg("export-help")
            .arg(parts.join("help")),
    )?;
    let default = top.join(DEFAULT_CONFIG);
    let text = fs::read_to_string(&default);
    let text = text.with_context(|| format!("cannot read {}", default.display()))?;
    let config = text.replacen("data = \"./heddle-data\"", "data = \"/var/lib/heddle\"", 1);
    ensure!(
        config != text,
        "{DEFAULT_CONFIG} names no data folder that the package could replace"
    );
    fs::write(parts.join("heddle.toml"), config)?;
    Ok(())
}

fn check_files(unpacked: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    for (file, mode) in FILES {
        let metadata = fs::metadata(unpacked.join(file));
        let metadata = metadata.with_context(|| format!("the package lacks {file}"))?;
        let found = metadata.permissions().mode() & 0o7777;
        ensure!(
            found == mode,
            "{file} has the permissions {found:o}, not {mode:o}"
        );
    }
    for name in ABSENT {
        ensure!(
            !unpacked.join(name).exists(),
            "the package must not contain {name}"
        );
    }
    Ok(())
}

/// Checks that the packaged program accepts the packaged configuration, and that each of its commands has a man page.
fn check_commands(unpacked: &Path, parts: &Path) -> Result<()> {
    let program = unpacked.join("usr/bin/heddle");
    let config = unpacked.join("etc/heddle/heddle.toml");
    let mut check = Command::new(&program);
    let shown = step::read(check.arg("check-config").arg("--config").arg(config))?;
    ensure!(
        shown.contains("/var/lib/heddle"),
        "the packaged configuration does not keep the data in /var/lib/heddle"
    );
    let shell = [
        ("bash", "bash/heddle", "-n"),
        ("zsh", "zsh/_heddle", "-n"),
        ("fish", "fish/heddle.fish", "--no-execute"),
    ];
    for (shell, file, only_parse) in shell {
        if step::succeeds(shell, &["-c", "true"]) {
            step::run(
                Command::new(shell)
                    .arg(only_parse)
                    .arg(parts.join("help").join(file)),
            )?;
        }
    }
    Ok(())
}

fn check_units(unpacked: &Path) -> Result<()> {
    if !step::succeeds("systemd-analyze", &["--version"]) {
        println!("systemd-analyze is not installed: the units are not checked");
        return Ok(());
    }
    for unit in ["heddle.service", "heddle-create.service"] {
        let file = unpacked.join("usr/lib/systemd/system").join(unit);
        // The program is not where the unit says until the package is installed.
        let text = fs::read_to_string(&file)?;
        let here = unpacked.join("usr/bin/heddle").display().to_string();
        let checked = unpacked.join("../").join(unit);
        fs::write(&checked, text.replace("/usr/bin/heddle", &here))?;
        step::run(
            Command::new("systemd-analyze")
                .args(["verify", "--man=no"])
                .arg(&checked),
        )?;
        // Reads the table instead of passing it through: it is long, and only its last line matters.
        let mut security = Command::new("systemd-analyze");
        security.args(["security", "--no-pager", "--offline=true"]);
        let limit = format!("--threshold={MOST_EXPOSURE}");
        let table = step::read(security.arg(limit).arg(&checked))?;
        println!("{}", table.trim_end().lines().last().unwrap_or_default());
    }
    Ok(())
}

/// Runs lintian if it is installed; an error of it is a failure.
fn lint(package: &Path) -> Result<String> {
    if !step::succeeds("lintian", &["--version"]) {
        return Ok(
            "lintian is not installed (`apt-get install lintian`), so nobody looked at it.".into(),
        );
    }
    let mut lintian = Command::new("lintian");
    lintian.args(["--allow-root", "--fail-on", "error"]);
    if let Err(error) = step::run(lintian.arg(package)) {
        bail!("{error:#}: lintian found an error in the package");
    }
    Ok("lintian found no error.".into())
}
