//! Sends spans and metrics of every call to OpenTelemetry, here to its exporter that prints:
//! `cargo run --example opentelemetry`. Put another exporter in its place, such as OTLP, and the rest stays.
//!
//! Without a key it brings its own server; with `AFFINITY_API_KEY` set it reads the account of that key.
#![allow(clippy::print_stderr, reason = "a program prints")]

use std::error::Error;
use std::sync::Arc;

use affinity::{Affinity, AffinityBuilder, CallRecord, Limits, Metrics, Outcome};
use affinity_sandbox::Sandbox;
use futures::TryStreamExt;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter, MeterProvider as _};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Instrument;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The instruments that calls are measured with.
struct Instruments {
    calls: Counter<u64>,
    attempts: Counter<u64>,
    duration: Histogram<f64>,
    waited: Histogram<f64>,
    left_of_minute: Gauge<u64>,
    left_of_month: Gauge<u64>,
}

impl Instruments {
    fn new(meter: &Meter) -> Self {
        Self {
            calls: meter.u64_counter("affinity.calls").build(),
            attempts: meter.u64_counter("affinity.attempts").build(),
            duration: meter.f64_histogram("affinity.call.duration").with_unit("s").build(),
            waited: meter.f64_histogram("affinity.call.waited").with_unit("s").build(),
            left_of_minute: meter.u64_gauge("affinity.quota.minute.remaining").build(),
            left_of_month: meter.u64_gauge("affinity.quota.month.remaining").build(),
        }
    }
}

impl Metrics for Instruments {
    fn call(&self, call: &CallRecord) {
        let outcome = call.outcome.map_or("none", Outcome::as_str);
        let labels = [KeyValue::new("operation", call.operation), KeyValue::new("outcome", outcome)];
        self.calls.add(1, &labels);
        self.attempts.add(u64::from(call.attempts), &labels);
        self.duration.record(call.elapsed.as_secs_f64(), &labels);
        self.waited.record(call.waited.as_secs_f64(), &labels);
    }

    fn quota(&self, limits: &Limits) {
        for (gauge, window) in [(&self.left_of_minute, limits.minute), (&self.left_of_month, limits.month)] {
            if let Some(left) = window.remaining {
                gauge.record(left, &[]);
            }
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let spans = SdkTracerProvider::builder()
        .with_simple_exporter(opentelemetry_stdout::SpanExporter::default())
        .build();
    let metrics = SdkMeterProvider::builder()
        .with_periodic_exporter(opentelemetry_stdout::MetricExporter::default())
        .build();

    // The client's spans are at debug level, under the target `affinity`.
    let wanted = Targets::new()
        .with_target("affinity", tracing::Level::DEBUG)
        .with_target(module_path!(), tracing::Level::INFO);
    let layer = tracing_opentelemetry::layer().with_tracer(spans.tracer("crm-sync")).with_filter(wanted);
    tracing_subscriber::registry().with(layer).init();

    let (builder, sandbox) = connect().await?;
    let instruments = Instruments::new(&metrics.meter("crm-sync"));
    let affinity = builder.metrics(Arc::new(instruments)).build()?;
    let sync = tracing::info_span!("nightly sync");
    let companies = count(&affinity).instrument(sync).await?;
    eprintln!("{companies} companies in {} calls", affinity.calls_spent());

    drop(sandbox);
    spans.shutdown()?;
    metrics.shutdown()?;
    Ok(())
}

async fn count(affinity: &Affinity) -> affinity::Result<usize> {
    let companies: Vec<_> = affinity.companies().list().stream().try_collect().await?;
    Ok(companies.len())
}

/// The account of the key in the environment, or a server of our own.
async fn connect() -> Result<(AffinityBuilder, Option<Sandbox>), Box<dyn Error>> {
    if std::env::var_os("AFFINITY_API_KEY").is_some() || std::env::var_os("AFFINITY_API_KEY_FILE").is_some() {
        return Ok((AffinityBuilder::from_env()?, None));
    }
    let sandbox = Sandbox::demo().await?;
    let builder = Affinity::builder().base_url(sandbox.url()).api_key(sandbox.api_key());
    Ok((builder, Some(sandbox)))
}
