//! `/lists`

use serde::Serialize;
use serde_json::Value;

use super::call::{Answer, Call, Outcome, Request, no_such, unexpected, visible_list};
use super::fields::{self, FieldBody};
use super::given::Given;
use super::params::Params;
use super::route::Route;
use super::{announce, codes};
use crate::events::EventName;
use crate::world::{EntityKind, List, World};

pub(super) fn operations() -> Vec<Route> {
    vec![Route::get("/lists", lists), Route::get("/lists/{list_id}", list), Route::post("/lists", create)]
}

#[derive(Serialize)]
struct ListBody<'a> {
    id: u64,
    r#type: u64,
    name: &'a str,
    public: bool,
    owner_id: u64,
    list_size: usize,
    /// Only in the answer to its making, as the permissions.
    #[serde(skip_serializing_if = "Option::is_none")]
    creator_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    additional_permissions: Option<&'a [Role]>,
    /// Only of a single list.
    #[serde(skip_serializing_if = "Option::is_none")]
    fields: Option<Vec<FieldBody<'a>>>,
}

/// A further person with access. What a role allows is not emulated.
#[derive(Clone, Debug, Serialize)]
struct Role {
    internal_person_id: u64,
    role_id: u64,
}

impl<'a> ListBody<'a> {
    fn of(world: &World, list: &'a List) -> Self {
        Self {
            id: list.id,
            r#type: codes::of_entity(list.kind),
            name: &list.name,
            public: list.is_public,
            owner_id: list.owner,
            list_size: world.entry_ids(list.id).count(),
            creator_id: None,
            additional_permissions: None,
            fields: None,
        }
    }
}

fn lists(call: &Call<'_>) -> Outcome {
    let visible = call.world.lists.values().filter(|list| list.visible_to(call.caller.user));
    Answer::ok(&visible.map(|list| ListBody::of(call.world, list)).collect::<Vec<_>>())
}

fn list(call: &Call<'_>) -> Outcome {
    let mut params = call.params()?;
    let id = params.path_id("list_id");
    params.done()?;
    let list = visible_list(call.world, id, call.caller.user)?;
    Answer::ok(&ListBody {
        fields: Some(fields::of_list(call.world, list)),
        ..ListBody::of(call.world, list)
    })
}

fn create(world: &mut World, request: &Request<'_>) -> Outcome {
    let mut params = request.params()?;
    let user = request.caller.user;
    let name = params.must("name", Params::words);
    let kind = params.code("type", codes::entity);
    let kind = params.need("type", kind).unwrap_or(EntityKind::Person);
    let is_public = params.must("is_public", Params::boolean);
    let owner = params.user(world, "owner_id").unwrap_or(user);
    let roles = roles(&mut params, world);
    params.done()?;
    let mut new = List::new(name, kind).owner(owner).creator(user).created_at(request.now.utc);
    if !is_public {
        new = new.private();
    }
    let new = roles.iter().fold(new, |list, role| list.shared_with(role.internal_person_id));
    let id = world.add_list(new).map_err(unexpected)?;
    let list = world.lists.get(&id).ok_or_else(|| no_such("list", id))?;
    let body = ListBody {
        creator_id: Some(list.creator),
        additional_permissions: Some(&roles),
        ..ListBody::of(world, list)
    };
    let body = serde_json::to_value(body).unwrap_or_default();
    announce::tell(world, EventName::ListCreated, &body);
    Answer::ok(&body)
}

/// `additional_permissions`, which only JSON can say.
fn roles(params: &mut Params<'_>, world: &World) -> Vec<Role> {
    const NAME: &str = "additional_permissions";
    let Some(given) = params.raw(NAME) else {
        return Vec::new();
    };
    let roles: Option<Vec<Role>> = match given {
        Given::Json(Value::Array(items)) => items.iter().map(role).collect(),
        _ => None,
    };
    let Some(roles) = roles else {
        params.reject(NAME, "an array of objects with internal_person_id and role_id (0 to 2) is expected");
        return Vec::new();
    };
    for role in &roles {
        if !world.is_user(role.internal_person_id) {
            params.reject(NAME, format!("{} is not a user", role.internal_person_id));
        }
    }
    roles
}

fn role(item: &Value) -> Option<Role> {
    let role_id = item.get("role_id")?.as_u64().filter(|role| *role <= 2)?;
    Some(Role { internal_person_id: item.get("internal_person_id")?.as_u64()?, role_id })
}
