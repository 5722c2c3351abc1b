//! Reads a request: its path, and the JSON object in its body. An error names one fault, the first that is found.

mod body;
pub(crate) mod customer;
pub(crate) mod delegation;
pub(crate) mod filter;
pub(crate) mod follower;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod message;
pub(crate) mod opt_out;
pub(crate) mod search;
mod time;

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::context::Context;
use crate::error::{Code, Error};
use heddle_http::path::Params;

pub(crate) use body::read;
pub(crate) use customer::NewCustomer;
pub(crate) use delegation::{Delegation, Selection};
pub(crate) use filter::ThreadFilter;
pub(crate) use follower::{Followed, FollowerRequest, SubscriptionRequest, Wish};
pub(crate) use history::MessageFilter;
pub(crate) use import::{ImportItem, ImportRequest};
pub(crate) use message::{MessageRequest, MessageType};
pub(crate) use opt_out::{
    Communication, CommunicationList, CustomerList, OptOutChange, address_of_path,
};
pub(crate) use search::{CustomerSearch, check_exclusion};

/// The path parameters: decoded once, without U+0000. Any other text is accepted as an id, which may be unknown.
pub(crate) struct Path(Params);

impl FromRequestParts<Context> for Path {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Error> {
        let params = Params::from_request_parts(parts, context).await?;
        match params.first_nul() {
            None => Ok(Self(params)),
            Some(name) => Err(Error::invalid(
                Code::of_parameter(name),
                format!("{name} contains the character U+0000."),
            )),
        }
    }
}

impl Path {
    /// Returns the parameter with this name.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.get(name)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use heddle_http::members::{Body, Object};
    use heddle_http::shape::Shape;
    use serde_json::{Value, json};

    use super::*;

    /// Parses a body whose request has no media type.
    pub(crate) fn parse<T>(
        value: &Value,
        read: impl for<'a> FnOnce(&Object<'a>) -> T,
    ) -> Result<T, Error> {
        Ok(Body::parse(value.to_string().as_bytes(), &Shape::Whole)?.read(read)?)
    }

    #[test]
    fn errors_name_the_member() {
        let body = json!({"a": {"b": 1, "c": null, "d": [{}, 5], "e": ["x", 2]}});
        let text = |read: fn(&Object<'_>)| {
            let read = |body: &Object<'_>| read(&body.get("a").object().expect("an object"));
            match parse(&body, read) {
                Err(Error::Invalid { text, .. }) => text,
                other => panic!("{other:?}"),
            }
        };
        let expected = [
            (
                text(|a| drop(a.get("b").text().map(str::to_owned))),
                "a.b must be a string.",
            ),
            (
                text(|a| assert!(a.get("b").flag().is_none())),
                "a.b must be a boolean.",
            ),
            (
                text(|a| assert!(a.get("b").object().is_none())),
                "a.b must be an object.",
            ),
            (
                text(|a| {
                    let items = a.get("d").list(0..=9).expect("a list");
                    assert_eq!(items.filter_map(|item| item.object()).count(), 1);
                }),
                "a.d[1] must be an object.",
            ),
            (
                text(|a| assert!(a.get("e").texts().is_none())),
                "a.e must be a list of strings.",
            ),
            (text(|a| drop(a.get("c").required())), "a.c is required."),
        ];
        for (found, expected) in expected {
            assert_eq!(found, expected);
        }
    }
}
