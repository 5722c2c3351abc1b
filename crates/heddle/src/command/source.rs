//! The configuration and the store that a command uses.

use std::path::PathBuf;

use clap::Args;
use heddle::apis;
use heddle::config::{Config, ConfigError, Overrides};
use heddle_store::ClockCheck;

use crate::storage::{Making, Opening};

/// Where the configuration comes from. Flags override the environment, which overrides the file.
#[derive(Args, Clone, Debug)]
pub(crate) struct Source {
    /// Configuration file
    #[arg(
        long,
        value_name = "FILE",
        env = "HEDDLE_CONFIG",
        hide_env_values = true
    )]
    #[arg(global = true, help_heading = "Store")]
    config: Option<PathBuf>,
    /// Data folder
    #[arg(long, value_name = "DIR", global = true, help_heading = "Store")]
    data: Option<String>,
    /// Database: sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE
    #[arg(long, value_name = "URL", global = true, help_heading = "Store")]
    store: Option<String>,
    /// Make the store if there is none
    #[arg(long, global = true, help_heading = "Store")]
    create: bool,
    /// Open the store although its ids are ahead of the clock: the clock is right
    #[arg(long, global = true, help_heading = "Store")]
    accept_clock: bool,
    /// Open the database although its write-ahead log is missing: the latest writes may be lost
    #[arg(long, global = true, help_heading = "Store")]
    accept_missing_log: bool,
}

impl Source {
    /// Returns what the operator allows when the store is opened.
    pub(crate) const fn opening(&self) -> Opening {
        Opening {
            check: if self.accept_clock {
                ClockCheck::Accept
            } else {
                ClockCheck::Refuse
            },
            making: if self.create {
                Making::Allowed
            } else {
                Making::AfterInit
            },
            accept_missing_log: self.accept_missing_log,
            syncs: true,
        }
    }

    /// Returns the configuration, overridden by further flags.
    ///
    /// # Errors
    /// Fails if a source cannot be read, or has a key or value that does not exist.
    pub(crate) fn load(&self, flags: Overrides) -> Result<Config, ConfigError> {
        let flags = flags
            .set("store.data", self.data.clone())
            .set("store.url", self.store.clone());
        Config::load(self.config.as_deref(), flags, &apis::descriptions())
    }
}
