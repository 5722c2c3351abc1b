//! Backups. A folder with the backups of one store is called a series:
//!
//! ```text
//! heddle-backups.json          says that the folder is a series; whoever adds a backup locks it
//! objects/1/<name>             the objects (attachment files) of all backups, each once
//! 2026-11-30T12-45-00.123Z/    one backup, named by its point in time
//!   database.sqlite.zst          the database, compressed; of PostgreSQL database.pgdump, which pg_restore reads
//!   objects.txt                  size and name of each object of this backup; the name begins with the SHA-256
//!   manifest.json                what the backup is, with the checksums of the two other files
//! ```
//!
//! Invariants: a backup contains every write that was acknowledged before its point in time, and nothing later. Each file gets its
//! name only when it is complete and synced, and the folder of a backup gets its name last; so whatever has the name of a backup
//! is whole. Names that begin with `.part-` are unfinished. Nothing here contains the sealing key.

pub(crate) mod files;
pub(crate) mod manifest;
pub(crate) mod newest;
pub(crate) mod postgres;
pub(crate) mod progress;
pub(crate) mod prune;
pub(crate) mod restore;
pub(crate) mod series;
pub(crate) mod take;
pub(crate) mod verify;
