//! A lane and its rounds.
//!
//! In: requests. Out: each answered. A round ends when the last confirm of its window is
//! there: only then it is known which messages the broker returned, for lapin hands a
//! returned one to whichever confirm comes next. Never here: a second repeat.

use std::{collections::BTreeSet, future::Future, pin::Pin, task::Poll, time::Duration};

use futures_util::future::join_all;
use lapin::{
    BasicProperties, Channel, Confirmation, Error,
    options::{BasicPublishOptions, ConfirmSelectOptions},
};
use runtime::Clock;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::{PUBLISH_LIMIT, Request, WINDOW};
use crate::{
    bus::Target,
    error::BusError,
    limits::MESSAGE_BYTES_MAX,
    name::QueueName,
    rabbit::{
        declare::Declarer,
        gauge::Gauge,
        link::{Link, State},
        topology, wire,
    },
};

/// How long to wait before the second try: a new leader is known by then, as a rule.
const PAUSE: Duration = Duration::from_millis(150);

/// A channel for publishing.
pub(super) struct Lane {
    link: Link,
    declarer: Declarer,
    gauge: Gauge,
    clock: Clock,
    channel: Option<(u64, Channel)>,
}

/// A request and what of it is not confirmed.
struct Job {
    request: Request,
    /// Places of its messages.
    left: Vec<usize>,
    is_second_try: bool,
}

/// What became of a message in a round.
#[derive(Clone, PartialEq, Eq)]
enum Fate {
    Confirmed,
    /// The broker refuses it.
    Nacked,
    /// The broker has no such queue.
    Returned,
    /// Nobody knows.
    Lost(String),
}

impl Lane {
    pub(super) const fn new(link: Link, declarer: Declarer, gauge: Gauge, clock: Clock) -> Self {
        Self { link, declarer, gauge, clock, channel: None }
    }

    /// Publishes until every request is answered.
    pub(super) async fn deliver(&mut self, requests: Vec<Request>) {
        let mut jobs = Vec::new();
        for request in requests {
            // Its caller went away before anything of it was published.
            if request.done.is_closed() {
                continue;
            }
            match self.declare(&request.target, request.until).await {
                Ok(()) => jobs.push(Job { left: (0..request.messages.len()).collect(), request, is_second_try: false }),
                Err(error) => drop(request.done.send(Err(error))),
            }
        }
        while !jobs.is_empty() {
            jobs = self.round(jobs).await;
        }
    }

    /// Publishes one window of the jobs and gives those that are not done.
    async fn round(&mut self, jobs: Vec<Job>) -> Vec<Job> {
        let until = Instant::now() + PUBLISH_LIMIT;
        let window: Vec<(usize, usize)> = jobs
            .iter()
            .enumerate()
            .flat_map(|(job, Job { left, .. })| left.iter().map(move |message| (job, *message)))
            .take(WINDOW)
            .collect();
        let fates = match timeout_at(until, self.channel()).await {
            Ok(Ok(channel)) => self.publish(&channel, &jobs, &window, until).await,
            Ok(Err(error)) => vec![Fate::Lost(error.words()); window.len()],
            Err(_) => vec![Fate::Lost("the broker did not answer in time".to_owned()); window.len()],
        };
        let confirmed = fates.iter().filter(|fate| **fate == Fate::Confirmed).count() as u64;
        self.gauge.confirmed(confirmed);
        if fates.iter().any(|fate| *fate != Fate::Confirmed) {
            // Whatever it was, the channel may go on refusing.
            self.channel = None;
        }
        self.settle(jobs, &window, fates).await
    }

