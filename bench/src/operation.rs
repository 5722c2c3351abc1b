//! The operations that are measured, and the request of each.

use std::fmt;

use anyhow::{Context as _, Result};
use clap::ValueEnum;
use serde_json::Value;

use crate::http::Client;
use crate::requests::{self, Demo};
use crate::wrk::Request;

/// The number of connections at which several rounds are measured.
pub(crate) const MAIN_CONNECTIONS: u32 = 64;
/// The number of conversations to which messages are appended, one after the other.
pub(crate) const APPENDED: usize = 10_000;
/// The number of threads of the application that the Mews read pages through.
const MEWS_THREADS: usize = 50;

/// All operations, in the order of the tables.
pub(crate) const ALL: [Operation; 8] = [
    Operation::Create,
    Operation::Append,
    Operation::Mews,
    Operation::Mykaarma,
    Operation::NativeCreate,
    Operation::NativeAppend,
    Operation::NativeList,
    Operation::NativeGet,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Operation {
    /// Magicline: a new conversation with its first message
    Create,
    /// Help Scout: a phone thread on one of 10,000 conversations
    Append,
    /// Mews: a page of 50 threads
    Mews,
    /// myKaarma: a customer's latest 20 threads
    Mykaarma,
    /// Native: a new conversation with its first message
    NativeCreate,
    /// Native: a message on one of 10,000 conversations
    NativeAppend,
    /// Native: the latest 50 conversations
    NativeList,
    /// Native: one conversation
    NativeGet,
}

impl Operation {
    pub(crate) const fn is_write(self) -> bool {
        matches!(
            self,
            Self::Create | Self::Append | Self::NativeCreate | Self::NativeAppend
        )
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Create => "create (Magicline)",
            Self::Append => "append (Help Scout)",
            Self::Mews => "read (Mews)",
            Self::Mykaarma => "read (myKaarma)",
            Self::NativeCreate => "create (native)",
            Self::NativeAppend => "append (native)",
            Self::NativeList => "list (native)",
            Self::NativeGet => "get (native)",
        }
    }
}

impl fmt::Display for Operation {
    /// The word of the command line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value().ok_or(fmt::Error)?;
        f.write_str(value.get_name())
    }
}

/// Creates the records that the operation needs, and returns its request.
pub(crate) fn prepare(
    operation: Operation,
    url: &str,
    demo: &Demo,
    conversations: &[i64],
) -> Result<Request> {
    let mut client = Client::connect(url)?;
    match operation {
        Operation::Create => demo.create(),
        Operation::Append => {
            let answer: Value =
                serde_json::from_str(&client.send_expecting_success(&demo.token()?)?)?;
            let token = answer["access_token"]
                .as_str()
                .context("no access_token in the answer")?;
            demo.append(token, &conversations[..conversations.len().min(APPENDED)])
        }
        Operation::Mykaarma => demo.customer_threads(),
        Operation::NativeCreate => demo.native_create(),
        Operation::NativeAppend => {
            demo.native_append(&conversations[..conversations.len().min(APPENDED)])
        }
        Operation::NativeList => demo.conversations(),
        Operation::NativeGet => {
            let middle = conversations[conversations.len() / 2];
            let mut each = demo.each_conversation(&[middle])?;
            each.pop().context("one request for one conversation")
        }
        Operation::Mews => {
            let mut created = Vec::new();
            for _ in 0..MEWS_THREADS {
                let answer: Value =
                    serde_json::from_str(&client.send_expecting_success(&demo.add_thread()?)?)?;
                let time = answer["MessageThreads"][0]["CreatedUtc"].as_str();
                created.push(time.context("no CreatedUtc in the answer")?.to_owned());
            }
            let (start, end) = requests::whole_days(&created[0], &created[MEWS_THREADS - 1]);
            demo.threads_created(&start, &end)
        }
    }
}
