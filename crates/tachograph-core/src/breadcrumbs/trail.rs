//! Where notes lie: in the call or the scope that they belong to.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use opentelemetry::Context;

use super::Breadcrumb;
use crate::{call::CallState, operation::Kind, telemetry::Telemetry};

const MAX_CRUMBS: usize = 32;

/// Set once a scope was opened anywhere: until then nobody looks for one.
static SCOPES_IN_USE: AtomicBool = AtomicBool::new(false);

/// The latest notes, and how many gave way.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    crumbs: VecDeque<Breadcrumb>,
    dropped: u64,
}

impl Trail {
    fn push(&mut self, crumb: Breadcrumb) {
        if self.crumbs.len() >= MAX_CRUMBS {
            self.crumbs.pop_front();
            self.dropped += 1;
        }
        self.crumbs.push_back(crumb);
    }

    fn told(&self) -> (Vec<Breadcrumb>, u64) {
        (self.crumbs.iter().cloned().collect(), self.dropped)
    }
}

/// The trail of an explicit scope, in the context.
#[derive(Clone)]
struct Scope(Arc<Mutex<Trail>>);

pub(super) fn opened_on(context: &Context) -> Context {
    if Telemetry::in_force_in(context).is_none() {
        return context.clone();
    }
    SCOPES_IN_USE.store(true, Ordering::Relaxed);
    context.with_value(Scope(Arc::default()))
}

fn scope_of(context: &Context) -> Option<&Scope> {
    if SCOPES_IN_USE.load(Ordering::Relaxed) { context.get::<Scope>() } else { None }
}

/// Whose trail it is.
pub(super) enum Place<'a> {
    Scope(&'a Mutex<Trail>),
    Call(&'a CallState),
}

/// The place that notes of `context` belong to.
pub(super) fn place(context: &Context) -> Option<Place<'_>> {
    let scope = scope_of(context);
    let mut call = None;
    let mut around = context;
    while let Some(state) = around.get::<CallState>() {
        let scope_around = scope_of(&state.around);
        if scope.is_some_and(|scope| scope_around.is_none_or(|around| !Arc::ptr_eq(&scope.0, &around.0))) {
            // The scope was opened inside of this call.
            break;
        }
        if state.kind.is_served() {
            return Some(Place::Call(state));
        }
        if matches!(state.kind, Kind::Agent | Kind::Workflow | Kind::Command) {
            call = Some(state);
        }
        around = &state.around;
    }
    scope.map(|Scope(trail)| Place::Scope(trail)).or(call.map(Place::Call))
}

impl Place<'_> {
    /// Whether notes are kept: the call has not ended.
    pub(super) fn is_open(&self) -> bool {
        match self {
            Self::Scope(_) => true,
            Self::Call(state) => !state.gathered().finished,
        }
    }

    pub(super) fn push(&self, crumb: Breadcrumb) {
        match self {
            Self::Scope(trail) => trail.lock().unwrap_or_else(PoisonError::into_inner).push(crumb),
            Self::Call(state) => {
                let mut gathered = state.gathered();
                if !gathered.finished {
                    gathered.trail.get_or_insert_default().push(crumb);
                }
            }
        }
    }

    pub(super) fn told(&self) -> (Vec<Breadcrumb>, u64) {
        match self {
            Self::Scope(trail) => trail.lock().unwrap_or_else(PoisonError::into_inner).told(),
            Self::Call(state) => state.gathered().trail.as_deref().map(Trail::told).unwrap_or_default(),
        }
    }
}
