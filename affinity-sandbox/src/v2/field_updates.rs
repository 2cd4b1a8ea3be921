//! Writing the fields of a list entry: one, or several at once.

use http::Method;
use serde::Serialize;
use serde_json::Value;

use super::body::{Part, Problems};
use super::call::{Answer, Call, Outcome, Request, no_such};
use super::route::Route;
use super::written;
use crate::api::Errors;
use crate::v1;
use crate::world::{CellUpdate, Field, Permission, Row, World};

const LARGEST_BATCH: usize = 100;
/// The only operation of a batch.
const UPDATE_FIELDS: &str = "update-fields";

pub(super) fn operations() -> Vec<Route> {
    let (fields, field) = (
        "/v2/lists/{listId}/list-entries/{listEntryId}/fields",
        "/v2/lists/{listId}/list-entries/{listEntryId}/fields/{fieldId}",
    );
    vec![
        Route::write(Method::PATCH, fields, update_fields).needs(Permission::ExportLists),
        Route::write(Method::POST, field, update_field).needs(Permission::ExportLists),
    ]
}

/// What a request is to change, once nothing is wrong with it.
struct Order {
    entry: u64,
    updates: Vec<CellUpdate>,
}

#[derive(Serialize)]
struct Done {
    operation: &'static str,
}

fn update_field(world: &mut World, request: &Request<'_>) -> Outcome {
    let body = request.json()?;
    let order = order_of_one(&Call { world, request }, &body)?;
    carry_out(world, order, request)?;
    Answer::nothing()
}

fn update_fields(world: &mut World, request: &Request<'_>) -> Outcome {
    let body = request.json()?;
    let order = order_of_several(&Call { world, request }, &body)?;
    carry_out(world, order, request)?;
    Answer::ok(&Done { operation: UPDATE_FIELDS })
}

fn carry_out(world: &mut World, order: Order, request: &Request<'_>) -> Result<(), Errors> {
    let done = world.update_cells(order.entry, order.updates, request.author());
    let changes = done.map_err(|problem| Errors::server(&problem.to_string()))?;
    v1::announce::values(world, &changes);
    Ok(())
}

/// What a value has to be depends on its field, so the body is looked at once the path is known to lead to one.
fn order_of_one(call: &Call<'_>, body: &Value) -> Result<Order, Errors> {
    let mut params = call.params();
    let (found, id) = (params.row(), params.text("fieldId")?);
    params.done()?;
    let (list, row) = found?;
    let field = call.world.fields_of_list(list).into_iter().find(|field| *field.id == *id);
    // Not specified: what a field that the list does not have answers.
    let field = field.ok_or_else(|| no_such("field", id))?;
    check_managed(call, &row)?;
    let mut problems = Problems::default();
    // Not specified: what a body without a value does; here one is required.
    let [value] = problems.closed(&Part::whole(body), ["value"]);
    let update = value.and_then(|value| written::update(call.world, field, &value, &mut problems));
    problems.done()?;
    Ok(Order { entry: row.entry.id, updates: update.into_iter().collect() })
}

/// One field may come twice; then the last update counts (observed).
fn order_of_several(call: &Call<'_>, body: &Value) -> Result<Order, Errors> {
    let mut params = call.params();
    let found = params.row();
    params.done()?;
    let (list, row) = found?;
    check_managed(call, &row)?;
    let fields = call.world.fields_of_list(list);
    let mut problems = Problems::default();
    let updates = batch(body, &mut problems).unwrap_or_default();
    let updates: Vec<_> =
        updates.iter().filter_map(|update| item(call.world, &fields, update, &mut problems)).collect();
    problems.done()?;
    Ok(Order { entry: row.entry.id, updates })
}

/// The updates of a batch. It and its items may have members of other names, unlike most bodies.
fn batch<'b>(body: &'b Value, problems: &mut Problems) -> Option<Vec<Part<'b>>> {
    let [operation, updates] = problems.open(&Part::whole(body), ["operation", "updates"]);
    if let Some(operation) = operation
        && problems.text(&operation).is_some_and(|name| name != UPDATE_FIELDS)
    {
        problems.reject(&operation, format!("the operation is {UPDATE_FIELDS}"));
    }
    problems.items(&updates?, LARGEST_BATCH)
}

fn item(world: &World, fields: &[&Field], update: &Part<'_>, problems: &mut Problems) -> Option<CellUpdate> {
    let [id, value] = problems.open(update, ["id", "value"]);
    let id = id?;
    let name = problems.text(&id)?;
    let Some(field) = fields.iter().find(|field| *field.id == *name) else {
        // Not specified, as for a single field; but here the body is what is wrong.
        problems.reject(&id, format!("{name} is not a field of this list"));
        return None;
    };
    written::update(world, field, &value?, problems)
}

/// Who cannot see the values of an opportunity cannot write them: stated from 2026-07-15 on, not specified before.
/// Not specified: who may write on a list; here whoever may see it.
fn check_managed(call: &Call<'_>, row: &Row<'_>) -> Result<(), Errors> {
    if row.is_hidden_from(call.caller.user) {
        return Err(Errors::hidden());
    }
    Ok(())
}
