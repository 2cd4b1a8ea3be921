//! Rows as structs: which fields are asked for, what their values read as, and what does not fit.

mod drift;
mod errors;
mod values;
mod walks;

use std::collections::{BTreeMap, HashMap, HashSet};

use affinity::{
    Affinity, AffinityRow, CompanyId, CompanyRef, Cursor, Date, DriftKind, Dropdown, DropdownOptionId,
    EntityId, Error, FieldSelection, FieldType, FieldValue, FormulaNumber, Interaction, ListEntry, ListId,
    Location, Multi, PersonId, PersonRef, RankedDropdown, Row, Schema, Shown,
};
use affinity_sandbox::{
    CellValue, Company, EnrichmentSource, EntityKind, List, Method, NewField, Person, Place, Reply, Sandbox,
    ValueType, World,
};
use affinity_tests::{TagPlace, VALUES, field, list_entry, page};
use chrono::{DateTime, NaiveDate, Utc};
use futures::{StreamExt, TryStreamExt};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::support::{builder, client, rng};

/// A list of opportunities with a column for each type of value that a column can have.
struct Sheet {
    sandbox: Sandbox,
    affinity: Affinity,
    list: ListId,
    /// The field of each value type.
    columns: BTreeMap<&'static str, String>,
}

impl Sheet {
    async fn new() -> Self {
        let mut world = World::new();
        let list = world.add_list(List::new("Deals", EntityKind::Opportunity)).unwrap();
        let mut columns = BTreeMap::from([("interaction", "last-email".to_owned())]);
        for kind in ValueType::ALL.iter().copied().filter(|kind| kind.as_str() != "interaction") {
            let has_options = kind.as_str().contains("dropdown");
            let field = NewField::new(kind.as_str(), kind);
            let field = if has_options { field.options(["Strong", "In review"]) } else { field };
            columns.insert(kind.as_str(), world.add_list_field(list, field).unwrap());
        }
        let sandbox = Sandbox::builder().world(world).start().await.unwrap();
        Self { affinity: client(&sandbox), sandbox, list: ListId::new(list), columns }
    }

    fn path(&self) -> String {
        format!("/v2/lists/{}/list-entries", self.list)
    }

    /// A cell of the column of this type, with this JSON as its data.
    fn cell(&self, kind: &str, data: &str) -> String {
        field(&self.columns[kind], kind, data, TagPlace::First)
    }

    /// The next page has rows with these cells.
    fn answer(&self, rows: &[&[String]]) {
        let rows = rows
            .iter()
            .enumerate()
            .map(|(n, cells)| list_entry(n as u64 + 1, &cells.join(","), TagPlace::First));
        self.sandbox.reply(Method::GET, self.path(), Reply::json(200, page(&rows.collect::<Vec<_>>(), None)));
    }

    /// What comes of a row with this cell.
    async fn read<T: DeserializeOwned + Send + 'static>(&self, kind: &str, data: &str) -> Result<T, Error> {
        self.answer(&[&[self.cell(kind, data)]]);
        let mut rows = self.affinity.lists().entries(self.list).rows::<T>().send().await?.into_results();
        rows.pop().unwrap()
    }

    fn asked(&self) -> usize {
        self.sandbox.requests().iter().filter(|request| request.path == self.path()).count()
    }
}

/// A schema as it is written down: fields by name, type and category.
fn schema(fields: &[(&str, &str, &str)]) -> Schema {
    let fields: Vec<_> = fields
        .iter()
        .enumerate()
        .map(|(n, (name, value_type, source))| {
            let enriched = matches!(*source, "affinity-data" | "dealroom");
            let (category, source) = if enriched { ("enriched", Some(*source)) } else { (*source, None) };
            serde_json::json!({
                "id": format!("field-{}", n + 1), "name": name, "field_type": category, "value_type": value_type,
                "enrichment_source": source, "options": null,
            })
        })
        .collect();
    let of = serde_json::json!({"list": {"id": 1, "name": "Deals"}});
    serde_json::from_value(serde_json::json!({"of": of, "entity": "opportunity", "fields": fields})).unwrap()
}
