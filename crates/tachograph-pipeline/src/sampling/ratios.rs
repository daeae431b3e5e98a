//! The ratios of kinds, as settings and code give them.

use tachograph_core::Kind;

use super::threshold::Threshold;
use crate::error::Error;

/// Every kind, in the order in which errors name them.
const KINDS: [Kind; 11] = [
    Kind::Agent,
    Kind::Llm,
    Kind::Tool,
    Kind::Workflow,
    Kind::Command,
    Kind::Http,
    Kind::HttpClient,
    Kind::Rpc,
    Kind::RpcClient,
    Kind::Db,
    Kind::Cache,
];

/// A threshold for some kinds. The last that was set holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct KindRatios(Vec<(Kind, Threshold)>);

impl KindRatios {
    /// Reads `agent=1,llm=0.5,cache=0.01`; `source_name` is what errors name.
    pub(crate) fn parse(source_name: &str, text: &str) -> Result<Self, Error> {
        let mut ratios = Self::default();
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let found = entry.split_once('=').and_then(|(kind, ratio)| {
                let kind = kind.trim().to_ascii_lowercase();
                let kind = KINDS.into_iter().find(|known| known.as_str() == kind)?;
                Some((kind, ratio.trim().parse().ok()?))
            });
            let (kind, ratio) = found.ok_or_else(|| invalid(source_name, entry))?;
            if ratios.get(kind).is_some() {
                return Err(Error::invalid(source_name, entry, format!("one ratio for {}", kind.as_str())));
            }
            ratios.set(source_name, kind, ratio)?;
        }
        Ok(ratios)
    }

    /// Sets the ratio of a kind, in the place of the one before.
    pub(crate) fn set(&mut self, source_name: &str, kind: Kind, ratio: f64) -> Result<(), Error> {
        let threshold =
            Threshold::new(ratio).ok_or_else(|| invalid(source_name, &format!("{}={ratio}", kind.as_str())))?;
        self.0.retain(|(other, _)| *other != kind);
        self.0.push((kind, threshold));
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn get(&self, kind: Kind) -> Option<Threshold> {
        self.0.iter().find(|(other, _)| *other == kind).map(|(_, threshold)| *threshold)
    }
}

fn invalid(source_name: &str, entry: &str) -> Error {
    let kinds = KINDS.map(Kind::as_str).join(", ");
    Error::invalid(
        source_name,
        entry,
        format!("a list of kind=ratio, where a ratio is from 0 to 1 and a kind one of {kinds}"),
    )
}
