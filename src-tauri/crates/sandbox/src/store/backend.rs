//! The five granted calls, behind the protocol layer.
//!
//! Each call checks what it can before it reads a body, checks again in the transaction that makes it true, and answers
//! after the commit. Entity tags are random, as those of an SSE-KMS bucket might as well be: they are no MD5 of
//! anything.

use std::path::PathBuf;
use std::sync::Arc;

use s3s::dto::{
    ChecksumAlgorithm, ChecksumType, CompleteMultipartUploadInput, CompleteMultipartUploadOutput,
    CreateMultipartUploadInput, CreateMultipartUploadOutput, ETag, PutObjectInput, PutObjectOutput,
    PutObjectTaggingInput, PutObjectTaggingOutput, ServerSideEncryption, Timestamp, UploadPartInput, UploadPartOutput,
};
use s3s::{S3, S3Error, S3ErrorCode, S3Request, S3Response, S3Result};

use super::checksum::{self, Algorithm, Kind};
use super::complete::{self, Asked, Expected};
use super::policy::Wishes;
use super::state::Store;
use super::tables::{self, Object, Part, Upload};
use super::{body, folder};
use crate::options::RepeatComplete;
use crate::random;

/// The rule's name as TDR's Terraform has it.
const ABORT_RULE: &str = "abort-incomplete-uploads";

pub(super) struct Backend {
    pub store: Arc<Store>,
}

/// Fills the five checksum fields of an output from one value.
macro_rules! with_checksum {
    ($output:expr, $algorithm:expr, $value:expr) => {{
        let mut output = $output;
        let field = match $algorithm {
            Algorithm::Crc32 => &mut output.checksum_crc32,
            Algorithm::Crc32c => &mut output.checksum_crc32c,
            Algorithm::Crc64Nvme => &mut output.checksum_crc64nvme,
            Algorithm::Sha1 => &mut output.checksum_sha1,
            Algorithm::Sha256 => &mut output.checksum_sha256,
        };
        *field = Some($value);
        output
    }};
}

