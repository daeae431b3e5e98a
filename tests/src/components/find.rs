//! Where the programs are.

use std::{
    env,
    ffi::OsString,
    fmt, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
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
    /// The Redis server.
    Redis,
    /// The folder of PostgreSQL's `initdb` and `postgres`.
    Postgres,
}

/// Variables that make a missing component a failure. CI systems set the first.
const REQUIRED_BY: [&str; 2] = ["CI", "TACHOGRAPH_REQUIRE_COMPONENTS"];

impl Component {
    /// Where the component is: at the place that its `TACHOGRAPH_*` variable names, else where `tests/setup/components` puts it.
    ///
    /// `None` when it is missing, after a line on standard error that says which test is skipped. Where `CI` or
    /// `TACHOGRAPH_REQUIRE_COMPONENTS` is `true` or `1`, a missing component panics instead, so that nothing is skipped unseen.
    pub fn find(self) -> Option<PathBuf> {
        let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let found = self.locate(variable);
        if found.is_none() {
            // libtest names the thread of a test after it.
            let test = thread::current().name().unwrap_or("a test").to_owned();
            let reason = format!("{self} not found (run tests/setup/components)");
            let required = REQUIRED_BY.iter().any(|name| env::var(name).is_ok_and(|v| v == "true" || v == "1"));
            assert!(!required, "{test}: {reason}, and CI or TACHOGRAPH_REQUIRE_COMPONENTS forbids skipping");
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
        let in_path = env::split_paths(&path).map(|folder| match self {
            Self::Postgres => folder,
            _ => folder.join(self.to_string()),
        });
        self.usual_places(variable).into_iter().chain(in_path).find(|path| self.is_at(path))
    }

    fn variable(self) -> &'static str {
        match self {
            Self::Otelcol => "TACHOGRAPH_OTELCOL",
            Self::Prometheus => "TACHOGRAPH_PROMETHEUS",
            Self::Promtool => "TACHOGRAPH_PROMTOOL",
            Self::Redis => "TACHOGRAPH_REDIS",
            Self::Postgres => "TACHOGRAPH_POSTGRES_BIN",
        }
    }

    fn is_at(self, path: &Path) -> bool {
        match self {
            Self::Postgres => path.join("initdb").is_file() && path.join("postgres").is_file(),
            _ => path.is_file(),
        }
    }

    /// Places outside of `PATH`, the best first.
    fn usual_places(self, variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
        match self {
            Self::Otelcol => {
                let cache = variable("TACHOGRAPH_CACHE").map(PathBuf::from).or_else(|| {
                    let of_home = || variable("HOME").map(|home| Path::new(&home).join(".cache"));
                    Some(variable("XDG_CACHE_HOME").map(PathBuf::from).or_else(of_home)?.join("tachograph"))
                });
                // One for each state of the manifest that was ever built: the last one is of the present state.
                let mut built = cache.map(|cache| entries(&cache, "otelcol-")).unwrap_or_default();
                built.sort_by_key(|folder| folder.metadata().and_then(|metadata| metadata.modified()).ok());
                built.into_iter().rev().map(|folder| folder.join("otelcol")).collect()
            }
            Self::Postgres => {
                let mut versions = entries(Path::new("/usr/lib/postgresql"), "");
                let number = |folder: &PathBuf| folder.file_name()?.to_str()?.parse::<u32>().ok();
                versions.sort_by_key(number);
                versions.into_iter().rev().map(|folder| folder.join("bin")).collect()
            }
            Self::Prometheus | Self::Promtool | Self::Redis => Vec::new(),
        }
    }
}

/// As the program is called.
impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Otelcol => "otelcol",
            Self::Prometheus => "prometheus",
            Self::Promtool => "promtool",
            Self::Redis => "redis-server",
            Self::Postgres => "postgres",
        })
    }
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
    fn what_is_nowhere_is_not_found() {
        assert_eq!(Component::Promtool.locate(|_| None), None);
    }

    #[test]
    #[should_panic(expected = "TACHOGRAPH_REDIS names /nowhere, where there is no redis-server")]
    fn a_variable_that_names_nothing_is_an_error() {
        Component::Redis.locate(|name| (name == "TACHOGRAPH_REDIS").then(|| "/nowhere".into()));
    }
}
