//! Metrics, in the text format of Prometheus.
//!
//! Each server has its own registry. Models keep handles to their series, so that counting needs no lookup. The series of a
//! model are removed when it is undeployed.

use crate::budget::Budget;
use pmml::{Counts, Memory};
use prometheus::core::Collector;
use prometheus::{
    Encoder, Gauge, GaugeVec, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge,
    Opts, Registry, TextEncoder,
};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The bounds of latencies, in seconds: from the time of a small model's row to that of a large batch.
const SECONDS: &[f64] = &[
    1e-6, 2.5e-6, 5e-6, 1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1,
    0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// Maximum number of fields of a model that have their own series.
const COUNTED_FIELDS: usize = 100;

/// The parts of a model's memory.
const PARTS: [&str; 4] = ["code", "constants", "program", "signature"];

/// The metrics of a server.
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Registry,
    requests: HistogramVec,
    responses: IntCounterVec,
    evaluation: HistogramVec,
    score: HistogramVec,
    rows: IntCounterVec,
    /// The series of invalid values, with the fields of each model that have one.
    invalid: IntCounterVec,
    fields: Arc<Mutex<HashMap<String, BTreeSet<String>>>>,
    without_result: IntCounterVec,
    load: GaugeVec,
    document: GaugeVec,
    memory: GaugeVec,
    /// Number of models that are deployed.
    pub models: IntGauge,
    in_flight: IntGauge,
    /// Number of connections that are open.
    pub connections: IntGauge,
    /// Handshakes of encrypted connections, by outcome.
    handshakes: IntCounterVec,
    /// Whether the files of the certificate cannot be used: 0 or 1.
    pub certificate_broken: IntGauge,
    memory_bytes: IntGauge,
    memory_limit: IntGauge,
    memory_refusals: IntGauge,
    /// Number of documents of the store or the model folder that are not served because they could not be loaded.
    pub broken: IntGauge,
}

/// The metrics of a model.
#[derive(Clone, Debug)]
pub struct ModelMetrics {
    score: Histogram,
    evaluation: Histogram,
    scored: IntCounter,
    failed: IntCounter,
    id: String,
    invalid: IntCounterVec,
    fields: Arc<Mutex<HashMap<String, BTreeSet<String>>>>,
    without_result: IntCounter,
    load: Gauge,
    document: Gauge,
    memory: [Gauge; 4],
}

impl Metrics {
    /// Makes metrics without counts.
    ///
    /// # Errors
    /// Fails if two metrics have the same name, which does not happen.
    pub fn new() -> Result<Self, prometheus::Error> {
        let seconds = |name: &str, help: &str| HistogramOpts::new(name, help).buckets(SECONDS.to_vec());
        let metrics = Metrics {
            registry: Registry::new(),
            requests: HistogramVec::new(
                seconds(
                    "pmml_request_seconds",
                    "Time from a request's head to its response's head, by route",
                ),
                &["method", "route"],
            )?,
            responses: IntCounterVec::new(
                Opts::new("pmml_responses_total", "Responses, by route and status"),
                &["method", "route", "status"],
            )?,
            evaluation: HistogramVec::new(
                seconds(
                    "pmml_evaluation_seconds",
                    "Time from a request's head to its response's head, of evaluations by model",
                ),
                &["model"],
            )?,
            score: HistogramVec::new(
                seconds("pmml_score_seconds", "Time to score a block of up to 64 rows, by model"),
                &["model"],
            )?,
            rows: IntCounterVec::new(
                Opts::new("pmml_rows_total", "Rows, by model and whether they have results"),
                &["model", "outcome"],
            )?,
            invalid: IntCounterVec::new(
                Opts::new(
                    "pmml_invalid_values_total",
                    "Values that their fields do not allow, by model and field",
                ),
                &["model", "field"],
            )?,
            fields: Arc::default(),
            without_result: IntCounterVec::new(
                Opts::new(
                    "pmml_rows_without_result_total",
                    "Rows that did not fail but have no result, by model",
                ),
                &["model"],
            )?,
            load: GaugeVec::new(
                Opts::new("pmml_load_seconds", "Time that reading and compiling the document took"),
                &["model"],
            )?,
            document: GaugeVec::new(Opts::new("pmml_document_bytes", "Size of the document"), &["model"])?,
            memory: GaugeVec::new(
                Opts::new("pmml_model_bytes", "Memory that a model takes, by part"),
                &["model", "part"],
            )?,
            models: IntGauge::new("pmml_models", "Models that are deployed")?,
            in_flight: IntGauge::new("pmml_requests_in_flight", "Requests that are being served")?,
            connections: IntGauge::new("pmml_connections", "Connections that are open")?,
            handshakes: IntCounterVec::new(
                Opts::new("pmml_tls_handshakes_total", "Handshakes of encrypted connections, by outcome"),
                &["outcome"],
            )?,
            certificate_broken: IntGauge::new(
                "pmml_tls_certificate_broken",
                "Whether the files of the certificate have changed to something that cannot be used",
            )?,
            memory_bytes: IntGauge::new("pmml_memory_bytes", "Memory that requests hold of the budget")?,
            memory_limit: IntGauge::new("pmml_memory_limit_bytes", "The memory budget of requests")?,
            memory_refusals: IntGauge::new(
                "pmml_memory_refusals",
                "Requests that were rejected since the start because they would have exceeded the memory budget",
            )?,
            broken: IntGauge::new(
                "pmml_broken_documents",
                "Documents of store and model folder that could not be loaded",
            )?,
        };
        let collectors: [Box<dyn Collector>; 19] = [
            Box::new(metrics.requests.clone()),
            Box::new(metrics.responses.clone()),
            Box::new(metrics.evaluation.clone()),
            Box::new(metrics.score.clone()),
            Box::new(metrics.rows.clone()),
            Box::new(metrics.invalid.clone()),
            Box::new(metrics.without_result.clone()),
            Box::new(metrics.load.clone()),
            Box::new(metrics.document.clone()),
            Box::new(metrics.memory.clone()),
            Box::new(metrics.models.clone()),
            Box::new(metrics.in_flight.clone()),
            Box::new(metrics.connections.clone()),
            Box::new(metrics.broken.clone()),
            Box::new(metrics.handshakes.clone()),
            Box::new(metrics.certificate_broken.clone()),
            Box::new(metrics.memory_bytes.clone()),
            Box::new(metrics.memory_limit.clone()),
            Box::new(metrics.memory_refusals.clone()),
        ];
        collectors.into_iter().try_for_each(|collector| metrics.registry.register(collector))?;
        #[cfg(target_os = "linux")]
        metrics.registry.register(Box::new(prometheus::process_collector::ProcessCollector::for_self()))?;
        Ok(metrics)
    }

