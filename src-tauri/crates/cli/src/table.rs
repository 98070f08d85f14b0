//! Aligned columns for people.

use comfy_table::{CellAlignment, presets};

use crate::escape;

/// The alignment of a cell in its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Left, for text.
    Left,
    /// Right, for numbers.
    Right,
}

/// A table that is printed as a whole: each column is as wide as its widest cell on a terminal.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    heads: Vec<(&'static str, Side)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Creates an empty table.
    pub(crate) fn new(heads: &[(&'static str, Side)]) -> Self {
        Self { heads: heads.to_vec(), rows: Vec::new() }
    }

    /// Adds a row. Cells may contain text from outside, so what a terminal might interpret is escaped.
    pub(crate) fn row<const N: usize>(&mut self, cells: &[String; N]) {
        self.rows.push(cells.iter().map(|cell| escape::text(cell)).collect());
    }

    /// Returns whether there are no rows below the heading.
    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the lines, heading first, without trailing spaces.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING).set_header(self.heads.iter().map(|(head, _)| *head)).add_rows(&self.rows);
        for (column, (_, side)) in table.column_iter_mut().zip(&self.heads) {
            column.set_padding((0, 2));
            column.set_cell_alignment(match side {
                Side::Left => CellAlignment::Left,
                Side::Right => CellAlignment::Right,
            });
        }
        table.lines().map(|line| line.trim_end().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_also_under_wide_letters_and_combining_marks() {
        let mut table = Table::new(&[("Name", Side::Left), ("Size", Side::Right)]);
        table.row(&["日本".to_owned(), "1".to_owned()]);
        table.row(&["e\u{301}te\u{301}".to_owned(), "23".to_owned()]);
        assert_eq!(table.lines(), ["Name  Size", "日本     1", "e\u{301}te\u{301}     23"]);
    }

    #[test]
    fn cells_cannot_break_the_table_or_the_terminal() {
        let mut table = Table::new(&[("Name", Side::Left)]);
        table.row(&["a\n\u{1b}[31mb".to_owned()]);
        assert!(!table.is_empty());
        assert_eq!(table.lines()[1], "a\\n\\u{1b}[31mb");
    }
}
