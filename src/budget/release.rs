//! The releases of qube-qml that the formulas follow: those before 1.2 hold S_fixed, the later ones
//! never build it.

pub(super) fn followed(has_switch: bool) -> &'static str {
    if has_switch { "qube-qml 1.1" } else { "qube-qml 1.2" }
}
