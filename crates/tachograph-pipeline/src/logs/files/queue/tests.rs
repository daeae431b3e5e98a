use std::sync::mpsc;
use std::thread;

use super::super::settings::LogFile;
use super::*;

const LONG: Duration = Duration::from_secs(30);
const COST: usize = size_of::<Line>();

fn application() -> FileSet {
    FileSet::default().with(LogFile::Application)
}

fn queue(limit: usize) -> (Queue, Arc<Counts>) {
    let counts = Arc::new(Counts::default());
    (Queue::new(limit, Arc::clone(&counts)), counts)
}

fn dropped(counts: &Counts, reason: DropReason) -> u64 {
    counts.dropped(LogFile::Application, reason)
}

#[test]
fn a_full_queue_drops_lines_and_counts_them_until_one_is_written() {
    let (queue, counts) = queue(3 * (4 + COST));
    for line in ["aaa\n", "bbb\n", "ccc\n", "ddd\n", "eee\n"] {
        queue.offer(application(), line.as_bytes());
    }
    assert_eq!(dropped(&counts, DropReason::QueueFull), 2);
    let chunk = queue.next(Chunk::default()).unwrap();
    assert_eq!(chunk.bytes, b"aaa\nbbb\nccc\n");
    // What is being written still takes its room.
    queue.offer(application(), b"fff\n");
    assert_eq!(dropped(&counts, DropReason::QueueFull), 3);
    assert!(!queue.flush(Duration::ZERO));
    queue.stop(Duration::ZERO);
    assert!(queue.next(chunk).is_none());
    assert_eq!(queue.state().bytes, 0);
}

#[test]
fn the_limit_holds_to_the_byte() {
    let (queue, counts) = queue(10 + COST);
    queue.offer(application(), b"123456789\n\n");
    assert_eq!(dropped(&counts, DropReason::QueueFull), 1);
    queue.offer(application(), b"1234567890");
    assert_eq!(dropped(&counts, DropReason::QueueFull), 2, "the line feed that it gets counts");
    queue.offer(application(), b"123456789");
    assert_eq!(dropped(&counts, DropReason::QueueFull), 2);
    assert_eq!(queue.next(Chunk::default()).unwrap().bytes, b"123456789\n");
}

#[test]
fn lines_come_in_order_in_batches_and_a_long_one_has_its_own() {
    let (queue, counts) = queue(1 << 20);
    let long = vec![b'x'; 3 * BATCH];
    let mut offered = Vec::new();
    for index in 0..5000 {
        let line = format!("line {index} {}\n", "-".repeat(index % 100));
        queue.offer(application(), line.as_bytes());
        offered.extend_from_slice(line.as_bytes());
        if index == 2500 {
            queue.offer(application(), &long);
            offered.extend_from_slice(&long);
            offered.push(b'\n');
        }
    }
    queue.stop(Duration::ZERO);
    let (mut written, mut chunk, mut sizes) = (Vec::new(), Chunk::default(), Vec::new());
    while let Some(next) = queue.next(chunk) {
        assert_eq!(next.lines.last().unwrap().end, next.bytes.len());
        assert!(next.bytes.len() <= BATCH || next.lines.len() == 1);
        sizes.push(next.bytes.len());
        written.extend_from_slice(&next.bytes);
        chunk = next;
    }
    assert!(written == offered);
    assert!(sizes.len() <= written.len() / BATCH + 3, "{sizes:?}");
    assert_eq!(counts.health().dropped(), 0);
    assert!(queue.state().spare.iter().all(|spare| spare.bytes.capacity() <= 2 * BATCH));
}

#[test]
fn after_the_stop_lines_are_counted_as_such() {
    let (queue, counts) = queue(1000);
    queue.offer(application(), b"before\n");
    assert!(!queue.stop(Duration::ZERO));
    queue.offer(application().with(LogFile::Errors), b"after\n");
    assert_eq!(dropped(&counts, DropReason::ShutDown), 1);
    assert_eq!(counts.dropped(LogFile::Errors, DropReason::ShutDown), 1);
    let chunk = queue.next(Chunk::default()).unwrap();
    assert_eq!(chunk.bytes, b"before\n");
    assert!(queue.next(chunk).is_none());
    queue.over();
    assert!(queue.stop(Duration::ZERO) && queue.flush(Duration::ZERO));
}

#[test]
fn a_flush_ends_when_what_was_queued_is_written_and_wakes_a_writer_that_rests() {
    let queue = Arc::new(queue(1 << 20).0);
    let writes = Arc::clone(&queue);
    // Not in a scope, which would wait for a writer that hangs.
    let writer = thread::spawn(move || {
        let (mut chunk, mut lines) = (Chunk::default(), 0);
        while let Some(next) = writes.next(chunk) {
            lines += next.lines.len();
            chunk = next;
        }
        writes.over();
        lines
    });
    let start = Instant::now();
    for _ in 0..200 {
        queue.offer(application(), b"line\n");
        assert!(queue.flush(LONG));
    }
    assert!(start.elapsed() < 100 * REST, "{:?}", start.elapsed());
    assert!(queue.stop(LONG));
    assert_eq!(writer.join().unwrap(), 200);
}

#[test]
fn a_line_alone_is_written_without_anybody_waiting_for_it() {
    let queue = Arc::new(queue(1 << 20).0);
    let writes = Arc::clone(&queue);
    let (written, lines) = mpsc::channel();
    thread::spawn(move || written.send(writes.next(Chunk::default()).map(|chunk| chunk.bytes)));
    let end = Instant::now() + LONG;
    while queue.state().sleeps_for != SleepsFor::AnyLine && Instant::now() < end {
        thread::yield_now();
    }
    queue.offer(application(), b"line\n");
    assert_eq!(lines.recv_timeout(LONG).unwrap().unwrap(), b"line\n");
}

#[test]
fn a_writer_that_rests_is_woken_by_a_full_chunk_and_not_by_each_line() {
    let (queue, _) = queue(1 << 20);
    queue.state().sleeps_for = SleepsFor::AFullChunk;
    let line = [b'x'; 1024];
    for _ in 0..BATCH / line.len() - 1 {
        queue.offer(application(), &line);
    }
    assert_eq!(queue.state().sleeps_for, SleepsFor::AFullChunk);
    queue.offer(application(), &line);
    assert_eq!(queue.state().sleeps_for, SleepsFor::Nothing);
}
