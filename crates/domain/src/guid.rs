//! GUIDs computed from ids, for conversations, messages, addresses and portfolios (Mews). They need no column and no index.
//!
//! Layout of the version 8 UUID: 48 bits of milliseconds (recorded time), 3 bits of kind, 53 bits of id, 18 bits of
//! account tag, placed around the version and variant bits. A GUID is not a secret: whoever knows these parts can
//! compute it. So a caller's permissions decide what it may see (`store.md` section 1).

use crate::time::Timestamp;

/// The kind of entity that a GUID identifies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuidKind {
    /// A conversation.
    Conversation,
    /// A message.
    Message,
    /// The address of an inbox; the id is the inbox's.
    InboxAddress,
    /// All inboxes of an account, as the one enterprise that Mews shows for a portfolio; the id is the account's.
    Portfolio,
    /// The postal address of a customer; the id is the customer's.
    CustomerAddress,
}

impl GuidKind {
    const fn code(self) -> u128 {
        match self {
            Self::Conversation => 1,
            Self::Message => 2,
            Self::InboxAddress => 3,
            Self::Portfolio => 4,
            Self::CustomerAddress => 5,
        }
    }
}

/// The parts encoded in a GUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuidParts {
    /// When the entity was recorded. The caller of [`Guid::decode`] must compare it with the row: a difference means
    /// that the GUID is not valid.
    pub created_at: Timestamp,
    /// The entity's id.
    pub id: i64,
    /// The account's random tag.
    pub tag: u32,
}

/// A 128-bit identifier, written in the 8-4-4-4-12 hexadecimal form. Upper and lower case are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Guid(pub u128);

const TAG_BITS: u32 = 18;
const ID_BITS: u32 = 53;
/// The greatest possible tag of an account, which is also the mask with all bits of a tag set.
pub const GUID_TAG_MASK: u32 = (1 << TAG_BITS) - 1;

impl Guid {
    /// Computes the GUID of an entity.
    #[must_use]
    pub fn encode(kind: GuidKind, parts: GuidParts) -> Self {
        let ms = u128::from(parts.created_at.0.unsigned_abs()) & ((1 << 48) - 1);
        let id = u128::from(parts.id.unsigned_abs()) & ((1 << ID_BITS) - 1);
        let tag = u128::from(parts.tag & GUID_TAG_MASK);
        // The 74 bits after the time: 12 bits between version and variant, 62 bits after the variant.
        let rest = (kind.code() << (ID_BITS + TAG_BITS)) | (id << TAG_BITS) | tag;
        let high = rest >> 62;
        let low = rest & ((1 << 62) - 1);
        Self((ms << 80) | (8 << 76) | (high << 64) | (0b10 << 62) | low)
    }

    /// Decodes a GUID that this server computed for an entity of `kind`; `None` for every other GUID.
    #[must_use]
    pub fn decode(self, kind: GuidKind) -> Option<GuidParts> {
        let version = (self.0 >> 76) & 0xF;
        let variant = (self.0 >> 62) & 0b11;
        let rest = (((self.0 >> 64) & 0xFFF) << 62) | (self.0 & ((1 << 62) - 1));
        if version != 8 || variant != 0b10 || rest >> (ID_BITS + TAG_BITS) != kind.code() {
            return None;
        }
        Some(GuidParts {
            created_at: Timestamp(i64::try_from(self.0 >> 80).ok()?),
            id: i64::try_from((rest >> TAG_BITS) & ((1 << ID_BITS) - 1)).ok()?,
            tag: u32::try_from(rest & u128::from(GUID_TAG_MASK)).ok()?,
        })
    }

    /// Parses the hyphenated form in upper or lower case; `None` for any other form, such as braces or missing
    /// hyphens.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 36 {
            return None;
        }
        let mut value: u128 = 0;
        for (at, byte) in bytes.iter().enumerate() {
            if matches!(at, 8 | 13 | 18 | 23) {
                if *byte != b'-' {
                    return None;
                }
                continue;
            }
            value = (value << 4) | u128::from(char::from(*byte).to_digit(16)?);
        }
        Some(Self(value))
    }
}

impl std::fmt::Display for Guid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Digit by digit: lists show very many GUIDs.
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = *b"00000000-0000-0000-0000-000000000000";
        let mut left = self.0;
        for digit in text.iter_mut().rev().filter(|digit| **digit != b'-') {
            *digit = DIGITS[(left & 0xF) as usize];
            left >>= 4;
        }
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::MAX_ID;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn decoding_a_guid_returns_the_encoded_parts(ms in 0_i64..(1 << 47), id in 1..=MAX_ID, tag in 0..=GUID_TAG_MASK) {
            let parts = GuidParts { created_at: Timestamp(ms), id, tag };
            let guid = Guid::encode(GuidKind::Message, parts);
            prop_assert_eq!(guid.decode(GuidKind::Message), Some(parts));
            prop_assert_eq!(guid.decode(GuidKind::Conversation), None);
            prop_assert_eq!(Guid::parse(&guid.to_string()), Some(guid));
            prop_assert_eq!(Guid::parse(&guid.to_string().to_uppercase()), Some(guid));
        }

        #[test]
        fn parsing_any_text_does_not_panic(text in ".{0,40}") {
            let _ = Guid::parse(&text);
        }
    }

    #[test]
    fn a_guid_made_elsewhere_does_not_decode() {
        let guid = Guid::parse("52e6b438-f2a7-4269-9944-b44a0089c667").expect("a GUID");
        assert_eq!(guid.decode(GuidKind::Conversation), None);
    }

    #[test]
    fn newer_entities_have_greater_guids() {
        let encode = |ms| {
            Guid::encode(
                GuidKind::Message,
                GuidParts {
                    created_at: Timestamp(ms),
                    id: 5,
                    tag: 1,
                },
            )
        };
        assert!(encode(2) > encode(1));
    }
}
