//! The client.

use std::env::{self, VarError};
use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use affinity_core::{
    Access, CallOptions, Error, Event, KeyProvider, Limits, Method, Metrics, ReadOnly, ReadWrite, Result,
    Share, Timer, Transport, TransportBuilder, Workspace,
};
use affinity_v1 as v1;
use affinity_v2_raw::{API_VERSION, Client};

use crate::resources::{Companies, Emails, Lists, Meetings, Notes, Opportunities, Persons};
use crate::schema::{self, Schemas};
use crate::whoami::WhoAmICall;
use crate::{Request, Single};

/// A client of the Affinity CRM. Cloning it is cheap, and clones share connections, pacing and quota: make one
/// for each account.
///
/// ```no_run
/// # async fn example() -> affinity::Result<()> {
/// let affinity = affinity::Affinity::from_env()?;
/// let me = affinity.whoami().send().await?;
/// println!("{} at {}", me.user.first_name, me.tenant.name);
/// # Ok(()) }
/// ```
///
/// What it may do is part of its type: an `Affinity` reads and writes, and what [`read_only`](Self::read_only) gives has
/// no methods that write.
#[derive(Clone)]
pub struct Affinity<A: Access = ReadWrite> {
    transport: Arc<Transport>,
    pub(crate) schemas: Arc<Schemas>,
    access: PhantomData<A>,
}

/// A client without methods that write: see [`Affinity::read_only`].
pub type ReadOnlyAffinity = Affinity<ReadOnly>;

impl Affinity {
    /// A client with this key and the default settings.
    ///
    /// # Errors
    ///
    /// The key is empty or cannot be one.
    pub fn new(key: impl Into<String>) -> Result<Self> {
        Self::builder().api_key(key).build()
    }

    /// A client with the key in `AFFINITY_API_KEY`, or in the file that `AFFINITY_API_KEY_FILE` names (which is read
    /// again when it changes: [`KeyFile`](crate::KeyFile)), and the base URL in `AFFINITY_BASE_URL` if that is set.
    ///
    /// # Errors
    ///
    /// Neither or both of the first two are set, or what they hold cannot be a key; `AFFINITY_BASE_URL` is not a safe
    /// URL. A variable that is blank counts as one that is not set.
    pub fn from_env() -> Result<Self> {
        AffinityBuilder::from_env()?.build()
    }

    /// A client with settings of its own.
    pub fn builder() -> AffinityBuilder {
        AffinityBuilder::default()
    }

    /// A call to an endpoint, of v2 or v1, that has no method here; for one that only reads there is [`get`](Self::get).
    /// It shares key, pacing, repeats and errors.
    ///
    /// ```no_run
    /// # async fn example(affinity: affinity::Affinity) -> affinity::Result<()> {
    /// use affinity::Method;
    ///
    /// let notes: serde_json::Value = affinity.request(Method::GET, "/v2/notes").query("limit", 5).send().await?;
    /// # Ok(()) }
    /// ```
    pub fn request(&self, method: Method, path: impl Into<String>) -> Request {
        Request::new(self.transport.clone(), method, path.into())
    }

    /// The generated client, for an operation that has no method here. It shares key, pacing and quota. Its
    /// errors print bodies; `explain` on it turns them into [`Error`]s, which do not.
    pub fn raw(&self) -> Client {
        self.raw_with(CallOptions::default())
    }
}

