//! One file and its backups. It knows nothing of queues; each call looks at the disk anew.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::settings::Rotation;

#[derive(Debug)]
pub(super) struct RotatingFile {
    path: PathBuf,
    rotation: Rotation,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    id: FileId,
    size: u64,
}

/// How far an append came, in lines.
#[derive(Debug)]
pub(super) struct Appended {
    pub(super) lines: usize,
    pub(super) error: Option<io::Error>,
}

impl RotatingFile {
    pub(super) fn new(path: PathBuf, rotation: Rotation) -> Self {
        Self { path, rotation, open: None }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Appends whole lines, which end at `ends`. One write, unless it rotates between two of them.
    pub(super) fn append(&mut self, bytes: &[u8], ends: &[usize]) -> Appended {
        let (mut lines, mut start) = (0, 0);
        while lines < ends.len() {
            match self.append_some(bytes, start, &ends[lines..]) {
                Ok(more) => lines += more,
                Err((more, error)) => return Appended { lines: lines + more, error: Some(error) },
            }
            start = ends[lines - 1];
        }
        Appended { lines, error: None }
    }

    /// Appends as many lines as go into the file, one at least.
    fn append_some(&mut self, bytes: &[u8], start: usize, ends: &[usize]) -> Result<usize, (usize, io::Error)> {
        let size = self.ready().map_err(|error| (0, error))?.size;
        let room = self.rotation.max_bytes.saturating_sub(size);
        let lines = ends.partition_point(|end| (end - start) as u64 <= room);
        if lines == 0 && size > 0 {
            self.rotate().map_err(|error| (0, error))?;
        }
        // A line that is larger than a file has one to itself.
        let lines = lines.max(1);
        let open = self.ready().map_err(|error| (0, error))?;
        let (written, result) = write_all(&mut open.file, &bytes[start..ends[lines - 1]]);
        open.size += written as u64;
        let Err(error) = result else { return Ok(lines) };
        let whole = ends[..lines].partition_point(|end| end - start <= written);
        let torn = written - if whole == 0 { 0 } else { ends[whole - 1] - start };
        self.give_up(torn as u64);
        Err((whole, error))
    }

    /// Cuts off what was written of a line after the last whole one. Where that fails, opening the file ends the line.
    fn give_up(&mut self, torn: u64) {
        if let Some(open) = self.open.take()
            && torn > 0
            // Others may have written behind it.
            && open.file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() == open.size)
        {
            let _ = open.file.set_len(open.size - torn);
        }
    }

    /// The file, opened, at the size that it has now: others may move, remove or truncate it at any time.
    pub(super) fn open(&mut self) -> io::Result<()> {
        self.ready().map(drop)
    }

    fn ready(&mut self) -> io::Result<&mut Open> {
        let metadata = fs::metadata(&self.path).ok();
        let still = metadata.filter(|metadata| self.open.as_ref().is_some_and(|open| open.id == FileId::of(metadata)));
        let open = match (self.open.take(), still) {
            (Some(open), Some(metadata)) => Open { size: metadata.len(), ..open },
            _ => Open::at(&self.path)?,
        };
        Ok(self.open.insert(open))
    }

    /// Moves the file and its backups on by one. A gap among the backups is closed, and loses none.
    fn rotate(&mut self) -> io::Result<()> {
        self.open = None;
        let backups = self.rotation.backups;
        if backups == 0 {
            return unless_missing(fs::remove_file(&self.path));
        }
        let exists = |number: &u32| fs::symlink_metadata(self.backup(*number)).is_ok();
        let last = (1..backups).find(|number| !exists(number)).unwrap_or(backups);
        for number in (1..last).rev() {
            unless_missing(fs::rename(self.backup(number), self.backup(number + 1)))?;
        }
        unless_missing(fs::rename(&self.path, self.backup(1)))?;
        // There are more of them when more were kept before.
        let _ = (backups + 1..).find(|number| fs::remove_file(self.backup(*number)).is_err());
        Ok(())
    }

    fn backup(&self, number: u32) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}"));
        name.into()
    }
}

impl Open {
    /// Opens the file for appending, and makes it, and its directory, if it is not there.
    fn at(path: &Path) -> io::Result<Self> {
        let append = || OpenOptions::new().append(true).create(true).open(path);
        let mut file = match (append(), path.parent()) {
            (Err(error), Some(directory)) if error.kind() == ErrorKind::NotFound => {
                fs::create_dir_all(directory)?;
                append()?
            }
            (file, _) => file?,
        };
        let metadata = file.metadata()?;
        let mut size = metadata.len();
        if metadata.is_file() && size > 0 && !ends_a_line(path) {
            // A process was killed while it wrote. What follows is a line of its own.
            file.write_all(b"\n")?;
            size += 1;
        }
        Ok(Self { file, id: FileId::of(&metadata), size })
    }
}

/// Whether the last line is whole. A file that cannot be read is taken to be in order.
fn ends_a_line(path: &Path) -> bool {
    let last = || {
        let (mut file, mut byte) = (File::open(path)?, [0]);
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut byte)?;
        io::Result::Ok(byte[0])
    };
    last().is_ok_and(|byte| byte == b'\n') || File::open(path).is_err()
}

/// How many bytes were written, and whether those are all.
fn write_all(file: &mut impl Write, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut written = 0;
    while written < bytes.len() {
        match file.write(&bytes[written..]) {
            Ok(0) => return (written, Err(ErrorKind::WriteZero.into())),
            Ok(more) => written += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (written, Err(error)),
        }
    }
    (written, Ok(()))
}

fn unless_missing(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Tells whether a path still leads to the file that is open.
#[derive(Debug, PartialEq, Eq)]
struct FileId {
    #[cfg(unix)]
    device_and_inode: (u64, u64),
}

impl FileId {
    #[cfg(unix)]
    fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        Self { device_and_inode: (metadata.dev(), metadata.ino()) }
    }

    /// Elsewhere the standard library tells no identity, and a file that is open cannot be moved away as easily.
    #[cfg(not(unix))]
    fn of(_: &Metadata) -> Self {
        Self {}
    }
}

#[cfg(test)]
mod tests;
