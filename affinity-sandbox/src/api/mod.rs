//! What all parts of the API share: the state behind the routes, and the gate in front of them.

mod access;
mod answer;
mod errors;
mod gate;
mod limits;
mod operation;
mod shapes;
mod surface;
mod version;

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use axum::response::Response;
use axum::{Router, middleware};
use http::{StatusCode, Uri};

use crate::clock::Clock;
use crate::courier::Courier;
use crate::downloads::Downloads;
use crate::recorder::{RecordedRequest, Recorder, Ticket};
use crate::reply::Replies;
use crate::v1;
use crate::world::World;

pub(crate) use access::Caller;
pub(crate) use answer::{Answer, Outcome};
pub(crate) use errors::{Error, Errors, MOST_TOLD};
pub(crate) use gate::{Admitted, drain, pairs};
pub(crate) use limits::{Gauge, Limits, Quota, Standing};
pub(crate) use surface::{Scheme, Surface};

pub use operation::Operation;
pub use shapes::{PageEnd, PageShape};

/// Everything behind the routes.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    world: RwLock<World>,
    limits: Mutex<Limits>,
    recorder: Mutex<Recorder>,
    replies: Mutex<Replies>,
    shapes: Mutex<shapes::Shapes>,
    pub(crate) courier: Courier,
    pub(crate) downloads: Downloads,
    answered: AtomicU64,
    under_way: AtomicUsize,
}

/// A request under way, until dropped.
#[derive(Debug)]
struct UnderWay<'a>(&'a AtomicUsize);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The world while it is changed. What was recorded goes to the courier at the end, so that nobody forgets to send it.
#[derive(Debug)]
pub(crate) struct Changing<'a> {
    world: RwLockWriteGuard<'a, World>,
    courier: &'a Courier,
}

impl Deref for Changing<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        &self.world
    }
}

impl DerefMut for Changing<'_> {
    fn deref_mut(&mut self) -> &mut World {
        &mut self.world
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        let events = self.world.take_events();
        self.courier.hand_out(&self.world, &events);
    }
}

/// What stays as it is while a sandbox runs.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Where the API says it is, in links; without a slash at the end.
    pub(crate) public_url: String,
    pub(crate) retry_after: bool,
    pub(crate) additions: bool,
    pub(crate) observer: Option<Observer>,
}

/// Told of each request once it is answered.
#[derive(Clone)]
pub(crate) struct Observer(pub(crate) Arc<dyn Fn(&RecordedRequest) + Send + Sync>);

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

impl App {
    pub(crate) fn new(settings: Settings, world: World, quota: Quota, clock: Clock) -> Self {
        Self {
            settings,
            clock,
            world: RwLock::new(world),
            limits: Mutex::new(Limits::new(quota)),
            recorder: Mutex::default(),
            replies: Mutex::default(),
            shapes: Mutex::default(),
            courier: Courier::default(),
            downloads: Downloads::default(),
            answered: AtomicU64::new(0),
            under_way: AtomicUsize::new(0),
        }
    }

    /// Replaces who brings webhooks what happened.
    pub(crate) fn with_courier(self, courier: Courier) -> Self {
        Self { courier, ..self }
    }

    /// Replaces where files are handed out.
    pub(crate) fn with_downloads(self, downloads: Downloads) -> Self {
        Self { downloads, ..self }
    }

    /// The world as it is by now.
    pub(crate) fn world(&self) -> RwLockReadGuard<'_, World> {
        let world = self.world.read().unwrap_or_else(PoisonError::into_inner);
        if !world.has_merges_due(self.clock.now().utc) {
            return world;
        }
        drop(world);
        drop(self.world_mut());
        self.world.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The world as it is by now, to be changed.
    pub(crate) fn world_mut(&self) -> Changing<'_> {
        let world = self.world.write().unwrap_or_else(PoisonError::into_inner);
        let mut changing = Changing { world, courier: &self.courier };
        for merge in changing.carry_out_merges(self.clock.now().utc) {
            v1::announce::merged(&mut changing, &merge);
        }
        changing
    }

    pub(crate) fn recorder(&self) -> MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn replies(&self) -> MutexGuard<'_, Replies> {
        self.replies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn set_shape(&self, path: String, shape: PageShape) {
        self.shapes.lock().unwrap_or_else(PoisonError::into_inner).insert(path, shape);
    }

    pub(crate) fn shape(&self, path: &str) -> PageShape {
        self.shapes.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned().unwrap_or_default()
    }

    pub(crate) fn set_requests_per_minute(&self, requests: u64) {
        self.limits().set_per_window(requests);
    }

    /// Starts a request; tells how many are under way with it.
    fn set_out(&self) -> (UnderWay<'_>, usize) {
        let before = self.under_way.fetch_add(1, Ordering::Relaxed);
        (UnderWay(&self.under_way), before + 1)
    }

    fn limits(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records how a request ended: with a status, or with a closed connection.
    pub(crate) fn answered(&self, ticket: Ticket, status: Option<StatusCode>) {
        let request = {
            let mut recorder = self.recorder();
            if let Some(status) = status {
                recorder.answered(ticket, status);
            }
            self.settings
                .observer
                .as_ref()
                .and_then(|observer| Some((observer, recorder.find(ticket)?.clone())))
        };
        if let Some((observer, request)) = request {
            (observer.0)(&request);
        }
    }

    pub(crate) fn next_request_id(&self) -> String {
        format!("sandbox-{:08}", self.answered.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

/// The routes, with errors for all other paths and methods, behind the gate.
pub(crate) fn router(routes: Router<Arc<App>>, app: Arc<App>) -> Router {
    routes
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(no_such_path)
        .layer(middleware::from_fn_with_state(Arc::clone(&app), gate::pass))
        .with_state(app)
}

async fn no_such_path(uri: Uri) -> Response {
    Surface::of(uri.path()).refuse(&Errors::not_found("there is no such path"))
}

async fn method_not_allowed(uri: Uri) -> Response {
    Surface::of(uri.path()).refuse(&Errors::method_not_allowed())
}
