//! Tests of what an operator may write into the configuration, and of the errors for the rest.

use std::ffi::OsStr;
use std::io::Write;

use heddle_store::ObjectPlace;
use tempfile::NamedTempFile;

use super::*;

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(text.as_bytes()).expect("written");
    file
}

fn from_sources(
    path: Option<&Path>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    overrides: Overrides,
) -> Result<Config, ConfigError> {
    Config::from_sources(path, environment, overrides, &crate::apis::descriptions())
}

fn load(
    text: &str,
    environment: &[(&str, &str)],
    overrides: Overrides,
) -> Result<Config, ConfigError> {
    let file = file(text);
    let environment = environment
        .iter()
        .map(|(name, value)| (name.into(), value.into()));
    from_sources(Some(file.path()), environment, overrides)
}

fn refused(text: &str, environment: &[(&str, &str)]) -> String {
    let error = load(text, environment, Overrides::default()).expect_err("a refusal");
    error.to_string()
}

#[test]
fn the_defaults_are_complete() {
    let config = from_sources(None, [], Overrides::default()).expect("the reference parses");
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.options(None).max_connections, 4096);
    let path = PathBuf::from("./heddle-data/heddle.sqlite");
    assert_eq!(config.store.database(), StoreUrl::Sqlite(path));
    assert_eq!(config.limits.failed_auth_per_minute, 120);
    assert_eq!(
        (config.log.level, config.log.format),
        (Level::Info, Format::Text)
    );
    assert!(!config.magicline.accept_post_on_thread);
    assert_eq!(config.magicline.path_prefix.as_str(), "");
    assert_eq!(config.helpscout.token_lifetime_seconds.get(), 172_800);
    assert!(config.mews.require_client_name);
    assert!(!config.mews.development);
    assert!(config.search.enabled && config.app_options().has_search);
    assert_eq!(config.metrics.listen, None);
    assert_eq!(config.traces.otlp_endpoint, None);
    assert_eq!(config.log.otlp_endpoint, None);
    assert_eq!(f64::from(config.traces.sample_ratio), 1.0);
}

#[test]
fn the_examples_in_the_reference_are_keys_too() {
    let secret = file("postgres://u:s3cret@h/db\n");
    let path = format!("{:?}", secret.path());
    let is_example =
        |line: &&str| line.starts_with('#') && !line.starts_with("# ") && line.len() > 1;
    assert_eq!(DEFAULT.lines().filter(is_example).count(), 15);
    let key = file(&"0".repeat(64));
    let key_path = format!("{:?}", key.path());
    let text = DEFAULT
        .replace("\n#sealing_key_file", "\nsealing_key_file")
        .replace("\"/run/secrets/heddle-sealing-key\"", &key_path)
        .replace("\n#public", "\npublic")
        .replace("\n#previous", "\nprevious")
        .replace("\n#endpoint", "\nendpoint")
        .replace("\n#access", "\naccess")
        .replace("\n#secret_access_key_file", "\nsecret_access_key_file")
        .replace("\"/run/secrets/heddle-s3\"", &key_path)
        .replace("\n#tls", "\ntls")
        .replace("\n#listen", "\nlisten")
        .replace("\n#otlp", "\notlp")
        .replace("\n#max_connections_per", "\nmax_connections_per")
        .replace("\nurl = \"sqlite:\"", "")
        .replace("\n#url", "\nurl");
    let text = text.replace("\"/run/secrets/heddle-store-url\"", &path);
    let config = load(&text, &[], Overrides::default()).expect("the examples parse");
    assert!(config.server.public_url.is_some());
    assert!(config.metrics.listen.is_some());
    assert!(config.traces.otlp_endpoint.is_some());
    assert!(config.log.otlp_endpoint.is_some());
    assert!(config.server.max_connections_per_client.is_some());
    let files = [
        &config.server.tls_certificate_file,
        &config.server.tls_key_file,
    ];
    assert!(files.iter().all(|file| file.is_some()));
    assert!(config.secrets.sealing_key.is_some());
    assert!(config.objects.secret_access_key.is_some());
    assert!(config.objects.previous.is_some() && config.objects.endpoint.is_some());
    assert_eq!(
        config.store.database(),
        StoreUrl::try_from("postgres://u:s3cret@h/db".to_owned()).expect("a store URL")
    );
}

