//! The words of the columns `phase` and `why`, and the numbers of the column `state`.

use waybill_model::{Acknowledgement, Code, ItemState, Phase, StatusValue};

use crate::rows::StateKind;
use crate::stored::damaged;

macro_rules! words {
    ($type:ident, $to:ident, $from:ident: $($name:ident = $word:literal),* $(,)?) => {
        pub(crate) fn $to(value: $type) -> &'static str {
            match value { $($type::$name => $word,)* }
        }

        pub(crate) fn $from(word: &str) -> rusqlite::Result<$type> {
            match word {
                $($word => Ok($type::$name),)*
                _ => Err(damaged(format!(concat!("'{}' is no ", stringify!($type)), word))),
            }
        }
    };
}

words! { Phase, phase_to_word, phase_from_word:
    Walking = "walking", Checked = "checked", Hashing = "hashing", Starting = "starting", Registering = "registering",
    Confirming = "confirming", Sending = "sending", Settling = "settling", HandingOver = "handing_over",
    BeingChecked = "being_checked", Finished = "finished", GivenUp = "given_up", Cancelled = "cancelled",
}

words! { StatusValue, status_to_word, status_from_word:
    InProgress = "in_progress", Completed = "completed", CompletedWithIssues = "completed_with_issues",
    Failed = "failed", Other = "other",
}

words! { Acknowledgement, acknowledgement_to_word, acknowledgement_from_word:
    Reply = "reply", ExistsAfterOwnAttempt = "exists_after_own_attempt",
    UploadGoneAfterOwnCompletion = "upload_gone_after_own_completion",
}

/// The number in the column `state`.
pub(crate) fn kind_number(kind: StateKind) -> i64 {
    match kind {
        StateKind::Found => 0,
        StateKind::LeftOut => 1,
        StateKind::Ready => 2,
        StateKind::Sent => 3,
        StateKind::SetAside => 4,
    }
}

/// The columns `state` and `why`.
pub(crate) fn state_to_columns(state: ItemState) -> (i64, Option<&'static str>) {
    let why = match state {
        ItemState::Found | ItemState::Ready => None,
        ItemState::LeftOut(code) | ItemState::SetAside(code) => Some(code.as_str()),
        ItemState::Sent(how) => Some(acknowledgement_to_word(how)),
    };
    (kind_number(state.into()), why)
}

/// From the columns `state` and `why`.
pub(crate) fn state_from_columns(state: i64, why: Option<&str>) -> rusqlite::Result<ItemState> {
    match (state, why) {
        (0, None) => Ok(ItemState::Found),
        (1, Some(word)) => code_from_word(word).map(ItemState::LeftOut),
        (2, None) => Ok(ItemState::Ready),
        (3, Some(word)) => acknowledgement_from_word(word).map(ItemState::Sent),
        (4, Some(word)) => code_from_word(word).map(ItemState::SetAside),
        _ => Err(damaged(format!("{state} with {why:?} is no state of an item"))),
    }
}

/// The words of earlier versions that have since been replaced, as `(then, now)`.
const REPLACED: [(&str, Code); 1] = [("cookies_refused", Code::PermitRefused)];

fn code_from_word(word: &str) -> rusqlite::Result<Code> {
    let found = Code::ALL.iter().copied().find(|code| code.as_str() == word);
    found.or_else(|| replaced(word)).ok_or_else(|| damaged(format!("'{word}' is no code")))
}

/// From the column `last_hold`, whose other texts are the application's own.
pub(crate) fn hold_from_word(word: String) -> String {
    replaced(&word).map_or(word, |code| code.as_str().to_owned())
}

fn replaced(word: &str) -> Option<Code> {
    REPLACED.iter().find(|(then, _)| *then == word).map(|(_, now)| *now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_survives_its_columns() {
        let mut states = vec![ItemState::Found, ItemState::Ready];
        states.extend(Code::ALL.iter().copied().flat_map(|code| [ItemState::LeftOut(code), ItemState::SetAside(code)]));
        states.extend(
            [
                Acknowledgement::Reply,
                Acknowledgement::ExistsAfterOwnAttempt,
                Acknowledgement::UploadGoneAfterOwnCompletion,
            ]
            .map(ItemState::Sent),
        );
        for state in states {
            let (number, why) = state_to_columns(state);
            assert_eq!(state_from_columns(number, why).unwrap(), state);
        }
        assert!(state_from_columns(1, None).is_err());
        assert!(state_from_columns(1, Some("no_such_code")).is_err());
        assert!(state_from_columns(5, None).is_err());
    }

    #[test]
    fn a_word_of_an_earlier_version_is_read_as_the_one_of_today() {
        for (then, now) in REPLACED {
            assert_eq!(code_from_word(then).unwrap(), now);
            assert_eq!(hold_from_word(then.to_owned()), now.as_str());
            assert!(Code::ALL.iter().all(|code| code.as_str() != then));
        }
        assert_eq!(hold_from_word("offline".to_owned()), "offline");
    }

    #[test]
    fn an_unknown_word_is_damage() {
        assert!(phase_from_word("walking").is_ok());
        assert!(phase_from_word("Walking").is_err());
        assert!(status_from_word("").is_err());
    }
}
