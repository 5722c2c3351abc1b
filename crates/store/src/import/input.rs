//! The lines of an export as an import reads them, with a checksum of all lines so far.

use std::io::{BufRead, Read};

use sha2::{Digest, Sha256};

use super::failure::ImportError;

/// The greatest length of a line. The longest are bodies of messages.
const LONGEST: u64 = 256 << 20;

/// The lines of an export.
pub(super) struct Lines<'a> {
    input: &'a mut dyn BufRead,
    line: Vec<u8>,
    number: u64,
    /// The accepted lines.
    hash: Sha256,
    bytes: u64,
}

impl<'a> Lines<'a> {
    pub(super) fn new(input: &'a mut dyn BufRead) -> Self {
        Self {
            input,
            line: Vec::new(),
            number: 0,
            hash: Sha256::new(),
            bytes: 0,
        }
    }

    /// Reads the next line.
    pub(super) fn next(&mut self) -> Result<(), ImportError> {
        self.line.clear();
        self.number += 1;
        let mut limited = (&mut *self.input).take(LONGEST);
        limited.read_until(b'\n', &mut self.line)?;
        match self.line.last() {
            Some(b'\n') => Ok(()),
            Some(_) if self.line.len() as u64 == LONGEST => Err(self.wrong("it is too long")),
            _ => {
                let text = format!(
                    "the export ends in line {}, before its last line: it was cut off. Copy or export it again",
                    self.number
                );
                Err(ImportError::Refused(text))
            }
        }
    }

    /// Fails if there is more after the current line.
    pub(super) fn must_end(&mut self) -> Result<(), ImportError> {
        match self.input.fill_buf()?.is_empty() {
            true => Ok(()),
            false => Err(ImportError::Refused(
                "there is more after the last line of the export".into(),
            )),
        }
    }

    /// The current line.
    pub(super) fn line(&self) -> &[u8] {
        &self.line
    }

    /// The number of the current line, from 1.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// Counts the current line as taken.
    pub(super) fn accept(&mut self) {
        self.hash.update(&self.line);
        self.bytes += self.line.len() as u64;
    }

    /// The number of bytes of the accepted lines.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The checksum of the accepted lines.
    pub(super) fn sum(&self) -> String {
        base16ct::lower::encode_string(&self.hash.clone().finalize())
    }

    /// Returns the error of the current line.
    pub(super) fn wrong(&self, reason: impl Into<String>) -> ImportError {
        ImportError::Line {
            line: self.number,
            reason: reason.into(),
        }
    }
}
