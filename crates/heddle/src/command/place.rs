//! Where an administration command runs.

/// Where a command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the server that has the SQLite database open.
    Server,
    /// In a process of its own.
    Here,
}
