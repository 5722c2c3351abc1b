//! Many customers in one transaction, each with a result of its own.

use super::create::CreateCustomer;
use super::update::UpdateCustomer;
use crate::error::{Abort, Refusal, Result};
use crate::read::customers::CustomerView;
use crate::tx::{Tx, Write};

/// One customer of many.
#[derive(Clone, Debug)]
pub enum BulkItem {
    /// It is made.
    Create(Box<CreateCustomer>),
    /// It is changed.
    Update(UpdateCustomer),
}

/// Makes and changes customers. What refuses one is found out before anything of it is written, so that a refused one
/// leaves nothing and the others go on.
#[derive(Clone, Debug)]
pub struct BulkCustomers(pub Vec<BulkItem>);

impl Write for BulkCustomers {
    /// The results, in the order of the items.
    type Out = Vec<Result<CustomerView, Refusal>>;
    const NAME: &'static str = "bulk_customers";

    fn weight(&self) -> usize {
        1_024 * self.0.len()
    }

    async fn apply(&self, tx: &mut Tx<'_>) -> Result<Self::Out> {
        let mut results = Vec::with_capacity(self.0.len());
        for item in &self.0 {
            let result = match item {
                BulkItem::Create(create) => create.apply(tx).await,
                BulkItem::Update(update) => update.apply(tx).await,
            };
            match result {
                Ok(view) => results.push(Ok(view)),
                Err(Abort::Refused(refusal)) => results.push(Err(refusal)),
                Err(abort) => return Err(abort),
            }
        }
        Ok(results)
    }
}
