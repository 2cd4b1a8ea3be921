//! An operation and where it is found.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, on};
use axum::{Extension, Router};
use futures::future::BoxFuture;
use http::{HeaderMap, Method, Uri};

use super::call::{Call, Outcome, Request};
use super::paging::PageRules;
use crate::api::{Admitted, App, Errors, Operation, Surface, pairs};
use crate::world::World;

/// An operation and its place.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    method: Method,
    path: &'static str,
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
    /// Takes its time, and so has the world only where it asks for it. Gets the body of uploads.
    Errand(Errand),
}

type Errand = for<'a> fn(&'a App, &'a Request<'a>, Body) -> BoxFuture<'a, Outcome>;

impl Route {
    pub(super) fn get(path: &'static str, run: fn(&Call<'_>) -> Outcome) -> Self {
        Self { method: Method::GET, path, run: Run::Read(run) }
    }

    pub(super) fn pages(
        path: &'static str,
        rules: PageRules,
        run: fn(&Call<'_>, PageRules) -> Outcome,
    ) -> Self {
        Self { method: Method::GET, path, run: Run::Pages(rules, run) }
    }

    pub(super) fn post(path: &'static str, run: fn(&mut World, &Request<'_>) -> Outcome) -> Self {
        Self { method: Method::POST, path, run: Run::Write(run) }
    }

    pub(super) fn put(path: &'static str, run: fn(&mut World, &Request<'_>) -> Outcome) -> Self {
        Self { method: Method::PUT, path, run: Run::Write(run) }
    }

    pub(super) fn delete(path: &'static str, run: fn(&mut World, &Request<'_>) -> Outcome) -> Self {
        Self { method: Method::DELETE, path, run: Run::Write(run) }
    }

    pub(super) fn errand(method: Method, path: &'static str, run: Errand) -> Self {
        Self { method, path, run: Run::Errand(run) }
    }

    pub(crate) fn describe(&self) -> Operation {
        Operation {
            method: self.method.clone(),
            path: self.path,
            permission: None,
            default_limit: match self.run {
                Run::Pages(rules, _) => rules.default,
                Run::Read(_) | Run::Write(_) | Run::Errand(_) => None,
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
                            uri: Uri,
                            body: Body| async move {
            let Ok(in_path) = in_path else {
                return Surface::Root.refuse(&Errors::bad_request("the path is not UTF-8"));
            };
            let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
            let request = Request {
                caller: &admitted.caller,
                standing: admitted.standing,
                method: &route.method,
                path: uri.path(),
                in_path: in_path.iter().map(own).collect(),
                query: pairs(uri.query()),
                headers: &headers,
                body: &admitted.body,
                shape: app.shape(uri.path()),
                now: admitted.now,
            };
            route.answer(&app, &request, body).await
        };
        router.route(path, on(filter, handler))
    }

    async fn answer(&self, app: &App, request: &Request<'_>, body: Body) -> Response {
        let outcome = match self.run {
            Run::Read(run) => run(&Call { world: &app.world(), request }),
            Run::Pages(rules, run) => run(&Call { world: &app.world(), request }, rules),
            Run::Write(run) => run(&mut app.world_mut(), request),
            Run::Errand(run) => run(app, request, body).await,
        };
        match outcome {
            Ok(answer) => answer.into_response(),
            Err(errors) => Surface::Root.refuse(&errors),
        }
    }
}
