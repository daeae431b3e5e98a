//! The backends.

use super::Preset;
use super::basic::basic;
use crate::settings::{Protocol, Signal};

const TRACES_ALONE: &str = "it takes traces alone";

impl Preset {
    /// Grafana Cloud: all three signals at its OTLP gateway, by the zone in its address (`eu-west-2` of
    /// `https://otlp-gateway-prod-eu-west-2.grafana.net/otlp`), and the instance id and a token for OTLP, as its page "OpenTelemetry" shows
    /// them. If the address there is of another form, give it by [`with_endpoint`](Self::with_endpoint).
    pub fn grafana_cloud(zone: impl AsRef<str>, instance_id: impl AsRef<str>, token: impl AsRef<str>) -> Self {
        let (zone, instance_id) = (zone.as_ref().trim(), instance_id.as_ref().trim());
        let endpoint = format!("https://otlp-gateway-prod-{zone}.grafana.net/otlp");
        let mut preset = Self::new("Grafana Cloud", "Preset::grafana_cloud", endpoint);
        if !is_host_part(zone) || zone.contains('.') {
            preset.is_wrong(zone, "a zone such as eu-west-2");
        }
        if instance_id.is_empty() || !instance_id.bytes().all(|byte| byte.is_ascii_digit()) {
            preset.is_wrong(instance_id, "an instance id, which is a number");
        }
        preset.with_secret("authorization", token.as_ref(), |token| basic(instance_id, token))
    }

    /// Jaeger from version 2 on, by its address: gRPC at port 4317, HTTP at any other. It takes traces alone.
    ///
    /// A password before it goes into [`with_header`](crate::Builder::with_header).
    pub fn jaeger(endpoint: impl Into<String>) -> Self {
        let mut preset = Self::new("Jaeger", "Preset::jaeger", endpoint);
        if preset.endpoint.trim_end_matches('/').ends_with(":4317") {
            preset.protocol = Protocol::Grpc;
        }
        preset.with_traces_alone()
    }

    /// Datadog without an agent, by its site (`datadoghq.com`, `us5.datadoghq.com`, `datadoghq.eu`) and an API key.
    ///
    /// Metrics are not sent: its intake takes deltas alone, and Tachograph has cumulative numbers. Datadog's agent can scrape them.
    /// For its view of calls to models add the header `dd-otlp-source` with the value `llmobs`, by
    /// [`with_header`](crate::Builder::with_header). It computes metrics of traces only where it is told to, by a header that its
    /// documentation names.
    ///
    /// Not verified: whether the intake is open to every account (that of traces was a preview in 2026), and whether it still wants the
    /// header `dd-protocol` with the value `otlp`, which earlier documentation had.
    pub fn datadog(site: impl AsRef<str>, api_key: impl AsRef<str>) -> Self {
        let site = site.as_ref().trim();
        let mut preset = Self::new("Datadog", "Preset::datadog", format!("https://otlp.{site}"));
        if !is_host_part(site) || !site.contains('.') {
            preset.is_wrong(site, "a site such as datadoghq.com");
        }
        preset.with_secret("dd-api-key", api_key.as_ref(), str::to_owned).without(
            Signal::Metrics,
            "its intake takes deltas alone, and these are cumulative; let its agent scrape them",
        )
    }

    /// New Relic, by its region (`us` or `eu`) and a license key. Requests have 1 MB at most, before they are compressed.
    ///
    /// It would rather have deltas, and takes cumulative metrics as well, which need more memory there until they are computed. Not
    /// verified: how it shows cumulative histograms.
    pub fn new_relic(region: impl AsRef<str>, license_key: impl AsRef<str>) -> Self {
        let region = region.as_ref().trim();
        let endpoint = match region.eq_ignore_ascii_case("eu") {
            true => "https://otlp.eu01.nr-data.net",
            false => "https://otlp.nr-data.net",
        };
        let mut preset = Self::new("New Relic", "Preset::new_relic", endpoint);
        preset.max_request_bytes = Some(1_000_000);
        if !["eu", "us"].iter().any(|known| region.eq_ignore_ascii_case(known)) {
            preset.is_wrong(region, "us, eu");
        }
        preset.with_secret("api-key", license_key.as_ref(), str::to_owned)
    }

