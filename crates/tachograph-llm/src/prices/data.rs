//! Where published prices come from.

use std::{
    fs,
    path::Path,
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use genai_prices::Calculator;

use super::{error::PricesError, probe::Question, provider, table::Table};

/// Whether the embedded prices are decoded. They are one for the process, and asking for them earlier would wait.
static DECODED: AtomicBool = AtomicBool::new(false);

/// Decodes the embedded prices on a thread of their own, once for the process.
pub(crate) fn decode_in_background() -> Option<JoinHandle<()>> {
    static STARTED: Once = Once::new();
    let mut thread = None;
    STARTED.call_once(|| {
        thread = thread::Builder::new().name("tachograph-prices".to_owned()).spawn(decode).ok();
        if thread.is_none() {
            // No threads here: then now, which is still not in a call.
            decode();
        }
    });
    thread
}

/// The same, and waits until it is done: 80 ms in an optimised build, twice as long in one that is not.
pub(crate) fn decode_now() {
    match decode_in_background() {
        Some(thread) => drop(thread.join()),
        // Somebody else has begun; this waits for the end of it.
        None => decode(),
    }
}

fn decode() {
    let _: &Calculator = Calculator::bundled();
    DECODED.store(true, Ordering::Release);
}

/// Published prices.
pub(crate) enum Data {
    /// None at all.
    Nothing,
    /// Those of the build.
    Embedded,
    /// Those of a file.
    Loaded(Box<Calculator>),
}

/// What is known of a model.
pub(crate) struct Known {
    pub(crate) table: Option<Table>,
    /// Until when, in seconds since the Unix epoch.
    pub(crate) until: u64,
}

/// A model of a provider, by the names that a call has.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) provider: &'a str,
    pub(crate) model: &'a str,
    pub(crate) tier: Option<&'a str>,
    pub(crate) batch: bool,
}

impl Data {
    pub(crate) fn read(path: &Path) -> Result<Self, PricesError> {
        let bytes = fs::read(path).map_err(|error| PricesError::File { path: path.into(), source: error.into() })?;
        let calculator = Calculator::from_json(bytes)
            .map_err(|error| PricesError::Data { path: path.into(), message: error.to_string() })?;
        Ok(Self::Loaded(Box::new(calculator)))
    }

    pub(crate) fn is_ready(&self) -> bool {
        !matches!(self, Self::Embedded) || DECODED.load(Ordering::Acquire)
    }

    /// `None` also until the embedded prices are decoded.
    fn calculator(&self) -> Option<&Calculator> {
        match self {
            Self::Nothing => None,
            Self::Embedded => self.is_ready().then(Calculator::bundled),
            Self::Loaded(calculator) => Some(calculator),
        }
    }

    /// The prices of the first of some models that has any; `expected` is what they were when last asked for.
    pub(crate) fn look_up<'a>(
        &self,
        wanted: impl Iterator<Item = Wanted<'a>>,
        expected: Option<&Table>,
        at: u64,
    ) -> Known {
        let mut until = u64::MAX;
        for wanted in wanted {
            let tier = wanted.tier.map(str::to_ascii_lowercase);
            let (provider, model) = provider::target(wanted.provider, wanted.model);
            let Some(calculator) = self.calculator() else { continue };
            if !calculator.providers().any(|known| known.id() == provider) {
                continue;
            }
            let question =
                Question { calculator, provider: &provider, model, tier: tier.as_deref(), batch: wanted.batch, at };
            let unchanged = expected.filter(|expected| question.confirms(expected)).cloned();
            let table = unchanged.or_else(|| question.table());
            until = until.min(question.valid_until(table.as_ref()));
            if table.is_some() {
                return Known { table, until };
            }
        }
        Known { table: None, until }
    }
}