    /// Answers what is done or cannot be done, and gives the rest.
    async fn settle(&mut self, jobs: Vec<Job>, window: &[(usize, usize)], fates: Vec<Fate>) -> Vec<Job> {
        let mut rest = Vec::new();
        let mut must_pause = false;
        for (index, mut job) in jobs.into_iter().enumerate() {
            let mine = || window.iter().zip(&fates).filter(|((job, _), _)| *job == index);
            let confirmed: BTreeSet<usize> =
                mine().filter(|(_, fate)| **fate == Fate::Confirmed).map(|((_, message), _)| *message).collect();
            let failed = mine().map(|(_, fate)| fate).find(|fate| **fate != Fate::Confirmed);
            job.left.retain(|message| !confirmed.contains(message));
            match failed {
                None if job.left.is_empty() => drop(job.request.done.send(Ok(()))),
                None => rest.push(job),
                Some(fate) => match self.may_try_again(&job, fate).await {
                    Ok(()) => {
                        job.is_second_try = true;
                        must_pause = true;
                        rest.push(job);
                    }
                    Err(error) => drop(job.request.done.send(Err(error))),
                },
            }
        }
        if must_pause {
            sleep(PAUSE).await;
        }
        rest
    }

    async fn may_try_again(&self, job: &Job, fate: &Fate) -> Result<(), BusError> {
        let until = job.request.until;
        if let (Fate::Nacked, Target::Queue(queue)) = (fate, &job.request.target)
            && self.is_full(queue, until).await
        {
            return Err(BusError::Full(queue.clone()));
        }
        if let (Fate::Nacked, Target::Events) = (fate, &job.request.target)
            && let Some(full) = self.full_reader(until).await
        {
            return Err(BusError::Full(full));
        }
        if job.is_second_try || job.request.done.is_closed() || Instant::now() + PAUSE >= until {
            return Err(BusError::unavailable(match fate {
                Fate::Nacked => "the broker refuses the message".to_owned(),
                Fate::Returned => "the broker lost the queue".to_owned(),
                Fate::Lost(why) => why.clone(),
                Fate::Confirmed => unreachable!("what is confirmed is not tried again"),
            }));
        }
        match (fate, &job.request.target) {
            (Fate::Returned, Target::Queue(queue)) => self.declarer.forget(queue),
            (Fate::Lost(_), Target::Events) => self.declarer.forget_events(),
            _ => {}
        }
        self.declare(&job.request.target, until).await
    }

    /// Says whether a refusal may be for the queue's limit: it holds as many messages as it
    /// may, or so many that their bytes may be too many, which the broker does not tell.
    async fn is_full(&self, queue: &QueueName, until: Instant) -> bool {
        let limit = self.declarer.limits().of(queue);
        let Ok((waiting, _)) = self.declarer.look(queue, until).await else { return false };
        let is_full = waiting > 0 && (waiting >= limit.messages || waiting * MESSAGE_BYTES_MAX as u64 >= limit.bytes);
        if is_full {
            self.gauge.found_full(queue);
        }
        is_full
    }

    async fn full_reader(&self, until: Instant) -> Option<QueueName> {
        for queue in self.declarer.ever().into_iter().filter(topology::is_bound) {
            if self.is_full(&queue, until).await {
                return Some(queue);
            }
        }
        None
    }

    async fn declare(&self, target: &Target, until: Instant) -> Result<(), BusError> {
        match target {
            Target::Queue(queue) => self.declarer.declare(queue, until).await,
            Target::Events => self.declarer.declare_events(until).await,
        }
    }

