//! The results of one measurement in several runs.

/// One figure for each run, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Series(Vec<f64>);

impl Series {
    /// Adds the figure of the next run.
    pub(crate) fn push(&mut self, figure: f64) {
        self.0.push(figure);
    }

    /// Returns the median; 0 if there are no figures.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        match sorted.get(middle) {
            None => 0.0,
            Some(upper) if sorted.len() % 2 == 1 => *upper,
            Some(upper) => f64::midpoint(*upper, sorted[middle - 1]),
        }
    }

    /// Returns the smallest figure; 0 if there are none.
    pub(crate) fn min(&self) -> f64 {
        self.0.iter().copied().min_by(f64::total_cmp).unwrap_or_default()
    }

    /// Returns the largest figure; 0 if there are none.
    pub(crate) fn max(&self) -> f64 {
        self.0.iter().copied().max_by(f64::total_cmp).unwrap_or_default()
    }

    /// Returns the ratio for each run; `None` if a divisor is 0 or the series differ in length.
    pub(crate) fn over(&self, other: &Self) -> Option<Self> {
        let is_whole = self.0.len() == other.0.len() && other.0.iter().all(|figure| *figure != 0.0);
        is_whole.then(|| Self(self.0.iter().zip(&other.0).map(|(ours, theirs)| ours / theirs).collect()))
    }
}

impl FromIterator<f64> for Series {
    fn from_iter<I: IntoIterator<Item = f64>>(figures: I) -> Self {
        Self(figures.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(figures: &[f64]) -> Series {
        figures.iter().copied().collect()
    }

    #[test]
    fn the_median_is_the_middle_of_the_sorted_figures() {
        assert_eq!(series(&[9.0, 1.0, 4.0]).median(), 4.0);
        assert_eq!(series(&[9.0, 1.0, 4.0, 2.0]).median(), 3.0);
        assert_eq!(series(&[]).median(), 0.0);
        assert_eq!((series(&[9.0, 1.0, 4.0]).min(), series(&[9.0, 1.0, 4.0]).max()), (1.0, 9.0));
    }

    #[test]
    fn ratios_are_calculated_run_by_run_if_every_run_has_one() {
        let ratios = series(&[2.0, 9.0, 4.0]).over(&series(&[1.0, 3.0, 4.0]));
        assert_eq!(ratios, Some(series(&[2.0, 3.0, 1.0])));
        assert_eq!(series(&[2.0]).over(&series(&[0.0])), None);
        assert_eq!(series(&[2.0, 1.0]).over(&series(&[1.0])), None);
    }
}
