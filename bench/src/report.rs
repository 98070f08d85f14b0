//! A table of results in Markdown.

use std::time::Duration;

use waybill_system_tests::Result;

use crate::machine::{self, Machine};
use crate::series::Series;

/// One benchmark's results.
pub(crate) struct Report {
    name: &'static str,
    title: &'static str,
    /// The heading of the column for comparison.
    beside: &'static str,
    rows: Vec<Row>,
    notes: Vec<String>,
}

struct Row {
    what: String,
    unit: Unit,
    ours: Series,
    beside: Option<Series>,
    has_ratio: bool,
}

/// The unit of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Seconds,
    Mib,
    MibPerSecond,
    Kib,
    /// 10 ms of processor time.
    Ticks,
    Percent,
    Count,
}

impl Unit {
    fn show(self, figure: f64) -> String {
        match self {
            Self::Seconds => format!("{figure:.2} s"),
            Self::Mib => format!("{figure:.1} MiB"),
            Self::MibPerSecond => format!("{figure:.0} MiB/s"),
            Self::Kib => format!("{figure:.1} KiB"),
            Self::Ticks => format!("{figure:.0} ticks"),
            Self::Percent => format!("{figure:.1} %"),
            Self::Count => format!("{figure:.0}"),
        }
    }

    fn show_all(self, series: &Series) -> String {
        let (median, min, max) = (self.show(series.median()), self.show(series.min()), self.show(series.max()));
        if min == max { median } else { format!("{median} ({min} to {max})") }
    }
}

impl Report {
    /// Creates an empty table. `name` is that of its file, without the extension.
    pub(crate) fn new(name: &'static str, title: &'static str, beside: &'static str) -> Self {
        Self { name, title, beside, rows: Vec::new(), notes: Vec::new() }
    }

    /// Returns the name of its file, without the extension.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Adds a row with a comparison and the ratio.
    pub(crate) fn compare(&mut self, what: impl Into<String>, unit: Unit, ours: Series, beside: Series) {
        self.rows.push(Row { what: what.into(), unit, ours, beside: Some(beside), has_ratio: true });
    }

    /// Adds a row with a comparison but without a ratio, for units in which it would be meaningless.
    pub(crate) fn compare_without_ratio(&mut self, what: impl Into<String>, unit: Unit, ours: Series, beside: Series) {
        self.rows.push(Row { what: what.into(), unit, ours, beside: Some(beside), has_ratio: false });
    }

    /// Adds a row without a comparison.
    pub(crate) fn add(&mut self, what: impl Into<String>, unit: Unit, ours: Series) {
        self.rows.push(Row { what: what.into(), unit, ours, beside: None, has_ratio: false });
    }

    /// Adds a sentence below the table.
    pub(crate) fn note(&mut self, sentence: impl Into<String>) {
        self.notes.push(sentence.into());
    }

    /// Returns the whole page.
    ///
    /// # Errors
    /// The machine's load cannot be read.
    pub(crate) fn markdown(&self, machine: &Machine, runs: u32, took: Duration) -> Result<String> {
        let mut text = format!("# {}\n\n", self.title);
        text += &format!(
            "Waybill {}, release build. {machine}. Alternating runs: {runs}; each figure is the median, with the minimum and maximum in \
             brackets, and ratios are calculated run by run. Load average of the machine over a minute: {} before, {} \
             after. The benchmark took {} s.\n\n",
            env!("CARGO_PKG_VERSION"),
            machine.load,
            machine::load()?,
            took.as_secs(),
        );
        text += &format!("| What | Waybill | {} | Ratio |\n|---|---|---|---|\n", self.beside);
        self.rows.iter().for_each(|row| text += &row.markdown());
        if !self.notes.is_empty() {
            text.push('\n');
        }
        self.notes.iter().for_each(|note| text += &format!("* {note}\n"));
        Ok(text)
    }
}

impl Row {
    fn markdown(&self) -> String {
        let ratio = self
            .beside
            .as_ref()
            .filter(|_| self.has_ratio)
            .and_then(|beside| self.ours.over(beside))
            .map(|ratio| shown_ratio(&ratio));
        let beside = self.beside.as_ref().map(|beside| self.unit.show_all(beside));
        format!(
            "| {} | {} | {} | {} |\n",
            self.what,
            self.unit.show_all(&self.ours),
            beside.unwrap_or_default(),
            ratio.unwrap_or_default()
        )
    }
}

fn shown_ratio(ratio: &Series) -> String {
    let show = |figure: f64| format!("{figure:.2}");
    let (min, max) = (show(ratio.min()), show(ratio.max()));
    if min == max { format!("**{min}**") } else { format!("**{}** ({min} to {max})", show(ratio.median())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_both_figures_and_their_ratio() {
        let series = |figures: &[f64]| figures.iter().copied().collect::<Series>();
        let (ours, beside) = (series(&[3.0, 2.0, 4.0]), Some(series(&[1.0, 2.0, 2.0])));
        let row = Row { what: "Start".to_owned(), unit: Unit::Seconds, ours, beside, has_ratio: true };
        let line = "| Start | 3.00 s (2.00 s to 4.00 s) | 2.00 s (1.00 s to 2.00 s) | **2.00** (1.00 to 3.00) |\n";
        assert_eq!(row.markdown(), line);
    }

    #[test]
    fn equal_figures_are_shown_once_and_a_ratio_to_zero_is_omitted() {
        let series = |figures: &[f64]| figures.iter().copied().collect::<Series>();
        let (ours, beside) = (series(&[7.0, 7.0]), Some(series(&[0.0, 0.0])));
        let row = Row { what: "Idle".to_owned(), unit: Unit::Ticks, ours, beside, has_ratio: true };
        assert_eq!(row.markdown(), "| Idle | 7 ticks | 0 ticks |  |\n");
    }
}
