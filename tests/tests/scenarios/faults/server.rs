//! A server that does what it is asked to, and goes wrong on the way in every manner a network knows.
//!
//! It keeps the truth: what it carried out, what it was asked, and whether anybody came to where only a redirect or a
//! link leads.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use affinity::{Affinity, AffinityBuilder};
use fastrand::Rng;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::fault::{Answer, Fault, Then};

/// The key that goes to this server, and to no other.
pub(crate) const KEY: &str = "sesame-4711-open";

/// How long nobody listens while the server is away.
const AWAY: Duration = Duration::from_millis(2);

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) authorization: String,
    pub(crate) body: String,
}

impl Request {
    /// The number of the page that is asked for.
    fn page(&self) -> u64 {
        let token = |pair: &'static str| move |given: &str| given.strip_prefix(pair).map(str::to_owned);
        let mut given = self.query.split('&');
        let token =
            given.clone().find_map(token("cursor=p")).or_else(|| given.find_map(token("page_token=p")));
        token.map_or(0, |number| number.parse().unwrap())
    }
}

/// What goes wrong with which request.
pub(crate) enum Script {
    /// These, one with each request, and nothing after them.
    InTurn(VecDeque<Fault>),
    /// Each of these with one request in so many.
    AtRandom(Rng, Vec<Fault>, usize),
}

impl Script {
    fn next(&mut self) -> Fault {
        match self {
            Self::InTurn(faults) => faults.pop_front().unwrap_or(Fault::None),
            Self::AtRandom(random, faults, one_in) => {
                faults.get(random.usize(..faults.len().max(*one_in))).copied().unwrap_or(Fault::None)
            }
        }
    }

    /// What goes wrong with a request, and whether it is carried out before where either is possible.
    fn for_request(&mut self) -> (Fault, bool) {
        let fault = self.next();
        let by_chance = match self {
            Self::InTurn(_) => false,
            Self::AtRandom(random, ..) => random.bool(),
        };
        (fault, by_chance)
    }

    /// Whether the next connection is reset before anything is read from it.
    fn resets_unread(&mut self) -> bool {
        let resets = matches!(self, Self::InTurn(faults) if faults.front() == Some(&Fault::ResetUnread));
        resets && self.next() == Fault::ResetUnread
    }
}

/// The rows of the list that the server has: so many pages of so many.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows {
    pub(crate) pages: u64,
    pub(crate) per_page: u64,
}

/// What the server has carried out.
#[derive(Default)]
pub(crate) struct Written {
    pub(crate) notes: Vec<String>,
    pub(crate) cells: Vec<String>,
}

pub(crate) struct FaultyServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

struct Shared {
    script: Mutex<Script>,
    rows: Rows,
    written: Mutex<Written>,
    /// Only where it is asked for: a million requests are too many to keep.
    requests: Option<Mutex<Vec<Request>>>,
    committed: Mutex<Vec<(Fault, u64)>>,
    answers: AtomicU64,
    leaves: Notify,
    /// Where redirects and links lead to, on another host, and whether anybody came.
    elsewhere: SocketAddr,
    trapped: AtomicBool,
}

impl FaultyServer {
    /// One that goes wrong like this, one with each request.
    pub(crate) async fn going_wrong(faults: impl IntoIterator<Item = Fault>) -> Self {
        let rows = Rows { pages: 5, per_page: 3 };
        Self::start(Script::InTurn(faults.into_iter().collect()), rows, true).await
    }

