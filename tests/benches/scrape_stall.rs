//! How long recording waits for scrapes: of a known series, of a new one, and the making of an instrument, while somebody scrapes
//! 100,000 series again and again, and while nobody does.
//!
//! `cargo bench -p tests --bench scrape_stall`
//!
//! Each is measured once in a while and not as fast as it can, so that every moment of a scrape is as likely to be met: the 99th
//! percentile is of time, not of a flood of recordings that fit between two scrapes. Everything runs on threads of one process;
//! with fewer than three processors the figures contain the system's scheduling.

#![allow(missing_docs, clippy::expect_used, clippy::print_stdout)]

use std::{
    cell::Cell,
    hint::black_box,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use opentelemetry::{
    KeyValue,
    metrics::{Counter, Histogram, Meter},
};
use tachograph::{
    ExporterChoice, Outcome, Pipeline, Settings, record_tool_execution,
    source::{Scrape as _, ScrapeRequest},
};

/// Of the default limit of 1000 series some are left free, for new ones.
const SERIES: usize = 910;
const COUNTERS: usize = 100;
const HISTOGRAMS: usize = 10;
/// What a scraper of today says it understands.
const ACCEPT: &str = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";

struct Instruments {
    counters: Vec<Counter<u64>>,
    histograms: Vec<Histogram<f64>>,
    /// The next new series of any of them.
    next: AtomicUsize,
}

impl Instruments {
    fn new(meter: &Meter) -> Self {
        let counter = |number| meter.u64_counter(format!("stall.counter.{number}")).build();
        let histogram = |number| meter.f64_histogram(format!("stall.histogram.{number}")).with_unit("s").build();
        let this = Self {
            counters: (0..COUNTERS).map(counter).collect(),
            histograms: (0..HISTOGRAMS).map(histogram).collect(),
            next: AtomicUsize::new(SERIES * (COUNTERS + HISTOGRAMS)),
        };
        for series in 0..SERIES * (COUNTERS + HISTOGRAMS) {
            this.record(series);
        }
        this
    }

    /// Records one of the series that are there.
    fn known(&self, number: usize) {
        self.record(number * 7919 % (SERIES * (COUNTERS + HISTOGRAMS)));
    }

    /// Records one that is not.
    fn new_series(&self) {
        self.record(self.next.fetch_add(1, Ordering::Relaxed));
    }

    fn record(&self, series: usize) {
        let instrument = series % (COUNTERS + HISTOGRAMS);
        let attributes = [
            KeyValue::new("http.request.method", "GET"),
            KeyValue::new("http.route", "/api/agents/{id}/runs"),
            KeyValue::new("series", series as i64),
        ];
        match instrument.checked_sub(COUNTERS) {
            None => self.counters[instrument].add(1, &attributes),
            Some(histogram) => self.histograms[histogram].record(0.25, &attributes),
        }
    }
}

/// Times of one kind of work, sorted.
struct Times(Vec<Duration>);

impl Times {
    /// Does `work` for `count` times, with `pause` in between.
    fn of(count: usize, pause: Duration, mut work: impl FnMut(usize)) -> Self {
        let mut times = Vec::with_capacity(count);
        for number in 0..count {
            thread::sleep(pause);
            let start = Instant::now();
            work(number);
            times.push(start.elapsed());
        }
        times.sort();
        Self(times)
    }

    fn at(&self, quantile: f64) -> Duration {
        let last = self.0.len() - 1;
        self.0[(quantile * last as f64) as usize]
    }

    fn print(&self, what: &str, scraped: bool) {
        let scrapes = if scraped { "scraped" } else { "no scrapes" };
        let [median, high, longest] = [0.5, 0.99, 1.0].map(|quantile| self.at(quantile).as_secs_f64() * 1e6);
        println!("{what:<46} {scrapes:<11} {:>7} {median:>12.1} {high:>12.1} {longest:>12.1}", self.0.len());
    }
}

/// Runs `body` while `work` is done again and again on another thread; gives the times of the latter.
fn beside(mut work: impl FnMut(usize) + Send, pause: Duration, body: impl FnOnce()) -> Times {
    let stop = &AtomicBool::new(false);
    thread::scope(|threads| {
        let other = threads.spawn(move || {
            let mut times = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                thread::sleep(pause);
                let start = Instant::now();
                work(times.len());
                times.push(start.elapsed());
            }
            times.sort();
            Times(times)
        });
        body();
        stop.store(true, Ordering::Relaxed);
        other.join().expect("it does not panic")
    })
}

/// Everything that may wait.
fn measure(pipeline: &Pipeline, instruments: &Instruments, scraped: bool) {
    let telemetry = pipeline.telemetry().expect("it is not disabled");
    let meter = telemetry.meter();
    thread_local!(static MADE: Cell<usize> = const { Cell::new(0) });
    let micros = Duration::from_micros;

    Times::of(10_000, micros(500), |number| instruments.known(number))
        .print("known series, OpenTelemetry API", scraped);
    telemetry.scope(|| {
        Times::of(10_000, micros(500), |_| record_tool_execution("search", micros(5), Outcome::Success))
            .print("known series, a recorded tool", scraped);
    });
    Times::of(1_000, micros(5_000), |_| instruments.new_series()).print("new series, OpenTelemetry API", scraped);
    telemetry.scope(|| {
        Times::of(400, micros(10_000), |number| {
            record_tool_execution(format!("{scraped}-{number}"), micros(5), Outcome::Success);
        })
        .print("new series, a recorded tool", scraped);
    });
    beside(
        |_| instruments.new_series(),
        micros(5_000),
        || {
            Times::of(10_000, micros(500), |number| instruments.known(number))
                .print("known series beside new ones", scraped);
        },
    );
    Times::of(200, micros(20_000), |_| {
        let number = MADE.replace(MADE.get() + 1);
        black_box(meter.u64_counter(format!("stall.made.{number}")).build());
    })
    .print("a new instrument", scraped);
}

fn main() {
    let pipeline = tachograph::builder()
        .with_settings(Settings::default())
        .with_traces_exporter(ExporterChoice::None)
        .with_metrics_exporter(ExporterChoice::None)
        .with_logs_exporter(ExporterChoice::None)
        .build()
        .expect("the settings are valid");
    let instruments = Instruments::new(pipeline.telemetry().expect("it is not disabled").meter());
    let scrape = pipeline.scrape_handle().expect("it is not disabled");
    let request = ScrapeRequest::default().with_accept(ACCEPT);
    let size = scrape.scrape(&request).expect("it can be collected").body.len();

    println!("{} series in {} instruments, {size} bytes", SERIES * (COUNTERS + HISTOGRAMS), COUNTERS + HISTOGRAMS);
    println!("{:<58} {:>7} {:>12} {:>12} {:>12}", "", "times", "median/us", "p99/us", "max/us");
    measure(&pipeline, &instruments, false);
    let scrapes = beside(
        |_| {
            black_box(scrape.scrape(&request).expect("it can be collected"));
        },
        Duration::ZERO,
        || measure(&pipeline, &instruments, true),
    );
    scrapes.print("the scrapes themselves", true);
}
