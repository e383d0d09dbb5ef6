//! Documents that are generated: a test fails when one is stale.

/// Whether `name`, beside this crate's manifest, is what would be generated now; with `UPDATE_DOCS=1` it is made so.
pub(crate) fn assert_current(name: &str, now: &str) {
    let path = format!("{}/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, now).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let stale = format!("scenarios/{name} is stale: run `UPDATE_DOCS=1 cargo test -p proofload-scenarios`");
    assert!(written == now, "{stale}");
}