    /// Publishes a window in order and waits for its confirms.
    async fn publish(
        &mut self,
        channel: &Channel,
        jobs: &[Job],
        window: &[(usize, usize)],
        until: Instant,
    ) -> Vec<Fate> {
        let now = self.clock.now();
        let mut confirms = Vec::with_capacity(window.len());
        let sent = window.iter().filter_map(|(job, message)| {
            let request = &jobs.get(*job)?.request;
            Some((&request.target, request.messages.get(*message)?))
        });
        for (target, message) in sent.clone() {
            let properties = wire::properties(message, now);
            let mut confirm = Box::pin(confirmed(channel, target, &message.body, properties));
            // The first poll numbers the message and queues its frames: that makes the order.
            let early = std::future::poll_fn(|cx| Poll::Ready(confirm.as_mut().poll(cx))).await;
            confirms.push(Confirm { running: confirm, early: Some(early) });
        }
        let confirms = join_all(confirms.into_iter().map(Confirm::end));
        let Some(confirms) = self.patiently(confirms, until).await else {
            return vec![Fate::Lost("the broker did not confirm in time".to_owned()); window.len()];
        };
        let mut gone = BTreeSet::new();
        let mut fates: Vec<Fate> = confirms.into_iter().map(|confirm| fate(confirm, &mut gone)).collect();
        for (fate, (target, _)) in fates.iter_mut().zip(sent) {
            if let Target::Queue(queue) = target
                && gone.contains(&queue.to_string())
            {
                *fate = Fate::Returned;
            }
        }
        fates
    }

    /// Waits until the limit, and as long as the broker blocks the connection beyond it: what
    /// was handed to it cannot be taken back, and nobody else may be given room for more.
    async fn patiently<T>(&mut self, work: impl Future<Output = T>, until: Instant) -> Option<T> {
        tokio::pin!(work);
        let mut link = self.link.clone();
        let mut until = until;
        loop {
            let is_blocked = matches!(link.now(), State::Up(up) if up.blocked.is_some());
            tokio::select! {
                done = &mut work => return Some(done),
                () = sleep_until(until), if !is_blocked => return None,
                () = link.changed() => if is_blocked {
                    until = Instant::now() + PUBLISH_LIMIT;
                },
            }
        }
    }

    async fn channel(&mut self) -> Result<Channel, BusError> {
        let up = self.link.up(Instant::now() + PUBLISH_LIMIT).await?;
        if let Some((epoch, channel)) = &self.channel
            && *epoch == up.epoch
            && channel.status().connected()
        {
            return Ok(channel.clone());
        }
        let open = async {
            let channel = up.connection.create_channel().await?;
            channel.confirm_select(ConfirmSelectOptions::default()).await?;
            Ok(channel)
        };
        let channel = open.await.map_err(crate::rabbit::declare::explain)?;
        self.channel = Some((up.epoch, channel.clone()));
        Ok(channel)
    }
}

type Answer = Result<Confirmation, Error>;

/// A publish that was begun, with its answer if it came at once.
struct Confirm<F> {
    running: Pin<Box<F>>,
    early: Option<Poll<Answer>>,
}

impl<F: Future<Output = Answer>> Confirm<F> {
    async fn end(self) -> Answer {
        match self.early {
            Some(Poll::Ready(answer)) => answer,
            Some(Poll::Pending) | None => self.running.await,
        }
    }
}

/// Publishes and gives the confirm.
async fn confirmed(channel: &Channel, target: &Target, body: &[u8], properties: BasicProperties) -> Answer {
    let (exchange, key, mandatory) = match target {
        Target::Queue(queue) => (String::new(), queue.to_string(), true),
        // Nobody may read events yet.
        Target::Events => (topology::EVENTS.to_owned(), String::new(), false),
    };
    let options = BasicPublishOptions { mandatory, immediate: false };
    channel.basic_publish(exchange.into(), key.into(), options, body, properties).await?.await
}

/// Reads a confirm; notes the queue of the returned message it may carry, of whomever it is.
fn fate(confirm: Answer, gone: &mut BTreeSet<String>) -> Fate {
    match confirm {
        Ok(Confirmation::Ack(returned)) => {
            gone.extend(returned.map(|message| message.routing_key.to_string()));
            Fate::Confirmed
        }
        Ok(Confirmation::Nack(returned)) => {
            gone.extend(returned.map(|message| message.routing_key.to_string()));
            Fate::Nacked
        }
        Ok(Confirmation::NotRequested) => Fate::Lost("the channel does not confirm".to_owned()),
        Err(error) => Fate::Lost(error.to_string()),
    }
}
