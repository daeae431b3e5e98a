//! An application in this process.

use std::sync::Arc;

use tachograph::{Builder, ExporterChoice, GenAiNames, Settings, Tachograph, Telemetry, llm::Prices};
use tests::components::http;
use tokio::runtime::{self, Runtime};

/// Where the metrics are.
pub(crate) const PATH: &str = "/monitoring/metrics";

/// In US dollars for a million tokens: amounts that floating point holds exactly.
const PRICES: &str = r#"
[provider.acme.model."large"]
input = 250.0
output = 1000.0
"#;

/// An application that serves its metrics until it is dropped.
pub(crate) struct Application {
    telemetry: Tachograph,
    address: String,
    _server: Runtime,
}

impl Application {
    /// Records calls to models under both generations of names.
    pub(crate) fn start() -> Self {
        Self::start_with(|builder| builder)
    }

    /// The same with what `configure` adds.
    pub(crate) fn start_with(configure: impl FnOnce(Builder) -> Builder) -> Self {
        let prices = Prices::embedded().with_toml(PRICES).expect("they are valid");
        let builder = tachograph::builder()
            .with_settings(Settings::default())
            .with_traces_exporter(ExporterChoice::None)
            .with_metrics_exporter(ExporterChoice::None)
            .with_logs_exporter(ExporterChoice::None)
            .with_service_name("shop")
            .with_service_version("1.2.3")
            .with_environment("test")
            .with_system_metrics(false)
            .with_gen_ai_names(GenAiNames::Both)
            .with_pricing(Arc::new(prices));
        let telemetry = Tachograph::from(configure(builder).build().expect("it is valid"));

        let server = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let router = telemetry.monitoring().router();
        let listener = server.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = listener.local_addr().expect("it is bound").to_string();
        server.spawn(async { axum::serve(listener, router).await });
        Self { telemetry, address, _server: server }
    }

    /// Host and port.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What calls are recorded with.
    pub(crate) fn telemetry(&self) -> &Telemetry {
        self.telemetry.telemetry().expect("it is not disabled")
    }

    /// Everything that was collected was shown so far.
    #[track_caller]
    pub(crate) fn assert_nothing_left_out(&self) {
        let dropped = self.telemetry.health().exposition;
        assert_eq!(dropped.total(), 0, "{dropped:?}");
    }

    /// One scrape: the content type and the text. `accept` is what a scraper says it understands; nothing if empty.
    pub(crate) fn scrape(&self, accept: &str) -> (String, String) {
        let mut request = http::client().get(format!("http://{}{PATH}", self.address));
        if !accept.is_empty() {
            request = request.header("accept", accept);
        }
        let response = request.send().expect("it answers");
        assert_eq!(response.status(), 200);
        let content_type = response.headers()["content-type"].to_str().expect("it is text").to_owned();
        (content_type, response.text().expect("the body arrives"))
    }
}
