//! A small client, and a small world.

use affinity_sandbox::{
    CellValue, Company, EntityKind, HeaderMap, List, Method, NewField, Person, Place, Sandbox,
    SandboxBuilder, ValueType, World,
};
use serde_json::Value;

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("a JSON body")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a text header"))
    }

    /// The code and param of each error.
    pub(crate) fn errors(&self) -> Vec<(String, Option<String>)> {
        let body = self.json();
        let errors = body["errors"].as_array().expect("an error body");
        let text = |value: &Value| value.as_str().map(str::to_owned);
        errors.iter().map(|error| (text(&error["code"]).expect("a code"), text(&error["param"]))).collect()
    }

    /// The ids in `data`.
    pub(crate) fn ids(&self) -> Vec<u64> {
        let body = self.json();
        let data = body["data"].as_array().expect("a page");
        data.iter().map(|item| item["id"].as_u64().expect("a numeric id")).collect()
    }

    pub(crate) fn link(&self, name: &str) -> Option<String> {
        self.json()["pagination"][name].as_str().map(str::to_owned)
    }
}

/// What an error with that code and param looks like in [`Answer::errors`].
pub(crate) fn error(code: &str, param: Option<&str>) -> (String, Option<String>) {
    (code.to_owned(), param.map(str::to_owned))
}

/// Asks with some key.
pub(crate) async fn get_as(sandbox: &Sandbox, key: &str, path: &str) -> Answer {
    send(reqwest::Client::new().get(address(sandbox, path)).bearer_auth(key)).await
}

/// Asks with the main key.
pub(crate) async fn get(sandbox: &Sandbox, path: &str) -> Answer {
    get_as(sandbox, sandbox.api_key(), path).await
}

/// Asks with the main key for an answer of a version.
pub(crate) async fn get_versioned(sandbox: &Sandbox, version: &str, path: &str) -> Answer {
    let request = reqwest::Client::new().get(address(sandbox, path)).bearer_auth(sandbox.api_key());
    send(request.header("X-Affinity-Api-Version", version)).await
}

/// Sends a JSON body with some key.
pub(crate) async fn send_as(sandbox: &Sandbox, key: &str, method: Method, path: &str, body: &str) -> Answer {
    let request = reqwest::Client::new().request(method, address(sandbox, path)).bearer_auth(key);
    send(request.header("content-type", "application/json").body(body.to_owned())).await
}

/// Posts a JSON body with the main key.
pub(crate) async fn post(sandbox: &Sandbox, path: &str, body: &Value) -> Answer {
    send_as(sandbox, sandbox.api_key(), Method::POST, path, &body.to_string()).await
}

/// Patches with a JSON body and the main key.
pub(crate) async fn patch(sandbox: &Sandbox, path: &str, body: &Value) -> Answer {
    send_as(sandbox, sandbox.api_key(), Method::PATCH, path, &body.to_string()).await
}

pub(crate) async fn send(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().await.expect("a text body"),
    }
}

/// A path below the sandbox's URL; links of its own are taken as they are.
pub(crate) fn address(sandbox: &Sandbox, path: &str) -> String {
    if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", sandbox.url()) }
}

pub(crate) async fn serve(world: World) -> Sandbox {
    start(Sandbox::builder().world(world)).await
}

pub(crate) async fn start(builder: SandboxBuilder) -> Sandbox {
    builder.start().await.expect("a free port")
}

/// Two companies and a person; a company list with a column and a row, and an opportunity list with a row.
pub(crate) struct Small {
    pub(crate) world: World,
    pub(crate) company: u64,
    pub(crate) person: u64,
    pub(crate) portfolio: u64,
    pub(crate) row: u64,
    pub(crate) score: String,
    pub(crate) thesis: String,
    pub(crate) deals: u64,
    pub(crate) opportunity: u64,
    pub(crate) deal_row: u64,
    pub(crate) amount: String,
}

pub(crate) fn small() -> Small {
    let mut world = World::new();
    let company = world.add_company(Company::new("Tessel Robotics").domain("tessel.example")).unwrap();
    world.add_company(Company::new("Larkumbra Foods").domain("larkumbra.example").global(true)).unwrap();
    let person =
        world.add_person(Person::new("Alvio").last_name("Ashbrook").email("alvio@tessel.example")).unwrap();
    let thesis = NewField::new("Thesis", ValueType::Text);
    let thesis = world.add_global_field(EntityKind::Company, thesis).unwrap();
    let portfolio = world.add_list(List::new("Portfolio", EntityKind::Company)).unwrap();
    let score = world.add_list_field(portfolio, NewField::new("Score", ValueType::Number)).unwrap();
    let row = world.add_entry(portfolio, company).unwrap();
    world.set_value(Place::Entry(row), &score, CellValue::Number(8.5)).unwrap();
    world.set_value(Place::Company(company), &thesis, CellValue::Text("Strong".into())).unwrap();
    let deals = world.add_list(List::new("Deals", EntityKind::Opportunity)).unwrap();
    let amount = world.add_list_field(deals, NewField::new("Amount", ValueType::Number)).unwrap();
    let deal = world.add_opportunity(deals, "Tessel, Seed").unwrap();
    world.set_value(Place::Entry(deal.entry), &amount, CellValue::Number(250_000.0)).unwrap();
    Small {
        world,
        company,
        person,
        portfolio,
        row,
        score,
        thesis,
        deals,
        opportunity: deal.opportunity,
        deal_row: deal.entry,
        amount,
    }
}
