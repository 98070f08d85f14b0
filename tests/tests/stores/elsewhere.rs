//! `LocalStack` and `MinIO`: asked by their owner, asked through the sandbox's edge, and under the whole job.

use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;
use waybill_system_tests::{Error, PATIENCE, Result, Sandbox, Size, Waybill, compare, quick_profile, sample_folder};

use crate::differences::{Asked, Way};
use crate::edge::Edge;
use crate::server::{ACCESS_KEY, Program, SECRET_KEY, Server};
use crate::suite;

#[test]
fn localstack_answers_its_owner_as_the_table_has_it() -> Result<()> {
    asked_by_its_owner(Program::LocalStack, Asked::LocalStack(Way::Directly))
}

#[test]
fn minio_answers_its_owner_as_the_table_has_it() -> Result<()> {
    asked_by_its_owner(Program::MinIo, Asked::MinIo(Way::Directly))
}

#[test]
fn localstack_answers_through_the_edge_as_the_table_has_it() -> Result<()> {
    asked_through_the_edge(Program::LocalStack, Asked::LocalStack(Way::ThroughTheEdge))
}

#[test]
fn minio_answers_through_the_edge_as_the_table_has_it() -> Result<()> {
    asked_through_the_edge(Program::MinIo, Asked::MinIo(Way::ThroughTheEdge))
}

#[test]
fn a_folder_goes_the_whole_way_into_localstack() -> Result<()> {
    whole_job(Program::LocalStack)
}

#[test]
fn a_folder_goes_the_whole_way_into_minio() -> Result<()> {
    whole_job(Program::MinIo)
}

fn asked_by_its_owner(program: Program, asked: Asked) -> Result<()> {
    let server = Server::shared(program)?;
    suite::run(asked, &server.store("direct")?);
    Ok(())
}

fn asked_through_the_edge(program: Program, asked: Asked) -> Result<()> {
    let behind = Behind::start(program)?;
    let edge = Edge::start(&behind.options())?;
    suite::run(asked, &edge.store);
    Ok(())
}

/// `waybill send` against a sandbox that keeps objects there: everything arrives byte for byte, and the checks of what
/// is stored are done on what the server has.
fn whole_job(program: Program) -> Result<()> {
    let behind = Behind::start(program)?;
    let dir = temporary()?;
    let options: Vec<&str> = ["--check-seconds", "1"].into_iter().chain(behind.options()).collect();
    let sandbox = Sandbox::start(dir.path().join("sandbox"), &options)?;
    let sample = sample_folder(dir.path(), "Parish records", Size::Small, 17)?;
    let waybill = Waybill::new(&sandbox, dir.path().join("data"))?.profile(quick_profile(&sandbox)?);
    let consignment = sandbox.consignment("ready", 0)?;
    let root = sample.root.to_string_lossy().into_owned();
    let send = ["send", root.as_str(), "--consignment", consignment.reference.as_str(), "--yes"];
    waybill.run(send, PATIENCE)?.expect_code(0)?;

    let equal = compare(sandbox.control(), &consignment.id, dir.path(), sample.sent.keys())?;
    assert_eq!(equal.bytes, sample.bytes());
    let ended = sandbox.control().consignment(&consignment.id)?;
    assert_eq!(ended.status("Upload"), Some("Completed"));
    assert_eq!(ended.status("ServerChecksum"), Some("Completed"), "the checks read what the server stores");
    // Behind the sandbox's back, the server itself has what was sent.
    let store = behind.server.store("")?;
    let file = ended.files.iter().find(|file| file.path == sample.largest).unwrap();
    let stored = store.stored(&format!("{}/{}/{}", ended.user_id, ended.id, file.file_id))?.unwrap();
    assert!(stored == std::fs::read(sample.on_disk(&sample.largest)).unwrap());
    Ok(())
}

/// A server, and how a sandbox reaches it.
struct Behind {
    server: Arc<Server>,
    bucket: String,
    keys: PathBuf,
    _dir: TempDir,
}

impl Behind {
    fn start(program: Program) -> Result<Self> {
        let server = Server::shared(program)?;
        let dir = temporary()?;
        let keys = dir.path().join("keys");
        std::fs::write(&keys, format!("{ACCESS_KEY}\n{SECRET_KEY}\n"))
            .map_err(|source| Error::Io { path: keys.clone(), source })?;
        Ok(Self { bucket: server.bucket(), server, keys, _dir: dir })
    }

    fn options(&self) -> [&str; 4] {
        ["--store", &self.bucket, "--store-keys", self.keys.to_str().unwrap()]
    }
}

fn temporary() -> Result<TempDir> {
    tempfile::tempdir().map_err(|source| Error::Io { path: std::env::temp_dir(), source })
}
