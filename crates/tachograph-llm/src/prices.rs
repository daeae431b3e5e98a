//! What calls to models cost.

mod book;
mod cache;
mod data;
mod error;
mod leaves;
mod own;
mod probe;
mod provider;
mod table;
mod unpriced;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
    time::SystemTime,
};

use tachograph_core::{Billed, Pricing, Usage};

use self::{
    book::Book,
    cache::{Cache, Entry, Key, Reading},
    data::Data,
    leaves::Leaves,
    own::Own,
};

pub use self::error::PricesError;

/// Knows what calls to models cost: the published prices of most models, and the user's own over them.
///
/// ```
/// use std::sync::Arc;
/// use tachograph_core::{Billed, Pricing as _, Telemetry, Usage};
/// use tachograph_llm::Prices;
///
/// let prices = Arc::new(Prices::embedded().with_toml(
///     r#"
///     [provider.openai]
///     factor = 0.8                      # of what is published
///
///     [provider.vllm.model."qwen3-*"]   # US dollars for a million tokens
///     input = 0.10
///     output = 0.40
///     "#,
/// )?);
/// let _telemetry = Telemetry::builder().with_pricing(prices.clone()).build();
///
/// let cost = |provider, model| prices.cost_usd(&Billed::new(provider, model, Usage::new(1_000_000, 0)));
/// assert_eq!(cost("openai", "gpt-4o"), Some(2.0));
/// assert_eq!(cost("vllm", "qwen3-32b"), Some(0.1));
/// assert_eq!(cost("ollama", "gpt-4o"), None);
/// # Ok::<(), tachograph_llm::PricesError>(())
/// ```
///
/// # What is looked for
///
/// The model that answered, and then the one that was asked for; in the user's prices both first. The provider goes by its name in
/// the conventions (`openai`, `gcp.gemini`, `aws.bedrock`, `azure.ai.openai`, …), and only its own prices count: a model on one's own
/// machine (`ollama`, `vllm`) has none that somebody else takes for it. What is not found costs `None` and never zero: `tachograph-core`
/// counts it in `tachograph.llm.unpriced`, and a line in the log names the model, once, and no more than 64 of them.
///
/// The published prices are those of `genai-prices`. Azure's models that it does not list are those of OpenAI, Anthropic, DeepSeek, xAI
/// and Moonshot, and Vertex AI's those of Anthropic, at standard rates. LiteLLM is the provider before the slash. A model that is listed
/// without any price for tokens has none, unless its name ends in `:free`.
///
/// # What is counted
///
/// Tokens of every kind, by the rates in force when the call ends, for its tier and its way (batch) as far as the provider has rates for
/// them (standard rates otherwise), and a fee for the request. Not counted is what a usage does not have: searches and other tools of the provider, images,
/// seconds of audio, storage of caches. Parts that are larger than their whole are cut to it; what was not reported is not billed. Tokens
/// that have no price (the output of a model for embeddings, which should have none) leave the call without a cost.
///
/// # The user's prices
///
/// ```toml
/// currency = "EUR"        # the default is USD
/// usd_per_unit = 1.08     # needed for every other currency
/// note = "contract of March; anybody may write a note, here and in every table"
///
/// [provider.openai]
/// factor = 0.9            # on published prices; own ones are what they are
///
/// [provider.openai.model."gpt-4o"]          # or "gpt-4o*": all whose names begin so
/// input = 2.0             # for a million tokens, like all rates but `per_request`
/// cache_read = 1.0        # without it: as input
/// cache_write = 2.5       # as input
/// cache_write_1h = 4.0    # as cache_write
/// audio_input = 30.0      # as input
/// output = 8.0            # without it: output has no price. 0 is for what is free
/// reasoning = 8.0         # as output
/// audio_output = 60.0     # as output
/// per_request = 0.001     # for one request
///
/// [[provider.openai.model."gpt-4o".above]]  # all tokens of calls with more input than this
/// input_tokens = 200_000
/// input = 4.0             # what is left out stays as it is below
///
/// [provider.openai.model."gpt-4o".tier.flex]    # over the standard rates; thresholds are its own
/// input = 1.0
/// [provider.openai.model."gpt-4o".batch]        # over both
/// input = 1.0
/// ```
///
/// Whole names go before beginnings, and longer beginnings before shorter ones. An unknown key is an error, and so is a rate that is
/// negative or not finite.
///
/// # What it takes
///
/// The first call of a model finds out its rates, which takes less than half a millisecond; from then on a call takes less than 100 ns and
/// allocates nothing. Rates have a date, and some a time of day: once a minute the next call of a model compares them again, and a price
/// that changes within that minute changes at its second. Some thousand tables are kept, however many names come from outside.
pub struct Prices {
    sources: Sources,
    cache: Cache,
    clock: Option<Clock>,
}

/// Bytes of all names of a call together. Longer ones are of no model that has a price, and are not kept.
const NAMES: usize = 512;

type Clock = Box<dyn Fn() -> SystemTime + Send + Sync>;

/// Where all prices come from, to come back there.
#[derive(Clone, Debug, Default)]
struct Sources {
    data_file: Option<PathBuf>,
    own: Vec<OwnSource>,
}

#[derive(Clone, Debug)]
enum OwnSource {
    Text(String),
    File(PathBuf),
}

impl Prices {
    /// The prices of the day when `genai-prices` was released.
    ///
    /// They must be decoded, which takes about 80 ms, once in a process. This waits for it, so that the first call already has its cost: a
    /// program starts once, and a call without a cost stays without it. [`embedded_in_background`](Self::embedded_in_background) does not wait.
    #[must_use]
    pub fn embedded() -> Self {
        data::decode_now();
        Self::new(Data::Embedded)
    }

