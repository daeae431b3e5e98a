//! In place of the server, where it was left out of the build.

use std::net::SocketAddr;
use std::sync::Arc;

use tachograph_core::source::Scrape;

use crate::error::Error;
use crate::settings::ServerSettings;

/// There is none.
#[derive(Debug)]
pub(crate) enum PrometheusServer {}

impl PrometheusServer {
    pub(crate) fn start(settings: &ServerSettings, _scrape: Arc<dyn Scrape>) -> Result<Self, Error> {
        Err(Error::ServerNotBuilt { source_name: settings.source_name })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        match *self {}
    }
}

#[cfg(test)]
mod tests {
    use crate::{Builder, Settings};

    #[test]
    fn a_server_that_is_not_built_is_an_error_that_names_the_feature() {
        let error = |variables: &[(&str, &str)], decide: fn(Builder) -> Builder| {
            let settings = Settings::from_lookup(|name| {
                let all = [("OTEL_TRACES_EXPORTER", "none"), ("OTEL_METRICS_EXPORTER", "none")];
                let found = all.iter().chain(variables).find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            });
            decide(Builder::new().with_settings(settings.unwrap())).build().unwrap_err().to_string()
        };
        for name in ["OTEL_EXPORTER_PROMETHEUS_HOST", "OTEL_EXPORTER_PROMETHEUS_PORT"] {
            let message = error(&[(name, "0")], |builder| builder);
            assert!(message.contains(name) && message.contains("`prometheus-server`"), "{message}");
        }
        let message = error(&[], |builder| builder.with_prometheus_server(([127, 0, 0, 1], 0).into()));
        assert!(message.contains("with_prometheus_server") && message.contains("`prometheus-server`"), "{message}");
    }
}
