//! What the tests share.

use std::future::ready;
use std::sync::Arc;
use std::time::{Duration, Instant};

use affinity_core::{Timer, Transport};
use affinity_v1::Client;
use futures::future::BoxFuture;
use httpmock::MockServer;

/// The header that the key `sesame` makes.
pub(crate) const BASIC: &str = "Basic OnNlc2FtZQ==";

pub(crate) fn client(server: &MockServer) -> Client {
    let transport = Transport::builder().api_key("sesame").base_url(server.base_url()).attempts(1);
    Client::over(Arc::new(transport.build().unwrap()))
}

/// Makes two attempts, without a wait between them.
pub(crate) fn repeating_client(server: &MockServer) -> Client {
    let transport = Transport::builder().api_key("sesame").base_url(server.base_url()).attempts(2);
    Client::over(Arc::new(transport.timer(Arc::new(NoWait)).build().unwrap()))
}

#[derive(Debug)]
struct NoWait;

impl Timer for NoWait {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(ready(()))
    }
}
