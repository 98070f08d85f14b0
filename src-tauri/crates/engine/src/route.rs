//! Which phase follows which.
//!
//! Every step forward is in this table, and depends on how the service's uploads are opened and closed. Steps back are
//! taken where they are decided: a changed folder is walked again, and the person is asked about files to be left out.

use waybill_model::{Phase, PhaseGroup};

/// How uploads to a service are opened and closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// What comes before the first byte.
    pub opening: Opening,
    /// What comes after the last byte.
    pub closing: Closing,
}

/// What the service has to know before the first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// The upload is started, and every file is registered and confirmed.
    Registration,
}

/// What the service has to know after the last byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// A page of its website, opened by the person, starts the service's checks.
    WebsitePage,
}

impl Route {
    /// The route of TDR.
    pub const TDR: Self = Self { opening: Opening::Registration, closing: Closing::WebsitePage };
}

/// Returns the phase that follows once the work of `phase` is done. Nothing follows the final phases but themselves.
#[must_use]
pub fn after(route: Route, phase: Phase) -> Phase {
    match phase {
        Phase::Walking => Phase::Checked,
        Phase::Checked => Phase::Hashing,
        Phase::Hashing => match route.opening {
            Opening::Registration => Phase::Starting,
        },
        Phase::Starting => Phase::Registering,
        Phase::Registering => Phase::Confirming,
        // What was set aside is back in the queue.
        Phase::Confirming | Phase::Settling => Phase::Sending,
        Phase::Sending => closing(route),
        Phase::HandingOver => Phase::BeingChecked,
        Phase::BeingChecked => Phase::Finished,
        Phase::Finished | Phase::GivenUp | Phase::Cancelled => phase,
    }
}

/// Returns the phase in which the service learns that the person has given up; `None` if it does not have to.
#[must_use]
pub fn after_giving_up(route: Route, phase: Phase) -> Option<Phase> {
    match phase.group() {
        PhaseGroup::Opening | PhaseGroup::Sending => Some(closing(route)),
        PhaseGroup::Preparing | PhaseGroup::Closing | PhaseGroup::Over(_) => None,
    }
}

/// The first phase after the last byte.
fn closing(route: Route) -> Phase {
    match route.closing {
        Closing::WebsitePage => Phase::HandingOver,
    }
}

#[cfg(test)]
mod tests {
    use waybill_model::End;

    use super::*;

    #[test]
    fn an_untroubled_tdr_transfer_visits_its_phases_once_and_in_order() {
        let mut phases = vec![Phase::Walking];
        while let Some(phase) = phases.last().filter(|phase| !phase.is_final()) {
            phases.push(after(Route::TDR, *phase));
        }
        let trouble = [Phase::Settling, Phase::GivenUp, Phase::Cancelled];
        let expected: Vec<_> = Phase::ALL.into_iter().filter(|phase| !trouble.contains(phase)).collect();
        assert_eq!(phases, expected);
    }

    #[test]
    fn what_is_over_stays_over() {
        for phase in [Phase::Finished, Phase::GivenUp, Phase::Cancelled] {
            assert_eq!(after(Route::TDR, phase), phase);
            assert_eq!(after_giving_up(Route::TDR, phase), None);
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
            assert_eq!(after_giving_up(Route::TDR, phase), told, "{phase:?}");
        }
    }
}
