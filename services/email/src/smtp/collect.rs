//! The bytes after DATA, up to the line with a single dot.
//!
//! In: bytes as they come. Out: the mail with the extra dots taken away. Lines end with
//! CR LF and nothing else: a bare CR or LF is refused at once, since two systems that see
//! different line ends see different mails (SMTP smuggling). The length of a line is not
//! limited, for mailers write whole HTML pages into one; the mail's size is.
//! Never here: IO.

/// Bytes of a mail that are taken.
pub const MAIL_BYTES_MAX: usize = 25 * 1024 * 1024;
/// Bytes that are read of a mail that is not taken, to hear its end, before the connection
/// is cut.
pub const DISCARDED_BYTES_MAX: usize = 2 * MAIL_BYTES_MAX;

/// Gathers one mail.
pub struct Collector {
    mail: Vec<u8>,
    place: Place,
    read_bytes: usize,
    refused: bool,
}

/// Where in a line the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Dot,
    DotCr,
    Inside,
    Cr,
}

/// How far a mail has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// More must come.
    More,
    /// The end was read; so many bytes of the last input belong to the mail.
    Done(usize),
    /// A bare CR or LF.
    BareLineEnd,
    /// It goes on and on although it will not be taken.
    Endless,
}

impl Default for Collector {
    fn default() -> Self {
        Self { mail: Vec::new(), place: Place::Start, read_bytes: 0, refused: false }
    }
}

impl Collector {
    /// Takes bytes in.
    pub fn push(&mut self, input: &[u8]) -> Progress {
        let mut at = 0;
        while let Some(&byte) = input.get(at) {
            if self.place == Place::Inside {
                at += self.copy_line(input.get(at..).unwrap_or_default());
                continue;
            }
            at += 1;
            self.place = match (self.place, byte) {
                (Place::DotCr, b'\n') => {
                    self.count(at);
                    return Progress::Done(at);
                }
                (Place::Cr, b'\n') => {
                    self.keep(b"\r\n");
                    Place::Start
                }
                (Place::DotCr | Place::Cr, _) | (Place::Start | Place::Dot | Place::Inside, b'\n') => {
                    return Progress::BareLineEnd;
                }
                (Place::Start, b'.') => Place::Dot,
                (Place::Dot, b'\r') => Place::DotCr,
                (Place::Start | Place::Inside, b'\r') => Place::Cr,
                (Place::Start | Place::Dot | Place::Inside, byte) => {
                    self.keep(&[byte]);
                    Place::Inside
                }
            };
        }
        self.count(input.len());
        if self.read_bytes > DISCARDED_BYTES_MAX { Progress::Endless } else { Progress::More }
    }

    /// Drops what was gathered and only listens for the end.
    pub fn refuse(&mut self) {
        self.refused = true;
        self.mail = Vec::new();
    }

    /// Says whether the mail is larger than is taken, or was refused.
    #[must_use]
    pub const fn is_refused(&self) -> bool {
        self.refused
    }

    /// Gives the number of bytes gathered.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.mail.len()
    }

    /// Gives the mail; `None` if it was refused.
    #[must_use]
    pub fn into_mail(self) -> Option<Vec<u8>> {
        (!self.refused).then_some(self.mail)
    }

    /// Copies up to the next CR or LF and says how many bytes it took, the sign included.
    fn copy_line(&mut self, input: &[u8]) -> usize {
        let end = input.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        let (text, sign) = input.split_at(end.unwrap_or(input.len()));
        self.keep(text);
        match sign.first() {
            Some(b'\r') => {
                self.place = Place::Cr;
                text.len() + 1
            }
            // Left for the caller, who refuses it.
            Some(_) => {
                self.place = Place::Start;
                text.len()
            }
            None => text.len(),
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.refused {
            return;
        }
        if self.mail.len() + bytes.len() > MAIL_BYTES_MAX {
            self.refuse();
        } else {
            self.mail.extend_from_slice(bytes);
        }
    }

    const fn count(&mut self, bytes: usize) {
        self.read_bytes = self.read_bytes.saturating_add(bytes);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn collect(input: &[u8], chunk: usize) -> (Progress, Vec<u8>) {
        let mut collector = Collector::default();
        let mut progress = Progress::More;
        for piece in input.chunks(chunk.max(1)) {
            progress = collector.push(piece);
            if progress != Progress::More {
                break;
            }
        }
        (progress, collector.into_mail().unwrap_or_default())
    }

    #[test]
    fn a_mail_ends_at_its_dot() {
        let (progress, mail) = collect(b"a\r\n..b\r\n.c\r\n\r\n.\r\nQUIT\r\n", 99);
        assert_eq!(mail, b"a\r\n.b\r\nc\r\n\r\n");
        assert_eq!(progress, Progress::Done(b"a\r\n..b\r\n.c\r\n\r\n.\r\n".len()));
        assert_eq!(collect(b".\r\n", 1), (Progress::Done(1), Vec::new()));
    }

    #[test]
    fn smuggled_ends_are_refused() {
        for input in [
            "a\n.\nMAIL",
            "a\n.\r\nMAIL",
            "a\r.\rMAIL",
            "a\r\n.\nMAIL",
            "a\r\n.\rMAIL",
            "a\r.\r\nMAIL",
            "a\r\r\n.\r\n",
            "a\r\n\n.\r\n",
            "\n",
            "\rx",
            ".\n",
            ".\rx",
        ] {
            for chunk in 1..=input.len() {
                assert_eq!(collect(input.as_bytes(), chunk).0, Progress::BareLineEnd, "{input:?} by {chunk}");
            }
        }
    }

    #[test]
    fn a_large_mail_is_heard_to_its_end_but_not_kept() {
        let mut collector = Collector::default();
        let block = [b'x'; 1024 * 1024];
        for _ in 0..26 {
            assert_eq!(collector.push(&block), Progress::More);
        }
        assert!(collector.is_refused());
        assert_eq!(collector.push(b"\r\n.\r\n"), Progress::Done(5));
        assert_eq!(collector.into_mail(), None);
        let mut endless = Collector::default();
        let cut = (0..60).map(|_| endless.push(&block)).find(|progress| *progress != Progress::More);
        assert_eq!(cut, Some(Progress::Endless));
    }

    proptest! {
        #[test]
        fn stuffed_mails_come_back(lines in proptest::collection::vec("[.a-z]{0,5}", 0..9), chunk in 1_usize..9) {
            let mail: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            let sent: String = lines.iter().map(|line| {
                if line.starts_with('.') { format!(".{line}\r\n") } else { format!("{line}\r\n") }
            }).collect();
            let (progress, got) = collect(format!("{sent}.\r\n").as_bytes(), chunk);
            prop_assert!(matches!(progress, Progress::Done(_)));
            prop_assert_eq!(got, mail.into_bytes());
        }

        #[test]
        fn chunks_make_no_difference(input in proptest::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'.'), Just(b'a')], 0..40), chunk in 1_usize..9) {
            let (whole, mail) = collect(&input, 99);
            let (pieces, other) = collect(&input, chunk);
            prop_assert_eq!(matches!(whole, Progress::Done(_)), matches!(pieces, Progress::Done(_)));
            prop_assert_eq!(whole == Progress::BareLineEnd, pieces == Progress::BareLineEnd);
            prop_assert_eq!(mail, other);
        }
    }
}