impl<A: Access> Affinity<A> {
    /// A client that reads, and nothing else: it is of another type, which has no methods that write, and neither has
    /// anything it lends. So a report can be given a client that cannot change what it reports on, whoever writes the
    /// report. It shares connections, pacing, quota and schemas with this one. There is no way back.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = affinity_sandbox::Sandbox::demo().await?;
    /// # let affinity = affinity::Affinity::builder().base_url(sandbox.url()).api_key(sandbox.api_key()).build()?;
    /// use affinity::ReadOnlyAffinity;
    /// use futures::TryStreamExt;
    ///
    /// async fn rows_of(affinity: &ReadOnlyAffinity, list: &str) -> affinity::Result<usize> {
    ///     let list = affinity.lists().find(list).await?;
    ///     let rows: Vec<_> = affinity.lists().entries(list.id).stream().try_collect().await?;
    ///     Ok(rows.len())
    /// }
    ///
    /// assert_eq!(rows_of(&affinity.read_only(), "Pipeline").await?, 1200);
    /// # Ok(()) }
    /// ```
    ///
    /// What is written for any client takes `Affinity<A>` of any [`Access`]. What writes does not compile:
    ///
    /// ```compile_fail,E0599
    /// # fn example(affinity: affinity::ReadOnlyAffinity) {
    /// let call = affinity.companies().create("Tessel Robotics");
    /// # let _ = call; }
    /// ```
    ///
    /// ```compile_fail,E0599
    /// # fn example(affinity: affinity::ReadOnlyAffinity, list: affinity::ListId, entry: affinity::ListEntryId) {
    /// let call = affinity.lists().entry(list, entry).update();
    /// # let _ = call; }
    /// ```
    ///
    /// This guards against mistakes of a program: the key is the same, and may do what it could before.
    pub fn read_only(&self) -> ReadOnlyAffinity {
        let (transport, schemas) = (self.transport.clone(), self.schemas.clone());
        Affinity { transport, schemas, access: PhantomData }
    }

    /// Who the key belongs to. The cheapest call there is: it does not count against the month (observed).
    ///
    /// Route: v2 `GET /v2/auth/whoami`. No permission beyond the key.
    pub fn whoami(&self) -> Single<WhoAmICall, A> {
        Single::new(self, WhoAmICall::new()).with_options(CallOptions::default().with_free_of_month())
    }

    /// Lists, their fields, saved views and entries.
    pub fn lists(&self) -> Lists<A> {
        Lists::new(self)
    }

    /// Companies. (The older API calls them organizations.)
    pub fn companies(&self) -> Companies<A> {
        Companies::new(self)
    }

    /// Persons, users of the account included.
    pub fn persons(&self) -> Persons<A> {
        Persons::new(self)
    }

    /// Opportunities. They have field values as entries of their list only.
    pub fn opportunities(&self) -> Opportunities<A> {
        Opportunities::new(self)
    }

    /// Notes and their replies.
    pub fn notes(&self) -> Notes<A> {
        Notes::new(self)
    }

    /// Emails that were logged.
    pub fn emails(&self) -> Emails<A> {
        Emails::new(self)
    }

    /// Meetings that were logged.
    pub fn meetings(&self) -> Meetings<A> {
        Meetings::new(self)
    }

    /// Fields: all of them with their dropdown options, and making and deleting them. This is v1, which knows a field
    /// by a number: `field-4409` is 4409.
    pub fn fields(&self) -> v1::Fields<A> {
        self.v1().fields()
    }

    /// The values of fields one by one, as v1 has them. Cells of a row are written at once, and safer, with
    /// [`update_cells`](Single::update_cells); values of companies and persons themselves are written here.
    pub fn field_values(&self) -> v1::FieldValues<A> {
        self.v1().field_values()
    }

    /// What fields held before, by v1.
    pub fn field_value_changes(&self) -> v1::FieldValueChanges<A> {
        self.v1().field_value_changes()
    }

    /// Meetings, calls, chat messages and emails by company, person or opportunity, and logging them. This is v1.
    pub fn interactions(&self) -> v1::Interactions<A> {
        self.v1().interactions()
    }

    /// How well users of the account know other people, by v1.
    pub fn relationship_strengths(&self) -> v1::RelationshipStrengths<A> {
        self.v1().relationship_strengths()
    }

    /// Files of companies, persons and opportunities: list, upload, download. This is v1.
    pub fn files(&self) -> v1::EntityFiles<A> {
        self.v1().entity_files()
    }

    /// Reminders, by v1.
    pub fn reminders(&self) -> v1::Reminders<A> {
        self.v1().reminders()
    }

