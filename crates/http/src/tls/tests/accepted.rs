//! What the listener accepts, tried one by one and compared with the table of `docs/operating.md`.
//!
//! The client here writes the first message of a handshake itself, because no TLS library offers what is old and weak.

use std::collections::BTreeSet;

use rustls::client::{ClientConnection, Resumption};
use rustls::crypto::cipher::{OutboundChunks, OutboundPlainMessage};
use rustls::pki_types::ServerName;
use rustls::{
    CipherSuite, ClientConfig, ConnectionTrafficSecrets, ContentType, HandshakeKind, NamedGroup,
    ProtocolVersion, RootCertStore, ServerConnection, SupportedCipherSuite,
    SupportedProtocolVersion, version,
};

use super::*;

const PAGE: &str = include_str!("../../../../../docs/operating.md");
const RSA_CHAIN: &str = include_str!("../rsa.pem");
const RSA_KEY: &str = include_str!("../rsa.key");

const SSL3: u16 = 0x0300;
const TLS10: u16 = 0x0301;
const TLS11: u16 = 0x0302;
const TLS12: u16 = 0x0303;
const TLS13: u16 = 0x0304;
/// The numbers of extensions.
const GROUPS: u16 = 10;
const POINT_FORMATS: u16 = 11;
const SIGNATURES: u16 = 13;
const ALPN: u16 = 16;
const VERSIONS: u16 = 43;
const PSK_MODES: u16 = 45;
const KEY_SHARE: u16 = 51;

/// The first message of a client.
#[derive(Clone, Debug)]
struct Hello {
    version: u16,
    suites: Vec<u16>,
    compressions: Vec<u8>,
    groups: Vec<u16>,
    protocols: Vec<&'static str>,
}

/// What the server chose.
#[derive(Debug, Default, PartialEq, Eq)]
struct Chosen {
    version: u16,
    suite: u16,
    compression: u8,
    /// Only for TLS 1.3: the group of which the server wants a key.
    group: u16,
    /// Only for TLS 1.2.
    protocol: String,
    /// Whether the server wants a certificate of the client.
    asks_for_certificate: bool,
}

/// Returns the bytes behind their length, which has so many bytes.
fn counted(width: usize, bytes: &[u8]) -> Vec<u8> {
    let length = (bytes.len() as u64).to_be_bytes();
    [&length[length.len() - width..], bytes].concat()
}

fn numbers(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_be_bytes()).collect()
}

impl Hello {
    /// Offers everything that the listener accepts.
    fn of(version: u16) -> Self {
        let provider = ring::default_provider();
        let suites = provider.cipher_suites.iter();
        let groups = provider.kx_groups.iter();
        Self {
            version,
            suites: suites.map(|suite| suite.suite().into()).collect(),
            compressions: vec![0],
            groups: groups.map(|group| group.name().into()).collect(),
            protocols: Vec::new(),
        }
    }

    /// Returns the handshake message.
    fn message(&self) -> Vec<u8> {
        let protocols = self.protocols.iter();
        let protocols: Vec<u8> = protocols
            .flat_map(|name| counted(1, name.as_bytes()))
            .collect();
        let mut extensions = vec![
            (GROUPS, counted(2, &numbers(&self.groups))),
            (POINT_FORMATS, counted(1, &[0])),
            (
                SIGNATURES,
                counted(2, &numbers(&[0x0403, 0x0503, 0x0804, 0x0401])),
            ),
        ];
        if self.version == TLS13 {
            extensions.push((VERSIONS, counted(1, &numbers(&[TLS13]))));
            extensions.push((PSK_MODES, counted(1, &[1])));
            // No key: so the server says of which group it wants one.
            extensions.push((KEY_SHARE, counted(2, &[])));
        }
        if !protocols.is_empty() {
            extensions.push((ALPN, counted(2, &protocols)));
        }
        let extensions = extensions
            .into_iter()
            .flat_map(|(number, content)| [number.to_be_bytes().to_vec(), counted(2, &content)])
            .flatten()
            .collect::<Vec<u8>>();
        let body = [
            self.version.min(TLS12).to_be_bytes().to_vec(),
            vec![7; 32],
            counted(1, &[]),
            counted(2, &numbers(&self.suites)),
            counted(1, &self.compressions),
            counted(2, &extensions),
        ];
        [vec![1], counted(3, &body.concat())].concat()
    }

