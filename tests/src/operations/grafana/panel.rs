//! Panels: what they show, in which unit, and for which alerts.

mod json;

use super::{
    Profile,
    query::Query,
    threshold::{self, Bound},
};

/// Units of Grafana.
pub mod unit {
    /// A number, shortened.
    pub const NUMBER: &str = "short";
    /// Part of a whole, from 0 to 1.
    pub const RATIO: &str = "percentunit";
    /// Seconds.
    pub const SECONDS: &str = "s";
    /// Requests a second.
    pub const REQUESTS: &str = "reqps";
    /// Operations a second.
    pub const OPERATIONS: &str = "ops";
    /// Things a second that are no operations.
    pub const COUNTS: &str = "cps";
    /// Things a minute.
    pub const COUNTS_A_MINUTE: &str = "cpm";
    /// Bytes.
    pub const BYTES: &str = "bytes";
    /// US dollars.
    pub const USD: &str = "currencyUSD";
}

/// Words for numbers: the number, the word, and its colour.
pub type Words = &'static [(&'static str, &'static str, &'static str)];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Timeseries,
    Stat,
    Table,
}

#[derive(Clone, Debug)]
enum Classic {
    Same,
    Queries(Vec<Query>),
    Missing,
}

/// One panel.
#[derive(Clone, Debug)]
pub struct Panel {
    kind: Kind,
    title: &'static str,
    description: &'static str,
    unit: &'static str,
    queries: Vec<Query>,
    classic: Classic,
    alerts: Vec<String>,
    bounds: Vec<(String, Bound)>,
    words: Words,
    failures: bool,
    repeated: Option<&'static str>,
    width: u64,
    height: u64,
}

impl Panel {
    fn new(kind: Kind, title: &'static str, unit: &'static str, description: &'static str) -> Self {
        let (width, height) = if kind == Kind::Stat { (6, 4) } else { (8, 8) };
        let (queries, alerts, bounds) = (Vec::new(), Vec::new(), Vec::new());
        let classic = Classic::Same;
        Self {
            kind,
            title,
            description,
            unit,
            queries,
            classic,
            alerts,
            bounds,
            words: &[],
            failures: false,
            repeated: None,
            width,
            height,
        }
    }

    /// Lines over time.
    pub fn timeseries(title: &'static str, unit: &'static str, description: &'static str) -> Self {
        Self::new(Kind::Timeseries, title, unit, description)
    }

    /// The last number of each series.
    pub fn stat(title: &'static str, unit: &'static str, description: &'static str) -> Self {
        Self::new(Kind::Stat, title, unit, description)
    }

    /// A row for each series.
    pub fn table(title: &'static str, unit: &'static str, description: &'static str) -> Self {
        Self::new(Kind::Table, title, unit, description)
    }

    /// What it shows; several times for several queries.
    pub fn query(mut self, expr: impl Into<String>, legend: &str) -> Self {
        self.queries.push(Query::new(expr, legend));
        self
    }

    /// What it shows of a service that has classic names, where the other queries do not find that.
    pub fn classic(mut self, expr: impl Into<String>, legend: &str) -> Self {
        let query = Query::new(expr, legend);
        match &mut self.classic {
            Classic::Queries(queries) => queries.push(query),
            _ => self.classic = Classic::Queries(vec![query]),
        }
        self
    }

    /// Classic names cannot tell this.
    pub fn without_classic(mut self) -> Self {
        self.classic = Classic::Missing;
        self
    }

    /// Shows what this alert is about.
    pub fn alert(mut self, name: &str) -> Self {
        self.alerts.push(name.to_owned());
        self
    }

    /// The same, and has a line where it fires. The panel has to show what the alert compares, in the same unit.
    pub fn bound(mut self, name: &str) -> Self {
        let bound = threshold::bound(&threshold::alert(name).expr);
        self.bounds.push((name.to_owned(), bound.unwrap_or_else(|| panic!("{name} compares with no number"))));
        self.alert(name)
    }

    /// The same for an alert that compares with a multiple of something: it fires above that.
    pub fn bound_at(mut self, name: &str, number: f64) -> Self {
        self.bounds.push((name.to_owned(), Bound { above: true, number }));
        self.alert(name)
    }

    /// Says these words for these numbers.
    pub fn words(mut self, words: Words) -> Self {
        self.words = words;
        self
    }

    /// It is about what went wrong: links lead to that.
    pub fn failures(mut self) -> Self {
        self.failures = true;
        self
    }

    /// Stands there once for each value of a variable, three in a line.
    pub fn repeated(mut self, variable: &'static str) -> Self {
        self.repeated = Some(variable);
        self
    }

    /// In columns, of which a dashboard has 24.
    pub fn wide(mut self, columns: u64) -> Self {
        self.width = columns;
        self
    }

    /// Columns and rows that it takes.
    pub(super) fn size(&self) -> (u64, u64) {
        (self.width, self.height)
    }

    fn queries(&self, profile: Profile) -> &[Query] {
        match (&self.classic, profile) {
            (Classic::Queries(classic), Profile::Classic) => classic,
            (Classic::Missing, Profile::Classic) => &[],
            _ => &self.queries,
        }
    }

    /// Whether it has something to show.
    pub(super) fn is_in(&self, profile: Profile) -> bool {
        !self.queries(profile).is_empty()
    }
}
