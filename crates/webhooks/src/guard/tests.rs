use parking_lot::Mutex;

use super::*;

/// Resolves names from a script, with one list of addresses per call.
#[derive(Debug, Default)]
struct Scripted {
    answers: Mutex<Vec<Vec<&'static str>>>,
    asked: Mutex<Vec<String>>,
}

impl Scripted {
    fn new(answers: impl IntoIterator<Item = Vec<&'static str>>) -> Self {
        let mut answers: Vec<_> = answers.into_iter().collect();
        answers.reverse();
        Self {
            answers: Mutex::new(answers),
            asked: Mutex::default(),
        }
    }
}

impl Resolve for Scripted {
    fn resolve<'a>(&'a self, name: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            self.asked.lock().push(name.to_owned());
            let answer = self.answers.lock().pop();
            let answer = answer.ok_or_else(|| io::Error::other("no more answers"))?;
            Ok(answer
                .iter()
                .map(|text| text.parse().expect("an address"))
                .collect())
        })
    }
}

struct Lists {
    server: AllowList,
    account: AllowList,
    webhook: AllowList,
}

impl Lists {
    fn of(server: &str, account: &str, webhook: &str) -> Self {
        let list = |text| AllowList::parse(text).expect("a list");
        Self {
            server: list(server),
            account: list(account),
            webhook: list(webhook),
        }
    }

    fn allow_lists(&self) -> AllowLists<'_> {
        AllowLists {
            server: &self.server,
            account: &self.account,
            webhook: &self.webhook,
        }
    }
}

fn check(url: &str, lists: &Lists) -> Result<(), Refusal> {
    Target::parse(url)?.check(&lists.allow_lists())
}

/// Notations of internal addresses and names. Each must be refused without resolving it.
const INTERNAL: &[&str] = &[
    // Addresses of the loopback.
    "http://127.0.0.1/",
    "http://127.0.0.1./",
    "http://127.1/",
    "http://127.0.1/",
    "http://127.255.255.254:8080/",
    "http://2130706433/",
    "http://017700000001/",
    "http://0x7f000001/",
    "http://0x7f.0x0.0x0.0x1/",
    "http://0177.0.0.01/",
    "http://0x7f.1/",
    "http://127.0x000001/",
    "http://%31%32%37.0.0.1/",
    "http://%30x7f.1/",
    "http://１２７.０.０.１/",
    "http://127。0。0。1/",
    "http://127．0．0．1/",
    "http://①②⑦.⓪.⓪.①/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::FFFF:7F00:0001]:80/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::127.0.0.1]/",
    "http://[64:ff9b:1::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:7f00:1::]/",
    "http://[2a00:1450::5efe:127.0.0.1]/",
    "http://[2a00:1450::200:5efe:10.0.0.1]/",
    // The unspecified address, and addresses of this network.
    "http://0/",
    "http://0.0.0.0/",
    "http://0.1.2.3/",
    "http://[::]/",
    "http://[::ffff:0.0.0.0]/",
    // Private addresses.
    "http://10.0.0.1/",
    "http://012.0.0.1/",
    "http://167772161/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.1.1/",
    "http://0xc0a80101/",
    "http://[fc00::1]/",
    "http://[fd12:3456:789a::1]/",
    "http://[fec0::1]/",
    // Link-local addresses, at which clouds serve metadata.
    "http://169.254.169.254/latest/meta-data",
    "http://2852039166/",
    "http://0251.0376.0251.0376/",
    "http://0xa9fea9fe/",
    "http://[::ffff:169.254.169.254]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
    "http://168.63.129.16/",
    "http://100.100.100.200/",
    // All other addresses that the public Internet does not route.
    "http://100.64.0.1/",
    "http://192.0.0.192/",
    "http://192.0.2.1/",
    "http://192.88.99.1/",
    "http://198.18.0.1/",
    "http://198.51.100.1/",
    "http://203.0.113.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://4294967295/",
    "http://[ff02::1]/",
    "http://[100::1]/",
    "http://[2001:db8::1]/",
    "http://[3fff::1]/",
    "http://[4000::1]/",
    // Names of internal hosts.
    "http://localhost/",
    "http://LOCALHOST/",
    "http://localhost./",
    "http://loc%61lhost/",
    "http://ⓛocalhost/",
    "http://db.localhost:5432/",
    "http://printer.local/",
    "http://metadata.google.internal/",
    "http://router.home.arpa/",
    "http://crm/",
    "http://crm./",
    "http://localhost。localdomain/",
];

