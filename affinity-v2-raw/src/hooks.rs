//! Where generated calls meet the transport.

use std::sync::Arc;

use affinity_core::{Answer, Call, CallOptions, Meta, Transport, decode};
use progenitor_client::{ClientHooks, OperationInfo};
use reqwest::{Request, Response};
use serde::de::DeserializeOwned;

use crate::{Client, Error};

/// Marks the stand-in for an answer that never came.
#[derive(Clone, Copy)]
struct Unanswered;

impl ClientHooks<Call> for Client {
    async fn exec(&self, mut request: Request, operation: &OperationInfo) -> reqwest::Result<Response> {
        // The generator's own version header. Affinity's is `X-Affinity-Api-Version`, the transport's to send.
        request.headers_mut().remove("api-version");
        // `reqwest::Error` cannot be made here, so a call without an answer gets a stand-in that `post` refuses.
        let answer = self.inner.send(request, operation.operation_id).await;
        Ok(answer.map_or_else(stand_in, into_response))
    }

    async fn post<E>(&self, result: &reqwest::Result<Response>, _: &OperationInfo) -> Result<(), Error<E>> {
        match result {
            Ok(response) if response.extensions().get::<Unanswered>().is_some() => {
                Err(Error::Custom("no answer; Client::explain says why".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

fn stand_in() -> Response {
    let mut response = http::Response::new(Vec::new());
    response.extensions_mut().insert(Unanswered);
    response.into()
}

fn into_response(answer: Answer) -> Response {
    let mut response = http::Response::new(answer.body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response.into()
}

impl Client {
    /// A client whose calls go through `transport`, with its settings.
    pub fn over(transport: Arc<Transport>) -> Self {
        Self::with_options(transport, CallOptions::default())
    }

    /// A client whose calls go through `transport` with these options. Making one is cheap: the calls of one
    /// client share its [`meta`](Self::meta), so calls at the same time want a client each.
    pub fn with_options(transport: Arc<Transport>, options: CallOptions) -> Self {
        let base_url = transport.base_url().to_owned();
        let http = transport.http().clone();
        Self::new_with_client(&base_url, http, Call::new(transport, options))
    }

    /// What is known about the last exchange.
    pub fn meta(&self) -> Meta {
        self.inner.meta()
    }

    /// The error of a call that was to bring a `T`, in the form both APIs share.
    pub async fn explain<T: DeserializeOwned>(
        &self,
        operation: &str,
        error: Error<()>,
    ) -> affinity_core::Error {
        let explained = match error {
            Error::UnexpectedResponse(response) => {
                let (status, headers) = (response.status(), response.headers().clone());
                let body = response.bytes().await.map(Vec::from).unwrap_or_default();
                affinity_core::Error::from_answer(Answer::new(status, headers, body, self.meta()))
            }
            Error::InvalidResponsePayload(body, _) => misfit::<T>(&body).with_meta(self.meta()),
            Error::InvalidRequest(reason) => affinity_core::Error::input(reason),
            _ => self.inner.take_failure().unwrap_or_else(|| {
                affinity_core::Error::input("the request could not be built from these parameters")
            }),
        };
        explained.during(operation)
    }
}

fn misfit<T: DeserializeOwned>(body: &[u8]) -> affinity_core::Error {
    match decode::value::<T>(body) {
        Err(error) => error,
        Ok(_) => affinity_core::Error::decode("$", "the answer could be read only the second time"),
    }
}
