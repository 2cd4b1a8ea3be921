//! Rows as structs of the caller.

mod cell;
mod check;
mod own;
mod page;
mod probe;
mod reading;
mod shape;
mod shown;
mod source;

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use affinity_core::{
    Access, Answer, CallOptions, CompanyId, Cursor, Error, Items, ListEntryId, OpportunityId, Page, Pages,
    PersonId, Priority, ReadOnly, Response, Result, Scope, StatusCode,
};
use serde::de::DeserializeOwned;

use crate::Schema;
use crate::collection::Collection;
use crate::single::Single;

use check::Columns;
use page::{Kind, Reader, Seen};

pub use check::{AffinityRow, Drift, DriftKind};
pub use shape::{RowShape, Shape, Wanted};
pub use shown::Shown;
pub use source::{RowSource, SingleRowSource};

/// Rows of a collection, read into structs of the caller: see [`Collection::rows`].
#[must_use = "nothing is sent until `send`, `pages` or `stream`"]
pub struct Rows<S, T, F = Bare> {
    call: Collection<S, ReadOnly>,
    /// Found when the first page is asked for, and kept for the others.
    columns: Arc<OnceLock<Arc<Columns>>>,
    reads: PhantomData<fn() -> (T, F)>,
}

/// A row with its ids: see [`Rows::with_ids`]. It gives access to the struct as if it were it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Row<T, I = EntryIds> {
    /// The ids: those of the row of a list, or of the company or person.
    pub ids: I,
    /// The row.
    pub value: T,
}

impl<T, I> Deref for Row<T, I> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// The ids of a row of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct EntryIds {
    /// The row.
    pub entry: ListEntryId,
    /// What stands in it.
    pub entity: EntityId,
}

/// What stands in a row, by its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EntityId {
    /// A company.
    Company(CompanyId),
    /// An opportunity.
    Opportunity(OpportunityId),
    /// A person.
    Person(PersonId),
    /// A kind that this release does not know.
    Unknown(u64),
}

/// Rows without their ids: see [`Rows`].
#[derive(Clone, Copy, Debug)]
pub enum Bare {}

/// Rows with their ids: see [`Rows::with_ids`].
#[derive(Clone, Copy, Debug)]
pub enum WithIds {}

/// How a row is handed out. Not for implementing elsewhere.
pub trait RowForm<S: RowSource, T>: crate::endpoint::Sealed + 'static {
    /// What is handed out.
    type Out: Send + 'static;

    #[doc(hidden)]
    fn out(value: T, ids: S::Ids) -> Self::Out;
}

impl crate::endpoint::Sealed for Bare {}

impl<S: RowSource, T: Send + 'static> RowForm<S, T> for Bare {
    type Out = T;

    fn out(value: T, _: S::Ids) -> T {
        value
    }
}

impl crate::endpoint::Sealed for WithIds {}

impl<S: RowSource, T: Send + 'static> RowForm<S, T> for WithIds {
    type Out = Row<T, S::Ids>;

    fn out(value: T, ids: S::Ids) -> Row<T, S::Ids> {
        Row { ids, value }
    }
}

impl Kind {
    fn id(self, entity: u64) -> EntityId {
        match self {
            Self::Company => EntityId::Company(entity.into()),
            Self::Opportunity => EntityId::Opportunity(entity.into()),
            Self::Person => EntityId::Person(entity.into()),
            Self::Other => EntityId::Unknown(entity),
        }
    }
}

