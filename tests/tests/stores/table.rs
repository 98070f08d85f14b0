//! The table of differences in the documentation is the one of the suite.

use std::path::Path;

use crate::{cases, differences};

const BEGIN: &str = "<!-- store differences: begin -->\n";
const END: &str = "<!-- store differences: end -->";

#[test]
fn the_documentation_has_the_table_of_differences_as_it_is() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/sandbox.md");
    let text = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let table = differences::markdown(&cases::all());
    let found = text.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).map(|(table, _)| table);
    assert!(found == Some(table.as_str()), "between the two marks of {} has to stand:\n\n{table}", path.display());
}

#[test]
fn every_line_of_the_table_is_about_cases_with_one_answer() {
    let cases = cases::all();
    for difference in differences::ALL {
        let about: Vec<&cases::Case> =
            difference.names().iter().filter_map(|name| cases.iter().find(|case| case.name == *name)).collect();
        assert_eq!(about.len(), difference.names().len(), "{}", difference.question);
        assert!(about.iter().all(|case| case.documented() == about[0].documented()), "{}", difference.question);
    }
}
