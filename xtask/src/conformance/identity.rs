//! A certificate for this machine and the vendor's host, signed by an authority that only the drivers trust. Both are made
//! anew for each run, by `openssl`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::step;

/// The names for which the certificate is valid.
const NAMES: &str = "subjectAltName=DNS:localhost,IP:127.0.0.1,DNS:api.helpscout.net";
const DAYS: &str = "2";

/// The files of the server's identity.
pub(super) struct Identity {
    /// The certificate of the authority.
    pub(super) authority: PathBuf,
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

impl Identity {
    /// Makes an authority, and a certificate that it signs.
    ///
    /// # Errors
    /// Fails without the program `openssl`.
    pub(super) fn make(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let file = |name: &str| folder.join(name);
        let (authority, authority_key) = (file("ca.pem"), file("ca.key"));
        let (certificate, key) = (file("server.pem"), file("server.key"));
        let (request, extensions) = (file("server.csr"), file("server.ext"));
        std::fs::write(&extensions, format!("{NAMES}\nbasicConstraints=CA:FALSE\n"))?;
        let new_key = [
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
        ];
        let mut sign_itself = openssl("req");
        sign_itself
            .args(["-x509", "-subj", "/CN=Heddle conformance", "-days", DAYS])
            .args(new_key)
            .arg("-keyout")
            .arg(&authority_key)
            .arg("-out")
            .arg(&authority);
        let mut ask = openssl("req");
        ask.args(["-subj", "/CN=localhost"])
            .args(new_key)
            .arg("-keyout")
            .arg(&key)
            .arg("-out")
            .arg(&request);
        let mut sign = openssl("x509");
        sign.args(["-req", "-CAcreateserial", "-days", DAYS, "-in"])
            .arg(&request)
            .arg("-CA")
            .arg(&authority)
            .arg("-CAkey")
            .arg(&authority_key)
            .arg("-extfile")
            .arg(&extensions)
            .arg("-out")
            .arg(&certificate);
        for command in [&mut sign_itself, &mut ask, &mut sign] {
            step::run(command).context("openssl is needed: apt-get install openssl")?;
        }
        Ok(Self {
            authority,
            certificate,
            key,
        })
    }
}

fn openssl(what: &str) -> Command {
    let mut command = Command::new("openssl");
    command.arg(what);
    command
}