#[test]
fn half_of_tls_is_refused_with_a_sentence() {
    for (text, sentence) in [
        (
            "[server]\ntls_certificate_file = \"chain.pem\"",
            "server.tls_certificate_file in the configuration: TLS needs a certificate and a key: set server.tls_key_file, too",
        ),
        (
            "[server]\ntls_key_file = \"key.pem\"",
            "server.tls_key_file in the configuration: TLS needs a certificate and a key: set server.tls_certificate_file, too",
        ),
    ] {
        let refused = load(text, &[], Overrides::default()).expect_err("half");
        assert_eq!(refused.to_string(), sentence);
    }
    let both = "[server]\ntls_certificate_file = \"chain.pem\"\ntls_key_file = \"key.pem\"";
    let config = load(both, &[], Overrides::default()).expect("both");
    let refused = config
        .server
        .load_tls()
        .expect_err("no such file")
        .to_string();
    assert!(refused.contains("chain.pem"), "{refused}");
    let plain = load("", &[], Overrides::default()).expect("neither");
    assert!(plain.server.load_tls().expect("plain").is_none());
}

#[test]
fn a_collector_has_a_plain_url_and_a_ratio_lies_between_0_and_1() {
    let traces = |text: &str| {
        let config = load(&format!("[traces]\n{text}"), &[], Overrides::default());
        config.map(|config| config.traces)
    };
    for url in [
        "http://127.0.0.1:4318",
        "http://127.0.0.1:4318/",
        "http://otel.lan:80/a/",
    ] {
        let found = traces(&format!("otlp_endpoint = {url:?}")).expect(url);
        let found = found.otlp_endpoint.expect("a URL");
        assert!(!found.as_str().ends_with('/'), "{found:?}");
    }
    for ratio in ["0", "0.25", "1"] {
        assert!(
            traces(&format!("sample_ratio = {ratio}")).is_ok(),
            "{ratio}"
        );
    }
    for (text, reason) in [
        (
            "otlp_endpoint = \"https://otel.example\"",
            "run an OpenTelemetry collector on this machine",
        ),
        (
            "otlp_endpoint = \"grpc://otel.example\"",
            "grpc: is not http:",
        ),
        (
            "otlp_endpoint = \"127.0.0.1:4318\"",
            "expected a URL such as",
        ),
        (
            "otlp_endpoint = \"http://u:s3cret@h\"",
            "has a user or a password",
        ),
        ("otlp_endpoint = \"http://h/?token=s3cret\"", "has a query"),
        ("sample_ratio = 1.5", "1.5 is no number from 0 to 1"),
        ("sample_ratio = -0.5", "-0.5 is no number from 0 to 1"),
        ("sample_ratio = nan", "NaN is no number from 0 to 1"),
    ] {
        let refused = traces(text).expect_err(text).to_string();
        assert!(refused.starts_with("traces."), "{refused}");
        assert!(refused.contains(reason), "{refused}");
        assert!(!refused.contains("s3cret"), "{refused}");
    }
}

#[test]
fn a_host_belongs_to_one_known_api() {
    let apis = crate::apis::descriptions();
    let hosts = |text: &str| {
        let variables = [("HEDDLE_SERVER__HOSTS", text)];
        let config = load("", &variables, Overrides::default());
        config
            .map(|config| config.hosts(&apis))
            .map_err(|error| error.to_string())
    };
    let found = hosts("API.HelpScout.net.=helpscout, b.example = mews").expect("hosts");
    let found: Vec<_> = found
        .iter()
        .map(|(host, api)| (host.as_str(), api.as_str()))
        .collect();
    assert_eq!(
        found,
        [("api.helpscout.net", "helpscout"), ("b.example", "mews")]
    );
    assert_eq!(hosts("").expect("none").len(), 0);
    for (text, reason) in [
        (
            "a.example=zendesk",
            "there is no API \"zendesk\"; there are: helpscout,",
        ),
        (
            "a.example=mews,A.example=native",
            "a.example is there twice",
        ),
        ("a.example", "is no host with its API"),
        ("a.example:80=mews", "is no host with its API"),
        ("=mews", "is no host with its API"),
    ] {
        let refused = hosts(text).expect_err(text);
        assert!(refused.contains("server.hosts"), "{refused}");
        assert!(refused.contains(reason), "{refused}");
    }
}

