//! Command lines of SMTP and LMTP.
//!
//! In: a line without its end. Out: a command, or why it is none. Angle brackets may have
//! blanks around them, as many senders write them. Never here: whether it fits now.

use contract::{Address, AddressKind};

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// `EHLO name`.
    Ehlo,
    /// `HELO name`.
    Helo,
    /// `LHLO name`.
    Lhlo,
    /// `MAIL FROM:<path> …`.
    Mail {
        /// The sender; `None` for the empty path.
        from: Option<Address>,
        /// The size the other side declares.
        size: Option<u64>,
    },
    /// `RCPT TO:<path>`.
    Rcpt(Recipient),
    /// `DATA`.
    Data,
    /// `RSET`.
    Rset,
    /// `NOOP`.
    Noop,
    /// `VRFY` or `EXPN`.
    Verify,
    /// `QUIT`.
    Quit,
}

/// Whom a mail is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recipient {
    /// A mailbox.
    Mailbox(Address),
    /// `<postmaster>`, which needs no domain.
    Postmaster,
}

/// Why a line is no command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// There is no such command.
    Unknown,
    /// Its arguments cannot be read.
    Arguments,
    /// A parameter was not offered.
    Parameter,
    /// The sender's address cannot be read.
    Sender,
    /// The recipient's address cannot be read.
    Recipient,
}

/// Reads a line.
pub fn parse(line: &[u8]) -> Result<Command, Fault> {
    let line = std::str::from_utf8(line).map_err(|_| Fault::Arguments)?;
    if line.chars().any(char::is_control) {
        return Err(Fault::Arguments);
    }
    let (verb, rest) = line.trim_end().split_once(' ').unwrap_or((line.trim_end(), ""));
    let rest = rest.trim();
    let alone = |command| if rest.is_empty() { Ok(command) } else { Err(Fault::Arguments) };
    let named = |command| if rest.is_empty() { Err(Fault::Arguments) } else { Ok(command) };
    match verb.to_ascii_uppercase().as_str() {
        "EHLO" => named(Command::Ehlo),
        "HELO" => named(Command::Helo),
        "LHLO" => named(Command::Lhlo),
        "MAIL" => mail(rest),
        "RCPT" => rcpt(rest),
        "DATA" => alone(Command::Data),
        "RSET" => alone(Command::Rset),
        "QUIT" => alone(Command::Quit),
        "NOOP" => Ok(Command::Noop),
        "VRFY" | "EXPN" => Ok(Command::Verify),
        _ => Err(Fault::Unknown),
    }
}

fn mail(rest: &str) -> Result<Command, Fault> {
    let (path, parameters) = path(rest, "FROM:")?;
    let from = match path {
        "" => None,
        path => Some(Address::parse(AddressKind::Email, without_route(path)).map_err(|_| Fault::Sender)?),
    };
    let mut size = None;
    for parameter in parameters.split_ascii_whitespace() {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        match (name.to_ascii_uppercase().as_str(), value.to_ascii_uppercase().as_str()) {
            ("SIZE", digits) => size = Some(digits.parse().map_err(|_| Fault::Arguments)?),
            ("BODY", "7BIT" | "8BITMIME") | ("SMTPUTF8", "") => {}
            _ => return Err(Fault::Parameter),
        }
    }
    Ok(Command::Mail { from, size })
}

fn rcpt(rest: &str) -> Result<Command, Fault> {
    let (path, parameters) = path(rest, "TO:")?;
    if !parameters.trim().is_empty() {
        return Err(Fault::Parameter);
    }
    let path = without_route(path);
    if path.eq_ignore_ascii_case("postmaster") {
        return Ok(Command::Rcpt(Recipient::Postmaster));
    }
    Address::parse(AddressKind::Email, path).map(Recipient::Mailbox).map(Command::Rcpt).map_err(|_| Fault::Recipient)
}

