//! Where the buckets of the histograms of a family lie.
//!
//! Most families have one set of bounds. Where several libraries record under one name with different bounds, or projections bring
//! them together, each series has the bounds that all of its sources share: there, and only there, the sums of their buckets are
//! exact. What was counted is never lost, and a bucket never goes back.

use super::number::write_f64;
use super::rows::NO_ROW;

/// Sets of bounds, and which row has which.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    layouts: Vec<Layout>,
    /// By row: its layout and its first cell.
    rows: Vec<(usize, usize)>,
    cells: usize,
}

/// A set of bounds.
#[derive(Debug)]
pub(super) struct Layout {
    bounds: Vec<f64>,
    /// `le="0.5"} ` for each bound, and for infinity.
    pub(super) labels: Vec<String>,
}

impl Layout {
    fn new(bounds: Vec<f64>) -> Self {
        let label = |bound: f64| {
            let mut label = b"le=\"".to_vec();
            // Minus zero is the same bound as zero.
            write_f64(bound + 0.0, &mut label);
            label.extend_from_slice(b"\"} ");
            String::from_utf8(label).unwrap_or_default()
        };
        let labels = bounds.iter().copied().chain([f64::INFINITY]).map(label).collect();
        Self { bounds, labels }
    }

    /// Cells of a row: one for each bound, and one for what is above them.
    fn width(&self) -> usize {
        self.bounds.len() + 1
    }

    /// Whether values below zero have a bucket of their own.
    pub(super) fn has_negative(&self) -> bool {
        self.bounds.first().is_some_and(|bound| *bound < 0.0)
    }
}

impl Buckets {
    /// The number of cells of all rows.
    pub(super) fn cells(&self) -> usize {
        self.cells
    }

    /// The layout with exactly these bounds.
    pub(super) fn layout(&mut self, bounds: &[f64]) -> usize {
        let known = self.layouts.iter().position(|layout| layout.bounds == bounds);
        known.unwrap_or_else(|| {
            self.layouts.push(Layout::new(bounds.to_vec()));
            self.layouts.len() - 1
        })
    }

    /// Gives each row the bounds that its sources share. `sources` are the layout of a source and the rows of its points.
    pub(super) fn assign<'a>(&mut self, rows: usize, sources: impl Iterator<Item = (usize, &'a [u32])>) {
        const NONE: usize = usize::MAX;
        let mut layout_of = vec![NONE; rows];
        for (layout, points) in sources {
            for row in points.iter().filter(|row| **row != NO_ROW) {
                let present = layout_of[*row as usize];
                layout_of[*row as usize] = match present {
                    NONE => layout,
                    same if same == layout => layout,
                    other => self.shared(other, layout),
                };
            }
        }
        self.cells = 0;
        self.rows.clear();
        for layout in layout_of {
            self.rows.push((layout, self.cells));
            self.cells += self.layouts.get(layout).map_or(0, Layout::width);
        }
    }

    fn shared(&mut self, a: usize, b: usize) -> usize {
        let (a, b) = (&self.layouts[a].bounds, &self.layouts[b].bounds);
        let shared: Vec<f64> = a.iter().copied().filter(|bound| b.contains(bound)).collect();
        self.layout(&shared)
    }

    /// The layout of a row and its cells.
    pub(super) fn of<'a>(&self, row: usize, cells: &'a [u64]) -> Option<(&Layout, &'a [u64])> {
        let (layout, start) = self.rows.get(row)?;
        let layout = self.layouts.get(*layout)?;
        Some((layout, cells.get(*start..*start + layout.width())?))
    }

    /// Adds a point whose bounds are those of the layout `from` to its row. `add_buckets` adds it to cells of its own bounds.
    pub(super) fn add(
        &self,
        row: usize,
        from: usize,
        cells: &mut [u64],
        scratch: &mut Vec<u64>,
        add_buckets: impl FnOnce(&mut [u64]),
    ) {
        let Some((to, start)) = self.rows.get(row) else { return };
        let (Some(to_layout), Some(from_layout)) = (self.layouts.get(*to), self.layouts.get(from)) else { return };
        let Some(cells) = cells.get_mut(*start..*start + to_layout.width()) else { return };
        if *to == from {
            return add_buckets(cells);
        }
        scratch.clear();
        scratch.resize(from_layout.width(), 0);
        add_buckets(scratch);
        for (count, bound) in scratch.iter().zip(from_layout.bounds.iter().copied().chain([f64::INFINITY])) {
            cells[to_layout.bounds.partition_point(|shared| *shared < bound)] += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(counts: &[u64]) -> impl FnOnce(&mut [u64]) {
        move |cells| cells.iter_mut().zip(counts).for_each(|(cell, count)| *cell += count)
    }

    #[test]
    fn sources_with_other_bounds_meet_on_those_they_share() {
        let mut buckets = Buckets::default();
        let (fine, coarse) = (buckets.layout(&[1.0, 2.0, 5.0]), buckets.layout(&[0.5, 2.0, 10.0]));
        buckets.assign(3, [(fine, &[0, 1][..]), (coarse, &[1, NO_ROW, 2])].into_iter());
        let (mut cells, mut scratch) = (vec![0; buckets.cells()], Vec::new());
        buckets.add(0, fine, &mut cells, &mut scratch, add(&[1, 2, 3, 4]));
        buckets.add(1, fine, &mut cells, &mut scratch, add(&[1, 2, 3, 4]));
        buckets.add(1, coarse, &mut cells, &mut scratch, add(&[10, 20, 30, 40]));
        buckets.add(2, coarse, &mut cells, &mut scratch, add(&[5, 6, 7, 8]));
        let row = |row| {
            let (layout, cells) = buckets.of(row, &cells).unwrap();
            (layout.labels.join(" "), cells.to_vec())
        };
        assert_eq!(
            row(0),
            (r#"le="1.0"}  le="2.0"}  le="5.0"}  le="+Inf"} "#.to_owned(), vec![1, 2, 3, 4]),
            "a row of its own keeps all bounds"
        );
        assert_eq!(row(1), (r#"le="2.0"}  le="+Inf"} "#.to_owned(), vec![33, 77]));
        assert_eq!(row(2).1, [5, 6, 7, 8]);
    }

    #[test]
    fn sources_that_share_no_bound_keep_their_count() {
        let mut buckets = Buckets::default();
        let (a, b) = (buckets.layout(&[1.0]), buckets.layout(&[2.0]));
        buckets.assign(1, [(a, &[0][..]), (b, &[0])].into_iter());
        let (mut cells, mut scratch) = (vec![0; buckets.cells()], Vec::new());
        buckets.add(0, a, &mut cells, &mut scratch, add(&[1, 2]));
        buckets.add(0, b, &mut cells, &mut scratch, add(&[3, 4]));
        assert_eq!(cells, [10]);
    }
}
