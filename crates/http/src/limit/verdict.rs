//! What a rate limiter decides about one request.

/// The decision about one request, with the numbers for an API's rate-limit headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the request is allowed.
    pub allowed: bool,
    /// The limit that was applied; 0 if the limiter is off.
    pub limit: u32,
    /// Units left after this request; 0 if the limiter is off.
    pub remaining: u32,
    /// Seconds until a request is allowed again, rounded up, at least 1; 0 if this request is allowed.
    pub retry_after_s: u32,
}

impl Verdict {
    /// Turns the decision into a result, for `?`.
    ///
    /// # Errors
    /// If this request is refused: the seconds until a request is allowed again.
    pub fn into_result(self) -> Result<(), u32> {
        if self.allowed {
            Ok(())
        } else {
            Err(self.retry_after_s)
        }
    }

    pub(super) fn off() -> Self {
        Self {
            allowed: true,
            limit: 0,
            remaining: 0,
            retry_after_s: 0,
        }
    }

    pub(super) fn allowed(limit: u32, used: u32) -> Self {
        Self {
            allowed: true,
            limit,
            remaining: limit.saturating_sub(used),
            retry_after_s: 0,
        }
    }

    pub(super) fn refused(limit: u32, used: u32, wait_ms: i64) -> Self {
        let seconds = wait_ms.saturating_add(999) / 1000;
        Self {
            allowed: false,
            limit,
            remaining: limit.saturating_sub(used),
            retry_after_s: u32::try_from(seconds.max(1)).unwrap_or(u32::MAX),
        }
    }
}
