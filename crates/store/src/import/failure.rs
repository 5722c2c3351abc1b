//! Why an import fails.

use std::io;

use crate::error::Error;

/// Why an import failed.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The export cannot be taken, or the store cannot take it.
    #[error("{0}")]
    Refused(String),
    /// A line of the export is wrong.
    #[error("line {line} of the export: {reason}")]
    Line {
        /// The number of the line, from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// The export cannot be read.
    #[error("cannot read the export: {0}")]
    Input(#[from] io::Error),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] Error),
}
