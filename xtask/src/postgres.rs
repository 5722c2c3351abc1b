//! Makes sure that the tests find PostgreSQL's server programs and a C compiler; installs them where that is allowed.

#[path = "../../crates/testkit/src/postgres/programs.rs"]
mod programs;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::step;

/// The file that keeps Debian's packages from creating and starting a cluster; the tests create their own.
const NO_MAIN_CLUSTER: &str = "/etc/postgresql-common/createcluster.d/heddle-tests.conf";

/// How packages can be installed on this machine.
#[derive(Clone, Copy)]
struct Means {
    root: bool,
    sudo: bool,
    apt: bool,
}

/// Returns the folder of PostgreSQL's server programs; `None` if they are not installed.
pub(crate) fn server_programs() -> Option<PathBuf> {
    programs::find_bin_dir()
}

pub(crate) fn ensure(_top: &Path) -> Result<()> {
    let packages = missing();
    if !packages.is_empty() {
        install(&packages, means())?;
    }
    if !missing().is_empty() {
        bail!(
            "after the installation these are still missing: {}",
            missing().join(", ")
        );
    }
    let bin = programs::find_bin_dir().expect("nothing is missing");
    println!(
        "PostgreSQL: {}",
        step::read(Command::new(bin.join("postgres")).arg("--version"))?.trim()
    );
    Ok(())
}

fn missing() -> Vec<&'static str> {
    let mut packages = Vec::new();
    if programs::find_bin_dir().is_none() {
        packages.push("postgresql");
    }
    if !step::succeeds("cc", &["--version"]) {
        packages.extend(["gcc", "libc6-dev"]);
    }
    packages
}

fn means() -> Means {
    let user = Command::new("id").arg("-u").output();
    let root = user.is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    Means {
        root,
        sudo: step::succeeds("sudo", &["-n", "true"]),
        apt: step::succeeds("apt-get", &["--version"]),
    }
}

fn install(packages: &[&str], means: Means) -> Result<()> {
    let commands = plan(packages, means)?;
    println!(
        "missing: {}. This is permitted to install, so it does:",
        packages.join(", ")
    );
    for command in commands {
        let (program, args) = command.split_first().expect("no command is empty");
        step::run(Command::new(program).args(args))?;
    }
    Ok(())
}

/// Returns the commands that install `packages`. If they cannot be installed here, the error contains the commands for
/// the user to run.
fn plan(packages: &[&str], means: Means) -> Result<Vec<Vec<String>>> {
    let list = packages.join(" ");
    if !means.apt {
        bail!(
            "missing: {list}. There is no apt-get here: install the PostgreSQL server (15 or newer) and a C compiler by hand"
        );
    }
    if !means.root && !means.sudo {
        bail!(
            "missing: {list}. Run this, then try again: sudo apt-get update && sudo apt-get install -y {list}"
        );
    }
    let settings = format!(
        "mkdir -p \"$(dirname {NO_MAIN_CLUSTER})\" && echo 'create_main_cluster = false' > {NO_MAIN_CLUSTER}"
    );
    let mut install = vec![
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "install",
        "-y",
        "--no-install-recommends",
    ];
    install.extend(packages);
    let mut commands = vec![vec!["apt-get", "update"], install];
    if packages.contains(&"postgresql") {
        commands.insert(0, vec!["sh", "-c", &settings]);
        commands.push(vec!["rm", NO_MAIN_CLUSTER]);
    }
    let sudo: &[&str] = if means.root { &[] } else { &["sudo", "-n"] };
    let owned = |words: Vec<&str>| {
        sudo.iter()
            .copied()
            .chain(words)
            .map(str::to_owned)
            .collect()
    };
    Ok(commands.into_iter().map(owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(packages: &[&str], means: Means) -> Vec<String> {
        plan(packages, means)
            .expect("a plan")
            .iter()
            .map(|words| words.join(" "))
            .collect()
    }

    #[test]
    fn root_installs_without_a_main_cluster_and_leaves_no_setting_behind() {
        let lines = lines(
            &["postgresql"],
            Means {
                root: true,
                sudo: false,
                apt: true,
            },
        );
        assert_eq!(lines.len(), 4);
        assert!(
            lines[0].starts_with("sh -c mkdir") && lines[0].contains("create_main_cluster = false")
        );
        assert_eq!(lines[1], "apt-get update");
        assert_eq!(
            lines[2],
            "env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql"
        );
        assert_eq!(lines[3], format!("rm {NO_MAIN_CLUSTER}"));
    }

    #[test]
    fn passwordless_sudo_stands_before_every_command() {
        let lines = lines(
            &["gcc"],
            Means {
                root: false,
                sudo: true,
                apt: true,
            },
        );
        assert_eq!(
            lines,
            [
                "sudo -n apt-get update",
                "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends gcc"
            ]
        );
    }

    #[test]
    fn without_permission_the_error_is_the_command_to_run() {
        let refused = plan(
            &["postgresql"],
            Means {
                root: false,
                sudo: false,
                apt: true,
            },
        );
        let said = refused.expect_err("no permission").to_string();
        assert!(
            said.ends_with("sudo apt-get update && sudo apt-get install -y postgresql"),
            "{said}"
        );
        let refused = plan(
            &["postgresql"],
            Means {
                root: true,
                sudo: false,
                apt: false,
            },
        );
        assert!(
            refused
                .expect_err("no apt-get")
                .to_string()
                .contains("by hand")
        );
    }
}
