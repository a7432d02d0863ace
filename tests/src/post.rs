//! The mail around a house: a postbox that answers are submitted to, and a client's mailer.
//!
//! In: SMTP of the house, a mood set by the test; mails to send. Out: the letters that came,
//! in order; the replies that the house gave. Never here: an address outside of this machine.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result, bail};
use mail_parser::MessageParser;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::AbortHandle,
};

use crate::{PATIENCE, provider::Mood};

/// A mail that the house submitted.
#[derive(Debug, Clone)]
pub struct Letter {
    /// The envelope's sender.
    pub from: String,
    /// The envelope's recipients.
    pub to: Vec<String>,
    /// The mail as it came.
    pub raw: String,
    /// Its subject, decoded.
    pub subject: String,
    /// Its text, decoded.
    pub text: String,
    /// Its Message-ID, without angle brackets.
    pub message_id: String,
    /// What it answers, without angle brackets.
    pub in_reply_to: Option<String>,
}

/// A mail system on a free loopback port.
#[derive(Debug)]
pub struct Postbox {
    address: SocketAddr,
    room: Arc<Room>,
    task: AbortHandle,
}

#[derive(Debug)]
struct Room {
    mood: Mutex<Mood>,
    letters: Mutex<Vec<Letter>>,
    count: watch::Sender<usize>,
}

