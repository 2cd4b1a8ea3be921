//! One call.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use affinity_core::{
    Access, Allows, Answer, CallOptions, Error, Method, Priority, Response, Result, Transport,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::Client;
use crate::object::object;

mod sealed {
    pub trait Sealed {}
}
pub(crate) use sealed::Sealed;

/// What an operation is. Not for implementing elsewhere.
pub trait Operation: Sealed + Send + Sync + 'static {
    /// What it brings.
    type Output: Send + 'static;
    /// Its name, as it stands in errors.
    const NAME: &'static str;
    #[doc(hidden)]
    const METHOD: Method;
    /// What a client must be allowed for it.
    #[doc(hidden)]
    type Needs: Access;
    /// A write that comes to the same however often it is carried out.
    #[doc(hidden)]
    const SETS: bool = false;

    /// Refuses what cannot be right.
    #[doc(hidden)]
    fn check(_: &Parts) -> Result<(), String> {
        Ok(())
    }

    /// Reads the answer, which was a success.
    #[doc(hidden)]
    fn read(body: &[u8]) -> Result<Self::Output>;
}

/// The parts of a request.
#[derive(Clone, Default)]
#[expect(missing_debug_implementations, reason = "it can hold people's data, and nobody can name it")]
pub struct Parts {
    pub(crate) path: String,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Map<String, Value>,
    refused: Vec<String>,
}

impl Parts {
    /// A path, with the ids in place of its braces.
    pub(crate) fn new<const N: usize>(pattern: &str, ids: [(&str, u64); N]) -> Self {
        let mut parts = Self { path: pattern.to_owned(), ..Self::default() };
        for (name, id) in ids {
            parts.path = parts.path.replacen("{}", &id.to_string(), 1);
            parts.check_id(name, id);
        }
        parts
    }

    /// Refuses a number that no id has.
    pub(crate) fn check_id(&mut self, name: &str, id: u64) {
        if !(1..=i64::MAX as u64).contains(&id) {
            self.refuse(format!("{name}: {id} is outside the range of ids"));
        }
    }

    /// Notes why the call cannot be made: the parameter, a colon, and what is wrong with it.
    pub(crate) fn refuse(&mut self, why: impl Into<String>) {
        self.refused.push(why.into());
    }

    /// Forgets what was wrong with a parameter that is set again.
    pub(crate) fn accept(&mut self, name: &str) {
        self.refused.retain(|why| subject(why) != name);
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        self.refused.first().cloned().map_or(Ok(()), Err)
    }

    /// Puts into the query, in place of what was there under that name.
    pub(crate) fn set_query(&mut self, name: &'static str, value: impl ToString) {
        self.drop_query(name);
        self.query.push((name, value.to_string()));
    }

    /// The same, for an id.
    pub(crate) fn set_query_id(&mut self, name: &'static str, id: u64) {
        self.accept(name);
        self.check_id(name, id);
        self.set_query(name, id);
    }

    /// Takes out of the query.
    pub(crate) fn drop_query(&mut self, name: &str) {
        self.query.retain(|(other, _)| *other != name);
    }

    /// Sends the request.
    pub(crate) async fn send(
        self,
        transport: &Transport,
        method: Method,
        name: &'static str,
        options: &CallOptions,
    ) -> Result<Answer> {
        let url = format!("{}{}", transport.base_url(), self.path);
        let has_body = method == Method::POST || method == Method::PUT;
        let mut request = transport.http().request(method, url).query(&self.query);
        if has_body {
            request = request.json(&self.body);
        }
        let request =
            request.build().map_err(|_| Error::input("the request could not be built").during(name))?;
        let answer = transport.send(request, name, options).await?;
        if answer.status.is_success() { Ok(answer) } else { Err(Error::from_answer(answer).during(name)) }
    }
}

/// A call of v1. Nothing is sent before [`send`](Self::send). What can be left out has a setter; what cannot was
/// an argument.
#[must_use = "nothing is sent until `send`"]
pub struct Call<O> {
    transport: Arc<Transport>,
    pub(crate) parts: Parts,
    pub(crate) options: CallOptions,
    operation: PhantomData<fn() -> O>,
}

