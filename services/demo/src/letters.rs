//! The mail around the house: a mail system that takes its answers, and clients' mailers.
//!
//! In: SMTP of the house; mails to send. Out: letters that clients got; what the house said to a
//! mail. Never here: an address outside of this machine.

use std::{sync::Arc, time::Duration};

use runtime::{Stop, Tasks};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

use crate::{
    gateway::{Got, Inbox},
    trouble::Trouble,
};

/// Connections that are served at the same time.
const CONNECTIONS_MAX: usize = 32;
/// The longest line in bytes.
const LINE_BYTES_MAX: u64 = 16 << 10;
/// The longest letter in lines.
const LINES_MAX: usize = 4096;
/// How long a mailer waits for a reply.
const PATIENCE: Duration = Duration::from_secs(10);

/// A mail system on a free loopback port.
#[derive(Debug)]
pub struct Postbox {
    url: String,
}

impl Postbox {
    /// Starts listening.
    pub async fn start(inbox: Inbox, tasks: &Tasks) -> Result<Self, Trouble> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("smtp://{}", listener.local_addr()?);
        tasks.spawn("demo.postbox", accept(listener, inbox, tasks.clone(), tasks.stop()));
        Ok(Self { url })
    }

    /// Gives the address to configure as `smtp_send`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

async fn accept(listener: TcpListener, inbox: Inbox, tasks: Tasks, stop: Stop) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let stream = tokio::select! {
            () = stop.cancelled() => return,
            came = listener.accept() => came,
        };
        let Ok((stream, _)) = stream else { continue };
        let (inbox, stop) = (inbox.clone(), stop.clone());
        tasks.spawn("demo.letter", async move {
            tokio::select! {
                () = stop.cancelled() => {}
                // A connection that breaks is the house's to notice.
                _ = serve(BufReader::new(stream), &inbox) => {}
            }
            drop(place);
        });
    }
}

type Wire = BufReader<TcpStream>;

/// Plays the mail system for one connection.
async fn serve(mut wire: Wire, inbox: &Inbox) -> std::io::Result<()> {
    say(&mut wire, "220 postbox").await?;
    let mut to = String::new();
    while let Some(command) = line(&mut wire).await? {
        let verb = command.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-postbox\r\n250 8BITMIME",
            "RCPT" => {
                let inner = command.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
                to = inner.map_or_else(String::new, |(path, _)| path.to_owned());
                "250 ok"
            }
            "HELO" | "MAIL" | "NOOP" | "RSET" => "250 ok",
            "DATA" => {
                say(&mut wire, "354 go on").await?;
                skip(&mut wire).await?;
                // Nobody reads the letter itself; a client who does not look loses one.
                drop(inbox.try_send(Got { channel: "email", to: to.clone(), text: String::new() }));
                "250 2.0.0 kept"
            }
            "QUIT" => return say(&mut wire, "221 bye").await,
            _ => "500 what?",
        };
        say(&mut wire, answer).await?;
    }
    Ok(())
}

/// Reads a letter to its end.
async fn skip(wire: &mut Wire) -> std::io::Result<()> {
    for _ in 0..LINES_MAX {
        match line(wire).await? {
            Some(text) if text != "." => {}
            _ => return Ok(()),
        }
    }
    Err(std::io::ErrorKind::InvalidData.into())
}

/// Writes a mail to the house; its lines may end as they like.
pub async fn write(port: u16, from: &str, to: &str, mail: &str) -> Result<(), Trouble> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    let sent = tokio::time::timeout(PATIENCE, talk(BufReader::new(stream), from, to, mail)).await;
    sent.map_err(Trouble::silent)?
}

async fn talk(mut wire: Wire, from: &str, to: &str, mail: &str) -> Result<(), Trouble> {
    reply(&mut wire).await?;
    let dots = |line: &str| if line.starts_with('.') { format!(".{line}") } else { line.to_owned() };
    let body: Vec<_> = mail.lines().map(dots).collect();
    let body = format!("{}\r\n.", body.join("\r\n"));
    for words in ["EHLO mailer.example", &format!("MAIL FROM:<{from}>"), &format!("RCPT TO:<{to}>"), "DATA", &body] {
        say(&mut wire, words).await?;
        let answer = reply(&mut wire).await?;
        if !answer.starts_with(['2', '3']) {
            return Err(Trouble::refused("a mail", answer));
        }
    }
    // The house has the mail; how the connection ends is all the same.
    drop(say(&mut wire, "QUIT").await);
    Ok(())
}

/// Reads one reply and gives its last line.
async fn reply(wire: &mut Wire) -> Result<String, Trouble> {
    loop {
        let line = line(wire).await?.ok_or_else(|| Trouble::refused("a mail", "the end of the connection"))?;
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok(line);
        }
    }
}

async fn say(wire: &mut Wire, text: &str) -> std::io::Result<()> {
    wire.write_all(format!("{text}\r\n").as_bytes()).await
}

async fn line(wire: &mut Wire) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let read = wire.take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes).await?;
    Ok((read > 0).then(|| String::from_utf8_lossy(&bytes).trim_end().to_owned()))
}
