//! Heddle's server library: the HTTP kit, the doors, configuration and telemetry. The binary only wires them.

pub mod config;
pub mod kit;
pub mod telemetry;
