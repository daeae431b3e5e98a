//! Who the application is, as its telemetry says.

use opentelemetry::Key;
use opentelemetry_sdk::Resource;

use crate::resource::{ENVIRONMENT, SERVICE_NAME, SERVICE_VERSION};

/// Who the application is: what the resource of its telemetry says, for whoever shows it elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Application {
    /// `service.name`: never empty, `unknown_service:` and the name of the executable where nobody gave one.
    pub name: String,
    /// `service.version`.
    pub version: Option<String>,
    /// `deployment.environment.name`.
    pub environment: Option<String>,
}

impl Application {
    pub(crate) fn of(resource: &Resource) -> Self {
        let text = |key| {
            let value = resource.get(&Key::from_static_str(key)).map(|value| value.to_string());
            value.filter(|value| !value.is_empty())
        };
        Self {
            name: text(SERVICE_NAME).unwrap_or_else(|| "unknown_service".to_owned()),
            version: text(SERVICE_VERSION),
            environment: text(ENVIRONMENT),
        }
    }
}
