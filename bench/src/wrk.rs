//! The load generator: Debian's `wrk`, driven by scripts that are made here.
//!
//! `wrk` is a closed loop: every connection waits for its response. One thread is enough for any server on one machine, and leaves
//! the cores to the server. The script prints one line of JSON at the end, so that no other text has to be parsed.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

const MARK: &str = "HEDDLE-BENCH ";

/// The end of every script, which prints the result of the run. `status` counts responses with status 400 and above.
const DONE: &str = r#"
function done(summary, latency)
  local e = summary.errors
  io.write("HEDDLE-BENCH ", string.format(
    '{"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"p999":%d,"refused":%d,"broken":%d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), latency:percentile(99.9),
    e.status, e.connect + e.read + e.write + e.timeout))
end
"#;

/// The request that each connection repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    /// The paths, which are requested one after the other.
    pub(crate) paths: Vec<String>,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

/// One measured run.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Run {
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// The time that one of 1,000 requests exceeded.
    pub(crate) p999_ms: f64,
    pub(crate) requests: u64,
    /// Processor time of the server for each request, in microseconds; 0 if nobody measured it.
    pub(crate) cpu_us: f64,
    /// Likewise of PostgreSQL; `None` if the server uses none.
    pub(crate) database_cpu_us: Option<f64>,
    /// The most resident memory of the server during the run, in MiB; 0 if nobody measured it.
    pub(crate) most_mib: f64,
}

#[derive(Deserialize)]
struct Summary {
    requests: u64,
    microseconds: u64,
    p50: u64,
    p99: u64,
    p999: u64,
    refused: u64,
    broken: u64,
}

pub(crate) fn ensure_installed() -> Result<()> {
    let missing = "`wrk`, the load generator, is not installed: apt-get install wrk";
    Command::new("wrk").arg("-v").output().context(missing)?;
    Ok(())
}

