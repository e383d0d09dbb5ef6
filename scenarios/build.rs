//! Built-in scenarios are part of the crate: a new or changed file means a new build.

fn main() {
    println!("cargo::rerun-if-changed=catalogue");
    println!("cargo::rerun-if-changed=load");
    println!("cargo::rerun-if-changed=personas");
}
