//! A plan as text for people.

use super::Plan;

impl Plan {
    /// The plan as text.
    pub fn report(&self) -> String {
        String::new()
    }
}
