//! Which members of a JSON body an API reads, and the parser that builds only those.
//!
//! Invariants: the whole text is checked as by [`crate::json::parse`], with the same errors. What no shape names is skipped
//! without being built, so it costs the time of its scan and no memory. U+0000 is found everywhere, skipped parts included.
//! Deliberately missing: the types of members, which [`crate::members`] checks.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::json::Syntax;
use crate::member_path::MemberPath;

/// The part of a value that an API reads. The items of a list have the shape of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// All members at every level, for JSON that is stored or returned unread.
    Whole,
    /// The members with these names; others are skipped.
    Known(&'static [(&'static str, Self)]),
    /// A text, a number or a flag. Of a list or an object in its place is built only whether it is empty.
    Scalar,
}

/// The shape of a list of texts, numbers or flags. An object in the place of one is built without members.
pub const SCALARS: Shape = Shape::Known(&[]);

/// Returns [`Shape::Known`] with these names. A name without a shape is a [`Shape::Scalar`].
#[macro_export]
macro_rules! known {
    ($($name:literal $(: $shape:expr)?),* $(,)?) => {
        $crate::shape::Shape::Known(&[$(($name, $crate::known!(@shape $($shape)?))),*])
    };
    (@shape) => { $crate::shape::Shape::Scalar };
    (@shape $shape:expr) => { $shape };
}

impl Shape {
    /// Returns the shape of a member; `None` if the member is skipped.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&'static Self> {
        match self {
            Self::Whole => Some(&Self::Whole),
            Self::Known(members) => {
                let known = members.iter().find(|(known, _)| *known == name);
                known.map(|(_, shape)| shape)
            }
            Self::Scalar => None,
        }
    }
}

/// Parses `bytes` as one JSON value and builds what `shape` names. Also returns the path of the first string or member name
/// that contains U+0000, whether it was built or not.
pub(crate) fn parse(
    bytes: &[u8],
    shape: &'static Shape,
) -> Result<(Value, Option<MemberPath>), Syntax> {
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    let nul = NulSearch::default();
    let build = Build { shape, nul: &nul };
    let value = build.deserialize(&mut parser)?;
    parser.end()?;
    Ok((value, nul.into_path()))
}

/// The search for the first U+0000.
#[derive(Debug, Default)]
struct NulSearch {
    found: Cell<bool>,
    /// The steps to it, the last step first.
    steps: RefCell<Vec<Place>>,
}

#[derive(Debug)]
enum Place {
    Member(String),
    Item(usize),
}

impl NulSearch {
    fn look_at(&self, text: &str) {
        if text.contains('\0') {
            self.found.set(true);
        }
    }

    /// Runs `read` for a member or an item. If the first U+0000 is in it, records its place.
    fn within<T>(&self, place: impl FnOnce() -> Place, read: impl FnOnce() -> T) -> T {
        let before = self.found.get();
        let value = read();
        if !before && self.found.get() {
            self.steps.borrow_mut().push(place());
        }
        value
    }

    fn into_path(self) -> Option<MemberPath> {
        let steps = self.steps.into_inner().into_iter().rev();
        let path = steps.fold(MemberPath::default(), |path, step| match step {
            Place::Member(name) => path.member(&name),
            Place::Item(at) => path.item(at),
        });
        self.found.get().then_some(path)
    }
}

/// Builds the value that comes next, as far as the shape names it.
#[derive(Clone, Copy)]
struct Build<'n> {
    shape: &'static Shape,
    nul: &'n NulSearch,
}

impl<'de> DeserializeSeed<'de> for Build<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Build<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        self.visit_string(text.to_owned())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        self.nul.look_at(&text);
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        if self.shape == &Shape::Scalar {
            let skipped = Skip(self.nul).visit_items(list)?;
            items.extend((skipped > 0).then_some(Value::Null));
            return Ok(Value::Array(items));
        }
        loop {
            let at = items.len();
            let next = self
                .nul
                .within(|| Place::Item(at), || list.next_element_seed(self));
            match next? {
                Some(item) => items.push(item),
                None => return Ok(Value::Array(items)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut built = Map::new();
        while let Some(name) = members.next_key_seed(Name(self.nul))? {
            let place = || Place::Member(name.chars().take(LONGEST_NAME).collect());
            match self.shape.member(&name) {
                Some(shape) => {
                    let build = Self { shape, ..self };
                    let value = self.nul.within(place, || members.next_value_seed(build));
                    built.insert(name.into_owned(), value?);
                }
                None => {
                    let skip = Skip(self.nul);
                    let skipped = self.nul.within(place, || members.next_value_seed(skip));
                    skipped?;
                }
            }
        }
        Ok(Value::Object(built))
    }
}

/// The length to which the names in a path are cut, in characters: more than a [`MemberPath`] shows.
const LONGEST_NAME: usize = 200;

/// Reads the name of a member.
struct Name<'n>(&'n NulSearch);

impl<'n> Name<'n> {
    fn look_at(&self, name: &str) {
        let place = || Place::Member(name.chars().take(LONGEST_NAME).collect());
        self.0.within(place, || self.0.look_at(name));
    }
}

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name<'_> {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        self.look_at(name);
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        self.look_at(name);
        Ok(Cow::Owned(name.to_owned()))
    }
}

/// Checks the value that comes next, and builds nothing.
#[derive(Clone, Copy)]
struct Skip<'n>(&'n NulSearch);

impl Skip<'_> {
    /// Skips all items of a list and returns their number.
    fn visit_items<'de, A: SeqAccess<'de>>(self, mut list: A) -> Result<usize, A::Error> {
        let mut count = 0;
        loop {
            let next = || list.next_element_seed(self);
            if self.0.within(|| Place::Item(count), next)?.is_none() {
                return Ok(count);
            }
            count += 1;
        }
    }
}

impl<'de> DeserializeSeed<'de> for Skip<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Skip<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        self.0.look_at(text);
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        self.visit_items(list).map(drop)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key_seed(Name(self.0))? {
            let place = || Place::Member(name.chars().take(LONGEST_NAME).collect());
            self.0.within(place, || members.next_value_seed(self))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
