//! How every story ends: nothing is lost, nothing is doubled, nobody waited in vain, and the
//! log knows nobody.
//!
//! In: a house and its clients. Out: the house's chronicle, checked. Never here: what one
//! story alone is about.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use it::{
    chronicle::{Chronicle, Has, Step},
    clients::Clients,
    house::House,
    rest::Rest,
    until,
};

/// Who works in a story: units by agent, and units that a case takes by channel.
pub(crate) struct Staff {
    pub(crate) units: &'static [(&'static str, u32)],
    pub(crate) weight: fn(&str) -> u32,
}

/// Waits until all that was taken is listed, and checks what must hold of any story.
pub(crate) async fn ending(house: &House, clients: &Clients, reader: &Rest, staff: &Staff) -> Result<Chronicle> {
    until("every contact that was taken is listed", || async {
        (reader.all("contacts?limit=200").await.ok()?.len() >= clients.taken()).then_some(())
    })
    .await;
    clients.settle(&reader.all("contacts?limit=200").await?)?;
    let (_, queues) = reader.get("queues").await?;
    ensure!(queues["violations"].as_u64().context("no count of violations")? == 0, "{queues}");
    house.journal_is_whole().await?;
    let word = clients.word_in(&house.log());
    ensure!(word.is_none(), "personal data in the log: {word:?}");
    let chronicle = Chronicle::read(reader).await?;
    nobody_got_too_much(&chronicle, staff)?;
    Ok(chronicle)
}

/// Who has which case, as the chronicle tells it.
#[derive(Default)]
pub(crate) struct Holding<'a>(BTreeMap<&'a str, Has>);

impl<'a> Holding<'a> {
    /// Takes a step; gives who had the case before.
    pub(crate) fn take(&mut self, step: &'a Step) -> Has {
        let before = self.has(&step.case).clone();
        let after = step.has(&before);
        self.0.insert(&step.case, after);
        before
    }

    pub(crate) fn has(&self, case: &str) -> &Has {
        self.0.get(case).unwrap_or(&Has::Done)
    }

    /// Gives the units that an agent has before him.
    pub(crate) fn used(&self, agent: &str, chronicle: &Chronicle, staff: &Staff) -> u32 {
        let his = self.0.iter().filter(|(_, has)| matches!(has, Has::Offered(who) | Has::Agent(who) if who == agent));
        his.map(|(case, _)| (staff.weight)(chronicle.word(case, "channel"))).sum()
    }
}

/// No case is offered that somebody has, and no offer makes an agent hold more than he can.
fn nobody_got_too_much(chronicle: &Chronicle, staff: &Staff) -> Result<()> {
    let mut holding = Holding::default();
    for record in chronicle.records() {
        for step in record {
            let before = holding.take(step);
            let free = matches!(before, Has::Nobody) || record.iter().any(|other| other.what == "transferred");
            ensure!(step.what != "offered" || free, "case {} is offered while it is {before:?}: {step:?}", step.case);
        }
        for agent in record.iter().filter_map(Step::offered_to) {
            let units = staff.units.iter().find(|(known, _)| *known == agent).context("an agent of no story")?.1;
            let used = holding.used(agent, chronicle, staff);
            ensure!(used <= units, "{agent} has {used} of {units} units after record {}", record[0].seq);
        }
    }
    Ok(())
}
