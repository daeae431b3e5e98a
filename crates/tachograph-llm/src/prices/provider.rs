//! Whose prices a call is billed by: the data has names of its own for the providers.

use std::borrow::Cow;

/// Names by the conventions, older ones and those of gateways, and the ids of the data.
///
/// Anything else must be an id of the data, letter for letter. The rules by which the data itself knows a provider are not asked: they
/// look for parts of names, and take `azure.ai.openai` and `my-openai-proxy` for OpenAI.
const IDS: [(&str, &str); 34] = [
    ("aws.bedrock", "aws"),
    ("az.ai.inference", "azure"),
    ("az.ai.openai", "azure"),
    ("azure.ai.inference", "azure"),
    ("azure.ai.openai", "azure"),
    ("azure_ai", "azure"),
    ("azure_openai", "azure"),
    ("bedrock", "aws"),
    ("fireworks_ai", "fireworks"),
    ("gcp.gemini", "google"),
    ("gcp.gen_ai", "google"),
    ("gcp.vertex_ai", "google"),
    ("gemini", "google"),
    ("github_copilot", "github-copilot"),
    ("mistral_ai", "mistral"),
    ("mistralai", "mistral"),
    ("moonshot", "moonshotai"),
    ("moonshot_ai", "moonshotai"),
    ("novita_ai", "novita"),
    ("open_router", "openrouter"),
    ("perplexity_ai", "perplexity"),
    ("together_ai", "together"),
    ("vertex_ai", "google"),
    ("vertexai", "google"),
    ("voyage", "voyageai"),
    ("voyage_ai", "voyageai"),
    ("x.ai", "x-ai"),
    ("x_ai", "x-ai"),
    ("xai", "x-ai"),
    ("z_ai", "zai"),
    ("zhipu", "zhipuai"),
    ("zhipu_ai", "zhipuai"),
    ("cerebras_ai", "cerebras"),
    ("meta_ai", "meta"),
];

/// The id that a provider's name stands for; the name itself where it is none that is known.
pub(crate) fn id(name: &str) -> &str {
    IDS.iter().find(|(known, _)| *known == name).map_or(name, |(_, id)| id)
}

/// The provider's id and the model's name as the data has them.
///
/// LiteLLM bills nothing itself: the provider stands before the model (`anthropic/claude-sonnet-4-5`), and where it does not there is no
/// price. Google's interfaces put paths before the names of models.
pub(crate) fn target<'a>(provider: &'a str, model: &'a str) -> (Cow<'a, str>, &'a str) {
    let lower = lower(provider);
    let (provider, model) = match (&*lower, model.split_once('/')) {
        ("litellm", Some((provider, model))) => (Cow::Owned(provider.to_ascii_lowercase()), model),
        _ => (lower, model),
    };
    let id = match provider {
        Cow::Borrowed(name) => Cow::Borrowed(id(name)),
        Cow::Owned(name) => Cow::Owned(id(&name).to_owned()),
    };
    let model = match &*id {
        "google" => model.rsplit_once("models/").map_or(model, |(_, name)| name),
        _ => model,
    };
    (id, model)
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) { name.to_ascii_lowercase().into() } else { name.into() }
}

#[cfg(test)]
mod tests {
    use genai_prices::Calculator;

    use super::*;

    #[test]
    fn every_id_is_in_the_data() {
        let known: Vec<&str> = Calculator::bundled().providers().map(|provider| provider.id()).collect();
        for (name, id) in IDS {
            assert!(known.contains(&id), "{name}: {id}");
            assert!(!known.contains(&name), "{name} is an id itself");
        }
        for id in ["openai", "anthropic", "cohere", "deepseek", "groq", "openrouter", "perplexity"] {
            assert!(known.contains(&id), "{id}");
        }
        for unknown in ["ollama", "vllm", "litellm", "ibm.watsonx.ai", "_OTHER"] {
            assert!(!known.contains(&target(unknown, "gpt-4o").0.as_ref()), "{unknown}");
        }
    }

    #[test]
    fn no_name_is_there_twice() {
        for (index, (name, _)) in IDS.iter().enumerate() {
            assert!(IDS[index + 1..].iter().all(|(other, _)| name != other), "{name}");
        }
    }

    #[test]
    fn litellm_is_the_provider_before_the_model() {
        assert_eq!(target("litellm", "anthropic/claude-sonnet-4-5"), ("anthropic".into(), "claude-sonnet-4-5"));
        assert_eq!(target("LiteLLM", "Vertex_AI/gemini-2.5-pro"), ("google".into(), "gemini-2.5-pro"));
        assert_eq!(target("litellm", "gpt-4o").0, "litellm");
        assert_eq!(target("openrouter", "openai/gpt-4o"), ("openrouter".into(), "openai/gpt-4o"));
    }

    #[test]
    fn paths_before_models_of_google_are_passed_over() {
        assert_eq!(target("gcp.gemini", "models/gemini-2.5-flash").1, "gemini-2.5-flash");
        assert_eq!(
            target("gcp.vertex_ai", "publishers/google/models/gemini-2.5-flash"),
            ("google".into(), "gemini-2.5-flash")
        );
        assert_eq!(target("openai", "models/gpt-4o").1, "models/gpt-4o");
    }
}
