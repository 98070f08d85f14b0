//! Waybill's domain vocabulary as types.
//!
//! Everything here is pure: no clock, no randomness, no input or output. Every other crate may use these types; this
//! crate depends on none of them. `ARCHITECTURE.md` defines the terms.

mod checksum;
mod code;
mod consignment;
mod finding;
mod ids;
mod item;
mod part;
mod path;
mod phase;
mod progress;
mod proxy;
mod record;
mod reply;
mod secret;
pub mod service;
mod time;
mod transfer;
mod website;

pub use checksum::{Crc64Nvme, ParseDigestError, Sha256Digest};
pub use code::{Code, Failure, RetryClass};
pub use consignment::{CheckProgress, Consignment, ConsignmentState, ConsignmentStatuses, ServerTruth, StatusValue};
pub use finding::{Effect, Finding, FindingKind, Limits};
pub use ids::{
    ConsignmentId, ConsignmentReference, ETag, FileId, ItemId, MatchId, ObjectKey, PartNumber, TransferId, UploadId,
    UserId,
};
pub use item::{Acknowledgement, FileKey, Identity, ItemState};
pub use part::{ByteRange, PartPlan, PartPlanError, PartRules};
pub use path::{RelPath, RelPathError};
pub use phase::{End, Measure, Needs, Phase, PhaseGroup};
pub use progress::Progress;
pub use proxy::{Proxy, ProxyChoice};
pub use record::{ItemRecord, Record, TransferRecord};
pub use reply::{BodyKind, Created, LocalFault, NoAnswer, NoAnswerKind, NotDone, Refusal, Reply, Role, Stored};
pub use secret::{SafeUrl, Secret};
pub use service::ServiceProfile;
pub use time::{Now, Steady, Timestamp};
pub use transfer::{Person, SendGiven, Target, WaitReason};
pub use website::WebsitePage;
