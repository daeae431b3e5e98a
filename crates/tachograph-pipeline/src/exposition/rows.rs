//! The series of a family: label sets as text, each once, in the order in which they are written.

use std::ops::Range;

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher as _;

/// Stands for a point that is not shown.
pub(super) const NO_ROW: u32 = u32::MAX;

/// Label sets of one family. A row is the index of one.
#[derive(Debug, Default)]
pub(super) struct Rows {
    text: String,
    labels: Vec<Range<usize>>,
    by_labels: HashTable<u32>,
    /// Rows in the order of their text.
    sorted: Vec<u32>,
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.labels.len()
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The row of the labels that `write` appends; none when it says false.
    pub(super) fn row(&mut self, write: impl FnOnce(&mut String) -> bool) -> u32 {
        let start = self.text.len();
        if !write(&mut self.text) {
            self.text.truncate(start);
            return NO_ROW;
        }
        let Self { text, labels, by_labels, .. } = self;
        let hash = |labels: &str| FixedState::default().hash_one(labels);
        let written = &text[start..];
        let known = by_labels.find(hash(written), |row| text[labels[*row as usize].clone()] == *written).copied();
        if let Some(row) = known {
            text.truncate(start);
            return row;
        }
        let Some(row) = u32::try_from(labels.len()).ok().filter(|row| *row != NO_ROW) else { return NO_ROW };
        let (hashed, end) = (hash(written), text.len());
        labels.push(start..end);
        by_labels.insert_unique(hashed, row, |row| hash(&text[labels[*row as usize].clone()]));
        row
    }

    /// Puts the rows in order, after some were added, and their text as well: it is read from the first to the last in each scrape.
    pub(super) fn sort(&mut self) {
        let Self { text, labels, sorted, .. } = self;
        let added = sorted.len()..labels.len();
        if added.is_empty() {
            return;
        }
        // They fit: `row` gives no others.
        sorted.extend(added.filter_map(|row| u32::try_from(row).ok()));
        // Stable, because most of it is in order already, which the stable sort is quick to see.
        sorted.sort_by(|a, b| text[labels[*a as usize].clone()].cmp(&text[labels[*b as usize].clone()]));
        let mut in_order = String::with_capacity(text.len());
        for row in sorted {
            let labels = &mut labels[*row as usize];
            let start = in_order.len();
            in_order.push_str(&text[labels.clone()]);
            *labels = start..in_order.len();
        }
        *text = in_order;
    }

    /// Each row with its labels, in the order in which they are written.
    pub(super) fn in_order(&self) -> impl Iterator<Item = (usize, &str)> {
        self.sorted.iter().map(|row| (*row as usize, &self.text[self.labels[*row as usize].clone()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(rows: &mut Rows, labels: &str) -> u32 {
        rows.row(|text| {
            text.push_str(labels);
            true
        })
    }

    #[test]
    fn labels_have_one_row_and_come_in_order() {
        let mut rows = Rows::default();
        assert_eq!([add(&mut rows, "b"), add(&mut rows, "a"), add(&mut rows, "b"), add(&mut rows, "")], [0, 1, 0, 2]);
        rows.sort();
        assert_eq!(rows.in_order().collect::<Vec<_>>(), [(2, ""), (1, "a"), (0, "b")]);
        assert_eq!([add(&mut rows, "aa"), add(&mut rows, "a")], [3, 1]);
        rows.sort();
        assert_eq!(rows.in_order().map(|(_, labels)| labels).collect::<Vec<_>>(), ["", "a", "aa", "b"]);
        assert_eq!(rows.text.len(), 4);
    }

    #[test]
    fn labels_that_are_known_take_no_room_again() {
        let mut rows = Rows::default();
        add(&mut rows, "known");
        rows.sort();
        add(&mut rows, "known");
        rows.sort();
        assert_eq!(rows.text, "known");
    }

    #[test]
    fn a_point_that_is_not_taken_leaves_nothing_behind() {
        let mut rows = Rows::default();
        let refused = rows.row(|text| {
            text.push_str("half");
            false
        });
        assert_eq!((refused, rows.len(), rows.text.as_str()), (NO_ROW, 0, ""));
    }
}
