//! `x-amz-checksum-*`, right and wrong, on whole objects, on parts and on completion.

use super::{Case, Entry, MIB, Request, Upload, bytes, expect_good, said_and_stored, source};
use crate::checksums::{Algorithm, Kind};
use crate::store::Store;
use waybill_system_tests::Result;

/// What a multipart upload may have (the table in "Checking object integrity").
const ALLOWED: [(Algorithm, Kind); 7] = [
    (Algorithm::Crc32, Kind::Composite),
    (Algorithm::Crc32, Kind::FullObject),
    (Algorithm::Crc32c, Kind::Composite),
    (Algorithm::Crc32c, Kind::FullObject),
    (Algorithm::Crc64Nvme, Kind::FullObject),
    (Algorithm::Sha1, Kind::Composite),
    (Algorithm::Sha256, Kind::Composite),
];
const NOT_ALLOWED: [(Algorithm, Kind); 3] = [
    (Algorithm::Crc64Nvme, Kind::Composite),
    (Algorithm::Sha1, Kind::FullObject),
    (Algorithm::Sha256, Kind::FullObject),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new("PutObject with two checksums", "400 InvalidRequest, nothing stored", source::SEEN, |store| {
            let headers = [Algorithm::Crc32, Algorithm::Sha256].map(|one| (one.header(), one.of(b"hello")));
            put(store, &headers)
        }),
        Case::new(
            "PutObject with x-amz-sdk-checksum-algorithm alone",
            "400 InvalidRequest, nothing stored",
            "PutObject, API reference; of the status only",
            |store| put(store, &[(SDK.to_owned(), "CRC32".to_owned())]),
        ),
        Case::new(
            "PutObject with x-amz-sdk-checksum-algorithm and its value",
            "200, stored as sent",
            source::PUT,
            |store| {
                let one = Algorithm::Crc32;
                put(store, &[(SDK.to_owned(), one.name().to_owned()), (one.header(), one.of(b"hello"))])
            },
        ),
        Case::new(
            "PutObject with x-amz-sdk-checksum-algorithm and the value of another",
            "400 BadDigest, nothing stored",
            source::PUT,
            |store| {
                let one = Algorithm::Sha256;
                put(store, &[(SDK.to_owned(), "CRC32".to_owned()), (one.header(), one.of(b"hello"))])
            },
        ),
        Case::new(
            "UploadPart with x-amz-sdk-checksum-algorithm and the value of another",
            "200",
            source::PART,
            |store| {
                let one = Algorithm::Sha256;
                let upload = Upload::begin(store, &[(ALGORITHM, one.name())])?;
                Ok(upload.part(1, &[(SDK, "CRC32"), (&one.header(), &one.of(b"x"))], b"x")?.said())
            },
        ),
        Case::new(
            "UploadPart with x-amz-sdk-checksum-algorithm alone",
            "400 InvalidRequest",
            "UploadPart, API reference; of the status only",
            |store| Ok(Upload::begin(store, &[])?.part(1, &[(SDK, "CRC32")], b"x")?.said()),
        ),
        Case::new("PutObject without a checksum", "200 with CRC64NVME of the object", source::INTEGRITY, |store| {
            let answer = store.send(Request::put(&store.fresh_key(), "hello"))?;
            let nvme = Algorithm::Crc64Nvme;
            let right = answer.header(&nvme.header()) == nvme.of(b"hello");
            Ok(format!("{} with{} CRC64NVME of the object", answer.said(), if right { "" } else { "out" }))
        }),
        Case::new("CreateMultipartUpload with an unknown algorithm", "400 InvalidRequest", source::SEEN, |store| {
            create(store, &[(ALGORITHM, "CRC16")])
        }),
        Case::new("CreateMultipartUpload with a type and no algorithm", "400 InvalidRequest", source::SEEN, |store| {
            create(store, &[(TYPE, "FULL_OBJECT")])
        }),
        Case::new("UploadPart with a checksum in an upload that announced none", "200", WEBSITE, |store| {
            let one = Algorithm::Crc32;
            Ok(Upload::begin(store, &[])?.part(1, &[(&one.header(), &one.of(b"x"))], b"x")?.said())
        }),
        Case::new(
            "UploadPart with a wrong checksum in an upload that announced none",
            "400 BadDigest",
            source::PART,
            |store| {
                let one = Algorithm::Crc32;
                Ok(Upload::begin(store, &[])?.part(1, &[(&one.header(), &one.of(b"y"))], b"x")?.said())
            },
        ),
        Case::new(
            "A list with the checksums of parts in an upload that announced none",
            "200, stored as sent",
            WEBSITE,
            |store| {
                let one = Algorithm::Crc32;
                let data = [bytes(5 * MIB, 9), b"the end".to_vec()];
                let upload = Upload::begin(store, &[])?;
                let mut entries = Vec::new();
                for (number, data) in (1..).zip(&data) {
                    entries.push(checked_part(&upload, one, number, data)?);
                }
                let answer = upload.complete(&[], &entries)?;
                said_and_stored(store, &upload.key, &answer, &data.concat())
            },
        ),
        Case::new(
            "CompleteMultipartUpload of an upload that announced no algorithm",
            "200 with CRC64NVME of the object",
            source::INTEGRITY,
            |store| {
                let upload = Upload::begin(store, &[])?;
                let part = upload.good_part(1, b"hello")?;
                let answer = upload.complete(&[], &[part])?;
                let right = answer.element("ChecksumCRC64NVME") == Algorithm::Crc64Nvme.of(b"hello");
                Ok(format!("{} with{} CRC64NVME of the object", answer.said(), if right { "" } else { "out" }))
            },
        ),
    ];
    for algorithm in Algorithm::ALL {
        cases.extend(of_objects(algorithm));
    }
    for (algorithm, kind) in ALLOWED {
        cases.extend(of_parts(algorithm, kind));
    }
    for (algorithm, kind) in NOT_ALLOWED {
        let name = format!("CreateMultipartUpload with {} {}", algorithm.name(), kind.name());
        cases.push(Case::new(name, "400 InvalidRequest", source::SEEN, move |store| {
            create(store, &[(ALGORITHM, algorithm.name()), (TYPE, kind.name())])
        }));
    }
    cases
}

