//! Where the programs are.

use std::{
    env,
    ffi::OsString,
    fmt, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

/// A program that tests need and that cargo cannot build.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Component {
    /// The OpenTelemetry Collector of `collector-config/collector/builder.yaml`.
    Otelcol,
    /// The Prometheus server.
    Prometheus,
    /// Prometheus' tool for checks.
    Promtool,
    /// What sends the alerts of Prometheus to people, as Debian calls it.
    Alertmanager,
    /// Alertmanager's tool for checks.
    Amtool,
    /// The Prometheus server, version 3, beside the one of the system.
    Prometheus3,
    /// The tool for checks of version 3.
    Promtool3,
    /// A Python with `prometheus_client`, whose parsers are strict.
    Python,
    /// The Redis server.
    Redis,
    /// The folder of PostgreSQL's `initdb` and `postgres`.
    Postgres,
    /// The reader of JSON that operators read logs with.
    Jq,
    /// The browser.
    Chromium,
    /// Node.js, which drives the browser and makes the assets of the monitoring page.
    Node,
    /// What `npm ci` put beside the browser test of the monitoring page.
    PageTest,
    /// What `npm ci` put beside the sources of the monitoring page.
    PageBuild,
}

/// Folders of the cache with the packages of Prometheus 3; the name of their suite follows.
const UNPACKED: &str = "prometheus-";

/// Variables that make a missing component a failure. CI systems set the last.
const REQUIRED_BY: [&str; 2] = ["TACHOGRAPH_REQUIRE_COMPONENTS", "CI"];

impl Component {
    /// Where the component is: at the place that its `TACHOGRAPH_*` variable names, else where `tests/setup/components` puts it.
    ///
    /// `None` when it is missing, after a line on standard error that says which test is skipped. Where `CI` or
    /// `TACHOGRAPH_REQUIRE_COMPONENTS` is `true` or `1`, a missing component panics instead, so that nothing is skipped unseen. What
    /// comes from a suite that is still moving may be away for a day: only the second variable asks for that.
    pub fn find(self) -> Option<PathBuf> {
        let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let found = self.locate(variable);
        if found.is_none() {
            // libtest names the thread of a test after it.
            let test = thread::current().name().unwrap_or("a test").to_owned();
            let reason = format!("{self} not found (run tests/setup/components)");
            let is_on = |name: &&&str| env::var(name).is_ok_and(|value| value == "true" || value == "1");
            if let Some(variable) = self.required_by().iter().find(is_on) {
                panic!("{test}: {reason}, and {variable} forbids skipping");
            }
            // Not `eprintln!`, which libtest keeps for itself while a test passes.
            let _ = writeln!(io::stderr(), "SKIPPED {test}: {reason}");
        }
        found
    }

    fn locate(self, variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
        if let Some(path) = variable(self.variable()).map(PathBuf::from) {
            assert!(self.is_at(&path), "{} names {}, where there is no {self}", self.variable(), path.display());
            return Some(path);
        }
        let path = variable("PATH").unwrap_or_default();
        let in_path = env::split_paths(&path).filter_map(|folder| match self {
            Self::Postgres => Some(folder),
            // There, the same names are of the version that the system chose.
            Self::Prometheus3 | Self::Promtool3 => None,
            Self::Python => Some(folder.join("python3")),
            Self::Otelcol
            | Self::Prometheus
            | Self::Promtool
            | Self::Alertmanager
            | Self::Amtool
            | Self::Redis
            | Self::Jq
            | Self::Chromium
            | Self::Node => Some(folder.join(self.to_string())),
            Self::PageTest | Self::PageBuild => None,
        });
        self.usual_places(variable).into_iter().chain(in_path).find(|path| self.is_at(path))
    }

    fn required_by(self) -> &'static [&'static str] {
        match self {
            Self::Prometheus3 | Self::Promtool3 => &REQUIRED_BY[..1],
            _ => &REQUIRED_BY,
        }
    }

    fn variable(self) -> &'static str {
        match self {
            Self::Otelcol => "TACHOGRAPH_OTELCOL",
            Self::Prometheus => "TACHOGRAPH_PROMETHEUS",
            Self::Promtool => "TACHOGRAPH_PROMTOOL",
            Self::Alertmanager => "TACHOGRAPH_ALERTMANAGER",
            Self::Amtool => "TACHOGRAPH_AMTOOL",
            Self::Prometheus3 => "TACHOGRAPH_PROMETHEUS_3",
            Self::Promtool3 => "TACHOGRAPH_PROMTOOL_3",
            Self::Python => "TACHOGRAPH_PYTHON",
            Self::Redis => "TACHOGRAPH_REDIS",
            Self::Jq => "TACHOGRAPH_JQ",
            Self::Postgres => "TACHOGRAPH_POSTGRES_BIN",
            Self::Chromium => "TACHOGRAPH_CHROMIUM",
            Self::Node => "TACHOGRAPH_NODE",
            Self::PageTest => "TACHOGRAPH_PAGE_TEST",
            Self::PageBuild => "TACHOGRAPH_PAGE_BUILD",
        }
    }

    fn is_at(self, path: &Path) -> bool {
        match self {
            Self::Postgres => path.join("initdb").is_file() && path.join("postgres").is_file(),
            Self::Python => has_parsers(path),
            Self::PageTest => path.join("playwright-core").is_dir(),
            Self::PageBuild => path.join("uplot").is_dir(),
            _ => path.is_file(),
        }
    }

    /// Places outside of `PATH`, the best first.
    fn usual_places(self, variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
        match self {
            Self::Otelcol => {
                // One for each state of the manifest that was ever built: the last one is of the present state.
                cached("otelcol-", variable).map(|folder| folder.join("otelcol")).collect()
            }
            // One for each suite that it was ever unpacked from.
            Self::Prometheus3 => cached(UNPACKED, variable).map(|root| root.join("usr/bin/prometheus")).collect(),
            Self::Promtool3 => cached(UNPACKED, variable).map(|root| root.join("usr/bin/promtool")).collect(),
            // Debian's package serves Debian's interpreter, which need not be the first in `PATH`.
            Self::Python => vec!["/usr/bin/python3".into()],
            Self::Postgres => {
                let mut versions = entries(Path::new("/usr/lib/postgresql"), "");
                let number = |folder: &PathBuf| folder.file_name()?.to_str()?.parse::<u32>().ok();
                versions.sort_by_key(number);
                versions.into_iter().rev().map(|folder| folder.join("bin")).collect()
            }
            Self::PageTest => vec![page_test().join("node_modules")],
            Self::PageBuild => vec![page_sources().join("node_modules")],
            Self::Prometheus
            | Self::Promtool
            | Self::Alertmanager
            | Self::Amtool
            | Self::Redis
            | Self::Jq
            | Self::Chromium
            | Self::Node => Vec::new(),
        }
    }
}

