//! Why a transfer is waiting, who and what it is for, and when it was sent off.

use serde::{Deserialize, Serialize};

use crate::{Code, Consignment, UserId};

/// When the order to send was given, which decides whether the folder may have changed since it was checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum SendGiven {
    /// After a person looked at what the check found: the folder is compared with that first and, if it has changed, checked
    /// again and shown to the person.
    #[default]
    AfterALook,
    /// Straight after the check, without a person looking at it: the folder is not compared again.
    StraightAfterTheCheck,
}

/// Why a transfer waits: states with names, not errors. No attempt is spent in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// No address of the service answers.
    Offline,
    /// Only the upload address does not answer.
    UploadUnreachable,
    /// Only the API does not answer.
    ApiUnreachable,
    /// Only the sign-in address does not answer.
    SignInUnreachable,
    /// Somebody has to sign in.
    SignedOut,
    /// Somebody other than the person who started the transfer is signed in.
    DifferentPerson,
    /// The service asked Waybill to slow down, or our own request budget is used up.
    SlowDown,
    /// The service's firewall is blocking requests temporarily.
    Firewall,
    /// A web page arrived instead of data.
    UnexpectedPage,
    /// The certificate is not trusted.
    CertificateUntrusted,
    /// This computer's clock is so wrong that no certificate is valid.
    ClockWrong,
    /// The proxy refuses the request.
    ProxyRefused,
    /// The proxy wants a sign-in.
    ProxySignIn,
    /// The proxy cannot be reached.
    ProxyUnreachable,
    /// The upload address rejects a newly issued pass.
    PermitRefused,
    /// The service is failing.
    ServiceFailed,
    /// The reply to the registration was lost, and it is not certain yet whether the service acts on it.
    RegistrationInDoubt,
    /// The folder cannot be reached.
    FolderGone,
    /// The disk that holds the journal is full.
    DiskFull,
}

impl WaitReason {
    /// Every reason, in order.
    pub const ALL: [Self; 19] = [
        Self::Offline,
        Self::UploadUnreachable,
        Self::ApiUnreachable,
        Self::SignInUnreachable,
        Self::SignedOut,
        Self::DifferentPerson,
        Self::SlowDown,
        Self::Firewall,
        Self::UnexpectedPage,
        Self::CertificateUntrusted,
        Self::ClockWrong,
        Self::ProxyRefused,
        Self::ProxySignIn,
        Self::ProxyUnreachable,
        Self::PermitRefused,
        Self::ServiceFailed,
        Self::RegistrationInDoubt,
        Self::FolderGone,
        Self::DiskFull,
    ];

    /// Returns the code that represents the reason to people and scripts.
    #[must_use]
    pub fn code(self) -> Code {
        match self {
            Self::Offline => Code::Offline,
            Self::UploadUnreachable => Code::UploadUnreachable,
            Self::ApiUnreachable => Code::ApiUnreachable,
            Self::SignInUnreachable => Code::SignInUnreachable,
            Self::SignedOut => Code::SignInNeeded,
            Self::DifferentPerson => Code::DifferentPerson,
            Self::SlowDown => Code::SlowDown,
            Self::Firewall => Code::Firewall,
            Self::UnexpectedPage => Code::UnexpectedPage,
            Self::CertificateUntrusted => Code::CertificateUntrusted,
            Self::ClockWrong => Code::ClockWrong,
            Self::ProxyRefused => Code::ProxyRefused,
            Self::ProxySignIn => Code::ProxySignIn,
            Self::ProxyUnreachable => Code::ProxyUnreachable,
            Self::PermitRefused => Code::PermitRefused,
            Self::ServiceFailed => Code::ServiceFailed,
            Self::RegistrationInDoubt => Code::RegistrationInDoubt,
            Self::FolderGone => Code::FolderGone,
            Self::DiskFull => Code::DiskFull,
        }
    }
}

/// The destination of a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// An existing consignment.
    Consignment(Consignment),
    /// The service itself, for services that have no consignments.
    Folder,
}

impl Target {
    /// Returns the consignment, if there is one.
    #[must_use]
    pub fn consignment(&self) -> Option<&Consignment> {
        match self {
            Self::Consignment(consignment) => Some(consignment),
            Self::Folder => None,
        }
    }
}

/// The signed-in person, according to the token's claims (facts D9).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The `user_id` claim.
    pub user_id: UserId,
    /// The `name` claim, or the best substitute.
    pub name: String,
    /// The `email` claim.
    pub email: Option<String>,
    /// The `body` claim: TDR's code for the transferring body.
    pub body: Option<String>,
    /// The `standard_user` claim.
    pub standard_user: bool,
    /// The `judgment_user` claim.
    pub judgment_user: bool,
}
