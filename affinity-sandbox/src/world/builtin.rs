//! The fields every account has.

use super::ValueType::{
    Company, CompanyMulti, Datetime, FilterableText, FilterableTextMulti, Interaction, Location, Number,
    Person, PersonMulti, Text,
};
use super::{EnrichmentSource, EntityKind, FieldCategory, NewField, Scope, ValueType, World};

type Builtin = (&'static str, &'static str, ValueType);

const ENRICHED_ON_COMPANIES: [Builtin; 11] = [
    ("affinity-data-description", "Description", Text),
    ("affinity-data-industry", "Industry", FilterableTextMulti),
    ("affinity-data-investment-stage", "Investment Stage", FilterableText),
    ("affinity-data-investors", "Investors", FilterableTextMulti),
    ("affinity-data-last-funding-amount", "Last Funding Amount (USD)", Number),
    ("affinity-data-last-funding-date", "Last Funding Date", Datetime),
    ("affinity-data-linkedin-url", "LinkedIn URL", Text),
    ("affinity-data-location", "Location", Location),
    ("affinity-data-number-of-employees", "Number of Employees", Number),
    ("affinity-data-total-funding-amount", "Total Funding Amount (USD)", Number),
    ("affinity-data-year-founded", "Year Founded", Number),
];

const ENRICHED_ON_PERSONS: [Builtin; 7] = [
    ("affinity-data-current-job-title", "Current Job Title", FilterableText),
    ("affinity-data-current-organization", "Current Organization", Company),
    ("affinity-data-industry", "Industry", FilterableTextMulti),
    ("affinity-data-job-titles", "Job Titles", FilterableTextMulti),
    ("affinity-data-linkedin-url", "LinkedIn URL", Text),
    ("affinity-data-location", "Location", Location),
    ("affinity-data-phone-number", "Phone Numbers", FilterableTextMulti),
];

const INTERACTIONS: [Builtin; 8] = [
    ("first-chat-message", "First Chat Message", Interaction),
    ("first-email", "First Email", Interaction),
    ("first-event", "First Event", Interaction),
    ("last-chat-message", "Last Chat Message", Interaction),
    ("last-contact", "Last Contact", Interaction),
    ("last-email", "Last Email", Interaction),
    ("last-event", "Last Event", Interaction),
    ("next-event", "Next Event", Interaction),
];

const INTRODUCTION: Builtin = ("source-of-introduction", "Source of Introduction", Person);

impl World {
    pub(super) fn add_builtin_fields(&mut self) {
        use EntityKind::{Company, Opportunity, Person};
        for (kind, enriched) in [(Company, &ENRICHED_ON_COMPANIES[..]), (Person, &ENRICHED_ON_PERSONS[..])] {
            self.add_builtins(Scope::Entity(kind), FieldCategory::Enriched, enriched);
            self.add_builtins(Scope::Entity(kind), FieldCategory::RelationshipIntelligence, &[INTRODUCTION]);
        }
        for kind in [Company, Person, Opportunity] {
            self.add_builtins(Scope::Entity(kind), FieldCategory::RelationshipIntelligence, &INTERACTIONS);
        }
    }

    pub(super) fn add_association_fields(&mut self, list: u64, kind: EntityKind) {
        let fields: &[Builtin] = match kind {
            EntityKind::Company => &[],
            EntityKind::Person => &[("companies", "Organizations", CompanyMulti)],
            EntityKind::Opportunity => {
                &[("companies", "Organizations", CompanyMulti), ("persons", "People", PersonMulti)]
            }
        };
        self.add_builtins(Scope::List(list), FieldCategory::List, fields);
    }

    fn add_builtins(&mut self, scope: Scope, category: FieldCategory, fields: &[Builtin]) {
        for (id, name, value_type) in fields {
            let mut field = self.make_field(scope, category, id, NewField::new(*name, *value_type));
            if category == FieldCategory::Enriched {
                field.source = Some(EnrichmentSource::AffinityData);
            }
            self.insert_field(field);
        }
    }
}
