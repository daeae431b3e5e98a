//! What a client's layer is told.

use std::{fmt, sync::Arc};

use tachograph_core::Telemetry;

use super::outgoing::Outgoing;

/// Gives the template of a request's path.
pub(crate) type TemplateOf<R> = dyn Fn(&R) -> Option<String> + Send + Sync;
/// Says whether the trace context may go to a URL.
pub(crate) type MayGoTo<U> = dyn Fn(&U) -> bool + Send + Sync;

pub(crate) struct Settings<R: Outgoing> {
    pub(crate) template: Option<Arc<TemplateOf<R>>>,
    pub(crate) propagation: Propagation<R::Url>,
    pub(crate) query: Query,
    pub(crate) telemetry: Option<Telemetry>,
}

/// What is recorded of the query.
#[derive(Clone, Debug, Default)]
pub(crate) enum Query {
    #[default]
    Nothing,
    Parameters(Vec<String>),
    All,
}

/// Where trace context and baggage go.
pub(crate) enum Propagation<U> {
    Everywhere,
    Nowhere,
    To(Arc<MayGoTo<U>>),
}

impl<R: Outgoing> Settings<R> {
    /// Whether trace context and baggage go along with the request.
    pub(crate) fn propagates(&self, request: &R) -> bool {
        match &self.propagation {
            Propagation::Everywhere => true,
            Propagation::Nowhere => false,
            Propagation::To(may_go) => may_go(request.url()),
        }
    }
}

impl<R: Outgoing> Default for Settings<R> {
    fn default() -> Self {
        Self { template: None, propagation: Propagation::Everywhere, query: Query::default(), telemetry: None }
    }
}

// By hand: neither requests nor URLs need to be `Clone` or `Debug`.
impl<R: Outgoing> Clone for Settings<R> {
    fn clone(&self) -> Self {
        Self {
            template: self.template.clone(),
            propagation: self.propagation.clone(),
            query: self.query.clone(),
            telemetry: self.telemetry.clone(),
        }
    }
}

impl<R: Outgoing> fmt::Debug for Settings<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("template", &self.template.is_some())
            .field("propagation", &self.propagation)
            .field("query", &self.query)
            .field("telemetry", &self.telemetry)
            .finish()
    }
}

impl<U> Clone for Propagation<U> {
    fn clone(&self) -> Self {
        match self {
            Self::Everywhere => Self::Everywhere,
            Self::Nowhere => Self::Nowhere,
            Self::To(may_go) => Self::To(Arc::clone(may_go)),
        }
    }
}

impl<U> fmt::Debug for Propagation<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Everywhere => "Everywhere",
            Self::Nowhere => "Nowhere",
            Self::To(_) => "To",
        })
    }
}

/// The builder methods that are the same for every client.
macro_rules! client_settings {
    ($layer:ty) => {
        impl $layer {
            /// Records the query as part of `url.full`, which has none otherwise: queries hold search terms, addresses and tokens.
            ///
            /// The values of `X-Amz-Signature`, `X-Amz-Credential`, `X-Amz-Security-Token`, `AWSAccessKeyId`, `Signature`, `sig` and
            /// `X-Goog-Signature` are replaced by `REDACTED`, as the conventions have it. Where others are secret, use
            /// [`with_query_params`](Self::with_query_params).
            #[must_use]
            pub fn with_query(mut self) -> Self {
                self.settings.query = $crate::http::client::Query::All;
                self
            }

            /// Records these parameters of the query as part of `url.full`, and no others. Names are compared as they are sent,
            /// without decoding. Signatures are redacted as by [`with_query`](Self::with_query), which it takes the place of.
            #[must_use]
            pub fn with_query_params<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
                self.settings.query =
                    $crate::http::client::Query::Parameters(names.into_iter().map(Into::into).collect());
                self
            }

            /// Whether trace context and baggage are sent along. The default is yes.
            #[must_use]
            pub fn with_propagation(mut self, send: bool) -> Self {
                self.settings.propagation = if send {
                    $crate::http::client::Propagation::Everywhere
                } else {
                    $crate::http::client::Propagation::Nowhere
                };
                self
            }

            /// Records to this telemetry, and has it in force for what runs inside, instead of the one that is in force where the
            /// request is made: for tests and for processes of several tenants.
            #[must_use]
            pub fn with_telemetry(mut self, telemetry: tachograph_core::Telemetry) -> Self {
                self.settings.telemetry = Some(telemetry);
                self
            }
        }
    };
}
pub(crate) use client_settings;