impl<O> Clone for Call<O> {
    fn clone(&self) -> Self {
        Self {
            transport: self.transport.clone(),
            parts: self.parts.clone(),
            options: self.options.clone(),
            operation: PhantomData,
        }
    }
}

/// Without query and body, which can hold people's data.
impl<O: Operation> fmt::Debug for Call<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Call");
        debug.field("operation", &O::NAME).field("path", &self.parts.path).finish_non_exhaustive()
    }
}

impl<O: Operation> Call<O> {
    /// The bound keeps writes from the methods of every client: those of `impl<A: Access>`.
    pub(crate) fn new<A: Allows<O::Needs>>(client: &Client<A>, parts: Parts) -> Self {
        let transport = client.transport().clone();
        let options = CallOptions::default();
        Self { transport, parts, options, operation: PhantomData }
    }

    /// Puts into the query, in place of what was there under that name.
    pub(crate) fn query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.parts.set_query(name, value);
        self
    }

    /// Puts into the body, in place of what was there under that name.
    pub(crate) fn body(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.parts.body.insert(name.to_owned(), value.into());
        self
    }

    /// Puts an id into the body.
    pub(crate) fn body_id(mut self, name: &str, id: u64) -> Self {
        self.parts.accept(name);
        self.parts.check_id(name, id);
        self.body(name, id)
    }

    /// Puts ids into the body, in place of all that were there under that name.
    pub(crate) fn body_ids(mut self, name: &str, list: impl IntoIterator<Item = u64>) -> Self {
        let list: Vec<u64> = list.into_iter().collect();
        self.parts.accept(name);
        list.iter().for_each(|id| self.parts.check_id(name, *id));
        self.body(name, list)
    }

    /// The same, where an empty list is not known to be taken: it is left out.
    pub(crate) fn body_some_ids(self, name: &str, list: impl IntoIterator<Item = u64>) -> Self {
        let mut call = self.body_ids(name, list);
        if call.parts.body.get(name).and_then(Value::as_array).is_some_and(Vec::is_empty) {
            call.parts.body.remove(name);
        }
        call
    }

    /// Puts a name into the body, which cannot be blank.
    pub(crate) fn body_name(self, name: String) -> Self {
        let blank = name.trim().is_empty();
        self.body("name", name).refuse_if(blank, || "name: it is blank".to_owned())
    }

    /// Notes why the call cannot be made, as [`Parts::refuse`], or that the parameter is right now. A setter has one
    /// such check for each parameter: a second would forget the first.
    pub(crate) fn refuse_if(mut self, wrong: bool, why: impl FnOnce() -> String) -> Self {
        let why = why();
        self.parts.accept(subject(&why));
        if wrong {
            self.parts.refuse(why);
        }
        self
    }

    /// It does not count against the account's month.
    pub(crate) fn free_of_month(mut self) -> Self {
        self.options = self.options.with_free_of_month();
        self
    }

    /// The time for this call, waiting and repeats included.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.options = self.options.with_deadline(timeout);
        self
    }

    /// Whether the call goes before others or after them when not all can go at once. Without this it is
    /// [`Priority::Interactive`].
    pub fn with_priority(mut self, priority: Priority) -> Self {
        self.options = self.options.with_priority(priority);
        self
    }

    /// Says whether the call may be sent again by itself when it is not known if it was carried out. Without this,
    /// reads may, and updates that do nothing but set values, which comes to the same when it is done twice; `false`
    /// switches that off. Where an update does more, or a call creates something, `true` vouches for it.
    pub fn with_idempotency(mut self, idempotent: bool) -> Self {
        self.options = self.options.with_idempotency(idempotent);
        self
    }

    /// Makes the call.
    ///
    /// # Errors
    ///
    /// See [`Error`]; `is_input` for what cannot be right, before anything is sent.
    pub async fn send(self) -> Result<O::Output> {
        self.send_with_meta().await.map(|response| response.value)
    }

    /// Makes the call, and tells attempts, quota and request id too.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn send_with_meta(self) -> Result<Response<O::Output>> {
        let Self { transport, parts, options, .. } = self;
        let checked = parts.check().and_then(|()| O::check(&parts));
        checked.map_err(|why| Error::input(why).during(O::NAME))?;
        let options = if O::SETS { options.or_idempotency(true) } else { options };
        // Whatever else it says of itself: what every client may do is a GET.
        let method = if O::Needs::WRITES { O::METHOD } else { Method::GET };
        let Answer { status, body, meta, .. } = parts.send(&transport, method, O::NAME, &options).await?;
        match O::read(&body) {
            Ok(value) => Ok(Response::new(value, status, meta)),
            Err(error) => Err(error.during(O::NAME).about(status, body).with_meta(meta)),
        }
    }
}

