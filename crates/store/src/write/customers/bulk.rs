//! Creates and changes many customers in one transaction; each has its own result.

use super::create::CreateCustomer;
use super::update::UpdateCustomer;
use crate::error::{Abort, Refusal, Result};
use crate::read::customers::CustomerView;
use crate::tx::{Tx, Write};

/// One item of a bulk request.
#[derive(Clone, Debug)]
pub enum BulkItem {
    /// Creates a customer.
    Create(Box<CreateCustomer>),
    /// Changes a customer.
    Update(Box<UpdateCustomer>),
}

/// Creates and changes customers. Every check of an item runs before the item writes anything, so a refused item
/// writes nothing and the others still apply.
#[derive(Clone, Debug)]
pub struct BulkCustomers(pub Vec<BulkItem>);

impl Write for BulkCustomers {
    /// The results, in the order of the items: the customer, or why its item is refused.
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
