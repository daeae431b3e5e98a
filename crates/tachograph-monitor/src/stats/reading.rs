//! The metrics of one moment, sorted by what they are about.
//!
//! It is filled from points and knows no time: what has changed since, and when, is the [`Timeline`](super::timeline)'s.

mod keys;
mod models;

use std::collections::BTreeMap;

use tachograph_core::{
    semconv::{attribute as attr, metric, value},
    source::{HistogramPoint, Point, PointValue},
};

use self::{
    keys::{Key, text},
    models::Models,
};
use super::{
    names::Names,
    tally::{Ending, Tally},
};

/// Everything that the statistics are made of, since the start of the process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reading {
    /// By method and route.
    pub(crate) endpoints: Names<Tally>,
    pub(crate) agents: Names<Agent>,
    /// By provider and model.
    pub(crate) models: Names<Model>,
    pub(crate) tools: Names<Tally>,
    pub(crate) workflows: Names<Tally>,
    pub(crate) commands: Names<Tally>,
    pub(crate) rpc: Names<Tally>,
    pub(crate) rpc_clients: Names<Tally>,
    pub(crate) http_clients: Names<Tally>,
    pub(crate) databases: Names<Database>,
    pub(crate) caches: Names<Cache>,
    pub(crate) totals: Totals,
    pub(crate) active_operations: BTreeMap<String, i64>,
    pub(crate) active_users: Option<f64>,
    pub(crate) database_connections: Option<f64>,
    by_names_of: Models,
    key: Key,
}

