//! What a run will do: its parts with their arguments, their time and their disk.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::engine::Engine;
use crate::operation;
use crate::scale;

/// Messages of the store that takes long to fill.
const LARGE: u64 = 10_000_000;
/// The first part of a time limit; the second follows from the estimate.
const SPARE: Duration = Duration::from_secs(300);
/// A machine may be slower than the one of the estimates by this factor.
const SLOWER: u32 = 3;
/// Bytes on the disk for each second of writes over 64 connections, of Heddle with its search index and of the floor: measured.
const BYTES_OF_SECOND: u64 = 40_000_000;

/// What to measure.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Chosen {
    /// Small sizes, for a try of a few minutes: the figures say little
    #[arg(long)]
    quick: bool,
    /// Measure searches, too, which takes more than an hour
    #[arg(long)]
    search: bool,
    /// Measure a store of 10,000,000 messages, too, which takes a quarter of an hour to fill
    #[arg(long)]
    large: bool,
    /// Parts to measure [default: all but search]
    #[arg(long, value_delimiter = ',')]
    only: Vec<Name>,
    /// Engines to measure [default: both]
    #[arg(long, value_delimiter = ',')]
    engines: Vec<Engine>,
    /// Keep the stores of `scale`, `lists` and `search` in this folder, and use those of an earlier run
    #[arg(long)]
    keep: Option<PathBuf>,
}

/// The kinds of parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Name {
    /// Heddle beside its floors
    Requests,
    /// Two servers on one PostgreSQL
    Nodes,
    /// Times at fixed rates of arrival
    Open,
    /// The same calls on stores of different sizes
    Scale,
    /// Lists, filter by filter
    Lists,
    /// Searches
    Search,
}

/// One part of a run.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) name: String,
    /// The arguments of this program that measure it.
    pub(super) arguments: Vec<String>,
    /// Whether it starts the program `heddle`, and not only the store.
    pub(super) starts_heddle: bool,
    /// About how many seconds it takes on a machine with two cores.
    pub(super) seconds: u64,
    /// About how many bytes of disk it needs; they are free again afterwards.
    pub(super) disk_bytes: u64,
}

/// What a run will do.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The command with which a reader repeats the run.
    pub(super) command: String,
    pub(super) parts: Vec<Part>,
}

/// The sizes of the parts.
struct Sizes {
    /// Seconds and rounds at 64 connections, seconds at the other numbers, and these numbers.
    sqlite: (u64, u64, u64, &'static [u64]),
    postgres: (u64, u64),
    stored: u64,
    /// Seconds at each rate, and of the greatest.
    open: (u64, u64),
    messages: Vec<u64>,
    calls: u64,
    /// Seconds and rounds of writes.
    scale: (u64, u64),
    conversations: u64,
    list_calls: u64,
    searched: u64,
}

impl Sizes {
    fn of(chosen: &Chosen) -> Self {
        let mut sizes = if chosen.quick {
            Self {
                sqlite: (1, 1, 1, &[1]),
                postgres: (1, 1),
                stored: 1_000,
                open: (1, 1),
                messages: vec![10_000, 50_000],
                calls: 30,
                scale: (1, 1),
                conversations: 20_000,
                list_calls: 5,
                searched: 20_000,
            }
        } else {
            Self {
                sqlite: (10, 5, 4, &[1, 16, 256]),
                postgres: (5, 3),
                stored: 10_000,
                open: (8, 5),
                messages: vec![10_000, 1_000_000],
                calls: 300,
                scale: (10, 2),
                conversations: 1_000_000,
                list_calls: 100,
                searched: 1_000_000,
            }
        };
        if chosen.large {
            sizes.messages.push(LARGE);
        }
        sizes
    }
}

impl Part {
    /// Returns how long the part may take.
    pub(super) fn limit(&self) -> Duration {
        SPARE + Duration::from_secs(self.seconds) * SLOWER
    }
}

impl Plan {
    /// Returns the plan of a run.
    pub(super) fn of(chosen: &Chosen) -> Self {
        let sizes = Sizes::of(chosen);
        let all = [
            Name::Requests,
            Name::Nodes,
            Name::Open,
            Name::Scale,
            Name::Lists,
        ];
        let mut names = match chosen.only.as_slice() {
            [] => all.to_vec(),
            only => only.to_vec(),
        };
        if chosen.search && !names.contains(&Name::Search) {
            names.push(Name::Search);
        }
        let engines = match chosen.engines.as_slice() {
            [] => vec![Engine::Sqlite, Engine::Postgres],
            engines => engines.to_vec(),
        };
        let on_sqlite = engines.contains(&Engine::Sqlite);
        let on_postgres = engines.contains(&Engine::Postgres);
        let mut parts = Vec::new();
        for name in names {
            match name {
                Name::Requests => {
                    parts.extend(engines.iter().map(|engine| requests(*engine, &sizes)));
                }
                Name::Nodes if on_postgres => parts.push(nodes(&sizes)),
                Name::Open if on_sqlite => parts.push(open(&sizes)),
                Name::Scale if on_sqlite => parts.push(scale(&sizes, chosen)),
                Name::Lists if on_sqlite => parts.push(lists(&sizes, chosen)),
                Name::Nodes | Name::Open | Name::Scale | Name::Lists => {}
                Name::Search => {
                    parts.extend(engines.iter().map(|engine| search(*engine, &sizes, chosen)));
                }
            }
        }
        Self {
            command: chosen.command(),
            parts,
        }
    }