/// The SDKs that TDR's website uses (its lock file) announce no algorithm, send CRC32 with each part and name it in the
/// list.
const WEBSITE: &str = "no document; TDR's website does it and works";
const ALGORITHM: &str = "x-amz-checksum-algorithm";
const TYPE: &str = "x-amz-checksum-type";
const SDK: &str = "x-amz-sdk-checksum-algorithm";

fn put(store: &Store, headers: &[(String, String)]) -> Result<String> {
    let key = store.fresh_key();
    let mut request = Request::put(&key, "hello");
    request.headers.extend_from_slice(headers);
    let answer = store.send(request)?;
    said_and_stored(store, &key, &answer, b"hello")
}

fn create(store: &Store, headers: &[(&str, &str)]) -> Result<String> {
    Ok(store.send(Request::new("POST", &store.fresh_key()).query("uploads").headers(headers))?.said())
}

fn of_objects(algorithm: Algorithm) -> Vec<Case> {
    let name = algorithm.name();
    vec![
        Case::new(
            format!("PutObject with the right {name}"),
            "200, stored as sent, the value in the answer",
            source::PUT,
            move |store| {
                let (key, value) = (store.fresh_key(), algorithm.of(b"hello"));
                let answer = store.send(Request::put(&key, "hello").header(&algorithm.header(), &value))?;
                let echoed = if answer.header(&algorithm.header()) == value { "the value" } else { "no value" };
                Ok(format!("{}, {echoed} in the answer", said_and_stored(store, &key, &answer, b"hello")?))
            },
        ),
        Case::new(
            format!("PutObject with a wrong {name}"),
            "400 BadDigest, nothing stored",
            source::INTEGRITY,
            move |store| put(store, &[(algorithm.header(), algorithm.of(b"other"))]),
        ),
        Case::new(
            format!("PutObject with a {name} that is none"),
            "400 InvalidRequest, nothing stored",
            source::SEEN,
            move |store| put(store, &[(algorithm.header(), "AAAA".to_owned())]),
        ),
    ]
}

/// An upload with this algorithm and type: two parts, ready to be completed.
struct Prepared<'a> {
    upload: Upload<'a>,
    entries: Vec<Entry>,
    data: [Vec<u8>; 2],
}

fn prepared(store: &Store, algorithm: Algorithm, kind: Kind) -> Result<Prepared<'_>> {
    let data = [bytes(5 * MIB, 5), bytes(4_321, 6)];
    let upload = begin(store, algorithm, kind)?;
    let mut entries = Vec::new();
    for (number, data) in (1..).zip(&data) {
        entries.push(checked_part(&upload, algorithm, number, data)?);
    }
    Ok(Prepared { upload, entries, data })
}

