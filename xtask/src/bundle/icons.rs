//! Renders the icon in every size from its one source.

use std::fs;
use std::path::Path;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use super::layout::{ICON_SIZES, icon};
use crate::error::{Error, Result};

/// Renders every size into a folder.
///
/// # Errors
/// The source is not an SVG drawing, or an image cannot be written.
pub(super) fn draw_all(source: &Path, into: &Path) -> Result {
    let wrong = |error: &dyn std::fmt::Display| Error::Wrong(format!("{}: {error}", source.display()));
    let drawing = fs::read(source).map_err(Error::io(source))?;
    let tree = Tree::from_data(&drawing, &Options::default()).map_err(|error| wrong(&error))?;
    for size in ICON_SIZES {
        let picture = draw(&tree, size).ok_or_else(|| wrong(&"cannot be drawn"))?;
        let file = into.join(icon(size));
        fs::write(&file, picture).map_err(Error::io(&file))?;
    }
    Ok(())
}

/// Returns a square image as PNG.
fn draw(tree: &Tree, size: u16) -> Option<Vec<u8>> {
    let mut picture = Pixmap::new(size.into(), size.into())?;
    let (width, height) = (tree.size().width(), tree.size().height());
    let scale = Transform::from_scale(f32::from(size) / width, f32::from(size) / height);
    resvg::render(tree, scale, &mut picture.as_mut());
    picture.encode_png().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_image_has_the_size_in_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("icon.svg");
        let drawing =
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z" fill="#123456"/></svg>"##;
        fs::write(&source, drawing).unwrap();
        draw_all(&source, dir.path()).unwrap();
        for size in ICON_SIZES {
            let picture = Pixmap::load_png(dir.path().join(icon(size))).unwrap();
            assert_eq!((picture.width(), picture.height()), (size.into(), size.into()));
            assert!(picture.pixels().iter().any(|pixel| pixel.alpha() > 0), "{size} is empty");
        }
    }

    #[test]
    fn a_file_that_is_not_a_drawing_is_reported_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let source = dir.path().join("icon.svg");
        fs::write(&source, "no drawing").unwrap();
        assert!(draw_all(&source, dir.path()).unwrap_err().to_string().contains("icon.svg"));
    }
}
