//! A terminal that shows one picture after the other in the same place, without a flicker.
//!
//! In: lines. Out: the terminal as it was, however this ends. Never here: what the lines say.

use std::io::Write;

use rustix::termios::tcgetwinsize;

/// A page of its own, no cursor, no wrapping of long lines.
const ENTER: &str = "\u{1b}[?1049h\u{1b}[?25l\u{1b}[?7l";
/// All of that undone.
const LEAVE: &str = "\u{1b}[?7h\u{1b}[?25h\u{1b}[?1049l";
/// Lines of a terminal that does not say how many it has.
const LINES: usize = 24;

/// A terminal in use.
pub(super) struct Screen(());

impl Screen {
    /// Takes the terminal.
    pub(super) fn open() -> Self {
        write(ENTER);
        Self(())
    }

    /// Shows lines, as many as there is room for; says whether anybody still looks.
    pub(super) fn show(&self, lines: &[String]) -> bool {
        let room = tcgetwinsize(std::io::stdout()).map_or(LINES, |size| usize::from(size.ws_row)).max(1);
        let lines: Vec<_> = lines.iter().flat_map(|line| line.split('\n')).take(room).collect();
        // From the first line on, each line to its end, then the rest: nothing is blank meanwhile.
        write(&format!("\u{1b}[H{}\u{1b}[K\u{1b}[J", lines.join("\u{1b}[K\r\n")))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        write(LEAVE);
    }
}

fn write(text: &str) -> bool {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_ok()
}
