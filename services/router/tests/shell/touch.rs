//! What other programs publish, in the clear: routed as if a door had taken it, or parked; sealed
//! either way.

use bus::{CONTENT_TYPE, DeadLetter};
use contract::{
    DeadId,
    parked::{Parked, ParkedCall, ParkedPlace},
    wire::json,
};

use super::*;

/// What must not be found in the clear.
const WORDS: &str = "请把我的钱转出来";
const JSON: &str = "application/json";

fn contact(provider_id: &str, text: &str) -> String {
    format!(
        r#"{{"channel":"CHANNEL_KIND_SMS","account":"main","matter":{{"message":{{}}}},
           "body":{{"from":{{"kind":"ADDRESS_KIND_PHONE","value":"13800138000"}},"text":"{text}","providerId":"{provider_id}"}}}}"#
    )
}

fn id(provider_id: &str) -> ContactId {
    ContactId::derive(ChannelKind::Sms, &"main".parse().unwrap(), provider_id)
}

fn message(kind: Option<&str>, body: impl Into<Vec<u8>>) -> Message {
    let message = Message::new(7, body.into()).with("traceparent", "00-4bf92f35-01").with("whose", WORDS);
    kind.into_iter().fold(message, |message, kind| message.with(CONTENT_TYPE, kind))
}

fn holds(bytes: &[u8], words: &str) -> bool {
    bytes.windows(words.len()).any(|window| window == words.as_bytes())
}

impl World {
    async fn put(&self, queue: QueueName, messages: Vec<Message>) {
        self.bus.publish(Target::Queue(queue), messages).await.unwrap();
    }

    async fn text_of(&self, id: ContactId) -> String {
        let message = self.store.views().message(id).await.unwrap().expect("it is kept");
        let plain = self.store.keys().open(&about::contact(id), &message.sealed).unwrap();
        wire::decode::<Body>(&plain).unwrap().text
    }

