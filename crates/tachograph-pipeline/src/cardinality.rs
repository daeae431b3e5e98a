#![doc = include_str!("cardinality/cost.md")]

mod pattern;
mod points;
mod rules;
mod watch;

pub(crate) use points::OVERFLOW;
pub(crate) use rules::{Rules, checked_value_limit};
pub use watch::InstrumentCardinality;
pub(crate) use watch::Watch;
