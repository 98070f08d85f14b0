//! Finds the transfer that a person means.

use waybill_model::{Code, Failure, Phase, TransferId};

use crate::typed;

/// What a transfer can be identified by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'a> {
    /// Its id.
    pub(crate) id: TransferId,
    /// Its consignment's reference, or the name of a service that has none.
    pub(crate) destination: &'a str,
    /// Its phase.
    pub(crate) phase: Phase,
}

/// Finds the transfer that `wanted` identifies: an id, the unique start of an id, or a destination (ignoring case). If
/// several have the same destination, takes the unfinished one, else the newest that was not cancelled, else the
/// newest. `all` is in the order of the journal, newest first.
///
/// # Errors
/// [`Code::TransferUnknown`], or [`Code::TransferAmbiguous`] with those that match.
pub(crate) fn transfer(wanted: &str, all: &[Named<'_>]) -> Result<TransferId, Failure> {
    let wanted = typed::name(wanted).unwrap_or_default();
    let by_reference: Vec<&Named<'_>> =
        all.iter().filter(|named| named.destination.eq_ignore_ascii_case(wanted)).collect();
    let open: Vec<&Named<'_>> = by_reference.iter().copied().filter(|named| !named.phase.is_final()).collect();
    if !open.is_empty() {
        return only(wanted, &open);
    }
    let kept = by_reference.iter().find(|named| named.phase != Phase::Cancelled);
    if let Some(named) = kept.or(by_reference.first()) {
        return Ok(named.id);
    }
    let prefix = wanted.to_ascii_lowercase();
    let by_id: Vec<&Named<'_>> =
        all.iter().filter(|named| !prefix.is_empty() && named.id.to_string().starts_with(&prefix)).collect();
    only(wanted, &by_id)
}

/// Returns the only unfinished transfer.
///
/// # Errors
/// [`Code::TransferUnknown`] if none matches, [`Code::TransferAmbiguous`] with all that match.
pub(crate) fn only_open(all: &[Named<'_>]) -> Result<TransferId, Failure> {
    let open: Vec<&Named<'_>> = all.iter().filter(|named| !named.phase.is_final()).collect();
    only(waybill_words::detail::all_finished(), &open)
}

fn only(wanted: &str, found: &[&Named<'_>]) -> Result<TransferId, Failure> {
    match found {
        [] => Err(Failure::new(Code::TransferUnknown, wanted)),
        [one] => Ok(one.id),
        several => {
            let names: Vec<String> =
                several.iter().map(|named| format!("{} ({})", named.id, named.destination)).collect();
            Err(Failure::new(Code::TransferAmbiguous, names.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> TransferId {
        text.parse().unwrap()
    }

    const FIRST: &str = "aaaa0000-0000-4000-8000-000000000001";
    const SECOND: &str = "aaaa1111-0000-4000-8000-000000000002";

    fn two<'a>() -> [Named<'a>; 2] {
        [
            Named { id: id(FIRST), destination: "TDR-2026-ABC", phase: Phase::Finished },
            Named { id: id(SECOND), destination: "TDR-2026-ABD", phase: Phase::Sending },
        ]
    }

    #[test]
    fn an_id_its_unique_beginning_and_a_reference_all_name_it() {
        let all = two();
        for wanted in [FIRST, "aaaa0", "AAAA0000", "TDR-2026-ABC", "tdr-2026-abc", " aaaa00 "] {
            assert_eq!(transfer(wanted, &all), Ok(id(FIRST)), "{wanted}");
        }
    }

    #[test]
    fn a_beginning_that_fits_two_names_both_and_one_that_fits_none_is_unknown() {
        let all = two();
        let failure = transfer("aaaa", &all).unwrap_err();
        assert_eq!(failure.code, Code::TransferAmbiguous);
        assert!(failure.detail.unwrap().contains("TDR-2026-ABD"));
        for wanted in ["b", "", "TDR-2026", "  "] {
            assert_eq!(transfer(wanted, &all).unwrap_err().code, Code::TransferUnknown, "{wanted:?}");
        }
    }

    #[test]
    fn of_several_into_one_consignment_the_open_one_is_meant() {
        let mut all = two();
        all[1].destination = "TDR-2026-ABC";
        assert_eq!(transfer("TDR-2026-ABC", &all), Ok(id(SECOND)));
        all[0].phase = Phase::Sending;
        assert_eq!(transfer("TDR-2026-ABC", &all).unwrap_err().code, Code::TransferAmbiguous);
    }

    #[test]
    fn of_several_that_are_over_the_newest_that_was_not_cancelled_is_meant() {
        let mut all = two();
        all[1].destination = "TDR-2026-ABC";
        all[1].phase = Phase::GivenUp;
        assert_eq!(transfer("TDR-2026-ABC", &all), Ok(id(FIRST)));
        all[0].phase = Phase::Cancelled;
        assert_eq!(transfer("TDR-2026-ABC", &all), Ok(id(SECOND)));
        all[1].phase = Phase::Cancelled;
        assert_eq!(transfer("TDR-2026-ABC", &all), Ok(id(FIRST)));
    }

    #[test]
    fn without_a_name_the_only_open_one_is_meant() {
        let mut all = two();
        assert_eq!(only_open(&all), Ok(id(SECOND)));
        all[1].phase = Phase::Finished;
        assert_eq!(only_open(&all).unwrap_err().code, Code::TransferUnknown);
        (all[0].phase, all[1].phase) = (Phase::Walking, Phase::Walking);
        assert_eq!(only_open(&all).unwrap_err().code, Code::TransferAmbiguous);
    }
}
