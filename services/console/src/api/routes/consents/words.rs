//! What clients themselves wrote, as the printed evidence quotes it.
//!
//! In: the contacts that prove something. Out: their texts; where there is none to be quoted, why,
//! in words for the page. Looks at them are journalled first. Never here: what somebody noted of a
//! client's words.

use std::collections::BTreeMap;

use contract::{
    ClientId, ContactId,
    view::{CaseView, ContactView},
};
use store::view::Message;

use crate::{
    api::error::Problem,
    caller::Caller,
    house::House,
    picture::{Shown, Sight},
};

/// Signs of one text that are printed; of a longer one the beginning, and it says so.
const SIGNS_MAX: usize = 1000;

const GONE: &str = "（原文已不在系统中）";
const SEALED: &str = "（原文无法解密）";
const HIDDEN: &str = "（无权查看原文）";
const WORDLESS: &str = "（消息无文字）";
const CUT: &str = "……（以下从略，全文见该客户消息）";

impl House {
    /// Gives what stands on a client's page for each of these contacts.
    pub(super) async fn quoted(
        &self,
        caller: &Caller,
        client: ClientId,
        ids: Vec<ContactId>,
        sight: Sight,
    ) -> Result<BTreeMap<ContactId, String>, Problem> {
        if sight == Sight::Masked || ids.is_empty() {
            return Ok(ids.into_iter().map(|id| (id, HIDDEN.to_owned())).collect());
        }
        let views = self.ports.store.views();
        let messages = views.messages(&ids).await?;
        let contacts = views.contacts(&ids).await?;
        let cases = views.cases(&contacts.iter().filter_map(|contact| contact.case).collect::<Vec<_>>()).await?;
        let (shown, hidden): (Vec<Message>, Vec<Message>) = messages.into_iter().partition(|message| {
            let contact = contacts.iter().find(|contact| contact.id == message.id);
            contact.is_some_and(|contact| is_told(caller, contact, &cases))
        });
        if !shown.is_empty() {
            let contacts = shown.iter().map(|message| message.id).collect();
            self.look(caller, "contacts", Shown { contacts, clients: vec![client], ..Shown::default() }).await?;
        }
        let mut quoted: BTreeMap<_, _> = ids.into_iter().map(|id| (id, GONE.to_owned())).collect();
        quoted.extend(hidden.iter().map(|message| (message.id, HIDDEN.to_owned())));
        quoted.extend(shown.iter().map(|message| (message.id, self.quote(message))));
        Ok(quoted)
    }

    fn quote(&self, message: &Message) -> String {
        let Some(body) = self.body(message) else { return SEALED.to_owned() };
        let said = [body.subject.as_deref().unwrap_or_default(), &body.text];
        let said: Vec<&str> = said.into_iter().map(str::trim).filter(|said| !said.is_empty()).collect();
        let said = said.join(" / ");
        match said.char_indices().nth(SIGNS_MAX) {
            _ if said.is_empty() => WORDLESS.to_owned(),
            Some((end, _)) => format!("{}{CUT}", &said[..end]),
            None => said,
        }
    }
}

/// Says whether a contact is told to a caller who sees its client, as the client's history tells it.
fn is_told(caller: &Caller, contact: &ContactView, cases: &[CaseView]) -> bool {
    let Some(id) = contact.case else { return caller.reaches(&contact.branch) };
    let case = cases.iter().find(|case| case.id == id);
    case.is_some_and(|case| !caller.is_excluded(case) && (caller.reaches(&case.branch) || caller.sees_personal(case)))
}
