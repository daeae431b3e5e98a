//! What can be chosen at the top of a dashboard.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::{Profile, query::expand};
use crate::operations::{kit, yaml};

/// The source of every panel.
pub const DATASOURCE: &str = "${datasource}";

/// Matches every value of a label.
const ANY: &str = ".+";
/// Matches the series that lack the label as well.
const ANY_OR_NONE: &str = ".*";

/// A variable with the values of a label.
#[derive(Clone, Debug)]
pub struct Variable {
    name: &'static str,
    label: &'static str,
    query: String,
    classic: Option<String>,
    all: &'static str,
}

impl Variable {
    /// The values of `wanted` among series that `selector` finds, with words in capitals as in queries.
    pub fn values(name: &'static str, label: &'static str, selector: &str, wanted: &str) -> Self {
        let query = format!("label_values({}, {wanted})", expand(selector));
        Self { name, label, query, classic: None, all: ANY_OR_NONE }
    }

    /// The same with classic names.
    pub fn classic(mut self, selector: &str, wanted: &str) -> Self {
        self.classic = Some(format!("label_values({}, {wanted})", expand(selector)));
        self
    }

    /// Series that lack the label are of no interest.
    pub fn present(mut self) -> Self {
        self.all = ANY;
        self
    }

    fn json(&self, profile: Profile) -> Value {
        let query = match profile {
            Profile::Classic => self.classic.as_ref().unwrap_or(&self.query),
            Profile::OpenTelemetry => &self.query,
        };
        json!({
            "name": self.name, "label": self.label, "type": "query", "hide": 0, "skipUrlSync": false,
            "datasource": {"type": "prometheus", "uid": DATASOURCE},
            "definition": query, "query": {"query": query, "refId": "StandardVariableQuery", "qryType": 1},
            // With each change of the time.
            "refresh": 2, "sort": 1, "regex": "",
            "multi": true, "includeAll": true, "allValue": self.all,
            "current": {"selected": true, "text": ["All"], "value": ["$__all"]}, "options": [],
        })
    }
}

/// Those of every dashboard, and more.
pub fn variables(more: &[Variable], profile: Profile) -> Value {
    let job = Variable::values("job", "Job", "target_info", "job").present();
    let instance = Variable::values("instance", "Instance", "target_info{JOB}", "instance").present();
    let mut all = vec![source("datasource", "Data source", "prometheus", 0)];
    all.extend([job, instance].iter().chain(more).map(|variable| variable.json(profile)));
    all.extend(
        [("tempo", "Tempo"), ("jaeger", "Jaeger"), ("loki", "Loki")].map(|(kind, label)| source(kind, label, kind, 2)),
    );
    all.push(runbooks());
    all.into()
}

fn source(name: &str, label: &str, kind: &str, hide: u8) -> Value {
    json!({
        "name": name, "label": label, "type": "datasource", "query": kind, "hide": hide, "skipUrlSync": false,
        "refresh": 1, "regex": "", "multi": false, "includeAll": false, "options": [], "current": {},
    })
}

/// Where the pages about alerts are: as in the configuration of Prometheus.
fn runbooks() -> Value {
    static CONFIG: LazyLock<Value> = LazyLock::new(|| yaml(&kit().join("prometheus/prometheus.yaml")));
    let address = &CONFIG["global"]["external_labels"]["runbooks"];
    json!({
        "name": "runbooks", "label": "Runbooks", "type": "constant", "query": address, "hide": 2, "skipUrlSync": true,
        "current": {"selected": false, "text": address, "value": address}, "options": [],
    })
}
