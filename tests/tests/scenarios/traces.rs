//! What is traced and logged, at every level, by this crate and those below it.

use std::fmt::{Debug, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError, Weak};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};

/// Hears all that is traced and logged while it lives, of the scenarios beside it too.
pub(crate) struct Listener(Arc<Mutex<String>>);

static LISTENERS: Mutex<Vec<Weak<Mutex<String>>>> = Mutex::new(Vec::new());
static LISTENING: AtomicUsize = AtomicUsize::new(0);

/// Listens from now on.
pub(crate) fn listen() -> Listener {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        tracing::subscriber::set_global_default(Traces).unwrap();
        log::set_logger(&Logs).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
    });
    let heard = Arc::default();
    LISTENERS.lock().unwrap().push(Arc::downgrade(&heard));
    LISTENING.fetch_add(1, Ordering::Relaxed);
    Listener(heard)
}

impl Listener {
    pub(crate) fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        LISTENING.fetch_sub(1, Ordering::Relaxed);
    }
}

fn anybody_listens() -> bool {
    LISTENING.load(Ordering::Relaxed) > 0
}

fn say(line: &str) {
    let mut listeners = LISTENERS.lock().unwrap_or_else(PoisonError::into_inner);
    listeners.retain(|listener| match listener.upgrade() {
        Some(heard) => {
            heard.lock().unwrap_or_else(PoisonError::into_inner).push_str(line);
            true
        }
        None => false,
    });
}

struct Line(String);

impl Line {
    fn of(metadata: &Metadata<'_>) -> Self {
        Self(format!("\n{} {} ", metadata.target(), metadata.name()))
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, "{field}={value:?} ");
    }
}

struct Traces;

impl Subscriber for Traces {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        anybody_listens()
    }
    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut line = Line::of(span.metadata());
        span.record(&mut line);
        say(&line.0);
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut line = Line("\n".to_owned());
        values.record(&mut line);
        say(&line.0);
    }
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut line = Line::of(event.metadata());
        event.record(&mut line);
        say(&line.0);
    }
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Logs;

impl log::Log for Logs {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        anybody_listens()
    }
    fn log(&self, record: &log::Record<'_>) {
        if anybody_listens() {
            say(&format!("\n{} {}", record.target(), record.args()));
        }
    }
    fn flush(&self) {}
}
