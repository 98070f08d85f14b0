//! The words of the model and the controller, word for word, with types for the page. A word that one of them gains does not compile here until it
//! is taken over.

use serde::{Deserialize, Serialize};
use specta::Type;
use waybill_model as model;

/// Declares an enum with the variants of one of theirs.
macro_rules! mirror {
    ($(#[$doc:meta])* $name:ident of $model:ty { $($variant:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $name { $($variant),* }

        impl $name {
            /// All of them, in order.
            #[allow(dead_code, reason = "not every enum is told to the page as a list")]
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant),*];
        }

        impl From<$model> for $name {
            fn from(word: $model) -> Self {
                match word { $(<$model>::$variant => Self::$variant),* }
            }
        }

        impl From<$name> for $model {
            fn from(word: $name) -> Self {
                match word { $($name::$variant => Self::$variant),* }
            }
        }
    };
}

mirror! {
    /// Where a transfer stands.
    Stage of model::Phase {
        Walking, Checked, Hashing, Starting, Registering, Confirming, Sending, Settling, HandingOver, BeingChecked,
        Finished, GivenUp, Cancelled,
    }
}

mirror! {
    /// Why a transfer or the session waits. It goes on by itself, or when the person does what the reason says.
    WaitReason of model::WaitReason {
        Offline, UploadUnreachable, ApiUnreachable, SignInUnreachable, SignedOut, DifferentPerson, SlowDown, Firewall,
        UnexpectedPage, CertificateUntrusted, ProxyRefused, CookiesRefused, ServiceFailed, FolderGone, DiskFull,
    }
}

mirror! {
    /// What a consignment is ready for.
    ConsignmentState of model::ConsignmentState {
        Ready, NeedsAgreement, Uploading, Checking, Checked, Failed, Done, Judgment,
    }
}

mirror! {
    /// A group of findings, in the order in which they are shown. Each has the error code of the same name.
    FindingKind of model::FindingKind {
        TooManyFiles, TransferTooLarge, RegistrationTooLarge, FileTooLarge, Unreadable, Locked, EmptyFile,
        RefusedFormat, Link, SpecialFile, NameNotUnicode, PathTooLong, NamesDifferInCase, ExcludedName,
    }
}

mirror! {
    /// What a finding means: nothing can be sent; the file is not sent if the person agrees; the file is not sent and
    /// nobody is asked; the file is sent and the person should know.
    Effect of model::Effect { Blocks, LeavesOut, LeavesOutUnasked, Warns }
}

mirror! {
    /// What the self-test looks at, in the order in which things are needed.
    SelfTestTopic of waybill_app::SelfTestTopic {
        DataFolder, Disk, Proxy, Certificates, SignIn, Api, Upload, Website, Clock, SessionStore,
    }
}

mirror! {
    /// Where the session is kept.
    SelfTestStore of waybill_app::SessionKind { Keychain, Memory, File }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_of_finding_goes_to_the_page_and_back_and_is_spelt_as_its_code() {
        for kind in model::FindingKind::ALL {
            let crossed = FindingKind::from(kind);
            assert_eq!(model::FindingKind::from(crossed), kind);
            let word = serde_json::to_value(crossed).unwrap();
            assert_eq!(word, kind.code().as_str());
        }
    }

    #[test]
    fn the_words_are_those_of_the_model() {
        let same = |ours: serde_json::Value, models: serde_json::Value| assert_eq!(ours, models);
        let phase = model::Phase::HandingOver;
        same(serde_json::to_value(Stage::from(phase)).unwrap(), serde_json::to_value(phase).unwrap());
        let reason = model::WaitReason::UploadUnreachable;
        same(serde_json::to_value(WaitReason::from(reason)).unwrap(), serde_json::to_value(reason).unwrap());
    }
}
