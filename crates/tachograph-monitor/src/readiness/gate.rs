//! What may come and go while the application runs.

use super::Readiness;

#[derive(Debug, Default)]
pub(super) struct Gates {
    gates: Vec<(u64, String, bool)>,
    next: u64,
}

impl Gates {
    fn add(&mut self, name: &str) -> u64 {
        let id = self.next;
        self.next += 1;
        self.gates.push((id, name.to_owned(), false));
        id
    }

    fn set(&mut self, id: u64, open: bool) {
        if let Some((_, _, is_open)) = self.gates.iter_mut().find(|(of, ..)| *of == id) {
            *is_open = open;
        }
    }

    fn remove(&mut self, id: u64) {
        self.gates.retain(|(of, ..)| *of != id);
    }

    pub(super) fn closed(&self) -> impl Iterator<Item = &str> {
        self.gates.iter().filter(|(_, _, open)| !open).map(|(_, name, _)| name.as_str())
    }
}

/// Keeps a [`Readiness`] waiting while it is closed, which it is at first, and until it is dropped.
#[derive(Debug)]
pub(crate) struct Gate {
    readiness: Readiness,
    id: u64,
}

impl Readiness {
    pub(crate) fn gate(&self, name: &str) -> Gate {
        let id = self.change(|state| state.gates.add(name));
        Gate { readiness: self.clone(), id }
    }
}

impl Gate {
    pub(crate) fn set(&self, open: bool) {
        self.readiness.change(|state| {
            state.gates.set(self.id, open);
            state.started |= state.is_ready();
        });
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.readiness.change(|state| state.gates.remove(self.id));
    }
}
