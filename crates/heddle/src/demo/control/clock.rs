//! `/__demo__/clock`: shows, sets and advances the demo's clock.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use heddle_api::date_time::RANGE;
use heddle_domain::Timestamp;
use heddle_store::Clock;
use serde::Deserialize;
use serde_json::json;

use super::problem::Problem;
use super::state::{Body, Shared, read};
use crate::demo::clock::{DemoClock, LATEST, Refused, Showing, Target};

const fn yes() -> bool {
    true
}

/// What the clock shows after a reset.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Start {
    now: String,
    /// Whether the clock runs from there.
    #[serde(default = "yes")]
    runs: bool,
}

impl Start {
    /// Returns what the clock shows, if it is after `recorded`: no id of the store may be later than the clock.
    pub(super) fn after(&self, recorded: Timestamp) -> Result<Showing, Problem> {
        let now = parse(&self.now)?;
        match now > recorded && now < LATEST {
            true => Ok(Showing::of(now, self.runs)),
            false => Err(Problem::invalid(&format!(
                "clock.now is between {recorded}, when the sample data were recorded, and {LATEST}"
            ))),
        }
    }
}

/// The body of a change.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    /// The time to show.
    now: Option<String>,
    /// How far to advance, in milliseconds.
    advance_ms: Option<i64>,
    /// Whether the clock runs from there; without it, as before.
    runs: Option<bool>,
}

fn parse(text: &str) -> Result<Timestamp, Problem> {
    let instant: jiff::Timestamp = text.parse().map_err(|_| {
        Problem::invalid(&format!(
            "{text:?} is no time such as 2026-05-04T09:30:00Z; it {RANGE}"
        ))
    })?;
    Ok(Timestamp(instant.as_millisecond()))
}

fn view(clock: &DemoClock) -> Response {
    let (now, showing) = (clock.now(), clock.showing());
    let now = jiff::Timestamp::from_millisecond(now.0).unwrap_or(jiff::Timestamp::MAX);
    let runs = matches!(showing, Showing::Running { .. });
    axum::Json(json!({ "now": format!("{now:.3}"), "runs": runs })).into_response()
}

/// `GET /__demo__/clock`.
pub(super) async fn show(State(control): Shared) -> Response {
    view(&control.host.clock)
}

/// `PUT /__demo__/clock`: moves the clock forward, and says whether it runs.
pub(super) async fn set(State(control): Shared, body: Body) -> Result<Response, Problem> {
    let change: Change = read(body)?;
    let clock = &control.host.clock;
    let to = match (&change.now, change.advance_ms) {
        (Some(_), Some(_)) => {
            return Err(Problem::invalid("a change has now or advance_ms, not both"));
        }
        (Some(now), None) => Target::Time(parse(now)?),
        (None, Some(ms)) if ms < 0 => return Err(Problem::invalid(BACKWARDS)),
        (None, Some(ms)) => Target::Later(ms),
        (None, None) if change.runs.is_none() => {
            return Err(Problem::invalid("a change has now, advance_ms or runs"));
        }
        (None, None) => Target::Later(0),
    };
    // The store is not replaced meanwhile, so its clock is this one.
    let moved = control
        .host
        .with_app(async |_| clock.change(to, change.runs))
        .await;
    match moved.unwrap_or(Ok(())) {
        Ok(()) => Ok(view(clock)),
        Err(Refused::Backwards { now }) => {
            Err(Problem::conflict(&format!("{BACKWARDS}. It shows {now}")))
        }
        Err(Refused::TooLate) => Err(Problem::invalid(&format!(
            "the clock stays before {LATEST}"
        ))),
    }
}

/// Why the clock is not set back.
const BACKWARDS: &str = "the clock does not go back, because ids, tokens and positions in feeds are ordered by time: reset \
    the demo, or return to a snapshot";
