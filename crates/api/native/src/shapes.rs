//! The shapes of requests: each is compiled from its struct's schema when it is first needed.

use std::any::{TypeId, type_name};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use crate::schema::Shape;

/// The shapes that were compiled so far.
#[derive(Debug)]
pub(crate) struct Shapes {
    /// The schemas that the document has under a name. They win over those of the structs, which do not know the APIs.
    named: BTreeMap<String, Value>,
    compiled: Mutex<HashMap<TypeId, Arc<Shape>>>,
}

impl Shapes {
    /// None yet; `named` are the schemas of the document.
    pub(crate) fn new(named: BTreeMap<String, Value>) -> Self {
        Self {
            named,
            compiled: Mutex::default(),
        }
    }

    /// The shape of a request's body.
    pub(crate) fn of<T: ToSchema + 'static>(&self) -> Arc<Shape> {
        let mut compiled = self.compiled.lock();
        let shape = compiled.entry(TypeId::of::<T>()).or_insert_with(|| {
            tracing::debug!(of = type_name::<T>(), "compiled the schema of a request");
            Arc::new(Shape::of(&plain(&T::schema()), &self.references::<T>()))
        });
        Arc::clone(shape)
    }

    fn references<T: ToSchema>(&self) -> BTreeMap<String, Value> {
        let mut schemas = Vec::new();
        T::schemas(&mut schemas);
        schemas
            .into_iter()
            .map(|(name, schema)| match self.named.get(&name) {
                Some(known) => (name, known.clone()),
                None => (name, plain(&schema)),
            })
            .collect()
    }
}

fn plain(schema: &RefOr<Schema>) -> Value {
    serde_json::to_value(schema).expect("a schema is plain data")
}
