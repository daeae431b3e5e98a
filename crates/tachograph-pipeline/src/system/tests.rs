use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

#[test]
fn a_sampler_that_panics_is_replaced_and_its_old_sample_is_not_shown() {
    let (made, sampled) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let (latest, (running, stopped)) = (Latest::default(), mpsc::channel());
    let (seen, saw) = mpsc::channel();
    let make = || {
        made.fetch_add(1, Ordering::SeqCst);
        Sampler::new(ControlGroups::new("/nowhere", "/nowhere"), PathBuf::from("."))
    };
    let sample = |sampler: &mut Sampler| {
        seen.send(latest.get().is_some()).unwrap();
        match sampled.fetch_add(1, Ordering::SeqCst) {
            1 => panic!("on purpose"),
            _ => sampler.sample(),
        }
    };
    thread::scope(|scope| {
        let (latest, make, sample) = (&latest, &make, &sample);
        scope.spawn(move || work(make, sample, latest, &stopped, Duration::from_millis(1)));
        // Before the first; after the first; after the one that panicked; after the one after it.
        assert_eq!(saw.iter().take(4).collect::<Vec<_>>(), [false, true, false, true]);
        drop(running);
    });
    assert_eq!(made.load(Ordering::SeqCst), 2);
}
