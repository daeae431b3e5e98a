//! The instruments of one [`Telemetry`](crate::Telemetry), made when first used.
//!
//! Lazily, because the SDK reserves memory for every instrument at its cardinality limit: an application that runs no
//! workflow should not pay for the workflow histogram.

use std::sync::OnceLock;

use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter, UpDownCounter};

use crate::{
    operation::Kind,
    semconv::{bucket, metric, unit},
};

pub(crate) struct Instruments {
    meter: Meter,
    durations: [OnceLock<Histogram<f64>>; Kind::COUNT],
    tokens: OnceLock<Histogram<u64>>,
    active: OnceLock<UpDownCounter<i64>>,
    http_active: OnceLock<UpDownCounter<i64>>,
    request_size: OnceLock<Histogram<u64>>,
    response_size: OnceLock<Histogram<u64>>,
    cache_operations: OnceLock<Counter<u64>>,
    cost: OnceLock<Counter<f64>>,
    errors: OnceLock<Counter<u64>>,
    system_health: OnceLock<Gauge<f64>>,
    users_active: OnceLock<Gauge<u64>>,
    database_connections: OnceLock<Gauge<u64>>,
}

impl Instruments {
    pub(crate) fn new(meter: Meter) -> Self {
        Self {
            meter,
            durations: Default::default(),
            tokens: OnceLock::new(),
            active: OnceLock::new(),
            http_active: OnceLock::new(),
            request_size: OnceLock::new(),
            response_size: OnceLock::new(),
            cache_operations: OnceLock::new(),
            cost: OnceLock::new(),
            errors: OnceLock::new(),
            system_health: OnceLock::new(),
            users_active: OnceLock::new(),
            database_connections: OnceLock::new(),
        }
    }

    pub(crate) fn meter(&self) -> &Meter {
        &self.meter
    }

    /// The duration histogram of a kind, in seconds.
    pub(crate) fn duration(&self, kind: Kind) -> &Histogram<f64> {
        self.durations[kind as usize].get_or_init(|| {
            let (name, description, boundaries) = match kind {
                Kind::Agent => (metric::AGENT_DURATION, "Duration of agent runs.", bucket::AGENT_RUN),
                Kind::Llm => (metric::LLM_DURATION, "Duration of calls to models.", bucket::GEN_AI_CALL),
                Kind::Tool => (metric::TOOL_DURATION, "Duration of tool executions.", bucket::GEN_AI_CALL),
                Kind::Workflow => (metric::WORKFLOW_DURATION, "Duration of workflow runs.", bucket::WORKFLOW_RUN),
                Kind::Command => (metric::COMMAND_DURATION, "Duration of commands.", bucket::HTTP_REQUEST),
                Kind::Http => (metric::HTTP_DURATION, "Duration of HTTP server requests.", bucket::HTTP_REQUEST),
                Kind::Db => (metric::DB_DURATION, "Duration of database operations.", bucket::DB_OPERATION),
                Kind::Cache => (metric::CACHE_DURATION, "Duration of cache operations.", bucket::CACHE_OPERATION),
            };
            self.meter
                .f64_histogram(name)
                .with_unit(unit::SECONDS)
                .with_description(description)
                .with_boundaries(boundaries.to_vec())
                .build()
        })
    }

    /// Tokens of calls to models.
    pub(crate) fn tokens(&self) -> &Histogram<u64> {
        self.tokens.get_or_init(|| {
            self.meter
                .u64_histogram(metric::LLM_TOKEN_USAGE)
                .with_unit(unit::TOKEN)
                .with_description("Tokens of calls to models, by type.")
                .with_boundaries(bucket::TOKENS.to_vec())
                .build()
        })
    }

    /// Operations in flight by kind; HTTP has the name of its convention.
    pub(crate) fn active(&self, kind: Kind) -> &UpDownCounter<i64> {
        let (slot, name, unit, description) = match kind {
            Kind::Http => (&self.http_active, metric::HTTP_ACTIVE, unit::REQUEST, "HTTP server requests in flight."),
            _ => (&self.active, metric::OPERATIONS_ACTIVE, unit::OPERATION, "Operations in flight, by kind."),
        };
        slot.get_or_init(|| self.meter.i64_up_down_counter(name).with_unit(unit).with_description(description).build())
    }

    /// Sizes of request bodies.
    pub(crate) fn request_size(&self) -> &Histogram<u64> {
        self.body_size(&self.request_size, metric::HTTP_REQUEST_SIZE, "Size of HTTP server request bodies.")
    }

    /// Sizes of response bodies.
    pub(crate) fn response_size(&self) -> &Histogram<u64> {
        self.body_size(&self.response_size, metric::HTTP_RESPONSE_SIZE, "Size of HTTP server response bodies.")
    }

    fn body_size<'a>(
        &self,
        slot: &'a OnceLock<Histogram<u64>>,
        name: &'static str,
        description: &'static str,
    ) -> &'a Histogram<u64> {
        slot.get_or_init(|| {
            self.meter
                .u64_histogram(name)
                .with_unit(unit::BYTES)
                .with_description(description)
                .with_boundaries(bucket::BODY_SIZE.to_vec())
                .build()
        })
    }

    /// Operations on caches.
    pub(crate) fn cache_operations(&self) -> &Counter<u64> {
        self.cache_operations.get_or_init(|| {
            self.meter
                .u64_counter(metric::CACHE_OPERATIONS)
                .with_unit(unit::OPERATION)
                .with_description("Cache operations, by result.")
                .build()
        })
    }

    /// Cost of calls to models.
    pub(crate) fn cost(&self) -> &Counter<f64> {
        self.cost.get_or_init(|| {
            self.meter
                .f64_counter(metric::LLM_COST)
                .with_unit(unit::USD)
                .with_description("Cost of calls to models, in US dollars.")
                .build()
        })
    }

    /// Errors that the application reported.
    pub(crate) fn errors(&self) -> &Counter<u64> {
        self.errors.get_or_init(|| {
            self.meter
                .u64_counter(metric::ERRORS)
                .with_unit(unit::ERROR)
                .with_description("Errors, by type and component.")
                .build()
        })
    }

    /// Health of components.
    pub(crate) fn system_health(&self) -> &Gauge<f64> {
        self.system_health.get_or_init(|| {
            self.meter
                .f64_gauge(metric::SYSTEM_HEALTH)
                .with_unit(unit::ONE)
                .with_description("Health of a component: 1 healthy, 0.5 degraded, 0 unhealthy.")
                .build()
        })
    }

    /// Users active now.
    pub(crate) fn users_active(&self) -> &Gauge<u64> {
        self.users_active.get_or_init(|| {
            self.meter
                .u64_gauge(metric::USERS_ACTIVE)
                .with_unit(unit::USER)
                .with_description("Users active now.")
                .build()
        })
    }

    /// Open database connections.
    pub(crate) fn database_connections(&self) -> &Gauge<u64> {
        self.database_connections.get_or_init(|| {
            self.meter
                .u64_gauge(metric::DATABASE_CONNECTIONS)
                .with_unit(unit::CONNECTION)
                .with_description("Open database connections.")
                .build()
        })
    }
}
