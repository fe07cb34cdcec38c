//! Gives the shared library its soname, which cargo does not. The number is the ABI version:
//! `QUBE_ABI_VERSION` in src/ffi/host.rs, compared by tests/package.sh.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libqube_budget.so.1");
    }
}
