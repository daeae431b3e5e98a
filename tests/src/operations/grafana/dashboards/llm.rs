//! Calls to models: what they cost, how many tokens they take, how fast they are, and how many fail.

use super::{Dashboard, Panel, Variable, increase, mean, quantile, rate, ratio, unit};

const BY: &str = "job, gen_ai_provider_name, gen_ai_request_model";
const CLASSIC_BY: &str = "job, provider, model";
const MODEL: &str = "{{job}} {{gen_ai_provider_name}} {{gen_ai_request_model}}";
const CLASSIC_MODEL: &str = "{{job}} {{provider}} {{model}}";
/// Matchers of series with a model.
const OF: &str = "gen_ai_provider_name=~\"$provider\",gen_ai_request_model=~\"$model\"";
const CLASSIC_OF: &str = "provider=~\"$provider\",model=~\"$model\"";

pub(super) fn dashboard() -> Dashboard {
    let about = "Cost, tokens, speed and failures of calls to models, by provider and model. Tokens are those that providers reported; \
                 input includes what their caches held, output includes reasoning.";
    let calls = "gen_ai_client_operation_duration_seconds_count{SERVICE}";
    let classic = "llm_requests_total{SERVICE}";
    Dashboard::new("llm", "models", about)
        .with_variable(
            Variable::values("provider", "Provider", calls, "gen_ai_provider_name").classic(classic, "provider"),
        )
        .with_variable(Variable::values("model", "Model", calls, "gen_ai_request_model").classic(classic, "model"))
        .with_row("Cost", cost())
        .with_row("Tokens", tokens())
        .with_row("Calls", calls_and_failures())
        .with_row("Speed", speed())
        .with_row("Retries, and what is not known", unknown())
}

fn cost() -> Vec<Panel> {
    let cost = format!("tachograph_llm_cost_USD_total{{SERVICE,{OF}}}");
    let classic = format!("llm_cost_usd_total{{SERVICE,{CLASSIC_OF}}}");
    vec![
        Panel::timeseries("Cost of an hour", unit::USD, "What calls cost in the hour before, by model.")
            .query(format!("job_model:llm_cost_usd:increase1h{{JOB,{OF}}}"), MODEL)
            .classic(format!("3600 * {}", rate(CLASSIC_BY, &classic)), CLASSIC_MODEL),
        Panel::timeseries(
            "Cost of an hour, and the budget",
            unit::USD,
            "What all models cost each service in the hour before.",
        )
        .query("job:llm_cost_usd:increase1h{JOB}", "{{job}}")
        .query("limit:llm_cost_usd_per_hour", "budget of an hour")
        .alert("LlmCostRateHigh")
        .without_classic(),
        Panel::timeseries(
            "Cost of a day, and the budget",
            unit::USD,
            "What all models cost each service in the 24 hours before.",
        )
        .query("job:llm_cost_usd:increase1d{JOB}", "{{job}}")
        .query("limit:llm_cost_usd_per_day", "budget of a day")
        .alert("LlmCostDailyBudgetNear")
        .alert("LlmCostDailyBudgetExceeded")
        .without_classic(),
        Panel::stat("Cost", unit::USD, "In the time that is looked at.")
            .query(increase("job", &cost), "{{job}}")
            .classic(increase("job", &classic), "{{job}}")
            .wide(8),
        Panel::timeseries(
            "Cost by agent",
            unit::USD,
            "What calls of each agent would cost in an hour at the rate of the moment.",
        )
        .query(format!("3600 * {}", rate("job, gen_ai_agent_name", &cost)), "{{job}} {{gen_ai_agent_name}}")
        .without_classic(),
        Panel::timeseries("Cost of a call", unit::USD, "On average, by model.")
            .query(format!("{} / (job_model:llm_requests:rate5m{{JOB,{OF}}} > 0)", rate(BY, &cost)), MODEL)
            .classic(
                format!(
                    "{} / ({} > 0)",
                    rate(CLASSIC_BY, &classic),
                    rate(CLASSIC_BY, &format!("llm_requests_total{{SERVICE,{CLASSIC_OF}}}"))
                ),
                CLASSIC_MODEL,
            ),
    ]
}

