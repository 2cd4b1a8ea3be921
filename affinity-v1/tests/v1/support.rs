//! What the tests share.

use std::sync::Arc;

use affinity_core::Transport;
use affinity_v1::Client;
use httpmock::MockServer;

/// The header that the key `sesame` makes.
pub(crate) const BASIC: &str = "Basic OnNlc2FtZQ==";

pub(crate) fn client(server: &MockServer) -> Client {
    let transport = Transport::builder().api_key("sesame").base_url(server.base_url()).attempts(1);
    Client::over(Arc::new(transport.build().unwrap()))
}