/// Splits `FROM:<path> parameters`.
fn path<'a>(rest: &'a str, word: &str) -> Result<(&'a str, &'a str), Fault> {
    let head = rest.get(..word.len()).filter(|head| head.eq_ignore_ascii_case(word));
    let rest = head.and_then(|_| rest.get(word.len()..)).ok_or(Fault::Arguments)?.trim_start();
    let inner = rest.strip_prefix('<').ok_or(Fault::Arguments)?;
    // A quoted local part may hold a bracket.
    let mut quoted = false;
    for (at, c) in inner.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => {
                let (path, rest) = inner.split_at(at);
                return Ok((path.trim(), rest.get(1..).unwrap_or_default()));
            }
            _ => {}
        }
    }
    Err(Fault::Arguments)
}

/// Drops the source route that RFC 5321 says to ignore, `@a,@b:user@c`.
fn without_route(path: &str) -> &str {
    if path.starts_with('@') { path.split_once(':').map_or(path, |(_, mailbox)| mailbox) } else { path }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(text: &str) -> Address {
        Address::parse(AddressKind::Email, text).unwrap()
    }

    #[test]
    fn commands_are_read_in_any_case() {
        assert_eq!(parse(b"EHLO mta.example"), Ok(Command::Ehlo));
        assert_eq!(parse(b"lhlo mta.example "), Ok(Command::Lhlo));
        assert_eq!(parse(b"quit"), Ok(Command::Quit));
        assert_eq!(parse(b"NOOP whatever"), Ok(Command::Noop));
        assert_eq!(parse(b"EHLO"), Err(Fault::Arguments));
        assert_eq!(parse(b"DATA now"), Err(Fault::Arguments));
        assert_eq!(parse(b"STARTTLS"), Err(Fault::Unknown));
        assert_eq!(parse(b""), Err(Fault::Unknown));
        assert_eq!(parse(b"NOOP \x00"), Err(Fault::Arguments));
    }

    #[test]
    fn paths_and_parameters_are_read() {
        let mail = |from: Option<&str>, size| Ok(Command::Mail { from: from.map(address), size });
        assert_eq!(parse(b"MAIL FROM:<>"), mail(None, None));
        assert_eq!(
            parse(b"mail from: <li@Example.TEST> SIZE=12 BODY=8BITMIME SMTPUTF8"),
            mail(Some("li@example.test"), Some(12))
        );
        assert_eq!(parse(b"MAIL FROM:<@a.test,@b.test:li@example.test>"), mail(Some("li@example.test"), None));
        assert_eq!(parse("MAIL FROM:<李@example.test> SMTPUTF8".as_bytes()), mail(Some("李@example.test"), None));
        assert_eq!(parse(b"MAIL FROM:<li@example.test> SIZE=x"), Err(Fault::Arguments));
        assert_eq!(parse(b"MAIL FROM:<li@example.test> AUTH=<>"), Err(Fault::Parameter));
        assert_eq!(parse(b"MAIL FROM:li@example.test"), Err(Fault::Arguments));
        assert_eq!(parse(b"MAIL FROM:<nobody>"), Err(Fault::Sender));
        assert_eq!(parse(b"RCPT TO:<kf@kf.example>"), Ok(Command::Rcpt(Recipient::Mailbox(address("kf@kf.example")))));
        assert_eq!(parse(b"RCPT TO:<Postmaster>"), Ok(Command::Rcpt(Recipient::Postmaster)));
        assert_eq!(parse(b"RCPT TO:<>"), Err(Fault::Recipient));
        assert_eq!(parse(b"RCPT TO:<a@b"), Err(Fault::Arguments));
    }

    proptest! {
        #[test]
        fn no_line_makes_it_panic(line in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _command = parse(&line);
        }

        #[test]
        fn no_path_makes_it_panic(line in "(MAIL FROM:|RCPT TO:)[<>\"@:, =a-z\u{4e2d}]{0,40}") {
            let _command = parse(line.as_bytes());
        }
    }
}
