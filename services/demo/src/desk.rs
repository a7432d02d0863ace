//! An agent's desk: his socket, the frames it shows and the keys he presses.
//!
//! In: frames of the server. Out: frames of the agent, each with a `ref`. Never here: what to press.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use runtime::{Chance, Clock};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, http::HeaderValue},
};

use crate::{rest::Rest, trouble::Trouble};

/// How long opening a socket, or sending a frame, may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// An open socket of an agent.
#[derive(Debug)]
pub struct Desk {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    chance: Chance,
}

impl Desk {
    /// Opens the socket of whoever this is.
    pub async fn open(rest: &Rest) -> Result<Self, Trouble> {
        let url = format!("{}/api/v1/agent/socket", rest.url().replacen("http", "ws", 1));
        let mut request = url.into_client_request().map_err(Trouble::silent)?;
        let bearer = HeaderValue::from_str(&format!("Bearer {}", rest.token())).map_err(Trouble::silent)?;
        request.headers_mut().insert("authorization", bearer);
        let opened = tokio::time::timeout(PATIENCE, connect_async(request)).await;
        let (socket, _) = opened.map_err(Trouble::silent)?.map_err(Trouble::silent)?;
        Ok(Self { socket, chance: Chance::machine() })
    }

    /// Waits for the next frame. May be dropped midway: nothing is lost.
    pub async fn next(&mut self) -> Result<Value, Trouble> {
        loop {
            let came = self.socket.next().await.ok_or_else(|| Trouble::refused("the socket", "its end"))?;
            if let Message::Text(text) = came.map_err(Trouble::silent)? {
                return serde_json::from_str(&text).map_err(Trouble::silent);
            }
        }
    }

    /// Presses a key; gives the `ref` that the result will name.
    pub async fn press(&mut self, kind: &str, mut frame: Value) -> Result<String, Trouble> {
        let reference = self.reference();
        if let Some(fields) = frame.as_object_mut() {
            fields.insert("type".to_owned(), json!(kind));
            fields.insert("ref".to_owned(), json!(reference));
        }
        let sent = tokio::time::timeout(PATIENCE, self.socket.send(Message::text(frame.to_string()))).await;
        sent.map_err(Trouble::silent)?.map_err(Trouble::silent)?;
        Ok(reference)
    }

    fn reference(&self) -> String {
        let hex = format!("{:032x}", self.chance.id(Clock::machine().now()));
        let cuts = [0, 8, 12, 16, 20, 32];
        let parts: Vec<&str> = cuts.windows(2).filter_map(|cut| hex.get(*cut.first()?..*cut.last()?)).collect();
        parts.join("-")
    }
}
