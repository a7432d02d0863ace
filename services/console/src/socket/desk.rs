//! A desk: what a screen is shown, read and shaped when a commit calls for it.
//!
//! In: what the screen's core wants shown. Out: frames. Open personal data only after the
//! look was journalled. Never here: the order of events.

use std::sync::Arc;

use contract::{
    AgentState, CaseId, ContactId, OfferId,
    view::{CaseView, OfferView, PromiseView, ReplyView},
};
use coord::{Committed, Standing};
use futures_util::future::try_join_all;
use store::journal::Stream;

use super::connection::{Connection, End};
use crate::{
    api::{
        error::Problem,
        shape::{
            DeliveryShape,
            contact::{DeliveryHead, StandingShape},
            time,
        },
        shown::{Frame, Offered, Said},
    },
    looker::Seen,
    picture::Sight,
    screen::{Show, on_desk},
};

/// Cases that are laid aside and shown on a desk at most.
const ASIDE_MAX: u32 = 200;
/// Where a look from here is journalled as.
const PLACE: &str = "screen";

/// What the store says of a desk.
struct Reading {
    seq: u64,
    state: AgentState,
    reason: Option<String>,
    cases: Vec<CaseView>,
    offers: Vec<(OfferView, Arc<Seen>)>,
}

impl Connection {
    /// Sends the whole picture, read anew.
    pub(super) async fn hello(&mut self) -> Result<(), End> {
        let reading = self.reading().await.map_err(End::Unread)?;
        let (house, caller) = (&self.house, &self.caller);
        let cases = try_join_all(reading.cases.iter().map(|case| async move {
            let seen = house.looker.see(case.id).await?;
            house.show_desk_case(caller, case, &seen).await
        }));
        let cases = cases.await.map_err(End::Unread)?;
        let offers = reading.offers.iter().map(|(offer, seen)| offered(offer, house.show_offered_case(caller, seen)));
        let offers = offers.collect();
        let views: Vec<OfferView> = reading.offers.into_iter().map(|(offer, _)| offer).collect();
        let new: Vec<OfferId> =
            views.iter().map(|offer| offer.id).filter(|offer| !self.screen.has_offer(*offer)).collect();
        self.screen.read(reading.seq, reading.state, &reading.cases, &views);
        self.listener.concerns(self.screen.concerns());
        let at = time(self.house.clock().now());
        self.send(&Frame::Hello { at, state: reading.state.as_str(), reason: reading.reason, cases, offers }).await?;
        for offer in new {
            self.house.reached.tell(&self.branch, offer).await;
        }
        Ok(())
    }

    /// Reads the desk; the head first, so that the picture is at least as new as it says. An
    /// offer that was made after the head waits for its commit to be told: the cases were read
    /// before it, and together they would be more than the agent ever had before him.
    async fn reading(&mut self) -> Result<Reading, Problem> {
        let (store, views) = (&self.house.ports.store, self.house.ports.store.views());
        let head = store.journal().head(&Stream::branch(&self.branch)).await?;
        let agent = views.agent(&self.agent).await?;
        let mut cases = views.cases_of_agent(&self.agent).await?;
        for case in store.pages().cases_aside(self.agent.as_str(), ASIDE_MAX).await? {
            if !cases.iter().any(|known| known.id == case.id) {
                cases.push(case);
            }
        }
        cases.retain(|case| on_desk(case, &self.agent));
        let seq = head.map_or(0, |head| head.seq);
        let offers = views.open_offers(&self.agent).await?.into_iter().filter(|offer| offer.seq <= seq);
        let looker = &self.house.looker;
        let offers = offers.map(|offer| async move { Ok::<_, Problem>((looker.see(offer.case).await?, offer)) });
        let offers = try_join_all(offers).await?.into_iter().map(|(seen, offer)| (offer, seen));
        let offers = offers.filter(|(_, seen)| !self.caller.is_excluded(&seen.case)).collect();
        Ok(Reading {
            seq,
            state: agent.as_ref().map_or(AgentState::Away, |agent| agent.state),
            reason: agent.and_then(|agent| agent.reason),
            cases,
            offers,
        })
    }

