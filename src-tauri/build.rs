//! Before the window is compiled: its icons are drawn, and its page has to be there.
//!
//! Icons are drawn from `icons/waybill.svg` into `gen/icons`, which is not committed. A page that has not been built is
//! replaced by one that says so, as Tauri does not compile without any.

use std::error::Error;
use std::fs;
use std::path::Path;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

const SOURCE: &str = "icons/waybill.svg";
const PAGE: &str = "ui/dist/index.html";
/// What the page may be allowed to call; `capabilities/main.json` allows it. Anything else is refused.
const COMMANDS: [&str; 35] = [
    "about",
    "snapshot",
    "ready",
    "open_website",
    "settings",
    "save_settings",
    "self_test",
    "save_support_bundle",
    "quit",
    "sign_in",
    "cancel_sign_in",
    "open_sign_in_again",
    "copy_sign_in_address",
    "sign_out",
    "consignments",
    "choose_folder",
    "choose_moved_folder",
    "open",
    "run",
    "tell",
    "limit_speed",
    "open_hand_over",
    "transfers",
    "transfer",
    "finding_groups",
    "findings",
    "save_findings",
    "item_counts",
    "items",
    "check_failures",
    "check_failure_lines",
    "receipt",
    "export_receipt",
    "show_receipt_in_folder",
    "open_receipt_to_print",
];
const ICON_SIZES: [u32; 5] = [16, 32, 48, 128, 256];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={SOURCE}");
    println!("cargo::rerun-if-changed={PAGE}");
    draw_icons(Path::new("gen/icons"))?;
    replace_missing_page(Path::new(PAGE))?;
    let commands = tauri_build::AppManifest::new().commands(&COMMANDS);
    let attributes = tauri_build::Attributes::new()
        .app_manifest(commands)
        .capabilities_path_pattern("./src-tauri/capabilities/**/*.json");
    tauri_build::try_build(attributes)?;
    Ok(())
}

fn draw_icons(dir: &Path) -> Result<(), Box<dyn Error>> {
    let tree = Tree::from_data(&fs::read(SOURCE)?, &Options::default())?;
    fs::create_dir_all(dir)?;
    let mut pictures = Vec::new();
    for size in ICON_SIZES {
        let picture = draw(&tree, size)?;
        write_if_new(&dir.join(format!("{size}x{size}.png")), &picture)?;
        pictures.push((size, picture));
    }
    write_if_new(&dir.join("icon.ico"), &ico(&pictures)?)
}

fn draw(tree: &Tree, size: u32) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut picture = Pixmap::new(size, size).ok_or("an icon without a size")?;
    let pixels = u16::try_from(size)?;
    let scale =
        Transform::from_scale(f32::from(pixels) / tree.size().width(), f32::from(pixels) / tree.size().height());
    resvg::render(tree, scale, &mut picture.as_mut());
    Ok(picture.encode_png()?)
}

/// An icon file of Windows (ICO) whose pictures are PNGs, as Windows has understood them since Vista.
fn ico(pictures: &[(u32, Vec<u8>)]) -> Result<Vec<u8>, Box<dyn Error>> {
    const HEAD: usize = 6;
    const ENTRY: usize = 16;
    let mut file = Vec::new();
    file.extend([0, 0, 1, 0]);
    file.extend(u16::try_from(pictures.len())?.to_le_bytes());
    let mut offset = HEAD + ENTRY * pictures.len();
    for (size, picture) in pictures {
        // A side of 256 is written as 0.
        let side = u8::try_from(*size).unwrap_or(0);
        file.extend([side, side, 0, 0, 1, 0, 32, 0]);
        file.extend(u32::try_from(picture.len())?.to_le_bytes());
        file.extend(u32::try_from(offset)?.to_le_bytes());
        offset += picture.len();
    }
    pictures.iter().for_each(|(_, picture)| file.extend(picture));
    Ok(file)
}

/// Leaves a file alone that is right already, so that nothing is compiled again for its date.
fn write_if_new(path: &Path, contents: &[u8]) -> Result<(), Box<dyn Error>> {
    if fs::read(path).is_ok_and(|present| present == contents) {
        return Ok(());
    }
    Ok(fs::write(path, contents)?)
}

fn replace_missing_page(path: &Path) -> Result<(), Box<dyn Error>> {
    if path.exists() {
        return Ok(());
    }
    println!("cargo::warning=the window's page is not built; run 'npm ci && npm run build' in ui/ (cargo xtask does)");
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir)?;
    }
    let page = "<!doctype html><html lang=\"en\"><title>Waybill</title><p>The page of this window has not been built.</p></html>\n";
    Ok(fs::write(path, page)?)
}
