//! The closed word lists of the domain: channels, kinds, states, reasons.
//!
//! In: the words as they stand in files, messages and answers. Out: enums.
//! Never here: behaviour.

use std::{fmt, str::FromStr};

/// Says that a text is none of a list's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {list}")]
pub struct WordError {
    /// The list's name, for example `case kind`.
    pub list: &'static str,
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = $list:literal { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// Every word of the list, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// Gives the word as it stands in files, messages and answers.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.pad(self.as_str()) }
        }
        impl FromStr for $name {
            type Err = WordError;
            fn from_str(text: &str) -> Result<Self, WordError> {
                match text { $($text => Ok(Self::$variant),)* _ => Err(WordError { list: $list }) }
            }
        }
    )*};
}

words! {
    /// The way a contact came in, and an answer goes out.
    ChannelKind = "channel" {
        /// The hotline.
        Phone = "phone",
        /// E-mail.
        Email = "email",
        /// A WeChat official account.
        Wechat = "wechat",
        /// Short messages.
        Sms = "sms",
        /// Any other service, by JSON pointers.
        Webhook = "webhook",
        /// A walk-in, registered by an agent.
        Counter = "counter",
    }
    /// What a client's address is.
    AddressKind = "address kind" {
        /// A telephone number, for calls and short messages.
        Phone = "phone",
        /// A mailbox.
        Email = "email",
        /// A WeChat openid.
        Wechat = "wechat",
        /// An id that a webhook's service uses.
        Webhook = "webhook",
    }
    /// What a matter is about.
    Kind = "case kind" {
        /// 咨询
        Enquiry = "enquiry",
        /// 投诉
        Complaint = "complaint",
        /// 建议
        Suggestion = "suggestion",
        /// 举报
        Report = "report",
        /// 监管转办
        Referral = "referral",
        /// 交易异常
        Incident = "incident",
        /// 业务办理
        Account = "account",
        /// 开户服务
        Onboarding = "onboarding",
        /// 回电
        Callback = "callback",
        /// 回访
        Followup = "followup",
        /// 满意度
        Survey = "survey",
        /// 订阅/退订
        Subscription = "subscription",
    }
    /// Whether a case precedes every normal one.
    Priority = "priority" {
        /// Trading incidents in session, distress.
        First = "first",
        /// Everything else.
        Normal = "normal",
    }
    /// Where a matter stands.
    CaseState = "case state" {
        /// 排队中
        Waiting = "waiting",
        /// 待接受
        Offered = "offered",
        /// 处理中
        Active = "active",
        /// 话后处理
        WrapUp = "wrap_up",
        /// 待跟进
        Pending = "pending",
        /// 已办结
        Closed = "closed",
    }
    /// How a matter ended.
    Outcome = "outcome" {
        /// The matter is solved.
        Solved = "solved",
        /// It ended unsolved.
        Unsolved = "unsolved",
        /// It is handled in another case.
        Duplicate = "duplicate",
        /// It was no client's matter.
        Spam = "spam",
    }
    /// What somebody marked a case with.
    Mark = "mark" {
        /// The client is upset 情绪激动.
        Upset = "upset",
    }
    /// Where an offer stands or how it ended.
    OfferState = "offer state" {
        /// Before the agent.
        Open = "open",
        /// Taken.
        Accepted = "accepted",
        /// Refused with a reason.
        Declined = "declined",
        /// Not answered in time.
        TimedOut = "timed_out",
        /// Taken back.
        Rescinded = "rescinded",
    }
    /// Why an agent refuses an offer.
    DeclineReason = "decline reason" {
        /// Has no hand free.
        Busy = "busy",
        /// Lacks the qualification.
        NotQualified = "not_qualified",
        /// Does not speak the language.
        Language = "language",
        /// Must not handle it.
        Recused = "recused",
        /// Anything else.
        Other = "other",
    }
    /// Whether an agent takes offers.
    AgentState = "agent state" {
        /// 示闲
        Ready = "ready",
        /// 示忙
        Away = "away",
    }
    /// What a promise is about.
    PromiseKind = "promise kind" {
        /// A call-back that was agreed with the client.
        Callback = "callback",
        /// A call-back owed after a missed or abandoned call.
        MissedCall = "missed_call",
        /// The word at the time a pending case comes back.
        Followup = "followup",
    }
    /// Where a promise stands.
    PromiseState = "promise state" {
        /// Owed.
        Open = "open",
        /// Done.
        Kept = "kept",
        /// Settled by the client, who got through by himself.
        Settled = "settled",
        /// Withdrawn by hand.
        Dropped = "dropped",
    }
    /// Class of client, as the firm's book says.
    ClientClass = "client class" {
        /// Important agreement 重要协议.
        Important = "important",
        /// Ordinary client.
        Ordinary = "ordinary",
        /// Not yet a client.
        Prospect = "prospect",
    }
    /// Where a delivery stands.
    DeliveryState = "delivery state" {
        /// Waits for its due time or its turn.
        Queued = "queued",
        /// The provider is being called.
        Submitting = "submitting",
        /// The provider took it.
        Sent = "sent",
        /// The receipt says it arrived.
        Delivered = "delivered",
        /// It will not arrive.
        Failed = "failed",
        /// Its time ran out before it was sent.
        Expired = "expired",
        /// The provider's answer was lost.
        Unknown = "unknown",
        /// Refused before submit, with a reason.
        Withheld = "withheld",
    }
    /// The reserved capacity a delivery uses.
    Lane = "lane" {
        /// Risk.
        Urgent = "urgent",
        /// Answers, call-backs, service.
        Normal = "normal",
        /// Commercial, advice.
        Bulk = "bulk",
    }
    /// What a notice is, for consent, caps and lanes.
    Category = "category" {
        /// Risk warning.
        Risk = "risk",
        /// Service.
        Service = "service",
        /// Call-back.
        Callback = "callback",
        /// Commercial.
        Commercial = "commercial",
        /// Investment advice.
        Advice = "advice",
    }
    /// Whether a client wants what promotes something.
    Granted = "consent" {
        /// He said nothing.
        None = "none",
        /// He asked for it.
        Given = "given",
        /// He refused it.
        Withdrawn = "withdrawn",
    }
    /// What became of something asked of subscriptions.
    Effect = "effect" {
        /// It changed something.
        Done = "done",
        /// It was so already.
        Nothing = "nothing",
        /// A later word came first.
        Overtaken = "overtaken",
        /// It cannot be.
        Refused = "refused",
    }
    /// How risky a product is that a notice speaks of.
    ProductRisk = "product risk" {
        /// Lowest.
        R1 = "R1",
        /// Lower.
        R2 = "R2",
        /// Middle.
        R3 = "R3",
        /// Higher.
        R4 = "R4",
        /// Highest.
        R5 = "R5",
    }
    /// Where an alert to many stands.
    NoticeState = "alert state" {
        /// It goes out.
        Running = "running",
        /// It waits until somebody lets it go on.
        Paused = "paused",
        /// What had not left yet never will.
        Stopped = "stopped",
        /// Nothing of it waits any more.
        Done = "done",
    }
    /// Why a delivery is not submitted.
    Withheld = "reason of withholding" {
        /// 未授权
        NoConsent = "no_consent",
        /// 适当性不匹配
        Suitability = "suitability",
        /// 免打扰时段
        QuietHours = "quiet_hours",
        /// 超出频次
        Cap = "cap",
        /// 重复
        Duplicate = "duplicate",
        /// No address that the branch reaches.
        NoAddress = "no_address",
        /// The alert was stopped.
        Stopped = "stopped",
    }
    /// What somebody who signs in may do.
    Role = "role" {
        /// Own cases, own branch's queues.
        Agent = "agent",
        /// All of a branch.
        Supervisor = "supervisor",
        /// Figures, dead letters without bodies.
        Ops = "ops",
        /// Reads all, changes nothing.
        Compliance = "compliance",
        /// Users and firm.
        Admin = "admin",
        /// Programs: contacts, alerts, subscriptions, clients.
        Integration = "integration",
    }
    /// For whom a waiting case waits.
    Stage = "waiting stage" {
        /// For its present owner alone, for a grace time.
        Owner = "owner",
        /// For the client's account manager alone, for a grace time.
        Manager = "manager",
        /// For whoever may take it.
        Open = "open",
    }
    /// How a contact came to its matter.
    Joining = "way of joining" {
        /// It opened a case.
        Opened = "opened",
        /// It joined an open case.
        Joined = "joined",
        /// It opened a closed case again.
        Reopened = "reopened",
        /// It opened a case linked to an earlier one.
        Linked = "linked",
        /// It belongs to no case.
        Apart = "apart",
    }
    /// Why something came about, in one word.
    Cause = "cause" {
        /// A contact opened it.
        Opened = "opened",
        /// A later contact joined it.
        Contact = "contact",
        /// The time it was laid aside until has come.
        Due = "due",
        /// An offer was accepted.
        Accepted = "accepted",
        /// An offer was declined.
        Declined = "declined",
        /// An offer was not answered in time.
        TimedOut = "timed_out",
        /// An offer expired without having reached a screen.
        NotShown = "not_shown",
        /// It was given on.
        Transferred = "transferred",
        /// A shift leader gave it to somebody.
        Assigned = "assigned",
        /// It got another kind.
        Rekinded = "rekinded",
        /// It was closed.
        Closed = "closed",
        /// The agent ended the wrap-up.
        Done = "done",
        /// The time for the wrap-up is over.
        WrapUpOver = "wrap_up_over",
        /// Somebody must not handle it.
        Recused = "recused",
        /// A grace time is over.
        GraceOver = "grace_over",
        /// The agent is away.
        Away = "away",
        /// The agent missed too many offers.
        MissedOffers = "missed_offers",
        /// The agent left the firm file.
        AgentGone = "agent_gone",
        /// The queue left the firm file.
        QueueGone = "queue_gone",
        /// The firm's file changed.
        FirmChanged = "firm_changed",
        /// The PBX put a call through.
        Call = "call",
        /// A call rings at a desk.
        Ringing = "ringing",
        /// A call was missed, abandoned, or left a voice message.
        MissedCall = "missed_call",
        /// The caller hung up at once.
        ShortAbandon = "short_abandon",
        /// The caller withheld his number.
        Withheld = "withheld",
        /// The client got through by himself.
        Settled = "settled",
        /// An agent registered a walk-in.
        Counter = "counter",
        /// The client was reached.
        Kept = "kept",
        /// A try to reach the client failed.
        Tried = "tried",
        /// It was withdrawn by hand.
        Dropped = "dropped",
        /// The agent holds more than he can.
        OverCapacity = "over_capacity",
        /// An agent laid it aside.
        Pended = "pended",
        /// The client was answered.
        Replied = "replied",
        /// Nobody here understood the client's language.
        Dialect = "dialect",
        /// Another time was agreed.
        Moved = "moved",
    }
    /// What decided who got a case.
    Choice = "choice" {
        /// The case looked for an agent and found the best one.
        BestAgent = "best_agent",
        /// An agent became free and got the case that came first.
        NextCase = "next_case",
        /// He owns the matter.
        Owner = "owner",
        /// He is the client's account manager.
        Manager = "manager",
        /// It was given to him.
        Transfer = "transfer",
        /// The PBX rings at his desk.
        Ringing = "ringing",
        /// He speaks the client's language.
        Language = "language",
    }
}

impl Category {
    /// Says whether its notices need consent, keep quiet hours and count against the cap.
    #[must_use]
    pub const fn is_promotion(self) -> bool {
        matches!(self, Self::Commercial | Self::Advice)
    }
}

impl Category {
    /// Gives the reserved capacity that its notices use.
    #[must_use]
    pub const fn lane(self) -> Lane {
        match self {
            Self::Risk => Lane::Urgent,
            Self::Service | Self::Callback => Lane::Normal,
            Self::Commercial | Self::Advice => Lane::Bulk,
        }
    }
}
