//! What the page has of the commands is what the program has: their types, and the leave to call them.

use std::collections::BTreeSet;

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

/// A command that is missing from the manifest or the capability compiles, and is refused only when the page calls it.
#[test]
fn the_page_may_call_every_command_and_nothing_else_of_the_programs() {
    let read = |path: &str| std::fs::read_to_string(format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let bindings = read("ui/src/generated/bindings.ts");
    let call =
        |line: &str| Some(line.split("__TAURI_INVOKE").nth(1)?.split("(\"").nth(1)?.split('"').next()?.to_owned());
    let called: BTreeSet<String> = bindings.lines().filter_map(call).collect();
    let quoted = |text: &str, before: &str| -> BTreeSet<String> {
        let found = text.split(before).skip(1).filter_map(|rest| rest.split('"').next());
        found.map(|word| word.replace('-', "_")).collect()
    };
    let allowed = quoted(&read("src-tauri/capabilities/main.json"), "\n    \"allow-");
    let build = read("src-tauri/build.rs");
    let list = build.split("const COMMANDS").nth(1).and_then(|rest| rest.split("];").next()).unwrap();
    let named = quoted(list, "\n    \"");
    assert!(called.len() > 30, "{called:?}");
    assert_eq!(called, allowed);
    assert_eq!(named, allowed);
}
