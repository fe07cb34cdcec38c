//! Memory budgets.
