//! The files of the pages, one line each.
//!
//! In: the folder `pages` at build time. Out: their bytes. Never here: a file that is not listed;
//! a test compares the list with the folder.

/// One file.
pub(super) struct File {
    /// Where it lies below `/pages/`.
    pub(super) path: &'static str,
    /// What is in it.
    pub(super) bytes: &'static [u8],
}

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(File { path: $path, bytes: include_bytes!(concat!("../../pages/", $path)) }),*]
    };
}

/// Every file that a browser may load.
pub(super) const FILES: &[File] = files![
    "base/api.js",
    "base/clock.js",
    "base/live.js",
    "base/poll.js",
    "base/sound.js",
    "base/store.js",
    "base/ui.js",
    "base/words.js",
    "client.html",
    "client.js",
    "icon.svg",
    "index.html",
    "main.js",
    "ops.html",
    "ops.js",
    "parts/badge.js",
    "parts/button.js",
    "parts/countdown.js",
    "parts/dialog.js",
    "parts/field.js",
    "parts/icon.js",
    "parts/lost.js",
    "parts/number.js",
    "parts/sheet.js",
    "parts/table.js",
    "parts/tabs.js",
    "parts/time.js",
    "parts/toast.js",
    "parts/top.js",
    "rooms/admin.js",
    "rooms/board.js",
    "rooms/board/agents.js",
    "rooms/board/case.js",
    "rooms/board/cases.js",
    "rooms/board/deeds.js",
    "rooms/board/queues.js",
    "rooms/board/search.js",
    "rooms/ops.js",
    "rooms/ops/channels.js",
    "rooms/ops/charts.js",
    "rooms/ops/dead.js",
    "rooms/ops/depths.js",
    "rooms/ops/health.js",
    "rooms/ops/journal.js",
    "rooms/setup.js",
    "rooms/shell.js",
    "rooms/sign-in.js",
    "rooms/workbench.js",
    "style/base.css",
    "style/board.css",
    "style/client.css",
    "style/desk.css",
    "style/ops.css",
    "style/parts.css",
    "vendor/LICENSE-htm.txt",
    "vendor/LICENSE-preact.txt",
    "vendor/LICENSE-uplot.txt",
    "vendor/VENDORED.md",
    "vendor/hooks.js",
    "vendor/htm.js",
    "vendor/preact.js",
    "vendor/uPlot.iife.min.js",
    "vendor/uPlot.min.css",
    "words/en.js",
    "words/en/agent.js",
    "words/en/boards.js",
    "words/en/house.js",
    "words/zh-CN.js",
    "words/zh-CN/agent.js",
    "words/zh-CN/boards.js",
    "words/zh-CN/house.js",
];
