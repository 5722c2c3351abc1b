//! The trace context that a caller sends, in the headers `traceparent` and `tracestate` (W3C Trace Context, level 1).

use std::str::FromStr;

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

/// The longest `tracestate` that is passed on, in bytes: as many as every program must pass on. A longer one is left out.
const LONGEST_STATE: usize = 512;

/// The span of the caller, which is the parent of the request's span.
#[derive(Clone, Debug, PartialEq)]
pub struct Caller(pub(crate) SpanContext);

impl Caller {
    /// Reads the values of the headers. `state` has the values of all headers `tracestate`, joined by commas. Returns `None` if
    /// `parent` is malformed; a malformed or too long `state` alone is left out.
    #[must_use]
    pub fn parse(parent: &str, state: Option<&str>) -> Option<Self> {
        let mut parts = parent.trim().split('-');
        let version = hex(parts.next()?, 2)?;
        let trace = TraceId::from_hex(hex(parts.next()?, 32)?).ok()?;
        let span = SpanId::from_hex(hex(parts.next()?, 16)?).ok()?;
        let flags = u8::from_str_radix(hex(parts.next()?, 2)?, 16).ok()?;
        // Later versions may add parts at the end; version ff does not exist.
        let has_more = parts.next().is_some();
        if version == "ff" || (version == "00" && has_more) {
            return None;
        }
        let flags = TraceFlags::new(flags) & TraceFlags::SAMPLED;
        let state = state
            .filter(|state| state.len() <= LONGEST_STATE)
            .and_then(|state| TraceState::from_str(state).ok())
            .unwrap_or_default();
        let context = SpanContext::new(trace, span, flags, true, state);
        context.is_valid().then_some(Self(context))
    }
}

/// Returns the text if it has this many hexadecimal digits in lower case, and nothing else.
fn hex(text: &str, digits: usize) -> Option<&str> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (text.len() == digits && text.bytes().all(is_digit)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn the_context_of_a_caller_is_read() {
        let Caller(context) = Caller::parse(PARENT, Some("a=1,b=2")).expect("valid");
        assert_eq!(
            context.trace_id().to_string(),
            "4bf92f3577b34da6a3ce929d0e0e4736"
        );
        assert_eq!(context.span_id().to_string(), "00f067aa0ba902b7");
        assert!(context.is_sampled() && context.is_remote());
        assert_eq!(context.trace_state().header(), "a=1,b=2");
        let unsampled = PARENT.replace("-01", "-00");
        let Caller(context) = Caller::parse(&unsampled, None).expect("valid");
        assert!(!context.is_sampled());
        // A later version may have more parts, and more flags.
        let later = format!("cc{}-ff-more", &PARENT[2..52]);
        assert!(Caller::parse(&later, None).is_some_and(|Caller(context)| context.is_sampled()));
    }

    #[test]
    fn a_malformed_context_is_ignored() {
        for malformed in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473\u{e4}-00f067aa0ba902b7-01",
        ] {
            assert_eq!(Caller::parse(malformed, None), None, "{malformed}");
        }
    }

    #[test]
    fn a_state_that_cannot_be_passed_on_is_left_out_alone() {
        let long = format!("a={}", "1".repeat(511));
        for state in ["no pair", &long] {
            let Caller(context) = Caller::parse(PARENT, Some(state)).expect("valid");
            assert_eq!(context.trace_state().header(), "", "{state}");
        }
    }
}