/// The browser test of the monitoring page.
pub(super) fn page_test() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("page")
}

/// The sources of the monitoring page.
pub(super) fn page_sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/tachograph-monitor/page")
}

/// As the program is called, where that says enough.
impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Otelcol => "otelcol",
            Self::Prometheus => "prometheus",
            Self::Promtool => "promtool",
            Self::Alertmanager => "prometheus-alertmanager",
            Self::Amtool => "amtool",
            Self::Prometheus3 => "prometheus of version 3",
            Self::Promtool3 => "promtool of version 3",
            Self::Python => "python3 with prometheus_client",
            Self::Redis => "redis-server",
            Self::Jq => "jq",
            Self::Chromium => "chromium",
            Self::Node => "node",
            Self::PageTest => "the modules of tests/page",
            Self::PageBuild => "the modules of crates/tachograph-monitor/page",
            Self::Postgres => "postgres",
        })
    }
}

/// Folders of the cache whose names start with `prefix`, the newest first.
fn cached(prefix: &str, variable: impl Fn(&str) -> Option<OsString>) -> impl Iterator<Item = PathBuf> {
    let cache = variable("TACHOGRAPH_CACHE").map(PathBuf::from).or_else(|| {
        let of_home = || variable("HOME").map(|home| Path::new(&home).join(".cache"));
        Some(variable("XDG_CACHE_HOME").map(PathBuf::from).or_else(of_home)?.join("tachograph"))
    });
    let mut found = cache.map(|cache| entries(&cache, prefix)).unwrap_or_default();
    found.sort_by_key(|folder| folder.metadata().and_then(|metadata| metadata.modified()).ok());
    found.into_iter().rev()
}

fn has_parsers(python: &Path) -> bool {
    let mut command = Command::new(python);
    command.args(["-c", "import prometheus_client.openmetrics.parser"]).stdin(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn entries(folder: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let starts = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(prefix));
    entries.flatten().map(|entry| entry.path()).filter(starts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &Path) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }

    #[test]
    fn the_variable_goes_before_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let (named, in_path) = (folder.path().join("a/my-redis"), folder.path().join("b/redis-server"));
        file(&named);
        file(&in_path);
        let path = |name: &str| (name == "PATH").then(|| in_path.parent().unwrap().into());
        assert_eq!(Component::Redis.locate(path), Some(in_path.clone()));
        let both = |name: &str| if name == "TACHOGRAPH_REDIS" { Some(named.clone().into()) } else { path(name) };
        assert_eq!(Component::Redis.locate(both), Some(named.clone()));
    }

    #[test]
    fn the_collector_of_the_cache_goes_before_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let (built, in_path) = (folder.path().join("tachograph/otelcol-1/otelcol"), folder.path().join("bin/otelcol"));
        file(&built);
        file(&in_path);
        let variable = |name: &str| match name {
            "PATH" => Some(in_path.parent().unwrap().into()),
            "XDG_CACHE_HOME" => Some(folder.path().into()),
            _ => None,
        };
        assert_eq!(Component::Otelcol.locate(variable), Some(built));
    }

    #[test]
    fn prometheus_3_is_the_one_of_the_cache_and_never_that_of_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let (unpacked, in_path) = (folder.path().join("prometheus-next/usr/bin/prometheus"), folder.path().join("bin"));
        file(&in_path.join("prometheus"));
        let variable = |name: &str| match name {
            "PATH" => Some(in_path.clone().into()),
            "TACHOGRAPH_CACHE" => Some(folder.path().into()),
            _ => None,
        };
        assert_eq!(Component::Prometheus3.locate(variable), None);
        file(&unpacked);
        assert_eq!(Component::Prometheus3.locate(variable), Some(unpacked));
        assert_eq!(Component::Prometheus.locate(variable), Some(in_path.join("prometheus")));
    }

    #[test]
    fn a_python_without_the_parsers_is_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let python = folder.path().join("python3");
        file(&python);
        assert!(!Component::Python.is_at(&python));
    }

    #[test]
    fn what_is_nowhere_is_not_found() {
        assert_eq!(Component::Promtool.locate(|_| None), None);
    }

    #[test]
    #[should_panic(expected = "TACHOGRAPH_REDIS names /nowhere, where there is no redis-server")]
    fn a_variable_that_names_nothing_is_an_error() {
        Component::Redis.locate(|name| (name == "TACHOGRAPH_REDIS").then(|| "/nowhere".into()));
    }
}
