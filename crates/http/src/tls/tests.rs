//! Identities are read from files; each fault is named.

use std::fs;

use super::*;

mod accepted;

const CHAIN: &str = include_str!("server.pem");
const KEY: &str = include_str!("server.key");
const OTHER_KEY: &str = include_str!("other.key");

fn load(chain: &str, key: &str) -> Result<Identity, TlsError> {
    let folder = tempfile::tempdir().expect("a folder");
    let (chain_file, key_file) = (
        folder.path().join("chain.pem"),
        folder.path().join("key.pem"),
    );
    fs::write(&chain_file, chain).expect("written");
    fs::write(&key_file, key).expect("written");
    Identity::load(&chain_file, &key_file)
}

/// Waits until [`follow`] has looked at the files once more.
async fn looked() {
    tokio::time::advance(LOOK_EVERY).await;
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_replaced_certificate_is_used_and_a_wrong_one_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = Files {
        certificate: folder.path().join("chain.pem"),
        key: folder.path().join("key.pem"),
    };
    fs::write(&files.certificate, CHAIN).expect("written");
    fs::write(&files.key, KEY).expect("written");
    let tls = Tls::new(Identity::load(&files.certificate, &files.key).expect("an identity"));
    let used = || Arc::clone(&tls.0.read().0);
    let ending = CancellationToken::new();
    let following = tokio::spawn(follow(tls.clone(), files.clone(), ending.clone()));
    looked().await;
    let first = used();
    looked().await;
    assert!(Arc::ptr_eq(&first, &used()), "nothing has changed");
    fs::write(&files.key, OTHER_KEY).expect("written");
    looked().await;
    assert!(Arc::ptr_eq(&first, &used()), "the key does not fit");
    fs::remove_file(&files.key).expect("removed");
    looked().await;
    assert!(Arc::ptr_eq(&first, &used()), "the key is missing");
    fs::write(&files.key, KEY).expect("written");
    fs::write(&files.certificate, format!("# renewed\n{CHAIN}")).expect("written");
    looked().await;
    assert!(!Arc::ptr_eq(&first, &used()), "the new one is used");
    ending.cancel();
    following.await.expect("it ends");
}

#[test]
fn a_chain_and_its_key_are_an_identity() {
    let identity = load(CHAIN, KEY).expect("an identity");
    assert_eq!(format!("{identity:?}"), "Identity", "no key is ever shown");
    let text = format!("# a comment\n{CHAIN}");
    assert!(load(&text, &format!("{KEY}\n")).is_ok());
}

#[test]
fn every_fault_of_the_files_has_a_sentence() {
    for (chain, key, sentence) in [
        ("", KEY, "chain.pem has no certificate in PEM form"),
        (
            "no certificate",
            KEY,
            "chain.pem has no certificate in PEM form",
        ),
        (KEY, KEY, "chain.pem has no certificate in PEM form"),
        (CHAIN, "", "cannot read a private key from"),
        (CHAIN, CHAIN, "cannot read a private key from"),
        (
            CHAIN,
            OTHER_KEY,
            "the certificate and the key cannot be used",
        ),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            KEY,
            "the certificate and the key cannot be used",
        ),
        (
            "-----BEGIN CERTIFICATE-----\n%%%\n",
            KEY,
            "cannot read a certificate from",
        ),
    ] {
        let refused = load(chain, key).expect_err("not an identity").to_string();
        assert!(refused.contains(sentence), "{refused}");
    }
    let missing = Identity::load(
        Path::new("/nowhere/chain.pem"),
        Path::new("/nowhere/key.pem"),
    );
    let refused = missing.expect_err("no file").to_string();
    assert!(refused.contains("/nowhere/chain.pem"), "{refused}");
}
