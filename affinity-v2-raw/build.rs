//! Generates the client from the interface document.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use progenitor::{GenerationSettings, Generator, HooksMode, InterfaceStyle, TagStyle, TypeImpl};
use serde_json::Value;

#[path = "build/document.rs"]
mod document;
#[path = "build/lower.rs"]
mod lower;
#[path = "build/rewrite.rs"]
mod rewrite;

use document::Document;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=build");
    let document = Document::new(read()?)?;
    println!("cargo:rustc-env=AFFINITY_API_VERSION={}", document.version()?);
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("enums.rs"), document.enums_source())?;
    fs::write(out.join("unions.rs"), document.unions_source())?;
    fs::write(out.join("client.rs"), client(&document)?)?;
    Ok(())
}

/// The document lies beside this file: a link in a checkout, a copy in a package. A checkout without links has
/// a file with the link's target in it.
fn read() -> Result<Value, Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let mut last = None;
    for path in [root.join("affinity-v2.json"), root.join("../openapi/affinity-v2.json")] {
        println!("cargo:rerun-if-changed={}", path.display());
        match read_json(&path) {
            Ok(value) => return Ok(value),
            Err(error) => last = Some(format!("{}: {error}", path.display())),
        }
    }
    Err(last.unwrap_or_default().into())
}

fn read_json(path: &Path) -> Result<Value, Box<dyn Error>> {
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

fn client(document: &Document) -> Result<String, Box<dyn Error>> {
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_tag(TagStyle::Merged)
        .with_hooks(HooksMode::Expected)
        .with_inner_type("affinity_core::Call".parse()?)
        .with_derive("PartialEq");
    for (name, path) in document.replacements() {
        settings.with_replacement(name, path, [TypeImpl::Display, TypeImpl::FromStr].into_iter());
    }
    let lowered = serde_json::from_value(lower::for_generator(document)?)?;
    let tokens = Generator::new(&settings).generate_tokens(&lowered)?;
    Ok(prettyplease::unparse(&rewrite::tolerant(syn::parse2(tokens)?, &document.sent())))
}