#[test]
fn a_later_source_overrides_an_earlier_one() {
    let text = "[server]\nlisten = \"127.0.0.1:1\"\ngrace_seconds = 1\nmax_connections = 1\n";
    let environment = [
        ("HEDDLE_SERVER__LISTEN", "127.0.0.1:2"),
        ("HEDDLE_SERVER__GRACE_SECONDS", "2"),
    ];
    let flags = Overrides::default()
        .set("server.listen", Some("127.0.0.1:3"))
        .set("store.data", None::<String>);
    let config = load(text, &environment, flags).expect("valid");
    assert_eq!(config.server.listen.port(), 3);
    assert_eq!(config.server.grace_seconds, 2);
    assert_eq!(config.server.max_connections.get(), 1);
    assert_eq!(config.store.data, PathBuf::from("./heddle-data"));
}

#[test]
fn the_environment_is_read_by_the_type_of_the_key() {
    let environment = [
        ("HEDDLE_SERVER__TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
        ("HEDDLE_SERVER__PUBLIC_URL", "https://contact.example.org"),
        ("HEDDLE_STORE__DATA", "2024"),
        ("HEDDLE_MEWS__DEVELOPMENT", "true"),
        ("HEDDLE_LOG__FORMAT", "json"),
        ("HEDDLE_CONFIG", "/etc/heddle.toml"),
        ("OTHER_SERVER__LISTEN", "x"),
    ];
    let config = load("", &environment, Overrides::default()).expect("valid");
    assert_eq!(config.server.trusted_proxies.len(), 2);
    assert!(config.server.public_url.is_some());
    assert_eq!(config.store.data, PathBuf::from("2024"));
    assert!(config.mews.development);
    assert_eq!(config.log.format, Format::Json);
}

#[test]
fn an_unknown_key_is_refused_by_name() {
    let text = refused("[server]\nlistn = \"x\"\n", &[]);
    assert!(text.starts_with("unknown key server.listn in /"), "{text}");
    assert!(
        text.contains("listen, public_url, tls_certificate_file"),
        "{text}"
    );
    let text = refused("[sever]\nlisten = \"x\"\n", &[]);
    assert!(text.starts_with("unknown key sever in /"), "{text}");
    let text = refused("", &[("HEDDLE_STORE__POOLSIZE", "3")]);
    assert!(
        text.starts_with("unknown key store.poolsize in the environment"),
        "{text}"
    );
}

#[test]
fn a_wrong_value_is_refused_by_its_key() {
    for (text, key) in [
        ("[server]\nlisten = \"somewhere\"", "server.listen in "),
        (
            "[server]\nmax_connections = 0",
            "server.max_connections in ",
        ),
        ("[server]\ngrace_seconds = -1", "server.grace_seconds in "),
        (
            "[server]\npublic_url = \"ftp://x\"",
            "server.public_url in ",
        ),
        (
            "[server]\ntrusted_proxies = [\"10.0.0.0/33\"]",
            "server.trusted_proxies.0 in ",
        ),
        ("[store]\nurl = \"mysql://u:s3cret@h\"", "store.url in "),
        ("[log]\nlevel = \"loud\"", "log.level in "),
        (
            "[magicline]\npath_prefix = \"/v2\"",
            "magicline.path_prefix in ",
        ),
        ("[mews]\ndevelopment = 1", "mews.development in "),
    ] {
        let refusal = refused(text, &[]);
        assert!(refusal.starts_with(key), "{refusal}");
        assert!(!refusal.contains("s3cret"), "{refusal}");
    }
    assert!(refused("[server\n", &[]).contains("is not valid TOML"));
    let refusal = refused("", &[("HEDDLE_SERVER__GRACE_SECONDS", "soon")]);
    assert!(
        refusal.starts_with("server.grace_seconds in the environment"),
        "{refusal}"
    );
}

#[test]
fn of_a_url_and_a_url_file_the_later_source_is_used() {
    let secret = file("postgres://u:s3cret@h/db");
    let path = secret.path();
    let text = format!("[store]\nurl = \"sqlite:x\"\nurl_file = {path:?}\n");
    assert!(refused(&text, &[]).contains("leave one of them out"));
    let text = format!("[store]\nurl_file = {path:?}\n");
    let flags = Overrides::default().set("store.url", Some("sqlite:x"));
    let config = load(&text, &[], flags).expect("valid");
    assert_eq!(config.store.database(), StoreUrl::Sqlite("x".into()));
    let flags = Overrides::default().set("store.url_file", path.to_str());
    let config = load("[store]\nurl = \"sqlite:x\"", &[], flags).expect("valid");
    assert!(matches!(config.store.database(), StoreUrl::Postgres(_)));
    let missing = refused("[store]\nurl_file = \"/nowhere/url\"\n", &[]);
    assert_eq!(missing, "cannot read /nowhere/url");
    let nonsense = file("s3cret");
    let refusal = refused(&format!("[store]\nurl_file = {:?}\n", nonsense.path()), &[]);
    assert!(refusal.contains("expected sqlite:PATH"), "{refusal}");
    assert!(!refusal.contains("s3cret"), "{refusal}");
}

#[test]
fn the_effective_configuration_is_printed_without_secrets_and_can_be_read_back() {
    let flags = Overrides::default().set("store.url", Some("postgres://u:s3cret@h/db"));
    let text =
        "[server]\npublic_url = \"https://contact.example.org/\"\ntrusted_proxies = [\"::1\"]\n";
    let config = load(text, &[], flags).expect("valid");
    let printed = config.print_effective();
    assert!(!printed.contains("s3cret"), "{printed}");
    assert!(!format!("{config:?}").contains("s3cret"));
    assert!(
        printed.contains("url = \"postgres://u:[redacted]@h/db\""),
        "{printed}"
    );
    let again = load(&printed, &[], Overrides::default()).expect("valid");
    assert_eq!(again.print_effective(), printed);
}

#[test]
fn a_sealing_key_comes_from_a_text_or_a_file_and_is_never_shown() {
    let key = "5ec2e7".repeat(11);
    let key = &key[..64];
    let none = load("", &[], Overrides::default()).expect("valid");
    assert!(none.secrets.sealing_key.is_none());
    let secret = file(&format!("{key}\n"));
    let path = secret.path();
    let of_file = format!("[secrets]\nsealing_key_file = {path:?}\n");
    let of_file = load(&of_file, &[], Overrides::default()).expect("valid");
    let variable = [("HEDDLE_SECRETS__SEALING_KEY", key)];
    let of_environment = load("", &variable, Overrides::default()).expect("valid");
    assert_eq!(
        of_file.secrets.sealing_key,
        of_environment.secrets.sealing_key
    );
    assert_eq!(
        of_file
            .secrets
            .sealing_key
            .as_ref()
            .expect("a key")
            .expose()[..3],
        [0x5e, 0xc2, 0xe7]
    );
    assert!(!of_file.print_effective().contains("5ec2e7"));
    assert!(!format!("{of_file:?}").contains("5ec2e7"));

    let both = format!("[secrets]\nsealing_key = \"{key}\"\nsealing_key_file = {path:?}\n");
    assert!(refused(&both, &[]).contains("leave one of them out"));
    for wrong in ["", "5ec2e7", &format!("{key}0"), &key.replace('5', "x")] {
        let refusal = refused(&format!("[secrets]\nsealing_key = \"{wrong}\"\n"), &[]);
        assert!(refusal.contains("64 hexadecimal digits"), "{refusal}");
        assert!(!refusal.contains("ec2e7"), "{refusal}");
    }
}

#[test]
fn a_path_prefix_is_a_path_that_no_api_owns() {
    let taken = ["/v1", "/v2", "/api", "/api/connector", "/manage/x"];
    for prefix in taken {
        let text = format!("[magicline]\npath_prefix = {prefix:?}");
        let said = refused(&text, &[]);
        assert!(said.contains("that an API uses itself"), "{said}");
    }
    for prefix in ["/studio", "/a/b-c_1.2"] {
        let text = format!("[magicline]\npath_prefix = {prefix:?}");
        let config = load(&text, &[], Overrides::default()).expect(prefix);
        assert_eq!(config.magicline.path_prefix.as_str(), prefix);
    }
}

const S3: &str =
    "[objects]\nurl = \"s3://b/p\"\naccess_key_id = \"id\"\nsecret_access_key = \"s3cret\"\n";

#[test]
fn objects_are_in_a_folder_or_in_a_bucket() {
    let place = |text: &str| {
        let config = load(text, &[], Overrides::default()).expect(text);
        config.object_options().place
    };
    let default = ObjectPlace::Folder("./heddle-data/objects".into());
    assert_eq!(place(""), default);
    assert_eq!(
        place("[objects]\nurl = \"folder:/srv/o\""),
        ObjectPlace::Folder("/srv/o".into())
    );
    for (url, bucket, prefix) in [
        ("s3://b", "b", ""),
        ("s3://b/", "b", ""),
        ("s3://my-bucket.1/a/b_c/", "my-bucket.1", "a/b_c"),
    ] {
        let ObjectPlace::Bucket(found) = place(&S3.replace("s3://b/p", url)) else {
            panic!("{url} is a bucket");
        };
        assert_eq!((&*found.bucket, &*found.prefix), (bucket, prefix));
        assert_eq!(
            (&*found.access_key_id, &*found.secret_access_key),
            ("id", "s3cret")
        );
    }
    let previous = load(
        &format!("{S3}previous = \"folder:/old\""),
        &[],
        Overrides::default(),
    );
    let previous = previous.expect("two places").object_options().previous;
    assert_eq!(previous, Some(ObjectPlace::Folder("/old".into())));
}

#[test]
fn a_place_of_objects_that_cannot_work_is_refused_with_a_sentence() {
    for (text, words) in [
        (
            "[objects]\nurl = \"/srv/o\"".to_owned(),
            "expected folder:PATH or s3://BUCKET/PREFIX",
        ),
        (
            "[objects]\nurl = \"s3://\"".to_owned(),
            "expected folder:PATH",
        ),
        (
            "[objects]\nurl = \"s3://b/../c\"".to_owned(),
            "expected folder:PATH",
        ),
        (
            "[objects]\nurl = \"s3://b//c\"".to_owned(),
            "expected folder:PATH",
        ),
        (
            "[objects]\nurl = \"s3://b\"".to_owned(),
            "objects.access_key_id",
        ),
        (
            "[objects]\nurl = \"s3://b\"\naccess_key_id = \"id\"".to_owned(),
            "objects.secret_access_key",
        ),
        (
            "[objects]\nprevious = \"s3://b\"".to_owned(),
            "objects.access_key_id",
        ),
        (
            "[objects]\nprevious = \"folder:\"".to_owned(),
            "the same as objects.url",
        ),
        (format!("{S3}endpoint = \"s3.example.org\""), "is no URL"),
        (
            format!("{S3}endpoint = \"https://u:s3cret@s3.example.org\""),
            "without user and password",
        ),
        (
            format!("{S3}endpoint = \"ftp://s3.example.org\""),
            "neither https:// nor http://",
        ),
        (
            format!("{S3}endpoint = \"http://s3.example.org\""),
            "objects.allow_http",
        ),
        (
            format!("{S3}secret_access_key_file = \"x\""),
            "is set there too",
        ),
    ] {
        let said = refused(&text, &[]);
        assert!(
            said.contains(words) && !said.contains("s3cret"),
            "{text}: {said}"
        );
    }
    for endpoint in [
        "http://127.0.0.1:9000",
        "http://[::1]:9000",
        "http://localhost:9000",
        "https://s3.example.org",
    ] {
        let text = format!("{S3}endpoint = {endpoint:?}");
        load(&text, &[], Overrides::default()).expect(endpoint);
    }
    let allowed = format!("{S3}endpoint = \"http://s3.lan\"\nallow_http = true");
    load(&allowed, &[], Overrides::default()).expect("it is allowed");
}

#[test]
fn the_secret_of_s3_is_never_printed() {
    let environment = [("HEDDLE_OBJECTS__SECRET_ACCESS_KEY", "another-s3cret")];
    let config = load(S3, &environment, Overrides::default()).expect("a bucket");
    let shown = [
        config.print_effective(),
        format!("{config:?}"),
        format!("{:?}", config.object_options()),
    ];
    for text in shown {
        assert!(!text.contains("s3cret"), "{text}");
    }
    let ObjectPlace::Bucket(options) = config.object_options().place else {
        panic!("a bucket");
    };
    assert_eq!(
        options.secret_access_key, "another-s3cret",
        "the environment wins"
    );
}

/// Another folder, whose name looks alike, must not be taken instead.
#[test]
fn a_folder_whose_name_is_not_utf8_is_refused() {
    use std::os::unix::ffi::OsStrExt;
    let outer = tempfile::tempdir().expect("a folder");
    let folder = outer.path().join(OsStr::from_bytes(b"data\xff"));
    std::fs::create_dir(&folder).expect("made");
    let file = folder.join("heddle.toml");
    for (text, key) in [
        ("[store]\ndata = \"data\"", "store.data"),
        ("[store]\nurl = \"sqlite:x\"", "store.url"),
        ("[objects]\nurl = \"folder:x\"", "objects.url"),
    ] {
        std::fs::write(&file, text).expect("written");
        let refused = from_sources(Some(&file), [], Overrides::default());
        let said = refused.expect_err("it is refused").to_string();
        assert!(said.contains(key) && said.contains("not UTF-8"), "{said}");
    }
    std::fs::write(&file, "[store]\ndata = \"/var/lib/heddle\"").expect("written");
    from_sources(Some(&file), [], Overrides::default()).expect("an absolute path");
}
