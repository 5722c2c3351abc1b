//! Tests of the settings of accounts and inboxes as options of commands.

use heddle_testkit::On;

use super::{furnished, with};
use crate::process::Home;

/// Checks that settings are options and results under the names that their APIs declare, whether the command opens the
/// store itself or sends the command to the server.
async fn settings_are_given_and_shown(home: &Home, source: &[String]) {
    let run = async |command: &str| {
        let words: Vec<&str> = command.split(' ').collect();
        home.run(&with(&words, source)).await
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let shown = async |command: &str| {
        let said = text(run(&format!("{command} --json")).await.stdout);
        let (_, settings) = said.split_once("\"thread_cap\"").expect("settings");
        format!("\"thread_cap\"{}", settings.trim_end())
    };
    // Compares the text, because the order of the members must not change.
    assert_eq!(
        shown("account create --name Second").await,
        r#""thread_cap":100,"lock_after_days":0,"thread_editing":0,"helpscout_rate":"off","magicline_rate":"off","mews_rate":"off","merge_redirect_days":0}}"#
    );
    assert_eq!(
        shown("account create --name Third --mews-rate vendor --thread-cap 7").await,
        r#""thread_cap":7,"lock_after_days":0,"thread_editing":0,"helpscout_rate":"off","magicline_rate":"off","mews_rate":"vendor","merge_redirect_days":0}}"#
    );
    assert_eq!(
        shown(
            "account update --account 3 --lock-after-days 36500 --magicline-rate 12 --mews-rate off --merge-redirect-days 60"
        )
        .await,
        r#""thread_cap":7,"lock_after_days":36500,"thread_editing":0,"helpscout_rate":"off","magicline_rate":"12","mews_rate":"off","merge_redirect_days":60}}"#
    );
    let listed = home.json(&with(&["account", "list"], source)).await;
    assert_eq!(listed["accounts"][2]["thread_cap"], 7);
    // The table would be wider than a terminal, so that each account is a list of names and values.
    let table = text(run("account list").await.stdout);
    let third = table.split("\n\n").find(|list| list.contains("Third"));
    let shown: Vec<_> = third.expect("an account").lines().skip(3).collect();
    let expected = [
        "thread cap           7",
        "lock after days      36500",
        "thread editing       off",
        "Help Scout rate      off",
        "Magicline rate       12",
        "Mews rate            off",
        "merge redirect days  60",
    ];
    assert_eq!(shown, expected);
    assert!(
        table.lines().all(|line| line.chars().count() <= 80),
        "{table}"
    );
    for (wrong, why) in [
        (
            "--thread-cap=-1",
            "expected a whole number from 0 to 1000000",
        ),
        (
            "--lock-after-days=36501",
            "expected a whole number from 0 to 36500",
        ),
        (
            "--helpscout-rate=0",
            "expected off, vendor or a number above 0",
        ),
        ("--rate=1", "unexpected argument"),
    ] {
        let refused = run(&format!("account update --account 1 {wrong}")).await;
        let said = text(refused.stderr);
        assert!(said.contains(why), "{said}");
        assert_eq!(refused.status.code(), Some(2));
    }
    let help = text(run("account update --help").await.stdout);
    let words: Vec<_> = help.split_whitespace().collect();
    let option = "--helpscout-rate <RATE> Help Scout: off, vendor, or requests a minute";
    assert!(words.join(" ").contains(option), "{help}");
}

#[tokio::test]
async fn settings_are_given_and_shown_before_serving() {
    for on in On::BOTH {
        let home = Home::new();
        let source = furnished(&home, on).await;
        settings_are_given_and_shown(&home, &source).await;
    }
}

#[tokio::test]
async fn settings_are_given_to_a_serving_process_and_shown_by_it() {
    let home = Home::new();
    let source = furnished(&home, On::Sqlite).await;
    let server = home.serve(&with(&["serve"], &source)).await;
    settings_are_given_and_shown(&home, &source).await;
    server.stop().await;
}
