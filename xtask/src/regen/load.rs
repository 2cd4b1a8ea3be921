//! Where the document comes from: a file, a URL, or the committed one.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::parse::parse;
use super::problem::{Problems, RegenError};

const TIMEOUT: Duration = Duration::from_secs(60);
const MOST_BYTES: usize = 64 << 20;

/// Reads a document from a file or URL and checks that it is OpenAPI of a version we read.
pub(crate) fn load(source: &str) -> Result<Value, RegenError> {
    if source.trim().is_empty() {
        let (source_name, message) = ("--from".to_owned(), "names no file and no URL".to_owned());
        return Err(RegenError::Source { source_name, message });
    }
    let failed = |message: String| RegenError::Source { source_name: source.to_owned(), message };
    let bytes =
        if source.contains("://") { fetch(source) } else { read(Path::new(source)) }.map_err(failed)?;
    let text = String::from_utf8(bytes).map_err(|_| failed("is not UTF-8 text".to_owned()))?;
    let named_yaml = source.ends_with(".yaml") || source.ends_with(".yml");
    let document = parse(&text, named_yaml).map_err(failed)?;
    recognised(&document).map_err(failed)?;
    Ok(document)
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let metadata = std::fs::metadata(path).map_err(|e| format!("cannot be read: {e}"))?;
    if metadata.is_dir() {
        return Err("is a folder, not a document".to_owned());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|e| format!("cannot be read: {e}"))?;
    let most = MOST_BYTES as u64;
    file.take(most + 1).read_to_end(&mut bytes).map_err(|e| format!("cannot be read: {e}"))?;
    if bytes.len() > MOST_BYTES {
        return Err(format!("is larger than {} MB", MOST_BYTES >> 20));
    }
    Ok(bytes)
}

fn recognised(document: &Value) -> Result<(), String> {
    let Some(root) = document.as_object() else {
        return Err(format!("is {}, not an OpenAPI document", super::place::kind(document)));
    };
    let version = match root.get("openapi") {
        Some(Value::String(version)) => version.clone(),
        Some(Value::Number(version)) => version.to_string(),
        Some(_) => return Err("`openapi` must be a version such as \"3.1.0\"".to_owned()),
        None if root.contains_key("swagger") => {
            return Err(
                "is a Swagger 2 document; regen reads OpenAPI 3.0 and 3.1: convert it first".to_owned()
            );
        }
        None => return Err("has no `openapi` key, so it is no OpenAPI document".to_owned()),
    };
    let line: Vec<&str> = version.split('.').collect();
    match line[..] {
        ["3", "0" | "1"] | ["3", "0" | "1", _] => Ok(()),
        _ => Err(format!("is OpenAPI {version}; regen reads 3.0 and 3.1")),
    }
}

fn fetch(url: &str) -> Result<Vec<u8>, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|e| format!("no runtime to fetch with: {e}"))?.block_on(download(url))
}

async fn download(url: &str) -> Result<Vec<u8>, String> {
    let url = reqwest::Url::parse(url).map_err(|e| format!("is no URL: {e}"))?;
    if !safe(&url) {
        return Err("must be an https URL (plain http only to this machine)".to_owned());
    }
    let policy = reqwest::redirect::Policy::custom(|attempt| {
        if attempt.previous().len() >= 5 {
            attempt.error("too many redirects")
        } else if safe(attempt.url()) {
            attempt.follow()
        } else {
            attempt.error("redirected to a URL that is not https")
        }
    });
    let client =
        reqwest::Client::builder().timeout(TIMEOUT).redirect(policy).user_agent("xtask-regen").build();
    let client = client.map_err(|e| format!("no HTTP client: {}", causes(&e)))?;
    let mut response =
        client.get(url).send().await.map_err(|e| format!("cannot be fetched: {}", causes(&e)))?;
    if !response.status().is_success() {
        return Err(format!("cannot be fetched: the server answered {}", response.status()));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| format!("broke off: {}", causes(&e)))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MOST_BYTES {
            return Err(format!("is larger than {} MB", MOST_BYTES >> 20));
        }
    }
    Ok(bytes)
}

fn safe(url: &reqwest::Url) -> bool {
    let loopback = match url.host_str() {
        Some("localhost") => true,
        Some(host) => {
            host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
        None => false,
    };
    url.scheme() == "https" || url.scheme() == "http" && loopback
}

/// reqwest keeps the reason in its sources.
fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// Corrections at a pointer (`#/…`) are made on the document as published, before anything is refused.
pub(crate) fn correct(document: &mut Value, overlay: &super::overlay::Overlay) -> Result<(), RegenError> {
    let mut problems = Problems::default();
    let ours = super::write::is_ours(document);
    for (index, correction) in overlay.corrections().iter().enumerate() {
        for at in correction.at.iter().filter(|at| at.starts_with('#')) {
            let Some(segments) = super::place::segments(at) else {
                problems.add(at, "a correction whose place is no JSON pointer");
                continue;
            };
            if ours {
                overlay.mark_correction(index, at, true);
            } else if let Some(target) = target(document, &segments, overlay) {
                let changed = correction.make(target, |_| true);
                overlay.mark_correction(index, at, changed);
            }
        }
    }
    problems.settle()
}

/// The object a pointer leads to; a schema is found by its published name and by ours.
fn target<'d>(
    document: &'d mut Value,
    segments: &[String],
    overlay: &super::overlay::Overlay,
) -> Option<&'d mut Value> {
    let mut value = document;
    for (depth, segment) in segments.iter().enumerate() {
        let renamed = (depth == 2 && segments[..2] == ["components", "schemas"])
            .then(|| overlay.schema_name(segment))
            .flatten();
        value = match value {
            Value::Object(map) => {
                let key = if map.contains_key(segment) { segment.as_str() } else { renamed? };
                map.get_mut(key)?
            }
            Value::Array(items) => items.get_mut(segment.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(value).filter(|value| value.is_object())
}