/// The parameter that a refusal is about.
fn subject(why: &str) -> &str {
    why.split_once(':').map_or(why, |(name, _)| name)
}

/// A list of texts, as a body has it.
pub(crate) fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Value {
    texts.into_iter().map(Into::into).collect()
}

/// Refuses an update without anything in its body.
pub(crate) fn something(parts: &Parts) -> Result<(), String> {
    if parts.body.is_empty() { Err("nothing to change was set".to_owned()) } else { Ok(()) }
}

/// The value in the answer to a call that was a success.
pub(crate) fn brought<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    // Whoever takes this for a failure of a write writes the same a second time.
    object(body).map_err(Error::carried_out)
}

/// What else is in the answer to a deletion does not matter (observed).
pub(crate) fn done(body: &[u8]) -> Result<()> {
    #[derive(Deserialize)]
    struct Done {
        success: bool,
    }
    match object(body) {
        Ok(Done { success: false }) => Err(Error::decode("success", "the server says that it was not done")),
        _ => Ok(()),
    }
}

/// Defines operations: `Name = METHOD "name" -> Output`, or `-> done` where the answer says no more than that;
/// `sets` marks a write that may be repeated, `check function` one that looks at its parts before they are sent.
macro_rules! operations {
    () => {};
    (
        $(#[$about:meta])*
        $name:ident = $method:ident $text:literal -> $output:ident $(, check $check:path)?; $($rest:tt)*
    ) => {
        $crate::call::operations!(@one [$(#[$about])*] $name $method $text $output false [$($check)?]);
        $crate::call::operations!($($rest)*);
    };
    (
        $(#[$about:meta])*
        $name:ident = $method:ident $text:literal -> $output:ident, sets $(, check $check:path)?; $($rest:tt)*
    ) => {
        $crate::call::operations!(@one [$(#[$about])*] $name $method $text $output true [$($check)?]);
        $crate::call::operations!($($rest)*);
    };
    (
        @one [$($about:tt)*] $name:ident $method:ident $text:literal $output:ident $sets:literal
        [$($check:path)?]
    ) => {
        $($about)*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl $crate::call::Sealed for $name {}

        impl $crate::Operation for $name {
            $crate::call::operations!(@output $output);
            const NAME: &'static str = $text;
            const METHOD: affinity_core::Method = affinity_core::Method::$method;
            $crate::call::operations!(@needs $method);
            const SETS: bool = $sets;
            $(
                fn check(parts: &$crate::call::Parts) -> Result<(), String> {
                    $check(parts)
                }
            )?
        }
    };
    (@needs GET) => {
        type Needs = affinity_core::ReadOnly;
    };
    (@needs $method:ident) => {
        type Needs = affinity_core::ReadWrite;
    };
    (@output done) => {
        type Output = ();

        fn read(body: &[u8]) -> affinity_core::Result<()> {
            $crate::call::done(body)
        }
    };
    (@output $output:ident) => {
        type Output = $output;

        fn read(body: &[u8]) -> affinity_core::Result<$output> {
            $crate::call::brought(body)
        }
    };
}
pub(crate) use operations;