    /// Says what will run.
    pub(super) fn text(&self) -> String {
        let mut lines = vec!["This runs, one after the other:".to_owned()];
        lines.extend(self.parts.iter().map(|part| {
            format!(
                "- {}: about {} and {:.1} GB of disk (`cargo xtask bench {}`)",
                part.name,
                duration(part.seconds),
                part.disk_bytes as f64 / 1e9,
                part.arguments.join(" ")
            )
        }));
        let seconds = self.parts.iter().map(|part| part.seconds).sum();
        lines.push(format!(
            "Together about {}, at most {:.1} GB of disk at a time. Nothing else should use the machine.",
            duration(seconds),
            self.disk_bytes() as f64 / 1e9
        ));
        lines.join("\n")
    }

    /// Returns how many bytes of disk are needed at the same time.
    pub(super) fn disk_bytes(&self) -> u64 {
        let each = self.parts.iter().map(|part| part.disk_bytes);
        each.max().unwrap_or_default()
    }
}

fn duration(seconds: u64) -> String {
    match seconds {
        0..90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

impl Chosen {
    /// Returns the command that repeats the run. A folder has another name on another machine.
    fn command(&self) -> String {
        let Self {
            quick,
            search,
            large,
            only,
            engines,
            keep,
        } = self;
        let mut words = vec!["cargo xtask bench all --into FOLDER".to_owned()];
        for (given, word) in [
            (*quick, "--quick"),
            (*search, "--search"),
            (*large, "--large"),
        ] {
            words.extend(given.then(|| word.to_owned()));
        }
        let listed = |names: Vec<String>, option: &str| {
            (!names.is_empty()).then(|| format!("{option} {}", names.join(",")))
        };
        words.extend(listed(only.iter().map(word).collect(), "--only"));
        words.extend(listed(engines.iter().map(word).collect(), "--engines"));
        words.extend(keep.as_ref().map(|_| "--keep FOLDER".to_owned()));
        words.join(" ")
    }

    /// Returns the arguments that keep a store in a folder, or use it again.
    fn keeping(&self, subfolder: &str) -> Vec<String> {
        let kept = self.keep.iter().flat_map(|folder| {
            let folder = folder.join(subfolder);
            ["--keep".to_owned(), folder.to_string_lossy().into_owned()]
        });
        kept.collect()
    }
}

/// Returns the word of the command line.
fn word(value: &impl ValueEnum) -> String {
    let named = value.to_possible_value();
    named.map_or_else(String::new, |value| value.get_name().to_owned())
}

fn arguments(words: &str) -> Vec<String> {
    words.split_whitespace().map(str::to_owned).collect()
}

/// Operations that are measured, and how many of them write.
fn operations() -> (u64, u64) {
    let all = operation::ALL;
    let writes = all.iter().filter(|operation| operation.is_write());
    (all.len() as u64, writes.count() as u64)
}

fn requests(engine: Engine, sizes: &Sizes) -> Part {
    let (count, writes) = operations();
    let (seconds, rounds, other, connections) = match engine {
        Engine::Sqlite => sizes.sqlite,
        Engine::Postgres => (sizes.postgres.0, sizes.postgres.1, 1, &[] as &[u64]),
    };
    // Of each of the two servers.
    let each = seconds * rounds + other * connections.len() as u64;
    let mut counts = connections.to_vec();
    counts.push(64);
    counts.sort_unstable();
    let counts: Vec<String> = counts.iter().map(u64::to_string).collect();
    let bare = match engine {
        Engine::Sqlite => 3 * seconds,
        Engine::Postgres => 0,
    };
    Part {
        name: format!("requests on {}", engine.name()),
        arguments: arguments(&format!(
            "--engines {} --seconds {seconds} --rounds {rounds} --other-seconds {other} --connections {} --preload {}",
            engine.word(),
            counts.join(","),
            sizes.stored
        )),
        starts_heddle: true,
        seconds: count * each * 2 + bare + 15,
        disk_bytes: writes * each * BYTES_OF_SECOND,
    }
}

fn nodes(sizes: &Sizes) -> Part {
    let (seconds, rounds) = sizes.postgres;
    // Two operations, on one server and on two.
    let writes = 2 * 2 * seconds * rounds;
    Part {
        name: "two nodes on PostgreSQL".to_owned(),
        arguments: arguments(&format!(
            "nodes --seconds {seconds} --rounds {rounds} --preload {}",
            sizes.stored
        )),
        starts_heddle: true,
        seconds: writes + 15,
        disk_bytes: writes * BYTES_OF_SECOND,
    }
}

fn open(sizes: &Sizes) -> Part {
    let (count, writes) = operations();
    let (seconds, greatest) = sizes.open;
    let each = 3 * seconds + greatest;
    Part {
        name: "rates of arrival on SQLite".to_owned(),
        arguments: arguments(&format!(
            "open --engines sqlite --shares 25,50,75 --seconds {seconds} --greatest-seconds {greatest} --preload {}",
            sizes.stored
        )),
        starts_heddle: true,
        seconds: count * each + 10,
        disk_bytes: writes * each * BYTES_OF_SECOND,
    }
}

fn scale(sizes: &Sizes, chosen: &Chosen) -> Part {
    let (seconds, rounds) = sizes.scale;
    let all = sizes.messages.iter();
    let kept = chosen.keep.as_deref();
    let missing = all.filter(|size| !kept.is_some_and(|folder| scale::is_kept(folder, **size)));
    let missing: u64 = missing.sum();
    let count = sizes.messages.len() as u64;
    let writes = count * 2 * rounds * seconds;
    let messages: Vec<String> = sizes.messages.iter().map(u64::to_string).collect();
    let mut arguments = arguments(&format!(
        "scale --messages {} --calls {} --rounds {rounds} --seconds {seconds}",
        messages.join(","),
        sizes.calls
    ));
    arguments.extend(chosen.keeping(""));
    Part {
        name: "scale".to_owned(),
        arguments,
        starts_heddle: true,
        seconds: scale::filling_seconds(missing) + writes + count * (sizes.calls / 15 + 5),
        disk_bytes: scale::disk_bytes(missing) + writes * BYTES_OF_SECOND,
    }
}

fn lists(sizes: &Sizes, chosen: &Chosen) -> Part {
    let (conversations, calls) = (sizes.conversations, sizes.list_calls);
    let mut arguments = arguments(&format!(
        "lists --conversations {conversations} --calls {calls}"
    ));
    arguments.extend(chosen.keeping("lists"));
    Part {
        name: "lists".to_owned(),
        arguments,
        starts_heddle: false,
        seconds: conversations / 6_000 + calls / 3 + 5,
        disk_bytes: conversations * 3_000,
    }
}

fn search(engine: Engine, sizes: &Sizes, chosen: &Chosen) -> Part {
    let mut arguments = arguments(&format!(
        "search --engines {} --messages {}",
        engine.word(),
        sizes.searched
    ));
    if engine == Engine::Sqlite {
        arguments.extend(chosen.keeping("search"));
    }
    // Measured: the text is indexed once, and then searched for some minutes.
    let per_second = match engine {
        Engine::Sqlite => 1_500,
        Engine::Postgres => 700,
    };
    Part {
        name: format!("search on {}", engine.name()),
        arguments,
        starts_heddle: false,
        seconds: sizes.searched / per_second + 400,
        disk_bytes: sizes.searched * 6_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(plan: &Plan) -> Vec<&str> {
        plan.parts.iter().map(|part| part.name.as_str()).collect()
    }

    fn minutes(plan: &Plan) -> u64 {
        plan.parts.iter().map(|part| part.seconds).sum::<u64>() / 60
    }

    #[test]
    fn the_usual_run_takes_about_half_an_hour() {
        let plan = Plan::of(&Chosen::default());
        assert_eq!(
            names(&plan),
            [
                "requests on SQLite",
                "requests on PostgreSQL",
                "two nodes on PostgreSQL",
                "rates of arrival on SQLite",
                "scale",
                "lists"
            ]
        );
        assert!((20..35).contains(&minutes(&plan)), "{}", plan.text());
        assert!(plan.disk_bytes() < 20_000_000_000, "{}", plan.text());
        let text = plan.text();
        assert!(text.contains("- scale: about 4 minutes and 4."), "{text}");
        assert!(text.contains("Together about 3"), "{text}");
    }

    #[test]
    fn a_try_takes_a_few_minutes() {
        let plan = Plan::of(&Chosen {
            quick: true,
            ..Chosen::default()
        });
        assert!(minutes(&plan) < 5, "{}", plan.text());
        assert_eq!(plan.command, "cargo xtask bench all --into FOLDER --quick");
    }

    #[test]
    fn parts_are_chosen_by_name_and_engine() {
        let plan = Plan::of(&Chosen {
            only: vec![Name::Lists, Name::Requests],
            engines: vec![Engine::Postgres],
            search: true,
            ..Chosen::default()
        });
        assert_eq!(
            names(&plan),
            ["requests on PostgreSQL", "search on PostgreSQL"]
        );
        assert_eq!(
            plan.command,
            "cargo xtask bench all --into FOLDER --search --only lists,requests --engines postgres"
        );
    }

    #[test]
    fn a_large_store_that_was_kept_is_not_filled_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let chosen = Chosen {
            only: vec![Name::Scale],
            large: true,
            keep: Some(folder.path().to_owned()),
            ..Chosen::default()
        };
        let before = minutes(&Plan::of(&chosen));
        std::fs::write(folder.path().join("10000000.filled.json"), "{}").expect("a file");
        let after = minutes(&Plan::of(&chosen));
        assert!(before > after + 10, "{before} {after}");
        let part = &Plan::of(&chosen).parts[0];
        let given = part.arguments.join(" ");
        assert!(given.contains("10000,1000000,10000000"), "{given}");
        assert!(given.contains("--keep"), "{given}");
    }

    #[test]
    fn a_part_may_take_longer_than_it_should() {
        for part in Plan::of(&Chosen::default()).parts {
            assert!(part.limit() > Duration::from_secs(part.seconds * 2));
        }
    }
}
