//! A look at RabbitMQ for whoever sets up a house: can it be used as we use it.
//!
//! In: settings. Out: findings in plain words. It makes one queue, uses it as the house does,
//! and takes it away again. Never here: a queue of the house itself; a wait without end.

mod greeting;

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt as _, future::join_all};
use lapin::{
    BasicProperties, Connection, ConnectionProperties, Error, ErrorKind, Event,
    options::{BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions, QueueDeleteOptions},
    tcp::OwnedTLSConfig,
    types::AMQPValue,
};
use runtime::{Chance, Finding};
use tokio::time::timeout;

use super::{
    declare::{ACCESS_REFUSED, NOT_ALLOWED, code, words},
    settings::{Endpoint, Settings},
    topology,
};
use crate::{limits::Limits, name::QueueName};

/// The oldest RabbitMQ that keeps what we ask for: dead letters at least once came with it.
const VERSION_MIN: (u32, u32) = (3, 10);
/// How long a connection may take.
const CONNECT_WAIT: Duration = Duration::from_secs(4);
/// How long one answer may take; a broker that is short of something never confirms.
const WAIT: Duration = Duration::from_secs(3);
/// How long the end of a connection is waited for: one that is blocked is not read any more.
const CLOSE_WAIT: Duration = Duration::from_secs(1);
/// How long the queue stays when we are not there to take it away, in ms.
const LEFT_MS: i32 = 60_000;

/// Looks at RabbitMQ.
pub async fn check(settings: &Settings, limits: &Limits) -> Vec<Finding> {
    let read = settings.endpoints().and_then(|endpoints| Ok((endpoints, settings.tls()?)));
    let (endpoints, tls) = match read {
        Ok(read) => read,
        Err(error) => return vec![Finding::fault(format!("rabbitmq: {error}"))],
    };
    let nodes: Vec<Node> = endpoints.into_iter().map(|endpoint| Node { endpoint, tls: tls.clone() }).collect();
    let mut found = Vec::new();
    let mut first = None;
    for (node, reached) in nodes.iter().zip(join_all(nodes.iter().map(Node::reach)).await) {
        match reached {
            Ok((version, connection)) => {
                found.extend(version.and_then(|version| old(&node.place(), &version)));
                if first.is_some() {
                    close(connection).await;
                } else {
                    first = Some((node, connection));
                }
            }
            Err(why) => found.push(Finding::warning(format!("{} {why}", node.place()))),
        }
    }
    let Some((node, connection)) = first else {
        return found.into_iter().map(|finding| Finding::fault(finding.words)).collect();
    };
    found.extend(node.is_used(&connection, limits).await);
    close(connection).await;
    found
}

/// One node.
struct Node {
    endpoint: Endpoint,
    tls: OwnedTLSConfig,
}

impl Node {
    fn place(&self) -> String {
        let authority = &self.endpoint.uri.authority;
        format!("rabbitmq at {}:{}", authority.host, authority.port)
    }

    /// Connects; gives the version, too, where the node tells it.
    async fn reach(&self) -> Result<(Option<String>, Connection), String> {
        let greeted = timeout(WAIT, greeting::version(&self.endpoint.uri, &self.tls));
        let (version, connected) = tokio::join!(greeted, self.connect());
        Ok((version.ok().flatten(), connected?))
    }

    async fn connect(&self) -> Result<Connection, String> {
        let runtime = lapin::runtime::default_runtime().map_err(|error| error.to_string())?;
        let properties = ConnectionProperties::default().with_connection_name("shouwen check".into());
        let uri = self.endpoint.uri.clone();
        match timeout(CONNECT_WAIT, Connection::connect_uri_with_config(uri, properties, self.tls.clone(), runtime))
            .await
        {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => Err(self.refusal(&error)),
            Err(_) => Err("does not answer in time".to_owned()),
        }
    }

    fn refusal(&self, error: &Error) -> String {
        match code(error) {
            Some(ACCESS_REFUSED) => "refuses user or password of [bus]".to_owned(),
            Some(NOT_ALLOWED) => format!(
                "has no virtual host “{0}”, or does not let our user in: `rabbitmqctl add_vhost {0}`, \
                 `rabbitmqctl set_permissions -p {0} USER '.*' '.*' '.*'`",
                self.endpoint.uri.vhost
            ),
            Some(_) => format!("refuses us ({})", words(error)),
            None if is_refused(error) => "refuses the connection: nothing listens there".to_owned(),
            None => format!("cannot be reached ({error})"),
        }
    }

