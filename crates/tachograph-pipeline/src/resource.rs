//! Who produces the telemetry: the resource that traces and metrics share.
//!
//! Later sources win: what is detected, then defaults in code, then `OTEL_RESOURCE_ATTRIBUTES`, then `OTEL_SERVICE_NAME`, then code. Command line
//! arguments are never read, because they often carry secrets.

use std::env::{self, consts};
use std::fs;
use std::path::Path;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::TelemetryResourceDetector;
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};

use crate::settings::Settings;

/// The version of the application, shown as well as `version` of `app_info`.
pub(crate) const SERVICE_VERSION: &str = "service.version";
/// Where the application runs, shown as well as `environment` of `app_info`.
pub(crate) const ENVIRONMENT: &str = "deployment.environment.name";
pub(crate) const SERVICE_NAME: &str = "service.name";

/// Puts the resource together.
pub(crate) fn resource(settings: &Settings, defaults: Vec<KeyValue>, code: Vec<KeyValue>) -> Resource {
    let from_environment =
        settings.resource_attributes.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    let service_name = settings.service_name.iter().map(|name| KeyValue::new(SERVICE_NAME, name.clone()));
    Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes(detected(settings))
        .with_attributes(defaults)
        .with_attributes(from_environment)
        .with_attributes(service_name)
        .with_attributes(code)
        .build()
}

fn detected(settings: &Settings) -> Vec<KeyValue> {
    let executable = env::current_exe().ok();
    let executable = executable.as_deref().and_then(Path::file_name).and_then(|name| name.to_str());
    let mut attributes = vec![
        KeyValue::new(
            SERVICE_NAME,
            executable.map_or_else(|| "unknown_service".into(), |name| format!("unknown_service:{name}")),
        ),
        KeyValue::new("service.instance.id", random_uuid()),
        KeyValue::new("telemetry.distro.name", "tachograph"),
        KeyValue::new("telemetry.distro.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("host.arch", host_arch()),
        KeyValue::new("os.type", os_type()),
        KeyValue::new("process.pid", i64::from(std::process::id())),
        KeyValue::new("process.runtime.name", "rust"),
    ];
    let optional = [
        ("process.runtime.version", option_env!("TACHOGRAPH_RUSTC_VERSION").map(str::to_owned)),
        ("process.executable.name", executable.map(str::to_owned)),
        ("host.name", host_name(settings)),
    ];
    attributes.extend(optional.into_iter().filter_map(|(key, value)| value.map(|value| KeyValue::new(key, value))));
    attributes
}

/// A version 4 UUID from the generator of trace ids, which is random enough for the purpose.
fn random_uuid() -> String {
    let mut bytes = RandomIdGenerator::default().new_trace_id().to_bytes();
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// The kernel's name for the host, else what the environment says.
fn host_name(settings: &Settings) -> Option<String> {
    let kernel = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let kernel = kernel.as_deref().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
    kernel.or_else(|| settings.host_name.clone())
}

/// Rust's names mapped to those of the convention for `host.arch`.
fn host_arch() -> &'static str {
    match consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "arm" => "arm32",
        "powerpc" => "ppc32",
        "powerpc64" => "ppc64",
        other => other,
    }
}

/// Rust's names mapped to those of the convention for `os.type`.
fn os_type() -> &'static str {
    match consts::OS {
        "macos" => "darwin",
        "dragonfly" => "dragonflybsd",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::Key;

    use super::*;

    fn value(resource: &Resource, key: &'static str) -> Option<String> {
        resource.get(&Key::from_static_str(key)).map(|value| value.to_string())
    }

    fn settings(variables: &[(&str, &str)]) -> Settings {
        Settings::from_lookup(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
        .unwrap()
    }

    #[test]
    fn detected_attributes_identify_this_process() {
        let resource = resource(&Settings::default(), Vec::new(), Vec::new());
        assert!(value(&resource, "service.name").unwrap().starts_with("unknown_service:tachograph_pipeline"));
        assert_eq!(value(&resource, "process.pid").unwrap(), std::process::id().to_string());
        assert_eq!(value(&resource, "telemetry.sdk.language").unwrap(), "rust");
        assert_eq!(value(&resource, "telemetry.distro.name").unwrap(), "tachograph");
        assert!(value(&resource, "process.runtime.version").unwrap().starts_with("1."));
        assert!(resource.iter().all(|(key, _)| !key.as_str().starts_with("process.command")));
    }

    #[test]
    fn service_name_of_the_environment_beats_the_resource_list_and_code_beats_both() {
        let settings = settings(&[
            ("OTEL_RESOURCE_ATTRIBUTES", "service.name=listed,team=a%20b,service.version=1"),
            ("OTEL_SERVICE_NAME", "named"),
        ]);
        let default = || vec![KeyValue::new("service.name", "defaulted"), KeyValue::new("app.tier", "gold")];
        let from_environment = resource(&settings, default(), Vec::new());
        assert_eq!(value(&from_environment, "service.name").unwrap(), "named");
        assert_eq!(value(&from_environment, "team").unwrap(), "a b");
        assert_eq!(value(&from_environment, "app.tier").unwrap(), "gold");
        let from_default = resource(&Settings::default(), default(), Vec::new());
        assert_eq!(value(&from_default, "service.name").unwrap(), "defaulted");

        let from_code = resource(&settings, default(), vec![KeyValue::new("service.name", "coded")]);
        assert_eq!(value(&from_code, "service.name").unwrap(), "coded");
        assert_eq!(value(&from_code, "service.version").unwrap(), "1");
    }

    #[test]
    fn instance_ids_are_version_4_uuids_and_differ() {
        let (first, second) = (random_uuid(), random_uuid());
        assert_ne!(first, second);
        assert_eq!(first.len(), 36);
        assert_eq!(first.as_bytes()[14], b'4');
        assert!(matches!(first.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
    }
}
