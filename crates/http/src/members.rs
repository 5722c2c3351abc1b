//! Reads the members of a JSON body. The faults of all members are collected, each with the path of the member, what is
//! wrong and what is allowed; an API only chooses how it shows them.
//!
//! A body is built only as far as its [`Shape`] names members; a member may be read only if the shape names it.
//!
//! Null means absent. Unknown members are ignored. U+0000 is a fault in a text that is read (`rules.md` 8), and nowhere else. Faults come in the order in which the members are read. How the body
//! is held in memory is hidden: only [`Object::to_json`], [`Item::value`] and [`Fault::value`] return JSON.

mod problem;

use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::rc::Rc;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Map, Value};

use crate::body::{self, BodyFault};
use crate::budget::Sender;
use crate::json::{self, Step, Syntax};
use crate::large;
use crate::media::Media;
use crate::member_path::MemberPath;
use crate::shape::{self, Shape};
use crate::values;
pub use problem::{Fault, Problem, Type};

/// The maximum number of faults that are collected: a body of small mistakes must not cause a response a hundred times
/// its size.
pub const MOST_FAULTS: usize = 100;
/// The maximum length of a text that a fault repeats as the refused value, in bytes.
const LONGEST_VALUE: usize = 200;

/// All integers of 64 bits.
pub const ALL_INTEGERS: RangeInclusive<i64> = i64::MIN..=i64::MAX;

