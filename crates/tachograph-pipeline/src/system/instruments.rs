//! The last sample as metrics.
//!
//! The callbacks run under the SDK's lock: they copy the sample, under a lock that is held for nothing else.

use std::sync::Arc;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Meter};
use tachograph_core::semconv::{attribute as attr, metric, unit, value};

use super::Latest;
use super::disk::Space;
use super::process::{CpuTime, part};
use super::sampler::Sample;

/// Makes the instruments. They live as long as the provider of the meter.
pub(super) fn observe(meter: &Meter, latest: &Arc<Latest>) {
    let of = |read: fn(&Sample, &mut Observed<'_, f64>)| with(latest, read);
    let bytes = |read: fn(&Sample, &mut Observed<'_, i64>)| with(latest, read);

    meter
        .f64_observable_counter(metric::PROCESS_CPU_TIME)
        .with_unit(unit::SECONDS)
        .with_description("Time that this process had processors for, by mode.")
        .with_callback(of(|sample, observed| {
            observed.by_mode(sample.process.map(|process| process.cpu));
        }))
        .build();
    meter
        .f64_observable_gauge(metric::PROCESS_CPU_UTILIZATION)
        .with_unit(unit::ONE)
        .with_description("Part of the processors that this process may use and does, by mode.")
        .with_callback(of(|sample, observed| observed.by_mode(sample.process_load)))
        .build();
    meter
        .f64_observable_gauge(metric::PROCESS_UPTIME)
        .with_unit(unit::SECONDS)
        .with_description("How long this process has been running.")
        .with_callback(of(|sample, observed| observed.plain(sample.uptime())))
        .build();
    meter
        .f64_observable_gauge(metric::SYSTEM_CPU_UTILIZATION)
        .with_unit(unit::ONE)
        .with_description("Part of the processors that is busy; of the quota, where a control group has one.")
        .with_callback(of(|sample, observed| observed.plain(sample.state.cpu_percent.map(|percent| percent / 100.0))))
        .build();
    meter
        .f64_observable_gauge(metric::SYSTEM_MEMORY_UTILIZATION)
        .with_unit(unit::ONE)
        .with_description("Part of the memory, by state.")
        .with_callback(of(|sample, observed| {
            let memory = sample.state.memory;
            let states = [(value::USED, memory.used), (value::FREE, memory.available)];
            observed.parts(attr::SYSTEM_MEMORY_STATE, &states, memory.total);
        }))
        .build();
    meter
        .f64_observable_gauge(metric::SYSTEM_FILESYSTEM_UTILIZATION)
        .with_unit(unit::ONE)
        .with_description("Part of the watched file system, by state.")
        .with_callback(of(|sample, observed| {
            if let Some(space) = sample.space {
                observed.parts(attr::SYSTEM_FILESYSTEM_STATE, &states_of(space), space.total);
            }
        }))
        .build();

    for (name, unit, description, read) in COUNTS {
        meter
            .i64_observable_up_down_counter(name)
            .with_unit(unit)
            .with_description(description)
            .with_callback(bytes(read))
            .build();
    }
}

type Count = (&'static str, &'static str, &'static str, fn(&Sample, &mut Observed<'_, i64>));

/// What goes up and down in whole numbers.
const COUNTS: [Count; 8] = [
    (metric::PROCESS_MEMORY_USAGE, unit::BYTES, "Resident memory of this process.", |sample, observed| {
        observed.plain(sample.process.map(|process| whole(process.memory)));
    }),
    (metric::PROCESS_MEMORY_VIRTUAL, unit::BYTES, "Virtual memory of this process.", |sample, observed| {
        observed.plain(sample.process.map(|process| whole(process.virtual_memory)));
    }),
    (metric::PROCESS_THREAD_COUNT, unit::THREAD, "Threads of this process.", |sample, observed| {
        observed.plain(sample.process.and_then(|process| process.threads).map(whole));
    }),
    (
        metric::PROCESS_FILE_DESCRIPTOR_COUNT,
        unit::FILE_DESCRIPTOR,
        "Files, sockets and the like that this process has open.",
        |sample, observed| observed.plain(sample.process.and_then(|process| process.open_files).map(whole)),
    ),
    (metric::SYSTEM_CPU_LOGICAL_COUNT, unit::CPU, "Logical processors of the machine.", |sample, observed| {
        observed.plain(Some(whole(sample.logical_cpus)));
    }),
    (
        metric::SYSTEM_MEMORY_USAGE,
        unit::BYTES,
        "Memory by state; under the limit of a control group, where it has one.",
        |sample, observed| {
            let memory = sample.state.memory;
            let states = [(value::USED, memory.used), (value::FREE, memory.available)];
            observed.amounts(attr::SYSTEM_MEMORY_STATE, &states);
        },
    ),
    (
        metric::SYSTEM_MEMORY_LIMIT,
        unit::BYTES,
        "Memory that there is; the limit of the control group, where it has one.",
        |sample, observed| observed.plain(Some(whole(sample.state.memory.total))),
    ),
    (
        metric::SYSTEM_FILESYSTEM_USAGE,
        unit::BYTES,
        "Space of the watched file system, by state.",
        |sample, observed| {
            if let Some(space) = sample.space {
                observed.amounts(attr::SYSTEM_FILESYSTEM_STATE, &states_of(space));
            }
        },
    ),
];

fn states_of(space: Space) -> [(&'static str, u64); 3] {
    [(value::USED, space.used()), (value::FREE, space.free), (value::RESERVED, space.reserved)]
}

/// A callback that reads the last sample, and observes nothing before the first.
fn with<M: 'static>(
    latest: &Arc<Latest>,
    read: fn(&Sample, &mut Observed<'_, M>),
) -> impl Fn(&dyn AsyncInstrument<M>) + Send + Sync + 'static {
    let latest = Arc::clone(latest);
    move |observer| {
        if let Some(sample) = latest.get() {
            read(&sample, &mut Observed(observer));
        }
    }
}

/// What a callback tells.
struct Observed<'a, M>(&'a dyn AsyncInstrument<M>);

impl<M> Observed<'_, M> {
    fn plain(&mut self, value: Option<M>) {
        if let Some(value) = value {
            self.0.observe(value, &[]);
        }
    }
}

impl Observed<'_, f64> {
    fn by_mode(&mut self, time: Option<CpuTime>) {
        for (mode, seconds) in time.into_iter().flat_map(CpuTime::by_mode).flatten() {
            match mode {
                Some(mode) => self.0.observe(seconds, &[KeyValue::new(attr::CPU_MODE, mode)]),
                None => self.0.observe(seconds, &[]),
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "parts of a whole")]
    fn parts(&mut self, key: &'static str, states: &[(&'static str, u64)], total: u64) {
        for (state, amount) in states {
            self.0.observe(part(*amount as f64, total as f64), &[KeyValue::new(key, *state)]);
        }
    }
}

impl Observed<'_, i64> {
    fn amounts(&mut self, key: &'static str, states: &[(&'static str, u64)]) {
        for (state, amount) in states {
            self.0.observe(whole(*amount), &[KeyValue::new(key, *state)]);
        }
    }
}

fn whole(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}
