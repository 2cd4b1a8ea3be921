//! The 13 errors, and the bodies they come in.

use affinity_v2_raw::tagged::{Error, RequestError};
use affinity_v2_raw::types;

use super::model::Shape;

const CODES: &[&str] = &[
    "authentication",
    "authorization",
    "bad-request",
    "conflict",
    "method-not-allowed",
    "not-acceptable",
    "not-found",
    "not-implemented",
    "rate-limit",
    "server",
    "unprocessable-entity",
    "unsupported-media-type",
];
const VALIDATION: &str = r#"{"code":"validation","message":"must be at most 100","param":"limit"}"#;

fn error(code: &str) -> String {
    format!(r#"{{"code":"{code}","message":"No: \"{code}\""}}"#)
}

fn body(errors: &[String]) -> String {
    format!(r#"{{"errors":[{}]}}"#, errors.join(","))
}

pub(crate) fn shapes() -> Vec<Shape> {
    let mut shapes: Vec<_> = CODES.iter().map(|code| Shape::member::<Error>(error(code))).collect();
    let of_request = [error("bad-request"), VALIDATION.to_owned()];
    shapes.push(Shape::member::<Error>(VALIDATION));
    shapes.extend(of_request.each_ref().map(Shape::member::<RequestError>));
    shapes.extend([
        Shape::of::<types::BadRequestErrors>("BadRequestErrors", body(&of_request)),
        Shape::of::<types::AuthorizationErrors>("AuthorizationErrors", body(&[error("authorization")])),
        Shape::of::<types::NotFoundErrors>("NotFoundErrors", body(&[error("not-found")])),
        Shape::of::<types::Errors>("Errors", body(&[])),
        Shape::of::<types::Errors>("Errors", body(&[error("conflict"), error("server")])),
    ]);
    shapes
}
