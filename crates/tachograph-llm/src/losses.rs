/// What of a body could not be read. All zero for an ordinary one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Losses {
    /// Events that were left out for their length.
    pub skipped: u64,
    /// Events that were read after the long texts in them were cut for their length.
    pub shortened: u64,
    /// Events that are not what the format says: broken JSON, a body that broke off, another format.
    pub malformed: u64,
}
