//! Signing in: a name and a password, or a link, become a session; guessing is slow.
//!
//! In: names, passwords, tickets of links, peers. Out: the user, or 401 in the same time whatever was wrong; a
//! record of tries that were too many.
//! Never here: cookies, tokens.

use std::num::NonZeroU32;

use contract::{
    UserId,
    audit::{By, SignInsRefused, What},
    problem::Code,
};
use coord::Rate;
use store::users::User;

use crate::{
    api::error::Problem,
    house::House,
    peer::Peer,
    secret::{LINK_PREFIX, hash_of},
};

/// Tries of one name from one peer: ten at once, then one every six seconds.
const PER_NAME_AND_PEER: Rate = rate(10, 10);
/// Tries of one name from everywhere: whoever guesses elsewhere locks nobody out so soon.
const PER_NAME: Rate = rate(60, 60);
/// Tries from one peer: a whole desk behind one address signs in at 08:30.
const PER_PEER: Rate = rate(120, 120);

/// Records of refused tries from one peer.
const TOLD_PER_PEER: Rate = rate(1, 1);
/// Records of refused tries from everywhere.
const TOLD_IN_ALL: Rate = rate(60, 60);

/// Signs of a name that tell it from others here; no name is longer.
const NAME_CHARS_MAX: usize = 64;

const fn rate(per_minute: u32, burst: u32) -> Rate {
    Rate { per_minute: positive(per_minute), burst: positive(burst) }
}

const fn positive(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

impl House {
    /// Says who has this name and this password.
    pub async fn sign_in(&self, name: &str, password: String, peer: &Peer) -> Result<User, Problem> {
        count(self.enter(name, password, peer).await)
    }

    /// Says whom a sign-in link signs in; it is used up by that.
    pub async fn sign_in_by_link(&self, ticket: &str, peer: &Peer) -> Result<User, Problem> {
        count(self.enter_by_link(ticket, peer).await)
    }

    async fn enter_by_link(&self, ticket: &str, peer: &Peer) -> Result<User, Problem> {
        self.limit_peer(peer).await?;
        let unknown = || Problem::new(Code::Unauthenticated, "the link is not known, was used, or is too old");
        let hash = hash_of(ticket).filter(|_| ticket.starts_with(LINK_PREFIX)).ok_or_else(unknown)?;
        let user = self.ports.store.users().take_ticket(hash, self.clock().now()).await?;
        user.ok_or_else(unknown)
    }

    async fn enter(&self, name: &str, password: String, peer: &Peer) -> Result<User, Problem> {
        self.limit(name, peer).await?;
        // A name that cannot be one costs as much as a wrong password.
        let known = match name.parse::<UserId>() {
            Ok(name) => self.ports.store.users().with_password(&name).await?,
            Err(_) => None,
        };
        let (user, stored) = known.map_or((None, None), |(user, stored)| (Some(user), stored));
        let right = self.passwords.check(password, stored).await;
        user.filter(|_| right).ok_or_else(|| Problem::new(Code::Unauthenticated, "name or password is wrong"))
    }

    async fn limit_peer(&self, peer: &Peer) -> Result<(), Problem> {
        let key = format!("sign-in peer {peer}");
        self.within(&key, PER_PEER, None, peer).await
    }

    async fn limit(&self, name: &str, peer: &Peer) -> Result<(), Problem> {
        let name: String = name.chars().take(NAME_CHARS_MAX).collect();
        let limits = [
            (format!("sign-in {peer} {name}"), PER_NAME_AND_PEER),
            (format!("sign-in peer {peer}"), PER_PEER),
            (format!("sign-in name {name}"), PER_NAME),
        ];
        for (key, rate) in limits {
            self.within(&key, rate, Some(&name), peer).await?;
        }
        Ok(())
    }

    /// Takes one try of a limit; the journal hears when there is none left.
    async fn within(&self, key: &str, rate: Rate, name: Option<&str>, peer: &Peer) -> Result<(), Problem> {
        let taken = self.ports.coord.quotas.take(key.as_bytes(), rate).await;
        if taken.is_err() {
            self.tell_refused(name, peer).await;
        }
        taken.map_err(Problem::slow_down)
    }

    /// Journals that tries are refused, seldom enough that whoever guesses cannot fill the journal.
    async fn tell_refused(&self, name: Option<&str>, peer: &Peer) {
        let own = format!("sign-in told {peer}");
        for (key, rate) in [(own.as_str(), TOLD_PER_PEER), ("sign-in told", TOLD_IN_ALL)] {
            if self.ports.coord.quotas.take(key.as_bytes(), rate).await.is_err() {
                return;
            }
        }
        let told = async {
            // What is nobody's name may be a password in the wrong field.
            let user = match name.and_then(|name| name.parse().ok()) {
                Some(name) => self.ports.store.users().get(&name).await?.map(|user| user.name),
                None => None,
            };
            let refused = What::SignInsRefused(SignInsRefused { user, from: self.place(peer) });
            self.ports.store.audit().note(&By::house(), refused).await
        };
        if let Err(error) = told.await {
            tracing::error!(%error, "refused tries to sign in were not journalled");
        }
    }
}

/// Counts what became of a try.
fn count(result: Result<User, Problem>) -> Result<User, Problem> {
    let outcome = result.as_ref().map_or_else(|problem| problem.code.as_str(), |_| "signed_in");
    metrics::counter!("shouwen_sign_ins_total", "outcome" => outcome).increment(1);
    result
}
