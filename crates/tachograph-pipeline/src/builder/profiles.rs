//! Under which names metrics are scraped, as code wishes it.

use tachograph_core::Policy;

use super::Builder;
use crate::error::Error;
use crate::exposition::{MetricNames, Profile, check_clashes};
use crate::settings::{ProfileChoice, Settings};

/// What was asked for in code.
#[derive(Default)]
pub(super) struct Names {
    names: Option<MetricNames>,
    profiles: Option<Vec<Profile>>,
    agent_on_tokens: Option<bool>,
    route_on_active_requests: Option<bool>,
}

impl Names {
    /// Puts what code said over what the environment said.
    pub(super) fn apply(&self, settings: &mut Settings) {
        if let Some(names) = self.names {
            settings.metric_names = names;
        }
    }

    /// The profiles that are used: none where metrics are scraped by the OpenTelemetry rules alone.
    pub(super) fn profiles(&mut self, settings: &Settings) -> Result<Vec<Profile>, Error> {
        let mut profiles = match self.profiles.take() {
            Some(profiles) => profiles,
            None => settings.profiles.iter().map(ProfileChoice::profile).collect::<Result<_, _>>()?,
        };
        check_clashes(&profiles)?;
        if settings.metric_names == MetricNames::OpenTelemetry {
            profiles.clear();
        }
        Ok(profiles)
    }

    /// The policy under which the streams say what these profiles read.
    pub(super) fn policy(&self, policy: Policy, profiles: &[Profile]) -> Policy {
        let agent = self.agent_on_tokens.unwrap_or_else(|| profiles.iter().any(Profile::reads_agent_of_tokens));
        let route = self
            .route_on_active_requests
            .unwrap_or_else(|| profiles.iter().any(Profile::reads_route_of_active_requests));
        policy.with_agent_on_tokens(agent).with_route_on_active_requests(route)
    }
}

/// Under which names metrics are scraped.
impl<P> Builder<P> {
    /// Whether metrics are scraped by the OpenTelemetry rules, under the names of the profiles, or both. Default:
    /// `TACHOGRAPH_METRIC_NAMES`, else both. One of the two halves the text, and what Prometheus stores of it.
    pub fn with_metric_names(mut self, names: MetricNames) -> Self {
        self.wishes.names.names = Some(names);
        self
    }

    /// The profiles whose names are scraped, in place of the default: `TACHOGRAPH_PROFILES`, else [`Profile::classic`]. An empty list
    /// is none. Two that name the same family are an [`Error::ProfileClash`].
    ///
    /// ```
    /// use tachograph_pipeline::{Builder, Profile};
    ///
    /// let builder = Builder::new().with_profiles([Profile::classic(), Profile::platform("acme")?]);
    /// # let _ = builder;
    /// # Ok::<(), tachograph_pipeline::Error>(())
    /// ```
    pub fn with_profiles(mut self, profiles: impl IntoIterator<Item = Profile>) -> Self {
        self.wishes.names.profiles = Some(profiles.into_iter().collect());
        self
    }

    /// Whether the metrics of tokens say which agent used them; see [`Policy::with_agent_on_tokens`], and mind that it multiplies
    /// series, over OTLP as well. Default: where one of the profiles tells tokens apart by agent, as [`Profile::platform`] does.
    pub fn with_agent_on_tokens(mut self, on: bool) -> Self {
        self.wishes.names.agent_on_tokens = Some(on);
        self
    }

    /// Whether `http.server.active_requests` says the route; see [`Policy::with_route_on_active_requests`]. Default: where one of the
    /// profiles tells requests in flight apart by route.
    pub fn with_route_on_active_requests(mut self, on: bool) -> Self {
        self.wishes.names.route_on_active_requests = Some(on);
        self
    }
}