    pub(crate) async fn start(script: Script, rows: Rows, keeps_requests: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let trap = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            script: Mutex::new(script),
            rows,
            written: Mutex::default(),
            requests: keeps_requests.then(Mutex::default),
            committed: Mutex::default(),
            answers: AtomicU64::new(0),
            leaves: Notify::new(),
            elsewhere: trap.local_addr().unwrap(),
            trapped: AtomicBool::new(false),
        });
        let tasks = vec![
            tokio::spawn(serve(listener, address, shared.clone())),
            tokio::spawn(spring(trap, shared.clone())),
        ];
        Self { address, shared, tasks }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client that asks for nothing but what is asked of it.
    pub(crate) fn builder(&self) -> AffinityBuilder {
        self.full_builder().without_workspace_in_cursors()
    }

    /// A client as it is by default, which asks for the workspace too.
    pub(crate) fn full_builder(&self) -> AffinityBuilder {
        Affinity::builder().base_url(self.url()).api_key(KEY).attempt_timeout(Duration::from_millis(100))
    }

    /// Nobody listens any more.
    pub(crate) async fn stop(mut self) {
        for task in self.tasks.drain(..) {
            task.abort();
            let _ = task.await;
        }
    }

    pub(crate) fn row_count(&self) -> u64 {
        self.shared.rows.pages * self.shared.rows.per_page
    }

    /// The ids of all rows, in order.
    pub(crate) fn ids(&self) -> Vec<u64> {
        (1..=self.row_count()).collect()
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.shared.requests.as_ref().unwrap().lock().unwrap().clone()
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        self.shared.written.lock().unwrap().notes.clone()
    }

    pub(crate) fn cells(&self) -> Vec<String> {
        self.shared.written.lock().unwrap().cells.clone()
    }

    /// How often each fault was committed.
    pub(crate) fn committed(&self) -> Vec<(Fault, u64)> {
        self.shared.committed.lock().unwrap().clone()
    }

    /// Whether anybody came to where only a redirect or a link leads.
    pub(crate) fn was_followed(&self) -> bool {
        self.shared.trapped.load(Ordering::Relaxed)
    }
}

impl Drop for FaultyServer {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Nobody is to come here.
async fn spring(trap: TcpListener, shared: Arc<Shared>) {
    while trap.accept().await.is_ok() {
        shared.trapped.store(true, Ordering::Relaxed);
    }
}

async fn serve(mut listener: TcpListener, address: SocketAddr, shared: Arc<Shared>) {
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((socket, _)) = accepted else { continue };
                if shared.script.lock().unwrap().resets_unread() {
                    shared.note(Fault::ResetUnread);
                    socket.set_zero_linger().unwrap();
                } else {
                    tokio::spawn(converse(socket, shared.clone()));
                }
            }
            () = shared.leaves.notified() => {
                drop(listener);
                // The port stays ours, and refuses.
                let socket = taken(address);
                tokio::time::sleep(AWAY).await;
                listener = socket.listen(64).unwrap();
            }
        }
    }
}

