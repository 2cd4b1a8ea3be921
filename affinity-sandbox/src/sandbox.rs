use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::Method;

use crate::api::{App, Observer, Operation, PageShape, Quota, Settings, router};
use crate::clock::Clock;
use crate::courier::{self, Courier, Delivery};
use crate::downloads::{self, Downloads};
use crate::recorder::RecordedRequest;
use crate::reply::Reply;
use crate::server::{self, Server};
use crate::world::{Permission, World};
use crate::{v1, v2};

/// A running emulator. It stops when dropped.
pub struct Sandbox {
    app: Arc<App>,
    url: String,
    api_key: String,
    server: Server,
}

impl Sandbox {
    /// Starts with settings other than the usual ones.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }

    /// Starts with [`World::new`]: one user and one key.
    ///
    /// # Errors
    /// The system's, when no socket or thread is to be had.
    pub async fn empty() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Starts with [`World::demo`]: a pipeline, companies, persons, and every kind of value.
    ///
    /// # Errors
    /// The system's, when no socket or thread is to be had.
    pub async fn demo() -> io::Result<Self> {
        Self::builder().world(World::demo()).start().await
    }

    /// The base URL, without a slash at the end.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A key with every permission. Clients send it as a bearer token; API v1 also takes it as a password without a user
    /// name.
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// A key of the same user with every permission but this one.
    pub fn api_key_without(&self, permission: Permission) -> String {
        self.app.world_mut().key_without(permission)
    }

    /// Everything of API v2 that is served.
    pub fn operations() -> Vec<Operation> {
        v2::operations().iter().map(v2::Route::describe).collect()
    }

    /// Everything of API v1 that is served. None of it asks for a permission of its own.
    pub fn v1_operations() -> Vec<Operation> {
        v1::operations().iter().map(v1::Route::describe).collect()
    }

    /// Looks at or changes the data, between requests. Requests wait until it is done, so none may be made inside,
    /// nor may the sandbox be asked for another key.
    pub fn with_world<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut self.app.world_mut())
    }

    /// The last ten thousand requests, in the order they arrived; fewer if their bodies come to more than 64 MiB.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.app.recorder().requests()
    }

    /// Forgets the requests recorded so far.
    pub fn clear_requests(&self) {
        self.app.recorder().clear();
    }

    /// Serves this reply, once, to a request of that method and path. Replies to the same method and path are served
    /// in the order they were given, before anything else is looked at: a key is not needed.
    pub fn reply(&self, method: Method, path: impl Into<String>, reply: Reply) {
        self.app.replies().push(method, path.into(), reply);
    }

    /// How many replies given to [`Sandbox::reply`] have not been asked for yet. At the end of a test this is 0, or a
    /// request that was expected never came.
    pub fn pending_replies(&self) -> usize {
        self.app.replies().pending()
    }

    /// Allows each user this many requests in a window from now on. What was asked in the open window stays counted.
    pub fn set_requests_per_minute(&self, requests: u64) {
        self.app.set_requests_per_minute(requests);
    }

    /// Serves the collection at that path in such pages from now on.
    pub fn shape_pages(&self, path: impl Into<String>, shape: PageShape) {
        self.app.set_shape(path.into(), shape);
    }

    /// Lets merges take this long that are started from now on; two seconds unless set. Zero makes them over by the
    /// next request, [`Duration::MAX`] keeps them in progress.
    pub fn merges_take(&self, duration: Duration) {
        self.app.world_mut().set_merge_duration(duration);
    }

    /// Lets the next merge that is started end as `failed`, with that message. Said twice, it is for the next two.
    pub fn fail_next_merge(&self, message: impl Into<String>) {
        self.app.world_mut().fail_next_merge(message.into());
    }

    /// Moves the sandbox's time on: windows close, months end, merges get done, reminders become due, webhooks are tried
    /// again. The calendar stops with the last second of the year 9999, after which the API has no dates.
    pub fn advance(&self, by: Duration) {
        self.app.clock.advance(by);
    }

    /// What was posted to webhooks, or tried to be: the last ten thousand attempts, in their order. The tests of a URL
    /// that come before a subscription are not among them.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.app.courier.deliveries()
    }

    /// Waits until webhooks know of all that happened so far, or are given up. With a [manual
    /// clock](SandboxBuilder::manual_clock) it does not wait for what is to be tried again later.
    pub async fn settled(&self) {
        courier::settled(&self.app).await;
    }

    /// Stops serving and closes all connections, as dropping does.
    pub async fn shutdown(mut self) {
        self.server.stop();
    }
}

/// Without keys.
impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Settings of a [`Sandbox`].
#[derive(Clone, Debug)]
#[must_use = "nothing runs until `start`"]
pub struct SandboxBuilder {
    world: Option<World>,
    quota: Quota,
    retry_after: bool,
    additions: bool,
    public_url: Option<String>,
    observer: Option<Observer>,
    manual_clock: bool,
    merges_take: Option<Duration>,
    webhook_patience: Option<Duration>,
    webhook_backoff: Option<Duration>,
    files_at: Option<String>,
    port: u16,
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        let quota =
            Quota { per_window: 900, window: Duration::from_secs(60), per_month: None, at_once: None };
        Self {
            world: None,
            quota,
            retry_after: false,
            additions: false,
            public_url: None,
            observer: None,
            manual_clock: false,
            merges_take: None,
            webhook_patience: None,
            webhook_backoff: None,
            files_at: None,
            port: 0,
        }
    }
}

