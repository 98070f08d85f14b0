//! The receipt's page, opened to be printed and shown in its folder.

use std::path::PathBuf;

use super::*;

const FINISHED: Sample = Sample { number: 3, phase: Phase::Finished, paused: false, items: 3, sent: 3, findings: 0 };

fn page_of(scene: &Scene) -> PathBuf {
    scene.dir.path().join("receipts/TDR-2026-3/receipt.html")
}

#[test]
fn a_receipt_is_opened_to_print_and_shown_in_its_folder_where_it_lies() {
    let scene = Scene::new(&[FINISHED]);
    let page = page_of(&scene);
    std::fs::create_dir_all(page.parent().unwrap()).unwrap();
    std::fs::write(&page, "as it was written").unwrap();
    scene.ok("open_receipt_to_print", json!({"transfer": id(FINISHED)}));
    assert_eq!(scene.system.done(), [Done::File(page.clone())]);
    scene.ok("show_receipt_in_folder", json!({"transfer": id(FINISHED)}));
    assert_eq!(scene.system.done(), [Done::Shown(page.clone())]);
    assert_eq!(std::fs::read_to_string(&page).unwrap(), "as it was written", "what is there is not written again");
}

#[test]
fn a_receipt_whose_file_is_gone_is_written_again_before_it_is_opened_or_shown() {
    for (command, done) in [
        ("open_receipt_to_print", Done::File as fn(PathBuf) -> Done),
        ("show_receipt_in_folder", Done::Shown as fn(PathBuf) -> Done),
    ] {
        let scene = Scene::new(&[FINISHED]);
        let page = page_of(&scene);
        assert!(!page.exists());
        scene.ok(command, json!({"transfer": id(FINISHED)}));
        assert_eq!(scene.system.done(), [done(page.clone())]);
        let text = std::fs::read_to_string(&page).unwrap();
        assert!(text.contains("TDR-2026-3") && text.contains("file 2.txt"), "{text}");
    }
}

#[test]
fn a_receipt_that_cannot_be_written_again_is_a_problem_and_nothing_is_opened() {
    let scene = Scene::new(&[FINISHED]);
    // A file stands where its folder would be.
    std::fs::write(scene.dir.path().join("receipts"), "").unwrap();
    for command in ["open_receipt_to_print", "show_receipt_in_folder"] {
        assert_eq!(scene.code(command, json!({"transfer": id(FINISHED)})), "output_unwritable");
    }
    assert_eq!(scene.system.done(), []);
}
