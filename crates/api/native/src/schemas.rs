//! The compiled schemas of requests. Each is compiled when it is first used.

use std::any::{TypeId, type_name};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

use crate::schema::RequestSchema;

/// The schemas that were compiled so far, by the type of the request.
#[derive(Debug)]
pub(crate) struct RequestSchemas {
    /// The named schemas of the document. They replace the schemas of the structs, which do not know the list of APIs.
    named: BTreeMap<String, Value>,
    compiled: Mutex<HashMap<TypeId, Arc<RequestSchema>>>,
}

impl RequestSchemas {
    /// Creates the cache. `named` contains the named schemas of the document.
    pub(crate) fn new(named: BTreeMap<String, Value>) -> Self {
        Self {
            named,
            compiled: Mutex::default(),
        }
    }

    /// Returns the schema of a request's body.
    pub(crate) fn of<T: ToSchema + 'static>(&self) -> Arc<RequestSchema> {
        let mut compiled = self.compiled.lock();
        let schema = compiled.entry(TypeId::of::<T>()).or_insert_with(|| {
            tracing::debug!(of = type_name::<T>(), "compiled the schema of a request");
            Arc::new(RequestSchema::of(
                &plain(&T::schema()),
                &self.references::<T>(),
            ))
        });
        Arc::clone(schema)
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
