//! Commands in a span of OpenTelemetry, if there are traces.

use heddle_traces::{Command, Run};

use crate::error::Result;
use crate::tx::{LockOrder, Tx, Write};

/// A command that runs in the span of its caller, on whatever thread the engine runs it.
pub(crate) struct Traced<W> {
    command: W,
    /// `None`: no traces, or the caller has no span.
    run: Option<Run>,
}

impl<W> Traced<W> {
    pub(crate) fn new(command: W, span: Option<&Command>) -> Self {
        Self {
            command,
            run: span.map(Command::run),
        }
    }
}

impl<W: Write> Write for Traced<W> {
    type Out = W::Out;

    const NAME: &'static str = W::NAME;

    fn weight(&self) -> usize {
        self.command.weight()
    }

    fn may_repeat(&self) -> bool {
        self.command.may_repeat()
    }

    fn lock_order(&self) -> Option<LockOrder> {
        self.command.lock_order()
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<W::Out> {
        Run::around(self.run.as_ref(), self.command.apply(tx)).await
    }
}