/// Sends `request` over a number of connections for some seconds. A single refused or broken response is an error,
/// because the speed of refusals is of no interest.
pub(crate) fn run(url: &str, request: &Request, connections: u32, seconds: u32) -> Result<Run> {
    let mut file = tempfile::Builder::new().suffix(".lua").tempfile()?;
    file.write_all(script(request).as_bytes())?;
    let output = Command::new("wrk")
        .args(["--threads", "1", "--timeout", "30s"])
        .args(["--connections", &connections.to_string()])
        .args(["--duration", &format!("{seconds}s")])
        .arg("--script")
        .arg(file.path())
        .arg(url)
        .output()
        .context("cannot run wrk")?;
    ensure!(
        output.status.success(),
        "wrk: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    measured(&String::from_utf8_lossy(&output.stdout))
}

fn measured(printed: &str) -> Result<Run> {
    let line = printed.lines().find_map(|line| line.split_once(MARK));
    let (_, json) = line.with_context(|| format!("wrk printed no result:\n{printed}"))?;
    let summary: Summary = serde_json::from_str(json)?;
    let Summary {
        requests,
        refused,
        broken,
        ..
    } = summary;
    ensure!(
        refused == 0 && broken == 0,
        "of {requests} requests {refused} were answered with 400 or above, and {broken} broke off"
    );
    ensure!(requests > 0, "not one request was answered");
    Ok(Run {
        per_second: requests as f64 / (summary.microseconds as f64 / 1e6),
        p50_ms: summary.p50 as f64 / 1e3,
        p99_ms: summary.p99 as f64 / 1e3,
        p999_ms: summary.p999 as f64 / 1e3,
        requests,
        cpu_us: 0.0,
        database_cpu_us: None,
        most_mib: 0.0,
    })
}

/// Returns the script for `wrk`. If the request has one path, `wrk` repeats one prepared request; if it has several
/// paths, the script prepares a request for each before the run.
fn script(request: &Request) -> String {
    let mut lua = String::new();
    let mut line = |text: String| writeln!(lua, "{text}").expect("a String takes everything");
    line(format!("wrk.method = {}", quoted(request.method)));
    for (name, value) in &request.headers {
        line(format!("wrk.headers[{}] = {}", quoted(name), quoted(value)));
    }
    if !request.body.is_empty() {
        line(format!("wrk.body = {}", quoted(&request.body)));
    }
    if let [path] = request.paths.as_slice() {
        line(format!("wrk.path = {}", quoted(path)));
    } else {
        let paths: Vec<String> = request.paths.iter().map(|path| quoted(path)).collect();
        line(format!("local paths = {{{}}}", paths.join(",")));
        line("local requests, at = {}, 0".into());
        line("function init(args)".into());
        line("  for i, path in ipairs(paths) do requests[i] = wrk.format(nil, path) end".into());
        line("end".into());
        line("function request()".into());
        line("  at = at % #requests + 1".into());
        line("  return requests[at]".into());
        line("end".into());
    }
    lua + DONE
}

/// Returns the text as a string of the language Lua. Bytes that could end or change the string become decimal escapes.
fn quoted(text: &str) -> String {
    let mut lua = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' | 0..0x20 | 0x7f.. => lua += &format!("\\{byte:03}"),
            _ => lua.push(char::from(byte)),
        }
    }
    lua + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(paths: &[&str], body: &str) -> Request {
        Request {
            method: "POST",
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            headers: vec![("X-API-KEY", "a\"b".to_owned())],
            body: body.to_owned(),
        }
    }

    #[test]
    fn a_script_for_one_path_is_static() {
        let script = script(&post(&["/v1/threads"], "{\"a\":\"ü\n\\\"}"));
        let head = concat!(
            "wrk.method = \"POST\"\n",
            "wrk.headers[\"X-API-KEY\"] = \"a\\034b\"\n",
            "wrk.body = \"{\\034a\\034:\\034\\195\\188\\010\\092\\034}\"\n",
            "wrk.path = \"/v1/threads\"\n",
        );
        assert_eq!(script.strip_suffix(DONE), Some(head));
    }

    #[test]
    fn a_script_for_several_paths_goes_round() {
        let script = script(&post(&["/1", "/2"], ""));
        assert!(script.contains("local paths = {\"/1\",\"/2\"}"), "{script}");
        assert!(script.contains("function request()"), "{script}");
        assert!(!script.contains("wrk.body"), "{script}");
    }

    #[test]
    fn the_result_is_read_from_between_the_prose() {
        let printed = format!(
            "Running 2s test\n{MARK}{}\nRequests/sec: 1\n",
            r#"{"requests":300,"microseconds":2000000,"p50":1500,"p99":9000,"p999":9500,"refused":0,"broken":0}"#
        );
        let run = measured(&printed).expect("a result");
        assert_eq!(
            run,
            Run {
                per_second: 150.0,
                p50_ms: 1.5,
                p99_ms: 9.0,
                p999_ms: 9.5,
                requests: 300,
                cpu_us: 0.0,
                database_cpu_us: None,
                most_mib: 0.0,
            }
        );
    }

    #[test]
    fn refused_broken_and_missing_answers_are_errors() {
        let line = |requests, refused, broken| {
            measured(&format!(
                "{MARK}{{\"requests\":{requests},\"microseconds\":1,\"p50\":1,\"p99\":1,\"p999\":1,\"refused\":{refused},\"broken\":{broken}}}"
            ))
        };
        assert!(line(5, 0, 0).is_ok());
        let refused = line(5, 2, 0).expect_err("refused").to_string();
        assert!(
            refused.contains("of 5 requests 2 were answered with 400"),
            "{refused}"
        );
        assert!(line(5, 0, 1).is_err());
        assert!(line(0, 0, 0).is_err());
        assert!(measured("Segmentation fault").is_err());
    }

    #[test]
    fn the_mark_is_the_one_the_script_prints() {
        assert!(DONE.contains(&format!("io.write(\"{MARK}\"")));
    }
}