fn taken(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

/// Answers the requests of one connection.
async fn converse(mut socket: TcpStream, shared: Arc<Shared>) {
    let _ = socket.set_nodelay(true);
    let mut buffer = Vec::new();
    while let Ok(Some(request)) = read_request(&mut socket, &mut buffer).await {
        let (fault, answer) = shared.take(request);
        if fault == Fault::Away {
            shared.leaves.notify_one();
        }
        match fault.commit(&mut socket, &answer).await {
            Ok(Then::GoOn) => {}
            Ok(Then::Reset) => {
                let _ = socket.set_zero_linger();
                return;
            }
            Ok(Then::Close) | Err(_) => return,
        }
    }
}

/// One request; nothing when there is none any more.
async fn read_request(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> io::Result<Option<Request>> {
    let head = loop {
        if let Some(end) = buffer.windows(4).position(|end| end == b"\r\n\r\n") {
            break end;
        }
        if socket.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    };
    let text = String::from_utf8(buffer[..head].to_vec()).unwrap();
    let header = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    let length: usize = header("content-length: ").parse().unwrap_or_default();
    let authorization = header("authorization: ").to_owned();
    while buffer.len() < head + 4 + length {
        if socket.read_buf(buffer).await? == 0 {
            return Ok(None);
        }
    }
    let body = String::from_utf8(buffer[head + 4..head + 4 + length].to_vec()).unwrap();
    buffer.drain(..head + 4 + length);
    let mut words = text.split(' ');
    let (method, target) = (words.next().unwrap().to_owned(), words.next().unwrap());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Ok(Some(Request { method, path: path.to_owned(), query: query.to_owned(), authorization, body }))
}

impl Shared {
    /// Decides what goes wrong with a request, and does what it asks for unless that comes too early.
    fn take(&self, request: Request) -> (Fault, Answer) {
        let number = self.answers.fetch_add(1, Ordering::Relaxed);
        let (fault, by_chance) = self.script.lock().unwrap().for_request();
        self.note(fault);
        let does = fault.does_the_work().unwrap_or(by_chance);
        let body = if does { self.carry_out(&request, fault) } else { String::new() };
        if let Some(requests) = &self.requests {
            requests.lock().unwrap().push(request);
        }
        (fault, Answer { number, body, elsewhere: self.elsewhere })
    }

    fn note(&self, fault: Fault) {
        let mut committed = self.committed.lock().unwrap();
        match committed.iter_mut().find(|(other, _)| *other == fault) {
            Some((_, times)) => *times += 1,
            None => committed.push((fault, 1)),
        }
    }

    /// The body of the answer, in the documented form.
    fn carry_out(&self, request: &Request, fault: Fault) -> String {
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/v2/lists/64/list-entries") => self.page(request, fault),
            ("GET", "/v2/lists/7") => {
                r#"{"id":7,"name":"List 7","creatorId":1,"ownerId":1,"isPublic":true,"type":"company"}"#
                    .to_owned()
            }
            ("GET", "/v2/auth/whoami") => WHOAMI.to_owned(),
            ("GET", "/v2/lists/64") => {
                r#"{"id":64,"name":"Deals","creatorId":1,"ownerId":1,"isPublic":true,"type":"opportunity"}"#
                    .to_owned()
            }
            ("GET", "/v2/lists/64/fields") => FIELDS.to_owned(),
            ("GET", "/notes") => self.page_of_notes(request.page()),
            ("GET", "/notes/551207") => note(551_207, "Kept."),
            ("POST", "/notes") => {
                let text = text_after(&request.body, r#""content":""#);
                self.written.lock().unwrap().notes.push(text.clone());
                note(551_207, &text)
            }
            ("POST", "/v2/lists/64/list-entries/9/fields/field-1") => {
                let text = text_after(&request.body, r#""data":""#);
                self.written.lock().unwrap().cells.push(text);
                String::from("{}")
            }
            _ => {
                // A redirect was followed.
                self.trapped.store(true, Ordering::Relaxed);
                String::from("{}")
            }
        }
    }

    fn page_of_notes(&self, number: u64) -> String {
        let Rows { pages, per_page } = self.rows;
        let notes: Vec<_> =
            (number * per_page + 1..=(number + 1) * per_page).map(|id| note(id, "Kept.")).collect();
        let next = (number + 1 < pages).then(|| format!(r#""p{}""#, number + 1));
        let next = next.as_deref().unwrap_or("null");
        format!(r#"{{"notes":[{}],"next_page_token":{next}}}"#, notes.join(","))
    }

    fn page(&self, request: &Request, fault: Fault) -> String {
        let Rows { pages, per_page } = self.rows;
        let (number, with_cells) = (request.page(), request.query.contains("fieldIds"));
        let mut body = String::from(r#"{"data":["#);
        for row in 0..per_page {
            let id = number * per_page + row + 1;
            let comma = if row == 0 { "" } else { "," };
            let cells = if with_cells { cell(id) } else { String::new() };
            let _ = write!(
                body,
                r#"{comma}{{"id":{id},"type":"opportunity","listId":64,"createdAt":"2025-03-01T10:00:00Z","creatorId":1,"entity":{{"id":{id},"name":"Deal {id}","listId":64,"fields":[{cells}]}}}}"#
            );
        }
        let next = (number + 1 < pages).then(|| fault.next_url(number + 1, self.elsewhere));
        let next = next.map_or_else(|| "null".to_owned(), |url| format!("{url:?}"));
        let _ = write!(body, r#"],"pagination":{{"prevUrl":null,"nextUrl":{next}}}}}"#);
        body
    }
}

const WHOAMI: &str = r#"{"tenant":{"id":77,"name":"Quillfern","subdomain":"quillfern"},"user":{"id":1,"firstName":"Ines","lastName":"Falk","emailAddress":"ines@quillfern.example"},"grant":{"type":"api-key","scopes":["api"],"createdAt":"2025-03-01T10:00:00Z"}}"#;

const FIELDS: &str = r#"{"data":[{"id":"field-1","name":"Amount","type":"list","enrichmentSource":null,"valueType":"number"}],"pagination":{"prevUrl":null,"nextUrl":null}}"#;

fn cell(amount: u64) -> String {
    format!(
        r#"{{"id":"field-1","name":"Amount","type":"list","enrichmentSource":null,"value":{{"type":"number","data":{amount}}}}}"#
    )
}

fn note(id: u64, text: &str) -> String {
    format!(
        r#"{{"id":{id},"creator_id":1,"person_ids":[],"organization_ids":[88120],"opportunity_ids":[],"parent_id":null,"content":{text:?},"type":0,"created_at":"2025-03-01T10:00:00.000-08:00","updated_at":null}}"#
    )
}

fn text_after(body: &str, key: &str) -> String {
    let from = body.find(key).unwrap() + key.len();
    body[from..].split('"').next().unwrap().to_owned()
}
