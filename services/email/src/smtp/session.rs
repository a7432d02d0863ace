//! One conversation of SMTP or LMTP, as a state machine.
//!
//! In: command lines and the door's verdicts. Out: the reply to each, and what the event
//! loop is to do next. A 250 to DATA is given only for `Verdict::Accepted`.
//! Never here: IO, time, the content of a mail.

use std::sync::Arc;

use contract::{Address, AddressKind};

use super::{
    collect::MAIL_BYTES_MAX,
    command::{self, Command, Fault, Recipient},
    reply::{self, Reply},
};
use crate::Mailbox;

/// Recipients of one mail; RFC 5321 asks for a hundred.
pub const RECIPIENTS_MAX: usize = 100;
/// Wrong commands of one connection.
pub const ERRORS_MAX: u32 = 20;
/// Commands of one connection between two mails that do not bring a mail nearer.
pub const IDLE_COMMANDS_MAX: u32 = 200;

/// Which of the two protocols a listener speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// One reply for all recipients.
    Smtp,
    /// One reply per recipient, given by an own mail server in front.
    Lmtp,
}

/// From whom a mail is and for whom, as the protocol says, not the mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Envelope {
    /// The sender; `None` for the empty path of bounces.
    pub from: Option<Address>,
    /// The recipients, in order, each once.
    pub to: Vec<Address>,
}

/// What the event loop does after a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Says it and reads on.
    Say(Reply),
    /// Says it and gathers a mail.
    Collect(Reply),
    /// Says it and hangs up.
    HangUp(Reply),
}

/// What the door says about a mail for one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is durable.
    Accepted,
    /// Its sender sends too much.
    TooMany,
    /// The bus or the store is full.
    Full,
    /// It cannot be stored now.
    Unavailable,
    /// It is too large.
    TooLarge,
}

/// One conversation.
#[derive(Debug)]
pub struct Session {
    dialect: Dialect,
    mailbox: Arc<Mailbox>,
    greeted: bool,
    envelope: Option<Envelope>,
    errors: u32,
    idle_commands: u32,
}

impl Session {
    /// Begins a conversation.
    #[must_use]
    pub const fn new(dialect: Dialect, mailbox: Arc<Mailbox>) -> Self {
        Self { dialect, mailbox, greeted: false, envelope: None, errors: 0, idle_commands: 0 }
    }

    /// Gives the first words, before the other side says anything.
    #[must_use]
    pub fn greeting(&self) -> Reply {
        let protocol = match self.dialect {
            Dialect::Smtp => "ESMTP",
            Dialect::Lmtp => "LMTP",
        };
        Reply::new(220, &format!("{} {protocol}", self.mailbox.domain()))
    }

    /// Takes a command line without its end.
    pub fn line(&mut self, line: &[u8]) -> Step {
        let step = match command::parse(line) {
            Ok(command) => {
                let nearer = matches!(command, Command::Mail { .. } | Command::Rcpt(_) | Command::Data);
                self.idle_commands += u32::from(!nearer);
                self.command(command)
            }
            Err(fault) => Step::Say(explain(fault)),
        };
        let failed = matches!(&step, Step::Say(reply) if reply.code() >= 500);
        self.errors += u32::from(failed);
        if self.errors > ERRORS_MAX || self.idle_commands > IDLE_COMMANDS_MAX {
            return Step::HangUp(reply::too_many_errors());
        }
        step
    }

    /// Hands out the envelope of the mail that was gathered.
    pub fn take_envelope(&mut self) -> Envelope {
        self.idle_commands = 0;
        self.envelope.take().unwrap_or_default()
    }

