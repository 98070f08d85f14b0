//! The types that the page has of the commands are those of the commands.

use specta_typescript::Typescript;

/// Writes them anew and compares, so that a difference is in the working tree, ready to be looked at and committed.
#[test]
fn the_pages_bindings_are_those_of_the_commands() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/src/generated/bindings.ts");
    let before = std::fs::read_to_string(path).unwrap_or_default();
    waybill_desktop::bindings::<tauri::Wry>().export(Typescript::default(), path).unwrap();
    let after = std::fs::read_to_string(path).unwrap();
    assert!(before == after, "ui/src/generated/bindings.ts was out of date and has been written anew: commit it");
}