    /// Returns the record with the message.
    fn record(&self) -> Vec<u8> {
        let version = self.version.min(TLS10).to_be_bytes();
        [&[22], &version[..], &counted(2, &self.message())].concat()
    }

    /// Returns what a server with this identity chooses, or why it refuses.
    fn try_on(&self, identity: &Identity) -> Result<Chosen, rustls::Error> {
        try_bytes(identity, &self.record())
    }
}

fn try_bytes(identity: &Identity, bytes: &[u8]) -> Result<Chosen, rustls::Error> {
    let mut server = ServerConnection::new(Arc::clone(&identity.0))?;
    server.read_tls(&mut &bytes[..]).expect("in memory");
    let heard = server.process_new_packets();
    let mut sent = Vec::new();
    while server.wants_write() {
        server.write_tls(&mut sent).expect("in memory");
    }
    heard?;
    Ok(Chosen::read(&sent))
}

/// Reads big-endian numbers and texts with their lengths.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }

    fn number(&mut self, width: usize) -> usize {
        self.take(width)
            .iter()
            .fold(0, |number, byte| number << 8 | usize::from(*byte))
    }

    fn counted(&mut self, width: usize) -> Self {
        let length = self.number(width);
        Self(self.take(length))
    }
}

impl Chosen {
    /// Reads the unencrypted messages of a server.
    fn read(records: &[u8]) -> Self {
        let mut chosen = Self::default();
        let mut records = Reader(records);
        let mut messages = Vec::new();
        while !records.0.is_empty() {
            let kind = records.number(1);
            records.take(2);
            let content = records.counted(2);
            if kind == 22 {
                messages.extend_from_slice(content.0);
            }
        }
        let mut messages = Reader(&messages);
        while !messages.0.is_empty() {
            let (kind, content) = (messages.number(1), messages.counted(3));
            match kind {
                2 => chosen.read_hello(content),
                13 => chosen.asks_for_certificate = true,
                _ => {}
            }
        }
        chosen
    }

    fn read_hello(&mut self, mut hello: Reader<'_>) {
        self.version = hello.number(2) as u16;
        hello.take(32);
        hello.counted(1);
        self.suite = hello.number(2) as u16;
        self.compression = hello.number(1) as u8;
        let mut extensions = hello.counted(2);
        while !extensions.0.is_empty() {
            let (number, mut content) = (extensions.number(2) as u16, extensions.counted(2));
            match number {
                VERSIONS => self.version = content.number(2) as u16,
                KEY_SHARE => self.group = content.number(2) as u16,
                ALPN => {
                    let protocol = content.counted(2).counted(1).0;
                    self.protocol = String::from_utf8(protocol.to_vec()).expect("a text");
                }
                _ => {}
            }
        }
    }
}

