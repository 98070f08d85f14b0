//! The page's types and permissions agree with the program's commands. The page can call those commands and what is
//! listed here, and nothing else.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use specta_typescript::Typescript;

/// What the page may ask of Tauri itself: to hear events, and to be zoomed.
const OF_TAURI: [&str; 3] =
    ["core:event:allow-listen", "core:event:allow-unlisten", "core:webview:allow-set-webview-zoom"];

/// Writes the bindings again and compares them, so that a difference is in the working tree and can be committed.
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
    let dashed = |command: &String| format!("allow-{}", command.replace('_', "-"));
    let build = read("src-tauri/build.rs");
    let list = build.split("const COMMANDS").nth(1).and_then(|rest| rest.split("];").next()).unwrap();
    let named: BTreeSet<String> =
        list.split("\n    \"").skip(1).filter_map(|rest| rest.split('"').next()).map(ToOwned::to_owned).collect();
    assert!(called.len() > 30, "{called:?}");
    assert_eq!(named, called);
    let permissions: Vec<String> =
        OF_TAURI.iter().map(|&word| word.to_owned()).chain(called.iter().map(dashed)).collect();
    let mut capability: Value = serde_json::from_str(&read("src-tauri/capabilities/main.json")).unwrap();
    let allowed: Vec<String> = serde_json::from_value(capability["permissions"].take()).unwrap();
    assert_eq!(allowed.len(), permissions.len(), "{allowed:?}");
    assert_eq!(allowed.into_iter().collect::<BTreeSet<_>>(), permissions.into_iter().collect());
    // Nothing remote, nothing for another window, nothing for one system alone.
    let about = capability.as_object_mut().unwrap();
    assert!(about.remove("description").is_some());
    let rest = json!({
        "$schema": "../../gen/schemas/desktop-schema.json",
        "identifier": "main",
        "local": true,
        "windows": ["main"],
        "permissions": null,
    });
    assert_eq!(capability, rest);
    assert_eq!(names_in("src-tauri/capabilities").unwrap(), ["main.json"]);
}

/// A looser policy breaks nothing that anybody sees.
#[test]
fn the_page_loads_and_reaches_nothing_but_its_own_files_and_the_program() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tauri.conf.json")).unwrap();
    let config: Value = serde_json::from_str(&text).unwrap();
    let security = json!({
        "capabilities": ["main"],
        "freezePrototype": true,
        "csp": {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "'self'",
            "font-src": "'self'",
            "connect-src": "ipc: http://ipc.localhost",
            "base-uri": "'none'",
            "form-action": "'none'",
            "frame-ancestors": "'none'",
            "object-src": "'none'",
        },
    });
    assert_eq!(config["app"]["security"], security);
    assert_eq!(config["app"]["withGlobalTauri"], false);
    let windows = config["app"]["windows"].as_array().unwrap();
    assert_eq!(windows.len(), 1, "one window, with one capability");
    assert!(windows[0].get("url").is_none(), "it shows the program's own page");
    assert_eq!(config["build"]["frontendDist"], "ui/dist");
    assert!(config.get("plugins").is_none() && config["build"].get("devUrl").is_none());
    // A file for one system would be laid over this one.
    let configurations = names_in(".").unwrap().into_iter().filter(|name| name.to_lowercase().starts_with("tauri."));
    assert_eq!(configurations.collect::<Vec<_>>(), ["tauri.conf.json"]);
}

fn names_in(folder: &str) -> std::io::Result<Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let names = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<std::io::Result<Vec<String>>>()?;
    names.sort_unstable();
    Ok(names)
}
