//! The server's tests: the real router on a real store, on SQLite and PostgreSQL. Each API has a module; suites that test all
//! APIs are beside them.

mod catalogue;
mod cleaning;
mod harness;
mod process;

mod across;
mod backup;
mod bodies;
mod commands;
mod dated;
mod deleted;
mod demo;
mod doctor;
mod faults;
mod feed;
mod heavy;
mod hostile;
mod http2;
mod limits;
mod logs;
mod manual;
mod matrix;
mod metrics;
mod moving;
mod native;
mod objects;
mod operator;
mod packaging;
mod quick_start;
mod refused;
mod removal;
mod removing_inboxes;
mod reported;
mod request_ids;
mod retention;
mod roundtrip;
mod signals;
mod traces;
mod unsupported;
mod webhooks;
