//! Events as one line of text each, with short names in the order of their appearance.

use std::collections::BTreeMap;

use contract::{
    CaseId, Millis, Timestamp,
    journal::{CaseOpened, Event, Moved, OfferEnded, Offered, Said, Saying, ToldWhy},
};

use crate::world::START;

/// Short names of what has long ids.
#[derive(Default)]
pub(crate) struct Short {
    names: BTreeMap<u128, String>,
    counts: BTreeMap<char, u32>,
}

impl Short {
    /// Gives the short name of an id, making one with a letter the first time.
    pub(crate) fn name(&mut self, letter: char, id: u128) -> String {
        let counts = &mut self.counts;
        let make = || {
            let count = counts.entry(letter).or_default();
            *count += 1;
            format!("{letter}{count}")
        };
        self.names.entry(id).or_insert_with(make).clone()
    }

    /// Finds the id of a short name; of an unknown one an id that nothing has.
    pub(crate) fn id(&self, name: &str) -> u128 {
        let found = self.names.iter().find(|(_, known)| *known == name);
        found.map_or(0, |(id, _)| *id)
    }

    fn case(&mut self, id: CaseId) -> String {
        self.name('k', id.bits())
    }

    /// Renders an event; `None` for what every decision has.
    pub(crate) fn event(&mut self, now: Timestamp, event: &Event) -> Option<String> {
        Some(match event {
            Event::FirmSet(changed) => format!("firm {}", changed.version),
            Event::AgentSet(set) => match &set.reason {
                Some(reason) => format!("{} {} ({reason})", set.agent, set.state),
                None => format!("{} {}", set.agent, set.state),
            },
            Event::ContactTaken(taken) => match taken.case {
                Some(case) => format!("contact {} {}", taken.joining, self.case(case)),
                None => format!("contact {}", taken.joining),
            },
            Event::Forwarded(forwarded) => {
                format!("contact forwarded to {}, {}", forwarded.to, self.case(forwarded.case))
            }
            Event::MovedOut(moved) => self.moved_out(moved),
            Event::MovedIn(arrived) => {
                let case = self.case(arrived.moved.case);
                format!("{case} comes from {}, waits {}", arrived.moved.from, arrived.queue)
            }
            Event::MoveDone(case) => format!("{} has arrived", self.case(*case)),
            Event::CaseOpened(opened) => self.opened(opened),
            Event::Queued(queued) => {
                let case = self.case(queued.case);
                let alone = queued.alone.as_ref().map(|(agent, until)| format!(" {agent} until {}", clock(*until)));
                format!(
                    "{case} waits {} {}{} ({})",
                    queued.queue,
                    queued.stage,
                    alone.unwrap_or_default(),
                    queued.cause
                )
            }
            Event::Relaxed(relaxed) => format!("{} relaxed by {}", self.case(relaxed.case), relaxed.step),
            Event::Late(late) => format!("{} rung {}", self.case(late.case), late.rung),
            Event::Lifted(case) => format!("{} lifted", self.case(*case)),
            Event::Offered(offered) => self.offered(now, offered),
            Event::OfferShown(_) | Event::CallNoted(_) | Event::LegNoted(_) => return None,
            Event::OfferEnded(ended) => self.offer_ended(ended),
            Event::Took(took) => format!("{} took {} ({})", took.agent, self.case(took.case), took.cause),
            Event::Answered(answered) => {
                let time = if answered.on_time { "in time" } else { "late" };
                format!("{} answered {time}", self.case(answered.case))
            }
            Event::Replied(replied) => format!("{} replied by {}", self.case(replied.case), replied.channel),
            Event::Said(said) => self.said(said),
            Event::Clocked(clocked) => format!("{} counts from {}", self.case(clocked.case), clock(clocked.since)),
            Event::Pended(pended) => format!("{} pending until {}", self.case(pended.case), clock(pended.until)),
            Event::WrappedUp(wrapped) => format!("{} wraps up until {}", self.case(wrapped.case), clock(wrapped.until)),
            Event::Closed(closed) => format!("{} closed {} ({})", self.case(closed.case), closed.outcome, closed.cause),
            Event::Reactivated(case) => format!("{} active again", self.case(*case)),
            Event::Transferred(transferred) => format!("{} given on", self.case(transferred.case)),
            Event::OwnerSet(set) => {
                let kind = if set.taken { "owner" } else { "lead" };
                format!("{} {kind} {} ({})", self.case(set.case), set.owner, set.cause)
            }
            Event::Excluded(excluded) => {
                let until = excluded.until.map(|until| format!(" until {}", clock(until))).unwrap_or_default();
                let what = if excluded.cause == contract::Cause::Due { "admits" } else { "excludes" };
                format!("{} {what} {}{until} ({})", self.case(excluded.case), excluded.agent, excluded.cause)
            }
            Event::Rekinded(rekinded) => {
                format!("{} is {} in {}", self.case(rekinded.case), rekinded.kind, rekinded.queue)
            }
            Event::Raised(case) => format!("{} first", self.case(*case)),
            Event::Noted(case) => format!("{} noted", self.case(*case)),
            Event::Marked(marked) => format!("{} is {}", self.case(marked.case), marked.mark),
            Event::LanguageSet(set) => {
                let mut line = format!("{} needs {}:", self.case(set.case), set.language);
                for (skill, level) in &set.skills {
                    line += &format!(" {skill} {level}");
                }
                line
            }
            Event::PromiseMade(made) => {
                let (case, due) = (self.case(made.case), clock(made.due_at));
                let soon = if made.soon { ", sooner if it can be" } else { "" };
                format!("{} promised: {} by {due} for {case}{soon}", self.name('p', made.promise.bits()), made.kind)
            }
            Event::PromiseSet(set) => {
                let name = self.name('p', set.promise.bits());
                format!("{name} {} by {} ({})", set.state, clock(set.due_at), set.cause)
            }
            Event::PromiseTold(told) => {
                let step = match told.step {
                    1 => "near",
                    2 => "due",
                    _ => "late",
                };
                format!("{} {step}: told {}", self.name('p', told.promise.bits()), told.who)
            }
            Event::Told(told) => format!("{} {}: told {}", self.case(told.case), why(told.why), told.who),
            Event::CallSettled(settled) => format!("call settled ({})", settled.cause),
            Event::CallForgotten(_) => "call forgotten".to_owned(),
            Event::Decided(decided) => match decided.problem {
                Some(problem) => format!("refused {problem}"),
                None => return None,
            },
            Event::Retired(case) => format!("{} retired", self.case(*case)),
        })
    }