    /// Subscriptions to webhooks, by v1. What they deliver reads as a [`WebhookEvent`](v1::WebhookEvent).
    pub fn webhooks(&self) -> v1::Webhooks<A> {
        self.v1().webhooks()
    }

    /// Asks for the quota. It does not count against the month; every other answer tells it too:
    /// [`limits`](Self::limits).
    ///
    /// Route: v1 `GET /rate-limit`.
    pub fn rate_limit(&self) -> v1::Call<v1::GetRateLimit> {
        self.v1().rate_limit()
    }

    /// The client of v1, for an operation that has no method here. It shares key, pacing and quota.
    pub fn v1(&self) -> v1::Client<A> {
        v1::Client::with_access(self.transport.clone())
    }

    /// What the server last said about the quota, and how long ago ([`Limits::age`]); `None` before the first answer.
    pub fn limits(&self) -> Option<Limits> {
        self.transport.limits()
    }

    /// The workspace that the key belongs to. The server is asked once for each key.
    ///
    /// Route: v2 `GET /v2/auth/whoami`, which does not count against the month (observed).
    ///
    /// # Errors
    ///
    /// Those of any call.
    pub async fn workspace(&self) -> Result<Workspace> {
        self.transport.workspace().await
    }

    /// How many calls this client and its clones have sent, repeats and refused calls included: the most that they can
    /// have taken from the quota. Calls that found no connection are not among them, nor are files from another host.
    pub fn calls_spent(&self) -> u64 {
        self.transport.calls_spent()
    }

    /// A GET to an endpoint, of v2 or v1, that has no method here. It shares key, pacing, repeats and errors.
    ///
    /// ```no_run
    /// # async fn example(affinity: affinity::ReadOnlyAffinity) -> affinity::Result<()> {
    /// let notes: serde_json::Value = affinity.get("/v2/notes").query("limit", 5).send().await?;
    /// # Ok(()) }
    /// ```
    pub fn get(&self, path: impl Into<String>) -> Request {
        Request::new(self.transport.clone(), Method::GET, path.into())
    }

    pub(crate) fn timer(&self) -> &Arc<dyn Timer> {
        self.transport.timer()
    }

    pub(crate) fn transport(&self) -> &Arc<Transport> {
        &self.transport
    }

    pub(crate) fn raw_with(&self, options: CallOptions) -> Client {
        let options = if A::WRITES { options } else { options.with_reads_only() };
        Client::with_options(self.transport.clone(), options)
    }
}

/// What a client that only reads lacks, one by one.
///
/// ```compile_fail,E0599
/// # fn example(affinity: affinity::ReadOnlyAffinity, list: affinity::ListId, entry: affinity::ListEntryId) {
/// let call = affinity.lists().entry(list, entry).set_cell("field-4410", 2_500_000);
/// # let _ = call; }
/// ```
///
/// ```compile_fail,E0599
/// # fn example(affinity: affinity::ReadOnlyAffinity, survivor: affinity::CompanyId, duplicate: affinity::CompanyId) {
/// let call = affinity.companies().merge(survivor, duplicate);
/// # let _ = call; }
/// ```
///
/// ```compile_fail,E0599
/// # fn example(affinity: affinity::ReadOnlyAffinity, company: affinity::CompanyId) {
/// let call = affinity.v1().notes().create(company, "Pricing agreed.");
/// # let _ = call; }
/// ```
///
/// ```compile_fail,E0599
/// # fn example(affinity: affinity::ReadOnlyAffinity, company: affinity::CompanyId) {
/// let call = affinity.files().upload(company, affinity::v1::Upload::path("deck.pdf"));
/// # let _ = call; }
/// ```
///
/// ```compile_fail,E0599
/// # fn example(affinity: affinity::ReadOnlyAffinity, list: affinity::ListId, company: affinity::CompanyId) {
/// let call = affinity.lists().entries(list).add(company);
/// # let _ = call; }
/// ```
///
/// ```compile_fail,E0599
/// # fn example(affinity: affinity::ReadOnlyAffinity) {
/// let raw = affinity.raw();
/// # let _ = raw; }
/// ```
///
/// ```compile_fail,E0599
/// # fn example(affinity: affinity::ReadOnlyAffinity) {
/// let call = affinity.request(affinity::Method::GET, "/v2/notes");
/// # let _ = call; }
/// ```
#[cfg(doctest)]
struct ReadOnlyLacks;

