//! The path that the endpoints stand below.

use std::fmt;

#[derive(Clone, Debug)]
pub(crate) struct Prefix(String);

impl Prefix {
    /// Plain segments only: anything else would mean something to the router, or be written in several ways by clients.
    pub(crate) fn parse(prefix: &str) -> Result<Self, PrefixError> {
        let error = |flaw| Err(PrefixError { prefix: prefix.to_owned(), flaw });
        if prefix.is_empty() {
            return Ok(Self(String::new()));
        }
        let Some(path) = prefix.strip_prefix('/') else { return error(Flaw::NoLeadingSlash) };
        if prefix.ends_with('/') {
            return error(Flaw::TrailingSlash);
        }
        for segment in path.split('/') {
            if segment.is_empty() {
                return error(Flaw::EmptySegment);
            }
            if matches!(segment, "." | "..") {
                return error(Flaw::Dots);
            }
            if let Some(c) = segment.chars().find(|c| !(c.is_ascii_alphanumeric() || "-_.~".contains(*c))) {
                return error(Flaw::Character(c));
            }
        }
        Ok(Self(prefix.to_owned()))
    }

    /// The last segment; `None` for the root.
    pub(crate) fn last_segment(&self) -> Option<&str> {
        self.0.rsplit('/').next().filter(|segment| !segment.is_empty())
    }

    pub(crate) fn path(&self, below: &str) -> String {
        format!("{}{below}", self.0)
    }
}

impl Default for Prefix {
    fn default() -> Self {
        Self("/monitoring".to_owned())
    }
}

/// Why a prefix was refused, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrefixError {
    prefix: String,
    flaw: Flaw,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    NoLeadingSlash,
    TrailingSlash,
    EmptySegment,
    Dots,
    Character(char),
}

impl fmt::Display for PrefixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the monitoring prefix {:?} ", self.prefix)?;
        match self.flaw {
            Flaw::NoLeadingSlash => f.write_str("does not begin with `/`: write it like \"/monitoring\""),
            Flaw::TrailingSlash => {
                f.write_str("ends with `/`: leave that out; for the root of the listener use an empty prefix")
            }
            Flaw::EmptySegment => f.write_str("has two `/` in a row: leave one out"),
            Flaw::Dots => f.write_str("has a segment `.` or `..`: write the path that is meant"),
            Flaw::Character(c) => {
                write!(f, "contains {c:?}: use letters, digits, `-`, `_`, `.` and `~` between the slashes")
            }
        }
    }
}

impl std::error::Error for PrefixError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paths_are_prefixes() {
        for prefix in ["", "/m", "/ops/monitoring", "/v1.0/~team-a_b"] {
            assert_eq!(Prefix::parse(prefix).unwrap().path("/metrics"), format!("{prefix}/metrics"));
        }
    }

    #[test]
    fn a_refused_prefix_is_named_with_what_to_mend() {
        for (prefix, mend) in [
            ("monitoring", "\"monitoring\" does not begin with `/`"),
            ("/", "\"/\" ends with `/`"),
            ("/ops/", "ends with `/`"),
            ("/a//b", "two `/` in a row"),
            ("/a/../b", "segment `.` or `..`"),
            ("/{id}", "contains '{'"),
            ("/a b", "contains ' '"),
            ("/a?b", "contains '?'"),
            ("/größe", "contains 'ö'"),
            ("/a%2fb", "contains '%'"),
        ] {
            let error = Prefix::parse(prefix).unwrap_err().to_string();
            assert!(error.contains(mend), "{prefix}: {error}");
        }
    }
}
