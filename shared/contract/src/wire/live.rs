//! `live.proto`: words of the moment.

use super::{choices, envelopes, messages};
use crate::{
    delivery::DeliveryView,
    live::{
        BranchFigures, Broadcast, Committed, CountReport, DepthReport, Head, PartReport, ProcessReport, Said, Standing,
    },
    view::QueueView,
};

messages! {
    Broadcast => Broadcast { from, said }
    Committed => Committed { branch, epoch, first_seq, seq, changes }
    Head => Head { epoch, seq }
    Standing => Standing { delivery, author }
    DeliveryView => DeliveryView {
        id, case, contact, channel, account, lane, state, attempt, made_at, due_at, expires_at, changed_at,
        provider_id, reason, notice, client, address, category, topic, repeat,
    }
    BranchFigures => BranchFigures { at, firm, queues, violations }
    ProcessReport => ProcessReport { started_at, version, parts, depths, counts }
    PartReport => PartReport { name, state, why }
    DepthReport => DepthReport { queue, messages }
    CountReport => CountReport { what, channel, account, lane, count }
    QueueView => QueueView { id, branch, waiting, oldest, predicted_wait, attainment, ready_agents }
}

choices! {
    Said => Said in said { ; Commit, Head, Standing; }
}

envelopes!(Broadcast => Broadcast, BranchFigures => BranchFigures, ProcessReport => ProcessReport);
