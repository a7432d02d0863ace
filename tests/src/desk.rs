//! An agent's desk: his socket, what it showed, and the keys he presses.
//!
//! In: frames of the server. Out: frames of the agent, each with a `ref`. Every frame is kept
//! and its `seq` checked. Never here: a page.

use std::collections::VecDeque;

use anyhow::{Context, Result, ensure};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use crate::{PATIENCE, transcript::Transcript};

/// An open socket of an agent.
#[derive(Debug)]
pub struct Desk {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    seen: VecDeque<Value>,
    seq: u64,
    chance: runtime::Chance,
    transcript: Option<Transcript>,
}

impl Desk {
    /// Opens a socket and waits for the first frame, which is `hello`.
    pub async fn open(url: &str, token: &str) -> Result<Self> {
        Self::open_noting(url, token, None).await
    }

    /// Opens a socket like `open`; every frame of it stands in the transcript too.
    pub async fn open_noting(url: &str, token: &str, transcript: Option<Transcript>) -> Result<Self> {
        let mut request = format!("{url}/api/v1/agent/socket").into_client_request()?;
        request.headers_mut().insert("authorization", format!("Bearer {token}").parse()?);
        let (socket, _) = connect_async(request).await.context("opening an agent's socket")?;
        let chance = runtime::Chance::machine();
        let mut desk = Self { socket, seen: VecDeque::new(), seq: 0, chance, transcript };
        let hello = desk.read().await?;
        ensure!(hello["type"] == "hello", "the first frame is {hello}");
        desk.seen.push_back(hello);
        Ok(desk)
    }

    /// Waits for the next frame of a type, keeping the others for later.
    pub async fn next(&mut self, kind: &str) -> Result<Value> {
        self.next_that(kind, |frame| frame["type"] == kind).await
    }

    /// Waits for the next frame that fits, keeping the others for later.
    pub async fn next_that(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Result<Value> {
        if let Some(place) = self.seen.iter().position(&fits) {
            return self.seen.remove(place).context("the place was just found");
        }
        let read = async {
            loop {
                let frame = self.read().await?;
                if fits(&frame) {
                    return Ok(frame);
                }
                self.seen.push_back(frame);
            }
        };
        tokio::time::timeout(PATIENCE, read).await.with_context(|| format!("waited in vain for {what}"))?
    }

    /// Presses a key: sends a frame with a fresh `ref` and waits for its result.
    pub async fn press(&mut self, kind: &str, mut frame: Value) -> Result<Value> {
        let reference = self.reference();
        frame["type"] = json!(kind);
        frame["ref"] = json!(reference);
        self.send(&frame).await?;
        self.next_that(&format!("the result of {kind}"), |frame| {
            frame["type"] == "result" && frame["ref"] == json!(reference)
        })
        .await
    }

    /// Presses a key that must work.
    pub async fn must(&mut self, kind: &str, frame: Value) -> Result<()> {
        let result = self.press(kind, frame).await?;
        ensure!(result["ok"] == true, "{kind}: {result}");
        Ok(())
    }

    /// Sends a frame as it is.
    pub async fn send(&mut self, frame: &Value) -> Result<()> {
        Ok(self.socket.send(Message::text(frame.to_string())).await?)
    }

    fn reference(&self) -> String {
        let bits = self.chance.id(runtime::Clock::machine().now());
        let hex = format!("{bits:032x}");
        let (a, rest) = hex.split_at(8);
        let (b, rest) = rest.split_at(4);
        let (c, rest) = rest.split_at(4);
        let (d, e) = rest.split_at(4);
        format!("{a}-{b}-{c}-{d}-{e}")
    }

    async fn read(&mut self) -> Result<Value> {
        loop {
            let message = self.socket.next().await.context("the socket ended")??;
            let Message::Text(text) = message else { continue };
            let frame: Value = serde_json::from_str(&text)?;
            self.seq += 1;
            ensure!(frame["seq"] == self.seq, "frame {} came as number {}", frame["seq"], self.seq);
            if let Some(transcript) = &self.transcript {
                transcript.note(&frame);
            }
            return Ok(frame);
        }
    }
}