#[test]
fn internal_addresses_are_refused_in_every_spelling() {
    const { assert!(INTERNAL.len() >= 40) };
    let none = Lists::of("", "", "");
    for url in INTERNAL {
        let refused = check(url, &none);
        assert!(
            matches!(
                refused,
                Err(Refusal::InternalAddress(_) | Refusal::InternalName(_))
            ),
            "{url}: {refused:?}"
        );
    }
}

#[test]
fn a_text_that_is_not_a_plain_url_is_refused() {
    let none = Lists::of("", "", "");
    let long = format!("https://example.org/{}", "x".repeat(LONGEST_URL));
    for (url, refusal) in [
        ("", Refusal::NotAUrl),
        ("example.org", Refusal::NotAUrl),
        ("http://", Refusal::NotAUrl),
        ("http:///127.0.0.1", Refusal::NotAUrl),
        ("http:\\\\127.0.0.1", Refusal::NotAUrl),
        ("http://127.0.0.1\t/", Refusal::NotAUrl),
        (" http://example.org/", Refusal::NotAUrl),
        ("http://exa\nmple.org/", Refusal::NotAUrl),
        ("http://[fe80::1%25eth0]/", Refusal::NotAUrl),
        ("http://[::1/", Refusal::NotAUrl),
        ("http://256.1.1.1/", Refusal::NotAUrl),
        ("http://0x100000000/", Refusal::NotAUrl),
        ("http://1.2.3.4.5/", Refusal::NotAUrl),
        ("http://127.0.0.09/", Refusal::NotAUrl),
        (long.as_str(), Refusal::NotAUrl),
        ("ftp://example.org/", Refusal::Scheme),
        ("file:///etc/passwd", Refusal::NotAUrl),
        ("gopher://example.org/", Refusal::Scheme),
        ("http://user@example.org/", Refusal::UserInfoOrFragment),
        (
            "http://user:secret@example.org/",
            Refusal::UserInfoOrFragment,
        ),
        ("http://example.org@127.0.0.1/", Refusal::UserInfoOrFragment),
        ("http://example.org/#x", Refusal::UserInfoOrFragment),
        ("http://example.org:0/", Refusal::Port),
        ("http://example.org:65536/", Refusal::NotAUrl),
    ] {
        assert_eq!(check(url, &none), Err(refusal), "{url}");
    }
}

#[test]
fn public_addresses_and_names_pass() {
    let none = Lists::of("", "", "");
    for url in [
        "https://example.org/hook?token=x",
        "http://example.org:8080/",
        "https://EXAMPLE.org./",
        "https://bücher.example/",
        "http://1.1.1.1/",
        "http://[2606:4700:4700::1111]/",
        "http://[::ffff:1.1.1.1]/",
        "http://172.15.0.1/",
        "http://172.32.0.1/",
        "http://100.63.255.255/",
        "http://100.128.0.1/",
        "http://192.0.1.1/",
        "http://198.20.0.1/",
        "http://223.255.255.255/",
        "http://notlocalhost.example/",
        "http://local.example/",
    ] {
        assert_eq!(check(url, &none), Ok(()), "{url}");
    }
}

#[test]
fn operators_allow_addresses_and_webhooks_only_restrict() {
    let url = "http://10.1.2.3/";
    for (server, account, webhook, passes) in [
        ("", "", "", false),
        ("10.0.0.0/8", "", "", true),
        ("", "10.1.0.0/16", "", true),
        ("", "", "10.0.0.0/8", false),
        ("10.0.0.0/8", "", "10.1.2.3", true),
        ("10.0.0.0/8", "", "10.1.2.4", false),
        ("10.2.0.0/16", "10.3.0.0/16", "", false),
        ("crm.example", "", "", false),
    ] {
        let lists = Lists::of(server, account, webhook);
        let found = check(url, &lists).is_ok();
        assert_eq!(found, passes, "{server:?} {account:?} {webhook:?}");
    }
    // Every notation passes if its address is allowed.
    let all = Lists::of("0.0.0.0/0,::/0", "", "");
    for url in INTERNAL {
        let passed = check(url, &all);
        assert!(
            !matches!(passed, Err(Refusal::InternalAddress(_))),
            "{url}: {passed:?}"
        );
    }
}