fn tokens() -> Vec<Panel> {
    let usage = format!("gen_ai_client_token_usage{{SERVICE,{OF}}}");
    let input = format!("gen_ai_client_inference_usage_input_tokens_total{{SERVICE,{OF}}}");
    let cached = format!("gen_ai_client_inference_usage_cache_read_input_tokens_total{{SERVICE,{OF}}}");
    let by_type = format!("{MODEL} {{{{gen_ai_token_type}}}}");
    vec![
        Panel::timeseries("Tokens", unit::COUNTS, "Tokens a second, by model and type.")
            .query(format!("job_model:llm_tokens:rate5m{{JOB,{OF}}}"), &by_type)
            .classic(
                rate("job, provider, model, type", &format!("llm_tokens_used_total{{SERVICE,{CLASSIC_OF}}}")),
                "{{job}} {{provider}} {{model}} {{type}}",
            ),
        Panel::timeseries("Tokens of a call", unit::NUMBER, "On average, by model and type.")
            .query(mean(&format!("{BY}, gen_ai_token_type"), &usage), &by_type)
            .without_classic(),
        Panel::timeseries("Tokens, and what is usual", unit::COUNTS, "All tokens a second of each service, and three times the mean of the day before.")
            .query("job:llm_tokens:rate15m{JOB}", "{{job}}")
            .query("3 * avg_over_time(job:llm_tokens:rate15m{JOB}[1d] offset 1h)", "{{job}} unusual")
            .alert("LlmTokenUsageUnusual")
            .without_classic(),
        Panel::timeseries("Efficiency of providers' caches", unit::RATIO, "Part of the input tokens that came from the cache of the provider. Told with OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental/dup.")
            .query(ratio(&rate(BY, &cached), &rate(BY, &input)), MODEL)
            .without_classic()
            .wide(12),
        Panel::timeseries("Reasoning", unit::RATIO, "Part of the output tokens that was reasoning. Told with the same setting.")
            .query(
                ratio(
                    &rate(BY, &format!("gen_ai_client_inference_usage_reasoning_output_tokens_total{{SERVICE,{OF}}}")),
                    &rate(BY, &format!("gen_ai_client_inference_usage_output_tokens_total{{SERVICE,{OF}}}")),
                ),
                MODEL,
            )
            .without_classic()
            .wide(12),
    ]
}

fn calls_and_failures() -> Vec<Panel> {
    let requests = format!("llm_requests_total{{SERVICE,{CLASSIC_OF}}}");
    let failed = format!("llm_requests_total{{SERVICE,{CLASSIC_OF},status=\"error\"}}");
    vec![
        Panel::timeseries("Calls", unit::REQUESTS, "Calls that ended, by model.")
            .query(format!("job_model:llm_requests:rate5m{{JOB,{OF}}}"), MODEL)
            .classic(rate(CLASSIC_BY, &requests), CLASSIC_MODEL),
        Panel::timeseries("Failed calls", unit::RATIO, "Part of the calls that failed, by model.")
            .query(format!("job_model:llm_errors:ratio_rate5m{{JOB,{OF}}}"), MODEL)
            .classic(ratio(&rate(CLASSIC_BY, &failed), &rate(CLASSIC_BY, &requests)), CLASSIC_MODEL)
            .failures(),
        Panel::timeseries("Failed calls a minute", unit::COUNTS_A_MINUTE, "As the alert counts them.")
            .query(format!("60 * job_model:llm_errors:rate5m{{JOB,{OF}}}"), MODEL)
            .classic(format!("60 * {}", rate(CLASSIC_BY, &failed)), CLASSIC_MODEL)
            .bound("LlmErrorsHigh")
            .failures(),
        Panel::timeseries(
            "Failures by class",
            unit::COUNTS,
            "Calls by the class of their error: rate limits, time-outs, statuses; those that were given up included.",
        )
        .query(
            rate(
                "job, gen_ai_request_model, error_type",
                &format!("gen_ai_client_operation_duration_seconds_count{{SERVICE,{OF},error_type!=\"\"}}"),
            ),
            "{{job}} {{gen_ai_request_model}} {{error_type}}",
        )
        .without_classic()
        .failures()
        .wide(12),
        Panel::timeseries("Calls under way", unit::NUMBER, "Calls that have begun and not ended, streams included.")
            .query("sum by (job) (tachograph_operations_active{SERVICE,tachograph_operation_kind=\"llm\"})", "{{job}}")
            .without_classic()
            .wide(12),
    ]
}

