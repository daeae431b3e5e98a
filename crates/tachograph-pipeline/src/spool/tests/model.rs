//! Anything that can happen to a spool, in any order, against a list of what was appended and the bytes that are on disk.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};

use proptest::prelude::*;
use proptest::sample::Index;

use super::super::error::Refused;
use super::super::record::{RECORD_HEADER, SEGMENT_HEADER, SETTLED};
use super::super::settings::WhenFull;
use super::super::store::Place;
use super::*;

const MAX_BYTES: u64 = 3000;

#[derive(Debug, Clone)]
enum Step {
    Append {
        kind: u8,
        items: u64,
        length: usize,
    },
    Next {
        kind: u8,
    },
    Settle(Index),
    PutBack(Index),
    Withdraw(Index),
    /// The process dies and another one starts.
    Reopen,
    /// A file ends at some byte.
    Cut(Index, Index),
    Flip(Index, Index, u8),
    Remove(Index),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let any_index = any::<Index>;
    let append =
        (0..3_u8, 0..1000_u64, 0..300_usize).prop_map(|(kind, items, length)| Step::Append { kind, items, length });
    let step = prop_oneof![
        20 => append,
        12 => (0..3_u8).prop_map(|kind| Step::Next { kind }),
        8 => any_index().prop_map(Step::Settle),
        4 => any_index().prop_map(Step::PutBack),
        2 => any_index().prop_map(Step::Withdraw),
        3 => Just(Step::Reopen),
        1 => (any_index(), any_index()).prop_map(|(file, at)| Step::Cut(file, at)),
        2 => (any_index(), any_index(), 1..=255_u8).prop_map(|(file, at, mask)| Step::Flip(file, at, mask)),
        1 => any_index().prop_map(Step::Remove),
    ];
    prop::collection::vec(step, 1..80)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Open,
    Lent(u32),
    /// Lent, and its file is gone.
    Orphaned(u32),
    Out,
}

struct Record {
    kind: u8,
    items: u64,
    place: Place,
    /// As it was written.
    bytes: Vec<u8>,
    fate: Fate,
}

struct Model {
    settings: SpoolSettings,
    store: Store,
    records: Vec<Record>,
    /// Segments of this process.
    begun: HashSet<u64>,
    /// The headers of segments as they were written.
    headers: HashMap<u64, Vec<u8>>,
    /// Whether files were changed behind its back since it was opened.
    tampered: bool,
    /// Whether they ever were: damage stays as long as its segment.
    ever_tampered: bool,
}

impl Model {
    fn file(&self, segment: u64) -> Option<Vec<u8>> {
        fs::read(self.settings.folder.join(format!("{segment:016}.seg"))).ok()
    }