impl<S: RowSource, A: Access> Collection<S, A> {
    /// The rows, read into structs of yours. The struct's serde names say which fields are asked for, and nothing else
    /// is fetched:
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = affinity_sandbox::Sandbox::demo().await?;
    /// # let affinity = affinity::Affinity::builder().base_url(sandbox.url()).api_key(sandbox.api_key()).build()?;
    /// use affinity::PersonRef;
    /// use futures::TryStreamExt;
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize)]
    /// struct Deal {
    ///     name: String,
    ///     status: Option<String>,
    ///     amount: Option<f64>,
    ///     #[serde(rename = "Owners")]
    ///     owned_by: Vec<PersonRef>,
    /// }
    ///
    /// let pipeline = affinity.lists().find("Pipeline").await?;
    /// let mut deals = affinity.lists().entries(pipeline.id).rows::<Deal>().stream();
    /// while let Some(deal) = deals.try_next().await? {
    ///     println!("{}: {:?}, {:?}, {} owners", deal.name, deal.status, deal.amount, deal.owned_by.len());
    ///     # break;
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// **Names.** A name means the field that [`Schema::field`](crate::Schema::field) finds: by id, by name without
    /// regard to case, by source and name (`dealroom:Location`). Aliases are other names of the same field, so that a
    /// struct survives a renaming. Some names are reserved for what a row has by itself:
    ///
    /// | name | of | reads as |
    /// |---|---|---|
    /// | `entry_id`, `list_id`, `creator_id` | rows of lists | [`ListEntryId`], [`ListId`](crate::ListId), [`PersonId`] |
    /// | `created_at` | rows of lists | `DateTime<Utc>`, or another type that reads an instant |
    /// | `entity_type` | rows of lists | `String`, or an enum |
    /// | `entity_id` | all | [`CompanyId`], [`PersonId`], [`OpportunityId`] or a number |
    /// | `name` | all | `String`; of a person, the full name, if there is any |
    /// | `domain`, `domains`, `is_global` | companies | `Option<String>`, `Vec<String>`, `bool` |
    /// | `first_name`, `last_name`, `email`, `emails`, `person_type` | persons | `String`, `Option<String>`, `Vec<String>` |
    ///
    /// For a field that has such a name, rename to it with its source: `#[serde(rename = "list:name")]`.
    ///
    /// **Types.** They are held against the schema before the first page, and everything that does not match is told in
    /// one error. [`AffinityRow::check`] tells it for a test.
    ///
    /// | values | read as |
    /// |---|---|
    /// | text | `String`, or an enum of texts |
    /// | number, formula | `f64`, or a whole number: a row with a fraction is an error then |
    /// | datetime | [`Date`](crate::Date), `chrono::NaiveDate`, `time::Date` (feature `time`), `String` (`2026-03-31`); as `DateTime<Utc>`, the instant that carries the day |
    /// | dropdown | `String`, your enum of the options' texts, [`Dropdown`](crate::Dropdown), [`DropdownOptionId`](crate::DropdownOptionId) |
    /// | person, company | [`PersonRef`](crate::PersonRef), [`CompanyRef`](crate::CompanyRef), or their ids |
    /// | location | [`Location`](crate::Location) |
    /// | interaction | [`Interaction`](crate::Interaction), or when it was: `DateTime<Utc>` |
    /// | several values | `Vec` of the same; [`Multi`](crate::Multi) where the server may have cut them |
    /// | any | [`FieldValue`](crate::FieldValue) |
    ///
    /// A type that takes whatever comes, such as an untagged enum, a decimal or `serde_json::Value`, is not checked; it is
    /// given text, numbers and days as such, an option as its text, and the rest as JSON. In place of a value struct, one of yours with the same keys does (`firstName`, …). Around each goes an `Option`
    /// where a cell can be empty, or `#[serde(default)]`; [`Shown`] where it can be hidden.
    ///
    /// **Errors.** A row that does not fit is an `Err` in its place, with the row's id, the field and the place in the
    /// JSON, and the stream goes on: [`Error::is_item`]. So is a row with a list of values that may have been cut at
    /// 100 where the struct has a `Vec`, one with a hidden cell where it has no `Shown`, and one with an option that
    /// the enum lacks. A saved view that does not show a field is an error of its first page.
    ///
    /// Beside the pages this reads the schema, which the client keeps for a while:
    /// [`Lists::schema`](crate::resources::Lists::schema).
    pub fn rows<T: DeserializeOwned + Send + 'static>(self) -> Rows<S, T> {
        Rows { call: self.read_only(), columns: Arc::default(), reads: PhantomData }
    }
}

impl<S: RowSource, T: DeserializeOwned + Send + 'static> Rows<S, T> {
    /// Hands out each row with its ids.
    pub fn with_ids(self) -> Rows<S, T, WithIds> {
        Rows { call: self.call, columns: self.columns, reads: PhantomData }
    }
}

impl<S: Clone, T, F> Clone for Rows<S, T, F> {
    fn clone(&self) -> Self {
        Self { call: self.call.clone(), columns: self.columns.clone(), reads: PhantomData }
    }
}

impl<S: fmt::Debug, T, F> fmt::Debug for Rows<S, T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows").field("call", &self.call).finish_non_exhaustive()
    }
}

