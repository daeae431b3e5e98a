//! Dashboards: rows of panels, and where each panel stands.

use serde_json::{Value, json};

use super::{
    Profile, link,
    panel::Panel,
    query::expand,
    variable::{DATASOURCE, Variable, variables},
};

/// Columns of a dashboard.
const COLUMNS: u64 = 24;
/// The model of dashboards that the JSON is in; Grafana migrates it to its own.
const SCHEMA_VERSION: u64 = 39;

/// One dashboard.
#[derive(Clone, Debug)]
pub struct Dashboard {
    name: &'static str,
    title: &'static str,
    description: &'static str,
    variables: Vec<Variable>,
    rows: Vec<Row>,
}

/// Panels under one heading, from the left to the right, in as many lines as it takes.
#[derive(Clone, Debug)]
struct Row {
    title: &'static str,
    panels: Vec<Panel>,
}

impl Dashboard {
    /// The name is that of its file and of its `uid`, after `tachograph-`.
    pub fn new(name: &'static str, title: &'static str, description: &'static str) -> Self {
        Self { name, title, description, variables: Vec::new(), rows: Vec::new() }
    }

    /// With a variable beside those of every dashboard.
    pub fn with_variable(mut self, variable: Variable) -> Self {
        self.variables.push(variable);
        self
    }

    /// With a row below the others.
    pub fn with_row(mut self, title: &'static str, panels: Vec<Panel>) -> Self {
        self.rows.push(Row { title, panels });
        self
    }

    /// What its file is called, after `tachograph-`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// As Grafana takes it.
    pub fn json(&self, profile: Profile) -> Value {
        let title = match profile {
            Profile::OpenTelemetry => format!("Tachograph: {}", self.title),
            Profile::Classic => format!("Tachograph: {} (classic names)", self.title),
        };
        json!({
            "uid": format!("{}-{}", profile.tag(), self.name),
            "title": title,
            "description": self.description,
            "tags": [profile.tag()],
            "schemaVersion": SCHEMA_VERSION,
            "version": 1,
            "editable": false,
            "graphTooltip": 1,
            "refresh": "30s",
            "time": {"from": "now-1h", "to": "now"},
            "timepicker": {},
            "timezone": "browser",
            "fiscalYearStartMonth": 0,
            "links": [link::dashboards(profile.tag())],
            "annotations": {"list": annotations()},
            "templating": {"list": variables(&self.variables, profile)},
            "panels": self.panels(profile),
        })
    }

    fn panels(&self, profile: Profile) -> Vec<Value> {
        let mut places = Places::default();
        for row in &self.rows {
            let panels: Vec<_> = row.panels.iter().filter(|panel| panel.is_in(profile)).collect();
            if panels.is_empty() {
                continue;
            }
            places.put(json!({"type": "row", "title": row.title, "collapsed": false, "panels": []}), COLUMNS, 1);
            for panel in panels {
                let (width, height) = panel.size();
                places.put(panel.json(profile), width, height);
            }
        }
        places.panels
    }
}

/// Lines of panels, filled one after the other.
#[derive(Default)]
struct Places {
    panels: Vec<Value>,
    x: u64,
    y: u64,
    /// Of the line.
    height: u64,
}

impl Places {
    fn put(&mut self, mut panel: Value, width: u64, height: u64) {
        if self.x + width > COLUMNS {
            (self.x, self.y, self.height) = (0, self.y + self.height, 0);
        }
        panel["id"] = (self.panels.len() + 1).into();
        panel["gridPos"] = json!({"x": self.x, "y": self.y, "w": width, "h": height});
        self.x += width;
        self.height = self.height.max(height);
        self.panels.push(panel);
    }
}

/// What happened beside the numbers.
fn annotations() -> [Value; 2] {
    let annotation = |name: &str, colour: &str, expr: &str, title: &str| {
        json!({
            "name": name, "enable": true, "hide": false, "iconColor": colour, "expr": expand(expr), "titleFormat": title,
            "textFormat": "{{job}} {{instance}}", "step": "60s", "useValueForTime": false,
            "datasource": {"type": "prometheus", "uid": DATASOURCE},
        })
    };
    let alerts = "ALERTS{JOB,alertstate=\"firing\",severity=~\"critical|warning\"}";
    [
        annotation("Alerts", "red", alerts, "{{alertname}}"),
        annotation("Restarts", "blue", "resets(process_uptime_seconds{SERVICE}[$__rate_interval]) > 0", "Restart"),
    ]
}
