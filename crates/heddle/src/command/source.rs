//! The configuration and the store that a command uses.

use std::path::PathBuf;

use clap::Args;
use heddle::apis;
use heddle::config::{Config, ConfigError, Overrides};
use heddle_store::ClockCheck;

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
    /// Open the store although its ids are ahead of the clock: the clock is right
    #[arg(long, global = true, help_heading = "Store")]
    accept_clock: bool,
}

impl Source {
    /// Returns whether the store may open although its ids are ahead of the clock.
    pub(crate) const fn clock_check(&self) -> ClockCheck {
        if self.accept_clock {
            ClockCheck::Accept
        } else {
            ClockCheck::Refuse
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
