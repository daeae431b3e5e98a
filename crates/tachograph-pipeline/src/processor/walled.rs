//! Processors of the application behind a wall.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};

use crate::runtime::panic_message;

/// A processor of the application, whose panics must not reach the code that ends a span, or that logs.
#[derive(Debug)]
pub(crate) struct Walled<P: ?Sized> {
    /// What it is, in words.
    what: &'static str,
    pub(super) inner: Box<P>,
    panicked: AtomicBool,
}

impl<P: ?Sized + Debug> Walled<P> {
    pub(super) fn behind(what: &'static str, inner: Box<P>) -> Self {
        Self { what, inner, panicked: AtomicBool::new(false) }
    }

    /// `None` if it panicked.
    pub(super) fn call<T>(&self, call: impl FnOnce(&P) -> T) -> Option<T> {
        match catch_unwind(AssertUnwindSafe(|| call(&self.inner))) {
            Ok(value) => Some(value),
            Err(panic) => {
                if !self.panicked.swap(true, Ordering::Relaxed) {
                    let message = panic_message(panic.as_ref());
                    tracing::warn!(processor = ?self.inner, %message, "a {} panicked; said once", self.what);
                }
                None
            }
        }
    }

    pub(super) fn ask(&self, call: impl FnOnce(&P) -> OTelSdkResult) -> OTelSdkResult {
        let panicked = || Err(OTelSdkError::InternalFailure(format!("the {} panicked", self.what)));
        self.call(call).unwrap_or_else(panicked)
    }
}
