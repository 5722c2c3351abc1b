//! The store's lists behind this door: whichever way they take within their budgets, they show the same.
