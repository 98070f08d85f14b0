//! What reaches the program from outside the page: dropped or named folders, chosen notifications and second starts.

use std::path::PathBuf;
use std::sync::Arc;

use waybill_model::TransferId;

use crate::arguments::Wanted;
use crate::bridge::{DropProblem, FolderDrop, Notice};
use crate::second_start::SecondStart;
use crate::shell_state::ShellState;
use crate::system::PageEvent;

/// Offers the page a folder that was dropped on the window: TDR takes one top-level folder.
pub(crate) async fn dropped(shell: &ShellState, paths: &[PathBuf]) {
    tracing::info!(things = paths.len(), "something was dropped on the window");
    match paths {
        // Not a file or folder, for example text.
        [] => shell.page.send(PageEvent::Drop(FolderDrop::Left)),
        [one] => offer(shell, one.clone()).await,
        several => {
            let count = u32::try_from(several.len()).unwrap_or(u32::MAX);
            refuse(shell, DropProblem::Several { count });
        }
    }
}

/// Checks a folder that was dropped or named, and offers it to the page or reports why it cannot be used.
pub(crate) async fn offer(shell: &ShellState, path: PathBuf) {
    match shell.references.offer(path).await {
        Ok(offer) => shell.page.send(PageEvent::Drop(FolderDrop::Offered { offer })),
        Err(failure) => refuse(shell, DropProblem::Unusable { problem: failure }),
    }
}

fn refuse(shell: &ShellState, problem: DropProblem) {
    shell.page.send(PageEvent::Drop(FolderDrop::Refused { problem }));
}

/// Brings the window forward and shows the transfer of the chosen notification.
pub(crate) fn notification_chosen(shell: &ShellState, about: Option<&str>) {
    tracing::info!(about, "a notification was chosen");
    shell.come_forward();
    // Only the transfer's id is passed on.
    if let Some(id) = about.and_then(|id| id.parse::<TransferId>().ok()) {
        shell.page.send(PageEvent::Notice(Notice::Chosen { transfer: id.to_string() }));
    }
}

/// Brings the window forward with the folder that was named, unless the second start was in the background, as when the
/// computer starts.
pub(crate) fn started_again(shell: &Arc<ShellState>, start: &SecondStart) {
    match start.wanted() {
        Wanted::Nothing => tracing::info!("the program was started in the background, and is running already"),
        Wanted::Window => {
            shell.come_forward();
        }
        Wanted::Folder(folder) => {
            shell.come_forward();
            let shell = Arc::clone(shell);
            tauri::async_runtime::spawn(async move { offer(&shell, folder).await });
        }
    }
}

#[cfg(test)]
mod tests {
    use waybill_model::Code;

    use super::*;
    use crate::testing::{Done, FakeSystem, shell};

    #[test]
    fn a_second_start_brings_the_window_forward_unless_it_is_in_the_background() {
        let dir = tempfile::tempdir().unwrap();
        let system = Arc::new(FakeSystem::default());
        let shell = shell(dir.path(), &system);
        let start_again = |argv: &[&str]| {
            let argv = argv.iter().map(|word| (*word).to_owned()).collect();
            started_again(&shell, &SecondStart::new(argv, dir.path().to_owned()));
            system.done()
        };
        assert_eq!(start_again(&["waybill-desktop"]), [Done::Forward]);
        assert_eq!(start_again(&["waybill-desktop", "--background"]), []);
    }

    #[tokio::test]
    async fn only_a_single_existing_folder_is_offered() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("Records ü");
        std::fs::create_dir(&folder).unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "x").unwrap();
        let system = Arc::new(FakeSystem::default());
        let shell = shell(dir.path(), &system);
        shell.page_listens();
        system.done();
        let drop = async |paths: &[PathBuf]| {
            dropped(&shell, paths).await;
            let Some(Done::Sent(PageEvent::Drop(drop))) = system.done().pop() else { panic!("nothing was sent") };
            drop
        };
        let code = |drop: FolderDrop| {
            let FolderDrop::Refused { problem: DropProblem::Unusable { problem } } = drop else { panic!("{drop:?}") };
            problem.code
        };
        let FolderDrop::Offered { offer } = drop(std::slice::from_ref(&folder)).await else { panic!("not offered") };
        assert_eq!(offer.name, "Records ü");
        assert_eq!(shell.references.folder(&offer.token).unwrap().path(), folder);
        assert_eq!(code(drop(std::slice::from_ref(&file)).await), Code::FolderIsFile);
        assert_eq!(code(drop(&[dir.path().join("none")]).await), Code::FolderMissing);
        assert_eq!(code(drop(&["/".into()]).await), Code::FolderNameUnusable);
        assert_eq!(drop(&[]).await, FolderDrop::Left);
        let several = drop(&[folder, file]).await;
        assert_eq!(several, FolderDrop::Refused { problem: DropProblem::Several { count: 2 } });
    }
}
