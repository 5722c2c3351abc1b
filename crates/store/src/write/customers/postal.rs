//! Changes of a customer's postal address, which it has or has not.

use heddle_domain::customer::PostalAddress;

use crate::error::{Entity, Refusal, Result};

/// A change of the postal address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostalChange {
    /// Sets or removes the address, whether there is one or not.
    Set(Option<PostalAddress>),
    /// Adds the address; there must be none.
    Create(PostalAddress),
    /// Replaces the address; there must be one.
    Replace(PostalAddress),
    /// Removes the address; there must be one.
    Remove,
    /// Sets a part of the address; there must be one.
    Part(PostalPart),
}

/// A part of a postal address with its new value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostalPart {
    /// The lines before the city.
    Lines(Vec<String>),
    /// The city.
    City(String),
    /// State, province or region.
    State(String),
    /// The postal code.
    PostalCode(String),
    /// The country.
    Country(String),
}

impl PostalPart {
    fn write(&self, address: &mut PostalAddress) {
        match self {
            Self::Lines(lines) => address.lines.clone_from(lines),
            Self::City(city) => address.city.clone_from(city),
            Self::State(state) => address.state.clone_from(state),
            Self::PostalCode(code) => address.postal_code.clone_from(code),
            Self::Country(country) => address.country.clone_from(country),
        }
    }
}

/// Returns the postal address after the changes.
pub(super) fn apply(
    before: Option<&PostalAddress>,
    changes: &[PostalChange],
) -> Result<Option<PostalAddress>> {
    let mut address = before.cloned();
    let missing = Refusal::NotFound(Entity::Address);
    for change in changes {
        address = match (change, address) {
            (PostalChange::Set(to), _) => to.clone(),
            (PostalChange::Create(_), Some(_)) => {
                return Err(Refusal::Conflict("the postal address").into());
            }
            (PostalChange::Create(to), None) | (PostalChange::Replace(to), Some(_)) => {
                Some(to.clone())
            }
            (PostalChange::Remove, Some(_)) => None,
            (PostalChange::Part(part), Some(mut address)) => {
                part.write(&mut address);
                Some(address)
            }
            (PostalChange::Replace(_) | PostalChange::Remove | PostalChange::Part(_), None) => {
                return Err(missing.into());
            }
        };
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(city: &str) -> PostalAddress {
        PostalAddress {
            lines: vec!["1 Mill Lane".into()],
            city: city.into(),
            state: "BY".into(),
            postal_code: "80331".into(),
            country: "DE".into(),
        }
    }

    #[test]
    fn each_change_needs_its_state_before() {
        use PostalChange::*;
        let (ulm, bonn) = (address("Ulm"), address("Bonn"));
        let missing = || Err(Refusal::NotFound(Entity::Address).into());
        let part = || Part(PostalPart::City("Bonn".into()));
        for (change, with, without) in [
            (Set(None), Ok(None), Ok(None)),
            (Set(Some(bonn.clone())), Ok(Some(&bonn)), Ok(Some(&bonn))),
            (
                Create(bonn.clone()),
                Err(Refusal::Conflict("the postal address").into()),
                Ok(Some(&bonn)),
            ),
            (Replace(bonn.clone()), Ok(Some(&bonn)), missing()),
            (Remove, Ok(None), missing()),
            (part(), Ok(Some(&bonn)), missing()),
        ] {
            let changes = std::slice::from_ref(&change);
            let expected = with.map(|found: Option<&PostalAddress>| found.cloned());
            assert_eq!(apply(Some(&ulm), changes), expected, "{change:?}");
            let expected = without.map(|found: Option<&PostalAddress>| found.cloned());
            assert_eq!(apply(None, changes), expected, "{change:?}");
        }
    }

    #[test]
    fn changes_follow_each_other() {
        let changes = [
            PostalChange::Remove,
            PostalChange::Create(address("Bonn")),
            PostalChange::Part(PostalPart::Lines(Vec::new())),
            PostalChange::Part(PostalPart::State("NW".into())),
            PostalChange::Part(PostalPart::PostalCode("53111".into())),
            PostalChange::Part(PostalPart::Country("AT".into())),
        ];
        let expected = PostalAddress {
            lines: Vec::new(),
            city: "Bonn".into(),
            state: "NW".into(),
            postal_code: "53111".into(),
            country: "AT".into(),
        };
        assert_eq!(apply(Some(&address("Ulm")), &changes), Ok(Some(expected)));
    }
}
