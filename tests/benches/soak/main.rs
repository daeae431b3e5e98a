//! An application under load whose receiver is killed and comes back three times, and one that is killed itself.
//!
//! `cargo bench -p tests --bench soak` takes about four minutes; `SOAK_SECONDS=10` shortens each run. It fails where an item is not
//! accounted for, where something is lost with a spool, and where the memory is above its bound.
//!
//! The application is a process of its own (`application`): two threads that make 50,000 tracked calls a second. Its receiver is the
//! fault-injecting server of `tachograph-testing` in this process, which counts what it took, or the real Collector, which is killed
//! with SIGKILL where there is one.

#![allow(missing_docs, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod application;
mod receiver;
mod state;

use std::{env, path::Path, thread, time::Duration};

use tests::process::Signal;

use self::{
    application::Application,
    receiver::{Collector, Receiver, Server},
    state::State,
};

/// How long a receiver is away each time.
const AWAY: Duration = Duration::from_secs(4);
/// What an application may take beside what it had before the load: what waits, what is under way, what is on its way to disk.
const MEMORY: u64 = (64 + 4 * 16 + 32) << 20;

fn main() {
    if env::var_os(application::ROLE).is_some() {
        return application::run();
    }
    let seconds = env::var("SOAK_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(60);
    let run = Duration::from_secs(seconds);
    println!(
        "| receiver | spool | created | exported | failed | dropped | on disk | the receiver took | p50 | p99 | memory |"
    );
    println!("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");

    let calm = {
        let server = Server::start();
        let application = Application::start(&server.endpoint(), None, run / 4);
        let state = application.last();
        row("calm", "no", &state, server.taken());
        state.balances();
        assert_eq!((state.lost(), server.taken()), (0, Some(state.exported)), "{state:?}");
        state
    };
    for with_spool in [false, true] {
        let server = Server::start();
        let state = outages(&server, with_spool, run);
        row("away three times", if with_spool { "yes" } else { "no" }, &state, server.taken());
        judge(&state, &calm, with_spool);
        // Its answers are lost with a connection that is closed, what they answered is not.
        assert!(server.taken() >= Some(state.exported), "{state:?}, the server took {:?}", server.taken());
    }
    match Collector::start() {
        Some(collector) => {
            let state = outages(&collector, true, run);
            row("Collector, killed three times", "yes", &state, None);
            judge(&state, &calm, true);
        }
        None => println!("the Collector is missing: SKIPPED"),
    }
    killed(run / 4);
}

/// A run in which the receiver goes away three times. What is on disk at the end of the load gets time to be sent.
fn outages(receiver: &dyn Receiver, with_spool: bool, run: Duration) -> State {
    let folder = tempfile::tempdir().expect("a folder");
    let spool = with_spool.then(|| folder.path());
    let application = Application::start(&receiver.endpoint(), spool, run);
    for _ in 0..3 {
        thread::sleep(run / 4 - AWAY.min(run / 8));
        receiver.go_away();
        thread::sleep(AWAY.min(run / 8));
        receiver.come_back();
    }
    application.last()
}

fn judge(state: &State, calm: &State, with_spool: bool) {
    state.balances();
    if with_spool {
        assert_eq!(state.lost(), 0, "{state:?}");
        assert_eq!(state.created, state.exported, "{state:?}");
    }
    assert!(state.most_memory - state.first_memory <= MEMORY, "{state:?}");
    println!("| | | | | | | | | | {:.2} × calm | |", state.p99 as f64 / calm.p99 as f64);
}

/// An application is killed while its receiver is away, and another one while it sends what the first had left.
fn killed(run: Duration) {
    let (server, folder) = (Server::start(), tempfile::tempdir().expect("a folder"));
    let spool: Option<&Path> = Some(folder.path());
    let first = Application::start(&server.endpoint(), spool, run * 10);
    thread::sleep(run / 2);
    server.go_away();
    thread::sleep(run / 4);
    let left = first.kill();
    let taken = server.taken().expect("it counts");
    server.come_back();
    // It makes nothing: it only sends what is there.
    let second = Application::start(&server.endpoint(), spool, Duration::ZERO);
    let found = second.until(|state| state.recovered > 0 && state.exported > state.recovered / 4);
    let second_left = second.kill();
    let third = Application::start(&server.endpoint(), spool, Duration::ZERO);
    let last = third.until(|state| state.recovered > 0 && state.on_disk == 0);
    drop(third);
    let sent = server.taken().expect("it counts") - taken;
    let twice = sent - found.recovered;
    println!();
    println!("killed with {} items on disk by its last word; the next process found {}", left.on_disk, found.recovered);
    println!(
        "killed after it had sent {} of them by its last word; the third found {} and sent {}",
        second_left.exported, last.recovered, last.exported
    );
    println!("the receiver took {sent} in all: {twice} twice");
    assert!(found.recovered >= left.on_disk, "{left:?} {found:?}");
    assert_eq!(last.exported, last.recovered, "{last:?}");
    assert!(sent >= found.recovered, "{sent} of {found:?}");
}

fn row(receiver: &str, spool: &str, state: &State, taken: Option<u64>) {
    let State { created, exported, failed, dropped, on_disk, p50, p99, most_memory, .. } = state;
    let taken = taken.map_or_else(|| "–".to_owned(), |taken| taken.to_string());
    let memory = most_memory >> 20;
    println!(
        "| {receiver} | {spool} | {created} | {exported} | {failed} | {dropped} | {on_disk} | {taken} | {p50} ns | {p99} ns | {memory} MiB |"
    );
}

/// How a process is ended without a word.
const KILL: Signal = Signal::KILL;
