//! An operation and where it is found.

use std::sync::Arc;

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use axum::{Extension, Router};
use http::{HeaderMap, Method, Uri};

use super::call::{Call, Outcome, Request};
use super::paging::PageRules;
use crate::api::{Admitted, App, Errors, Operation, Surface, pairs};
use crate::world::{Permission, World};

/// An operation, its place, and what it asks for.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    method: Method,
    path: &'static str,
    needs: Option<Permission>,
    run: Run,
}

/// The kinds of operations.
#[derive(Clone, Copy, Debug)]
enum Run {
    /// Changes nothing.
    Read(fn(&Call<'_>) -> Outcome),
    /// Reads a collection, page by page.
    Pages(PageRules, fn(&Call<'_>, PageRules) -> Outcome),
    /// Changes the world, alone with it.
    Write(fn(&mut World, &Request<'_>) -> Outcome),
}

impl Route {
    pub(super) fn read(path: &'static str, run: fn(&Call<'_>) -> Outcome) -> Self {
        Self { method: Method::GET, path, needs: None, run: Run::Read(run) }
    }

    pub(super) fn pages(
        path: &'static str,
        rules: PageRules,
        run: fn(&Call<'_>, PageRules) -> Outcome,
    ) -> Self {
        Self { method: Method::GET, path, needs: None, run: Run::Pages(rules, run) }
    }

    pub(super) fn write(
        method: Method,
        path: &'static str,
        run: fn(&mut World, &Request<'_>) -> Outcome,
    ) -> Self {
        Self { method, path, needs: None, run: Run::Write(run) }
    }

    pub(super) fn needs(mut self, permission: Permission) -> Self {
        self.needs = Some(permission);
        self
    }

    pub(crate) fn describe(&self) -> Operation {
        Operation {
            method: self.method.clone(),
            path: self.path,
            permission: self.needs,
            default_limit: match self.run {
                Run::Pages(rules, _) => Some(rules.default),
                Run::Read(_) | Run::Write(_) => None,
            },
        }
    }

    pub(super) fn mount(router: Router<Arc<App>>, route: Self) -> Router<Arc<App>> {
        let Ok(filter) = MethodFilter::try_from(route.method.clone()) else {
            return router;
        };
        let path = route.path;
        let handler = move |State(app): State<Arc<App>>,
                            Extension(admitted): Extension<Admitted>,
                            in_path: Result<RawPathParams, RawPathParamsRejection>,
                            headers: HeaderMap,
                            uri: Uri| async move {
            let Ok(in_path) = in_path else {
                return Surface::V2.refuse(&Errors::bad_request("the path is not UTF-8"));
            };
            let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
            let request = Request {
                caller: &admitted.caller,
                settings: &app.settings,
                path: uri.path(),
                in_path: in_path.iter().map(own).collect(),
                query: pairs(uri.query()),
                headers: &headers,
                body: &admitted.body,
                shape: app.shape(uri.path()),
                now: admitted.now,
            };
            route.answer(&app, &request)
        };
        router.route(path, on(filter, handler))
    }

    fn answer(&self, app: &App, request: &Request<'_>) -> Response {
        let outcome = self.admit(request).and_then(|()| match self.run {
            Run::Read(run) => run(&Call { world: &app.world(), request }),
            Run::Pages(rules, run) => run(&Call { world: &app.world(), request }, rules),
            Run::Write(run) => run(&mut app.world_mut(), request),
        });
        match outcome {
            Ok(answer) => answer.into_response(),
            Err(errors) => Surface::V2.refuse(&errors),
        }
    }

    fn admit(&self, request: &Request<'_>) -> Result<(), Errors> {
        match self.needs {
            Some(permission) if !request.caller.permissions.contains(&permission) => {
                Err(Errors::authorization(permission))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::time::Duration;

    use http::StatusCode;
    use serde_json::{Value, json};

    use super::super::call::Answer;
    use super::super::values::instant;
    use super::*;
    use crate::api::{Quota, Settings, router};
    use crate::clock::Clock;
    use crate::server::{Server, bind};
    use crate::world::Company;

    /// Some operations on a socket, over an empty world.
    pub(in crate::v2) struct Served {
        app: Arc<App>,
        url: String,
        _server: Server,
    }

    pub(in crate::v2) fn serve(routes: Vec<Route>) -> Served {
        let bound = bind(0).unwrap();
        let url = format!("http://{}", bound.address);
        let settings =
            Settings { public_url: url.clone(), retry_after: false, additions: false, observer: None };
        let quota =
            Quota { per_window: 900, window: Duration::from_secs(60), per_month: None, at_once: None };
        let app = Arc::new(App::new(settings, World::new(), quota, Clock::new(true)));
        let routes = routes.into_iter().fold(Router::new(), Route::mount);
        let _server = bound.serve(router(routes, Arc::clone(&app))).unwrap();
        Served { app, url, _server }
    }

    impl Served {
        pub(in crate::v2) async fn get(&self, path: &str) -> Value {
            let path = path.strip_prefix(&self.url).unwrap_or(path);
            self.send(Method::GET, path, "", "").await.1
        }

        async fn send(&self, method: Method, path: &str, content_type: &str, body: &str) -> (u16, Value) {
            let key = self.app.world().api_key().to_owned();
            let request = reqwest::Client::new().request(method, format!("{}{path}", self.url));
            let request = request.bearer_auth(key).header("content-type", content_type);
            let answer = request.body(body.to_owned()).send().await.unwrap();
            let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
            (status, if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() })
        }
    }

    fn make(world: &mut World, request: &Request<'_>) -> Outcome {
        let body = request.json()?;
        let name = body["name"].as_str().ok_or_else(|| Errors::bad_request("no name"))?;
        let id = world.add_company(Company::new(name)).unwrap();
        Answer::with(StatusCode::CREATED, &json!({"id": id, "at": instant(request.now.utc)}))
    }

    fn start(_: &mut World, _: &Request<'_>) -> Outcome {
        Answer::with(StatusCode::ACCEPTED, &json!({}))
    }

    fn nothing(_: &mut World, _: &Request<'_>) -> Outcome {
        Answer::nothing()
    }

    #[tokio::test]
    async fn a_write_changes_the_world_and_chooses_its_status() {
        let served = serve(vec![
            Route::write(Method::POST, "/v2/things", make),
            Route::write(Method::PATCH, "/v2/things", start),
            Route::write(Method::DELETE, "/v2/things/{thingId}", nothing),
        ]);
        let made = served.send(Method::POST, "/v2/things", "application/json", r#"{"name": "New"}"#).await;
        assert_eq!(made, (201, json!({"id": 10_001, "at": "2026-01-15T12:00:00Z"})));
        assert_eq!(served.app.world().company_ids().collect::<Vec<_>>(), [10_001]);
        assert_eq!(served.send(Method::PATCH, "/v2/things", "", "").await, (202, json!({})));
        assert_eq!(served.send(Method::DELETE, "/v2/things/1", "", "").await, (204, Value::Null));
        assert_eq!(served.send(Method::PUT, "/v2/things", "", "").await.0, 405);
    }

    #[tokio::test]
    async fn a_body_is_json_and_says_so() {
        let served = serve(vec![Route::write(Method::POST, "/v2/things", make)]);
        let bodies = [
            ("application/json; charset=utf-8", r#"{"name": "New"}"#, 201, Value::Null),
            ("Application/JSON", r#"{"name": "New"}"#, 201, Value::Null),
            ("text/plain", "{}", 415, json!("unsupported-media-type")),
            ("", "{}", 415, json!("unsupported-media-type")),
            ("application/json", "{", 400, json!("bad-request")),
            ("application/json", "", 400, json!("bad-request")),
        ];
        for (content_type, body, status, code) in bodies {
            let answer = served.send(Method::POST, "/v2/things", content_type, body).await;
            assert_eq!((answer.0, &answer.1["errors"][0]["code"]), (status, &code), "{content_type} {body}");
        }
    }

    #[tokio::test]
    async fn a_write_needs_its_permission() {
        let route = Route::write(Method::POST, "/v2/things", nothing).needs(Permission::ManageDuplicates);
        let served = serve(vec![route]);
        assert_eq!(served.send(Method::POST, "/v2/things", "", "").await.0, 204);
        let key = served.app.world_mut().key_without(Permission::ManageDuplicates);
        let request = reqwest::Client::new().post(format!("{}/v2/things", served.url)).bearer_auth(key);
        assert_eq!(request.send().await.unwrap().status(), 403);
    }
}
