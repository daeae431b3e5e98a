//! The environment, checked before anything starts.

use std::net::SocketAddr;

use examples::telemetry::Export;
use reqwest::Url;
use thiserror::Error;

use crate::llm::Endpoint;

const DEFAULT_MODEL: &str = "gpt-4o-mini";
/// Plain text alone: the tools are meant to be nearby.
const TOOL_SERVICE_SCHEMES: &[&str] = &["http"];

/// A variable, or an argument, that has to be mended. Values are not repeated: they may hold passwords.
#[derive(Debug, Error, PartialEq)]
#[error("{variable} {reason}")]
pub(crate) struct SettingsError {
    variable: &'static str,
    reason: String,
}

pub(crate) struct Settings {
    /// `None` stands for the default address.
    pub(crate) listen: Option<SocketAddr>,
    /// `None` stands for the stand-in.
    pub(crate) llm: Option<Endpoint>,
    pub(crate) database: Option<Url>,
    pub(crate) redis: Option<Url>,
    /// `None` stands for tools in this process.
    pub(crate) tool_service: Option<Url>,
    pub(crate) export: Export,
}

impl Settings {
    /// Reads the variables that `variable` knows. An empty one counts as not set.
    pub(crate) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let variable = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let listen = variable("LISTEN").map(|value| {
            let reason = "must be an address and a port, as 127.0.0.1:8000".to_owned();
            value.parse().map_err(|_| SettingsError { variable: "LISTEN", reason })
        });
        let url = |name, schemes: &[&str]| variable(name).map(|v| url(name, &v, schemes)).transpose();
        let llm = url("OPENAI_BASE_URL", &["http", "https"])?.map(|base_url| Endpoint {
            provider: provider_of(&base_url).to_owned(),
            model: variable("OPENAI_MODEL").unwrap_or_else(|| DEFAULT_MODEL.to_owned()),
            api_key: variable("OPENAI_API_KEY"),
            base_url,
        });
        Ok(Self {
            listen: listen.transpose()?,
            llm,
            database: url("DATABASE_URL", &["postgres", "postgresql"])?,
            redis: url("REDIS_URL", &["redis"])?,
            tool_service: url("TOOL_SERVICE_URL", TOOL_SERVICE_SCHEMES)?,
            export: Export::read(variable),
        })
    }

    /// With the tool service of the argument `--tool-service`, which goes before the variable.
    pub(crate) fn with_tool_service(mut self, argument: Option<&str>) -> Result<Self, SettingsError> {
        if let Some(value) = argument {
            self.tool_service = Some(url("--tool-service", value, TOOL_SERVICE_SCHEMES)?);
        }
        Ok(self)
    }
}

/// A URL as it may be shown: without user and password.
pub(crate) fn shown(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let path = url.path().trim_end_matches('/');
    format!("{}://{}{port}{path}", url.scheme(), url.host_str().unwrap_or_default())
}

fn url(variable: &'static str, value: &str, schemes: &[&str]) -> Result<Url, SettingsError> {
    let url = Url::parse(value).ok().filter(|url| schemes.contains(&url.scheme()));
    url.ok_or_else(|| {
        let reason = format!("must be a URL that starts with {}://", schemes.join(":// or "));
        SettingsError { variable, reason }
    })
}

/// The `gen_ai.provider.name` of a host; a compatible endpoint of an unknown one counts as `openai`, whose format it speaks.
fn provider_of(base_url: &Url) -> &'static str {
    match base_url.host_str().unwrap_or_default() {
        "api.groq.com" => "groq",
        "api.mistral.ai" => "mistral_ai",
        "api.deepseek.com" => "deepseek",
        "api.perplexity.ai" => "perplexity",
        "api.x.ai" => "x_ai",
        _ => "openai",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::read(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn nothing_set_means_stand_in_and_no_export() {
        let settings = read(&[("OTEL_TRACES_EXPORTER", " "), ("OPENAI_API_KEY", "sk-1")]).unwrap();
        assert!(settings.llm.is_none() && settings.database.is_none() && settings.redis.is_none());
        assert!(settings.tool_service.is_none() && settings.export.is_off());
    }

    #[test]
    fn a_wrong_value_is_told_by_its_variable_and_never_repeated() {
        let error = read(&[("DATABASE_URL", "mysql://me:secret@db/x")]).err().unwrap().to_string();
        assert_eq!(error, "DATABASE_URL must be a URL that starts with postgres:// or postgresql://");
        let error = read(&[("LISTEN", "8000")]).err().unwrap().to_string();
        assert_eq!(error, "LISTEN must be an address and a port, as 127.0.0.1:8000");
        let error = read(&[("TOOL_SERVICE_URL", "https://me:secret@tools")]).err().unwrap().to_string();
        assert_eq!(error, "TOOL_SERVICE_URL must be a URL that starts with http://");
    }

    #[test]
    fn the_argument_goes_before_the_variable() {
        let settings =
            |argument| read(&[("TOOL_SERVICE_URL", "http://variable:1")]).unwrap().with_tool_service(argument);
        let url = |argument| settings(argument).unwrap().tool_service.unwrap().to_string();
        assert_eq!(
            (url(Some("http://argument:2")), url(None)),
            ("http://argument:2/".into(), "http://variable:1/".into())
        );
        let error = settings(Some("localhost")).err().unwrap().to_string();
        assert_eq!(error, "--tool-service must be a URL that starts with http://");
    }

    #[test]
    fn shown_urls_have_no_password() {
        let url = Url::parse("postgres://me:secret@db.example:5433/facts?sslmode=disable").unwrap();
        assert_eq!(shown(&url), "postgres://db.example:5433/facts");
        assert_eq!(shown(&Url::parse("http://me:secret@tools:50051").unwrap()), "http://tools:50051");
    }
}