/// The identities with a key of each kind.
fn identities() -> [(&'static str, Identity); 2] {
    let [ecdsa, rsa] = [(CHAIN, KEY), (RSA_CHAIN, RSA_KEY)]
        .map(|(chain, key)| load(chain, key).expect("an identity"));
    [("ECDSA", ecdsa), ("RSA", rsa)]
}

/// Returns what the row of the table names between backticks.
fn documented(row: &str) -> BTreeSet<String> {
    let section = PAGE.split("### What the TLS listener accepts").nth(1);
    let section = section.expect("the section");
    let section = section.split("\n#").next().unwrap_or_default();
    let start = format!("| {row} |");
    let line = section.lines().find(|line| line.starts_with(&start));
    let line = line.unwrap_or_else(|| panic!("no row {row:?}"));
    let words = line[start.len()..].split('`').skip(1).step_by(2);
    words.map(str::to_owned).collect()
}

fn names(names: impl IntoIterator<Item = impl Into<String>>) -> BTreeSet<String> {
    names.into_iter().map(Into::into).collect()
}

/// Returns the name of a cipher suite in the registry of IANA.
fn suite_name(suite: u16) -> String {
    let name = CipherSuite::from(suite).as_str().expect("a known suite");
    name.replace("TLS13_", "TLS_")
}

/// The cipher suites that were ever defined, and many that were not: all that begin with these bytes.
fn suites() -> impl Iterator<Item = u16> {
    [0x00, 0x13, 0x56, 0xc0, 0xcc, 0xd0, 0xfe]
        .into_iter()
        .flat_map(|high: u16| (0..=0xff).map(move |low| high << 8 | low))
}

#[test]
fn the_versions_are_those_of_the_table() {
    for (_, identity) in identities() {
        let mut accepted = BTreeSet::new();
        for (name, version) in [
            ("SSL 3.0", SSL3),
            ("TLS 1.0", TLS10),
            ("TLS 1.1", TLS11),
            ("TLS 1.2", TLS12),
            ("TLS 1.3", TLS13),
        ] {
            match Hello::of(version).try_on(&identity) {
                Ok(chosen) => {
                    assert_eq!(chosen.version, version);
                    accepted.insert(name.to_owned());
                }
                Err(error) => assert!(version < TLS12, "{name}: {error}"),
            }
        }
        assert_eq!(accepted, documented("protocol versions"));
        // The first message of SSL 2.0.
        let ssl2 = [
            &[0x80, 0x1c, 1, 0, 2, 0, 3, 0, 0, 0, 16, 7, 0, 0xc0][..],
            &[7; 16],
        ];
        assert!(try_bytes(&identity, &ssl2.concat()).is_err());
    }
}

#[test]
fn the_cipher_suites_are_those_of_the_table() {
    for (kind, identity) in identities() {
        for (version, row) in [
            (TLS13, "cipher suites of TLS 1.3".to_owned()),
            (
                TLS12,
                format!("cipher suites of TLS 1.2, certificate with an {kind} key"),
            ),
        ] {
            let accepted = suites().filter(|suite| {
                let hello = Hello {
                    suites: vec![*suite],
                    ..Hello::of(version)
                };
                hello
                    .try_on(&identity)
                    .is_ok_and(|chosen| chosen.suite == *suite)
            });
            assert_eq!(names(accepted.map(suite_name)), documented(&row), "{row}");
        }
    }
}

#[test]
fn the_groups_are_those_of_the_table() {
    let [(_, identity), _] = identities();
    for version in [TLS12, TLS13] {
        let all = (0..0x0200).chain(0x11e0..0x1200).chain(0x6390..0x63a0);
        let accepted = all.filter(|group| {
            let hello = Hello {
                groups: vec![*group],
                ..Hello::of(version)
            };
            hello.try_on(&identity).is_ok_and(|chosen| {
                assert!(version == TLS12 || chosen.group == *group);
                true
            })
        });
        let named = accepted.map(|group| format!("{:?}", NamedGroup::from(group)));
        assert_eq!(names(named), documented("key exchange groups"));
    }
}

#[test]
fn the_protocols_are_those_of_the_table() {
    let [(_, identity), _] = identities();
    let choose = |protocols: &[&'static str]| {
        let hello = Hello {
            protocols: protocols.to_vec(),
            ..Hello::of(TLS12)
        };
        hello.try_on(&identity).map(|chosen| chosen.protocol)
    };
    let all = [
        "h2", "h2c", "h3", "http/0.9", "http/1.0", "http/1.1", "spdy/3.1", "x",
    ];
    let accepted = all.into_iter().filter_map(|name| choose(&[name]).ok());
    assert_eq!(names(accepted), documented("protocols (ALPN)"));
    assert_eq!(choose(&["http/1.1", "h2"]).expect("both"), "h2");
    assert_eq!(choose(&[]).expect("none"), "");
}

#[test]
fn nothing_is_compressed_and_no_client_needs_a_certificate() {
    assert_eq!(documented("compression"), names(["none"]));
    assert_eq!(documented("certificates of clients"), names(["none"]));
    for (_, identity) in identities() {
        for version in [TLS12, TLS13] {
            let deflate = Hello {
                compressions: vec![1],
                ..Hello::of(version)
            };
            assert!(deflate.try_on(&identity).is_err());
        }
        let both = Hello {
            compressions: vec![1, 0],
            ..Hello::of(TLS12)
        };
        let chosen = both.try_on(&identity).expect("without compression");
        assert_eq!(
            (chosen.compression, chosen.asks_for_certificate),
            (0, false)
        );
    }
}

/// Returns a client that trusts `ca.pem`, with a memory of sessions.
fn client(
    versions: &[&'static SupportedProtocolVersion],
    suites: &[SupportedCipherSuite],
) -> ClientConfig {
    let authority = CertificateDer::from_pem_slice(include_bytes!("../ca.pem"));
    let mut roots = RootCertStore::empty();
    roots.add(authority.expect("valid")).expect("valid");
    let mut provider = ring::default_provider();
    if !suites.is_empty() {
        provider.cipher_suites = suites.to_vec();
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(versions)
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = Resumption::in_memory_sessions(8);
    config
}

/// Makes a connection in memory, with everything that the two say without being asked.
fn connect(
    config: &Arc<ClientConfig>,
    identity: &Identity,
) -> (ClientConnection, ServerConnection) {
    let name = ServerName::try_from("api.vendor.example").expect("a name");
    let client = ClientConnection::new(Arc::clone(config), name);
    let mut client = client.expect("a client");
    let mut server = ServerConnection::new(Arc::clone(&identity.0)).expect("a server");
    while client.wants_write() || server.wants_write() {
        let mut bytes = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut bytes).expect("in memory");
        }
        server.read_tls(&mut &bytes[..]).expect("in memory");
        server.process_new_packets().expect("TLS");
        bytes.clear();
        while server.wants_write() {
            server.write_tls(&mut bytes).expect("in memory");
        }
        client.read_tls(&mut &bytes[..]).expect("in memory");
        client.process_new_packets().expect("TLS");
    }
    (client, server)
}

#[test]
fn sessions_are_resumed_from_memory_and_there_is_no_early_data() {
    assert_eq!(documented("session resumption"), names(["from memory"]));
    assert_eq!(documented("early data (0-RTT)"), names(["none"]));
    let [(_, identity), _] = identities();
    for version in [&version::TLS12, &version::TLS13] {
        let mut config = client(&[version], &[]);
        config.enable_early_data = true;
        let config = Arc::new(config);
        let kind = |identity| {
            let (mut client, server) = connect(&config, identity);
            assert!(client.early_data().is_none());
            assert_eq!(client.handshake_kind(), server.handshake_kind());
            client.handshake_kind()
        };
        assert_eq!(kind(&identity), Some(HandshakeKind::Full));
        assert_eq!(kind(&identity), Some(HandshakeKind::Resumed));
        // A new certificate, or a restart.
        let other = load(CHAIN, KEY).expect("an identity");
        assert_eq!(kind(&other), Some(HandshakeKind::Full));
    }
    assert!(!identity.0.ticketer.enabled(), "no keys of tickets");
}

#[test]
fn a_client_cannot_renegotiate() {
    assert_eq!(documented("renegotiation"), names(["refused"]));
    let [(_, identity), _] = identities();
    let suite = ring::cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384;
    let SupportedCipherSuite::Tls12(parts) = suite else {
        panic!("a suite of TLS 1.2");
    };
    let mut config = client(&[&version::TLS12], &[suite]);
    config.enable_secret_extraction = true;
    let (client, mut server) = connect(&Arc::new(config), &identity);
    let (count, secrets) = client.dangerous_extract_secrets().expect("secrets").tx;
    let ConnectionTrafficSecrets::Aes256Gcm { key, iv } = secrets else {
        panic!("the keys of the suite");
    };
    let (fixed, explicit) = iv.as_ref().split_at(4);
    let mut encrypter = parts.aead_alg.encrypter(key, fixed, explicit);
    let hello = Hello::of(TLS12).message();
    let plain = OutboundPlainMessage {
        typ: ContentType::Handshake,
        version: ProtocolVersion::TLSv1_2,
        payload: OutboundChunks::Single(&hello),
    };
    let record = encrypter.encrypt(plain, count).expect("encrypted").encode();
    server.read_tls(&mut &record[..]).expect("in memory");
    server.process_new_packets().expect("a refusal");
    let mut reply = Vec::new();
    server.write_tls(&mut reply).expect("in memory");
    const ALERT: u8 = 21;
    assert_eq!(reply[0], ALERT, "and no new handshake");
}
