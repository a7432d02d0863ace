//! What a text may be: told to whoever sent another one, and written in the API's description.
//!
//! In: a type of the contract. Out: its words, or its form. Never here: what was sent.

use std::{fmt, str::FromStr};

use contract::{
    AddressId, AddressKind, AgentId, BranchId, CaseId, CaseState, Category, ChannelKind, ClientId, ContactId, DeadId,
    DeclineReason, DeliveryId, DeliveryState, Kind, NoticeId, OfferId, Outcome, ProductRisk, PromiseId, PromiseState,
    QueueId, Role, SkillId, Timestamp, TopicId, UserId,
};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};

/// What the texts of a type look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    /// A UUID.
    Uuid,
    /// A name of the firm file.
    Name,
    /// An instant.
    Time,
    /// A whole number, from this one on.
    From(u64),
    /// One of these words.
    Words(Vec<&'static str>),
}

/// A type that stands in JSON, queries and addresses as one text of a known form.
pub trait Formed: FromStr {
    /// Gives the form.
    fn form() -> Form;
}

macro_rules! forms {
    ($($form:expr => $($name:ty),+;)+) => {$($(
        impl Formed for $name {
            fn form() -> Form { $form }
        }
    )+)+};
}

macro_rules! words {
    ($($name:ty),+) => {$(
        impl Formed for $name {
            fn form() -> Form { Form::Words(Self::ALL.iter().map(|word| word.as_str()).collect()) }
        }
    )+};
}

forms! {
    Form::Uuid => AddressId, CaseId, ClientId, ContactId, DeadId, DeliveryId, NoticeId, OfferId, PromiseId;
    Form::Name => AgentId, BranchId, QueueId, SkillId, TopicId, UserId;
    Form::Time => Timestamp;
    Form::From(0) => u64;
}

words!(
    AddressKind,
    CaseState,
    Category,
    ChannelKind,
    DeclineReason,
    DeliveryState,
    Kind,
    Outcome,
    ProductRisk,
    PromiseState,
    Role
);

/// Writes the form of a type for the API's description.
#[must_use]
pub fn form<T: Formed>() -> Schema {
    T::form().schema()
}

/// Writes the form of a type that may be `null` instead.
#[must_use]
pub fn spare_form<T: Formed>() -> Schema {
    let mut schema = T::form().schema();
    if let Schema::Object(object) = &mut schema
        && let SchemaType::Type(is) = object.schema_type.clone()
    {
        object.schema_type = SchemaType::Array(vec![is, Type::Null]);
    }
    schema
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uuid => f.write_str("a UUID"),
            Self::Name => f.write_str("a name of 1 to 64 signs of a-z, 0-9, _ and -, without __"),
            Self::Time => f.write_str("an RFC 3339 time with an offset"),
            Self::From(least) => write!(f, "a number from {least} on"),
            Self::Words(words) => write!(f, "one of {}", words.join(", ")),
        }
    }
}

impl Form {
    fn schema(&self) -> Schema {
        let text = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String));
        let object = match self {
            Self::Uuid => text.format(Some(SchemaFormat::Custom("uuid".to_owned()))),
            Self::Name => text.pattern(Some("^[a-z0-9-]*(_[a-z0-9-]+)*_?$")).min_length(Some(1)).max_length(Some(64)),
            Self::Time => text.format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))),
            Self::From(least) => {
                let least = i64::try_from(*least).unwrap_or(i64::MAX);
                ObjectBuilder::new().schema_type(SchemaType::Type(Type::Integer)).minimum(Some(least))
            }
            Self::Words(words) => text.enum_values(Some(words.iter().copied())),
        };
        object.into()
    }
}
