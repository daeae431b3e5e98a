//! The dashboards of Grafana, as they are written: the JSON of `collector-config/grafana` is made of these, so that panels of a sort are
//! alike, and numbers are those of the alerts.
//!
//! | module | holds |
//! |---|---|
//! | [`dashboard`] | a dashboard: variables, rows of panels, where each panel stands |
//! | [`panel`] | a panel: what it shows, in which unit, for which alerts |
//! | [`query`] | an expression in PromQL, and how the usual ones are put together |
//! | [`variable`] | what can be chosen at the top of a dashboard |
//! | [`threshold`] | the numbers of alerts as lines and colours |
//! | [`link`] | ways out: runbooks, traces, logs, other dashboards |
//! | [`dashboards`] | the dashboards themselves, a file for each |
//!
//! No query asks for exemplars: the Rust SDK of OpenTelemetry records none, and each would be a second request for nothing.

pub mod dashboard;
pub mod dashboards;
pub mod link;
pub mod panel;
pub mod query;
pub mod threshold;
pub mod variable;

use std::{path::PathBuf, sync::LazyLock};

use serde_json::Value;

use super::kit;

/// Which names of metrics a set of dashboards asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// Those of OpenTelemetry, and recorded series.
    OpenTelemetry,
    /// The classic ones, for services that are scraped with `TACHOGRAPH_METRIC_NAMES=classic`. Rules record nothing of those.
    Classic,
}

impl Profile {
    /// Both.
    pub const ALL: [Self; 2] = [Self::OpenTelemetry, Self::Classic];

    /// Where its dashboards are, below the kit.
    pub fn folder(self) -> &'static str {
        match self {
            Self::OpenTelemetry => "grafana/dashboards",
            Self::Classic => "grafana/dashboards-classic",
        }
    }

    /// What the dashboards have in common: how each `uid` begins, and how they link each other.
    pub fn tag(self) -> &'static str {
        match self {
            Self::OpenTelemetry => "tachograph",
            Self::Classic => "tachograph-classic",
        }
    }
}

/// A file that the repository holds, and what has to be in it.
#[derive(Clone, Debug)]
pub struct Made {
    /// Which names it asks for.
    pub profile: Profile,
    /// Where it is.
    pub path: PathBuf,
    /// Its content.
    pub json: Value,
}

impl Made {
    /// The content as it is written.
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(&self.json).expect("JSON of our own making");
        text.push('\n');
        text
    }
}

/// Every dashboard in every profile. They are made once: the rules that they take numbers from are read for that.
pub fn all() -> &'static [Made] {
    static ALL: LazyLock<Vec<Made>> = LazyLock::new(|| Profile::ALL.into_iter().flat_map(of_profile).collect());
    &ALL
}

fn of_profile(profile: Profile) -> impl Iterator<Item = Made> {
    dashboards::all().into_iter().map(move |dashboard| {
        let path = kit().join(profile.folder()).join(format!("tachograph-{}.json", dashboard.name()));
        Made { profile, path, json: dashboard.json(profile) }
    })
}
