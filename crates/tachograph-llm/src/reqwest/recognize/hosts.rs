//! Hosts, and whose they are.

use reqwest::Url;

/// The port of Ollama, where nothing else is known of a server on this machine.
const OLLAMA_PORT: u16 = 11434;

/// Hosts and the conventions' names of their providers, or names in their style where they have none. Hosts below them (regions,
/// resources) are meant too.
const HOSTS: [(&str, &str); 23] = [
    ("api.openai.com", "openai"),
    ("api.anthropic.com", "anthropic"),
    ("openai.azure.com", AZURE_OPENAI),
    ("cognitiveservices.azure.com", AZURE_OPENAI),
    ("services.ai.azure.com", AZURE_OPENAI),
    ("generativelanguage.googleapis.com", "gcp.gemini"),
    ("aiplatform.googleapis.com", VERTEX),
    ("api.groq.com", "groq"),
    ("api.mistral.ai", "mistral_ai"),
    ("codestral.mistral.ai", "mistral_ai"),
    ("api.deepseek.com", "deepseek"),
    ("api.x.ai", "x_ai"),
    ("openrouter.ai", "openrouter"),
    ("api.perplexity.ai", "perplexity"),
    ("api.together.xyz", "together"),
    ("api.together.ai", "together"),
    ("api.fireworks.ai", "fireworks"),
    ("api.cohere.ai", "cohere"),
    ("api.cohere.com", "cohere"),
    ("api.moonshot.ai", "moonshot_ai"),
    ("api.moonshot.cn", "moonshot_ai"),
    ("api.cerebras.ai", "cerebras"),
    ("ollama.com", OLLAMA),
];
const AZURE_OPENAI: &str = "azure.ai.openai";
const AZURE_INFERENCE: &str = "azure.ai.inference";
const BEDROCK: &str = "aws.bedrock";
const OLLAMA: &str = "ollama";
const VERTEX: &str = "gcp.vertex_ai";

/// Whose host it is that the address names.
pub(super) fn provider(url: &Url) -> Option<&'static str> {
    let host = url.host_str()?;
    let known = HOSTS.iter().find(|(name, _)| is_or_is_below(host, name)).map(|(_, provider)| *provider);
    match known {
        // One host serves the models of OpenAI and those of others.
        Some(AZURE_OPENAI) if !url.path().contains("/openai/") => Some(AZURE_INFERENCE),
        Some(known) => Some(known),
        None if host.ends_with("-aiplatform.googleapis.com") => Some(VERTEX),
        None if is_bedrock(host) => Some(BEDROCK),
        None => on_this_machine(url),
    }
}

fn on_this_machine(url: &Url) -> Option<&'static str> {
    let is_local = matches!(url.host_str()?, "localhost" | "127.0.0.1" | "[::1]");
    (is_local && url.port() == Some(OLLAMA_PORT)).then_some(OLLAMA)
}

/// `bedrock-runtime.{region}.amazonaws.com`, with `-fips`, in China and by a private link too.
fn is_bedrock(host: &str) -> bool {
    let is_aws = host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn");
    is_aws && host.split('.').any(|label| matches!(label, "bedrock-runtime" | "bedrock-runtime-fips"))
}

fn is_or_is_below(host: &str, name: &str) -> bool {
    host.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('.'))
}

/// A host that the application named, with a port or for every port.
#[derive(Clone, Debug)]
pub(super) struct Host {
    name: Box<str>,
    port: Option<u16>,
}

impl Host {
    /// A whole URL does as well: host and port of it count.
    pub(super) fn new(host: &str) -> Self {
        let host = host.split_once("://").map_or(host, |(_, host)| host);
        let host = host.split('/').next().unwrap_or_default();
        let (name, port) = match host.rsplit_once(':').map(|(name, port)| (name, port.parse())) {
            Some((name, Ok(port))) if !name.contains(':') || name.ends_with(']') => (name, Some(port)),
            _ => (host, None),
        };
        Self { name: bare(name).to_ascii_lowercase().into(), port }
    }

    pub(super) fn is_of(&self, url: &Url) -> bool {
        url.host_str().is_some_and(|host| bare(host) == &*self.name)
            && self.port.is_none_or(|port| url.port_or_known_default() == Some(port))
    }
}

/// An address of version 6 without its brackets.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}
