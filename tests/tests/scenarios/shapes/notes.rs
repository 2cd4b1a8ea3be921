//! Notes, replies, and what stands in them.

use affinity_v2_raw::tagged::{Mention, Note, NoteInteraction, Reply};

use super::model::Shape;
use super::values::{NAMED, NAMELESS};

/// What every note has, with as little in it as can be.
pub(crate) const BARE: &str = r#""id":9001,"content":{"html":null},"creator":null,"mentions":[],"createdAt":"2025-02-11T09:00:00Z","updatedAt":null"#;

fn mention() -> String {
    format!(r#"{{"id":31,"type":"person","person":{NAMED}}}"#)
}

/// What every note has, with everything in it.
fn filled() -> String {
    let html = r#"<p>Pricing agreed with <span data-type=\"note-mention\">Ines</span>.</p>"#;
    format!(
        r#""id":2147483647,"content":{{"html":"{html}"}},"creator":{NAMED},"mentions":[{}],"createdAt":"2025-02-11T09:00:00Z","updatedAt":"2025-02-12T10:30:00Z""#,
        mention()
    )
}

/// What roots have on request.
fn requested() -> String {
    format!(
        r#""permissions":{{"sharingType":"custom","owner":{NAMED}}},"repliesCount":2,
        "companiesPreview":{{"data":[{{"id":88120,"name":"Larkspur Robotics","domain":"larkspur.example"}}],"totalCount":1}},
        "personsPreview":{{"data":[{NAMED},{NAMELESS}],"totalCount":2}},
        "opportunitiesPreview":{{"data":[{{"id":310,"name":"Larkspur — Series B","listId":64}}],"totalCount":1}}"#
    )
}

const EMPTY_PREVIEWS: &str = r#""companiesPreview":{},"personsPreview":{},"opportunitiesPreview":{}"#;
const INTERACTIONS: &[&str] = &["call", "chat-message", "email", "meeting"];

fn interaction(kind: &str) -> String {
    format!(r#"{{"id":70044,"type":"{kind}"}}"#)
}

pub(crate) fn note(kind: &str, parts: &[&str]) -> String {
    format!(r#"{{"type":"{kind}",{}}}"#, parts.join(","))
}

fn roots() -> Vec<String> {
    let (filled, requested) = (filled(), requested());
    let meeting = format!(r#""interaction":{}"#, interaction("meeting"));
    let mut roots = vec![
        note("entities", &[BARE]),
        note("entities", &[BARE, EMPTY_PREVIEWS]),
        note("entities", &[&filled, &requested]),
        note("ai-notetaker", &[BARE]),
        note("ai-notetaker", &[&filled, &requested, &meeting]),
    ];
    for kind in INTERACTIONS {
        let about = format!(r#""interaction":{}"#, interaction(kind));
        roots.extend([
            note("interaction", &[BARE, &about]),
            note("interaction", &[&filled, &requested, &about]),
        ]);
    }
    roots
}

pub(crate) fn replies() -> Vec<String> {
    let (filled, meeting) = (filled(), format!(r#""interaction":{}"#, interaction("meeting")));
    let parent = r#""parent":{"id":9000}"#;
    vec![
        note("user-reply", &[BARE, parent]),
        note("user-reply", &[&filled, parent]),
        note("ai-notetaker-reply", &[BARE, parent]),
        note("ai-notetaker-reply", &[&filled, parent, &meeting]),
    ]
}

pub(crate) fn notes() -> Vec<String> {
    [roots(), replies()].concat()
}

pub(crate) fn shapes() -> Vec<Shape> {
    let mut shapes: Vec<_> = notes().into_iter().map(Shape::member::<Note>).collect();
    shapes.extend(replies().into_iter().map(Shape::member::<Reply>));
    shapes.extend(INTERACTIONS.iter().map(|kind| Shape::member::<NoteInteraction>(interaction(kind))));
    shapes.push(Shape::member::<Mention>(mention()));
    shapes
}
