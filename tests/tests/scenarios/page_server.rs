//! A server of one collection, `GET /v2/lists`, whose pages have whatever shape a test wants.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use affinity::Affinity;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, serve};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::support;

pub(crate) struct PageServer {
    url: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    pages: Vec<Vec<u64>>,
    /// Pages that fail the next time they are asked for.
    failing: Mutex<HashSet<usize>>,
    asked: Mutex<Vec<usize>>,
}

impl PageServer {
    pub(crate) async fn start(pages: Vec<Vec<u64>>) -> Self {
        let shared = Arc::new(Shared { pages, failing: Mutex::default(), asked: Mutex::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().route("/v2/lists", get(answer)).with_state(shared.clone());
        let task = tokio::spawn(async move { serve(listener, app).await.unwrap() });
        Self { url, shared, task }
    }

    pub(crate) fn client(&self) -> Affinity {
        Affinity::builder().base_url(&self.url).api_key("any").build().unwrap()
    }

    /// Makes a page fail once.
    pub(crate) fn fail_once(&self, page: usize) {
        self.shared.failing.lock().unwrap().insert(page);
    }

    /// The pages after the first that were asked for, by number.
    pub(crate) fn asked_beyond_the_first(&self) -> Vec<usize> {
        self.asked().into_iter().filter(|page| *page > 0).collect()
    }

    /// The pages that were asked for, by number.
    pub(crate) fn asked(&self) -> Vec<usize> {
        self.shared.asked.lock().unwrap().clone()
    }
}

impl Drop for PageServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(State(shared): State<Arc<Shared>>, Query(query): Query<HashMap<String, String>>) -> Response {
    let number: usize =
        query.get("cursor").map_or(0, |cursor| cursor.trim_start_matches('p').parse().unwrap());
    shared.asked.lock().unwrap().push(number);
    if shared.failing.lock().unwrap().remove(&number) {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let items: Vec<_> = shared.pages[number].iter().copied().map(support::list).collect();
    let next = (number + 1 < shared.pages.len())
        .then(|| format!("https://crm.example/v2/lists?cursor=p{}", number + 1));
    ([(CONTENT_TYPE, "application/json")], affinity_tests::page(&items, next.as_deref())).into_response()
}
