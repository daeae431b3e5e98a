//! The segment that is being written.

use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::folder::{is_at, private};
use super::record::{Header, MARK_AT, RECORD_HEADER, SEGMENT_HEADER, SETTLED, segment_header};

#[derive(Debug)]
pub(super) struct Writer {
    file: File,
    path: PathBuf,
    salt: u64,
    /// Up to here the file is sound.
    length: u64,
}

impl Writer {
    /// Begins a segment. A file that cannot be begun is removed again.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let salt = RandomState::new().build_hasher().finish();
        let mut file = private().write(true).create_new(true).open(path)?;
        if let Err(error) = file.write_all(&segment_header(salt)) {
            let _ = fs::remove_file(path);
            return Err(error);
        }
        Ok(Self { file, path: path.to_owned(), salt, length: SEGMENT_HEADER as u64 })
    }

    pub(super) fn salt(&self) -> u64 {
        self.salt
    }

    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Whether its file is still the one that others find under its name.
    pub(super) fn is_in_place(&self) -> bool {
        is_at(&self.file, &self.path)
    }

    /// Returns where the record begins. After an error nothing of it is left, or, if the disk does not even do that, a torn record at
    /// the end: nothing may be appended to it any more.
    pub(super) fn append(&mut self, header: &Header, body: &[u8], sync: bool) -> io::Result<u64> {
        let offset = self.length;
        // After an error there is no next time, so the file stands at its end.
        let written = self.write(offset, header, body).and_then(|()| if sync { self.sync() } else { Ok(()) });
        if let Err(error) = written {
            if self.file.set_len(offset).is_err() {
                // Whole, it would be found at the next start although it was refused.
                let _ = self.file.seek(SeekFrom::Start(offset)).and_then(|_| self.file.write_all(&[0; RECORD_HEADER]));
            }
            return Err(error);
        }
        self.length += header.size();
        Ok(offset)
    }

    fn write(&mut self, offset: u64, header: &Header, body: &[u8]) -> io::Result<()> {
        self.file.write_all(&header.encode(self.salt, offset))?;
        self.file.write_all(body)
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// Marks the record at `offset` as settled. The mark is written over four bytes that are there, so no room is needed for it.
pub(super) fn mark(path: &Path, offset: u64, sync: bool) -> io::Result<()> {
    let mut file = private().write(true).open(path)?;
    if file.metadata()?.len() < offset + RECORD_HEADER as u64 {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the segment has been cut"));
    }
    file.seek(SeekFrom::Start(offset + MARK_AT))?;
    file.write_all(&SETTLED)?;
    if sync { file.sync_data() } else { Ok(()) }
}