/// Why a request has no readable JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The body did not arrive, or is too large.
    #[error(transparent)]
    Body(#[from] BodyFault),
    /// The body is empty.
    #[error("the body is empty")]
    Empty,
    /// The `Content-Type` is not JSON.
    #[error("the body is not sent as JSON")]
    MediaType,
    /// The body is not JSON.
    #[error(transparent)]
    Syntax(#[from] Syntax),
    /// The body is JSON, but not an object.
    #[error("the body is not an object")]
    NotAnObject,
}

/// The bytes of a request body that is sent as JSON.
#[derive(Clone, Debug, Default)]
pub struct Unparsed(Bytes);

impl Unparsed {
    /// Receives a body of at most `limit` bytes that is sent as JSON by `sender`.
    ///
    /// # Errors
    /// Returns why the body is not readable. For an empty body this is [`Unreadable::Empty`] whatever its media type
    /// is.
    pub async fn receive(
        headers: &HeaderMap,
        body: axum::body::Body,
        limit: usize,
        sender: Sender,
    ) -> Result<Self, Unreadable> {
        let bytes = body::read_from(sender, body, limit).await?;
        if bytes.is_empty() {
            return Err(Unreadable::Empty);
        }
        if Media::of(headers) != Media::Json {
            return Err(Unreadable::MediaType);
        }
        Ok(Self(bytes))
    }

    /// Parses the whole body and builds the members that `shape` names. A large body waits for its turn (see [`large`]).
    ///
    /// # Errors
    /// Fails if the body is not a JSON object.
    pub async fn parse(&self, shape: &'static Shape) -> Result<Body, Unreadable> {
        large::run(self.0.len(), || Body::parse(&self.0, shape)).await
    }

    /// Whether parsing the body, or reading its members, takes a turn of [`large::run`].
    #[must_use]
    pub fn is_large(&self) -> bool {
        self.0.len() > large::LARGE
    }
}

impl Unparsed {
    /// Like [`Self::parse`], for a body that is a list of JSON objects, or one object that stands for a list of one.
    ///
    /// # Errors
    /// Fails if the body is neither.
    pub async fn parse_list(&self, shape: &'static Shape) -> Result<List, Unreadable> {
        large::run(self.0.len(), || List::parse(&self.0, shape)).await
    }
}

impl From<Bytes> for Unparsed {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

/// A request body: a JSON object.
#[derive(Clone, Debug)]
pub struct Body {
    value: Value,
    shape: &'static Shape,
    /// The number of bytes.
    size: usize,
}

impl Body {
    /// Receives a body of at most `limit` bytes that an authenticated client sends as JSON, and builds the members that `shape`
    /// names.
    ///
    /// # Errors
    /// Returns the errors of [`Unparsed::receive`] and [`Unparsed::parse`].
    pub async fn receive(
        headers: &HeaderMap,
        body: axum::body::Body,
        limit: usize,
        shape: &'static Shape,
    ) -> Result<Self, Unreadable> {
        let received = Unparsed::receive(headers, body, limit, Sender::Known).await?;
        received.parse(shape).await
    }

    /// Parses a body and builds the members that `shape` names.
    ///
    /// # Errors
    /// Fails if `bytes` are not a JSON object, or have more than [`values::MOST_VALUES`] values.
    pub fn parse(bytes: &[u8], shape: &'static Shape) -> Result<Self, Unreadable> {
        if values::are_too_many(bytes) {
            return Err(BodyFault::TooLarge.into());
        }
        let value = shape::parse(bytes, shape)?;
        if !value.is_object() {
            return Err(Unreadable::NotAnObject);
        }
        Ok(Self {
            value,
            shape,
            size: bytes.len(),
        })
    }

    /// Reads the members with `read`. Returns its result and all faults.
    pub fn read_all<'a, T>(&'a self, read: impl FnOnce(&Object<'a>) -> T) -> (T, Vec<Fault>) {
        let root = self.root();
        (read(&root), root.faults.0.take())
    }

    /// Reads the members with `read`.
    ///
    /// # Errors
    /// Returns the first fault.
    pub fn read<'a, T>(&'a self, read: impl FnOnce(&Object<'a>) -> T) -> Result<T, Fault> {
        let (value, faults) = self.read_all(read);
        first(value, faults)
    }

    /// Reads a few members, such as credentials, and does not look at the others.
    ///
    /// # Errors
    /// Returns the first fault.
    pub fn peek<'a, T>(&'a self, read: impl FnOnce(&Object<'a>) -> T) -> Result<T, Fault> {
        self.read(read)
    }

    /// Runs `read`, which reads the members, in a turn of [`large::run`] if the body is large.
    pub async fn in_turn<T>(&self, read: impl FnOnce(&Self) -> T) -> T {
        large::run(self.size, || read(self)).await
    }

    fn root(&self) -> Object<'_> {
        Object {
            members: self.value.as_object(),
            shape: self.shape,
            path: Rc::default(),
            faults: Faults::default(),
        }
    }
}

/// A request body: a list of JSON objects, or one object that stands for a list of one.
#[derive(Clone, Debug)]
pub struct List {
    items: Vec<Value>,
    /// Whether the body is a list. The paths of its faults begin with the index of the object, those of one object do not.
    is_list: bool,
    shape: &'static Shape,
    /// The number of bytes.
    size: usize,
}

impl List {
    /// Parses a body and builds the members of its objects that `shape` names.
    ///
    /// # Errors
    /// Fails if `bytes` are neither a JSON object nor a list of them, or have more than [`values::MOST_VALUES`] values.
    pub fn parse(bytes: &[u8], shape: &'static Shape) -> Result<Self, Unreadable> {
        if values::are_too_many(bytes) {
            return Err(BodyFault::TooLarge.into());
        }
        let (items, is_list) = match shape::parse(bytes, shape)? {
            Value::Array(items) => (items, true),
            one => (vec![one], false),
        };
        if !items.iter().all(Value::is_object) {
            return Err(Unreadable::NotAnObject);
        }
        Ok(Self {
            items,
            is_list,
            shape,
            size: bytes.len(),
        })
    }

    /// Whether the body is a list, and not one object that stands for it.
    #[must_use]
    pub const fn is_list(&self) -> bool {
        self.is_list
    }

    /// Reads the objects with `read`.
    ///
    /// # Errors
    /// Returns the first fault.
    pub fn read<'a, T>(&'a self, read: impl FnOnce(&[Object<'a>]) -> T) -> Result<T, Fault> {
        let (value, faults) = self.read_all(read);
        first(value, faults)
    }

    /// Reads the objects with `read`. Returns its result and all faults.
    pub fn read_all<'a, T>(&'a self, read: impl FnOnce(&[Object<'a>]) -> T) -> (T, Vec<Fault>) {
        let faults = Faults::default();
        let object = |(at, value): (usize, &'a Value)| Object {
            members: value.as_object(),
            shape: self.shape,
            path: Rc::new(match self.is_list {
                true => MemberPath::default().item(at),
                false => MemberPath::default(),
            }),
            faults: faults.clone(),
        };
        let objects: Vec<_> = self.items.iter().enumerate().map(object).collect();
        (read(&objects), faults.0.take())
    }

    /// Runs `read`, which reads the members, in a turn of [`large::run`] if the body is large.
    pub async fn in_turn<T>(&self, read: impl FnOnce(&Self) -> T) -> T {
        large::run(self.size, || read(self)).await
    }
}

fn first<T>(value: T, faults: Vec<Fault>) -> Result<T, Fault> {
    faults.into_iter().next().map_or(Ok(value), Err)
}

/// The faults found so far, at most [`MOST_FAULTS`].
#[derive(Clone, Debug, Default)]
struct Faults(Rc<RefCell<Vec<Fault>>>);

impl Faults {
    fn push(&self, fault: Fault) {
        let mut faults = self.0.borrow_mut();
        if faults.len() < MOST_FAULTS {
            faults.push(fault);
        }
    }
}

/// An object in the body.
#[derive(Clone, Debug)]
pub struct Object<'a> {
    /// The members of the object. `None` stands for an object without members.
    members: Option<&'a Map<String, Value>>,
    shape: &'static Shape,
    path: Rc<MemberPath>,
    faults: Faults,
}

impl<'a> Object<'a> {
    /// Returns a member, which may be absent. The shape of the body must name it.
    pub fn get(&self, name: &'a str) -> Item<'a> {
        let shape = self.shape.member(name);
        debug_assert!(shape.is_some(), "the shape does not name {name}");
        self.item(name, shape.unwrap_or(&Shape::Scalar))
    }

    fn item(&self, name: &'a str, shape: &'static Shape) -> Item<'a> {
        let value = self.members.and_then(|members| members.get(name));
        Item {
            value: value.filter(|value| !value.is_null()),
            shape,
            parent: Rc::clone(&self.path),
            step: Step::Member(name),
            faults: self.faults.clone(),
            secret: false,
        }
    }

    /// Returns the members that are not null, by name.
    pub fn all(&self) -> impl Iterator<Item = (&'a str, Item<'a>)> {
        debug_assert!(self.shape.is_whole());
        let names = self.members.into_iter().flat_map(Map::keys);
        let all = names.map(|name| (name.as_str(), self.item(name, &Shape::Whole)));
        all.filter(|(_, item)| item.is_present())
    }

    /// Returns the object as the client sent it, for JSON that is stored or returned unread. Adds a fault if a name or a text
    /// in it contains U+0000.
    pub fn to_json(&self) -> Map<String, Value> {
        debug_assert!(self.shape.is_whole());
        let members = Value::Object(self.members.cloned().unwrap_or_default());
        if let Some(path) = json::first_nul_below(&members, &self.path) {
            self.push(Fault::new(path, Problem::Nul));
        }
        match members {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }

    /// Adds a fault.
    pub fn push(&self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Adds a fault about the object as a whole.
    pub fn refuse(&self, problem: Problem) {
        self.faults
            .push(Fault::new(self.path.as_ref().clone(), problem));
    }

    /// Collects the faults of `read` separately, for members whose faults may not count.
    pub fn apart<T>(&self, read: impl FnOnce() -> T) -> (T, Vec<Fault>) {
        let before = self.faults.0.take();
        let value = read();
        (value, self.faults.0.replace(before))
    }
}

/// A member of an object, or an item of a list, that can be read. Each reading method returns `None` if it is absent,
/// and after a fault.
#[derive(Clone, Debug)]
pub struct Item<'a> {
    value: Option<&'a Value>,
    shape: &'static Shape,
    /// The path of the object or list that contains the member or item.
    parent: Rc<MemberPath>,
    step: Step<'a>,
    faults: Faults,
    secret: bool,
}

impl<'a> Item<'a> {
    /// Returns the path in the body.
    pub fn path(&self) -> MemberPath {
        self.step.below(&self.parent)
    }

    /// Whether the member is neither absent nor null.
    pub fn is_present(&self) -> bool {
        self.value.is_some()
    }

    /// Whether the member is an empty text or list.
    pub fn is_empty(&self) -> bool {
        match self.value {
            Some(Value::String(text)) => text.is_empty(),
            Some(Value::Array(items)) => items.is_empty(),
            Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => {
                false
            }
        }
    }

    /// Keeps the member's value out of every fault. Covers a text, a number or a flag; the members and items inside an
    /// object or a list must be marked themselves.
    pub fn secret(self) -> Self {
        Self {
            secret: true,
            ..self
        }
    }

    /// Adds a fault if the member is absent or null.
    pub fn required(self) -> Self {
        if !self.is_present() {
            self.refuse(Problem::Missing);
        }
        self
    }

    /// Adds a fault if the member is absent, or an empty text or list.
    pub fn not_empty(self) -> Self {
        let is_empty = match self.value {
            Some(Value::String(text)) => text.is_empty(),
            Some(Value::Array(items)) => items.is_empty(),
            _ => return self.required(),
        };
        if is_empty {
            self.refuse(Problem::Empty);
        }
        Self {
            value: self.value.filter(|_| !is_empty),
            ..self
        }
    }

    /// Returns the text if the member is one; adds a fault if it contains U+0000. Any other value is ignored without a
    /// fault.
    pub fn as_str(&self) -> Option<&'a str> {
        if self.has_nul() {
            self.refuse(Problem::Nul);
        }
        self.plain()
    }

    /// Returns the text if the member is one without U+0000.
    fn plain(&self) -> Option<&'a str> {
        let text = self.value.and_then(Value::as_str);
        text.filter(|text| !text.contains('\0'))
    }

    fn has_nul(&self) -> bool {
        let text = self.value.and_then(Value::as_str);
        text.is_some_and(|text| text.contains('\0'))
    }

    /// Returns the member's text; adds a fault if it is not a text.
    pub fn text(&self) -> Option<&'a str> {
        self.of_type(Type::Text, self.plain())
    }

    /// Returns the member's text; adds a fault unless its number of characters is in `length`.
    pub fn text_of(&self, length: RangeInclusive<usize>) -> Option<&'a str> {
        let text = self.text()?;
        let fits = length.contains(&text.chars().count());
        self.checked(fits.then_some(text), || Problem::Length(length))
    }

    /// Returns the member's truth value; adds a fault if it is neither `true` nor `false`.
    pub fn flag(&self) -> Option<bool> {
        self.of_type(Type::Flag, self.value.and_then(Value::as_bool))
    }

    /// Returns the member's integer, where `10.0` counts as an integer and `"10"` does not; adds a fault if it is
    /// outside `bounds`.
    pub fn integer(&self, bounds: RangeInclusive<i64>) -> Option<i64> {
        let integer = self.value.and_then(json::as_i64_exact);
        let integer = integer.filter(|integer| bounds.contains(integer));
        let is_beyond = self.value.is_some_and(json::is_beyond_i64);
        self.checked(integer, || match is_beyond && bounds == ALL_INTEGERS {
            true => Problem::Beyond,
            false => Problem::Integer(bounds),
        })
    }

    /// Returns the member's word; adds a fault if it is not one of `words`.
    pub fn word(&self, words: &[&'static str]) -> Option<&'static str> {
        let text = self.plain();
        let known = words.iter().find(|word| text == Some(**word));
        self.checked(known.copied(), || Problem::Word(words.to_vec()))
    }

    /// Returns the value that belongs to the member's word; adds a fault if it is not one of `words`.
    pub fn meaning<T: Copy>(&self, words: &[(&'static str, T)]) -> Option<T> {
        let text = self.plain();
        let known = words.iter().find(|(word, _)| text == Some(*word));
        let all = || words.iter().map(|(word, _)| *word).collect();
        self.checked(known.map(|(_, meaning)| *meaning), || Problem::Word(all()))
    }

    /// Returns the result of `parse` for the member's text. Adds the fault `problem` if the member is not a text or
    /// `parse` does not understand it.
    pub fn parsed<T>(
        &self,
        problem: &Problem,
        parse: impl FnOnce(&'a str) -> Option<T>,
    ) -> Option<T> {
        self.checked(self.plain().and_then(parse), || problem.clone())
    }

    /// Returns the result of `parse` for the member's text. Adds the fault that `parse` returns, or the fault `problem` if the
    /// member is not a text.
    pub fn tried<T>(
        &self,
        problem: &Problem,
        parse: impl FnOnce(&'a str) -> Result<T, Problem>,
    ) -> Option<T> {
        match self.plain().map(parse) {
            Some(Err(wrong)) => self.checked(None, || wrong),
            Some(Ok(value)) => Some(value),
            None => self.checked(None, || problem.clone()),
        }
    }

    /// Returns the member as an object; adds a fault if it is not an object.
    pub fn object(&self) -> Option<Object<'a>> {
        let object = self.object_or_empty();
        object.members.is_some().then_some(object)
    }

    /// Returns the member as an object; if it is absent or not an object, returns an object without members.
    pub fn object_or_empty(&self) -> Object<'a> {
        let members = self.value.and_then(Value::as_object);
        Object {
            members: self.of_type(Type::Object, members),
            shape: self.shape,
            path: Rc::new(self.path()),
            faults: self.faults.clone(),
        }
    }

    /// Returns a list of so many items.
    pub fn list(
        &self,
        count: RangeInclusive<usize>,
    ) -> Option<impl ExactSizeIterator<Item = Self> + use<'a>> {
        let items = self.of_type(Type::List, self.value.and_then(Value::as_array))?;
        let fits = count.contains(&items.len());
        let items = self.checked(fits.then_some(items), || Problem::Count(count))?;
        let (parent, faults) = (Rc::new(self.path()), self.faults.clone());
        let shape = self.shape;
        Some(items.iter().enumerate().map(move |(at, value)| Item {
            value: Some(value),
            shape,
            parent: Rc::clone(&parent),
            step: Step::Item(at),
            faults: faults.clone(),
            secret: false,
        }))
    }

    /// Returns the member as a list of texts; adds a fault if it is not one.
    pub fn texts(&self) -> Option<Vec<&'a str>> {
        let items = self.value.and_then(Value::as_array);
        let texts: Option<Vec<&'a str>> =
            items.and_then(|items| items.iter().map(Value::as_str).collect());
        let nul = texts.iter().flatten().position(|text| text.contains('\0'));
        if let Some(at) = nul {
            self.faults
                .push(Fault::new(self.path().item(at), Problem::Nul));
            return None;
        }
        self.of_type(Type::Texts, texts)
    }

    /// Returns the member's value, for [`Fault::value`], if it is a short text, a number or a flag, and not a secret.
    pub fn value(&self) -> Option<Value> {
        let is_shown = match self.value? {
            Value::String(text) => text.len() <= LONGEST_VALUE,
            Value::Number(_) | Value::Bool(_) => true,
            Value::Null | Value::Array(_) | Value::Object(_) => false,
        };
        self.value.filter(|_| is_shown && !self.secret).cloned()
    }

    /// Adds a fault about the member.
    pub fn refuse(&self, problem: Problem) {
        let is_shown = match &problem {
            Problem::Length(_) | Problem::Empty => false,
            // Where a list or an object is expected, the wrong value is not repeated: it may be a secret that belongs
            // inside the list or object.
            Problem::Type(kind) => matches!(kind, Type::Text | Type::Flag),
            Problem::Missing
            | Problem::Integer(_)
            | Problem::Beyond
            | Problem::Count(_)
            | Problem::Word(_)
            | Problem::Nul
            | Problem::Rule(..) => true,
        };
        self.faults.push(Fault {
            path: self.path(),
            problem,
            value: self.value().filter(|_| is_shown),
        });
    }

    fn of_type<T>(&self, kind: Type, read: Option<T>) -> Option<T> {
        self.checked(read, || Problem::Type(kind))
    }

    /// Returns `read`. If it is `None` although the member has a value, adds the fault `problem`.
    fn checked<T>(&self, read: Option<T>, problem: impl FnOnce() -> Problem) -> Option<T> {
        if read.is_none() && self.is_present() {
            self.refuse(match self.has_nul() {
                true => Problem::Nul,
                false => problem(),
            });
        }
        read
    }
}

#[cfg(test)]
mod tests;
