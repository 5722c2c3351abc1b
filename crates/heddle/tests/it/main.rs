//! The server's tests: the real router on a real store, on both engines. Modules mirror the APIs; suites that go across
//! APIs stand beside them.

mod catalogue;
mod harness;
mod process;

mod across;
mod commands;
mod demo;
mod faults;
mod feed;
mod hostile;
mod matrix;
mod native;
mod refused;
mod webhooks;
