//! A server that answers one request, well or badly.

use std::sync::Arc;

use affinity_core::Transport;
use affinity_v1::Client;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub(crate) struct RawServer {
    pub(crate) url: String,
    served: JoinHandle<String>,
}

impl RawServer {
    /// Answers, and closes the connection.
    pub(crate) async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        Self::start(answer.into(), false).await
    }

    /// Answers this much, and then nothing more.
    pub(crate) async fn stalling(answer: impl Into<Vec<u8>>) -> Self {
        Self::start(answer.into(), true).await
    }

    async fn start(answer: Vec<u8>, stall: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        Self { url, served: tokio::spawn(serve(listener, answer, stall)) }
    }

    pub(crate) fn client(&self) -> Client {
        client_at(&self.url)
    }

    /// What came of the request before the answer.
    pub(crate) async fn request(self) -> String {
        self.served.await.unwrap()
    }
}

async fn serve(listener: TcpListener, answer: Vec<u8>, stall: bool) -> String {
    let (mut connection, _) = listener.accept().await.unwrap();
    let request = head(&mut connection).await;
    connection.write_all(&answer).await.unwrap();
    if stall {
        // Until the client has had enough.
        while connection.read(&mut [0; 4096]).await.is_ok_and(|bytes| bytes > 0) {}
    }
    request
}

async fn head(connection: &mut TcpStream) -> String {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let mut piece = [0; 4096];
        let bytes = connection.read(&mut piece).await.unwrap();
        assert!(bytes > 0, "the request broke off");
        request.extend_from_slice(&piece[..bytes]);
    }
    String::from_utf8(request).unwrap()
}

pub(crate) fn client_at(url: &str) -> Client {
    let transport = Transport::builder().api_key("sesame").base_url(url).attempts(1);
    Client::over(Arc::new(transport.build().unwrap()))
}