fn speed() -> Vec<Panel> {
    let classic = format!("llm_request_duration_seconds{{SERVICE,{CLASSIC_OF}}}");
    let chunks = format!("gen_ai_client_operation_time_per_output_chunk_seconds{{SERVICE,{OF}}}");
    let output = format!("gen_ai_client_token_usage_sum{{SERVICE,{OF},gen_ai_token_type=\"output\"}}");
    let time = format!("gen_ai_client_operation_duration_seconds_sum{{SERVICE,{OF}}}");
    let classic_output = format!("llm_tokens_used_total{{SERVICE,{CLASSIC_OF},type=\"output\"}}");
    let classic_time = format!("llm_request_duration_seconds_sum{{SERVICE,{CLASSIC_OF}}}");
    vec![
        Panel::timeseries(
            "Time of calls (median)",
            unit::SECONDS,
            "Half of the calls take no longer, to the last byte.",
        )
        .query(format!("job_model:llm_request_duration_seconds:p50_5m{{JOB,{OF}}}"), MODEL)
        .classic(quantile(50, CLASSIC_BY, &classic), CLASSIC_MODEL),
        Panel::timeseries("Time of calls (p95)", unit::SECONDS, "19 calls of 20 take no longer, to the last byte.")
            .query(format!("job_model:llm_request_duration_seconds:p95_5m{{JOB,{OF}}}"), MODEL)
            .classic(quantile(95, CLASSIC_BY, &classic), CLASSIC_MODEL)
            .bound("LlmLatencyHigh"),
        Panel::timeseries("Time to the first chunk (p95)", unit::SECONDS, "19 streams of 20 begin no later.")
            .query(format!("job_model:llm_time_to_first_chunk_seconds:p95_5m{{JOB,{OF}}}"), MODEL)
            .classic(
                quantile(95, BY, &format!("gen_ai_client_operation_time_to_first_chunk_seconds{{SERVICE,{OF}}}")),
                MODEL,
            )
            .bound("LlmTimeToFirstChunkHigh"),
        Panel::timeseries(
            "Time between chunks (p95)",
            unit::SECONDS,
            "19 waits of 20 for the next piece of a stream take no longer.",
        )
        .query(quantile(95, BY, &chunks), MODEL)
        .wide(12),
        Panel::timeseries(
            "Output tokens a second",
            unit::COUNTS,
            "For each second of a call, on average: how fast models write.",
        )
        .query(format!("{} / ({} > 0)", rate(BY, &output), rate(BY, &time)), MODEL)
        .classic(
            format!("{} / ({} > 0)", rate(CLASSIC_BY, &classic_output), rate(CLASSIC_BY, &classic_time)),
            CLASSIC_MODEL,
        )
        .wide(12),
    ]
}

fn unknown() -> Vec<Panel> {
    let count = |name: &str| format!("tachograph_llm_{name}{{SERVICE,{OF}}}");
    vec![
        Panel::timeseries(
            "Retries",
            unit::COUNTS,
            "Attempts that were made again, by the error of the attempt before.",
        )
        .query(
            rate("job, gen_ai_request_model, error_type", &count("retries_total")),
            "{{job}} {{gen_ai_request_model}} {{error_type}}",
        )
        .failures()
        .wide(6),
        Panel::timeseries("Waits before retries (p95)", unit::SECONDS, "19 waits of 20 take no longer.")
            .query(quantile(95, BY, &count("retry_wait_duration_seconds")), MODEL)
            .wide(6),
        Panel::timeseries(
            "Answers without usage",
            unit::COUNTS,
            "Answers that reported no tokens, or broke off before they did.",
        )
        .query(
            rate("job, gen_ai_request_model, tachograph_llm_usage_status", &count("usage_unreported_total")),
            "{{job}} {{gen_ai_request_model}} {{tachograph_llm_usage_status}}",
        )
        .wide(6),
        Panel::timeseries("Calls without a price", unit::COUNTS, "Calls that are missing in the cost.")
            .query(rate(BY, &count("unpriced_total")), MODEL)
            .alert("LlmCallsUnpriced")
            .wide(6),
    ]
}