    /// Uses a queue of our own as the house uses its queues; stops at the first thing that fails.
    async fn is_used(&self, connection: &Connection, limits: &Limits) -> Option<Finding> {
        let reader = format!("check-{:08x}", u32::from_be_bytes(Chance::machine().bytes()));
        let queue = QueueName::events(&reader).expect("letters, digits and a dash are a reader");
        if let Err(error) = make(connection, &queue, limits).await {
            return Some(self.lacks("make queues", &error));
        }
        let name = queue.to_string();
        let found = match self.publish(&name).await {
            Ok(None) => {
                read(connection, &name).await.err().map(|error| self.lacks("take messages from queues", &error))
            }
            Ok(Some(why)) => Some(Finding::fault(format!(
                "{} takes no messages ({why}): a node is short of memory or disk, and until that is over every door \
                 refuses; `rabbitmq-diagnostics alarms` says which",
                self.place()
            ))),
            Err(error) => Some(self.lacks("publish to queues", &error)),
        };
        remove(connection, &name).await;
        found
    }

    /// Publishes and waits for the confirm, on a connection of its own: one that is blocked
    /// does nothing else any more. Gives the broker's reason when it takes nothing.
    async fn publish(&self, name: &str) -> Result<Option<String>, Error> {
        let connection = match self.connect().await {
            Ok(connection) => connection,
            Err(why) => return Ok(Some(format!("a second connection: it {why}"))),
        };
        let published = publish(&connection, name).await;
        close(connection).await;
        published
    }

    fn lacks(&self, what: &str, error: &Error) -> Finding {
        let place = self.place();
        Finding::fault(match code(error) {
            Some(ACCESS_REFUSED) => format!(
                "{place} does not let our user {what}; he needs the rights to configure, write and read everything: \
                 `rabbitmqctl set_permissions -p {} USER '.*' '.*' '.*'`",
                self.endpoint.uri.vhost
            ),
            _ => format!("{place} does not let us {what} ({})", words(error)),
        })
    }
}

/// Says that a version is too old.
fn old(place: &str, version: &str) -> Option<Finding> {
    let mut parts = version.split('.').map_while(|part| part.parse().ok());
    let (major, minor) = VERSION_MIN;
    let is_old = (parts.next()?, parts.next().unwrap_or(0)) < VERSION_MIN;
    is_old.then(|| Finding::fault(format!("{place} is version {version}; it must be {major}.{minor} or later")))
}

fn is_refused(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::IOError(why) if why.kind() == std::io::ErrorKind::ConnectionRefused)
}

async fn make(connection: &Connection, queue: &QueueName, limits: &Limits) -> Result<(), Error> {
    within(async {
        let channel = connection.create_channel().await?;
        let mut arguments = topology::arguments(queue, limits.of(queue));
        arguments.insert("x-expires".into(), AMQPValue::LongInt(LEFT_MS));
        channel.queue_declare(queue.to_string().into(), QueueDeclareOptions::durable(), arguments).await?;
        Ok(())
    })
    .await
}

async fn publish(connection: &Connection, name: &str) -> Result<Option<String>, Error> {
    let mut events = connection.events_listener();
    let confirmed = async {
        let channel = connection.create_channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        let options = BasicPublishOptions::default();
        channel.basic_publish("".into(), name.into(), options, b"check", BasicProperties::default()).await?.await?;
        Ok(None)
    };
    let blocked = async {
        while let Some(event) = events.next().await {
            if let Event::ConnectionBlocked(reason) = event {
                return reason;
            }
        }
        std::future::pending().await
    };
    tokio::select! {
        confirmed = timeout(WAIT, confirmed) => confirmed.unwrap_or_else(|_| Ok(Some("no confirm in time".to_owned()))),
        reason = blocked => Ok(Some(reason)),
    }
}

async fn read(connection: &Connection, name: &str) -> Result<(), Error> {
    within(async {
        let channel = connection.create_channel().await?;
        channel.basic_get(name.into(), BasicGetOptions { no_ack: true }).await?;
        Ok(())
    })
    .await
}

async fn remove(connection: &Connection, name: &str) {
    let removed = within(async {
        let channel = connection.create_channel().await?;
        channel.queue_delete(name.into(), QueueDeleteOptions::default()).await.map(drop)
    });
    // Else it goes by itself.
    removed.await.ok();
}

async fn close(connection: Connection) {
    // What was asked is known.
    drop(timeout(CLOSE_WAIT, connection.close(200, "looked at".into())).await);
}

async fn within<T>(asked: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    match timeout(WAIT, asked).await {
        Ok(answer) => answer,
        Err(_) => Err(ErrorKind::IOError(Arc::new(std::io::ErrorKind::TimedOut.into())).into()),
    }
}

#[cfg(test)]
mod tests;