/// A variable of the environment that is not blank; one that is no text is not taken for one that is not set.
fn variable(name: &str) -> Result<Option<String>> {
    match env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.trim().is_empty())),
        Err(VarError::NotPresent) => Ok(None),
        Err(VarError::NotUnicode(_)) => Err(Error::input(format!("{name} is not valid Unicode"))),
    }
}

impl<A: Access> fmt::Debug for Affinity<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if A::WRITES { "Affinity" } else { "ReadOnlyAffinity" };
        f.debug_struct(name).field("base_url", &self.transport.base_url()).finish_non_exhaustive()
    }
}

/// Settings of an [`Affinity`].
#[derive(Clone, Debug)]
#[must_use = "nothing is made until `build`"]
pub struct AffinityBuilder {
    transport: TransportBuilder,
    schema_lifetime: Duration,
}

impl Default for AffinityBuilder {
    fn default() -> Self {
        let transport = Transport::builder().api_version(Some(API_VERSION.to_owned()));
        Self { transport, schema_lifetime: schema::LIFETIME }
    }
}

impl AffinityBuilder {
    /// Settings with key and base URL from the environment, as [`Affinity::from_env`] takes them; all others can be made
    /// as well:
    ///
    /// ```no_run
    /// # fn example() -> affinity::Result<()> {
    /// let affinity = affinity::AffinityBuilder::from_env()?.expect_workspace("acme").build()?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Neither `AFFINITY_API_KEY` nor `AFFINITY_API_KEY_FILE` is set, or both are.
    pub fn from_env() -> Result<Self> {
        let builder = match (variable("AFFINITY_API_KEY")?, variable("AFFINITY_API_KEY_FILE")?) {
            (Some(key), None) => Self::default().api_key(key),
            (None, Some(path)) => Self::default().api_key_file(path),
            (None, None) => {
                return Err(Error::input(
                    "AFFINITY_API_KEY is not set; put the API key there, or the path of a file that holds it in \
                     AFFINITY_API_KEY_FILE, or use Affinity::new",
                ));
            }
            (Some(_), Some(_)) => {
                return Err(Error::input(
                    "AFFINITY_API_KEY and AFFINITY_API_KEY_FILE are both set; unset the one that is not meant",
                ));
            }
        };
        Ok(match variable("AFFINITY_BASE_URL")? {
            Some(url) => builder.base_url(url),
            None => builder,
        })
    }

    /// The API key. This, a file or a provider is required; the last one that is named counts.
    pub fn api_key(self, key: impl Into<String>) -> Self {
        Self { transport: self.transport.api_key(key), ..self }
    }

    /// The file that holds the key, which is read again when it changes: see [`KeyFile`](crate::KeyFile).
    pub fn api_key_file(self, path: impl Into<PathBuf>) -> Self {
        Self { transport: self.transport.api_key_file(path), ..self }
    }

    /// Who gives the key. It is asked before each attempt, and once more when the server refuses a key (401), so that the
    /// key can change while the client lives: see [`KeyProvider`].
    pub fn key_provider(self, provider: Arc<dyn KeyProvider>) -> Self {
        Self { transport: self.transport.key_provider(provider), ..self }
    }

