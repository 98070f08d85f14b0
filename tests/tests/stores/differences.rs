//! Where a store does other than S3 is documented to do: the one table, mirrored in `docs/sandbox.md`.
//!
//! A case that is in the table has to show exactly what the table says, so that an entry does not outlive its
//! difference. The sandbox is not in it: it has to follow the documents.

use crate::cases::Case;

/// One line of the table.
pub(crate) struct Difference {
    /// The case's name, or the names of several: `<sum>` stands for each checksum algorithm, `<upload>` for each kind
    /// of upload with one, `<composite>` and `<full>` for those of one type.
    pub(crate) question: &'static str,
    /// What `LocalStack` shows.
    localstack: &'static str,
    /// What `MinIO` shows.
    minio: &'static str,
}

/// Shows what S3 is documented to show.
const AS_S3: &str = "as S3";

const fn differ(question: &'static str, localstack: &'static str, minio: &'static str) -> Difference {
    Difference { question, localstack, minio }
}

const STORED: &str = "200, stored as sent";
/// An announcement that is met with silence.
pub(crate) const WAITS: &str = "waits for all of it";
/// `MinIO` asks first whether its disk has room for what is announced, and a hundredth of the disk beside it.
const WAITS_OR_IS_FULL: &str = "waits for all of it; at times 507 XMinioStorageFull";
/// Stands between what is shown mostly and what is shown now and then.
const AT_TIMES: &str = "; at times ";

pub(crate) const ALL: &[Difference] = &[
    differ("PutObject with an ETag in If-None-Match", AS_S3, STORED),
    differ("PutObject of a body without a length", "200", AS_S3),
    differ("PutObject of a byte more than 5 GiB", WAITS, WAITS_OR_IS_FULL),
    differ("PutObject of less than was announced", STORED, "499 ClientDisconnected, nothing stored"),
    differ("PutObjectTagging with what is no tag set", "200", "500 InternalError"),
    differ("PATCH of a key", "500 InternalError", "400 BadRequest"),
    differ("PutObject with a wrong x-amz-content-sha256", STORED, AS_S3),
    differ(
        "PutObject with an x-amz-content-sha256 that is none",
        STORED,
        "400 XAmzContentSHA256Mismatch, nothing stored",
    ),
    differ("PutObject with another canned ACL", STORED, STORED),
    differ("PutObject with a grant", STORED, STORED),
    differ("CreateMultipartUpload with another canned ACL", "200", "200"),
    differ("UploadPart with a wrong x-amz-content-sha256", "200", AS_S3),
    differ("An error's request id", "the one of the header, and no host id", AS_S3),
    differ("CreateMultipartUpload in a bucket that aborts after seven days", "neither", "neither"),
    differ("UploadPart with number 0", AS_S3, "400 InvalidPart"),
    differ("UploadPart of a body without a length", "200", AS_S3),
    differ("UploadPart of a byte more than 5 GiB", WAITS, WAITS_OR_IS_FULL),
    differ("A list with a part twice", "200", "200"),
    differ("A list without parts", "400 InvalidRequest", "400 InvalidRequest"),
    differ("A list that is no XML", "500 InternalError", AS_S3),
    differ("A list that is another document", "400 InvalidRequest", "400 InvalidRequest"),
    differ("A list with an entry without an ETag", "500 InternalError", "400 InvalidPart"),
    differ("x-amz-mp-object-size that is wrong", AS_S3, STORED),
    differ("CompleteMultipartUpload with an ETag in If-None-Match", AS_S3, "200"),
    differ("PutObject with two checksums", AS_S3, "400 InvalidArgument, nothing stored"),
    differ("PutObject with x-amz-sdk-checksum-algorithm alone", STORED, STORED),
    differ("PutObject with x-amz-sdk-checksum-algorithm and the value of another", STORED, STORED),
    differ("PutObject without a checksum", AS_S3, "200 without CRC64NVME of the object"),
    differ("PutObject with a wrong <sum>", AS_S3, "400 XAmzContentChecksumMismatch, nothing stored"),
    differ("PutObject with a <sum> that is none", AS_S3, "400 InvalidArgument, nothing stored"),
    differ("CreateMultipartUpload with an unknown algorithm", AS_S3, "400 InvalidArgument"),
    differ("CreateMultipartUpload with a type and no algorithm", AS_S3, "400 InvalidArgument"),
    differ("CreateMultipartUpload with CRC64NVME COMPOSITE", AS_S3, "200"),
    differ("CreateMultipartUpload with SHA1 FULL_OBJECT", AS_S3, "400 InvalidArgument"),
    differ("CreateMultipartUpload with SHA256 FULL_OBJECT", AS_S3, "400 InvalidArgument"),
    differ("UploadPart with x-amz-sdk-checksum-algorithm alone", "200", "200"),
    differ(
        "UploadPart with a wrong checksum in an upload that announced none",
        AS_S3,
        "400 XAmzContentChecksumMismatch",
    ),
    differ(
        "A list with the checksums of parts in an upload that announced none",
        "400 InvalidPart, nothing stored",
        AS_S3,
    ),
    differ("Eight CompleteMultipartUploads of one key at once", "as S3; at times more than one 200", AS_S3),
    differ("PutObjects and completions of one key at once", "as S3; at times more than one 200", AS_S3),
    differ(
        "CompleteMultipartUpload of an upload that announced no algorithm",
        AS_S3,
        "200 without CRC64NVME of the object",
    ),
    differ("<upload>: a wrong part", AS_S3, "400 XAmzContentChecksumMismatch"),
    differ("<upload>: a part without a value", AS_S3, "400 InvalidArgument"),
    differ("<upload>: a part with another algorithm's value", AS_S3, "400 InvalidArgument"),
    differ("<upload>: a list with a gap", "200", "200"),
    differ("<upload>: completed as the other type", "400 InvalidRequest", "200"),
    differ("<composite>: a wrong value of the object", "200", "400 XAmzContentChecksumMismatch"),
    differ("CRC32 FULL_OBJECT: a wrong value of the object", AS_S3, "400 InvalidArgument"),
    differ("CRC32C FULL_OBJECT: a wrong value of the object", AS_S3, "400 InvalidArgument"),
    differ("CRC64NVME FULL_OBJECT: a wrong value of the object", AS_S3, "400 XAmzContentChecksumMismatch"),
    differ("<composite>: a list without values", AS_S3, "400 InvalidPart"),
    differ("<full>: a list without values", AS_S3, "400 InvalidPart"),
];

