//! Object uploads: PutObject and multipart, over the upload domain.
//!
//! The bucket can only be written to (facts C1), so nothing here reads, lists or deletes. The SDK builds the requests
//! and parses successful responses; it does not sign, retry or open connections itself. Failures are read here from the
//! bytes of the response, even if the status is 200 (facts C3).

mod adapter;
mod file;
mod reply;

use std::fmt;
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::primitives::{ByteStream, SdkBody};
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart, ObjectCannedAcl};
use waybill_model::service::{Checksum, KeyFrom, UploadWay};
use waybill_model::{
    Code, Crc64Nvme, Created, ETag, LocalFault, ObjectKey, PartNumber, Reply, Stored, Timestamp, UploadId,
};

pub use self::file::FileRange;

use self::adapter::Call;
use crate::net::{Net, Pace, Sent};
use crate::pass::Pass;

/// The SDK requires a name, which appears in no address: the upload domain stands for the bucket.
const BUCKET: &str = "upload";

/// The store behind the upload domain.
#[derive(Clone)]
pub struct Objects {
    client: Client,
    if_none_match: bool,
    acl: Option<ObjectCannedAcl>,
    checksum: Checksum,
    /// The field of a response that names the object's key.
    key_field: Option<String>,
    pace: Option<Pace>,
    /// How much longer than usual requests may take.
    more_time: Duration,
}

impl Objects {
    /// Creates a client for `net`'s service, which uploads files as its profile says.
    #[must_use]
    pub fn new(net: &Net) -> Self {
        let client = adapter::client(net);
        let checksum = Checksum::None;
        let bare = Self {
            client,
            if_none_match: false,
            acl: None,
            checksum,
            key_field: None,
            pace: None,
            more_time: Duration::ZERO,
        };
        bare.in_way(&net.profile().way)
    }

    /// Returns the same store for files that are uploaded in another way.
    #[must_use]
    pub fn in_way(&self, way: &UploadWay) -> Self {
        Self {
            if_none_match: way.headers.if_none_match,
            acl: way.headers.acl.as_deref().map(ObjectCannedAcl::from),
            checksum: way.headers.checksum,
            key_field: match &way.key {
                KeyFrom::Registered | KeyFrom::Local { .. } => None,
                KeyFrom::Reply { field, .. } => Some(field.clone()),
            },
            ..self.clone()
        }
    }

    /// Limits every body to a pace. Waiting for it does not count as silence, so no time limit runs out meanwhile.
    #[must_use]
    pub fn paced(self, pace: Pace) -> Self {
        Self { pace: Some(pace), ..self }
    }

    /// Returns the same store for a connection known to be slow. Every request may take this much longer, both before
    /// its bytes move and after the last of them.
    #[must_use]
    pub fn with_more_time(self, more_time: Duration) -> Self {
        Self { more_time, ..self }
    }

    /// PutObject: sends a whole object in one request, at most 5 GiB (AWS, "Uploading objects").
    ///
    /// `crc` is the checksum of the range; the store refuses other bytes with `BadDigest`. Refused with 412 if the
    /// object exists and the service requires conditional writes (facts C4).
    pub async fn put_object(
        &self,
        pass: &Pass,
        key: &ObjectKey,
        body: &FileRange,
        crc: Crc64Nvme,
        sent: Sent,
    ) -> Reply<Stored> {
        let call = Call::with_body(pass, sent, self.pace.clone(), self.more_time);
        let (stream, length) = open(body, &call).await?;
        let request = self
            .client
            .put_object()
            .bucket(BUCKET)
            .key(key.as_str())
            .set_acl(self.acl.clone())
            .set_if_none_match(self.condition())
            .content_length(length)
            .set_checksum_crc64_nvme(self.checksum_header(crc))
            .body(stream);
        let outcome = Box::pin(request.customize().mutate_request(call.mark()).send()).await;
        call.reply(outcome, |stored, answer| {
            let etag = ETag::from(stored.e_tag()?);
            let key = match &self.key_field {
                None => None,
                Some(field) => Some(reply::key_in(&answer.body, field)?),
            };
            Some(Stored { etag, key })
        })
    }

    /// CreateMultipartUpload: starts an object in parts, checked as a whole by CRC-64/NVME (facts C6).
    ///
    /// Every call starts another upload; the store discards the parts at `abort_at`.
    pub async fn create_upload(&self, pass: &Pass, key: &ObjectKey) -> Reply<Created> {
        let call = Call::new(pass);
        let algorithm = match self.checksum {
            Checksum::None => None,
            Checksum::Crc64Nvme => Some(ChecksumAlgorithm::Crc64Nvme),
        };
        let request = self
            .client
            .create_multipart_upload()
            .bucket(BUCKET)
            .key(key.as_str())
            .set_acl(self.acl.clone())
            .set_checksum_algorithm(algorithm)
            .set_checksum_type(self.checksum_type());
        let outcome = Box::pin(request.customize().mutate_request(call.mark()).send()).await;
        call.reply(outcome, |created, _| {
            let upload_id = created.upload_id().filter(|id| !id.is_empty())?;
            let abort_at = created.abort_date().and_then(|date| date.to_millis().ok()).map(Timestamp);
            Some(Created { upload_id: UploadId::from(upload_id), abort_at })
        })
    }

