//! The folder of a spool: its lock against other processes, and the names in it.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process;

use super::error::SpoolError;

const LOCK: &str = "lock";
const SUFFIX: &str = ".seg";
const DIGITS: usize = 16;
/// Numbers of segments are less than this, so that there is always a next one.
const NUMBERS_END: u64 = 1_000_000_000_000_000;

#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    lock: File,
}

impl Folder {
    /// Makes the folder where it is missing, and locks it.
    pub(super) fn open(path: &Path) -> Result<Self, SpoolError> {
        let failed = |source| SpoolError::Folder { folder: path.to_owned(), source };
        builder().recursive(true).create(path).map_err(failed)?;
        let lock = take_lock(path).map_err(failed)?;
        let lock = lock.map_err(|holder| SpoolError::Locked { folder: path.to_owned(), holder })?;
        Ok(Self { path: path.to_owned(), lock })
    }

    /// Whether the folder is still the one that was locked, and at its place.
    pub(super) fn is_in_place(&self) -> bool {
        is_at(&self.lock, &self.path.join(LOCK))
    }

    /// Makes and locks the folder again after it was removed. Those above it are not made: they may be a disk that is away.
    pub(super) fn reclaim(&mut self) -> io::Result<()> {
        match builder().create(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => self.relock(),
        }
    }

    /// Locks the folder again after the lock was removed.
    pub(super) fn relock(&mut self) -> io::Result<()> {
        self.lock = take_lock(&self.path)?.map_err(|_| io::Error::other("another process has locked the folder"))?;
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn segment(&self, number: u64) -> PathBuf {
        self.path.join(format!("{number:0DIGITS$}{SUFFIX}"))
    }

    /// The segments by number, and the names of what is none.
    pub(super) fn list(&self) -> io::Result<(Vec<u64>, Vec<String>)> {
        let (mut numbers, mut others) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(&self.path)? {
            let name = entry?.file_name();
            let name = name.to_string_lossy();
            match number(&name) {
                Some(number) => numbers.push(number),
                None if name == LOCK => {}
                None => others.push(name.into_owned()),
            }
        }
        numbers.sort_unstable();
        Ok((numbers, others))
    }

    /// Has the disk keep which files there are. Elsewhere than on Unix a folder cannot be told to.
    pub(super) fn sync(&self) -> io::Result<()> {
        if cfg!(unix) { File::open(&self.path)?.sync_all() } else { Ok(()) }
    }
}

fn number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(SUFFIX)?;
    let plain = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten().filter(|number| *number < NUMBERS_END)
}

/// For the owner alone, where the system knows of owners.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

fn builder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Whether `path` still leads to `file`.
pub(super) fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(held), Ok(found)) => same(&held, &found),
        _ => false,
    }
}

#[cfg(unix)]
fn same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    one.dev() == other.dev() && one.ino() == other.ino()
}

/// Open files cannot be replaced there.
#[cfg(not(unix))]
fn same(_: &Metadata, _: &Metadata) -> bool {
    true
}

/// The lock with our process id in it, or the id of who holds it.
fn take_lock(folder: &Path) -> io::Result<Result<File, Option<u32>>> {
    let mut file = private().read(true).write(true).create(true).truncate(false).open(folder.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let read = file.take(32).read_to_string(&mut text);
            return Ok(Err(read.ok().and_then(|_| text.trim().parse().ok())));
        }
        Err(TryLockError::Error(error)) => return Err(error),
    }
    // The id is for people: a disk without room for it must not keep a spool from being emptied.
    let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", process::id()));
    Ok(Ok(file))
}