    fn said(&mut self, said: &Said) -> String {
        let what = match said.saying {
            Saying::Receipt(at) | Saying::Booked(at) | Saying::Owed(at) | Saying::Tried(at) => clock(at),
            Saying::Moved(was, at) => format!("{} → {}", clock(was), clock(at)),
            Saying::Kept => String::new(),
        };
        let way = if said.last.answerable { said.last.channel.as_str() } else { "his number" };
        format!("{} tells the client by {way}: {} {what}", self.case(said.case), said.saying.as_str())
            .trim_end()
            .to_owned()
    }

    fn moved_out(&mut self, moved: &Moved) -> String {
        let owner = if moved.taken { "owner" } else { "lead" };
        let mut line = format!("{} leaves for {}, {owner} {}", self.case(moved.case), moved.to, moved.owner);
        line += &moved.clock.map(|it| format!(", due {}", clock(it.since + it.within))).unwrap_or_default();
        for one in &moved.excluded {
            let until = one.until.map(|until| format!(" until {}", clock(until))).unwrap_or_default();
            line += &format!(", not {}{until}", one.agent);
        }
        line
    }

    fn opened(&mut self, opened: &CaseOpened) -> String {
        let mut line = format!("{} opened {} in {}", self.case(opened.case), opened.kind, opened.queue);
        line += &format!(" for {}, due {}", opened.owner, clock(opened.since + opened.target.within));
        if opened.priority == contract::Priority::First {
            line += ", first";
        }
        for (skill, level) in &opened.skills {
            line += &format!(", {skill} {level}");
        }
        if let Some(linked) = opened.linked {
            line += &format!(", linked to {}", self.case(linked));
        }
        for agent in &opened.recused {
            line += &format!(", not {agent}");
        }
        line
    }

    fn offered(&mut self, now: Timestamp, offered: &Offered) -> String {
        let (offer, case) = (self.name('o', offered.offer.bits()), self.case(offered.case));
        let span = offered.expires_at.since(now).whole_secs();
        let reason = &offered.reason;
        let mut line = format!("{offer} {case} → {} for {span}s ({}", offered.agent, reason.choice);
        if reason.candidates > 1 {
            line += &format!(" of {}", reason.candidates);
        }
        line + ")"
    }

    fn offer_ended(&mut self, ended: &OfferEnded) -> String {
        let offer = self.name('o', ended.offer.bits());
        let reason = ended.reason.map(|reason| format!(" {reason}")).unwrap_or_default();
        let cause =
            if ended.cause.as_str() == ended.state.as_str() { String::new() } else { format!(" ({})", ended.cause) };
        format!("{offer} {}{reason}{cause}", ended.state)
    }
}

fn why(why: ToldWhy) -> String {
    match why {
        ToldWhy::Warn => "warning".to_owned(),
        ToldWhy::Breach(level) => format!("breach {level}"),
        ToldWhy::Declines => "declined too often".to_owned(),
        ToldWhy::Transfers => "given on too often".to_owned(),
        ToldWhy::OwnerBusy => "owner busy".to_owned(),
        ToldWhy::Tries => "tries ran out".to_owned(),
        ToldWhy::Upset => "upset".to_owned(),
        ToldWhy::NoSpeaker => "nobody speaks it".to_owned(),
    }
}

/// Renders a time as what a scenario's clock shows.
pub(crate) fn clock(at: Timestamp) -> String {
    let span: Millis = at.since(START);
    let (sign, ms) = if span.get() < 0 { ("-", -span.get()) } else { ("", span.get()) };
    let s = ms / 1000;
    let tail = if ms % 1000 == 0 { String::new() } else { format!(".{:03}", ms % 1000) };
    if s >= 3600 {
        format!("{sign}{}:{:02}:{:02}{tail}", s / 3600, s / 60 % 60, s % 60)
    } else {
        format!("{sign}{:02}:{:02}{tail}", s / 60, s % 60)
    }
}
