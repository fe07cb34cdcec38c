//! Roles of indices.

use crate::policy::Role;

/// The index is summed at some contraction.
pub const QUBE_ROLE_CONTRACTED: i32 = 0;
/// The index is open in the result.
pub const QUBE_ROLE_EXTERNAL: i32 = 1;

pub(super) fn role_number(role: Role) -> i32 {
    match role {
        Role::Contracted => QUBE_ROLE_CONTRACTED,
        Role::External => QUBE_ROLE_EXTERNAL,
    }
}
