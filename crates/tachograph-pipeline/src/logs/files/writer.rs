//! From the queue into the files. A file that cannot be written rests, longer each time, while its lines are dropped and counted.

use std::io;
use std::path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::counts::{Counts, DropReason};
use super::outage::Outage;
use super::queue::Chunk;
use super::rotating::RotatingFile;
use super::settings::{FilesSettings, LogFile};

const SHORTEST_REST: Duration = Duration::from_millis(100);
const LONGEST_REST: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Writer {
    files: Vec<Target>,
    counts: Arc<Counts>,
    outage: Outage,
    /// The lines of a chunk that go to one file, and where they end.
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

#[derive(Debug)]
struct Target {
    which: LogFile,
    file: RotatingFile,
    /// It is not tried again before this moment.
    rests_until: Option<Instant>,
    rest: Duration,
}

impl Writer {
    /// Opens every file, so that a directory that does not do is known at the start.
    pub(super) fn open(settings: &FilesSettings, counts: Arc<Counts>) -> io::Result<Self> {
        // The application may change its directory.
        let directory = path::absolute(&settings.directory)?;
        let target = |which: LogFile| {
            let mut file = RotatingFile::new(directory.join(which.name()), settings.files.rotation(which));
            file.open()?;
            Ok(Target { which, file, rests_until: None, rest: Duration::ZERO })
        };
        let files = LogFile::ALL.into_iter().map(target).collect::<io::Result<_>>()?;
        Ok(Self { files, counts, outage: Outage::default(), bytes: Vec::new(), ends: Vec::new() })
    }

    /// Writes each line to its files, or gives it up.
    pub(super) fn write(&mut self, chunk: &Chunk, now: Instant) {
        let Self { files, counts, outage, bytes, ends } = self;
        for target in files {
            gather(chunk, target.which, bytes, ends);
            match ends.is_empty() {
                true => target.try_again(outage, now),
                false => target.write(bytes, ends, counts, outage, now),
            }
        }
        counts.set_error(outage.error().map(str::to_owned));
        outage.say(now);
    }
}

impl Target {
    fn write(&mut self, bytes: &[u8], ends: &[usize], counts: &Counts, outage: &mut Outage, now: Instant) {
        let lost = |lines: usize| counts.add_dropped(self.which, DropReason::IoError, lines as u64);
        if self.rests_until.is_some_and(|until| now < until) {
            lost(ends.len());
            outage.lost(ends.len());
            return;
        }
        let appended = self.file.append(bytes, ends);
        counts.add_written(self.which, appended.lines as u64);
        let Some(error) = appended.error else {
            return self.works(outage);
        };
        lost(ends.len() - appended.lines);
        outage.lost(ends.len() - appended.lines);
        self.fails(&error, outage, now);
    }

    /// There is no line for it. One that failed may be in order again, and its next line a day away.
    fn try_again(&mut self, outage: &mut Outage, now: Instant) {
        if self.rests_until.is_some_and(|until| now >= until) {
            match self.file.open() {
                Ok(()) => self.works(outage),
                Err(error) => self.fails(&error, outage, now),
            }
        }
    }

    fn works(&mut self, outage: &mut Outage) {
        (self.rests_until, self.rest) = (None, Duration::ZERO);
        outage.works(self.which);
    }

    fn fails(&mut self, error: &io::Error, outage: &mut Outage, now: Instant) {
        outage.fails(self.which, || format!("{}: {error}", self.file.path().display()));
        self.rest = (self.rest * 2).clamp(SHORTEST_REST, LONGEST_REST);
        self.rests_until = Some(now + self.rest);
    }
}

fn gather(chunk: &Chunk, file: LogFile, bytes: &mut Vec<u8>, ends: &mut Vec<usize>) {
    bytes.clear();
    ends.clear();
    let mut start = 0;
    for line in &chunk.lines {
        if line.files.contains(file) {
            bytes.extend_from_slice(&chunk.bytes[start..line.end]);
            ends.push(bytes.len());
        }
        start = line.end;
    }
}

#[cfg(test)]
mod tests;
