//! Conversations as text: `>` is what the other side says, `<` the codes we answer with,
//! `=` what the door says of the mail that was gathered.

use channel::Account;
use contract::ChannelKind;
use proptest::prelude::*;

use super::*;

fn session(dialect: Dialect) -> Session {
    let account = Account { channel: ChannelKind::Email, id: "main".parse().unwrap(), branch: "hq".parse().unwrap() };
    let domains = vec!["kf.example".to_owned(), "Tousu.Example".to_owned()];
    Session::new(dialect, Arc::new(Mailbox { account, domains, from: None, from_name: None }))
}

fn check(dialect: Dialect, script: &str) {
    let mut session = session(dialect);
    let mut said = String::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(command) = line.strip_prefix("> ") {
            let (sign, reply) = match session.line(command.as_bytes()) {
                Step::Say(reply) => ("", reply),
                Step::Collect(reply) => (" collect", reply),
                Step::HangUp(reply) => (" hang up", reply),
            };
            said.push_str(&format!("{line}\n< {}{sign}\n", reply.code()));
        } else if let Some(verdicts) = line.strip_prefix("= ") {
            let envelope = session.take_envelope();
            let verdicts: Vec<Verdict> = verdicts.split(' ').map(verdict).collect();
            assert!(verdicts.len() == envelope.to.len() || verdicts.len() == 1, "{line}");
            let codes: Vec<String> = session.conclude(&verdicts).iter().map(|reply| reply.code().to_string()).collect();
            said.push_str(&format!("{line}\n< {}\n", codes.join(" ")));
        }
    }
    let expected: String =
        script.lines().map(str::trim).filter(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect();
    assert_eq!(said, expected);
}

fn verdict(word: &str) -> Verdict {
    match word {
        "accepted" => Verdict::Accepted,
        "too-many" => Verdict::TooMany,
        "full" => Verdict::Full,
        "unavailable" => Verdict::Unavailable,
        "too-large" => Verdict::TooLarge,
        other => panic!("no verdict {other}"),
    }
}

#[test]
fn a_mail_and_another() {
    check(
        Dialect::Smtp,
        "> EHLO mta.example
         < 250
         > MAIL FROM:<li@example.test> SIZE=1000
         < 250
         > RCPT TO:<kf@kf.example>
         < 250
         > RCPT TO:<x@TOUSU.example>
         < 250
         > DATA
         < 354 collect
         = accepted accepted
         < 250
         > MAIL FROM:<>
         < 250
         > RCPT TO:<postmaster>
         < 250
         > DATA
         < 354 collect
         = unavailable
         < 451
         > QUIT
         < 221 hang up",
    );
}

#[test]
fn what_comes_out_of_order_is_refused() {
    check(
        Dialect::Smtp,
        "> MAIL FROM:<li@example.test>
         < 503
         > LHLO x
         < 500
         > HELO x
         < 250
         > RCPT TO:<kf@kf.example>
         < 503
         > DATA
         < 503
         > MAIL FROM:<li@example.test>
         < 250
         > MAIL FROM:<li@example.test>
         < 503
         > DATA
         < 554
         > RSET
         < 250
         > DATA
         < 503
         > VRFY li
         < 502
         > STARTTLS
         < 500",
    );
}

#[test]
fn foreign_recipients_and_large_mails_are_refused() {
    check(
        Dialect::Smtp,
        "> EHLO x
         < 250
         > MAIL FROM:<li@example.test> SIZE=26214401
         < 552
         > MAIL FROM:<li@example.test> SIZE=26214400
         < 250
         > RCPT TO:<li@elsewhere.example>
         < 550
         > RCPT TO:<kf@kf.example.elsewhere.example>
         < 550
         > RCPT TO:<kf@kf.example> NOTIFY=NEVER
         < 555
         > RCPT TO:<nobody>
         < 553
         > RCPT TO:<kf@kf.example>
         < 250
         > DATA
         < 354 collect
         = too-large
         < 552",
    );
}

#[test]
fn lmtp_answers_once_per_recipient() {
    check(
        Dialect::Lmtp,
        "> EHLO x
         < 500
         > LHLO x
         < 250
         > MAIL FROM:<li@example.test>
         < 250
         > RCPT TO:<a@kf.example>
         < 250
         > RCPT TO:<a@elsewhere.example>
         < 550
         > RCPT TO:<b@kf.example>
         < 250
         > RCPT TO:<b@kf.example>
         < 250
         > DATA
         < 354 collect
         = accepted full too-many
         < 250 451 451",
    );
}

#[test]
fn smtp_takes_all_or_nothing() {
    let session = session(Dialect::Smtp);
    let codes = |verdicts: &[Verdict]| session.conclude(verdicts).iter().map(Reply::code).collect::<Vec<_>>();
    assert_eq!(codes(&[Verdict::Accepted, Verdict::Full]), [451]);
    assert_eq!(codes(&[Verdict::Accepted, Verdict::Accepted]), [250]);
}

#[test]
fn limits_hold() {
    let mut one = session(Dialect::Smtp);
    one.line(b"EHLO x");
    one.line(b"MAIL FROM:<>");
    for index in 0..RECIPIENTS_MAX {
        assert_eq!(one.line(format!("RCPT TO:<u{index}@kf.example>").as_bytes()), Step::Say(reply::recipient_ok()));
    }
    for _ in 0..RECIPIENTS_MAX {
        assert_eq!(one.line(b"RCPT TO:<more@kf.example>"), Step::Say(reply::too_many_recipients()));
    }
    assert_eq!(one.take_envelope().to.len(), RECIPIENTS_MAX);

    let mut noisy = session(Dialect::Smtp);
    let steps: Vec<Step> = (0..30).map(|_| noisy.line(b"HELP")).collect();
    assert!(matches!(steps.last(), Some(Step::HangUp(reply)) if reply.code() == 421));
    let mut idle = session(Dialect::Smtp);
    assert!((0..300).any(|_| matches!(idle.line(b"NOOP"), Step::HangUp(_))));
}

#[test]
fn a_recipient_named_twice_is_one() {
    let mut session = session(Dialect::Smtp);
    for line in ["EHLO x", "MAIL FROM:<>", "RCPT TO:<a@kf.example>", "RCPT TO:<a@KF.example>"] {
        session.line(line.as_bytes());
    }
    assert_eq!(session.take_envelope().to.len(), 1);
}

#[test]
fn replies_are_written_line_by_line() {
    let mut session = session(Dialect::Smtp);
    let Step::Say(hello) = session.line(b"EHLO x") else { panic!("a greeting") };
    let wire = hello.wire();
    assert!(wire.starts_with("250-kf.example\r\n250-PIPELINING\r\n") && wire.ends_with("250 SIZE 26214400\r\n"));
}

proptest! {
    #[test]
    fn no_lines_make_it_panic(lines in proptest::collection::vec("(EHLO x|MAIL FROM:<a@b.c>|RCPT TO:<k@kf.example>|DATA|RSET|.{0,30})", 0..40)) {
        let mut session = session(Dialect::Smtp);
        for line in lines {
            if matches!(session.line(line.as_bytes()), Step::Collect(_)) {
                prop_assert!(!session.take_envelope().to.is_empty());
            }
        }
    }
}
