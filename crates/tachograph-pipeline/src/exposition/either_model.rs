//! Numbers out of the `prometheus` crate.
//!
//! It has two models of its data, and which one is decided by its feature `protobuf`, which any crate in the application may switch on.
//! One model has `value` and the other `get_value`. With the two traits of this module both have both, and what a model has of its own
//! goes before a trait's.

use prometheus::proto::{Counter, Gauge};

/// The value of a counter or gauge.
#[allow(dead_code, reason = "one of the two traits is not used, by the model")]
pub(super) trait Value {
    fn value(&self) -> f64;
}

#[allow(dead_code, reason = "one of the two traits is not used, by the model")]
trait GetValue {
    fn get_value(&self) -> f64;
}

macro_rules! either_model {
    ($($of:ty),+) => {
        $(impl Value for $of {
            fn value(&self) -> f64 {
                self.get_value()
            }
        }

        impl GetValue for $of {
            fn get_value(&self) -> f64 {
                self.value()
            }
        })+
    };
}

either_model!(Counter, Gauge);
