//! What single calls answer, and the items of pages that are nothing more.

use affinity_v2_raw::types;

use super::model::Shape;
use super::values::{NOBODY, known};

const TASK: &str = "0f0f0f0f-0000-4000-8000-000000000001";

pub(crate) fn who_am_i() -> [String; 2] {
    let answer = |last, grant, scopes| {
        format!(
            r#"{{"tenant":{{"id":77,"name":"Quillfern","subdomain":"quillfern"}},
            "user":{{"id":4021,"firstName":"Ines","lastName":{last},"emailAddress":"ines@quillfern.example"}},
            "grant":{{"type":"{grant}","scopes":[{scopes}],"createdAt":"2024-11-05T08:12:44Z"}}}}"#
        )
    };
    [answer("null", "api-key", r#""api""#), answer(r#""Falk""#, "access-token", "")]
}

pub(crate) const LIST: &str = r#"{"id":64,"name":"Deals","creatorId":1,"ownerId":2,"isPublic":true}"#;

pub(crate) fn lists() -> Vec<String> {
    let typed = |kind| LIST.replace('}', &format!(r#","type":"{kind}"}}"#));
    ["company", "opportunity", "person"].map(typed).to_vec()
}

pub(crate) fn saved_views() -> Vec<String> {
    let view =
        |kind| format!(r#"{{"id":7,"name":"Won","type":"{kind}","createdAt":"2024-11-05T08:12:44Z"}}"#);
    ["board", "dashboard", "sheet"].map(view).to_vec()
}

pub(crate) fn field_metadata() -> Vec<String> {
    let field = |source| {
        format!(
            r#"{{"id":"field-901","name":"Fit","type":"enriched","enrichmentSource":{source},"valueType":"dropdown"}}"#
        )
    };
    ["null", r#""affinity-data""#, r#""dealroom""#].map(field).to_vec()
}

pub(crate) fn emails() -> Vec<String> {
    let email = |subject, updated, from: &str, preview: &str| {
        format!(
            r#"{{"id":1,"sentAt":"2025-03-01T10:00:00Z","loggingType":"automated","direction":"sent","subject":{subject},"createdAt":"2025-03-01T10:00:00Z","updatedAt":{updated},"from":{from},"toParticipantsPreview":{preview},"ccParticipantsPreview":{preview}}}"#
        )
    };
    let (none, two) = previews();
    vec![
        email("null", "null", NOBODY, &none),
        email(r#""Terms""#, r#""2025-03-01T10:00:01Z""#, &known(), &two),
    ]
}

pub(crate) fn meetings() -> Vec<String> {
    let meeting = |kind, title, end, who: &str, updated, preview: &str| {
        format!(
            r#"{{"id":1,"loggingType":"{kind}","title":{title},"startTime":"2025-03-01T10:00:00Z","endTime":{end},"allDay":false,"creator":{who},"organizer":{who},"createdAt":"2025-03-01T10:00:00Z","updatedAt":{updated},"attendeesPreview":{preview}}}"#
        )
    };
    let (none, two) = previews();
    let (later, title) = (r#""2025-03-01T11:00:00Z""#, r#""Board""#);
    vec![
        meeting("automated", "null", "null", "null", "null", &none),
        meeting("manual", title, later, &known(), later, &two),
    ]
}

fn previews() -> (String, String) {
    let two = format!(r#"{{"data":[{},{NOBODY}],"totalCount":120}}"#, known());
    (r#"{"data":[],"totalCount":0}"#.to_owned(), two)
}

/// Merges of companies or persons.
pub(crate) fn merges(of: &str) -> Vec<String> {
    let merge = |status, completed, error| {
        format!(
            r#"{{"id":1,"status":"{status}","taskId":"{TASK}","startedAt":"2025-03-01T10:00:00Z","primary{of}Id":2,"duplicate{of}Id":3,"completedAt":{completed},"errorMessage":{error}}}"#
        )
    };
    let done = r#""2025-03-01T10:00:09Z""#;
    vec![
        merge("in-progress", "null", "null"),
        merge("success", done, "null"),
        merge("failed", done, r#""the primary is gone""#),
    ]
}

pub(crate) fn tasks() -> Vec<String> {
    let task =
        |status, summary| format!(r#"{{"id":"{TASK}","status":"{status}","resultsSummary":{summary}}}"#);
    vec![
        task("in-progress", r#"{"total":1,"inProgress":1,"success":0,"failed":0}"#),
        task("success", r#"{"total":1,"inProgress":0,"success":1,"failed":0}"#),
        task("failed", r#"{"total":1,"inProgress":0,"success":0,"failed":1}"#),
    ]
}

fn task_url(of: &str) -> String {
    format!(r#"{{"taskUrl":"https://crm.example/v2/tasks/{of}-merges/{TASK}"}}"#)
}

pub(crate) fn shapes() -> Vec<Shape> {
    let mut shapes = vec![
        Shape::of::<types::List>("List", LIST),
        Shape::of::<types::CompanyMergeResponse>("CompanyMergeResponse", task_url("company")),
        Shape::of::<types::PersonMergeResponse>("PersonMergeResponse", task_url("person")),
    ];
    let batch = "ListEntryBatchOperationResponse";
    for text in ["{}", r#"{"operation":"update-fields"}"#] {
        shapes.push(Shape::of::<types::ListEntryBatchOperationResponse>(batch, text));
    }
    let mut all =
        |texts: Vec<String>, shape: fn(String) -> Shape| shapes.extend(texts.into_iter().map(shape));
    all(who_am_i().to_vec(), |text| Shape::of::<types::WhoAmI>("WhoAmI", text));
    all(lists(), |text| Shape::of::<types::ListWithType>("ListWithType", text));
    all(saved_views(), |text| Shape::of::<types::SavedView>("SavedView", text));
    all(field_metadata(), |text| Shape::of::<types::FieldMetadata>("FieldMetadata", text));
    all(emails(), |text| Shape::of::<types::LoggedEmail>("LoggedEmail", text));
    all(meetings(), |text| Shape::of::<types::LoggedMeeting>("LoggedMeeting", text));
    all(merges("Company"), |text| Shape::of::<types::CompanyMergeState>("CompanyMergeState", text));
    all(merges("Person"), |text| Shape::of::<types::PersonMergeState>("PersonMergeState", text));
    all(tasks(), |text| Shape::of::<types::CompanyMergeTask>("CompanyMergeTask", text));
    all(tasks(), |text| Shape::of::<types::PersonMergeTask>("PersonMergeTask", text));
    shapes
}
