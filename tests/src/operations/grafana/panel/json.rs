//! Panels as Grafana takes them.

use serde_json::{Value, json};

use super::{Kind, Panel};
use crate::operations::grafana::{Profile, link, query::Query, threshold, variable::DATASOURCE};

impl Panel {
    /// As Grafana takes it, but for its place.
    pub(in crate::operations::grafana) fn json(&self, profile: Profile) -> Value {
        let queries = self.queries(profile);
        let of_service = queries.iter().any(Query::is_of_service);
        let links = if of_service { link::explore(self.failures).to_vec() } else { Vec::new() };
        let mut panel = json!({
            "title": self.title,
            "description": self.description,
            "datasource": {"type": "prometheus", "uid": DATASOURCE},
            "fieldConfig": {
                "defaults": {
                    "unit": self.unit,
                    "links": links,
                    "mappings": self.mappings(),
                    "thresholds": {"mode": "absolute", "steps": threshold::steps(&self.bounds)},
                },
                "overrides": [],
            },
            "links": self.alerts.iter().map(|alert| link::runbook(alert)).collect::<Value>(),
            "targets": queries.iter().zip('A'..).map(|(query, id)| self.target(query, id)).collect::<Value>(),
        });
        if let Some(variable) = self.repeated {
            panel["repeat"] = variable.into();
            panel["repeatDirection"] = "h".into();
            panel["maxPerRow"] = 3.into();
        }
        let defaults = &mut panel["fieldConfig"]["defaults"];
        match self.kind {
            Kind::Timeseries => {
                let lines = if self.bounds.is_empty() { "off" } else { "dashed" };
                defaults["color"] = json!({"mode": "palette-classic"});
                defaults["custom"] = json!({
                    "drawStyle": "line", "lineWidth": 1, "fillOpacity": 8, "showPoints": "never", "spanNulls": false,
                    "thresholdsStyle": {"mode": lines},
                });
                panel["type"] = "timeseries".into();
                panel["options"] = json!({
                    "legend": {"displayMode": "table", "placement": "bottom", "showLegend": true, "calcs": ["lastNotNull", "max"]},
                    "tooltip": {"mode": "multi", "sort": "desc"},
                });
            }
            Kind::Stat => {
                defaults["color"] = json!({"mode": "thresholds"});
                panel["type"] = "stat".into();
                panel["options"] = json!({
                    "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": false},
                    "colorMode": "value", "graphMode": "area", "textMode": "auto", "justifyMode": "auto", "orientation": "auto",
                });
            }
            Kind::Table => {
                defaults["custom"] = json!({"filterable": true});
                panel["type"] = "table".into();
                panel["options"] = json!({"showHeader": true, "sortBy": [{"displayName": "Value", "desc": true}]});
                panel["transformations"] = json!([
                    {"id": "organize", "options": {"excludeByName": {"Time": true, "__name__": true}}},
                ]);
            }
        }
        panel
    }

    fn target(&self, query: &Query, id: char) -> Value {
        let mut target = json!({
            "refId": id.to_string(), "expr": query.expr(), "legendFormat": query.legend(), "editorMode": "code",
            "datasource": {"type": "prometheus", "uid": DATASOURCE},
        });
        // What is counted over all the time that is looked at is asked for once.
        let instant = self.kind == Kind::Table || query.expr().contains("[$__range]") || query.expr().contains("[1d]");
        target[if instant { "instant" } else { "range" }] = true.into();
        target["format"] = if self.kind == Kind::Table { "table" } else { "time_series" }.into();
        target
    }

    fn mappings(&self) -> Value {
        if self.words.is_empty() {
            return json!([]);
        }
        let words = self.words.iter().zip(0..);
        let options: serde_json::Map<_, _> = words
            .map(|((number, text, colour), index)| {
                ((*number).to_owned(), json!({"text": text, "color": colour, "index": index}))
            })
            .collect();
        json!([{"type": "value", "options": options}])
    }
}