    /// Counts a request among those in flight until the returned value is dropped.
    pub fn in_flight(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// Records the state of the memory budget.
    pub fn memory(&self, budget: &Budget) {
        let number = |bytes| i64::try_from(bytes).unwrap_or(i64::MAX);
        self.memory_bytes.set(number(budget.used()));
        self.memory_limit.set(number(budget.total()));
        self.memory_refusals.set(number(budget.refusals()));
    }

    /// Counts a handshake.
    pub fn handshake(&self, succeeded: bool) {
        let outcome = if succeeded { "succeeded" } else { "failed" };
        self.handshakes.with_label_values(&[outcome]).inc();
    }

    /// Returns the series of a model.
    pub fn model(&self, id: &str) -> ModelMetrics {
        self.fields.lock().unwrap_or_else(PoisonError::into_inner).entry(id.to_owned()).or_default();
        ModelMetrics {
            score: self.score.with_label_values(&[id]),
            evaluation: self.evaluation.with_label_values(&[id]),
            scored: self.rows.with_label_values(&[id, "scored"]),
            failed: self.rows.with_label_values(&[id, "failed"]),
            id: id.to_owned(),
            invalid: self.invalid.clone(),
            fields: Arc::clone(&self.fields),
            without_result: self.without_result.with_label_values(&[id]),
            load: self.load.with_label_values(&[id]),
            document: self.document.with_label_values(&[id]),
            memory: PARTS.map(|part| self.memory.with_label_values(&[id, part])),
        }
    }

    /// Removes the series of a model.
    pub fn forget(&self, id: &str) {
        // Series that do not exist are ignored.
        let _ = self.score.remove_label_values(&[id]);
        let _ = self.evaluation.remove_label_values(&[id]);
        let _ = self.rows.remove_label_values(&[id, "scored"]);
        let _ = self.rows.remove_label_values(&[id, "failed"]);
        let _ = self.without_result.remove_label_values(&[id]);
        let fields = self.fields.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        for field in fields.into_iter().flatten() {
            let _ = self.invalid.remove_label_values(&[id, &field]);
        }
        let _ = self.load.remove_label_values(&[id]);
        let _ = self.document.remove_label_values(&[id]);
        for part in PARTS {
            let _ = self.memory.remove_label_values(&[id, part]);
        }
    }

    /// Counts a request that was answered.
    pub fn answered(&self, method: &str, route: &str, status: u16, time: Duration) {
        self.requests.with_label_values(&[method, route]).observe(time.as_secs_f64());
        self.responses.with_label_values(&[method, route, &status.to_string()]).inc();
    }

    /// Returns the text of all metrics.
    ///
    /// # Errors
    /// Fails if a series is inconsistent, which does not happen.
    pub fn text(&self) -> Result<Vec<u8>, prometheus::Error> {
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}

/// A request in flight. It is also counted off if its client disconnects and the request's future is dropped.
#[derive(Debug)]
pub struct InFlight(IntGauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl ModelMetrics {
    /// Records that the model was loaded.
    pub fn loaded(&self, seconds: f64, document_bytes: u64, memory: Memory) {
        self.load.set(seconds);
        self.document.set(document_bytes as f64);
        let bytes = [memory.code, memory.constants, memory.program, memory.signature];
        for (gauge, bytes) in self.memory.iter().zip(bytes) {
            gauge.set(bytes as f64);
        }
    }

    /// Counts a block of rows that was scored, of which some failed.
    pub fn scored(&self, time: Duration, rows: usize, failed: usize) {
        self.score.observe(time.as_secs_f64());
        self.scored.inc_by(rows.saturating_sub(failed) as u64);
        self.failed.inc_by(failed as u64);
    }

    /// Adds the counts of rows. A limited number of fields have their own series, and the others share one without a name.
    pub fn counted(&self, counts: &Counts) {
        if counts.without_result > 0 {
            self.without_result.inc_by(counts.without_result);
        }
        for count in &counts.invalid {
            let mut field = pmml::quote(&count.field).to_string();
            let mut fields = self.fields.lock().unwrap_or_else(PoisonError::into_inner);
            // Nothing is counted for a model that is undeployed.
            let Some(known) = fields.get_mut(&self.id) else { return };
            if known.len() >= COUNTED_FIELDS && !known.contains(&field) {
                field.clear();
            }
            known.insert(field.clone());
            self.invalid.with_label_values(&[&self.id, &field]).inc_by(count.values);
        }
    }

    /// Counts a request that was answered.
    pub fn evaluated(&self, time: Duration) {
        self.evaluation.observe(time.as_secs_f64());
    }
}
