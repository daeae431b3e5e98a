//! Whose events never become records: those of the export itself, which would beget records without end.

use opentelemetry::Context;

use crate::runtime;

/// Whether this thread works on an export, or telemetry is suppressed on it. Whatever a transport logs there (hyper, h2, tonic, rustls)
/// is ours; on threads of the application it is the application's.
pub(super) fn is_here() -> bool {
    runtime::is_export_thread() || Context::is_current_telemetry_suppressed()
}

/// Whether events of this target are of OpenTelemetry's own crates, which log on threads of the application as well: while a
/// record is queued, for instance.
pub(super) fn is_target(target: &str) -> bool {
    let package = target.split("::").next().unwrap_or_default();
    matches!(
        package,
        "opentelemetry"
            | "opentelemetry_sdk"
            | "opentelemetry_otlp"
            | "opentelemetry_http"
            | "opentelemetry_proto"
            | "opentelemetry_prometheus"
            | "tracing_opentelemetry"
    ) || package.starts_with("opentelemetry-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_of_opentelemetry_are_known_by_their_targets() {
        for target in [
            "opentelemetry",
            "opentelemetry_sdk",
            "opentelemetry-otlp",
            "opentelemetry_sdk::logs",
            "tracing_opentelemetry",
        ] {
            assert!(is_target(target), "{target}");
        }
        for target in
            ["", "opentelemetry_shop", "opentelemetrysdk", "my::opentelemetry", "hyper", "tachograph_pipeline"]
        {
            assert!(!is_target(target), "{target}");
        }
    }

    #[test]
    fn suppressed_telemetry_and_the_export_thread_are_machinery() {
        assert!(!is_here());
        let suppressed = Context::enter_telemetry_suppressed_scope();
        assert!(is_here());
        drop(suppressed);
        let runtime = runtime::ExportRuntime::start().unwrap();
        let looked = || {
            // A context that suppresses nothing, such as the root span of a transport has.
            let _root = Context::new().attach();
            is_here()
        };
        let here = runtime.run(std::time::Duration::from_secs(30), async move {
            let blocking = tokio::task::spawn_blocking(looked).await.unwrap();
            (looked(), blocking)
        });
        assert_eq!(here, Ok((true, true)));
    }
}
