//! Where generated calls meet the transport.

use std::sync::{Arc, Mutex, PoisonError};

use affinity_core::{Answer, Call, CallOptions, Meta, StatusCode, Transport, decode};
use progenitor_client::{ClientHooks, OperationInfo};
use reqwest::{Request, Response};
use serde::de::DeserializeOwned;

use crate::{Client, Error};

/// Why there is no answer; carried by the stand-in for it.
#[derive(Clone)]
struct Unanswered(Arc<Mutex<Option<affinity_core::Error>>>);

/// No server answers with this status: it marks a stand-in.
const UNANSWERED: u16 = 599;

impl ClientHooks<Call> for Client {
    async fn exec(&self, mut request: Request, operation: &OperationInfo) -> reqwest::Result<Response> {
        // The generator's own version header. Affinity's is `X-Affinity-Api-Version`, the transport's to send.
        request.headers_mut().remove("api-version");
        // `reqwest::Error` cannot be made here, so a call without an answer gets a stand-in, which comes out of
        // the generated method as an unexpected response.
        Ok(match self.inner.send(request, operation.operation_id).await {
            Ok(answer) => into_response(answer),
            Err(error) => stand_in(error),
        })
    }
}

fn stand_in(error: affinity_core::Error) -> Response {
    let mut response = http::Response::new(Vec::new());
    *response.status_mut() = StatusCode::from_u16(UNANSWERED).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.extensions_mut().insert(Unanswered(Arc::new(Mutex::new(Some(error)))));
    response.into()
}

fn into_response(answer: Answer) -> Response {
    let mut response = http::Response::new(answer.body);
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response.extensions_mut().insert(answer.meta);
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
            Error::UnexpectedResponse(response) => refusal(response).await,
            Error::InvalidResponsePayload(body, _) => self.misfit::<T>(&body),
            Error::InvalidRequest(reason) => affinity_core::Error::input(reason),
            _ => affinity_core::Error::input("the request could not be built from these parameters"),
        };
        explained.during(operation)
    }

    fn misfit<T: DeserializeOwned>(&self, body: &[u8]) -> affinity_core::Error {
        let error = match decode::value::<T>(body) {
            Err(error) => error,
            Ok(_) => affinity_core::Error::decode("$", "the answer could be read only the second time"),
        };
        let meta = self.meta();
        error.about(meta.status().unwrap_or(StatusCode::OK), body).with_meta(meta)
    }
}

async fn refusal(response: Response) -> affinity_core::Error {
    let Unanswered(reason) = response.extensions().get().cloned().unwrap_or(Unanswered(Arc::default()));
    if let Some(error) = reason.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return error;
    }
    let (status, headers) = (response.status(), response.headers().clone());
    let meta = response.extensions().get::<Meta>().cloned().unwrap_or_default();
    let body = response.bytes().await.map(Vec::from).unwrap_or_default();
    affinity_core::Error::from_answer(Answer::new(status, headers, body, meta))
}