#[async_trait::async_trait]
impl S3 for Backend {
    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let wishes = wishes(&request.extensions);
        let key = request.input.key;
        let file = folder::object_file();
        let received = body::receive(request.input.body, self.path(&file), &wishes, true).await?;
        let algorithm = wishes.declared.as_ref().map(|declared| declared.algorithm);
        let (algorithm, value) = body::stored_checksum(&received.tallied, algorithm);
        let object = Object {
            key,
            version: random::token(24),
            etag: random::hexadecimal(16),
            size: received.tallied.size,
            sha256: received.tallied.sha256.as_deref().map(checksum::hex),
            checksum: (algorithm, Kind::FullObject, checksum::encode(&value)),
        };
        let now = self.store.clock.now();
        let stored = self.db(|db| {
            let transaction = db.transaction()?;
            let stored = tables::insert_object(&transaction, &object, &[&file], now)?;
            transaction.commit()?;
            Ok(stored)
        })?;
        if !stored {
            return Err(precondition_failed());
        }
        received.keep();
        let output = PutObjectOutput {
            e_tag: Some(ETag::Strong(object.etag)),
            version_id: Some(object.version),
            checksum_type: Some(ChecksumType::from_static(ChecksumType::FULL_OBJECT)),
            server_side_encryption: encryption(),
            ..PutObjectOutput::default()
        };
        Ok(S3Response::new(with_checksum!(output, algorithm, object.checksum.2)))
    }

    async fn put_object_tagging(
        &self,
        request: S3Request<PutObjectTaggingInput>,
    ) -> S3Result<S3Response<PutObjectTaggingOutput>> {
        let tags: Vec<(Option<String>, Option<String>)> =
            request.input.tagging.tag_set.into_iter().map(|tag| (tag.key, tag.value)).collect();
        let tags = serde_json::to_string(&tags).map_err(S3Error::internal_error)?;
        let version = self.db(|db| tables::set_tags(db, &request.input.key, &tags))?;
        let version = version
            .ok_or_else(|| S3Error::with_message(S3ErrorCode::NoSuchKey, "The specified key does not exist."))?;
        Ok(S3Response::new(PutObjectTaggingOutput { version_id: Some(version) }))
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        let input = request.input;
        let checksum = announced(input.checksum_algorithm.as_ref(), input.checksum_type.as_ref())?;
        let upload = Upload {
            id: random::token(48),
            key: input.key,
            checksum,
            created: self.store.clock.now(),
            completed: None,
        };
        self.db(|db| tables::insert_upload(db, &upload))?;
        Ok(S3Response::new(CreateMultipartUploadOutput {
            abort_date: Some(Timestamp::from(std::time::SystemTime::from(upload.abort_date()))),
            abort_rule_id: Some(ABORT_RULE.to_owned()),
            bucket: Some(input.bucket),
            checksum_algorithm: checksum.map(|(algorithm, _)| ChecksumAlgorithm::from_static(algorithm.name())),
            checksum_type: checksum.map(|(_, kind)| ChecksumType::from_static(kind.name())),
            key: Some(upload.key),
            server_side_encryption: encryption(),
            upload_id: Some(upload.id),
            ..CreateMultipartUploadOutput::default()
        }))
    }

    async fn upload_part(&self, request: S3Request<UploadPartInput>) -> S3Result<S3Response<UploadPartOutput>> {
        let wishes = wishes(&request.extensions);
        let input = request.input;
        let refusal = self.refuse_part(&input.upload_id, &input.key, input.part_number, &wishes);
        if let Err(error) = refusal {
            if let Some(body) = input.body {
                body::discard(body).await;
            }
            return Err(error);
        }
        let file = folder::part_file(&input.upload_id, input.part_number);
        let received = body::receive(input.body, self.path(&file), &wishes, false).await?;
        let part = Part {
            number: input.part_number,
            size: received.tallied.size,
            etag: random::hexadecimal(16),
            crc64: received.tallied.crc64.clone(),
            checksum: received.tallied.checksum.clone(),
            file,
        };
        let now = self.store.clock.now();
        let replaced = self.db(|db| tables::replace_part(db, &input.upload_id, &input.key, &part, now))?;
        let replaced = replaced.ok_or_else(no_such_upload)?;
        received.keep();
        if let Some(file) = replaced {
            self.remove(&file);
        }
        let output = UploadPartOutput {
            e_tag: Some(ETag::Strong(part.etag)),
            server_side_encryption: encryption(),
            ..UploadPartOutput::default()
        };
        Ok(S3Response::new(match (wishes.declared, part.checksum) {
            (Some(declared), Some(value)) => with_checksum!(output, declared.algorithm, checksum::encode(&value)),
            (Some(_), None) | (None, Some(_) | None) => output,
        }))
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let wishes = wishes(&request.extensions);
        let input = request.input;
        let asked = complete::asked(&input)?;
        let expected = Expected {
            size: match input.mpu_object_size.map(u64::try_from).transpose() {
                Ok(size) => size,
                Err(_) => {
                    return Err(S3Error::with_message(
                        S3ErrorCode::InvalidRequest,
                        "Value for x-amz-mp-object-size header is invalid.",
                    ));
                }
            },
            kind: input.checksum_type.as_ref().map(|kind| parse_kind(kind.as_str())).transpose()?,
            declared: wishes.declared,
        };
        let object = self.complete(&input.upload_id, &input.key, &asked, &expected)?;
        let (algorithm, kind, value) = object.checksum;
        let output = CompleteMultipartUploadOutput {
            location: Some(format!("{}/{}", self.store.upload, object.key)),
            bucket: Some(input.bucket),
            checksum_type: Some(ChecksumType::from_static(kind.name())),
            e_tag: Some(ETag::Strong(object.etag)),
            key: Some(object.key),
            version_id: Some(object.version),
            server_side_encryption: encryption(),
            ..CompleteMultipartUploadOutput::default()
        };
        Ok(S3Response::new(with_checksum!(output, algorithm, value)))
    }
}

impl Backend {
    /// Returns what forbids a part before its body is read.
    fn refuse_part(&self, upload_id: &str, key: &str, number: i32, wishes: &Wishes) -> S3Result<()> {
        if !(1..=complete::HIGHEST_PART).contains(&number) {
            return Err(S3Error::with_message(
                S3ErrorCode::InvalidArgument,
                "Part number must be an integer between 1 and 10000, inclusive",
            ));
        }
        let now = self.store.clock.now();
        let upload = self.db(|db| tables::upload(db, upload_id, key, now))?;
        let upload = upload.filter(|upload| upload.completed.is_none()).ok_or_else(no_such_upload)?;
        let expected = upload.checksum.map(|(algorithm, _)| algorithm);
        let actual = wishes.declared.as_ref().map(|declared| declared.algorithm);
        // An upload that announced nothing takes parts with a checksum and without. The reference says that the
        // algorithm of the parts has to be the one announced; TDR's website announces none and sends CRC32 with each
        // part, and works.
        if expected.is_none() || expected == actual {
            return Ok(());
        }
        let name =
            |algorithm: Option<Algorithm>| algorithm.map_or("null".to_owned(), |it| it.name().to_ascii_lowercase());
        Err(S3Error::with_message(
            S3ErrorCode::InvalidRequest,
            format!(
                "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
                name(expected),
                name(actual)
            ),
        ))
    }