    /// UploadPart: sends one part, 5 MiB to 5 GiB except the last. Sending the same number again replaces the part
    /// (facts C3).
    #[expect(clippy::too_many_arguments, reason = "each is a separate fact about one request")]
    pub async fn upload_part(
        &self,
        pass: &Pass,
        key: &ObjectKey,
        upload: &UploadId,
        part: PartNumber,
        body: &FileRange,
        crc: Crc64Nvme,
        sent: Sent,
    ) -> Reply<Stored> {
        let call = Call::with_body(pass, sent, self.pace.clone(), self.more_time);
        let (stream, length) = open(body, &call).await?;
        let request = self
            .client
            .upload_part()
            .bucket(BUCKET)
            .key(key.as_str())
            .upload_id(upload.as_str())
            .part_number(i32::from(part.get()))
            .content_length(length)
            .set_checksum_crc64_nvme(self.checksum_header(crc))
            .body(stream);
        let outcome = Box::pin(request.customize().mutate_request(call.mark()).send()).await;
        call.reply(outcome, |stored, _| stored.e_tag().map(|tag| Stored { etag: ETag::from(tag), key: None }))
    }

    /// CompleteMultipartUpload: assembles the object from its parts, which must be in ascending order; `size` is in
    /// bytes.
    ///
    /// The response may start with 200 and end in an error (facts C3): that is `Refused` with status 200.
    pub async fn complete_upload(
        &self,
        pass: &Pass,
        key: &ObjectKey,
        upload: &UploadId,
        parts: &[(PartNumber, ETag, Crc64Nvme)],
        size: u64,
    ) -> Reply<Stored> {
        let call = Call::completion(pass);
        let Ok(size) = i64::try_from(size) else {
            let what = format!("an object of {size} bytes cannot be named to the store");
            return Err(LocalFault::Impossible(Code::FileTooLarge, what).into());
        };
        let list = parts.iter().map(|(number, etag, crc)| {
            CompletedPart::builder()
                .part_number(i32::from(number.get()))
                .e_tag(etag.as_str())
                .set_checksum_crc64_nvme(self.checksum_header(*crc))
                .build()
        });
        let request = self
            .client
            .complete_multipart_upload()
            .bucket(BUCKET)
            .key(key.as_str())
            .upload_id(upload.as_str())
            .set_if_none_match(self.condition())
            .set_checksum_type(self.checksum_type())
            .mpu_object_size(size)
            .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(list.collect())).build());
        let outcome = Box::pin(request.customize().mutate_request(call.mark()).send()).await;
        call.reply(outcome, |stored, _| stored.e_tag().map(|tag| Stored { etag: ETag::from(tag), key: None }))
    }

    fn condition(&self) -> Option<String> {
        self.if_none_match.then(|| "*".to_owned())
    }

    fn checksum_header(&self, crc: Crc64Nvme) -> Option<String> {
        match self.checksum {
            Checksum::None => None,
            Checksum::Crc64Nvme => Some(crc.to_base64()),
        }
    }

    /// The store computes the checksum of an object in parts over its whole content (facts C6).
    fn checksum_type(&self) -> Option<ChecksumType> {
        match self.checksum {
            Checksum::None => None,
            Checksum::Crc64Nvme => Some(ChecksumType::FullObject),
        }
    }
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Objects").field("if_none_match", &self.if_none_match).finish_non_exhaustive()
    }
}

/// Opens the range as a body of fixed length. Sends nothing if that fails.
async fn open(range: &FileRange, call: &Call) -> Result<(ByteStream, i64), LocalFault> {
    let length = i64::try_from(range.range.len)
        .map_err(|_| LocalFault::Impossible(Code::FileTooLarge, format!("{} bytes", range.range.len)))?;
    let body = file::open(range, call.faults()).await?;
    Ok((ByteStream::new(SdkBody::from_body_1_x(body)), length))
}

/// Reads a response as each call of the store does, without the SDK's part.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_without_sdk(answer: &crate::net::Answer) {
    for good in [None, Some(())] {
        if reply::read(answer, good).is_ok() {
            assert!(answer.status.is_success() && good.is_some(), "a reply that proves nothing counted as done");
        }
    }
    if let Some(key) = reply::key_in(&answer.body, "key") {
        assert!(!key.as_str().is_empty(), "a key that names nothing");
    }
}

/// The SDK's result for a call. Only the content of a successful response is taken from it.
type Outcome<T, E> = Result<T, SdkError<E, aws_smithy_runtime_api::client::orchestrator::HttpResponse>>;

#[cfg(test)]
mod tests;
