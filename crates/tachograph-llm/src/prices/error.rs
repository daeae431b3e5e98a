use std::{error, fmt, io, path::PathBuf, sync::Arc};

/// Why prices could not be read. Each says which file, which key and what to mend.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PricesError {
    /// A file could not be read.
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Arc<io::Error>,
    },
    /// A text is not TOML; the message has the line.
    Syntax {
        /// The file, or that it was a text.
        origin: String,
        /// What the parser says.
        message: String,
    },
    /// A value does not say a price.
    Key {
        /// The file, or that it was a text.
        origin: String,
        /// The key, from the root of the document on.
        key: String,
        /// What is wrong, and what would be right.
        mend: String,
    },
    /// A file of prices is not in the format of `genai-prices`.
    Data {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
}

impl fmt::Display for PricesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, source } => write!(f, "prices: cannot read {}: {source}", path.display()),
            Self::Syntax { origin, message } => write!(f, "prices: {origin} is not TOML: {message}"),
            Self::Key { origin, key, mend } => write!(f, "prices: {origin}: `{key}` {mend}"),
            Self::Data { path, message } => {
                write!(f, "prices: {} is no data of genai-prices (its feed, version 2): {message}", path.display())
            }
        }
    }
}

impl error::Error for PricesError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::File { source, .. } => Some(&**source),
            _ => None,
        }
    }
}