    /// Shows what a commit changes on this desk.
    pub(super) async fn commit(&mut self, commit: &Committed) -> Result<(), End> {
        for show in self.screen.take(commit) {
            match show {
                Show::Offer(offer) => self.offer(&offer).await?,
                Show::Rescinded(offer, reason) => {
                    self.send(&Frame::Rescinded { offer_id: offer.to_string(), reason }).await?;
                }
                Show::Case(case) => self.case(&case).await?,
                Show::Contact(case, contact) => self.contact(case, contact).await?,
                Show::Delivery(reply) => self.delivery(&reply).await?,
                Show::Promise(promise) => self.promise(promise).await?,
                Show::Agent(agent) => {
                    self.send(&Frame::Agent { state: agent.state.as_str(), reason: agent.reason }).await?;
                }
                Show::Told(told) => {
                    let (case_id, at) = (told.case.to_string(), time(told.at));
                    self.send(&Frame::Told { case_id, why: told.why, at }).await?;
                }
                // The rest of the commit is in what is read.
                Show::Reread => return self.hello().await,
            }
        }
        Ok(())
    }

    async fn promise(&mut self, promise: PromiseView) -> Result<(), End> {
        let case = self.house.case(promise.case).await.map_err(End::Unread)?;
        if self.caller.is_excluded(&case) {
            return Ok(());
        }
        let shapes = self.house.promises(&[promise]).await.map_err(End::Unread)?;
        for promise in shapes {
            self.send(&Frame::Promise { promise }).await?;
        }
        Ok(())
    }

    async fn offer(&mut self, offer: &OfferView) -> Result<(), End> {
        let seen = self.house.looker.see(offer.case).await.map_err(End::Unread)?;
        if self.caller.is_excluded(&seen.case) {
            return Ok(());
        }
        let case = self.house.show_offered_case(&self.caller, &seen);
        self.send(&Frame::Offer(offered(offer, case))).await?;
        self.house.reached.tell(&self.branch, offer.id).await;
        Ok(())
    }

    async fn case(&mut self, case: &CaseView) -> Result<(), End> {
        // Contacts are read as they are at this moment; who is excluded meanwhile sees none.
        let seen = self.house.looker.see(case.id).await.map_err(End::Unread)?;
        if self.caller.is_excluded(&seen.case) {
            return Ok(());
        }
        let shape = self.house.show_desk_case(&self.caller, case, &seen).await.map_err(End::Unread)?;
        self.send(&Frame::Case { case: Box::new(shape) }).await
    }

    async fn contact(&mut self, case: CaseId, contact: ContactId) -> Result<(), End> {
        let views = self.house.ports.store.views();
        let read = async { Ok::<_, Problem>((views.contact(contact).await?, views.message(contact).await?)) };
        let (Some(view), Some(message)) = read.await.map_err(End::Unread)? else { return Ok(()) };
        let said = [(view, message)];
        let shown = self.house.show_contacts(&self.caller, Some(case), &said, Sight::Open, PLACE).await;
        let contact = shown.map_err(End::Unread)?.pop();
        self.send(&Frame::Message(Said { case_id: case.to_string(), contact, delivery: None })).await
    }

    async fn delivery(&mut self, reply: &ReplyView) -> Result<(), End> {
        let text = self.house.show_text(&self.caller, reply.case, reply.delivery).await.map_err(End::Unread)?;
        let head = DeliveryHead { reply: reply.clone(), standing: None };
        let delivery = Some(DeliveryShape::new(&head, text, &self.house.ports.firm.now()));
        self.send(&Frame::Message(Said { case_id: reply.case.to_string(), contact: None, delivery })).await
    }

    /// Shows where an answer stands: of a case on this desk, or one that the agent wrote.
    pub(super) async fn standing(&mut self, standing: &Standing) -> Result<(), End> {
        let Some(case) = standing.delivery.case else { return Ok(()) };
        if !self.screen.shows(case) {
            let case = self.house.case(case).await.map_err(End::Unread)?;
            if self.caller.is_excluded(&case) {
                return Ok(());
            }
        }
        let delivery = StandingShape::from(&standing.delivery);
        self.send(&Frame::Delivery { case_id: case.to_string(), delivery }).await
    }

    /// Sends the figures of the branch when they are others than those sent last.
    pub(super) async fn figures(&mut self) -> Result<(), End> {
        let Some(queues) = self.house.board.queues(&self.house, &self.branch) else { return Ok(()) };
        if self.figures_sent.as_ref().is_some_and(|sent| Arc::ptr_eq(sent, &queues)) {
            return Ok(());
        }
        self.figures_sent = Some(queues.clone());
        self.send(&Frame::Figures { queues }).await
    }
}

fn offered(offer: &OfferView, case: crate::api::shape::CaseShape) -> Offered {
    Offered { offer_id: offer.id.to_string(), expires_at: time(offer.expires_at), case }
}
