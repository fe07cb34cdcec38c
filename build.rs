//! Gives the shared library the name that programs keep of it, which cargo does not: the soname, or on
//! macOS the install name. The number is the ABI version: `QUBE_ABI_VERSION` in src/ffi/host.rs,
//! compared by tests/package.sh. cmake/library-names.cmake has the same names.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let system = |name| std::env::var(name).unwrap_or_default();
    let argument = if system("CARGO_CFG_TARGET_VENDOR") == "apple" {
        "-Wl,-install_name,@rpath/libqube_budget.1.dylib"
    } else if system("CARGO_CFG_TARGET_FAMILY").split(',').any(|family| family == "unix") {
        "-Wl,-soname,libqube_budget.so.1"
    } else {
        return;
    };
    println!("cargo::rustc-cdylib-link-arg={argument}");
}
