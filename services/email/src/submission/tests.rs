//! Submits against a mail server that says what a script tells it to.

use channel::Account;
use contract::{Address, AddressKind, CaseId, ChannelKind, DeliveryId};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
};

use super::*;

/// What the server answers to: the greeting, EHLO, MAIL, RCPT, DATA, the mail. An empty
/// answer cuts the connection.
type Script = [&'static str; 6];

const WELL: Script = ["220 x", "250 x", "250 ok", "250 ok", "354 go", "250 2.0.0 queued"];

async fn submit(script: Script) -> (SendOutcome, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("smtp://{}", listener.local_addr().unwrap());
    let server = async {
        let (stream, _) = listener.accept().await.unwrap();
        converse(BufReader::new(stream), script).await
    };
    let submission = submission(&address);
    let (outcome, heard) = tokio::join!(submission.submit(outbound()), server);
    (outcome, heard)
}

/// Plays the server and gives what it heard.
async fn converse(mut stream: BufReader<tokio::net::TcpStream>, script: Script) -> String {
    let mut heard = String::new();
    let [greeting, ehlo, mail, rcpt, data, dot] = script;
    if !say(&mut stream, greeting).await {
        return heard;
    }
    let mut line = String::new();
    while stream.read_line(&mut line).await.is_ok_and(|bytes| bytes > 0) {
        let answer = match line.split(' ').next().unwrap().trim() {
            "EHLO" => ehlo,
            "MAIL" => mail,
            "RCPT" => rcpt,
            "DATA" => data,
            "." => dot,
            "QUIT" => "221 bye",
            _ => {
                heard.push_str(&std::mem::take(&mut line));
                continue;
            }
        };
        heard.push_str(&std::mem::take(&mut line));
        if !say(&mut stream, answer).await || answer.starts_with("221") || answer == dot {
            break;
        }
    }
    heard
}

async fn say(stream: &mut BufReader<tokio::net::TcpStream>, answer: &str) -> bool {
    !answer.is_empty() && stream.write_all(format!("{answer}\r\n").as_bytes()).await.is_ok()
}

fn submission(address: &str) -> Submission {
    submission_at(address, Clock::machine())
}

fn submission_at(address: &str, clock: Clock) -> Submission {
    let account = Account { channel: ChannelKind::Email, id: "main".parse().unwrap(), branch: "hq".parse().unwrap() };
    let domains = vec!["kf.example".to_owned()];
    let mailbox = Arc::new(Mailbox { account, domains, from: None, from_name: None });
    let keys = Arc::new(Keys::new(vec![(1, [7; 32])], [7; 32], [7; 32]));
    let server = Server::parse(address, None, "kf.example").unwrap();
    Submission::new(server, mailbox, keys, clock)
}

fn outbound() -> Outbound {
    Outbound {
        automatic: false,
        unsubscribe: None,
        delivery: DeliveryId::new(3),
        case: Some(CaseId::new(1)),
        to: Address::parse(AddressKind::Email, "li@example.test").unwrap(),
        from: Some("kf@kf.example".to_owned()),
        subject: Some("转账".to_owned()),
        text: "您好".to_owned(),
        thread: vec!["m1@example.test".to_owned()],
    }
}

#[tokio::test]
async fn a_mail_is_submitted() {
    let (outcome, heard) = submit(WELL).await;
    let SendOutcome::Sent(Some(id)) = outcome else { panic!("{outcome:?}") };
    assert!(id.starts_with("case."));
    assert!(heard.contains("MAIL FROM:<kf@kf.example>\r\nRCPT TO:<li@example.test>\r\nDATA\r\n"), "{heard}");
    assert!(heard.contains(&format!("Message-ID: <{id}@kf.example>\r\n")), "{heard}");
    assert!(heard.contains("In-Reply-To: <m1@example.test>\r\n"), "{heard}");
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let at = |place: usize, answer: &'static str| {
        let mut script = WELL;
        script[place] = answer;
        async move { submit(script).await.0 }
    };
    let retry = |why: &str| SendOutcome::Retry(why.to_owned(), None);
    let failed = |why: &str| SendOutcome::Failed(why.to_owned());
    assert_eq!(at(0, "554 no").await, retry("smtp 554 at sign-in"));
    assert_eq!(at(0, "").await, retry("the mail server cannot be reached"));
    assert_eq!(at(2, "451 later <li@example.test>").await, retry("smtp 451 at sender"));
    assert_eq!(at(3, "550 5.1.1 <li@example.test> unknown").await, failed("smtp 550 at recipient"));
    assert_eq!(at(3, "450 greylisted").await, retry("smtp 450 at recipient"));
    assert_eq!(at(3, "").await, retry("connection lost at recipient"));
    assert_eq!(at(4, "").await, retry("connection lost at data"));
    assert_eq!(at(5, "554 spam").await, failed("smtp 554 at mail"));
    assert_eq!(at(5, "451 later").await, retry("smtp 451 at mail"));
    // After the dot nobody knows.
    assert!(matches!(at(5, "").await, SendOutcome::Unknown(_)));
    assert!(matches!(at(5, "what?").await, SendOutcome::Unknown(_)));
}