    /// Honeycomb in the United States, by an API key; for Europe add
    /// [`with_endpoint("https://api.eu1.honeycomb.io")`](Self::with_endpoint).
    ///
    /// Datasets are named for the service. A key of Honeycomb Classic, and metrics that are to have a dataset of their own, need the header
    /// `x-honeycomb-dataset` by [`with_header`](crate::Builder::with_header).
    pub fn honeycomb(api_key: impl AsRef<str>) -> Self {
        Self::new("Honeycomb", "Preset::honeycomb", "https://api.honeycomb.io").with_secret(
            "x-honeycomb-team",
            api_key.as_ref(),
            str::to_owned,
        )
    }

    /// Sentry, by the OTLP address of a project (`https://o1.ingest.sentry.io/api/2/integration/otlp`, with or without `/v1/traces`) and
    /// its public key, as its page "Client Keys (DSN)" shows them.
    ///
    /// Metrics are not sent: it takes none by OTLP. It drops the events of spans, captured errors among them, and keeps their status and
    /// `error.type`; errors as issues need [`SENTRY_DSN`](crate::Settings).
    pub fn sentry(otlp_url: impl AsRef<str>, public_key: impl AsRef<str>) -> Self {
        let url = otlp_url.as_ref().trim().trim_end_matches('/');
        let base = ["/v1/traces", "/v1/logs"].iter().find_map(|path| url.strip_suffix(path)).unwrap_or(url);
        Self::new("Sentry", "Preset::sentry", base)
            .with_secret("x-sentry-auth", public_key.as_ref(), |key| format!("sentry sentry_key={key}"))
            .without(Signal::Metrics, "it takes no metrics by OTLP; they can be scraped")
    }

    /// Langfuse, by its address (`https://cloud.langfuse.com`, `https://us.cloud.langfuse.com`, or your own from version 3.22 on) and the keys of a
    /// project. It takes traces alone.
    pub fn langfuse(host: impl AsRef<str>, public_key: impl AsRef<str>, secret_key: impl AsRef<str>) -> Self {
        let endpoint = format!("{}/api/public/otel", host.as_ref().trim().trim_end_matches('/'));
        let public_key = public_key.as_ref().trim();
        let mut preset = Self::new("Langfuse", "Preset::langfuse", endpoint);
        if public_key.is_empty() {
            preset.is_wrong("", "keys and tokens that are not empty");
        }
        // Without it, what was sent is shown after some minutes.
        preset.headers.push(("x-langfuse-ingestion-version", "4".to_owned()));
        preset.with_secret("authorization", secret_key.as_ref(), |secret| basic(public_key, secret)).with_traces_alone()
    }

    /// Phoenix, by its address (`http://localhost:6006`, `https://app.phoenix.arize.com/s/your-space`) and an API key, which is empty where it
    /// asks for none. It takes traces alone.
    ///
    /// Not verified: instances in Phoenix's cloud from before 2025 want the key in the header `api_key`.
    pub fn phoenix(endpoint: impl Into<String>, api_key: impl AsRef<str>) -> Self {
        let preset = Self::new("Phoenix", "Preset::phoenix", endpoint).with_traces_alone();
        match api_key.as_ref().trim() {
            "" => preset,
            key => preset.with_secret("authorization", key, |key| format!("Bearer {key}")),
        }
    }

    fn with_traces_alone(self) -> Self {
        self.without(Signal::Metrics, TRACES_ALONE).without(Signal::Logs, TRACES_ALONE)
    }
}

/// Whether it can be a part of the name of a host, and nothing else.
fn is_host_part(text: &str) -> bool {
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    text.split('.').all(is_label)
}
