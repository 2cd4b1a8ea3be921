//! The ways to go wrong.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

use flate2::write::GzEncoder;
use flate2::{Compress, Compression, FlushCompress};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What goes wrong with the answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// The connection is reset as soon as it is there; where it is there already, as soon as the request is.
    ResetUnread,
    /// The connection is closed in order, before anything is answered.
    CloseBeforeHead,
    ResetBeforeHead,
    ResetInHead,
    ResetAfterHead,
    ResetInBody,
    /// Fewer bytes than `Content-Length` says.
    CutBody,
    /// Chunks without the last one.
    CutChunks,
    /// More bytes than `Content-Length` says: they look like the answer to the next request.
    ForgedNext,
    /// Two `Content-Length`s that differ.
    TwoLengths,
    /// One byte after the other, and never an end.
    Drip,
    StallBeforeHead,
    StallInHead,
    StallInBody,
    /// The connection is to be kept, and is closed once the answer is out.
    CloseIdle,
    /// The same, and nobody listens for a moment.
    Away,
    /// Another answer than a success: its status, some headers, and a body.
    Refusal(u16, &'static str, &'static str),
    /// Another answer than a success, whose body breaks off.
    CutRefusal(u16),
    /// A redirect to another host.
    RedirectElsewhere(u16),
    /// A redirect to another path of this host.
    RedirectHere(u16),
    /// The right answer with these headers more.
    Headers(&'static str),
    /// The right answer with a header of so many bytes more.
    LargeHeader(usize),
    /// The right answer with so many headers more.
    ManyHeaders(usize),
    /// The right answer with these before it.
    Before(&'static str),
    /// A success of this content type, with another body than the right one.
    Body(&'static str, &'static [u8]),
    /// So many bytes of the right body, as if they were all.
    Truncated(usize),
    /// The right answer, packed as it was asked for.
    Packed,
    /// The same, without its end.
    PackedCut,
    /// The same, with another byte in it than there was.
    PackedWrong,
    /// The right answer, which says that it is packed like this and is not.
    SaysPacked(&'static str),
    /// A status, and a GiB of spaces in a MiB.
    Bomb(u16),
    /// The right page, whose link to the next one leads to another place, with the right cursor.
    Foreign(Place),
    /// The right page, whose link leads to the page of this number.
    LeadsTo(u64),
}

/// Where a link leads that is not to be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Host,
    Path,
    Scheme,
}

/// What an HTML page of a proxy looks like.
pub(crate) const HTML: &str =
    "<!doctype html><html><head><title>502</title></head><body><h1>Bad gateway</h1></body></html>";

/// The connection breaks at some time after the request may have come.
pub(crate) const BREAKS: [Fault; 9] = [
    Fault::ResetUnread,
    Fault::CloseBeforeHead,
    Fault::ResetBeforeHead,
    Fault::ResetInHead,
    Fault::ResetAfterHead,
    Fault::ResetInBody,
    Fault::CutBody,
    Fault::CutChunks,
    Fault::TwoLengths,
];

/// All faults that a call can meet in the middle of others.
pub(crate) fn all() -> Vec<Fault> {
    [&BREAKS[..], &OTHERS].concat()
}

const OTHERS: [Fault; 31] = [
    Fault::ForgedNext,
    Fault::Drip,
    Fault::StallBeforeHead,
    Fault::StallInHead,
    Fault::StallInBody,
    Fault::CloseIdle,
    Fault::Away,
    Fault::LargeHeader(1 << 20),
    Fault::ManyHeaders(200),
    Fault::Refusal(429, "retry-after: 7\r\n", ""),
    Fault::Refusal(429, "retry-after: Tue, 11 Feb 2025 09:00:00 GMT\r\n", HTML),
    Fault::Refusal(429, "x-ratelimit-limit-user-reset: 2\r\n", ""),
    Fault::Refusal(429, "", ""),
    Fault::Refusal(429, "retry-after: soon\r\nx-ratelimit-limit-user-reset: -1\r\n", ""),
    Fault::Refusal(500, "", HTML),
    Fault::Refusal(502, "", HTML),
    Fault::Refusal(503, "retry-after: 1\r\n", HTML),
    Fault::Refusal(504, "", HTML),
    Fault::CutRefusal(503),
    Fault::RedirectElsewhere(302),
    Fault::RedirectHere(307),
    Fault::Before("HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n"),
    Fault::Body("application/json", b""),
    Fault::Body("text/html", HTML.as_bytes()),
    Fault::Body("application/json", b"{\"data\":[\"\xff\"]}"),
    Fault::Truncated(300),
    Fault::Packed,
    Fault::PackedCut,
    Fault::PackedWrong,
    Fault::SaysPacked("br"),
    Fault::Foreign(Place::Host),
];

/// Those of them that cost a client the time of an attempt.
pub(crate) const TAKES_TIME: [Fault; 4] =
    [Fault::Drip, Fault::StallBeforeHead, Fault::StallInHead, Fault::StallInBody];

/// The answer that would be right.
pub(crate) struct Answer {
    pub(crate) number: u64,
    pub(crate) body: String,
    pub(crate) elsewhere: SocketAddr,
}

/// What becomes of the connection.
pub(crate) enum Then {
    GoOn,
    Close,
    Reset,
}

const JSON: &str = "content-type: application/json\r\n";

impl Answer {
    /// The id that the server gives each exchange.
    fn id(&self) -> String {
        format!("x-request-id: r-{}\r\n", self.number)
    }

    fn head(&self, status: u16, headers: &str, length: usize) -> String {
        format!("HTTP/1.1 {status} Said\r\n{}{headers}content-length: {length}\r\n\r\n", self.id())
    }

    fn with(&self, headers: &str) -> Vec<u8> {
        let head = self.head(200, &format!("{JSON}{headers}"), self.body.len());
        [head.as_bytes(), self.body.as_bytes()].concat()
    }

    fn refusal(&self, status: u16, headers: &str, body: &str) -> Vec<u8> {
        let kind = if body.starts_with('<') { "content-type: text/html\r\n" } else { JSON };
        let head = self.head(status, &format!("{kind}{headers}"), body.len());
        [head.as_bytes(), body.as_bytes()].concat()
    }

    /// The right answer, packed, with a change to that.
    fn packed(&self, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(self.body.as_bytes()).unwrap();
        let mut body = encoder.finish().unwrap();
        change(&mut body);
        let head = self.head(200, &format!("{JSON}content-encoding: gzip\r\n"), body.len());
        [head.as_bytes(), &body].concat()
    }

    /// The right answer as far as a part of its head.
    fn in_head(&self) -> Vec<u8> {
        self.with("")[..20].to_vec()
    }

    /// The right answer as far as a part of its body.
    fn in_body(&self) -> Vec<u8> {
        let whole = self.with("");
        whole[..whole.len() - self.body.len() / 2 - 1].to_vec()
    }

    fn head_only(&self) -> Vec<u8> {
        let whole = self.with("");
        whole[..whole.len() - self.body.len()].to_vec()
    }
}

impl Fault {
    /// Whether what was asked for is done before it goes wrong. `None`: it may or may not be.
    pub(crate) fn does_the_work(self) -> Option<bool> {
        match self {
            Self::ResetUnread | Self::RedirectElsewhere(_) | Self::RedirectHere(_) => Some(false),
            Self::Refusal(status, ..) | Self::CutRefusal(status) if status < 500 => Some(false),
            Self::Refusal(..)
            | Self::CutRefusal(_)
            | Self::CloseBeforeHead
            | Self::ResetBeforeHead
            | Self::StallBeforeHead => None,
            _ => Some(true),
        }
    }

    /// Where the page leads to.
    pub(crate) fn next_url(self, page: u64, elsewhere: SocketAddr) -> String {
        match self {
            Self::Foreign(Place::Host) => {
                format!("http://{elsewhere}/v2/lists/64/list-entries?cursor=p{page}")
            }
            Self::Foreign(Place::Path) => format!("/v2/secrets?limit=1&cursor=p{page}"),
            Self::Foreign(Place::Scheme) => format!("file:///v2/lists/64/list-entries?cursor=p{page}"),
            Self::LeadsTo(page) => format!("https://crm.example/v2/lists/64/list-entries?cursor=p{page}"),
            _ => format!("https://crm.example/v2/lists/64/list-entries?cursor=p{page}"),
        }
    }

    /// Answers, and goes wrong.
    pub(crate) async fn commit(self, socket: &mut TcpStream, answer: &Answer) -> io::Result<Then> {
        let (bytes, then) = match self {
            Self::Drip => return drip(socket, answer).await,
            Self::Bomb(status) => return bomb(socket, answer, status).await,
            Self::StallBeforeHead => return stall(socket, &[]).await,
            Self::StallInHead => return stall(socket, &answer.in_head()).await,
            Self::StallInBody => return stall(socket, &answer.in_body()).await,
            Self::ResetUnread | Self::ResetBeforeHead => (Vec::new(), Then::Reset),
            Self::CloseBeforeHead => (Vec::new(), Then::Close),
            Self::ResetInHead => (answer.in_head(), Then::Reset),
            Self::ResetAfterHead => (answer.head_only(), Then::Reset),
            Self::ResetInBody => (answer.in_body(), Then::Reset),
            Self::CutBody => (answer.in_body(), Then::Close),
            Self::CutChunks => (cut_chunks(answer), Then::Close),
            Self::CutRefusal(status) => (answer.head(status, JSON, 1000).into_bytes(), Then::Close),
            Self::CloseIdle | Self::Away => (answer.with(""), Then::Close),
            _ => (self.whole(answer), Then::GoOn),
        };
        socket.write_all(&bytes).await?;
        Ok(then)
    }

    /// Of those that come whole: all the bytes.
    fn whole(self, answer: &Answer) -> Vec<u8> {
        match self {
            Self::ForgedNext => [answer.with(""), Self::forged(answer)].concat(),
            Self::TwoLengths => answer.with("content-length: 7\r\n"),
            Self::Refusal(status, headers, body) => answer.refusal(status, headers, body),
            Self::RedirectElsewhere(status) => {
                answer.refusal(status, &format!("location: http://{}/v2/lists/7\r\n", answer.elsewhere), "")
            }
            Self::RedirectHere(status) => answer.refusal(status, "location: /v2/elsewhere\r\n", ""),
            Self::Headers(headers) => answer.with(headers),
            Self::LargeHeader(bytes) => answer.with(&format!("x-large: {}\r\n", "x".repeat(bytes))),
            Self::ManyHeaders(headers) => {
                let many: String = (0..headers).map(|number| format!("x-many-{number}: x\r\n")).collect();
                answer.with(&many)
            }
            Self::Before(answers) => [answers.as_bytes(), &answer.with("")].concat(),
            Self::Body(kind, body) => {
                let head = answer.head(200, &format!("content-type: {kind}\r\n"), body.len());
                [head.as_bytes(), body].concat()
            }
            Self::Packed => answer.packed(|_| {}),
            Self::PackedCut => answer.packed(|packed| packed.truncate(packed.len() - 12)),
            Self::PackedWrong => answer.packed(|packed| packed[20] ^= 0x55),
            Self::SaysPacked(how) => answer.with(&format!("content-encoding: {how}\r\n")),
            Self::Truncated(bytes) => {
                let body = &answer.body.as_bytes()[..bytes.min(answer.body.len())];
                [answer.head(200, JSON, body.len()).as_bytes(), body].concat()
            }
            _ => answer.with(""),
        }
    }

    /// What somebody would like to be taken for the answer to the next request.
    fn forged(answer: &Answer) -> Vec<u8> {
        let body = r#"{"id":666,"name":"Forged","creatorId":1,"ownerId":1,"isPublic":true,"type":"company"}"#;
        [answer.head(200, JSON, body.len()).as_bytes(), body.as_bytes()].concat()
    }
}

fn cut_chunks(answer: &Answer) -> Vec<u8> {
    let (id, body) = (answer.id(), &answer.body);
    let text = format!(
        "HTTP/1.1 200 OK\r\n{id}{JSON}transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n",
        body.len()
    );
    text.into_bytes()
}

async fn drip(socket: &mut TcpStream, answer: &Answer) -> io::Result<Then> {
    socket.write_all(answer.head(200, JSON, 1 << 30).as_bytes()).await?;
    let mut drop_by_drop = tokio::time::interval(Duration::from_millis(1));
    loop {
        drop_by_drop.tick().await;
        socket.write_all(b" ").await?;
    }
}

/// A MiB of spaces, packed so that it can be said again and again.
fn packed_mebibyte() -> Vec<u8> {
    let mut packed = Vec::with_capacity(1 << 16);
    let mut deflate = Compress::new(Compression::fast(), false);
    let spaces = vec![b' '; 1 << 20];
    deflate.compress_vec(&spaces, &mut packed, FlushCompress::Full).unwrap();
    assert_eq!(deflate.total_in(), 1 << 20);
    packed
}

async fn bomb(socket: &mut TcpStream, answer: &Answer, status: u16) -> io::Result<Then> {
    const GZIP: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    let mebibyte = packed_mebibyte();
    let length = GZIP.len() + 1024 * mebibyte.len();
    let head = answer.head(status, &format!("{JSON}content-encoding: gzip\r\n"), length);
    socket.write_all(head.as_bytes()).await?;
    socket.write_all(GZIP).await?;
    for _ in 0..1024 {
        socket.write_all(&mebibyte).await?;
    }
    Ok(Then::Close)
}

/// Says no more until the other side gives up.
async fn stall(socket: &mut TcpStream, said: &[u8]) -> io::Result<Then> {
    socket.write_all(said).await?;
    socket.read_to_end(&mut Vec::new()).await?;
    Ok(Then::Close)
}
