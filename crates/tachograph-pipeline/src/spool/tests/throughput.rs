//! How fast requests are kept and lent, one after the other: `cargo test --profile bench -p tachograph-pipeline --features spool --lib
//! spool::tests::throughput -- --ignored --nocapture`. The folder is made where `TMPDIR` says.

use std::io::{self, Write};

use bytes::Bytes;
use futures_executor::block_on;

use super::*;
use crate::settings::Signal::Logs;

#[test]
#[ignore = "measures"]
fn throughput() {
    for fsync in [Fsync::Never, Fsync::EverySecond, Fsync::Always] {
        for length in [64 << 10, 1 << 20] {
            measure(fsync, length);
        }
    }
}

fn measure(fsync: Fsync, length: usize) {
    let total = if fsync == Fsync::Always { 100 << 20 } else { 1000 << 20 };
    let count = total / length;
    let folder = folder();
    let (spool, _) = spool(SpoolSettings { fsync, ..SpoolSettings::new(folder.path()) });
    let body = Bytes::from(vec![7; length]);
    let appending = Instant::now();
    for _ in 0..count {
        block_on(spool.append(Logs, 1, body.clone())).unwrap();
    }
    let appended = appending.elapsed().as_secs_f64();
    let draining = Instant::now();
    for _ in 0..count {
        let lent = block_on(spool.next(Logs)).unwrap();
        assert!(block_on(spool.settle(lent.id)));
    }
    let drained = draining.elapsed().as_secs_f64();
    let rate = |seconds: f64| (count * length) as f64 / 1e6 / seconds;
    let kib = length >> 10;
    let line =
        format!("{fsync:?}, {kib} KiB: append {:.0} MB/s, next and settle {:.0} MB/s", rate(appended), rate(drained));
    writeln!(io::stdout(), "{line}").unwrap();
}