    /// Turns the parts into an object in one transaction. The parts stay where they are: the object is the row that
    /// names them.
    fn complete(&self, upload_id: &str, key: &str, asked: &[Asked], expected: &Expected) -> S3Result<Object> {
        let now = self.store.clock.now();
        let list = complete::fingerprint(asked);
        let outcome = self.db(|db| {
            let transaction = db.transaction()?;
            let Some(upload) = tables::upload(&transaction, upload_id, key, now)? else {
                return Ok(Err(no_such_upload()));
            };
            let existing = tables::object(&transaction, key)?;
            if let Some(completed) = &upload.completed {
                return Ok(self.repeated(*completed == list, existing));
            }
            if existing.is_some() {
                return Ok(Err(precondition_failed()));
            }
            let parts = tables::parts(&transaction, upload_id)?;
            let assembled = match complete::assemble(&upload, &parts, asked, expected) {
                Ok(assembled) => assembled,
                Err(error) => return Ok(Err(error)),
            };
            let (chosen, left_out): (Vec<&Part>, Vec<&Part>) =
                parts.iter().partition(|part| assembled.numbers.binary_search(&part.number).is_ok());
            let object = Object {
                key: key.to_owned(),
                version: random::token(24),
                etag: format!("{}-{}", random::hexadecimal(16), asked.len()),
                size: assembled.size,
                sha256: None,
                checksum: assembled.checksum,
            };
            let files: Vec<&str> = chosen.iter().map(|part| part.file.as_str()).collect();
            if !tables::insert_object(&transaction, &object, &files, now)? {
                return Ok(Err(precondition_failed()));
            }
            tables::close_upload(&transaction, upload_id, &list)?;
            transaction.commit()?;
            Ok(Ok((object, left_out.into_iter().map(|part| part.file.clone()).collect::<Vec<_>>())))
        })?;
        let (object, left_out) = outcome?;
        for file in left_out {
            self.remove(&file);
        }
        Ok(object)
    }

    /// Returns the answer to completing an upload again.
    fn repeated(&self, same_list: bool, existing: Option<Object>) -> S3Result<(Object, Vec<String>)> {
        match (self.store.repeat_complete, existing) {
            (RepeatComplete::Ok200, Some(object)) if same_list => Ok((object, Vec::new())),
            (RepeatComplete::Precondition412, Some(_)) => Err(precondition_failed()),
            (RepeatComplete::Ok200 | RepeatComplete::NoSuchUpload404, Some(_)) | (_, None) => Err(no_such_upload()),
        }
    }

    fn db<T>(&self, work: impl FnOnce(&mut rusqlite::Connection) -> rusqlite::Result<T>) -> S3Result<T> {
        self.store.db.with(work).map_err(S3Error::internal_error)
    }

    fn path(&self, file: &str) -> PathBuf {
        self.store.dir.join(file)
    }

    fn remove(&self, file: &str) {
        if let Err(error) = std::fs::remove_file(self.path(file)) {
            tracing::warn!(%error, "a part nobody needs could not be removed");
        }
    }
}

/// Returns what `CreateMultipartUpload` announces about checksums.
fn announced(
    algorithm: Option<&ChecksumAlgorithm>,
    kind: Option<&ChecksumType>,
) -> S3Result<Option<(Algorithm, Kind)>> {
    let invalid = |message: String| S3Error::with_message(S3ErrorCode::InvalidRequest, message);
    let kind = kind.map(|kind| parse_kind(kind.as_str())).transpose()?;
    let Some(algorithm) = algorithm else {
        return match kind {
            None => Ok(None),
            Some(_) => Err(invalid(
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.".to_owned(),
            )),
        };
    };
    let algorithm = Algorithm::parse(algorithm.as_str()).ok_or_else(|| {
        invalid("Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]".to_owned())
    })?;
    let kind = kind.unwrap_or(algorithm.default_kind());
    if !algorithm.allows(kind) {
        let name = algorithm.name().to_ascii_lowercase();
        return Err(invalid(format!(
            "The {} checksum type cannot be used with the {name} checksum algorithm.",
            kind.name()
        )));
    }
    Ok(Some((algorithm, kind)))
}

fn parse_kind(name: &str) -> S3Result<Kind> {
    Kind::parse(name).ok_or_else(|| {
        S3Error::with_message(S3ErrorCode::InvalidRequest, "Value for x-amz-checksum-type header is invalid.")
    })
}

fn wishes(extensions: &http::Extensions) -> Wishes {
    extensions.get::<Wishes>().cloned().unwrap_or_default()
}

fn encryption() -> Option<ServerSideEncryption> {
    Some(ServerSideEncryption::from_static(ServerSideEncryption::AWS_KMS))
}

fn precondition_failed() -> S3Error {
    S3Error::with_message(
        S3ErrorCode::PreconditionFailed,
        "At least one of the pre-conditions you specified did not hold",
    )
}

fn no_such_upload() -> S3Error {
    S3Error::with_message(
        S3ErrorCode::NoSuchUpload,
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    )
}