impl Postbox {
    /// Starts listening.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let room =
            Arc::new(Room { mood: Mutex::new(Mood::Well), letters: Mutex::default(), count: watch::Sender::new(0) });
        let shared = room.clone();
        #[expect(clippy::disallowed_methods, reason = "the task ends with the postbox")]
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let room = shared.clone();
                tokio::spawn(async move { drop(serve(BufReader::new(stream), &room).await) });
            }
        });
        Ok(Self { address, room, task: task.abort_handle() })
    }

    /// Gives the address to configure as `smtp_send`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Changes how it answers from here on.
    pub fn set(&self, mood: Mood) {
        *self.room.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    /// Gives every letter so far.
    #[must_use]
    pub fn letters(&self) -> Vec<Letter> {
        self.room.letters.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until there have been `count` letters and gives them all.
    pub async fn wait(&self, count: usize) -> Result<Vec<Letter>> {
        let mut seen = self.room.count.subscribe();
        tokio::time::timeout(PATIENCE, seen.wait_for(|seen| *seen >= count))
            .await
            .with_context(|| format!("waited in vain for letter {count}; there were {}", self.letters().len()))??;
        Ok(self.letters())
    }
}

impl Drop for Postbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Line = BufReader<TcpStream>;

/// Plays the mail system for one connection.
async fn serve(mut line: Line, room: &Room) -> Result<()> {
    say(&mut line, "220 postbox").await?;
    let (mut from, mut to) = (String::new(), Vec::new());
    while let Some(command) = read(&mut line).await? {
        let mood = *room.mood.lock().unwrap_or_else(PoisonError::into_inner);
        let verb = command.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match (verb.as_str(), mood) {
            ("EHLO", _) => "250-postbox\r\n250 8BITMIME",
            ("MAIL", Mood::Busy(_)) => "451 4.3.0 later",
            ("RCPT", Mood::Refuses) => "550 5.1.1 nobody of that name",
            ("MAIL", _) => {
                (from, to) = (path(&command), Vec::new());
                "250 ok"
            }
            ("RCPT", _) => {
                to.push(path(&command));
                "250 ok"
            }
            ("DATA", _) => {
                say(&mut line, "354 go on").await?;
                keep(room, &from, &to, mail(&mut line).await?);
                if mood == Mood::Cuts {
                    return Ok(());
                }
                "250 2.0.0 kept"
            }
            ("QUIT", _) => {
                say(&mut line, "221 bye").await?;
                return Ok(());
            }
            ("NOOP" | "RSET", _) => "250 ok",
            _ => "500 what?",
        };
        say(&mut line, answer).await?;
    }
    Ok(())
}

fn keep(room: &Room, from: &str, to: &[String], raw: String) {
    let message = MessageParser::default().parse(&raw).unwrap_or_default();
    let letter = Letter {
        from: from.to_owned(),
        to: to.to_vec(),
        subject: message.subject().unwrap_or_default().to_owned(),
        text: message.body_text(0).unwrap_or_default().replace("\r\n", "\n").trim_end().to_owned(),
        message_id: message.message_id().unwrap_or_default().to_owned(),
        in_reply_to: message.in_reply_to().as_text().map(str::to_owned),
        raw,
    };
    let mut letters = room.letters.lock().unwrap_or_else(PoisonError::into_inner);
    letters.push(letter);
    room.count.send_replace(letters.len());
}

/// A client's mailer, or the mail system in front of the house.
#[derive(Debug)]
pub struct Mailer(Line);

impl Mailer {
    /// Connects to the house and greets it, by SMTP or (with `LHLO`) by LMTP.
    pub async fn connect(port: u16, hello: &str) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.context("connecting to the house's mail door")?;
        let mut mailer = Self(BufReader::new(stream));
        mailer.reply().await?;
        mailer.must(&format!("{hello} mailer.example")).await?;
        Ok(mailer)
    }

    /// Sends a mail and gives the last reply, or that of the command that was refused.
    pub async fn send(&mut self, from: &str, to: &str, mail: &[u8]) -> Result<String> {
        for command in [format!("MAIL FROM:<{from}>"), format!("RCPT TO:<{to}>"), "DATA".to_owned()] {
            let reply = self.ask(&command).await?;
            if !reply.starts_with(['2', '3']) {
                return Ok(reply);
            }
        }
        let mut stuffed = Vec::with_capacity(mail.len());
        for line in mail.split_inclusive(|byte| *byte == b'\n') {
            if line.starts_with(b".") {
                stuffed.push(b'.');
            }
            let text = line.strip_suffix(b"\n").unwrap_or(line);
            stuffed.extend_from_slice(text.strip_suffix(b"\r").unwrap_or(text));
            stuffed.extend_from_slice(b"\r\n");
        }
        stuffed.extend_from_slice(b".\r\n");
        self.0.write_all(&stuffed).await?;
        self.reply().await
    }

    async fn must(&mut self, command: &str) -> Result<()> {
        let reply = self.ask(command).await?;
        if reply.starts_with('2') { Ok(()) } else { bail!("{command}: {reply}") }
    }

    async fn ask(&mut self, command: &str) -> Result<String> {
        say(&mut self.0, command).await?;
        self.reply().await
    }

    /// Reads one reply and gives its last line.
    async fn reply(&mut self) -> Result<String> {
        let read = async {
            loop {
                let line = read(&mut self.0).await?.context("the house hung up")?;
                if line.as_bytes().get(3) != Some(&b'-') {
                    return Ok(line);
                }
            }
        };
        tokio::time::timeout(PATIENCE, read).await.context("the house's mail door is silent")?
    }
}

async fn say(line: &mut Line, text: &str) -> Result<()> {
    Ok(line.write_all(format!("{text}\r\n").as_bytes()).await?)
}

async fn read(line: &mut Line) -> Result<Option<String>> {
    let mut text = String::new();
    let bytes = line.read_line(&mut text).await?;
    Ok((bytes > 0).then(|| text.trim_end().to_owned()))
}

async fn mail(line: &mut Line) -> Result<String> {
    let mut mail = String::new();
    while let Some(text) = read(line).await? {
        if text == "." {
            break;
        }
        mail.push_str(text.strip_prefix('.').unwrap_or(&text));
        mail.push_str("\r\n");
    }
    Ok(mail)
}

fn path(command: &str) -> String {
    let inner = command.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map_or_else(String::new, |(path, _)| path.to_owned())
}
