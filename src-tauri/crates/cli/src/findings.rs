//! Shows the findings of a check: all of them for scripts, the group headings and some paths for people.

use waybill_model::{Failure, Finding, FindingKind, TransferId};

use crate::console::Console;
use crate::events::{Event, Group, LeftOut};
use crate::rendering::{finding_line, group_head, has_paths};

/// Findings fetched at a time.
const PAGE: u32 = 500;

/// The source of findings: the journal of a transfer, or the report of a check.
pub(crate) trait Findings {
    /// Returns the groups that are not empty: kind, count, bytes.
    ///
    /// # Errors
    /// The failure of a journal that cannot be read.
    fn groups(&self) -> Result<Vec<(FindingKind, u64, u64)>, Failure>;

    /// Returns a page of one group, starting after the last row of the previous page.
    ///
    /// # Errors
    /// The failure of a journal that cannot be read.
    fn page(&self, kind: FindingKind, after: Option<u64>, limit: u32) -> Result<Vec<(u64, Finding)>, Failure>;
}

impl Findings for waybill_app::CheckReport {
    fn groups(&self) -> Result<Vec<(FindingKind, u64, u64)>, Failure> {
        Ok(self.groups.clone())
    }

    fn page(&self, kind: FindingKind, after: Option<u64>, limit: u32) -> Result<Vec<(u64, Finding)>, Failure> {
        self.findings(Some(kind), after, limit)
    }
}

/// The findings of one transfer.
pub(crate) struct OfTransfer<'a> {
    /// The journal.
    pub(crate) reader: &'a waybill_app::library::Reader,
    /// The transfer's id.
    pub(crate) id: TransferId,
}

impl Findings for OfTransfer<'_> {
    fn groups(&self) -> Result<Vec<(FindingKind, u64, u64)>, Failure> {
        Ok(self.reader.finding_counts(self.id)?)
    }

    fn page(&self, kind: FindingKind, after: Option<u64>, limit: u32) -> Result<Vec<(u64, Finding)>, Failure> {
        Ok(self.reader.findings(self.id, Some(kind), after, limit)?)
    }
}

/// How much people are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    /// Every path.
    All,
    /// This many paths of each group, and how many more there are.
    Some(u64),
}

/// Shows findings. Scripts get every finding, then the groups; people see them group by group.
///
/// # Errors
/// The failure of a journal that cannot be read.
pub(crate) fn show(
    console: &mut Console,
    transfer: Option<TransferId>,
    findings: &impl Findings,
    extent: Extent,
) -> Result<Vec<Group>, Failure> {
    let groups = groups(findings)?;
    for group in &groups {
        if !console.is_json() {
            console.line(&group_head(group));
            if !has_paths(group.kind) {
                continue;
            }
        }
        show_group(console, findings, group, extent)?;
    }
    if !groups.is_empty() {
        let transfer = transfer.map(|id| id.to_string());
        console.say(&Event::LeftOut(LeftOut { transfer, groups: groups.clone() }));
    }
    Ok(groups)
}

fn groups(findings: &impl Findings) -> Result<Vec<Group>, Failure> {
    let mut groups: Vec<Group> = findings
        .groups()?
        .into_iter()
        .filter(|(_, count, _)| *count > 0)
        .map(|(kind, count, bytes)| Group { kind, effect: kind.effect(), count, bytes })
        .collect();
    groups.sort_by_key(|group| group.kind);
    Ok(groups)
}

fn show_group(console: &mut Console, findings: &impl Findings, group: &Group, extent: Extent) -> Result<(), Failure> {
    let limit = match extent {
        Extent::Some(limit) if !console.is_json() => limit,
        Extent::All | Extent::Some(_) => u64::MAX,
    };
    let mut shown = 0;
    let mut after = None;
    while shown < limit && !console.is_closed() {
        let wanted = u32::try_from(limit - shown).unwrap_or(PAGE).min(PAGE);
        let page = findings.page(group.kind, after, wanted)?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        for (_, finding) in page {
            shown += 1;
            let finding = crate::events::Finding::from(finding);
            if console.is_json() {
                console.say(&Event::Finding(finding));
            } else {
                console.line(&finding_line(&finding));
            }
        }
    }
    if !console.is_json() && group.count > shown && !console.is_closed() {
        console.line(&format!("  {}", waybill_words::cli::more(group.count - shown)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(Vec<(FindingKind, u64, u64)>);

    impl Findings for Fixed {
        fn groups(&self) -> Result<Vec<(FindingKind, u64, u64)>, Failure> {
            Ok(self.0.clone())
        }

        fn page(&self, _: FindingKind, _: Option<u64>, _: u32) -> Result<Vec<(u64, Finding)>, Failure> {
            Ok(Vec::new())
        }
    }

    #[test]
    fn groups_come_in_the_order_of_the_kinds_and_empty_ones_not_at_all() {
        let fixed = Fixed(vec![
            (FindingKind::ExcludedName, 2, 10),
            (FindingKind::EmptyFile, 3, 0),
            (FindingKind::Link, 0, 0),
            (FindingKind::Unreadable, 1, 7),
        ]);
        let groups = groups(&fixed).unwrap();
        let kinds: Vec<FindingKind> = groups.iter().map(|group| group.kind).collect();
        assert_eq!(kinds, [FindingKind::Unreadable, FindingKind::EmptyFile, FindingKind::ExcludedName]);
    }
}
