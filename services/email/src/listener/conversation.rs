//! One conversation: lines to the session, bytes to the collector, mails to the door.
//!
//! In: a stream. Out: nothing but replies. Readable as the protocol goes.
//! Never here: a limit or a time of its own, but the mail's.

use std::time::Duration;

use runtime::Stop;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::OwnedSemaphorePermit,
    time::timeout,
};

use super::wire::{Silence, Wire};
use crate::{
    door::{BLOCK_BYTES, MailDoor},
    smtp::{Collector, Progress, Reply, Session, Step, Verdict, reply},
};

/// How long one mail may take to come in.
const MAIL_LIMIT: Duration = Duration::from_secs(600);

/// Leads a conversation to its end.
pub(super) async fn converse<S>(stream: S, mut session: Session, door: &MailDoor, stop: &Stop)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut wire = Wire::new(stream, stop);
    wire.say(&session.greeting());
    let last = loop {
        let line = match wire.line().await {
            Ok(line) => line,
            Err(silence) => break farewell(silence),
        };
        match session.line(&line) {
            Step::Say(reply) => wire.say(&reply),
            Step::HangUp(reply) => break Some(reply),
            Step::Collect(reply) => {
                wire.say(&reply);
                if let Err(end) = mail(&mut wire, &mut session, door).await {
                    break end;
                }
            }
        }
    };
    if let Some(reply) = last {
        wire.say(&reply);
        wire.hang_up().await;
    }
}

/// Gathers a mail and says what became of it; the error is the end of the conversation.
async fn mail<S>(wire: &mut Wire<'_, S>, session: &mut Session, door: &MailDoor) -> Result<(), Option<Reply>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let gathered = timeout(MAIL_LIMIT, gather(wire, door)).await.map_err(|_| Some(reply::too_slow()))??;
    let envelope = session.take_envelope();
    let verdicts = match gathered {
        Gathered::Mail(mail, _blocks) => door.take(mail, &envelope).await,
        Gathered::TooLarge => refuse(door, "too_large", Verdict::TooLarge, envelope.to.len()),
        Gathered::NoRoom => refuse(door, "no_room", Verdict::Full, envelope.to.len()),
    };
    for reply in session.conclude(&verdicts) {
        wire.say(&reply);
    }
    Ok(())
}

/// What came after DATA.
enum Gathered {
    /// A mail, with the room it takes until it is dealt with.
    Mail(Vec<u8>, Vec<OwnedSemaphorePermit>),
    TooLarge,
    NoRoom,
}

async fn gather<S>(wire: &mut Wire<'_, S>, door: &MailDoor) -> Result<Gathered, Option<Reply>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut collector = Collector::default();
    let (mut blocks, mut no_room) = (Vec::new(), false);
    loop {
        let input = wire.bytes().await.map_err(farewell)?;
        let progress = collector.push(&input);
        while !collector.is_refused() && collector.bytes() > blocks.len() * BLOCK_BYTES {
            match door.block() {
                Some(block) => blocks.push(block),
                None => {
                    no_room = true;
                    collector.refuse();
                }
            }
        }
        match progress {
            Progress::More => {}
            Progress::BareLineEnd => {
                door.count_refused("line_end");
                return Err(Some(reply::bare_line_end()));
            }
            Progress::Endless => {
                door.count_refused("too_large");
                return Err(Some(reply::too_large()));
            }
            Progress::Done(used) => {
                wire.give_back(input.get(used..).unwrap_or_default());
                return Ok(match collector.into_mail() {
                    Some(mail) => Gathered::Mail(mail, blocks),
                    None if no_room => Gathered::NoRoom,
                    None => Gathered::TooLarge,
                });
            }
        }
    }
}

fn refuse(door: &MailDoor, reason: &'static str, verdict: Verdict, recipients: usize) -> Vec<Verdict> {
    door.count_refused(reason);
    vec![verdict; recipients]
}

/// Gives the last reply to a conversation that stops by itself.
fn farewell(silence: Silence) -> Option<Reply> {
    match silence {
        Silence::Gone => None,
        Silence::Slow => Some(reply::too_slow()),
        Silence::Stopping => Some(reply::shutting_down()),
        Silence::LongLine => Some(reply::line_too_long()),
        Silence::BareLineEnd => Some(reply::bare_line_end()),
    }
}