impl<S: RowSource, T: DeserializeOwned + Send + 'static, F: RowForm<S, T>> Rows<S, T, F> {
    /// How many rows a page has at most: 1 to 100. Without this, 100.
    pub fn page_size(self, rows: u32) -> Self {
        Self { call: self.call.page_size(rows), ..self }
    }

    /// Goes on from a cursor that the stream, the pages or an error of the same rows gave. Where the fields that the
    /// struct means have changed since, it is refused.
    pub fn resume_from(self, cursor: Cursor) -> Self {
        Self { call: self.call.resume_from(cursor), ..self }
    }

    /// Fetches one page ahead while the caller works on the current one. For `pages` and `stream`.
    pub fn prefetch(self, prefetch: bool) -> Self {
        Self { call: self.call.prefetch(prefetch), ..self }
    }

    /// The time for each page, waiting and repeats included.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self { call: self.call.with_timeout(timeout), ..self }
    }

    /// Whether the calls go before others or after them when not all can go at once. Without this, one page goes
    /// before, and pages and streams after.
    pub fn with_priority(self, priority: Priority) -> Self {
        Self { call: self.call.with_priority(priority), ..self }
    }

    /// Fetches one page: the first, or the one of [`resume_from`](Self::resume_from).
    ///
    /// # Errors
    ///
    /// See [`Collection::rows`]. A row that cannot be read is no error of the page: it is in [`Page::failures`].
    pub async fn send(self) -> Result<Page<F::Out>> {
        self.send_with_meta().await.map(|response| response.value)
    }

    /// Fetches one page, and tells attempts, quota and request id too.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn send_with_meta(self) -> Result<Response<Page<F::Out>>> {
        let fresh = self.anew();
        let cursor = fresh.start();
        let mut response = fresh.fetch(cursor.clone()).await?;
        match response.value.take_broken_end() {
            Some(error) => Err(error.resuming_at(cursor)),
            None => Ok(response),
        }
    }

    /// All pages from here on, as a stream.
    pub fn pages(self) -> Pages<F::Out> {
        self.anew().walk()
    }

    /// The same, with the columns that were found before.
    pub(crate) fn walk(mut self) -> Pages<F::Out> {
        self.call.options = self.call.options.or_priority(Priority::Bulk);
        let (start, prefetch) = (self.start(), self.call.prefetch);
        Pages::new(start, move |cursor| {
            let page = self.clone().fetch(cursor);
            async move { page.await.map(|response| response.value) }
        })
        .prefetch(prefetch)
    }

    /// All rows from here on, as a stream.
    pub fn stream(self) -> Items<F::Out> {
        self.pages().items()
    }

    /// The same struct from a narrower call.
    pub(crate) fn of(self, narrow: impl FnOnce(Collection<S, ReadOnly>) -> Collection<S, ReadOnly>) -> Self {
        Self { call: narrow(self.call), ..self }
    }

    /// The same call, which has not looked at the schema yet.
    pub(crate) fn anew(self) -> Self {
        Self { columns: Arc::default(), ..self }
    }

    fn start(&self) -> Cursor {
        self.call.from.clone().unwrap_or_else(|| Cursor::start(self.start_scope()))
    }

    /// Before the schema is known: which fields are meant comes with the first page.
    fn start_scope(&self) -> Scope {
        self.call.endpoint.identity(Scope::new(S::OPERATION)).with("rows", "")
    }

    async fn fetch(self, cursor: Cursor) -> Result<Response<Page<F::Out>>> {
        self.page(cursor).await.map_err(|error| error.during(S::OPERATION))
    }

    async fn page(self, cursor: Cursor) -> Result<Response<Page<F::Out>>> {
        self.call.endpoint.check()?;
        self.call.endpoint.check_selection()?;
        self.call.check_page_size()?;
        if cursor.is_start() {
            cursor.check(&self.start_scope())?;
        }
        let columns = self.columns().await?;
        let scope = self.scope(&columns);
        if !cursor.is_start() {
            cursor.check(&scope)?;
        }
        let transport = self.call.affinity.transport();
        let until = transport.end_of(&self.call.options);
        let Answer { status, body, meta, .. } = self.ask(&columns, &cursor).await.inspect_err(|error| {
            // A field of the schema may be gone.
            if error.status() == Some(StatusCode::BAD_REQUEST) {
                self.doubt();
            }
        })?;
        let page = self.read(&columns, &body, scope);
        let mut page = page.map_err(|error| error.with_meta(meta.clone()).about(status, body))?;
        transport.bind_cursor(&mut page, &meta, until).await;
        Ok(Response::new(page, status, meta))
    }

    /// Has the schema read anew for the next call.
    fn doubt(&self) {
        self.call.affinity.doubt_schema(self.call.endpoint.schema());
    }

    async fn columns(&self) -> Result<Arc<Columns>> {
        if let Some(columns) = self.columns.get() {
            return Ok(columns.clone());
        }
        let found = columns::<T>(&self.call.affinity, &self.call.endpoint).await?;
        Ok(self.columns.get_or_init(|| found).clone())
    }

    fn scope(&self, columns: &Columns) -> Scope {
        let scope = self.start_scope();
        let scope = self.call.page_size.iter().fold(scope, |scope, items| scope.with("limit", items));
        let mut fields: Vec<_> = columns.fields.iter().map(|id| id.as_str()).collect();
        fields.sort_unstable();
        fields.into_iter().fold(scope, |scope, id| scope.with("fieldIds", id))
    }

    async fn ask(&self, columns: &Columns, cursor: &Cursor) -> Result<Answer> {
        let mut query = self.call.endpoint.query();
        if S::SELECTS {
            query.extend(columns.fields.iter().map(|id| ("fieldIds", id.to_string())));
        }
        query.extend(cursor.token().map(|token| ("cursor", token.to_owned())));
        query.extend(self.call.page_size.map(|items| ("limit", items.to_string())));
        let options = self.call.options.clone().at_cursor(cursor);
        get(&self.call.affinity, &options, S::OPERATION, &self.call.endpoint.path(), &query).await
    }

    fn read(&self, columns: &Columns, body: &[u8], scope: Scope) -> Result<Page<F::Out>> {
        let reader = Reader { columns, nested: S::NESTED };
        let rows = reader.page::<T>(body)?;
        if !S::SELECTS {
            shown(columns, &rows.never_came)?;
        }
        if rows.changed {
            self.doubt();
        }
        let results = rows.rows.into_iter().map(|row| match row {
            Ok((value, ids)) => Ok(F::out(value, S::ids(ids))),
            Err(error) => Err(error.during(S::OPERATION)),
        });
        let next = rows.next_url.map(|url| Cursor::from_next_url(scope, &url)).transpose();
        let (next, broken_end) = match next {
            Ok(next) => (next, None),
            Err(error) => (None, Some(error)),
        };
        let page = Page::from_results(results.collect(), next, None);
        Ok(match broken_end {
            Some(error) => page.with_broken_end(error),
            None => page,
        })
    }
}

