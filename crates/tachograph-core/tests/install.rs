//! Installing telemetry, in a process of its own.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "what fails in a test fails the test")]

use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::{
    InMemoryMetricExporter, PeriodicReader, SdkMeterProvider,
    data::{AggregatedMetrics, MetricData},
};
use tachograph_core::{AgentExecution, Telemetry};

struct Recorded {
    telemetry: Telemetry,
    provider: SdkMeterProvider,
    exporter: InMemoryMetricExporter,
}

impl Recorded {
    fn new() -> Self {
        let exporter = InMemoryMetricExporter::default();
        let reader = PeriodicReader::builder(exporter.clone()).build();
        let provider = SdkMeterProvider::builder().with_reader(reader).build();
        let telemetry = Telemetry::builder().with_meter(provider.meter("test")).build();
        Self { telemetry, provider, exporter }
    }

    /// Agent runs that arrived.
    fn runs(&self) -> u64 {
        self.provider.force_flush().unwrap();
        let finished = self.exporter.get_finished_metrics().unwrap();
        let metrics = finished.last().unwrap().scope_metrics().flat_map(|scope| scope.metrics());
        let of_agents = metrics.filter(|metric| metric.name() == "gen_ai.invoke_agent.duration");
        of_agents
            .map(|metric| match metric.data() {
                AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
                    histogram.data_points().map(|point| point.count()).sum::<u64>()
                }
                other => unreachable!("a histogram of seconds, not {other:?}"),
            })
            .sum()
    }
}

fn run() {
    AgentExecution::new("researcher").run(|| ());
}

#[test]
fn the_first_is_installed_the_second_given_back_and_a_scope_goes_before_both() {
    let (installed, refused, scoped) = (Recorded::new(), Recorded::new(), Recorded::new());
    run();
    assert!(!Telemetry::is_in_force());

    installed.telemetry.clone().install().expect("nothing is installed");
    let given_back = refused.telemetry.clone().install().expect_err("one is installed");
    assert!(Telemetry::is_in_force());
    run();
    given_back.scope(run);
    scoped.telemetry.scope(|| {
        run();
        refused.telemetry.scope(run);
        run();
    });
    run();
    // A thread does not inherit a scope; it has what is installed.
    scoped.telemetry.scope(|| std::thread::scope(|threads| threads.spawn(run).join().unwrap()));

    assert_eq!((installed.runs(), refused.runs(), scoped.runs()), (3, 2, 2));
}