fn begin(store: &Store, algorithm: Algorithm, kind: Kind) -> Result<Upload<'_>> {
    Upload::begin(store, &[(ALGORITHM, algorithm.name()), (TYPE, kind.name())])
}

fn checked_part(upload: &Upload<'_>, algorithm: Algorithm, number: i32, data: &[u8]) -> Result<Entry> {
    let value = algorithm.of(data);
    let answer = expect_good(upload.part(number, &[(&algorithm.header(), &value)], data)?)?;
    Ok(Entry { number, etag: answer.header("etag").to_owned(), checksum: element(algorithm, &value) })
}

fn element(algorithm: Algorithm, value: &str) -> String {
    let name = algorithm.element();
    format!("<{name}>{value}</{name}>")
}

fn of_parts(algorithm: Algorithm, kind: Kind) -> Vec<Case> {
    let (name, type_name) = (algorithm.name(), kind.name());
    let named = |what: &str| format!("{name} {type_name}: {what}");
    let header = algorithm.header();
    let other = if algorithm == Algorithm::Sha256 { Algorithm::Crc32 } else { Algorithm::Sha256 };
    let mut cases = vec![
        Case::new(
            named("two parts and the object, all right"),
            "200, stored as sent, the object's value in the answer",
            source::INTEGRITY,
            move |store| {
                let Prepared { upload, entries, data } = prepared(store, algorithm, kind)?;
                let (told, answered) = algorithm.of_parts(kind, &[&data[0], &data[1]]);
                let answer = upload.complete(&[(&header, &told), (TYPE, type_name)], &entries)?;
                let right = answer.element(&algorithm.element()) == answered;
                let stored = said_and_stored(store, &upload.key, &answer, &data.concat())?;
                Ok(format!("{stored}, {} value in the answer", if right { "the object's" } else { "another" }))
            },
        ),
        Case::new(named("a wrong part"), "400 BadDigest", source::PART, move |store| {
            let upload = begin(store, algorithm, kind)?;
            Ok(upload.part(1, &[(&algorithm.header(), &algorithm.of(b"other"))], b"hello")?.said())
        }),
        Case::new(named("a part without a value"), "400 InvalidRequest", source::SEEN, move |store| {
            Ok(begin(store, algorithm, kind)?.part(1, &[], b"hello")?.said())
        }),
        Case::new(named("a part with another algorithm's value"), "400 InvalidRequest", source::SEEN, move |store| {
            let upload = begin(store, algorithm, kind)?;
            Ok(upload.part(1, &[(&other.header(), &other.of(b"hello"))], b"hello")?.said())
        }),
        Case::new(named("a list with a gap"), "400 InvalidPartOrder", source::COMPLETE, move |store| {
            let upload = begin(store, algorithm, kind)?;
            let part = checked_part(&upload, algorithm, 2, b"hello")?;
            Ok(upload.complete(&[], &[part])?.said())
        }),
        Case::new(named("a list with a wrong value"), "400 InvalidPart", source::SEEN, move |store| {
            let upload = begin(store, algorithm, kind)?;
            let mut part = checked_part(&upload, algorithm, 1, b"hello")?;
            part.checksum = element(algorithm, &algorithm.of(b"other"));
            Ok(upload.complete(&[], &[part])?.said())
        }),
        Case::new(named("a wrong value of the object"), "400 BadDigest", source::COMPLETE, move |store| {
            let upload = begin(store, algorithm, kind)?;
            let part = checked_part(&upload, algorithm, 1, b"hello")?;
            let (wrong, _) = algorithm.of_parts(kind, &[b"other"]);
            Ok(upload.complete(&[(&algorithm.header(), &wrong)], &[part])?.said())
        }),
        Case::new(named("completed as the other type"), "400 BadDigest", source::COMPLETE, move |store| {
            let upload = begin(store, algorithm, kind)?;
            let part = checked_part(&upload, algorithm, 1, b"hello")?;
            let other = match kind {
                Kind::Composite => Kind::FullObject,
                Kind::FullObject => Kind::Composite,
            };
            Ok(upload.complete(&[(TYPE, other.name())], &[part])?.said())
        }),
    ];
    let without = match kind {
        Kind::Composite => "400 InvalidRequest",
        Kind::FullObject => "200",
    };
    cases.push(Case::new(named("a list without values"), without, source::SEEN, move |store| {
        let upload = begin(store, algorithm, kind)?;
        let mut part = checked_part(&upload, algorithm, 1, b"hello")?;
        part.checksum.clear();
        Ok(upload.complete(&[], &[part])?.said())
    }));
    cases
}
