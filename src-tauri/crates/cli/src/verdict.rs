//! What an ending means for the command: done, or a failure with the next step.

use waybill_model::{Code, Failure, Person, TransferId};

use crate::failed::Failed;
use crate::follower::Ending;

/// What is said when a transfer that was to be sent has ended.
///
/// # Errors
/// Every ending but "uploaded" and "handed over".
pub(crate) fn of_sending(ending: Ending, id: TransferId, reference: &str, person: &Person) -> Result<String, Failed> {
    let failed = |code: Code| Failed::new(Failure::new(code, reference)).of_transfer(id);
    let go_on = || format!("Resume with 'waybill resume {reference}'.");
    match ending {
        Ending::Uploaded { checks_good: Some(false) } => Ok(format!(
            "Uploaded to {reference}. TDR's checks found problems: see the consignment on the TDR website."
        )),
        Ending::Uploaded { checks_good: Some(true) } => {
            Ok(format!("Uploaded to {reference}. TDR's checks found no problems. Continue on the TDR website."))
        }
        Ending::Uploaded { checks_good: None } => Ok(format!("Uploaded to {reference}.")),
        Ending::HandedOver => {
            Ok(format!("Uploaded to {reference}. TDR is checking the files. To follow the checks, run 'waybill resume {reference}'."))
        }
        Ending::Paused => Err(failed(Code::Paused).next(go_on())),
        Ending::Cancelled => Err(failed(Code::Cancelled)),
        Ending::GivenUp => {
            Err(failed(Code::Cancelled).next("The transfer was given up. Start a new consignment on the TDR website."))
        }
        Ending::Stopped(Code::ItemsSetAside) => Err(failed(Code::ItemsSetAside).next(format!(
            "Try again with 'waybill resume {reference} --retry', or give up with 'waybill cancel {reference} --give-up'."
        ))),
        Ending::Stopped(Code::DifferentPerson) => {
            Err(failed(Code::DifferentPerson).next(sign_in_as(person, &format!("'waybill resume {reference}'"))))
        }
        Ending::Stopped(code) => Err(failed(code)),
        Ending::Blocked(reason) => Err(failed(reason.code()).next(go_on())),
    }
}

/// What to do where somebody else is signed in than who began the transfer: `again` is what is run once they have left.
pub(crate) fn sign_in_as(person: &Person, again: &str) -> String {
    let name = &person.name;
    let who = person.email.as_ref().map_or_else(|| name.clone(), |email| format!("{name} ({email})"));
    format!("Run 'waybill sign-out', then {again}, and sign in as {who}, who started it.")
}

/// What is said when a signal has ended the command while transfers were followed.
pub(crate) fn of_interrupt(transfers: &[(TransferId, String)]) -> Failed {
    match transfers {
        [(id, reference)] => Failed::new(Failure::new(Code::Paused, reference.as_str()))
            .of_transfer(*id)
            .next(format!("Nothing is lost. Resume with 'waybill resume {reference}'.")),
        _ => Failed::from(Code::Paused).next("Nothing is lost. Resume with 'waybill resume --all'."),
    }
}

#[cfg(test)]
mod tests {
    use waybill_model::WaitReason;

    use super::*;
    use crate::exit::Exit;

    fn verdict(ending: Ending) -> Result<String, Failed> {
        let id = "aaaa0000-0000-4000-8000-000000000001".parse().unwrap();
        of_sending(ending, id, "TDR-2026-ABC", &ada(None))
    }

    fn ada(email: Option<&str>) -> Person {
        Person {
            user_id: "c140d49c-93d0-4345-8d71-c97ff28b947e".parse().unwrap(),
            name: "Ada Example".to_owned(),
            email: email.map(ToOwned::to_owned),
            body: None,
            standard_user: true,
            judgment_user: false,
        }
    }

    #[test]
    fn where_somebody_else_is_signed_in_it_says_who_has_to_be() {
        let failed = verdict(Ending::Stopped(Code::DifferentPerson)).unwrap_err();
        let crate::events::Event::Error(problem) = failed.event() else { panic!("no error") };
        assert_eq!(
            problem.next,
            "Run 'waybill sign-out', then 'waybill resume TDR-2026-ABC', and sign in as Ada Example, who started it."
        );
        assert!(
            sign_in_as(&ada(Some("ada@department.example")), "this").contains("Ada Example (ada@department.example)")
        );
    }

    #[test]
    fn only_what_is_uploaded_is_done() {
        assert!(verdict(Ending::Uploaded { checks_good: Some(true) }).unwrap().contains("TDR-2026-ABC"));
        assert!(verdict(Ending::Uploaded { checks_good: Some(false) }).unwrap().contains("problems"));
        assert!(verdict(Ending::HandedOver).is_ok());
        for (ending, exit) in [
            (Ending::Paused, Exit::Interrupted),
            (Ending::Cancelled, Exit::Interrupted),
            (Ending::GivenUp, Exit::Interrupted),
            (Ending::Stopped(Code::ItemsSetAside), Exit::Interrupted),
            (Ending::Stopped(Code::LeavesOut), Exit::RefusedByCheck),
            (Ending::Stopped(Code::DifferentPerson), Exit::SignInNeeded),
            (Ending::Stopped(Code::RegistrationUnclear), Exit::RefusedByService),
            (Ending::Blocked(WaitReason::Offline), Exit::Blocked),
            (Ending::Blocked(WaitReason::SignedOut), Exit::SignInNeeded),
        ] {
            assert_eq!(verdict(ending).unwrap_err().exit(), exit, "{ending:?}");
        }
    }

    #[test]
    fn it_never_says_accepted() {
        for ending in [Ending::Uploaded { checks_good: Some(true) }, Ending::HandedOver] {
            assert!(!verdict(ending).unwrap().to_lowercase().contains("accept"));
        }
    }

    #[test]
    fn after_a_signal_it_says_how_to_go_on() {
        let id: TransferId = "aaaa0000-0000-4000-8000-000000000001".parse().unwrap();
        let one = of_interrupt(&[(id, "TDR-2026-ABC".into())]);
        assert_eq!(one.exit(), Exit::Interrupted);
        let crate::events::Event::Error(problem) = one.event() else { panic!("no error") };
        assert!(problem.next.contains("waybill resume TDR-2026-ABC"));
        let crate::events::Event::Error(problem) = of_interrupt(&[]).event() else { panic!("no error") };
        assert!(problem.next.contains("--all"));
    }
}
