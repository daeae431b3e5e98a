//! The number of the current thread.

use std::thread;

/// Rust's number of this thread, from 1 on; 0 where it cannot be had.
pub(in crate::logs) fn id() -> u64 {
    thread_local!(static ID: u64 = number(&format!("{:?}", thread::current().id())));
    ID.try_with(|id| *id).unwrap_or_default()
}

/// `ThreadId(7)`, which is all that the standard library tells.
fn number(id: &str) -> u64 {
    id.bytes()
        .filter(u8::is_ascii_digit)
        .fold(0, |number, digit| number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    #[test]
    fn threads_have_different_numbers() {
        let here = super::id();
        assert!(here > 0);
        assert_eq!(here, super::id());
        assert_ne!(here, std::thread::spawn(super::id).join().unwrap());
        assert_eq!(super::number("ThreadId(120)"), 120);
    }
}
