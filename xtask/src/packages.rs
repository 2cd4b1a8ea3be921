//! Whether each crate builds from its own package.
//!
//! `cargo package` can see to that itself, but keeps the sources of the packages it unpacked under their version,
//! and so builds the old ones the next time.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::check::{cargo, succeeds};
use crate::regen;

const PACKAGES: [&str; 5] =
    ["affinity-core", "affinity-v1", "affinity-v2-raw", "affinity-sandbox", "affinity-crm"];

/// Packs the crates that are published, unpacks them into a folder of their own, and builds them there.
pub(crate) fn build_from_packages() -> Result<(), String> {
    let target = regen::workspace().join("target");
    let mut pack = cargo();
    pack.args(["package", "--quiet", "--no-verify", "--allow-dirty"])
        .args(PACKAGES.map(|name| format!("-p={name}")));
    succeeds(pack).map_err(|why| format!("packing failed{why}"))?;
    let folder = target.join("from-packages");
    unpack(&target.join("package"), &folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut build = cargo();
    build.current_dir(&folder).args(["check", "--quiet", "--workspace"]).env("CARGO_TARGET_DIR", &target);
    succeeds(build)
        .map_err(|why| format!("a crate does not build from its own package; see its `include`{why}"))
}

/// Makes a workspace of the packages, in which they depend on each other.
fn unpack(packages: &Path, folder: &Path) -> std::io::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    let version = env!("CARGO_PKG_VERSION");
    let folders = PACKAGES.map(|name| format!("{name}-{version}"));
    for name in &folders {
        // A package carries no times of its files: without `-m`, new sources would look as old as those built last.
        let mut tar = Command::new("tar");
        tar.arg("-xzmf").arg(packages.join(format!("{name}.crate"))).arg("-C").arg(folder);
        succeeds(tar).map_err(|why| std::io::Error::other(format!("unpacking {name} failed{why}")))?;
    }
    let patches: String = PACKAGES
        .iter()
        .zip(&folders)
        .map(|(name, path)| format!("{name} = {{ path = {path:?} }}\n"))
        .collect();
    fs::write(
        folder.join("Cargo.toml"),
        format!("[workspace]\nresolver = \"3\"\nmembers = {folders:?}\n\n[patch.crates-io]\n{patches}"),
    )?;
    fs::copy(regen::workspace().join("Cargo.lock"), folder.join("Cargo.lock")).map(drop)
}
