//! Which phase follows which.
//!
//! Every step forward is in this table, and depends on how the service's uploads are opened and closed. Steps back are
//! taken where they are decided: a changed folder is walked again, and the person is asked about files to be left out.

use waybill_model::service::{Closing, Opening, UploadWay};
use waybill_model::{Phase, PhaseGroup};

/// How uploads to a service are opened and closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// What comes before the first byte.
    pub opening: Opening,
    /// What comes after the last byte.
    pub closing: Closing,
}

impl Route {
    /// Returns the route of a way of uploading.
    #[must_use]
    pub fn of(way: &UploadWay) -> Self {
        Self { opening: way.opening, closing: way.closing }
    }
}

/// Returns the phase that follows once the work of `phase` is done. Nothing follows the final phases but themselves.
#[must_use]
pub fn after(route: Route, phase: Phase) -> Phase {
    match phase {
        Phase::Walking => Phase::Checked,
        Phase::Checked => Phase::Hashing,
        Phase::Hashing => match route.opening {
            Opening::None => Phase::Sending,
            Opening::Registration => Phase::Starting,
        },
        Phase::Starting => Phase::Registering,
        Phase::Registering => Phase::Confirming,
        // What was set aside is back in the queue.
        Phase::Confirming | Phase::Settling => Phase::Sending,
        Phase::Sending => match route.closing {
            Closing::None => Phase::Finished,
            Closing::WebsitePage => Phase::HandingOver,
        },
        Phase::HandingOver => Phase::BeingChecked,
        Phase::BeingChecked => Phase::Finished,
        Phase::Finished | Phase::GivenUp | Phase::Cancelled => phase,
    }
}

/// Returns the phase that follows when the person gives up: the one in which the service learns of it, or the last one
/// where it does not have to. `None` before the service knows of the upload, and when it is too late.
#[must_use]
pub fn after_giving_up(route: Route, phase: Phase) -> Option<Phase> {
    match phase.group() {
        PhaseGroup::Opening | PhaseGroup::Sending => Some(match route.closing {
            Closing::None => Phase::GivenUp,
            Closing::WebsitePage => Phase::HandingOver,
        }),
        PhaseGroup::Preparing | PhaseGroup::Closing | PhaseGroup::Over(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use waybill_model::End;

    use super::*;

    const TDR: Route = Route { opening: Opening::Registration, closing: Closing::WebsitePage };
    const STRAIGHT: Route = Route { opening: Opening::None, closing: Closing::None };

    /// The phases from the first to the last, without trouble.
    fn phases(route: Route) -> Vec<Phase> {
        let mut phases = vec![Phase::Walking];
        while let Some(phase) = phases.last().filter(|phase| !phase.is_final()) {
            phases.push(after(route, *phase));
        }
        phases
    }

    #[test]
    fn a_way_without_opening_and_closing_leads_from_reading_to_sending_to_the_end() {
        let all = [Phase::Walking, Phase::Checked, Phase::Hashing, Phase::Sending, Phase::Finished];
        assert_eq!(phases(STRAIGHT), all);
        assert_eq!(after_giving_up(STRAIGHT, Phase::Settling), Some(Phase::GivenUp));
        assert_eq!(after_giving_up(STRAIGHT, Phase::Hashing), None);
    }

    #[test]
    fn an_untroubled_tdr_transfer_visits_its_phases_once_and_in_order() {
        assert_eq!(Route::of(&UploadWay::tdr()), TDR);
        let trouble = [Phase::Settling, Phase::GivenUp, Phase::Cancelled];
        let expected: Vec<_> = Phase::ALL.into_iter().filter(|phase| !trouble.contains(phase)).collect();
        assert_eq!(phases(TDR), expected);
    }

    #[test]
    fn what_is_over_stays_over() {
        for phase in [Phase::Finished, Phase::GivenUp, Phase::Cancelled] {
            assert_eq!(after(TDR, phase), phase);
            assert_eq!(after_giving_up(TDR, phase), None);
        }
    }

    #[test]
    fn giving_up_closes_the_upload_once_the_service_may_know_of_it() {
        for phase in Phase::ALL {
            let told = match phase.group() {
                PhaseGroup::Opening | PhaseGroup::Sending => Some(Phase::HandingOver),
                PhaseGroup::Preparing | PhaseGroup::Closing => None,
                PhaseGroup::Over(End::Finished | End::GivenUp | End::Cancelled) => None,
            };
            assert_eq!(after_giving_up(TDR, phase), told, "{phase:?}");
        }
    }
}
