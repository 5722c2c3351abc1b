//! Computed GUIDs for conversations and messages (Mews), so that they need no column and no index.
//!
//! Layout, a version 8 UUID: 48 bits recorded milliseconds, 3 bits kind, 53 bits id, 18 bits account tag, spread around
//! the version and variant bits. A GUID can be guessed by who knows the pieces: what may be seen is decided by the
//! caller's visibility, never by the GUID. (`store.md` section 1.)

use crate::time::Timestamp;

/// What a GUID names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuidKind {
    /// A conversation.
    Conversation,
    /// A message.
    Message,
}

impl GuidKind {
    const fn code(self) -> u128 {
        match self {
            Self::Conversation => 1,
            Self::Message => 2,
        }
    }
}

/// The readable parts of a computed GUID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuidParts {
    /// The entity's recorded time; decoding is only valid if it equals the row's.
    pub created_at: Timestamp,
    /// The entity's id.
    pub id: i64,
    /// The account's random tag.
    pub tag: u32,
}

/// A 128-bit identifier in the 8-4-4-4-12 hex form, compared without regard to case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Guid(pub u128);

const TAG_BITS: u32 = 18;
const ID_BITS: u32 = 53;
/// How many bits an account's tag has.
pub const GUID_TAG_MASK: u32 = (1 << TAG_BITS) - 1;

impl Guid {
    /// The GUID of an entity.
    #[must_use]
    pub fn encode(kind: GuidKind, parts: GuidParts) -> Self {
        let ms = u128::from(parts.created_at.0.unsigned_abs()) & ((1 << 48) - 1);
        let id = u128::from(parts.id.unsigned_abs()) & ((1 << ID_BITS) - 1);
        let tag = u128::from(parts.tag & GUID_TAG_MASK);
        // 74 bits follow the time: 12 between version and variant, 62 behind the variant.
        let rest = (kind.code() << (ID_BITS + TAG_BITS)) | (id << TAG_BITS) | tag;
        let high = rest >> 62;
        let low = rest & ((1 << 62) - 1);
        Self((ms << 80) | (8 << 76) | (high << 64) | (0b10 << 62) | low)
    }

    /// The parts of a GUID that this server computed for `kind`; `None` for every other GUID.
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

    /// Reads the hyphenated form, either case. Braces, missing hyphens and blanks are not a GUID here.
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
        let v = self.0;
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            v >> 96,
            (v >> 80) & 0xFFFF,
            (v >> 64) & 0xFFFF,
            (v >> 48) & 0xFFFF,
            v & 0xFFFF_FFFF_FFFF
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::MAX_ID;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_guid_gives_back_its_parts(ms in 0_i64..(1 << 47), id in 1..=MAX_ID, tag in 0..=GUID_TAG_MASK) {
            let parts = GuidParts { created_at: Timestamp(ms), id, tag };
            let guid = Guid::encode(GuidKind::Message, parts);
            prop_assert_eq!(guid.decode(GuidKind::Message), Some(parts));
            prop_assert_eq!(guid.decode(GuidKind::Conversation), None);
            prop_assert_eq!(Guid::parse(&guid.to_string()), Some(guid));
            prop_assert_eq!(Guid::parse(&guid.to_string().to_uppercase()), Some(guid));
        }

        #[test]
        fn any_text_is_safe_to_parse(text in ".{0,40}") {
            let _ = Guid::parse(&text);
        }
    }

    #[test]
    fn a_vendor_guid_is_not_ours() {
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
