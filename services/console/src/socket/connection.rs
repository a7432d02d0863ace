//! A connection: waits for whatever comes first, and keeps the order of what it sends.
//!
//! In: frames, words of the feed, outcomes, the beat. Out: frames with `seq`, or a close
//! frame with a reason. Never here: how a picture is made.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use contract::{AgentId, BranchId, InputId, problem::Code};
use coord::BEAT_EVERY;
use tokio::{
    task::{JoinError, JoinSet},
    time::{Instant, Interval, MissedTickBehavior, interval, timeout},
};

use super::Pass;
use crate::{
    api::{
        ask::Ask,
        error::Problem,
        frame::{self, FRAME_BYTES_MAX},
        shown::Frame,
    },
    caller::Caller,
    commands::{Given, Name},
    feed::{Listener, Word},
    house::Shared,
    screen::Screen,
};

/// How long one frame may take to leave.
const SEND_WAIT: Duration = Duration::from_secs(10);
/// Commands of one screen that wait for their outcome at most.
const COMMANDS_MAX: usize = 32;
/// Beats between two pings.
const BEATS_PER_PING: u64 = 15;
/// How long a screen may be silent, pongs included.
const SILENCE_MAX: Duration = Duration::from_secs(45);
/// Beats between two looks whether the user may still hold a screen.
const BEATS_PER_CHECK: u64 = 20;

/// One screen's connection.
pub(super) struct Connection {
    pub(super) house: Shared,
    pub(super) caller: Caller,
    pub(super) agent: AgentId,
    pub(super) branch: BranchId,
    pub(super) screen: Screen,
    pub(super) listener: Listener,
    /// When the figures that were sent last were taken.
    pub(super) figures_sent: Option<std::sync::Arc<serde_json::value::RawValue>>,
    pass: Pass,
    socket: WebSocket,
    seq: u64,
    heard_at: Instant,
    beats: u64,
}

/// Why a connection ends.
#[derive(Debug)]
pub(super) enum End {
    /// It is gone.
    Gone,
    /// We close it, with a code and a reason.
    Close(u16, &'static str),
    /// The picture cannot be read; the screen comes back later.
    Unread(Problem),
}

type Answered = (Option<String>, Result<Given, Problem>);

enum Next {
    Word(Option<Word>),
    Slow,
    Stop,
    Came(Option<Result<Message, axum::Error>>),
    Answered(Result<Answered, JoinError>),
    Beat,
}

impl Connection {
    pub(super) fn new(
        house: Shared,
        caller: Caller,
        agent: AgentId,
        branch: BranchId,
        pass: Pass,
        socket: WebSocket,
    ) -> Self {
        let listener = house.feed.listen(&branch, &agent);
        Self {
            screen: Screen::new(agent.clone()),
            figures_sent: None,
            heard_at: Instant::now(),
            seq: 0,
            beats: 0,
            house,
            caller,
            agent,
            branch,
            pass,
            socket,
            listener,
        }
    }

    /// Serves the screen to its end.
    pub(super) async fn run(mut self) {
        let end = match self.serve().await {
            Ok(()) => return,
            Err(end) => end,
        };
        let (code, reason) = match end {
            End::Gone => return,
            End::Close(code, reason) => (code, reason),
            End::Unread(problem) => {
                tracing::warn!(agent = %self.agent, code = %problem.code, "a screen's picture could not be read");
                (close_code::AGAIN, "the picture cannot be read at the moment")
            }
        };
        let close = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
        // Whoever no longer reads does not hear why.
        drop(timeout(SEND_WAIT, self.socket.send(close)).await);
    }

    async fn serve(&mut self) -> Result<(), End> {
        self.beat_presence().await;
        Box::pin(self.hello()).await?;
        let stop = self.house.ports.tasks.stop();
        let slow = self.listener.slow.clone();
        // Tasks of their own, ended with the screen: one that waits for the store holds a connection
        // that what is done below may need.
        let mut commands: JoinSet<Answered> = JoinSet::new();
        let mut beat = beats();
        loop {
            // Every arm may be dropped midway: each of them loses nothing.
            let next = tokio::select! {
                biased;
                () = stop.cancelled() => Next::Stop,
                () = slow.cancelled() => Next::Slow,
                _ = beat.tick() => Next::Beat,
                Some(answered) = commands.join_next() => Next::Answered(answered),
                word = self.listener.words.recv() => Next::Word(word),
                came = self.socket.recv() => Next::Came(came),
            };
            // What is done about it lies apart, so that a screen that waits is small.
            match next {
                Next::Stop => return Err(End::Close(close_code::AWAY, "the console stops; come back")),
                Next::Slow | Next::Word(None) => return Err(End::Close(close_code::AGAIN, "the screen is too slow")),
                Next::Beat => Box::pin(self.beat()).await?,
                Next::Answered(Ok((reference, result))) => Box::pin(self.result(reference, result)).await?,
                Next::Answered(Err(error)) => {
                    tracing::error!(agent = %self.agent, panicked = error.is_panic(), "a command ended without a result");
                    return Err(End::Close(close_code::ERROR, "the console met a fault"));
                }
                Next::Word(Some(Word::Commit(commit))) => Box::pin(self.commit(&commit)).await?,
                Next::Word(Some(Word::Standing(standing))) => Box::pin(self.standing(&standing)).await?,
                Next::Word(Some(Word::Reread)) => Box::pin(self.hello()).await?,
                Next::Came(None) => return Ok(()),
                Next::Came(Some(Ok(message))) => Box::pin(self.came(message, &mut commands)).await?,
                Next::Came(Some(Err(_))) => {
                    return Err(End::Close(close_code::SIZE, "a frame was malformed or larger than 64 KiB"));
                }
            }
        }
    }

