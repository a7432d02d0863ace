//! Mails that are taken, and what becomes of them.

use super::*;

#[tokio::test]
async fn a_mail_is_on_the_bus_before_it_is_accepted() {
    let house = house().await;
    let mut talk = house.connect(Dialect::Smtp).await;
    talk.mail("Message-ID: <m1@example.test>\r\nSubject: =?gbk?B?zba38w==?=\r\n\r\n..x").await;
    talk.until("250 2.6.0").await;
    let (inbound, body) = house.routed().await.remove(0);
    assert_eq!((inbound.channel, inbound.matter), (ChannelKind::Email, Matter::Message));
    assert_eq!((body.text.as_str(), body.to.as_slice()), (".x", ["kf@kf.example".to_owned()].as_slice()));
    assert_eq!(body.from.unwrap().value(), "li@example.test");
    assert_eq!(body.parts[0].media_type, "message/rfc822");
    assert!(matches!(body.parts[0].place, PartPlace::Inline(_)));
    talk.send("QUIT\r\n").await;
    assert!(talk.rest().await.starts_with("221"));
}

#[tokio::test]
async fn everything_at_once_gets_its_replies_in_order() {
    let house = house().await;
    let mut talk = house.connect(Dialect::Smtp).await;
    let one = "MAIL FROM:<li@example.test>\r\nRCPT TO:<kf@kf.example>\r\nDATA\r\n";
    talk.send(format!("EHLO x\r\n{one}Subject: a\r\n\r\n1\r\n.\r\n{one}Subject: a\r\n\r\n2\r\n.\r\nQUIT\r\n")).await;
    let said = talk.rest().await;
    let codes: Vec<&str> = said.lines().filter(|line| line.as_bytes()[3] == b' ').map(|line| &line[..3]).collect();
    assert_eq!(codes, ["220", "250", "250", "250", "354", "250", "250", "250", "354", "250", "221"]);
    assert_eq!(house.routed().await.len(), 2);
}

#[tokio::test]
async fn lmtp_answers_for_each_recipient() {
    let house = house().await;
    let mut talk = house.connect(Dialect::Lmtp).await;
    talk.send("LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a@kf.example>\r\nRCPT TO:<b@kf.example>\r\nDATA\r\n").await;
    talk.until("354").await;
    talk.send("Message-ID: <m@x>\r\nSubject: Out of Office\r\n\r\naway\r\n.\r\nQUIT\r\n").await;
    let said = talk.rest().await;
    assert_eq!(said.matches("250 2.6.0").count(), 2, "{said}");
    let routed = house.routed().await;
    assert_eq!(routed.len(), 2);
    assert!(routed.iter().all(|(inbound, _)| inbound.matter == Matter::Automatic));
    assert_ne!(routed[0].0.contact, routed[1].0.contact);
}

#[tokio::test]
async fn a_repeated_mail_is_one_contact() {
    let house = house().await;
    for _ in 0..2 {
        let mut talk = house.connect(Dialect::Smtp).await;
        talk.mail("Message-ID: <m1@example.test>\r\n\r\nx").await;
        talk.until("250 2.6.0").await;
    }
    assert_eq!(house.routed().await.len(), 1);
}

/// A mail system that heard no answer delivers again, and the way there is another one.
#[tokio::test]
async fn a_mail_that_comes_by_another_way_is_a_repeat() {
    let mail = |trace: &str, id: &str, text: &str| {
        format!(
            "{trace}From: li@example.test\r\n{id}Date: Mon, 9 Nov 2026 09:10:00 +0800\r\nSubject: a\r\n\
             Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n{text}\r\n--b\r\nContent-Type: image/png\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n/9j/\r\n--b--\r\n"
        )
    };
    let way = |host: &str| format!("Received: from {host} by kf.example; now\r\nX-Spam-Score: {}\r\n", host.len());
    for id in ["Message-ID: <m1@example.test>\r\n", ""] {
        let house = house().await;
        for (trace, text) in [(way("a"), "x"), (way("long.example"), "x"), (String::new(), "x"), (way("a"), "y")] {
            let mut talk = house.connect(Dialect::Smtp).await;
            talk.mail(&mail(&trace, id, text)).await;
            talk.until("250 2.6.0").await;
        }
        let texts: Vec<String> = house.routed().await.into_iter().map(|(_, body)| body.text).collect();
        assert_eq!(texts, ["x", "y"], "{id:?}");
    }
}

#[tokio::test]
async fn an_empty_mail_is_kept_and_no_matter() {
    let house = house().await;
    let mut talk = house.connect(Dialect::Smtp).await;
    talk.mail("From: li@example.test\r\nMessage-ID: <m1@example.test>\r\nSubject: \r\n\r\n \r\n").await;
    talk.until("250 2.6.0").await;
    assert_eq!(house.routed().await.remove(0).0.matter, Matter::Automatic);
}

#[tokio::test]
async fn a_large_attachment_goes_to_the_store() {
    let house = house().await;
    let mut talk = house.connect(Dialect::Smtp).await;
    let data = "AAAA".repeat(19).repeat(4_000);
    let lines: String =
        data.as_bytes().chunks(76).map(|line| format!("{}\r\n", std::str::from_utf8(line).unwrap())).collect();
    talk.mail(&format!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee\r\n--b\r\nContent-Type: image/png; name=a.png\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{lines}\r\n--b--"
    ))
    .await;
    talk.until("250 2.6.0").await;
    let (_, body) = house.routed().await.remove(0);
    assert_eq!((body.text.as_str(), body.parts.len()), ("see", 2));
    for part in &body.parts {
        let PartPlace::Blob(blob) = part.place else { panic!("not in the store: {}", part.media_type) };
        assert!(house.store.blobs().get(blob).await.unwrap().is_some());
    }
    assert_eq!(body.parts[1].bytes, 228_000);
}

#[tokio::test]
async fn a_bounce_of_ours_is_kept_and_reported() {
    let house = house().await;
    let token = Token { case: Some(CaseId::new(1)), delivery: DeliveryId::new(3) };
    let id = thread::message_id(house.store.keys(), token, "kf.example");
    let mut talk = house.connect(Dialect::Smtp).await;
    talk.send("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<kf@kf.example>\r\nDATA\r\n").await;
    talk.until("354").await;
    talk.send(format!(
        "From: MAILER-DAEMON@example.test\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{id}>\r\n--b--\r\n.\r\n"
    ))
    .await;
    talk.until("250 2.6.0").await;
    assert_eq!(house.receipts.0.lock().unwrap()[0].provider_id, thread::provider_id(house.store.keys(), token));
    assert_eq!(house.routed().await[0].0.matter, Matter::Automatic);
}