    /// Which workspace the key is to belong to: the first label of its web address, `acme` of `acme.affinity.co`.
    ///
    /// Before the first write of the client the server is asked, with a call that does not count against the month
    /// (observed), whether it does. If it does not, every write ends with an error
    /// ([`is_wrong_workspace`](Error::is_wrong_workspace)), and nothing is written; if that cannot be found out, the write
    /// ends with that error, and is not sent either. Reads are not held up. With a [`key_provider`](Self::key_provider),
    /// each new key is asked about.
    ///
    /// ```
    /// # fn example() -> affinity::Result<()> {
    /// let affinity = affinity::Affinity::builder().api_key("key").expect_workspace("acme").build()?;
    /// # Ok(()) }
    /// ```
    pub fn expect_workspace(self, subdomain: impl Into<String>) -> Self {
        Self { transport: self.transport.expect_workspace(subdomain), ..self }
    }

    /// Does not write the workspace into cursors. Otherwise a cursor says which workspace it is of, and is refused in
    /// another, where it would leave rows out: for that the server is asked, once for each key, with a call that does not
    /// count against the month (observed), when the first page with a next one has come. That page waits for the answer,
    /// two seconds at most; where there is none, cursors do without for a minute.
    pub fn without_workspace_in_cursors(self) -> Self {
        Self { transport: self.transport.without_workspace_in_cursors(), ..self }
    }

