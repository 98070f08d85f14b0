//! The commands as the page calls them: through Tauri, with the journal of a real folder behind them.

mod closing_twice;
mod folders;
mod lists;
mod receipt_files;
mod running;
mod settings;
mod signing_in;
mod starts;
mod website;

use std::sync::Arc;

use serde_json::{Value, json};
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder, mock_context, noop_assets};
use tauri::webview::InvokeRequest;
use tauri::{App, Manager as _, WebviewWindow, WebviewWindowBuilder};
use tempfile::TempDir;
use waybill_app::samples::{Sample, write_journal};
use waybill_model::{Code, Phase};

use crate::ownership;
use crate::shell_state::{ControllerState, ShellState};
use crate::testing::{Done, FakeSystem};

/// A page over a data folder with these transfers.
struct Scene {
    page: WebviewWindow<MockRuntime>,
    shell: Arc<ShellState>,
    system: Arc<FakeSystem>,
    dir: TempDir,
    _app: App<MockRuntime>,
}

const SENDING: Sample = Sample { number: 1, phase: Phase::Sending, paused: true, items: 450, sent: 300, findings: 7 };
const CHECKED: Sample = Sample { number: 2, phase: Phase::BeingChecked, paused: true, items: 3, sent: 3, findings: 0 };

impl Scene {
    fn new(samples: &[Sample]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        if !samples.is_empty() {
            write_journal(dir.path(), samples).unwrap();
        }
        Self::of(dir, FakeSystem::default())
    }

    /// Without a transfer, on another computer.
    fn over(system: FakeSystem) -> Self {
        Self::of(tempfile::tempdir().unwrap(), system)
    }

    fn of(dir: TempDir, system: FakeSystem) -> Self {
        let system = Arc::new(system);
        let shell = crate::testing::shell(dir.path(), &system);
        Self::with(dir, system, shell)
    }

    fn with(dir: TempDir, system: Arc<FakeSystem>, shell: Arc<ShellState>) -> Self {
        let app = mock_builder()
            .invoke_handler(crate::bindings::<MockRuntime>().invoke_handler())
            .manage(Arc::clone(&shell))
            .build(mock_context(noop_assets()))
            .unwrap();
        let page = WebviewWindowBuilder::new(&app, "main", tauri::WebviewUrl::default()).build().unwrap();
        Self { page, shell, system, dir, _app: app }
    }

    /// With the controller running, and owning the journal.
    fn running(samples: &[Sample]) -> Self {
        let scene = Self::new(samples);
        tauri::async_runtime::block_on(ownership::start(Arc::clone(&scene.shell)));
        scene
    }

    fn call(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        call(&self.page, command, arguments)
    }

    fn ok(&self, command: &str, arguments: Value) -> Value {
        self.call(command, arguments).unwrap_or_else(|problem| panic!("{command}: {problem}"))
    }

    fn code(&self, command: &str, arguments: Value) -> String {
        let problem = self.call(command, arguments).expect_err(command);
        problem["code"].as_str().unwrap_or_else(|| panic!("{command}: {problem}")).to_owned()
    }

    fn end(&self) {
        let controller = self.shell.controller.now();
        if let ControllerState::Running { handle, .. } = controller {
            tauri::async_runtime::block_on(handle.shutdown()).unwrap();
        }
    }
}

fn call(page: &WebviewWindow<MockRuntime>, command: &str, arguments: Value) -> Result<Value, Value> {
    let request = InvokeRequest {
        cmd: command.to_owned(),
        callback: CallbackFn(0),
        error: CallbackFn(1),
        url: "tauri://localhost".parse().unwrap(),
        body: InvokeBody::Json(arguments),
        headers: tauri::http::HeaderMap::default(),
        invoke_key: INVOKE_KEY.to_owned(),
    };
    get_ipc_response(page, request).map(|body| body.deserialize().unwrap())
}

fn id(sample: Sample) -> Value {
    json!(sample.id().to_string())
}

/// Asks for the first page of the transfers.
fn first() -> Value {
    json!({"offset": 0, "limit": 50})
}
