//! Running the suite at one store.

use std::collections::{BTreeMap, BTreeSet};

use crate::cases;
use crate::differences::{ALL, Asked, Difference, WAITS};
use crate::store::Store;

/// Puts every question to the store and panics with all that is not as it has to be: an answer that is neither S3's nor
/// the one in the table of differences, and an entry of the table that no longer holds.
pub(crate) fn run(asked: Asked, store: &Store) {
    let mut table: BTreeMap<String, &Difference> = BTreeMap::new();
    for difference in ALL {
        for name in difference.names() {
            assert!(table.insert(name.clone(), difference).is_none(), "{name} is in the table of differences twice");
        }
    }
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for case in cases::all() {
        assert!(seen.insert(case.name.clone()), "two cases are named {}", case.name);
        let documented = case.expected(store).to_owned();
        let differing = table.remove(&case.name).and_then(|difference| difference.shows(asked, &documented));
        let expected = differing.clone().unwrap_or_else(|| vec![&documented]);
        store.know_silence(expected.contains(&WAITS));
        let shown = case.observe(store).unwrap_or_else(|error| format!("an error: {error}"));
        let outlived = differing.is_some_and(|only| only == [documented.as_str()]);
        if !expected.contains(&shown.as_str()) || outlived {
            let (name, expected, source) = (&case.name, expected.join(", or "), case.source);
            wrong.push(format!(
                "{name}\n    shows     {shown}\n    expected  {expected}\n    S3        {documented} ({source})"
            ));
        }
    }
    wrong.extend(table.into_keys().map(|name| format!("{name}: in the table of differences, and no case")));
    assert!(wrong.is_empty(), "{asked:?}: {} of {} cases\n\n{}\n", wrong.len(), seen.len(), wrong.join("\n\n"));
    println!("{asked:?}: {} cases", seen.len());
}
