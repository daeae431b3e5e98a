//! What happened before an error: short notes that are told with it.
//!
//! ```
//! use tachograph_core::{HttpRequest, breadcrumb, capture_error};
//! # fn charge() -> std::io::Result<()> { Ok(()) }
//! HttpRequest::new("POST", "/checkout").run(|| {
//!     breadcrumb("cart", format_args!("{} items", 3));
//!     if let Err(error) = charge() {
//!         capture_error(&error).operation("checkout"); // with the note above
//!     }
//! });
//! ```
//!
//! Notes lie on a trail. A trail belongs to the nearest of these around it: an explicit scope ([`scope`], [`enter`], [`on`]) or a request
//! that is served; where there is neither, to the outermost tracked agent, workflow or command. It is found through the OpenTelemetry
//! context, so it follows what carries the context (calls, [`carry`](crate::context::carry)), is shared by everything that runs below, at the
//! same time as well, and is gone with its call or scope: no request sees what another left. Outside of all, notes are dropped.
//!
//! A trail keeps the latest 32 notes and counts those that gave way. Of a note 64 bytes of its category and 256 of its message are kept, and
//! eight data of 64 bytes each for name and value. A call on which nobody leaves a note pays nothing for it.

mod trail;

use std::{borrow::Cow, fmt, time::SystemTime};

use opentelemetry::{Context, ContextGuard};

use self::trail::Place;
pub(crate) use self::trail::Trail;
use crate::{event::Severity, outcome::cut_text};

/// Longest category, and longest name and value of a datum, in bytes.
const MAX_WORD: usize = 64;
/// Longest message, in bytes.
const MAX_MESSAGE: usize = 256;
const MAX_DATA: usize = 8;

/// Leaves a note of severity [`Info`](Severity::Info) on the trail here; where there is none, nothing is formatted.
pub fn breadcrumb(category: impl Into<Cow<'static, str>>, message: impl fmt::Display) {
    let context = Context::current();
    // What the application formats may come back to here, so the note is made before anything is locked.
    if let Some(place) = trail::place(&context).filter(Place::is_open) {
        place.push(Breadcrumb::new(category, message));
    }
}

/// Whether a note that is left here is kept. Ask before making a dear one.
#[must_use]
pub fn is_kept() -> bool {
    trail::place(&Context::current()).is_some_and(|place| place.is_open())
}

/// The notes on the trail here, the oldest first, and how many gave way before them.
#[must_use]
pub fn current() -> (Vec<Breadcrumb>, u64) {
    trail::place(&Context::current()).map(|place| place.told()).unwrap_or_default()
}

/// A context like `context` with a trail of its own, which is empty: for futures, by
/// [`carry_in(&breadcrumbs::on(&Context::current()), future)`](crate::context::carry_in).
#[must_use]
pub fn on(context: &Context) -> Context {
    trail::opened_on(context)
}

/// Opens a trail on this thread until the guard is dropped.
#[must_use = "the trail ends when the guard is dropped"]
pub fn enter() -> ContextGuard {
    on(&Context::current()).attach()
}

/// Runs `body` with a trail of its own.
pub fn scope<R>(body: impl FnOnce() -> R) -> R {
    let _trail = enter();
    body()
}

/// A note of something that happened. [`breadcrumb`] leaves a plain one.
///
/// ```
/// use tachograph_core::{Breadcrumb, event::Severity};
/// Breadcrumb::new("db", "connection lost").with_severity(Severity::Warn).with_data("attempt", 2).leave();
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Breadcrumb {
    time: SystemTime,
    severity: Severity,
    category: Cow<'static, str>,
    message: String,
    data: Vec<(Cow<'static, str>, String)>,
}

impl Breadcrumb {
    /// A note of now, of severity [`Info`](Severity::Info).
    #[must_use]
    pub fn new(category: impl Into<Cow<'static, str>>, message: impl fmt::Display) -> Self {
        Self {
            time: SystemTime::now(),
            severity: Severity::Info,
            category: word(category.into()),
            message: cut_text(message, MAX_MESSAGE),
            data: Vec::new(),
        }
    }

    /// How bad it was.
    #[must_use]
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// A datum. More than eight are left out.
    #[must_use]
    pub fn with_data(mut self, name: impl Into<Cow<'static, str>>, value: impl fmt::Display) -> Self {
        if self.data.len() < MAX_DATA {
            self.data.push((word(name.into()), cut_text(value, MAX_WORD)));
        }
        self
    }

    /// Leaves the note on the trail here; where there is none, nothing happens.
    pub fn leave(self) {
        if let Some(place) = trail::place(&Context::current()) {
            place.push(self);
        }
    }

    /// When it happened.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        self.time
    }

    /// How bad it was.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// What kind of thing happened: `http`, `cart`.
    #[must_use]
    pub fn category(&self) -> &str {
        &self.category
    }

    /// What happened.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Names and values.
    pub fn data(&self) -> impl Iterator<Item = (&str, &str)> {
        self.data.iter().map(|(name, value)| (&**name, value.as_str()))
    }
}

fn word(word: Cow<'static, str>) -> Cow<'static, str> {
    if word.len() <= MAX_WORD { word } else { Cow::Owned(word[..word.floor_char_boundary(MAX_WORD)].to_owned()) }
}