impl SandboxBuilder {
    /// Serves that data; the default is [`World::new`].
    pub fn world(mut self, world: World) -> Self {
        self.world = Some(world);
        self
    }

    /// Allows each user this many requests in a window; the default is 900.
    pub fn requests_per_minute(mut self, requests: u64) -> Self {
        self.quota.per_window = requests;
        self
    }

    /// Makes the "minute" of the limit shorter or longer.
    pub fn window(mut self, window: Duration) -> Self {
        self.quota.window = window;
        self
    }

    /// Allows the account this many requests in a calendar month (UTC); `None`, the default, is an unlimited plan.
    pub fn requests_per_month(mut self, requests: Option<u64>) -> Self {
        self.quota.per_month = requests;
        self
    }

    /// Allows this many requests at once, of all users together; `None`, the default, is any number. A request is
    /// under way from its head to the head of its answer, so a [delayed](Reply::delay) reply holds a place.
    pub fn requests_at_once(mut self, requests: Option<usize>) -> Self {
        self.quota.at_once = requests;
        self
    }

    /// Sends `retry-after` with 429, in seconds. By default only the limit headers say when to come back.
    pub fn retry_after(mut self, sent: bool) -> Self {
        self.retry_after = sent;
        self
    }

    /// Sends the keys that the API has grown since 2024-01-01, whatever the version: `createdAt` of lists and field
    /// metadata, `listName` of list entries and opportunities, `isRestricted` and `isRedacted` of opportunities,
    /// `totalCount` of multi values, which are then all cut at a hundred. The default is not to, which is the API as
    /// its first interface document has it. For tests that keys a client does not know do no harm.
    pub fn additions(mut self, sent: bool) -> Self {
        self.additions = sent;
        self
    }

    /// Puts this base URL, instead of the one it listens on, into the links it sends, as a server behind a proxy does.
    pub fn public_url(mut self, url: impl Into<String>) -> Self {
        self.public_url = Some(url.into());
        self
    }

    /// Tells of each request once it is answered, or its connection was closed on purpose. The sandbox waits for it,
    /// so nothing may be asked of the sandbox inside.
    pub fn on_answer(mut self, tell: impl Fn(&RecordedRequest) + Send + Sync + 'static) -> Self {
        self.observer = Some(Observer(Arc::new(tell)));
        self
    }

    /// Lets each merge take this long, by the sandbox's time, see [`Sandbox::merges_take`].
    pub fn merges_take(mut self, duration: Duration) -> Self {
        self.merges_take = Some(duration);
        self
    }

    /// Lets webhooks fail for this long, by the sandbox's time, before their subscription is disabled; the default is the
    /// ten hours of the API.
    pub fn webhook_patience(mut self, patience: Duration) -> Self {
        self.webhook_patience = Some(patience);
        self
    }

    /// Tries a webhook that failed again after this long, by the sandbox's time, then after twice as long, and so on;
    /// the default is a second.
    pub fn webhook_backoff(mut self, backoff: Duration) -> Self {
        self.webhook_backoff = Some(backoff);
        self
    }

    /// Sends those who download a file to this base URL instead of its own, as the API sends them to another host. They
    /// find the file below it only if it leads here in the end, and only without credentials, which the usual address
    /// takes no notice of; [`RecordedRequest::auth_scheme`] tells whether some came.
    pub fn files_at(mut self, url: impl Into<String>) -> Self {
        self.files_at = Some(url.into());
        self
    }

    /// Stops the sandbox's time at noon of 2026-01-15 UTC; then only [`Sandbox::advance`] moves it.
    pub fn manual_clock(mut self) -> Self {
        self.manual_clock = true;
        self
    }

    /// Listens on that port of 127.0.0.1; the default, 0, takes a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Starts serving, on a thread of its own.
    ///
    /// # Errors
    /// The system's, when the port is taken or no socket or thread is to be had.
    pub async fn start(self) -> io::Result<Sandbox> {
        let bound = server::bind(self.port)?;
        let url = format!("http://{}", bound.address);
        let public_url =
            self.public_url.map_or_else(|| url.clone(), |url| url.trim_end_matches('/').to_owned());
        let settings = Settings {
            public_url,
            retry_after: self.retry_after,
            additions: self.additions,
            observer: self.observer,
        };
        let mut world = self.world.unwrap_or_default();
        if let Some(duration) = self.merges_take {
            world.set_merge_duration(duration);
        }
        let api_key = world.api_key().to_owned();
        let downloads = Downloads::new(self.files_at.as_deref(), &settings.public_url);
        let app = App::new(settings, world, self.quota, Clock::new(self.manual_clock))
            .with_courier(Courier::new(self.webhook_patience, self.webhook_backoff))
            .with_downloads(downloads);
        let app = Arc::new(app);
        let routes = router(v2::routes().merge(v1::routes()), Arc::clone(&app));
        let server = bound.serve(routes.merge(downloads::router(Arc::clone(&app))))?;
        server.spawn(courier::run(Arc::clone(&app)));
        Ok(Sandbox { app, url, api_key, server })
    }
}
