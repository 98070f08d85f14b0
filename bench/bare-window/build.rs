//! What every Tauri program does before it is compiled.

fn main() {
    tauri_build::build();
}
