//! Which inboxes of an account a caller reaches or a webhook covers.

use std::collections::BTreeSet;

use crate::id::InboxId;

/// The inboxes to which a credential or webhook is limited, or no limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InboxScope {
    /// Every inbox of the account, also those that are created later.
    All,
    /// Only these inboxes. An empty set means no inbox.
    Only(BTreeSet<InboxId>),
}

impl InboxScope {
    /// Builds a scope of exactly these inboxes. Without any, the scope contains no inbox.
    #[must_use]
    pub fn only(inboxes: impl IntoIterator<Item = InboxId>) -> Self {
        Self::Only(inboxes.into_iter().collect())
    }

    /// Builds a scope from the inboxes that a caller names. If the caller names none, the scope contains all inboxes.
    /// Use it only where a list comes from a person or a program.
    #[must_use]
    pub fn requested(inboxes: impl IntoIterator<Item = InboxId>) -> Self {
        match Self::only(inboxes) {
            Self::Only(none) if none.is_empty() => Self::All,
            some => some,
        }
    }

    /// Whether the scope contains the inbox.
    #[must_use]
    pub fn contains(&self, inbox: InboxId) -> bool {
        match self {
            Self::All => true,
            Self::Only(inboxes) => inboxes.contains(&inbox),
        }
    }

    /// Whether the scope is limited to exactly one inbox.
    #[must_use]
    pub fn is_one(&self) -> bool {
        match self {
            Self::All => false,
            Self::Only(inboxes) => inboxes.len() == 1,
        }
    }

    /// Whether the scope lets a caller see a customer with this home inbox. A customer without a home inbox can be seen
    /// with every scope that contains an inbox.
    #[must_use]
    pub fn reaches_home(&self, home: Option<InboxId>) -> bool {
        match (self, home) {
            (Self::Only(inboxes), None) => !inboxes.is_empty(),
            (_, Some(home)) => self.contains(home),
            (Self::All, None) => true,
        }
    }

    /// Whether `outer` contains every inbox that this scope contains, also those that are created later.
    #[must_use]
    pub fn within(&self, outer: &Self) -> bool {
        match (self, outer) {
            (_, Self::All) => true,
            (Self::All, Self::Only(_)) => false,
            (Self::Only(inner), Self::Only(outer)) => inner.is_subset(outer),
        }
    }

    /// Returns a scope with the inboxes that both scopes contain.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::All, scope) | (scope, Self::All) => scope.clone(),
            (Self::Only(one), Self::Only(two)) => Self::Only(one & two),
        }
    }

    /// Returns the inboxes that the scope is limited to, ordered by id; nothing if it has no limit.
    pub fn limit(&self) -> impl Iterator<Item = InboxId> + '_ {
        let inboxes = match self {
            Self::All => None,
            Self::Only(inboxes) => Some(inboxes),
        };
        inboxes.into_iter().flatten().copied()
    }

    /// Returns the inboxes in the form in which an event lists them: by id; an empty list if there is no limit; `None`
    /// if the scope contains no inbox.
    #[must_use]
    pub fn listed(&self) -> Option<Vec<InboxId>> {
        (*self != Self::only([])).then(|| self.limit().collect())
    }

    /// Returns the text that the database stores: ids separated by commas; `None` if the scope has no limit.
    #[must_use]
    pub fn to_text(&self) -> Option<String> {
        let Self::Only(inboxes) = self else {
            return None;
        };
        let ids: Vec<String> = inboxes.iter().map(ToString::to_string).collect();
        Some(ids.join(","))
    }

    /// Parses a text that [`Self::to_text`] wrote; `None` if the text is not a list of ids.
    #[must_use]
    pub fn parse(text: Option<&str>) -> Option<Self> {
        let Some(text) = text else {
            return Some(Self::All);
        };
        let ids = text.split(',').filter(|id| !id.is_empty());
        let inboxes: Result<_, _> = ids.map(|id| id.parse().map(InboxId)).collect();
        inboxes.ok().map(Self::Only)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scopes() -> [InboxScope; 4] {
        let only = |ids: &[i64]| InboxScope::only(ids.iter().copied().map(InboxId));
        [only(&[]), only(&[1]), only(&[2, 1, 1]), InboxScope::All]
    }

    #[test]
    fn nothing_is_the_opposite_of_all() {
        let [nothing, one, _, all] = scopes();
        assert!(!nothing.contains(InboxId(1)) && !nothing.reaches_home(None));
        assert!(all.contains(InboxId(1)) && all.reaches_home(None));
        assert!(one.reaches_home(None) && one.reaches_home(Some(InboxId(1))));
        assert!(!one.reaches_home(Some(InboxId(2))) && !one.contains(InboxId(2)));
    }

    #[test]
    fn one_inbox_named_twice_is_one_inbox() {
        let is_one = |ids: &[i64]| InboxScope::requested(ids.iter().copied().map(InboxId)).is_one();
        assert!(is_one(&[1]) && is_one(&[1, 1]));
        assert!(!is_one(&[]) && !is_one(&[1, 2]));
        assert!(!InboxScope::only([]).is_one() && !InboxScope::All.is_one());
    }

    #[test]
    fn each_is_within_those_that_hold_more() {
        let scopes = scopes();
        for (small, inner) in scopes.iter().enumerate() {
            for (large, outer) in scopes.iter().enumerate() {
                assert_eq!(inner.within(outer), small <= large, "{inner:?} {outer:?}");
                assert_eq!(inner.intersect(outer), scopes[small.min(large)]);
            }
        }
    }

    #[test]
    fn what_is_stored_is_read_again() {
        let texts = [Some(""), Some("1"), Some("1,2"), None];
        for (scope, text) in scopes().into_iter().zip(texts) {
            assert_eq!(scope.to_text().as_deref(), text);
            assert_eq!(InboxScope::parse(text), Some(scope));
        }
        assert_eq!(InboxScope::parse(Some("1,x")), None);
    }

    #[test]
    fn a_request_without_inboxes_means_all() {
        assert_eq!(InboxScope::requested([]), InboxScope::All);
        let some = [InboxId(2), InboxId(1), InboxId(2)];
        let ids: Vec<_> = InboxScope::requested(some).limit().collect();
        assert_eq!(ids, [InboxId(1), InboxId(2)]);
        assert_eq!(InboxScope::All.limit().count(), 0);
    }
}
