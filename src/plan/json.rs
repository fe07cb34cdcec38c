//! A plan as a JSON document.
