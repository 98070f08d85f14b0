//! The work was done and its reply was lost: for every call that cannot be repeated, also when `waybill` dies of it.

use std::fs;

use waybill_system_tests::{Effect, Error, Fault, PATIENCE, Result, Role, compare};

use crate::scene::{NOT_REPEATABLE, Scene};

/// What loses its reply.
struct Call {
    name: &'static str,
    role: Role,
    narrow: fn(Fault) -> Fault,
}

const START: Call = Call { name: "startUpload", role: Role::Api, narrow: |fault| fault.body_contains("startUpload") };
const REGISTER: Call =
    Call { name: "addFilesAndMetadata", role: Role::Api, narrow: |fault| fault.body_contains("addFilesAndMetadata") };
const PUT: Call = Call { name: "PutObject", role: Role::Upload, narrow: |fault| fault.method("PUT").skip(3) };
const CREATE: Call = Call {
    name: "CreateMultipartUpload",
    role: Role::Upload,
    narrow: |fault| fault.method("POST").path("*?*uploads*"),
};
const PART: Call =
    Call { name: "UploadPart", role: Role::Upload, narrow: |fault| fault.method("PUT").path("*partNumber=2&*") };
const COMPLETE: Call = Call {
    name: "CompleteMultipartUpload",
    role: Role::Upload,
    narrow: |fault| fault.method("POST").path("*?*uploadId=*"),
};
const CALLS: [Call; 6] = [START, REGISTER, PUT, CREATE, PART, COMPLETE];

#[test]
fn a_lost_reply_is_no_failure() -> Result<()> {
    CALLS.iter().try_for_each(|call| lost(call, &[], false))
}

#[test]
fn a_lost_reply_is_no_failure_when_waybill_dies_of_it() -> Result<()> {
    CALLS.iter().try_for_each(|call| lost(call, &[], true))
}

#[test]
fn a_completion_may_be_answered_in_any_of_three_ways_the_second_time() -> Result<()> {
    for answer in ["ok", "precondition", "no-such-upload"] {
        for dies in [false, true] {
            lost(&COMPLETE, &["--repeat-complete", answer], dies)?;
        }
    }
    Ok(())
}

/// TDR pages through files by name only, so of files with one name a page of 1,000 misses some (facts E6).
#[test]
fn files_of_one_name_are_found_again_after_a_lost_registration() -> Result<()> {
    const FOLDERS: u64 = 1_300;
    let scene = Scene::new()?;
    let root = scene.dir.path().join("Minutes of every parish");
    let mut sent = Vec::new();
    for number in 0..FOLDERS {
        let parish = format!("Parish {number:04}");
        let folder = root.join(&parish);
        let file = folder.join("minutes.txt");
        fs::create_dir_all(&folder).map_err(|source| Error::Io { path: folder.clone(), source })?;
        fs::write(&file, format!("Minutes of {parish}")).map_err(|source| Error::Io { path: file.clone(), source })?;
        sent.push(format!("Minutes of every parish/{parish}/minutes.txt"));
    }
    let fault = (REGISTER.narrow)(Fault::new(REGISTER.role, Effect::LoseReply));
    let fault = scene.sandbox.control().set(&fault)?;
    let [send, _, option, consignment, yes] = scene.send_arguments();
    scene.waybill.start([send, root.into(), option, consignment, yes])?.finish(PATIENCE)?.expect_code(0)?;
    assert_eq!(scene.sandbox.control().fired(fault)?, 1);
    assert_eq!(scene.calls_of("addFilesAndMetadata")?, 1);
    let equal = compare(scene.sandbox.control(), &scene.consignment.id, scene.dir.path(), sent.iter())?;
    assert_eq!(equal.files, FOLDERS);
    Ok(())
}

fn lost(call: &Call, options: &[&str], dies: bool) -> Result<()> {
    println!("{} loses its reply{}", call.name, if dies { ", and waybill is killed" } else { "" });
    let scene = Scene::with(options)?;
    let fault = (call.narrow)(Fault::new(call.role, Effect::LoseReply));
    let fault = scene.sandbox.control().set(&fault)?;
    let run = scene.send()?;
    scene.sandbox.control().wait_fired(fault, 1, PATIENCE)?;
    if dies {
        run.kill()?;
        scene.send_to_the_end()?;
    } else {
        run.finish(PATIENCE)?.expect_code(0)?;
    }
    scene.everything_arrived()?;
    assert_eq!(scene.sandbox.control().fired(fault)?, 1);
    // It was done, so repeating it is refused or does it twice.
    for operation in NOT_REPEATABLE {
        assert_eq!(scene.calls_of(operation)?, 1, "{} lost its reply: {operation}", call.name);
    }
    Ok(())
}
