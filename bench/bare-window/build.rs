//! The build script that every Tauri program needs.

use std::error::Error;
use std::fs;
use std::path::Path;

const PICTURE: &str = "icons/icon.png";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={PICTURE}");
    // Windows needs the image as an ICO file.
    let icon = Path::new(&std::env::var("OUT_DIR")?).join("icon.ico");
    fs::write(&icon, ico(&fs::read(PICTURE)?)?)?;
    let windows = tauri_build::WindowsAttributes::new().window_icon_path(icon);
    tauri_build::try_build(tauri_build::Attributes::new().windows_attributes(windows))?;
    Ok(())
}

/// Returns a Windows icon file (ICO) that contains one PNG.
fn ico(picture: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    const HEAD: [u8; 6] = [0, 0, 1, 0, 1, 0];
    // The PNG contains its width and height.
    const ENTRY: [u8; 8] = [0, 0, 0, 0, 1, 0, 32, 0];
    let begins_at = u32::try_from(HEAD.len() + ENTRY.len() + 2 * size_of::<u32>())?;
    let length = u32::try_from(picture.len())?;
    Ok([&HEAD[..], &ENTRY, &length.to_le_bytes(), &begins_at.to_le_bytes(), picture].concat())
}
