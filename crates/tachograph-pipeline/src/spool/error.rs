//! Why there is no spool, and why it did not take a request.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// Why a spool could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SpoolError {
    #[error("the spool folder {} cannot be used: {source}; name a folder that can be made and written", folder.display())]
    Folder {
        folder: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(
        "the spool folder {} is in use by {}; give each process a folder of its own",
        folder.display(),
        holder.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
    )]
    Locked {
        folder: PathBuf,
        /// Its process id, where it could be read.
        holder: Option<u32>,
    },
    #[error("the spool folder {} did not answer within {seconds} s", folder.display())]
    Slow { folder: PathBuf, seconds: u64 },
    #[error("the thread of the spool could not be started: {0}")]
    Thread(#[source] io::Error),
}

/// Why a request was not taken. It is still whole in the hands of the caller, and nothing of it will be found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("the spool is full ({bytes} of at most {max_bytes} bytes, {requests} requests)")]
    Full { bytes: u64, max_bytes: u64, requests: u64 },
    #[error("the request is {bytes} bytes long; the spool takes at most {most}")]
    TooLarge { bytes: u64, most: u64 },
    /// The words name the file and what the operating system said.
    #[error("{0}")]
    Io(Arc<str>),
    #[error("the disk of the spool does not keep up: {bytes} bytes wait to be written")]
    Busy { bytes: u64 },
    #[error("the spool is closed")]
    Closed,
}
