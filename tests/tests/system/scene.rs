//! What most tests begin with: a sandbox, a folder, a person, and one consignment that is ready.

use std::ffi::OsString;
use std::path::PathBuf;

use tempfile::TempDir;
use waybill_system_tests::{
    Compared, Effect, Error, Fault, Finished, Listed, Logged, PATIENCE, Result, Role, Run, Sample, Sandbox, Size,
    Waybill, compare, quick_profile, sample_folder,
};

/// The size of a part in these tests, in bytes: S3's smallest.
pub(crate) const PART: u64 = 5 << 20;

/// The operations that must not be called twice.
pub(crate) const NOT_REPEATABLE: [&str; 2] = ["startUpload", "addFilesAndMetadata"];

/// A sandbox, a folder, a person and a consignment.
pub(crate) struct Scene {
    pub(crate) sandbox: Sandbox,
    pub(crate) sample: Sample,
    pub(crate) waybill: Waybill,
    pub(crate) consignment: Listed,
    /// Last, so that it goes after the processes that use it.
    pub(crate) dir: TempDir,
}

impl Scene {
    /// With the sandbox as it usually is.
    pub(crate) fn new() -> Result<Self> {
        Self::with(&[])
    }

    /// With further options for the sandbox.
    pub(crate) fn with(options: &[&str]) -> Result<Self> {
        Self::of(Size::Small, options)
    }

    /// With a folder of this size.
    pub(crate) fn of(size: Size, options: &[&str]) -> Result<Self> {
        let dir = tempfile::tempdir().map_err(|source| Error::Io { path: std::env::temp_dir(), source })?;
        let options: Vec<&str> = ["--check-seconds", "1"].iter().chain(options).copied().collect();
        let sandbox = Sandbox::start(dir.path().join("sandbox"), &options)?;
        let sample = sample_folder(dir.path(), "Parish records", size, 11)?;
        let waybill = Waybill::new(&sandbox, dir.path().join("data"))?.profile(quick_profile(&sandbox)?);
        let consignment = sandbox.consignment("ready", 0)?.clone();
        Ok(Self { sandbox, sample, waybill, consignment, dir })
    }

    /// Returns the arguments of `waybill send` for this folder and consignment.
    pub(crate) fn send_arguments(&self) -> [OsString; 5] {
        let consignment = self.consignment.reference.as_str();
        ["send".into(), self.sample.root.clone().into(), "--consignment".into(), consignment.into(), "--yes".into()]
    }

    /// Returns the arguments of `waybill resume` for this consignment.
    pub(crate) fn resume_arguments(&self) -> Vec<OsString> {
        vec!["resume".into(), self.consignment.reference.clone().into()]
    }

    /// Starts to send.
    pub(crate) fn send(&self) -> Result<Run> {
        self.waybill.start(self.send_arguments())
    }

    /// Sends to the end, which has to be good.
    pub(crate) fn send_to_the_end(&self) -> Result<Finished> {
        self.send()?.finish(PATIENCE)?.expect_code(0)
    }

    /// Resumes the transfer to its end, which must be successful.
    pub(crate) fn resume_to_the_end(&self) -> Result<Finished> {
        self.resume(&[])?.finish(PATIENCE)?.expect_code(0)
    }

    /// Starts to resume.
    pub(crate) fn resume(&self, options: &[&str]) -> Result<Run> {
        let arguments = ["resume", self.consignment.reference.as_str(), "--yes"];
        self.waybill.start(arguments.iter().chain(options).copied())
    }

    /// Everything that should be stored is, byte for byte, and TDR knows it.
    pub(crate) fn everything_arrived(&self) -> Result<Compared> {
        let equal = compare(self.sandbox.control(), &self.consignment.id, self.dir.path(), self.sample.sent.keys())?;
        assert_eq!(equal.bytes, self.sample.bytes());
        let consignment = self.sandbox.control().consignment(&self.consignment.id)?;
        assert_eq!(consignment.status("Upload"), Some("Completed"));
        Ok(equal)
    }

    /// Returns how often an operation of the API was carried out, since the sandbox was started. What a client asked
    /// that died before its turn came was not.
    pub(crate) fn calls_of(&self, operation: &str) -> Result<usize> {
        self.sandbox.control().wait_quiet(Role::Api, PATIENCE)?;
        let requests = self.sandbox.control().requests()?;
        let done = |logged: &&Logged| logged.operation.as_deref() == Some(operation) && logged.status.is_some();
        Ok(requests.iter().filter(done).count())
    }

    /// Holds the parts of large files back, in the middle of their bytes, until the fault that this gives is removed.
    pub(crate) fn hold_parts(&self) -> Result<u64> {
        let hold = Fault::new(Role::Upload, Effect::Bandwidth(1)).path("*partNumber=*").always();
        self.sandbox.control().set(&hold)
    }

    /// Returns the path of the object of a file in the log, with its leading slash.
    pub(crate) fn object_path(&self, file: &str) -> Result<String> {
        let consignment = self.sandbox.control().consignment(&self.consignment.id)?;
        let found = consignment.files.iter().find(|row| row.kind == "File" && row.path == file);
        let found = found.ok_or_else(|| Error::unexpected(format!("{file} is not registered")))?;
        Ok(format!("/{}/{}/{}", consignment.user_id, consignment.id, found.file_id))
    }

    /// Parts of the largest file.
    pub(crate) fn parts_of_largest(&self) -> u64 {
        self.sample.sent[&self.sample.largest].div_ceil(PART)
    }

    /// Returns the folder of the receipts that were written automatically.
    pub(crate) fn receipts(&self) -> PathBuf {
        self.waybill.data_dir().join("receipts").join(&self.consignment.reference)
    }
}

/// Returns how many of these requests stored a part of a large file.
pub(crate) fn parts_stored(requests: &[Logged]) -> u64 {
    let parts = requests.iter().filter(|logged| logged.is_stored() && logged.path.contains("partNumber="));
    u64::try_from(parts.count()).unwrap_or(u64::MAX)
}

/// Waits until the program says that it waits for this.
pub(crate) fn waits_for(run: &Run, reason: &'static str) -> Result<()> {
    run.wait_for(reason, PATIENCE, |event| event.is("waiting", &[("reason", reason)])).map(drop)
}