async fn addresses(url: &str, lists: &Lists, resolver: &Scripted) -> Result<Vec<String>, Refusal> {
    let target = Target::parse(url)?;
    let found = target.addresses(&lists.allow_lists(), resolver).await?;
    Ok(found.iter().map(ToString::to_string).collect())
}

#[tokio::test]
async fn every_resolved_address_is_checked() {
    let none = Lists::of("", "", "");
    for (answer, expected) in [
        (
            vec!["93.184.215.14"],
            Ok(vec!["93.184.215.14:80".to_owned()]),
        ),
        (
            vec!["127.0.0.1", "93.184.215.14", "::1", "::ffff:10.0.0.1"],
            Ok(vec!["93.184.215.14:80".to_owned()]),
        ),
        (
            vec!["169.254.169.254", "fe80::1", "64:ff9b::a00:1"],
            Err(Refusal::InternalOnly("hook.example".into())),
        ),
        (vec![], Err(Refusal::NoAddress("hook.example".into()))),
    ] {
        let resolver = Scripted::new([answer]);
        assert_eq!(
            addresses("http://hook.example/", &none, &resolver).await,
            expected
        );
    }
    let silent = Scripted::default();
    let refused = addresses("http://hook.example/", &none, &silent).await;
    assert_eq!(refused, Err(Refusal::LookupFailed("hook.example".into())));
}

#[tokio::test]
async fn a_name_is_resolved_once_per_connection() {
    let none = Lists::of("", "", "");
    let resolver = Scripted::new([vec!["93.184.215.14"], vec!["127.0.0.1"]]);
    let first = addresses("http://rebind.example/", &none, &resolver).await;
    assert_eq!(first, Ok(vec!["93.184.215.14:80".into()]));
    assert_eq!(resolver.asked.lock().len(), 1);
    let second = addresses("http://rebind.example/", &none, &resolver).await;
    assert_eq!(second, Err(Refusal::InternalOnly("rebind.example".into())));
}

#[tokio::test]
async fn internal_names_are_never_looked_up_unless_allowed() {
    let none = Lists::of("", "", "");
    let resolver = Scripted::new([vec!["10.0.0.9"], vec!["10.0.0.9"], vec!["10.0.0.9"]]);
    let refused = addresses("http://crm/", &none, &resolver).await;
    assert_eq!(refused, Err(Refusal::InternalName("crm".into())));
    assert!(resolver.asked.lock().is_empty());
    let allowed = Lists::of("crm", "", "");
    let found = addresses("http://crm:8080/", &allowed, &resolver).await;
    assert_eq!(found, Ok(vec!["10.0.0.9:8080".into()]));
    // A name that is allowed because of its network, and one that the webhook's own list does not contain.
    let by_network = Lists::of("", "10.0.0.0/24", "");
    let found = addresses("http://hook.example/", &by_network, &resolver).await;
    assert_eq!(found, Ok(vec!["10.0.0.9:80".into()]));
    let narrowed = Lists::of("", "10.0.0.0/24", "10.0.0.8");
    let refused = addresses("http://hook.example/", &narrowed, &resolver).await;
    assert_eq!(refused, Err(Refusal::InternalOnly("hook.example".into())));
}

#[test]
fn a_redirect_is_checked_like_a_url() {
    let none = Lists::of("", "", "");
    let from = Target::parse("https://example.org/a/b").expect("a URL");
    let to = |location: &str| {
        let target = from.redirected(location)?;
        target
            .check(&none.allow_lists())
            .map(|()| target.url().to_string())
    };
    assert_eq!(to("/c"), Ok("https://example.org/c".into()));
    assert_eq!(to("http://a.example/c"), Ok("http://a.example/c".into()));
    for inside in [
        "http://127.0.0.1/",
        "//169.254.169.254/",
        "http://0x7f.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://localhost/",
    ] {
        assert!(to(inside).is_err(), "{inside}");
    }
    assert_eq!(to("file:///etc/passwd"), Err(Refusal::Scheme));
    assert_eq!(
        to("http://u:p@a.example/"),
        Err(Refusal::UserInfoOrFragment)
    );
}
