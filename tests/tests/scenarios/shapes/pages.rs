//! Pages, and how they say where to go on.

use affinity_v2_raw::tagged::{Note, Reply};
use affinity_v2_raw::{ListEntryWithEntity, Paged, types};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::model::Shape;
use super::{answers, notes, rows, values};

/// What may stand under `pagination`.
const ENDS: &[&str] = &[
    r#"{"prevUrl":null,"nextUrl":null}"#,
    r#"{"prevUrl":"https://crm.example/v2/x?cursor=a","nextUrl":"https://crm.example/v2/x?cursor=c"}"#,
];
const TOTAL: &str = r#"{"prevUrl":null,"nextUrl":null,"totalCount":3}"#;

fn page(data: &str, pagination: &str) -> String {
    format!(r#"{{"data":{data},"pagination":{pagination}}}"#)
}

/// Pages of these items, and empty ones.
fn pages<T: DeserializeOwned + Serialize>(schema: &'static str, items: Vec<String>) -> Vec<Shape> {
    let items = format!("[{}]", items.join(","));
    let filled = ENDS.iter().map(|end| page(&items, end));
    filled.chain([page("[]", ENDS[0])]).map(|text| Shape::of::<Paged<T>>(schema, text)).collect()
}

/// Those, and one that counts.
fn counted<T: DeserializeOwned + Serialize>(schema: &'static str, items: Vec<String>) -> Vec<Shape> {
    let mut shapes = pages::<T>(schema, items);
    shapes.push(Shape::of::<Paged<T>>(schema, page("[]", TOTAL)));
    shapes
}

pub(crate) fn shapes() -> Vec<Shape> {
    let companies =
        [r#"{"id":1,"name":"Tessel","domain":null}"#, r#"{"id":2,"name":"Umber","domain":"umber.example"}"#];
    let persons = [values::NAMED, values::NAMELESS];
    let opportunities = vec![rows::OPPORTUNITY.to_owned()];
    [
        counted::<Note>("NotesPaged", notes::notes()),
        counted::<Reply>("RepliesPaged", notes::replies()),
        counted::<types::LoggedEmail>("LoggedEmailPaged", answers::emails()),
        counted::<types::LoggedMeeting>("LoggedMeetingPaged", answers::meetings()),
        pages::<ListEntryWithEntity>("ListEntryWithEntityPaged", rows::rows()),
        pages::<types::Company>("CompanyPaged", rows::companies()),
        pages::<types::CompanyData>("CompanyDataPaged", companies.map(str::to_owned).to_vec()),
        pages::<types::CompanyMergeState>("CompanyMergeStatePaged", answers::merges("Company")),
        pages::<types::CompanyMergeTask>("CompanyMergeTaskPaged", answers::tasks()),
        pages::<types::Field>("FieldPaged", rows::fields()),
        pages::<types::FieldMetadata>("FieldMetadataPaged", answers::field_metadata()),
        pages::<types::List>("ListPaged", vec![answers::LIST.to_owned()]),
        pages::<types::ListEntry>("ListEntryPaged", rows::own_rows()),
        pages::<types::ListWithType>("ListWithTypePaged", answers::lists()),
        pages::<types::Opportunity>("OpportunityPaged", opportunities),
        pages::<types::Person>("PersonPaged", rows::persons()),
        pages::<types::PersonData>("PersonDataPaged", persons.map(str::to_owned).to_vec()),
        pages::<types::PersonMergeState>("PersonMergeStatePaged", answers::merges("Person")),
        pages::<types::PersonMergeTask>("PersonMergeTaskPaged", answers::tasks()),
        pages::<types::SavedView>("SavedViewPaged", answers::saved_views()),
    ]
    .into_iter()
    .flatten()
    .collect()
}