/// Refuses a saved view without the fields that are wanted: they would look as if they had no value.
fn shown(columns: &Columns, never_came: &[usize]) -> Result<()> {
    if never_came.is_empty() {
        return Ok(());
    }
    let labels = columns.sources.iter().filter_map(|source| match &source.from {
        check::From::Cell(column) if never_came.contains(&column.slot) => Some(format!("{:?}", column.label)),
        _ => None,
    });
    let labels = labels.collect::<Vec<_>>().join(", ");
    Err(Error::input(format!(
        "rows: the saved view does not show {labels}; add that to the view, or read the rows of the list"
    )))
}

/// How `T` is read from the rows of an endpoint.
async fn columns<T: DeserializeOwned>(
    affinity: &crate::Affinity<impl Access>,
    source: &impl source::Schemed,
) -> Result<Arc<Columns>> {
    affinity.in_schema(source.schema(), |schema| Columns::of::<T>(schema).map(Arc::new)).await
}

/// Reads the rows of a page of list entries, whatever brought it.
///
/// # Errors
///
/// `T` does not match the schema, or the page is none.
pub fn read_page<T: DeserializeOwned>(schema: &Schema, body: &[u8]) -> Result<Vec<Result<T>>> {
    let columns = Columns::of::<T>(schema).map_err(|missed| missed.error)?;
    let page = Reader { columns: &columns, nested: true }.page(body)?;
    Ok(page.rows.into_iter().map(|row| row.map(|(value, _)| value)).collect())
}

async fn get(
    affinity: &crate::Affinity<impl Access>,
    options: &CallOptions,
    operation: &'static str,
    path: &str,
    query: &[(&str, String)],
) -> Result<Answer> {
    let transport = affinity.transport();
    let request = transport.http().get(format!("{}{path}", transport.base_url())).query(query);
    let request = request.header("accept", "application/json").build();
    let request =
        request.map_err(|_| Error::input("rows: the call could not be built from these parameters"))?;
    let answer = transport.send(request, operation, options).await?;
    if answer.status.is_success() { Ok(answer) } else { Err(Error::from_answer(answer)) }
}

impl<S: SingleRowSource, A: Access> Single<S, A> {
    /// Reads this one into a struct of yours: see [`Collection::rows`].
    ///
    /// # Errors
    ///
    /// As there. A row that does not fit is an error of the call.
    pub async fn row<T: DeserializeOwned + Send + 'static>(self) -> Result<T> {
        self.read_row().await.map_err(|error| error.during(S::OPERATION))
    }

    async fn read_row<T: DeserializeOwned>(self) -> Result<T> {
        self.endpoint.check()?;
        self.endpoint.check_selection()?;
        let columns = columns::<T>(&self.affinity, &self.endpoint).await?;
        let query: Vec<_> = columns.fields.iter().map(|id| ("fieldIds", id.to_string())).collect();
        let answer = get(&self.affinity, &self.options, S::OPERATION, &self.endpoint.path(), &query).await?;
        let Answer { body, meta, .. } = answer;
        let text = std::str::from_utf8(&body)
            .map_err(|_| Error::decode("$", "not UTF-8").about(StatusCode::OK, &*body));
        let read = text.and_then(|text| {
            let json: &serde_json::value::RawValue = affinity_core::decode::borrowed(text)?;
            let reader = Reader { columns: &columns, nested: S::NESTED };
            reader.item::<T>(json, None, &mut Seen::new(&columns))
        });
        read.map(|(value, _)| value).map_err(|error| error.with_meta(meta))
    }
}
