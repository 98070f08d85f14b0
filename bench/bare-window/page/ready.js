// One call over the bridge, as the window's page makes it when it can be used.
await window.__TAURI_INTERNALS__.invoke("ready");
document.documentElement.dataset.ready = "";