    /// Gives the replies to a gathered mail: one in SMTP, one per recipient in LMTP.
    #[must_use]
    pub fn conclude(&self, verdicts: &[Verdict]) -> Vec<Reply> {
        match self.dialect {
            Dialect::Lmtp => verdicts.iter().map(|verdict| say(*verdict)).collect(),
            // All or nothing: what was taken for one is known again when the mail comes back.
            Dialect::Smtp => {
                let worst = verdicts.iter().copied().find(|verdict| *verdict != Verdict::Accepted);
                vec![say(worst.unwrap_or(Verdict::Accepted))]
            }
        }
    }

    fn command(&mut self, command: Command) -> Step {
        match command {
            Command::Ehlo | Command::Helo if self.dialect == Dialect::Smtp => self.greet(command == Command::Ehlo),
            Command::Lhlo if self.dialect == Dialect::Lmtp => self.greet(true),
            Command::Ehlo | Command::Helo | Command::Lhlo => Step::Say(reply::unknown()),
            Command::Mail { from, size } => Step::Say(self.mail(from, size)),
            Command::Rcpt(recipient) => Step::Say(self.recipient(recipient)),
            Command::Data => self.data(),
            Command::Rset => {
                self.envelope = None;
                Step::Say(reply::ok())
            }
            Command::Noop => Step::Say(reply::ok()),
            Command::Verify => Step::Say(reply::no_verify()),
            Command::Quit => Step::HangUp(reply::bye()),
        }
    }

    fn greet(&mut self, extended: bool) -> Step {
        self.greeted = true;
        self.envelope = None;
        let mut lines = vec![self.mailbox.domain().to_owned()];
        if extended {
            let size = format!("SIZE {MAIL_BYTES_MAX}");
            lines.extend(["PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", &size].map(str::to_owned));
        }
        Step::Say(Reply::lines(250, lines))
    }

    fn mail(&mut self, from: Option<Address>, size: Option<u64>) -> Reply {
        if !self.greeted || self.envelope.is_some() {
            return reply::bad_sequence();
        }
        if size.is_some_and(|size| size > MAIL_BYTES_MAX as u64) {
            return reply::too_large();
        }
        self.envelope = Some(Envelope { from, to: Vec::new() });
        reply::sender_ok()
    }

    fn recipient(&mut self, recipient: Recipient) -> Reply {
        let Some(envelope) = &mut self.envelope else { return reply::bad_sequence() };
        let address = match recipient {
            Recipient::Mailbox(address) if self.mailbox.takes(&address) => address,
            Recipient::Mailbox(_) => return reply::not_here(),
            Recipient::Postmaster => {
                let text = format!("postmaster@{}", self.mailbox.domain());
                match Address::parse(AddressKind::Email, &text) {
                    Ok(address) => address,
                    Err(_) => return reply::bad_recipient(),
                }
            }
        };
        if envelope.to.len() >= RECIPIENTS_MAX {
            return reply::too_many_recipients();
        }
        // LMTP answers once per RCPT that was taken, a repeated one included.
        if self.dialect == Dialect::Lmtp || !envelope.to.contains(&address) {
            envelope.to.push(address);
        }
        reply::recipient_ok()
    }

    fn data(&self) -> Step {
        match &self.envelope {
            None => Step::Say(reply::bad_sequence()),
            Some(envelope) if envelope.to.is_empty() => Step::Say(reply::no_recipients()),
            Some(_) => Step::Collect(reply::go_ahead()),
        }
    }
}

fn explain(fault: Fault) -> Reply {
    match fault {
        Fault::Unknown => reply::unknown(),
        Fault::Arguments => reply::bad_arguments(),
        Fault::Parameter => reply::unknown_parameter(),
        Fault::Sender => reply::bad_sender(),
        Fault::Recipient => reply::bad_recipient(),
    }
}

fn say(verdict: Verdict) -> Reply {
    match verdict {
        Verdict::Accepted => reply::accepted(),
        Verdict::TooMany => reply::too_many_mails(),
        Verdict::Full => reply::full(),
        Verdict::Unavailable => reply::unavailable(),
        Verdict::TooLarge => reply::too_large(),
    }
}

#[cfg(test)]
mod tests;