/// What stands for several names.
const PLACEHOLDERS: [(&str, &[&str]); 4] = [
    ("<sum>", &["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"]),
    (
        "<upload>",
        &[
            "CRC32 COMPOSITE",
            "CRC32 FULL_OBJECT",
            "CRC32C COMPOSITE",
            "CRC32C FULL_OBJECT",
            "CRC64NVME FULL_OBJECT",
            "SHA1 COMPOSITE",
            "SHA256 COMPOSITE",
        ],
    ),
    ("<composite>", &["CRC32 COMPOSITE", "CRC32C COMPOSITE", "SHA1 COMPOSITE", "SHA256 COMPOSITE"]),
    ("<full>", &["CRC32 FULL_OBJECT", "CRC32C FULL_OBJECT", "CRC64NVME FULL_OBJECT"]),
];

/// What changes when the sandbox's edge stands before `LocalStack` and `MinIO`: it refuses a method itself, and a
/// viewer that hangs up breaks the edge's own request.
const THROUGH_THE_EDGE: [Difference; 2] = [
    differ("PATCH of a key", AS_S3, AS_S3),
    differ(
        "PutObject of less than was announced",
        "502, nothing stored; at times 502, stored as sent",
        "502, nothing stored",
    ),
];

/// Which store is asked, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// No entry at all.
    Sandbox,
    LocalStack(Way),
    MinIo(Way),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// By the bucket's owner.
    Directly,
    ThroughTheEdge,
}

impl Difference {
    /// Returns the names of the cases that this is about.
    pub(crate) fn names(&self) -> Vec<String> {
        let found = PLACEHOLDERS.iter().find(|(placeholder, _)| self.question.contains(placeholder));
        match found {
            Some((placeholder, values)) => {
                values.iter().map(|value| self.question.replace(placeholder, value)).collect()
            }
            None => vec![self.question.to_owned()],
        }
    }

    /// Returns what this store may show, one or the other; `None` where it shows what S3 does, which is `documented`.
    pub(crate) fn shows<'a>(&self, asked: Asked, documented: &'a str) -> Option<Vec<&'a str>> {
        let way = match asked {
            Asked::Sandbox => return None,
            Asked::LocalStack(way) | Asked::MinIo(way) => way,
        };
        let line = match way {
            Way::Directly => self,
            Way::ThroughTheEdge => THROUGH_THE_EDGE.iter().find(|line| line.question == self.question).unwrap_or(self),
        };
        let text = match asked {
            Asked::Sandbox | Asked::LocalStack(_) => line.localstack,
            Asked::MinIo(_) => line.minio,
        };
        let of_s3 = |text: &'static str| if text == AS_S3 { documented } else { text };
        (text != AS_S3).then(|| text.split(AT_TIMES).map(of_s3).collect())
    }
}

/// Returns the table as `docs/sandbox.md` has it.
pub(crate) fn markdown(cases: &[Case]) -> String {
    let mut table =
        "| Asked | S3, and the sandbox | LocalStack 4.11.1 | MinIO | Says who |\n|---|---|---|---|---|\n".to_owned();
    for difference in ALL {
        let names = difference.names();
        let Some(case) = cases.iter().find(|case| names.contains(&case.name)) else { continue };
        let question = difference.question.replace(['<', '>'], "*");
        let cells = [&question, case.documented(), difference.localstack, difference.minio, case.source];
        table.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    for Difference { question, localstack, minio } in THROUGH_THE_EDGE {
        table.push_str(&format!("| {question}, through the edge | | {localstack} | {minio} | |\n"));
    }
    table
}
