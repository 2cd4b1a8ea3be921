//! What all versions of the API share: the state behind the routes, and the gate in front of them.

mod gate;
mod limits;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use axum::{Router, middleware};

use crate::clock::Clock;
use crate::recorder::Recorder;
use crate::reply::Replies;
use crate::world::World;

pub(crate) use limits::{Limits, Quota};

/// Everything behind the routes.
#[derive(Debug)]
pub(crate) struct App {
    /// Where the API is reached, without a slash at the end.
    pub(crate) base: String,
    pub(crate) retry_after: bool,
    pub(crate) clock: Clock,
    world: RwLock<World>,
    limits: Mutex<Limits>,
    recorder: Mutex<Recorder>,
    replies: Mutex<Replies>,
    answered: AtomicU64,
}

impl App {
    pub(crate) fn new(base: String, world: World, quota: Quota, retry_after: bool, clock: Clock) -> Self {
        Self {
            base,
            retry_after,
            clock,
            world: RwLock::new(world),
            limits: Mutex::new(Limits::new(quota)),
            recorder: Mutex::default(),
            replies: Mutex::default(),
            answered: AtomicU64::new(0),
        }
    }

    pub(crate) fn world(&self) -> RwLockReadGuard<'_, World> {
        self.world.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn world_mut(&self) -> RwLockWriteGuard<'_, World> {
        self.world.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn recorder(&self) -> MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn replies(&self) -> MutexGuard<'_, Replies> {
        self.replies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn limits(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_request_id(&self) -> String {
        format!("sandbox-{:08}", self.answered.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

pub(crate) fn router(app: Arc<App>) -> Router {
    crate::v2::routes()
        .method_not_allowed_fallback(crate::v2::method_not_allowed)
        .fallback(crate::v2::no_such_path)
        .layer(middleware::from_fn_with_state(Arc::clone(&app), gate::pass))
        .with_state(app)
}