    /// Calls `listener` with everything that happens to calls: attempts, answers, repeats, ends. There can be several. It
    /// runs where the call is made, and so wants to be quick.
    ///
    /// ```
    /// # fn example() -> affinity::Result<()> {
    /// use affinity::{Affinity, Event};
    ///
    /// let affinity = Affinity::builder()
    ///     .api_key("key")
    ///     .on_event(|event| {
    ///         if let Event::Repeating { call, wait, .. } = event {
    ///             eprintln!("{} goes out again in {wait:?}", call.operation);
    ///         }
    ///     })
    ///     .build()?;
    /// # Ok(()) }
    /// ```
    pub fn on_event(self, listener: impl Fn(&Event<'_>) + Send + Sync + 'static) -> Self {
        Self { transport: self.transport.on_event(listener), ..self }
    }

    /// Hands the figures of calls to `metrics`: see [`Metrics`].
    pub fn metrics(self, metrics: Arc<dyn Metrics>) -> Self {
        Self { transport: self.transport.metrics(metrics), ..self }
    }

    /// Where calls go. HTTPS, or plain HTTP to this machine. Default: the service itself.
    pub fn base_url(self, url: impl Into<String>) -> Self {
        Self { transport: self.transport.base_url(url), ..self }
    }

    /// The dated version of v2 to ask for. Default: the one this crate was made from. A later version can
    /// bring value types and enum values, which are kept as unknown.
    pub fn api_version(self, version: impl Into<String>) -> Self {
        Self { transport: self.transport.api_version(Some(version.into())), ..self }
    }

    /// Leaves the version to the default that is stored with the key.
    pub fn without_api_version(self) -> Self {
        Self { transport: self.transport.api_version(None), ..self }
    }

    /// The time for a whole call, waiting and repeats included. Default: 120 seconds.
    pub fn deadline(self, deadline: Duration) -> Self {
        Self { transport: self.transport.deadline(deadline), ..self }
    }

    /// The time for one attempt, from sending to the last byte. Default: 30 seconds.
    pub fn attempt_timeout(self, timeout: Duration) -> Self {
        Self { transport: self.transport.attempt_timeout(timeout), ..self }
    }

    /// The time to make a connection. Default: 10 seconds.
    pub fn connect_timeout(self, timeout: Duration) -> Self {
        Self { transport: self.transport.connect_timeout(timeout), ..self }
    }

    /// How often a call is sent at most. Default: 4.
    pub fn attempts(self, attempts: u32) -> Self {
        Self { transport: self.transport.attempts(attempts), ..self }
    }

    /// How many calls are under way at once. Default: 8. The account's own limit is not published; when it is met,
    /// fewer are under way for a while. One place in eight is left to
    /// [interactive](crate::Priority::Interactive) calls.
    pub fn concurrency(self, calls: usize) -> Self {
        Self { transport: self.transport.concurrency(calls), ..self }
    }

    /// Does not spread calls over the minute, and does not wait for the next one when a minute is used up: for those
    /// who pace themselves. The bound on calls under way, [`keep_monthly`](Self::keep_monthly) and repeats stay.
    pub fn without_pacing(self) -> Self {
        Self { transport: self.transport.without_pacing(), ..self }
    }

    /// Goes by one schedule of the minute with all processes that name the same one in the same Redis, so that together
    /// they are not refused, and use what is allowed: the quota is one of the user, over all of the user's keys. Figures
    /// of the quota are all that is kept there.
    ///
    /// Places among the calls under way and the month stay each process's own. Redis need not be there: while
    /// it is away, each process goes by the figures of its own answers, as without this, and no call fails or waits longer
    /// than half a second for it. It is tried again every few seconds; `tracing` tells when it goes and comes back.
    ///
    /// ```
    /// # fn example() -> affinity::Result<()> {
    /// use affinity::{Affinity, RedisPacing};
    ///
    /// let pacing = RedisPacing::new("redis://127.0.0.1/")?.name("ines");
    /// let nightly = Affinity::builder().api_key("key").shared_pacing(pacing).build()?;
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "redis")]
    pub fn shared_pacing(self, pacing: affinity_core::RedisPacing) -> Self {
        Self { transport: self.transport.shared_pacing(pacing), ..self }
    }

    /// Keeps this share of the account's calls for the month: a call that would spend it is not sent, and ends with an
    /// error that says so ([`is_month_kept`](Error::is_month_kept)). Default: none is kept. What is left is known from
    /// the last answer, so the first call always goes; [`whoami`](Affinity::whoami) and
    /// [`rate_limit`](Affinity::rate_limit), which do not count against the month, go whatever is left, and bring the
    /// figures up to date. Without those, one call an hour may go to ask, so that a figure that was wrong, or a plan that
    /// was enlarged, is noticed. On a plan without a monthly limit it does nothing.
    ///
    /// ```
    /// # fn example() -> affinity::Result<()> {
    /// use affinity::{Affinity, Share};
    ///
    /// let nightly = Affinity::builder().api_key("key").keep_monthly(Share::percent(20)).build()?;
    /// # Ok(()) }
    /// ```
    pub fn keep_monthly(self, share: Share) -> Self {
        Self { transport: self.transport.keep_monthly(share), ..self }
    }

    /// How many repeats there can be in a short time, over all calls, so that a server in trouble is not asked many
    /// times as much. Default: 20. They are given back over a minute, and one for each ten calls that go well. What
    /// was refused for the rate (429) is repeated without: the pacing bounds that.
    pub fn retry_budget(self, repeats: u32) -> Self {
        Self { transport: self.transport.retry_budget(repeats), ..self }
    }

    /// The largest answer that is read, in bytes, unpacked. Default: 64 MiB. Of a refusal 1 MiB is read at most.
    pub fn body_limit(self, bytes: usize) -> Self {
        Self { transport: self.transport.body_limit(bytes), ..self }
    }

    /// How long a [`Schema`](crate::Schema) that was read is used again. Default: 10 minutes. Whatever the lifetime, a
    /// schema that lacks what is looked for is read again, and callers at the same time share one read.
    ///
    /// With zero none is used again: whatever needs one reads it, which is two to four calls or so. That is not each
    /// row: a stream takes the schema once, at its start.
    pub fn schema_lifetime(self, lifetime: Duration) -> Self {
        Self { schema_lifetime: lifetime, ..self }
    }

    /// Another clock, for tests.
    pub fn timer(self, timer: Arc<dyn Timer>) -> Self {
        Self { transport: self.transport.timer(timer), ..self }
    }

    /// Makes the client. Nothing is sent.
    ///
    /// # Errors
    ///
    /// No key, or a setting that cannot be right; the message names it.
    pub fn build(self) -> Result<Affinity> {
        let schemas = Arc::new(Schemas::new(self.schema_lifetime));
        Ok(Affinity { transport: Arc::new(self.transport.build()?), schemas, access: PhantomData })
    }
}
