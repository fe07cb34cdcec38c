//! Binary units of bytes, for what people read.

/// A power of 1024 bytes.
#[derive(Clone, Copy)]
pub(crate) struct Unit {
    pub name: &'static str,
    pub bytes: f64,
}

impl Unit {
    /// The largest of which there is at least one.
    pub fn of(bytes: f64) -> Self {
        let mut unit = Unit { name: "B", bytes: 1.0 };
        for name in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
            if bytes < 1024.0 * unit.bytes {
                break;
            }
            unit = Unit { name, bytes: 1024.0 * unit.bytes };
        }
        unit
    }
}
