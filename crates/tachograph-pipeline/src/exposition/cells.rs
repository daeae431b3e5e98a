//! The numbers of one family in one scrape, by row. The buffers are reused from family to family and from scrape to scrape.

use super::buckets::Buckets;
use super::number::Number;
use super::points::{HistogramPoint, Kind};
use super::rows::Rows;

#[derive(Debug, Default)]
pub(super) struct Cells {
    /// The number of a row; of a histogram its sum. None where no point was collected.
    pub(super) values: Vec<Option<Number>>,
    /// What rounding took from the number of a row while it was added up.
    rounded_off: Vec<f64>,
    /// How often a histogram recorded.
    pub(super) counts: Vec<u64>,
    pub(super) buckets: Vec<u64>,
    /// Since when a row is counted, in Unix seconds; infinite where that is not known.
    pub(super) created: Vec<f64>,
    scratch: Vec<u64>,
}

impl Cells {
    pub(super) fn reset(&mut self, kind: Kind, rows: &Rows, buckets: &Buckets) {
        let histograms = if kind == Kind::Histogram { rows.len() } else { 0 };
        refill(&mut self.values, rows.len(), None);
        refill(&mut self.rounded_off, rows.len(), 0.0);
        refill(&mut self.created, rows.len(), f64::INFINITY);
        refill(&mut self.counts, histograms, 0);
        refill(&mut self.buckets, buckets.cells(), 0);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.iter().all(Option::is_none)
    }

    /// Adds what was counted.
    pub(super) fn add(&mut self, row: usize, number: Number) {
        let (Some(value), Some(rounded_off)) = (self.values.get_mut(row), self.rounded_off.get_mut(row)) else {
            return;
        };
        *value = Some(value.map_or(number, |present| {
            let (sum, off) = present.plus(number);
            *rounded_off += off;
            sum
        }));
    }

    /// Gives each sum what rounding took from it. Points come in any order, in another one at every collection where they are
    /// observed: a sum that depended on it would go back by its last digit now and then, which to Prometheus is a counter that was
    /// reset.
    pub(super) fn settle(&mut self) {
        for (value, off) in self.values.iter_mut().zip(&self.rounded_off).filter(|(_, off)| **off != 0.0) {
            *value = value.map(|value| Number::F64(value.as_f64() + off));
        }
    }

    /// Keeps the larger of what was measured; false when there were two.
    pub(super) fn keep_larger(&mut self, row: usize, number: Number) -> bool {
        let Some(value) = self.values.get_mut(row) else { return true };
        let present = value.replace(number);
        if let Some(present) = present
            && (present.as_f64() >= number.as_f64() || number.as_f64().is_nan())
        {
            *value = Some(present);
        }
        present.is_none()
    }

    /// Adds a histogram whose bounds are those of `layout`.
    pub(super) fn add_histogram(&mut self, row: usize, point: &dyn HistogramPoint, layout: usize, buckets: &Buckets) {
        self.add(row, point.sum());
        if let Some(count) = self.counts.get_mut(row) {
            *count += point.count();
        }
        let add = |cells: &mut [u64]| point.add_buckets(cells);
        buckets.add(row, layout, &mut self.buckets, &mut self.scratch, add);
    }

    pub(super) fn since(&mut self, row: usize, created: f64) {
        if let Some(since) = self.created.get_mut(row) {
            *since = since.min(created);
        }
    }
}

fn refill<T: Clone>(cells: &mut Vec<T>, len: usize, with: T) {
    cells.clear();
    cells.resize(len, with);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_counted_since_the_first_of_its_sources() {
        let mut cells = Cells { created: vec![f64::INFINITY], ..Cells::default() };
        for created in [7.0, 5.0, f64::INFINITY, 6.0] {
            cells.since(0, created);
        }
        assert_eq!(cells.created, [5.0]);
    }
}
