//! The call of one request, on its way from the future to the body.

use opentelemetry::{Context, ContextGuard};
use tachograph_core::{CallGuard, HttpRequest, Outcome};

/// At any time one place holds the call of a request, so that it ends once, and by a drop at the latest.
pub(crate) struct RequestCall {
    state: State,
    head_only: bool,
}

enum State {
    /// Not tracked, or ended, or moved on.
    None,
    /// Described, not started.
    Waiting(Waiting),
    Running(CallGuard<HttpRequest>),
}

struct Waiting {
    operation: HttpRequest,
    parent: Context,
    request_size: Option<u64>,
}

impl RequestCall {
    pub(crate) fn untracked() -> Self {
        Self { state: State::None, head_only: false }
    }

    /// A call that starts when it is first polled, below `parent`. `head_only` says that the response has no body.
    pub(crate) fn waiting(operation: HttpRequest, parent: Context, request_size: Option<u64>, head_only: bool) -> Self {
        Self { state: State::Waiting(Waiting { operation, parent, request_size }), head_only }
    }

    /// Moves the call on, out of this place.
    pub(crate) fn take(&mut self) -> Self {
        Self { state: std::mem::replace(&mut self.state, State::None), head_only: self.head_only }
    }

    pub(crate) fn is_tracked(&self) -> bool {
        !matches!(self.state, State::None)
    }

    /// Whether the request asks for the head alone.
    pub(crate) fn head_only(&self) -> bool {
        self.head_only
    }

    /// Runs one poll inside of the call, which starts if it has not yet. A panic in it ends the call: the executor may
    /// drop a future that panicked long after, when nothing tells of the panic any more.
    pub(crate) fn poll<R>(&mut self, poll: impl FnOnce() -> R) -> R {
        self.start();
        let _context = self.enter();
        let mut unwinding = EndOnUnwind { call: Some(self) };
        let polled = poll();
        unwinding.call = None;
        polled
    }

    /// Makes the call current, if it runs.
    pub(crate) fn enter(&self) -> Option<ContextGuard> {
        self.guard().and_then(|guard| guard.enter())
    }

    pub(crate) fn status(&self, code: u16) {
        if let Some(guard) = self.guard() {
            guard.status(code);
        }
    }

    /// Says how many bytes of body were sent.
    pub(crate) fn sent(&self, bytes: u64) {
        if let Some(guard) = self.guard() {
            guard.response_body_size(bytes);
        }
    }

    pub(crate) fn finish(&mut self, outcome: Outcome) {
        if let State::Running(guard) = std::mem::replace(&mut self.state, State::None) {
            guard.finish(outcome);
        }
    }

    fn guard(&self) -> Option<&CallGuard<HttpRequest>> {
        match &self.state {
            State::Running(guard) => Some(guard),
            State::None | State::Waiting(_) => None,
        }
    }

    fn start(&mut self) {
        if !matches!(self.state, State::Waiting(_)) {
            return;
        }
        if let State::Waiting(Waiting { operation, parent, request_size }) =
            std::mem::replace(&mut self.state, State::None)
        {
            let _parent = parent.attach();
            let guard = operation.start();
            if let Some(bytes) = request_size {
                guard.request_body_size(bytes);
            }
            self.state = State::Running(guard);
        }
    }
}

struct EndOnUnwind<'a> {
    call: Option<&'a mut RequestCall>,
}

impl Drop for EndOnUnwind<'_> {
    fn drop(&mut self) {
        if let Some(call) = self.call.take() {
            call.finish(Outcome::Panic);
        }
    }
}