#[tokio::test]
async fn nobody_listening_is_a_retry() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("smtp://{}", listener.local_addr().unwrap());
    drop(listener);
    let outcome = submission(&address).submit(outbound()).await;
    assert_eq!(outcome, SendOutcome::Retry("the mail server cannot be reached".to_owned(), None));
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("smtp://{}", listener.local_addr().unwrap());
    let server = async {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let mut heard = Vec::new();
        say(&mut stream, "220 x").await;
        let mut line = String::new();
        while heard.iter().filter(|line| *line == ".").count() < 2 {
            line.clear();
            assert!(stream.read_line(&mut line).await.unwrap() > 0, "the connection was not used again");
            heard.push(line.trim_end().to_owned());
            let answer = match line.split([' ', '\r']).next().unwrap() {
                "EHLO" | "NOOP" | "MAIL" | "RCPT" | "." => "250 ok",
                "DATA" => "354 go",
                _ => continue,
            };
            say(&mut stream, answer).await;
        }
        heard.iter().filter(|line| line.starts_with("EHLO")).count()
    };
    let submission = submission(&address);
    let client = async {
        for _ in 0..2 {
            assert!(matches!(submission.submit(outbound()).await, SendOutcome::Sent(_)));
        }
    };
    let (greetings, ()) = tokio::join!(server, client);
    assert_eq!(greetings, 1);
}

#[tokio::test]
async fn a_slow_server_gets_no_mail_late() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("smtp://{}", listener.local_addr().unwrap());
    let clock = Clock::by_hand("2026-11-09T01:14:00Z".parse().unwrap());
    // Slow first at the greeting, then at the recipient; the connection is kept between.
    let server = async {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        clock.advance(Millis::from_secs(6));
        say(&mut stream, "220 x").await;
        let (mut heard, mut line) = (String::new(), String::new());
        while stream.read_line(&mut line).await.is_ok_and(|bytes| bytes > 0) {
            if line.starts_with("RCPT") {
                clock.advance(Millis::from_secs(6));
            }
            say(&mut stream, if line.starts_with("DATA") { "354 go" } else { "250 ok" }).await;
            heard.push_str(&std::mem::take(&mut line));
        }
        heard
    };
    let client = async {
        let submission = submission_at(&address, clock.clone());
        let mut outcomes = Vec::new();
        for _ in 0..2 {
            outcomes.push(submission.submit(outbound()).await);
        }
        outcomes
    };
    let (heard, outcomes) = tokio::join!(server, client);
    let late = |at: &str| SendOutcome::Retry(format!("the mail server was too slow at {at}"), None);
    assert_eq!(outcomes, [late("sign-in"), late("data")]);
    assert!(heard.ends_with("DATA\r\n") && heard.matches("EHLO").count() == 1, "{heard}");
}
