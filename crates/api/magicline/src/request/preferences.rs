//! Reads communication preferences (contract section 5.4): a bare list, or a member of another body.

use heddle_domain::customer::{Category, PreferenceChange};
use heddle_http::budget::Sender;
use heddle_http::known;
use heddle_http::members::{Item, Object, Unparsed};
use heddle_http::shape::Shape;
use http::HeaderMap;

use super::{BODY_LIMIT, CHANNELS};
use crate::error::Error;
use crate::text::Text;

/// The vendor's words for categories.
pub(crate) const CATEGORIES: [(&str, Category); 5] = [
    ("CONTRACT", Category::Contract),
    ("GENERAL", Category::General),
    ("APPOINTMENT", Category::Appointment),
    ("NEWSLETTER", Category::Newsletter),
    ("LOYALTY_PROGRAM", Category::LoyaltyProgram),
];

/// The maximum number of channels in a category, and of categories in a list that is part of a body.
pub(crate) const MOST_ITEMS: usize = 1_000;

pub(crate) const SHAPE: Shape = known!(
    "messageCategory",
    "channels": known!("communicationChannel", "customerOverridable", "active"),
);

/// Reads the body of an update.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: axum::body::Body,
) -> Result<Vec<PreferenceChange>, Error> {
    let body = Unparsed::receive(headers, body, BODY_LIMIT, Sender::Known).await?;
    let body = body.parse_list(&SHAPE).await?;
    if !body.is_list() {
        return Err(Error::invalid(Text::NotAnArray));
    }
    let changes = body.in_turn(|body| body.read(|objects| objects.iter().flat_map(of).collect()));
    Ok(changes.await?)
}

/// Reads the preferences in a member of a body.
pub(crate) fn of_member(member: &Item<'_>) -> Vec<PreferenceChange> {
    let items = member.list(0..=MOST_ITEMS).into_iter().flatten();
    items
        .filter_map(|item| item.object())
        .flat_map(|object| of(&object))
        .collect()
}

/// Reads the channels of a category. Channels without a category belong nowhere, so they are refused.
fn of(object: &Object<'_>) -> Vec<PreferenceChange> {
    let member = object.get("messageCategory");
    let category = member.meaning(&CATEGORIES);
    let channels = object.get("channels").list(0..=MOST_ITEMS);
    let channels: Vec<_> = channels.into_iter().flatten().collect();
    if !channels.is_empty() {
        let _checked = member.required();
    }
    channels
        .iter()
        .filter_map(|item| channel(category, &item.object()?))
        .collect()
}

fn channel(category: Option<Category>, object: &Object<'_>) -> Option<PreferenceChange> {
    let channel = object.get("communicationChannel").required();
    let channel = channel.meaning(&CHANNELS);
    let customer_overridable = object.get("customerOverridable").flag();
    let active = object.get("active").flag();
    Some(PreferenceChange {
        category: category?,
        channel: channel?,
        active,
        customer_overridable,
    })
}
