//! What is chosen at the top of a dashboard: everything that can be, of one service.

use serde_json::Value;
use tests::components::{Prometheus, exposition::Sample};

use super::{OF_GRAFANA, array};

/// Values by variable.
pub(super) struct Choices(Vec<(String, Vec<String>)>);

impl Choices {
    /// Asks Prometheus as Grafana does.
    pub(super) fn of(dashboard: &Value, job: &str, prometheus: &Prometheus) -> Self {
        let mut choices = Self(OF_GRAFANA.map(|(name, value)| (name.to_owned(), vec![value.to_owned()])).into());
        let variables = array(&dashboard["templating"]["list"]).iter().filter(|variable| variable["type"] == "query");
        for variable in variables {
            let name = format!("${}", variable["name"].as_str().unwrap());
            let mut values = choices.values(variable["definition"].as_str().unwrap(), prometheus);
            if name == "$job" {
                values.retain(|value| value == job);
            }
            choices.0.push((name, values));
        }
        choices
    }

    /// `label_values(series, label)`.
    fn values(&self, query: &str, prometheus: &Prometheus) -> Vec<String> {
        let arguments = query.strip_prefix("label_values(").unwrap().trim_end_matches(')');
        let (series, label) = arguments.rsplit_once(", ").unwrap();
        let found = prometheus.query(&self.put_into(&format!("group by ({label}) ({series})"), None));
        let value =
            |mut sample: Sample| if label == "__name__" { Some(sample.name) } else { sample.labels.remove(label) };
        found.into_iter().filter_map(value).collect()
    }

    /// The expression with all values, or the first one where there is a panel for each.
    pub(super) fn put_into(&self, expr: &str, repeated: Option<&str>) -> String {
        self.0.iter().fold(expr.to_owned(), |expr, (name, values)| {
            let one = repeated.is_some_and(|variable| name[1..] == *variable);
            let value = if one { values.first().cloned().unwrap_or_default() } else { values.join("|") };
            expr.replace(name.as_str(), &value)
        })
    }
}
