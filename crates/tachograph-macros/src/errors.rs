//! Errors are gathered, so that one compilation shows all of them.

use proc_macro2::Span;
use syn::Error;

/// All errors of one attribute.
#[derive(Default)]
pub(crate) struct Errors {
    all: Option<Error>,
}

impl Errors {
    pub(crate) fn add(&mut self, error: Error) {
        match &mut self.all {
            Some(all) => all.combine(error),
            None => self.all = Some(error),
        }
    }

    pub(crate) fn at(&mut self, span: Span, message: impl std::fmt::Display) {
        self.add(Error::new(span, message));
    }

    /// The value of a parse, its error kept.
    pub(crate) fn take<T>(&mut self, parsed: syn::Result<T>) -> Option<T> {
        parsed.map_err(|error| self.add(error)).ok()
    }

    pub(crate) fn finish<T>(self, value: T) -> Result<T, Error> {
        self.all.map_or(Ok(value), Err)
    }
}