    async fn came(&mut self, message: Message, commands: &mut JoinSet<Answered>) -> Result<(), End> {
        self.heard_at = Instant::now();
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(bytes) => match String::from_utf8(bytes.to_vec()) {
                Ok(text) => text.into(),
                Err(_) => return self.result(None, Err(Problem::new(Code::Invalid, "a frame is text"))).await,
            },
            Message::Close(_) => return Err(End::Gone),
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
        };
        debug_assert!(text.len() <= FRAME_BYTES_MAX, "the socket refuses larger ones");
        let frame = match frame::decode(&text, &self.agent, self.house.clock().now()) {
            Ok(frame) => frame,
            Err(bad) => return self.result(bad.reference, Err(bad.problem)).await,
        };
        let reference = Some(frame.reference.to_string());
        let Some(ask) = frame.ask else { return self.pong(reference).await };
        if commands.len() >= COMMANDS_MAX {
            let problem = Problem::new(Code::RateLimited, "too many frames wait for their outcome");
            return self.result(reference, Err(problem)).await;
        }
        match self.begin(frame.reference, &ask).await {
            Ok(pending) => {
                if let Ask::Accept(offer) | Ask::Decline(offer, _) = ask {
                    self.screen.answered(offer);
                }
                commands.spawn(async move { (reference, pending.finish().await) });
                Ok(())
            }
            Err(problem) => self.result(reference, Err(problem)).await,
        }
    }

    /// Gives the frame's command before the next frame is read, so that their order stays.
    async fn begin(&mut self, reference: InputId, ask: &Ask) -> Result<crate::commands::Pending, Problem> {
        let branch = self.house.check(&self.caller, ask).await?;
        let name = Name::Ref(reference);
        self.house.commands.begin(&self.caller, &name, &branch, ask).await
    }

    async fn result(&mut self, reference: Option<String>, result: Result<Given, Problem>) -> Result<(), End> {
        let (ok, problem, delivery_id) = match result.and_then(|given| given.result) {
            Ok(done) => (true, None, done.delivery_id),
            Err(problem) => (false, Some(problem.shape()), None),
        };
        self.send(&Frame::Result { reference, ok, problem, delivery_id }).await
    }

    /// Says that the line lives.
    async fn pong(&mut self, reference: Option<String>) -> Result<(), End> {
        self.send(&Frame::Result { reference, ok: true, problem: None, delivery_id: None }).await
    }

    async fn beat(&mut self) -> Result<(), End> {
        self.beats += 1;
        if self.heard_at.elapsed() > SILENCE_MAX {
            return Err(End::Close(close_code::POLICY, "no sign of life"));
        }
        self.beat_presence().await;
        if self.beats.is_multiple_of(BEATS_PER_PING) {
            self.write(Message::Ping(Vec::new().into())).await?;
        }
        if self.beats.is_multiple_of(BEATS_PER_CHECK) {
            // A store that does not answer is no reason to close a screen.
            if let Ok(false) = self.house.still_admitted(&self.pass, &self.agent).await {
                return Err(End::Close(close_code::POLICY, "no longer signed in"));
            }
        }
        self.figures().await
    }

    async fn beat_presence(&mut self) {
        let presence = &self.house.ports.coord.presence;
        // Without coordination the router has no evidence either, and nobody is sent away.
        presence.beat(&self.branch, &self.agent, self.house.ports.settings.console).await.ok();
    }

    /// Sends a frame under the next number.
    pub(super) async fn send(&mut self, frame: &Frame) -> Result<(), End> {
        self.seq += 1;
        self.write(Message::Text(frame.text(self.seq).into())).await
    }

    async fn write(&mut self, message: Message) -> Result<(), End> {
        match timeout(SEND_WAIT, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => Err(End::Close(close_code::AGAIN, "the screen is too slow")),
        }
    }
}

fn beats() -> Interval {
    let mut beats = interval(BEAT_EVERY.to_duration());
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beats
}
