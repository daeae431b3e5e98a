//! Calls to models, which are recorded under established names, under the latest ones, or under both.

use tachograph_core::{
    semconv::{attribute as attr, metric, value},
    source::{HistogramPoint, Point},
};

use super::{
    Model, Totals,
    keys::{Key, text},
};
use crate::stats::{
    names::Names,
    tally::{Ending, Tally},
};

/// The calls of each model, once for either set of names.
#[derive(Clone, Debug, Default)]
pub(super) struct Models {
    known: Names<Both>,
}

#[derive(Clone, Debug, Default)]
struct Both {
    /// Where the model begins in the key.
    model_at: usize,
    established: Counted,
    latest: Counted,
    cost_usd: f64,
}

#[derive(Clone, Debug, Default)]
struct Counted {
    calls: Tally,
    input_tokens: u64,
    output_tokens: u64,
}

impl Models {
    pub(super) fn clear(&mut self) {
        for both in self.known.values_mut() {
            for counted in [&mut both.established, &mut both.latest] {
                counted.calls.clear();
                (counted.input_tokens, counted.output_tokens) = (0, 0);
            }
            both.cost_usd = 0.0;
        }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "tokens are whole and not negative")]
    pub(super) fn histogram(
        &mut self,
        point: &Point<'_>,
        ending: Ending,
        histogram: &HistogramPoint<'_>,
        key: &mut Key,
    ) {
        let tokens = histogram.sum as u64;
        match point.metric {
            metric::LLM_DURATION => self.of(point, key, |both| both.established.calls.add(ending, histogram)),
            metric::INFERENCE_DURATION | metric::EMBEDDINGS_DURATION => {
                self.of(point, key, |both| both.latest.calls.add(ending, histogram));
            }
            metric::LLM_TOKEN_USAGE => self.of(point, key, |both| {
                text(point, attr::GEN_AI_TOKEN_TYPE, |token_type| match token_type {
                    value::INPUT => both.established.input_tokens += tokens,
                    value::OUTPUT => both.established.output_tokens += tokens,
                    _ => {}
                });
            }),
            metric::EMBEDDINGS_INPUT_TOKENS => self.of(point, key, |both| both.latest.input_tokens += tokens),
            _ => {}
        }
    }

    pub(super) fn counter(&mut self, point: &Point<'_>, counted: u64, key: &mut Key) {
        match point.metric {
            metric::USAGE_INPUT_TOKENS => self.of(point, key, |both| both.latest.input_tokens += counted),
            metric::USAGE_OUTPUT_TOKENS => self.of(point, key, |both| both.latest.output_tokens += counted),
            _ => {}
        }
    }

    pub(super) fn cost(&mut self, point: &Point<'_>, usd: f64, key: &mut Key) {
        self.of(point, key, |both| both.cost_usd += usd);
    }

    fn of(&mut self, point: &Point<'_>, key: &mut Key, add: impl FnOnce(&mut Both)) {
        let (name, model_at) = key.model(point);
        if let Some(both) = self.known.get_or_add(name) {
            both.model_at = model_at;
            add(both);
        }
    }

    /// Of each model the set of names that knows more calls: with both switched on they are the same calls.
    pub(super) fn settle(&mut self, models: &mut Names<Model>, totals: &mut Totals) {
        for (name, both) in self.known.iter() {
            let Both { model_at, established, latest, cost_usd } = both;
            let counted = if latest.calls.calls > established.calls.calls { latest } else { established };
            totals.models.merge(&counted.calls);
            totals.input_tokens += counted.input_tokens;
            totals.output_tokens += counted.output_tokens;
            let Some(model) = models.get_or_add(name) else { continue };
            if model.name.is_empty() {
                model.provider = name.get(..model_at.saturating_sub(1)).unwrap_or_default().to_owned();
                model.name = name.get(*model_at..).unwrap_or_default().to_owned();
            }
            model.calls.clone_from(&counted.calls);
            (model.input_tokens, model.output_tokens) = (counted.input_tokens, counted.output_tokens);
            model.cost_usd = *cost_usd;
        }
    }

    pub(super) fn omitted(&self) -> usize {
        self.known.omitted()
    }
}