/// The sums over all that has a name, and over what there was no room for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Totals {
    pub(crate) http: Tally,
    pub(crate) agents: Tally,
    pub(crate) models: Tally,
    pub(crate) tools: Tally,
    pub(crate) databases: Tally,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    pub(crate) cost_usd: f64,
    pub(crate) unpriced: u64,
    pub(crate) cache_hits: u64,
    pub(crate) cache_misses: u64,
    pub(crate) rate_limited: u64,
    pub(crate) active_requests: i64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Agent {
    pub(crate) calls: Tally,
    pub(crate) cost_usd: f64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Model {
    pub(crate) provider: String,
    pub(crate) name: String,
    pub(crate) calls: Tally,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    pub(crate) cost_usd: f64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Database {
    pub(crate) system: String,
    pub(crate) calls: Tally,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cache {
    pub(crate) hits: u64,
    pub(crate) misses: u64,
    /// Operations of every sort, look-ups included.
    pub(crate) operations: u64,
    pub(crate) entries: Option<f64>,
}

impl Reading {
    /// Forgets the numbers and keeps the names.
    pub(crate) fn clear(&mut self) {
        for tallies in [
            &mut self.endpoints,
            &mut self.tools,
            &mut self.workflows,
            &mut self.commands,
            &mut self.rpc,
            &mut self.rpc_clients,
            &mut self.http_clients,
        ] {
            tallies.values_mut().for_each(Tally::clear);
        }
        self.databases.values_mut().for_each(|database| database.calls.clear());
        self.caches.values_mut().for_each(|cache| *cache = Cache::default());
        for agent in self.agents.values_mut() {
            agent.calls.clear();
            agent.cost_usd = 0.0;
        }
        self.by_names_of.clear();
        self.totals.clear();
        self.active_operations.values_mut().for_each(|active| *active = 0);
        (self.active_users, self.database_connections) = (None, None);
    }

    /// Takes in one point. What it says nothing about is passed over.
    pub(crate) fn point(&mut self, point: &Point<'_>) {
        match point.value {
            PointValue::Histogram(histogram) => self.histogram(point, &histogram),
            PointValue::Counter(value) => self.counter(point, value),
            PointValue::Gauge(value) => self.gauge(point, value),
            _ => {}
        }
    }

    /// Adds up what has to be seen whole.
    pub(crate) fn finish(&mut self) {
        self.by_names_of.settle(&mut self.models, &mut self.totals);
    }

    /// How many names of each group there was no room for.
    pub(crate) fn omitted(&self) -> [(&'static str, usize); 11] {
        [
            ("endpoints", self.endpoints.omitted()),
            ("agents", self.agents.omitted()),
            ("models", self.by_names_of.omitted()),
            ("tools", self.tools.omitted()),
            ("workflows", self.workflows.omitted()),
            ("commands", self.commands.omitted()),
            ("rpc", self.rpc.omitted()),
            ("rpc_clients", self.rpc_clients.omitted()),
            ("http_clients", self.http_clients.omitted()),
            ("databases", self.databases.omitted()),
            ("caches", self.caches.omitted()),
        ]
    }

    fn histogram(&mut self, point: &Point<'_>, histogram: &HistogramPoint<'_>) {
        let Self { key, totals, .. } = self;
        let ending = ending(point);
        match point.metric {
            metric::HTTP_DURATION => {
                let ending = http_ending(point, ending);
                totals.http.add(ending, histogram);
                let name = key.words(point, attr::HTTP_REQUEST_METHOD, attr::HTTP_ROUTE, "(no route)");
                count(&mut self.endpoints, name, ending, histogram);
            }
            metric::AGENT_DURATION => {
                totals.agents.add(ending, histogram);
                if let Some(agent) = self.agents.get_or_add(key.word(point, attr::GEN_AI_AGENT_NAME)) {
                    agent.calls.add(ending, histogram);
                }
            }
            metric::TOOL_DURATION => {
                totals.tools.add(ending, histogram);
                count(&mut self.tools, key.word(point, attr::GEN_AI_TOOL_NAME), ending, histogram);
            }
            metric::DB_DURATION => {
                totals.databases.add(ending, histogram);
                if let Some(database) = self.databases.get_or_add(key.statement(point)) {
                    if database.system.is_empty() {
                        text(point, attr::DB_SYSTEM_NAME, |system| database.system.push_str(system));
                    }
                    database.calls.add(ending, histogram);
                }
            }
            metric::WORKFLOW_DURATION => {
                count(&mut self.workflows, key.word(point, attr::GEN_AI_WORKFLOW_NAME), ending, histogram);
            }
            metric::COMMAND_DURATION => {
                count(&mut self.commands, key.word(point, attr::COMMAND_NAME), ending, histogram);
            }
            metric::RPC_SERVER_DURATION => {
                count(&mut self.rpc, key.word(point, attr::RPC_METHOD), ending, histogram);
            }
            metric::RPC_CLIENT_DURATION => {
                count(&mut self.rpc_clients, key.word(point, attr::RPC_METHOD), ending, histogram);
            }
            metric::HTTP_CLIENT_DURATION => {
                let name = key.words(point, attr::HTTP_REQUEST_METHOD, attr::SERVER_ADDRESS, "(no host)");
                count(&mut self.http_clients, name, ending, histogram);
            }
            _ => self.by_names_of.histogram(point, ending, histogram, key),
        }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts are whole and not negative")]
    fn counter(&mut self, point: &Point<'_>, counted: f64) {
        match point.metric {
            metric::RATE_LIMITED => self.totals.rate_limited += counted as u64,
            metric::CACHE_OPERATIONS => {
                let Some(cache) = self.caches.get_or_add(self.key.word(point, attr::CACHE_NAME)) else { return };
                cache.operations += counted as u64;
                text(point, attr::CACHE_RESULT, |result| match result {
                    value::HIT => {
                        cache.hits += counted as u64;
                        self.totals.cache_hits += counted as u64;
                    }
                    value::MISS => {
                        cache.misses += counted as u64;
                        self.totals.cache_misses += counted as u64;
                    }
                    _ => {}
                });
            }
            metric::LLM_COST => {
                self.totals.cost_usd += counted;
                self.by_names_of.cost(point, counted, &mut self.key);
                text(point, attr::GEN_AI_AGENT_NAME, |agent| {
                    if let Some(agent) = self.agents.get_or_add(agent) {
                        agent.cost_usd += counted;
                    }
                });
            }
            metric::LLM_UNPRICED => self.totals.unpriced += counted as u64,
            _ => self.by_names_of.counter(point, counted as u64, &mut self.key),
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "calls in flight are whole and few")]
    fn gauge(&mut self, point: &Point<'_>, now: f64) {
        match point.metric {
            metric::HTTP_ACTIVE => self.totals.active_requests += now as i64,
            metric::OPERATIONS_ACTIVE => text(point, attr::OPERATION_KIND, |kind| {
                *self.active_operations.entry(kind.to_owned()).or_default() += now as i64;
            }),
            metric::CACHE_SIZE => {
                if let Some(cache) = self.caches.get_or_add(self.key.word(point, attr::CACHE_NAME)) {
                    *cache.entries.get_or_insert(0.0) += now;
                }
            }
            metric::USERS_ACTIVE => self.active_users = Some(now),
            metric::DATABASE_CONNECTIONS => self.database_connections = Some(now),
            _ => {}
        }
    }
}

impl Totals {
    fn clear(&mut self) {
        let Self { http, agents, models, tools, databases, .. } = std::mem::take(self);
        let cleared = |mut tally: Tally| {
            tally.clear();
            tally
        };
        *self = Self {
            http: cleared(http),
            agents: cleared(agents),
            models: cleared(models),
            tools: cleared(tools),
            databases: cleared(databases),
            ..Self::default()
        };
    }
}

fn count(names: &mut Names<Tally>, name: &str, ending: Ending, histogram: &HistogramPoint<'_>) {
    if let Some(tally) = names.get_or_add(name) {
        tally.add(ending, histogram);
    }
}

fn ending(point: &Point<'_>) -> Ending {
    let mut ending = Ending::Fine;
    text(point, attr::ERROR_TYPE, |error| {
        ending = if error == value::CANCELLED { Ending::Cancelled } else { Ending::Failed };
    });
    ending
}

/// A request that its client gave up is neither's mistake, whatever status had been sent by then.
fn http_ending(point: &Point<'_>, ending: Ending) -> Ending {
    if ending == Ending::Cancelled {
        return ending;
    }
    let status = match point.attribute(attr::HTTP_RESPONSE_STATUS_CODE) {
        Some(opentelemetry::Value::I64(status)) => *status,
        _ => 0,
    };
    match status {
        400..500 => Ending::ClientError,
        500..600 => Ending::ServerError,
        _ => ending,
    }
}

#[cfg(test)]
mod tests;
