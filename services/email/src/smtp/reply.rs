//! The replies we give, each in one place.
//!
//! In: what happened. Out: code, enhanced code (RFC 2034) and words, as one or more lines.
//! Never here: an address, or anything else that the other side sent.

/// A reply of one or more lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    code: u16,
    lines: Vec<String>,
}

impl Reply {
    /// Makes a reply of one line.
    #[must_use]
    pub fn new(code: u16, text: &str) -> Self {
        Self { code, lines: vec![text.to_owned()] }
    }

    /// Makes a reply of several lines.
    #[must_use]
    pub const fn lines(code: u16, lines: Vec<String>) -> Self {
        Self { code, lines }
    }

    /// Gives the code.
    #[must_use]
    pub const fn code(&self) -> u16 {
        self.code
    }

    /// Gives the bytes for the wire.
    #[must_use]
    pub fn wire(&self) -> String {
        let last = self.lines.len().saturating_sub(1);
        let line = |(index, text): (usize, &String)| {
            format!("{}{}{text}\r\n", self.code, if index == last { ' ' } else { '-' })
        };
        self.lines.iter().enumerate().map(line).collect()
    }
}

macro_rules! replies {
    ($($(#[$doc:meta])* $name:ident = $code:literal $text:literal;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name() -> Reply {
            Reply::new($code, $text)
        }
    )*};
}

replies! {
    /// Good-bye.
    bye = 221 "2.0.0 bye";
    /// Done.
    ok = 250 "2.0.0 ok";
    /// The sender is taken.
    sender_ok = 250 "2.1.0 sender ok";
    /// The recipient is taken.
    recipient_ok = 250 "2.1.5 recipient ok";
    /// The mail is durable.
    accepted = 250 "2.6.0 accepted";
    /// VRFY and EXPN would tell who works here.
    no_verify = 502 "5.5.1 not offered";
    /// The mail may come.
    go_ahead = 354 "end with <CR><LF>.<CR><LF>";
    /// The process ends.
    shutting_down = 421 "4.3.2 shutting down";
    /// The other side took too long.
    too_slow = 421 "4.4.2 too slow";
    /// Nobody else fits in.
    too_many_connections = 421 "4.3.2 too many connections";
    /// It makes too many mistakes.
    too_many_errors = 421 "4.7.0 too many errors";
    /// One sender sends too much.
    too_many_mails = 451 "4.7.1 too many mails, try again later";
    /// The house cannot take it now.
    unavailable = 451 "4.3.0 cannot be stored now, try again later";
    /// The bus or the store is full.
    full = 451 "4.3.1 no room now, try again later";
    /// More recipients than one mail may have.
    too_many_recipients = 452 "4.5.3 too many recipients";
    /// No such command.
    unknown = 500 "5.5.1 unknown command";
    /// The line is longer than a command can be.
    line_too_long = 500 "5.5.2 line too long";
    /// The arguments cannot be read.
    bad_arguments = 501 "5.5.4 cannot read the arguments";
    /// The command does not fit here.
    bad_sequence = 503 "5.5.1 not now";
    /// A parameter that was not offered.
    unknown_parameter = 555 "5.5.4 parameter not offered";
    /// A line end that is none: the beginning of smuggling.
    bare_line_end = 521 "5.5.2 bare CR or LF, lines end with <CR><LF>";
    /// The recipient is not of our domains.
    not_here = 550 "5.7.1 no mail for that domain here";
    /// The mail is too large.
    too_large = 552 "5.3.4 larger than 25 MiB";
    /// The recipient cannot be read.
    bad_recipient = 553 "5.1.3 cannot read the address";
    /// The sender cannot be read.
    bad_sender = 553 "5.1.7 cannot read the address";
    /// There is no recipient.
    no_recipients = 554 "5.5.1 no valid recipients";
}