    async fn letters(&self, count: usize) -> Vec<DeadLetter> {
        let asked = async {
            loop {
                let letters = self.bus.dead().list(None, 100).await.unwrap();
                if letters.len() >= count {
                    return letters;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, asked).await.expect("all is parked")
    }

    async fn opened(&self, letter: &DeadLetter) -> ParkedCall {
        let parked: Parked = wire::decode(&letter.message.body).unwrap();
        let keys = self.store.keys();
        let plain = match parked.place {
            ParkedPlace::Inline(sealed) => keys.open(&about::dead(DeadId::new(letter.message.id)), &sealed),
            ParkedPlace::Blob(blob) => {
                keys.open(&about::blob(blob), &self.store.blobs().get(blob).await.unwrap().unwrap())
            }
        };
        wire::decode(&plain.unwrap()).unwrap()
    }

    fn records_hold(&self, words: &str) -> bool {
        let files = std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let of_store = files.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("store.db"));
        of_store.into_iter().any(|path| holds(&std::fs::read(path).unwrap(), words))
    }
}

#[tokio::test]
async fn json_is_routed_as_if_a_door_had_taken_it() {
    let world = world().await;
    let route = || QueueName::Route(branch());
    let plain = json::inbound(contact("b", WORDS).as_bytes()).unwrap().encode_to_vec();
    let all = vec![
        message(Some(JSON), contact("a", WORDS)),
        message(Some("Application/JSON; charset=utf-8"), contact("a", WORDS)),
        message(None, plain.clone()),
        message(Some("application/x-protobuf"), plain),
    ];
    world.put(route(), all).await;
    world.route();
    let (one, other) = (world.taken(id("a")).await, world.taken(id("b")).await);
    assert!(one.case.is_some() && one.case == other.case && one.client == other.client, "{one:?} {other:?}");
    // A door that takes the same message takes a repeat.
    world.publish(&[world.message("a", "13800138000", WORDS)]).await;
    world.drained().await;
    assert_eq!(world.store.views().contacts_of_case(one.case.unwrap()).await.unwrap().len(), 2);
    assert_eq!((world.text_of(id("a")).await.as_str(), world.text_of(id("b")).await.as_str()), (WORDS, WORDS));
    assert!(world.letters(0).await.is_empty());
    assert!(!world.records_hold(WORDS) && !world.records_hold("13800138000"));
    drop(world.close().await);
}

#[tokio::test]
async fn what_cannot_be_read_is_sealed_whole_and_its_neighbours_go_on() {
    let world = world().await;
    let (route, command) = (QueueName::Route(branch()), QueueName::Command(branch()));
    let long = format!("{{\"account\":\"{}\"}}", WORDS.repeat(5_000));
    let sealed_by_another = format!("{{\"sealed\":\"AAAA\",\"account\":\"{WORDS}\"}}");
    let unread: Vec<(&QueueName, Option<&str>, Vec<u8>, &str)> = vec![
        (&route, Some(JSON), contact("x", WORDS).trim_end_matches('}').into(), "the JSON is cut off, line 2"),
        (&route, Some(JSON), format!("{{\"{WORDS}\":\"\"}}").into(), "the message has a field that"),
        (&route, Some(JSON), contact("x", WORDS).replace("main", WORDS).into(), "account is no id of the firm file"),
        (
            &route,
            Some(JSON),
            contact("x", WORDS).replace("\"matter\"", "\"branch\":\"sz\",\"matter\"").into(),
            "branch is not",
        ),
        (&route, Some(JSON), long.clone().into(), "body is absent"),
        (&route, Some(JSON), b"{}".to_vec(), "body is absent"),
        (&route, Some(JSON), sealed_by_another.into(), "the contact does not decode"),
        (&route, None, contact("x", WORDS).into(), "the contact does not decode"),
        (&route, Some("text/plain"), WORDS.into(), "it is neither application/x-protobuf nor application/json"),
        (
            &command,
            Some(JSON),
            format!("{{\"sealed\":\"{WORDS}\"}}").into(),
            "commands of other programs are given by REST",
        ),
        (&command, None, WORDS.into(), "the command does not decode"),
    ];
    for (place, (queue, kind, body, _)) in unread.iter().enumerate() {
        world.put((*queue).clone(), vec![message(*kind, body.clone())]).await;
        world.put(route.clone(), vec![message(Some(JSON), contact(&format!("good {place}"), WORDS))]).await;
    }
    world.route();
    for place in 0..unread.len() {
        world.taken(id(&format!("good {place}"))).await;
    }
    let letters = world.letters(unread.len()).await;
    assert_eq!(letters.len(), unread.len());
    for (queue, kind, body, reason) in &unread {
        let told = |letter: &&DeadLetter| letter.reason.starts_with(reason) && letter.source == **queue;
        let mut found = None;
        for letter in letters.iter().filter(told) {
            let call = world.opened(letter).await;
            if call.body == *body {
                found = Some((letter, call));
            }
        }
        let (letter, call) = found.unwrap_or_else(|| panic!("{reason} is not among them: {letters:?}"));
        let kinds: Vec<&str> = call.headers.iter().map(|(_, kind)| kind.as_str()).collect();
        assert_eq!(kinds, kind.iter().copied().collect::<Vec<_>>());
        let headers = [("kind", "parked"), ("traceparent", "00-4bf92f35-01")];
        assert_eq!(letter.message.headers, headers.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(!holds(&letter.message.body, WORDS) && !letter.reason.contains(WORDS));
    }
    assert!(!world.records_hold(WORDS));

    // Replayed, they are read again, and parked again as they were.
    for letter in &letters {
        assert!(world.bus.dead().replay(letter.id).await.unwrap());
    }
    let again = async {
        while world.letters(unread.len()).await.iter().any(|letter| letters.iter().any(|old| old.id == letter.id)) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, again).await.expect("all is parked again");
    let mut both = [letters, world.letters(unread.len()).await]
        .map(|letters| letters.into_iter().map(|letter| (letter.reason, letter.message.id)).collect::<Vec<_>>());
    both.iter_mut().for_each(|reasons| reasons.sort());
    assert_eq!(both[0], both[1]);
    drop(world.close().await);
}

#[tokio::test]
async fn what_was_parked_for_a_fault_of_ours_is_routed_when_it_is_replayed() {
    let world = world().await;
    // As a version would park it that does not know a field.
    let body = contact("a", WORDS).into_bytes();
    let call = ParkedCall {
        method: "AMQP".to_owned(),
        tail: String::new(),
        query: String::new(),
        headers: vec![(CONTENT_TYPE.to_owned(), JSON.to_owned())],
        body,
    };
    let dead = DeadId::new(9);
    let sealed = world.store.keys().seal(world.chance.nonce(), &about::dead(dead), &wire::encode(&call));
    let parked = Parked { accepted_at: Clock::machine().now(), place: ParkedPlace::Inline(sealed) };
    let letter = Message::new(dead.bits(), wire::encode(&parked)).with("kind", "parked");
    world.bus.dead().park(&QueueName::Route(branch()), "a field that it does not know", letter).await.unwrap();
    let letters = world.letters(1).await;
    world.bus.dead().replay(letters[0].id).await.unwrap();
    world.route();
    world.taken(id("a")).await;
    assert_eq!(world.text_of(id("a")).await, WORDS);
    drop(world.close().await);
}
