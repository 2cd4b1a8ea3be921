//! A server that answers with bytes, whatever they are.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::thread;

use affinity::{Affinity, AffinityBuilder};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};

/// The server has a thread of its own; calls are made on the test's.
pub(super) struct RawServer {
    runtime: Runtime,
    url: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// One for each request; the last is for all that come later.
    answers: Mutex<Vec<Vec<u8>>>,
    heads: Mutex<Vec<String>>,
}

impl RawServer {
    pub(super) fn start() -> Self {
        let runtime = || Builder::new_current_thread().enable_all().build().unwrap();
        let shared = Arc::<Shared>::default();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (serving, of_server) = (runtime(), shared.clone());
        thread::spawn(move || serving.block_on(serve(listener, of_server)));
        Self { runtime: runtime(), url, shared }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn paced(&self) -> AffinityBuilder {
        Affinity::builder().base_url(&self.url).api_key(KEY).without_workspace_in_cursors()
    }

    pub(super) fn builder(&self) -> AffinityBuilder {
        self.paced().without_pacing().attempts(1)
    }

    /// What is answered from here on, a connection for each.
    pub(super) fn answer(&self, answers: impl IntoIterator<Item = Vec<u8>>) {
        *self.shared.answers.lock().unwrap() = answers.into_iter().collect();
        self.shared.heads.lock().unwrap().clear();
    }

    /// The heads of the requests that came since.
    pub(super) fn heads(&self) -> Vec<String> {
        self.shared.heads.lock().unwrap().clone()
    }

    pub(super) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}

pub(super) const KEY: &str = "sesame-of-the-properties";

async fn serve(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let listener = TcpListener::from_std(listener).unwrap();
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        tokio::spawn(exchange(socket, shared.clone()));
    }
}

async fn exchange(mut socket: TcpStream, shared: Arc<Shared>) -> std::io::Result<()> {
    let Some(head) = request(&mut socket).await? else { return Ok(()) };
    shared.heads.lock().unwrap().push(head);
    let answer = {
        let mut answers = shared.answers.lock().unwrap();
        if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() }
    };
    socket.write_all(&answer).await?;
    socket.shutdown().await
}

/// The head of a request, which is read to its end.
async fn request(socket: &mut TcpStream) -> std::io::Result<Option<String>> {
    let (mut came, mut whole) = (Vec::new(), None);
    while whole.is_none_or(|whole| came.len() < whole) {
        if socket.read_buf(&mut came).await? == 0 {
            return Ok(None);
        }
        let head = came.windows(4).position(|end| end == b"\r\n\r\n");
        whole = head.map(|head| head + 4 + body_length(&came[..head]));
    }
    let head = came.windows(4).position(|end| end == b"\r\n\r\n").unwrap_or(came.len());
    Ok(Some(String::from_utf8_lossy(&came[..head]).into_owned()))
}

fn body_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.map_or(0, |length| length.parse().unwrap())
}

/// The bytes of an answer with these headers.
pub(super) fn answer(status: u16, headers: &[(&str, &[u8])], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status} Any\r\ncontent-length: {}\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(b"connection: close\r\n");
    for (name, value) in headers {
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    bytes
}

pub(super) fn json_answer(status: u16, body: &str) -> Vec<u8> {
    answer(status, &[("content-type", b"application/json")], body.as_bytes())
}