    fn on_disk(&self, record: &Record) -> Option<Vec<u8>> {
        let from = record.place.offset as usize;
        self.file(record.place.segment)?.get(from..from + record.bytes.len()).map(<[u8]>::to_vec)
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Append { kind, items, length } => self.append(kind, items, length),
            Step::Next { kind } => self.next(kind),
            Step::Settle(index) => self.take(&index, false),
            Step::Withdraw(index) => self.take(&index, true),
            Step::PutBack(index) => self.put_back(&index),
            Step::Reopen => self.reopen(),
            Step::Cut(file, at) => self.tamper(&file, |file, bytes| file.set_len(at.index(bytes.len() + 1) as u64)),
            Step::Flip(file, at, mask) => self.tamper(&file, |file, bytes| {
                if bytes.is_empty() {
                    return Ok(());
                }
                let at = at.index(bytes.len());
                file.seek(SeekFrom::Start(at as u64))?;
                file.write_all(&[bytes[at] ^ mask])
            }),
            Step::Remove(file) => {
                let paths = segments(&self.settings.folder);
                if !paths.is_empty() {
                    fs::remove_file(file.get(&paths)).unwrap();
                    (self.tampered, self.ever_tampered) = (true, true);
                }
            }
        }
        self.note_gone();
        self.check();
    }

    fn append(&mut self, kind: u8, items: u64, length: usize) {
        let body = vec![b'a' + kind; length];
        let before = self.store.state.clone();
        match self.store.append(kind, items, &body) {
            Ok((place, evicted)) => {
                let evicted: u64 = evicted.iter().map(|amount| amount.items).sum();
                let counted = |state: &SpoolState| state.signals.iter().map(|signal| signal.evicted.items).sum::<u64>();
                assert_eq!(counted(&self.store.state) - counted(&before), evicted);
                let file = self.file(place.segment).unwrap();
                let from = place.offset as usize;
                // Numbers come again after a restart with no segments.
                if self.begun.insert(place.segment) {
                    self.headers.insert(place.segment, file[..SEGMENT_HEADER].to_vec());
                }
                let bytes = file[from..].to_vec();
                assert_eq!(bytes[RECORD_HEADER..], body);
                self.records.push(Record { kind, items, place, bytes, fate: Fate::Open });
            }
            Err(Refused::Full { .. }) => {
                assert_eq!(self.settings.when_full, WhenFull::KeepOldest);
                let needed = (length + RECORD_HEADER + SEGMENT_HEADER) as u64;
                assert!(self.store.state.bytes + needed > MAX_BYTES);
            }
            Err(refused) => panic!("{refused}"),
        }
    }

    fn next(&mut self, kind: u8) {
        let lent = self.store.next(kind);
        self.note_gone();
        for at in 0..self.records.len() {
            let record = &self.records[at];
            if record.kind != kind || record.fate != Fate::Open {
                continue;
            }
            let on_disk = self.on_disk(record).unwrap_or_default();
            let same = on_disk.len() == record.bytes.len()
                && on_disk[..28] == record.bytes[..28]
                && on_disk[RECORD_HEADER..] == record.bytes[RECORD_HEADER..];
            if same {
                let lent = lent.expect("a sound record is open");
                assert_eq!((lent.place, lent.items), (record.place, record.items));
                assert_eq!(lent.body, record.bytes[RECORD_HEADER..]);
                self.records[at].fate = Fate::Lent(lent.loan);
                return;
            }
            // Corrupt, and counted as that.
            self.records[at].fate = Fate::Out;
        }
        assert!(lent.is_none());
    }

    fn pick(&self, index: &Index, also_open: bool) -> Option<usize> {
        let wanted = |record: &Record| match record.fate {
            Fate::Lent(_) | Fate::Orphaned(_) => true,
            Fate::Open => also_open,
            Fate::Out => false,
        };
        let picked: Vec<_> = (0..self.records.len()).filter(|at| wanted(&self.records[*at])).collect();
        (!picked.is_empty()).then(|| *index.get(&picked))
    }

    fn take(&mut self, index: &Index, withdraw: bool) {
        let Some(at) = self.pick(index, withdraw) else { return };
        let place = self.records[at].place;
        assert!(if withdraw { self.store.withdraw(place) } else { self.store.settle(place) });
        assert!(!self.store.settle(place));
        self.records[at].fate = Fate::Out;
    }

    fn put_back(&mut self, index: &Index) {
        let Some(at) = self.pick(index, false) else { return };
        let record = &mut self.records[at];
        let (Fate::Lent(loan) | Fate::Orphaned(loan)) = record.fate else { unreachable!() };
        self.store.put_back(record.place, loan.wrapping_add(1));
        self.store.put_back(record.place, loan);
        record.fate = if matches!(record.fate, Fate::Lent(_)) { Fate::Open } else { Fate::Out };
    }

    fn reopen(&mut self) {
        // There is one lock, so the old store has to go first.
        let parked = folder();
        self.store = open(small(parked.path())).0;
        for at in 0..self.records.len() {
            let record = &self.records[at];
            let header = &self.headers[&record.place.segment];
            let found = self.file(record.place.segment).is_some_and(|file| file.starts_with(header))
                && self
                    .on_disk(record)
                    .is_some_and(|bytes| bytes[..28] == record.bytes[..28] && bytes[28..32] != SETTLED);
            // A damaged mark brings back what was settled, and so does one that could not be written.
            assert!(!found || record.fate != Fate::Out || self.ever_tampered);
            self.records[at].fate = if found { Fate::Open } else { Fate::Out };
        }
        let (store, found) = open(self.settings.clone());
        for kind in 0..KINDS {
            let mut expected = Amount::default();
            let open = |record: &&Record| usize::from(record.kind) == kind && record.fate == Fate::Open;
            self.records.iter().filter(open).for_each(|record| expected += amount(1, record.items));
            assert_eq!(found.signals[kind], expected, "{kind}");
        }
        if !self.ever_tampered {
            assert_eq!((found.corrupt_bytes, found.torn_bytes, found.left_alone_count), (0, 0, 0));
        }
        self.store = store;
        self.begun.clear();
        // A file without its header is left alone, and is in no number.
        self.tampered = found.left_alone_count > 0;
    }

    fn tamper(&mut self, file: &Index, change: impl FnOnce(&mut File, &[u8]) -> io::Result<()>) {
        let paths = segments(&self.settings.folder);
        if !paths.is_empty() {
            let path = file.get(&paths);
            let bytes = fs::read(path).unwrap();
            change(&mut OpenOptions::new().write(true).open(path).unwrap(), &bytes).unwrap();
            (self.tampered, self.ever_tampered) = (true, true);
        }
    }

    /// Segments go out of the books only when their file is gone.
    fn note_gone(&mut self) {
        for at in 0..self.records.len() {
            let record = &self.records[at];
            let known = self.store.segments.contains_key(&record.place.segment);
            if known || matches!(record.fate, Fate::Out | Fate::Orphaned(_)) {
                continue;
            }
            assert!(self.file(record.place.segment).is_none());
            let record = &mut self.records[at];
            record.fate = if let Fate::Lent(loan) = record.fate { Fate::Orphaned(loan) } else { Fate::Out };
        }
    }

    fn check(&self) {
        assert_law(&self.store.state);
        for kind in 0..KINDS {
            let mut expected = Amount::default();
            let there = |record: &&Record| usize::from(record.kind) == kind && record.fate != Fate::Out;
            self.records.iter().filter(there).for_each(|record| expected += amount(1, record.items));
            assert_eq!(self.store.state.signals[kind].spooled, expected, "{kind}");
        }
        if !self.tampered {
            assert!(self.store.state.working, "{:?}", self.store.state.last_error);
            assert_eq!(self.store.state.bytes, bytes_on_disk(&self.settings.folder));
            assert!(self.store.state.bytes <= MAX_BYTES);
        }
    }
}

fn run(when_full: WhenFull, steps: Vec<Step>) {
    let folder = folder();
    let settings = SpoolSettings { max_bytes: MAX_BYTES, when_full, ..small(folder.path()) };
    let (store, _) = open(settings.clone());
    let mut model = Model {
        settings,
        store,
        records: Vec::new(),
        begun: HashSet::new(),
        headers: HashMap::new(),
        tampered: false,
        ever_tampered: false,
    };
    for step in steps {
        model.step(step);
    }
    model.step(Step::Reopen);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_uncounted_or_made_up_when_the_oldest_are_kept(steps in steps()) {
        run(WhenFull::KeepOldest, steps);
    }

    #[test]
    fn nothing_is_lost_uncounted_or_made_up_when_the_oldest_go(steps in steps()) {
        run(WhenFull::DropOldest, steps);
    }
}
