//! Running the suite at one store.

use std::collections::BTreeSet;

use crate::cases;
use crate::differences::{ALL, Difference};
use crate::store::Store;

/// Puts every question to the store and panics with all that is not as it has to be: an answer that is neither S3's nor the
/// one in the table of differences, and an entry of the table that no longer holds.
pub(crate) fn run(name: &str, store: &Store) {
    let own: Vec<&Difference> = ALL.iter().filter(|difference| difference.store == name).collect();
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for case in cases::all() {
        assert!(seen.insert(case.name.clone()), "two cases are named {}", case.name);
        let documented = case.expected(store).to_owned();
        let difference = own.iter().find(|difference| difference.case == case.name);
        let expected = difference.map_or(documented.as_str(), |difference| difference.shows);
        let shown = case.observe(store).unwrap_or_else(|error| format!("an error: {error}"));
        if shown != expected {
            wrong.push(format!(
                "{}\n    shows     {shown}\n    expected  {expected}{}\n    S3        {documented} ({})",
                case.name,
                if difference.is_some() { " (table of differences)" } else { "" },
                case.source
            ));
        } else if difference.is_some() && shown == documented {
            wrong.push(format!("{}: the table of differences has an entry that is S3's own answer", case.name));
        }
    }
    for difference in own {
        if !seen.contains(difference.case) {
            wrong.push(format!("{}: in the table of differences, and no case", difference.case));
        }
    }
    assert!(wrong.is_empty(), "{name}: {} of {} cases\n\n{}\n", wrong.len(), seen.len(), wrong.join("\n\n"));
    println!("{name}: {} cases", seen.len());
}