    /// The same without waiting. Calls that end in the first tenth of a second have no cost: they are counted in
    /// `tachograph.llm.unpriced` like others, and a line in the log says so. Own prices hold from the beginning.
    #[must_use]
    pub fn embedded_in_background() -> Self {
        // The thread ends by itself.
        drop(data::decode_in_background());
        Self::new(Data::Embedded)
    }

    /// No published prices: for those who go by their contracts alone.
    #[must_use]
    pub fn without_data() -> Self {
        Self::new(Data::Nothing)
    }

    fn new(data: Data) -> Self {
        let cache = Cache::new(Book::new(Arc::new(data), Vec::new()));
        Self { sources: Sources::default(), cache, clock: None }
    }

    /// Published prices of a file in place of the embedded ones: the feed of `genai-prices`, `genai_prices::REMOTE_DATA_URL`, as
    /// whoever deploys the program fetched it. [`reload`](Self::reload) reads it again.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or is something else.
    pub fn with_data_file(mut self, path: impl Into<PathBuf>) -> Result<Self, PricesError> {
        let path = path.into();
        let data = Data::read(&path)?;
        let own = self.cache.book().own.clone();
        self.sources.data_file = Some(path);
        self.cache.replace(Book::new(Arc::new(data), own));
        Ok(self)
    }

    /// Own prices. Those that are given later go before earlier ones.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong with it, by its key.
    pub fn with_toml(self, text: &str) -> Result<Self, PricesError> {
        self.with_own(OwnSource::Text(text.to_owned()))
    }

    /// Own prices in a file. [`reload`](Self::reload) reads it again.
    ///
    /// # Errors
    ///
    /// A file that cannot be read; otherwise as [`with_toml`](Self::with_toml).
    pub fn with_toml_file(self, path: impl Into<PathBuf>) -> Result<Self, PricesError> {
        self.with_own(OwnSource::File(path.into()))
    }

    fn with_own(mut self, source: OwnSource) -> Result<Self, PricesError> {
        let own = Arc::new(source.read()?);
        let book = self.cache.book();
        let all = book.own.iter().cloned().chain([own]).collect();
        self.sources.own.push(source);
        self.cache.replace(Book::new(Arc::clone(&book.data), all));
        Ok(self)
    }

    /// The clock by which dated prices are chosen; the default is that of the system. For tests, and for calls of another day.
    #[must_use]
    pub fn with_clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Some(Box::new(now));
        self
    }

    /// Reads all files again and puts their prices in force at once; calls under way are not held up. It reads and decodes: not for a
    /// thread that must not block.
    ///
    /// # Errors
    ///
    /// The first file that is wrong. The prices stay as they were then, all of them.
    pub fn reload(&self) -> Result<(), PricesError> {
        let data = match &self.sources.data_file {
            Some(path) => Arc::new(Data::read(path)?),
            None => Arc::clone(&self.cache.book().data),
        };
        let own = self.sources.own.iter().map(|source| source.read().map(Arc::new)).collect::<Result<_, _>>()?;
        self.cache.replace(Book::new(data, own));
        Ok(())
    }

    /// Asks for prices that are not in the cache, or have been for a while.
    #[cold]
    fn find(&self, reading: &Reading<'_>, key: Key<'_>, now: u64) -> Option<Arc<Entry>> {
        if key.len() > NAMES {
            unpriced::tell(key.provider, key.response.unwrap_or(key.requested));
            return None;
        }
        let old = reading.entry();
        let found = reading.book().find(key, old.and_then(|old| old.prices.table.as_ref()), now)?;
        if let Some(old) = old.filter(|old| old.prices == found.prices) {
            old.extend(found.from, found.until);
            return Some(Arc::clone(old));
        }
        Some(self.cache.keep(reading.book(), key, found))
    }

    /// In seconds since the Unix epoch.
    fn now(&self) -> u64 {
        let now = self.clock.as_ref().map_or_else(SystemTime::now, |clock| clock());
        now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }
}

impl OwnSource {
    fn read(&self) -> Result<Own, PricesError> {
        match self {
            Self::Text(text) => Own::parse("the TOML text", text),
            Self::File(path) => Own::parse(&path.display().to_string(), &read(path)?),
        }
    }
}

fn read(path: &Path) -> Result<String, PricesError> {
    fs::read_to_string(path).map_err(|error| PricesError::File { path: path.into(), source: error.into() })
}

impl Pricing for Prices {
    fn cost_usd(&self, billed: &Billed<'_>) -> Option<f64> {
        if billed.usage == Usage::default() {
            // Nothing is known of its tokens; it is not the price that is missing.
            return None;
        }
        let key = Key {
            provider: billed.provider,
            requested: billed.requested_model,
            response: billed.response_model,
            tier: billed.service_tier,
            batch: billed.batch,
        };
        let leaves = Leaves::of(&billed.usage);
        let now = self.now();
        let reading = self.cache.read(key);
        match reading.entry() {
            Some(entry) if entry.is_fresh(now) => cost(entry, &leaves),
            _ => cost(&*self.find(&reading, key, now)?, &leaves),
        }
    }
}

fn cost(entry: &Entry, leaves: &Leaves) -> Option<f64> {
    let cost = entry.prices.cost(leaves);
    if cost.is_none() && !entry.told.swap(true, Ordering::Relaxed) {
        let (provider, model) = entry.named();
        unpriced::tell(provider, model);
    }
    cost
}

impl fmt::Debug for Prices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ready = self.cache.book().data.is_ready();
        f.debug_struct("Prices").field("sources", &self.sources).field("ready", &ready).finish_non_exhaustive()
    }
}
