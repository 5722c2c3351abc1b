//! Which members of a JSON body an API reads, and the parser that builds only those.
//!
//! Invariants: the whole text is checked as by [`crate::json::parse`], with the same errors. What no shape names is skipped
//! without being built, so it costs the time of its scan and no memory. Deliberately missing: the types of members and
//! U+0000, which [`crate::members`] checks where a member is read.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::json::Syntax;

/// The part of a value that an API reads. The items of a list have the shape of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// All members at every level, for JSON that is stored or returned unread.
    Whole,
    /// All members at every level, of which the API reads those with these names. The rest is stored or returned unread.
    Open(&'static [(&'static str, Self)]),
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

/// Returns [`Shape::Open`] with these names. A name without a shape is a [`Shape::Scalar`].
#[macro_export]
macro_rules! open {
    ($($name:literal $(: $shape:expr)?),* $(,)?) => {
        $crate::shape::Shape::Open(&[$(($name, $crate::known!(@shape $($shape)?))),*])
    };
}

impl Shape {
    /// Returns the shape of a member that the API reads; `None` if it does not read the member.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&'static Self> {
        match self {
            Self::Whole => Some(&Self::Whole),
            Self::Known(members) | Self::Open(members) => {
                let known = members.iter().find(|(known, _)| *known == name);
                known.map(|(_, shape)| shape)
            }
            Self::Scalar => None,
        }
    }

    /// Returns the shape with which a member is built; `None` if the member is skipped.
    fn built(&self, name: &str) -> Option<&'static Self> {
        match self {
            Self::Open(_) => Some(&Self::Whole),
            Self::Whole | Self::Known(_) | Self::Scalar => self.member(name),
        }
    }

    /// Whether an object of this shape is built with all its members.
    pub(crate) const fn is_whole(&self) -> bool {
        matches!(self, Self::Whole | Self::Open(_))
    }

    /// Returns the paths of all members that the API reads, such as `threads.attachments.fileName`. Lists add nothing to a
    /// path.
    #[must_use]
    pub fn paths(&self) -> Vec<String> {
        let (Self::Known(members) | Self::Open(members)) = self else {
            return Vec::new();
        };
        let mut paths = Vec::new();
        for (name, shape) in *members {
            paths.push((*name).to_owned());
            let below = shape.paths().into_iter();
            paths.extend(below.map(|path| format!("{name}.{path}")));
        }
        paths
    }
}

/// Parses `bytes` as one JSON value and builds what `shape` names.
pub(crate) fn parse(bytes: &[u8], shape: &'static Shape) -> Result<Value, Syntax> {
    let mut parser = serde_json::Deserializer::from_slice(bytes);
    let built = Build { shape }.deserialize(&mut parser);
    let value = built.map_err(|error| Syntax::of(bytes, &error))?;
    parser.end().map_err(|error| Syntax::of(bytes, &error))?;
    Ok(value)
}

/// Builds the value that comes next, as far as the shape names it.
#[derive(Clone, Copy)]
struct Build {
    shape: &'static Shape,
}

impl<'de> DeserializeSeed<'de> for Build {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Build {
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
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        if self.shape == &Shape::Scalar {
            let skipped = skip_items(list)?;
            items.extend((skipped > 0).then_some(Value::Null));
            return Ok(Value::Array(items));
        }
        while let Some(item) = list.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut built = Map::new();
        while let Some(name) = members.next_key_seed(Name)? {
            match self.shape.built(&name) {
                Some(shape) => {
                    let value = members.next_value_seed(Self { shape })?;
                    built.insert(name.into_owned(), value);
                }
                None => members.next_value_seed(Skip)?,
            }
        }
        Ok(Value::Object(built))
    }
}

/// Reads the name of a member.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

/// Skips all items of a list and returns their number.
fn skip_items<'de, A: SeqAccess<'de>>(mut list: A) -> Result<usize, A::Error> {
    let mut count = 0;
    while list.next_element_seed(Skip)?.is_some() {
        count += 1;
    }
    Ok(count)
}

/// Checks the value that comes next, and builds nothing.
#[derive(Clone, Copy)]
struct Skip;

impl<'de> DeserializeSeed<'de> for Skip {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Skip {
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

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<(), A::Error> {
        skip_items(list).map(drop)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while members.next_key_seed(Name)?.is_some() {
            members.next_value_seed(self)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
