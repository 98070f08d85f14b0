//! Turns the end of a transfer into the result of the command: done, or a failure with the next step.

use waybill_model::{Code, Failure, Person, Target, TransferId};
use waybill_words::cli;

use crate::failed::Failed;
use crate::follower::Ending;

/// Returns the result for a transfer that was to be sent.
///
/// # Errors
/// A failure for every ending except "uploaded" and "handed over".
pub(crate) fn of_sending(
    ending: Ending,
    id: TransferId,
    reference: &str,
    target: &Target,
    person: &Person,
) -> Result<String, Failed> {
    let failed = |code: Code| Failed::new(Failure::new(code, reference)).of_transfer(id);
    match ending {
        Ending::Uploaded { checks_good: Some(false) } => Ok(cli::uploaded_problems(reference)),
        Ending::Uploaded { checks_good: Some(true) } => Ok(cli::uploaded_checked(reference)),
        Ending::Uploaded { checks_good: None } => Ok(cli::uploaded(reference)),
        Ending::HandedOver => Ok(cli::handed_over(reference)),
        Ending::Paused => Err(failed(Code::Paused).next(cli::resume_with(reference))),
        Ending::Cancelled => Err(failed(Code::Cancelled)),
        Ending::GivenUp => Err(failed(Code::Cancelled).next(match target {
            Target::Consignment(_) => cli::given_up_new(),
            Target::Folder => cli::given_up_new_folder(),
        })),
        Ending::Stopped(Code::ItemsSetAside) => Err(failed(Code::ItemsSetAside).next(cli::retry_or_give_up(reference))),
        Ending::Stopped(Code::DifferentPerson) => {
            Err(failed(Code::DifferentPerson).next(sign_in_to_resume(person, reference)))
        }
        Ending::Stopped(code) => Err(failed(code)),
        Ending::LostSinceCheck(count) => {
            Err(failed(Code::LeavesOut).saying(cli::lost_since_check(count)).next(cli::lost_since_check_next()))
        }
        Ending::Blocked(Code::HandOverNeeded) => Err(failed(Code::HandOverNeeded)),
        Ending::Blocked(code) => Err(failed(code).next(cli::resume_with(reference))),
    }
}

/// Returns what to do if the person signed in is not the one who started the transfer, and this command is to be run
/// again.
pub(crate) fn sign_in_as(person: &Person) -> String {
    cli::sign_in_as_again(&named(person))
}

/// Returns the same advice for a transfer that is to be resumed.
fn sign_in_to_resume(person: &Person, reference: &str) -> String {
    cli::sign_in_as(cli::SignInAs { command: &format!("waybill resume {reference}"), person: &named(person) })
}

fn named(person: &Person) -> String {
    match &person.email {
        Some(email) => cli::person_with_email(cli::PersonWithEmail { name: &person.name, email }),
        None => person.name.clone(),
    }
}

/// Returns the message for a signal that ended the command while it followed transfers.
pub(crate) fn of_interrupt(transfers: &[(TransferId, String)]) -> Failed {
    match transfers {
        [(id, reference)] => Failed::new(Failure::new(Code::Paused, reference.as_str()))
            .of_transfer(*id)
            .next(cli::interrupted_one(reference)),
        _ => Failed::from(Code::Paused).next(cli::interrupted_all()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    fn verdict(ending: Ending) -> Result<String, Failed> {
        let id = "aaaa0000-0000-4000-8000-000000000001".parse().unwrap();
        of_sending(ending, id, "TDR-2026-ABC", &Target::Folder, &ada(None))
    }

    #[test]
    fn a_given_up_transfer_without_a_consignment_names_none() {
        let crate::events::Event::Error(problem) = verdict(Ending::GivenUp).unwrap_err().event() else {
            panic!("no error")
        };
        assert_eq!(problem.next, "The transfer was given up. To send these records, send the folder again.");
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
    fn if_another_person_is_signed_in_it_says_who_must_be() {
        let failed = verdict(Ending::Stopped(Code::DifferentPerson)).unwrap_err();
        let crate::events::Event::Error(problem) = failed.event() else { panic!("no error") };
        assert_eq!(
            problem.next,
            "Run “waybill sign-out”, then run “waybill resume TDR-2026-ABC” and sign in as Ada Example, who started the \
             transfer."
        );
        assert!(sign_in_as(&ada(Some("ada@department.example"))).contains("Ada Example (ada@department.example)"));
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
            (Ending::LostSinceCheck(3), Exit::RefusedByCheck),
            (Ending::Stopped(Code::DifferentPerson), Exit::SignInNeeded),
            (Ending::Stopped(Code::RegistrationUnclear), Exit::RefusedByService),
            (Ending::Blocked(Code::Offline), Exit::Blocked),
            (Ending::Blocked(Code::SignInNeeded), Exit::SignInNeeded),
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
