//! The server's tests: the real router on a real store, on both engines. Modules mirror the doors; suites that go across
//! doors stand beside them.

mod harness;

mod helpscout;
mod magicline;
mod native;
