//! Clients that others wrote, and our own, against the listener.

use super::*;

#[tokio::test]
async fn our_own_client_and_listener_understand_each_other() {
    let house = house().await;
    let address = house.listen(Dialect::Smtp).await;
    let keys = Arc::new(Keys::new(vec![(1, [1; 32])], [2; 32], [3; 32]));
    let server = Server::parse(&format!("smtp://{address}"), None, "elsewhere.example").unwrap();
    let submission = Submission::new(server, mailbox(), keys, Clock::machine());
    let text = "第一行\n.\n..两点\n最后";
    for delivery in 0..3 {
        let outcome = submission
            .submit(Outbound {
                automatic: false,
                unsubscribe: None,
                delivery: DeliveryId::new(delivery),
                case: Some(CaseId::new(9)),
                to: Address::parse(AddressKind::Email, "tousu@kf.example").unwrap(),
                from: Some("kf@kf.example".to_owned()),
                subject: Some("您好".to_owned()),
                text: text.to_owned(),
                thread: vec!["m1@example.test".to_owned()],
            })
            .await;
        assert!(matches!(outcome, SendOutcome::Sent(Some(_))), "{outcome:?}");
    }
    let routed = house.routed().await;
    assert_eq!(routed.len(), 3);
    let (inbound, body) = &routed[0];
    assert_eq!(body.text, text);
    // It is no answer to our own mail, but its subject carries the case's mark.
    assert_eq!(inbound.thread, Some(CaseId::new(9)));
    assert_eq!(body.thread[0], "m1@example.test");
}

/// What Python's own library sends: a mail with a picture over SMTP, one to two recipients
/// over LMTP, one that is refused.
const SCRIPT: &str = r#"
import smtplib, sys
from email.message import EmailMessage

smtp_port, lmtp_port = map(int, sys.argv[1:])
mail = EmailMessage()
mail["From"], mail["To"], mail["Subject"] = "李雷 <li@example.test>", "kf@kf.example", "我要投诉"
mail["Message-ID"] = "<python@example.test>"
mail.set_content("请尽快回电\n.\n..\n", charset="gb18030")
mail.add_attachment(bytes(range(256)) * 400, maintype="image", subtype="png", filename="截图.png")
with smtplib.SMTP("127.0.0.1", smtp_port, "mta.example") as client:
    assert client.ehlo()[0] == 250 and client.has_extn("pipelining") and client.esmtp_features["size"] == "26214400"
    assert client.send_message(mail) == {}
    assert client.verify("kf")[0] == 502
    try:
        client.sendmail("li@example.test", ["li@elsewhere.example"], "x")
        raise SystemExit("a foreign recipient was taken")
    except smtplib.SMTPRecipientsRefused as refused:
        assert refused.recipients["li@elsewhere.example"][0] == 550
with smtplib.LMTP("127.0.0.1", lmtp_port) as client:
    assert client.sendmail("li@example.test", ["a@kf.example", "b@kf.example"], "Subject: two\r\n\r\nx") == {}
    # The library reads one reply where LMTP gives one per recipient.
    assert client.getreply()[0] == 250
"#;

#[tokio::test]
async fn pythons_client_and_our_listener_understand_each_other() {
    let house = house().await;
    let ports = [house.listen(Dialect::Smtp).await, house.listen(Dialect::Lmtp).await].map(|address| address.port());
    let python = move || {
        let ports = ports.map(|port| port.to_string());
        std::process::Command::new("python3").arg("-c").arg(SCRIPT).args(ports).output()
    };
    let Ok(said) = tokio::task::spawn_blocking(python).await.unwrap() else {
        println!("SKIPPED: no python3 to speak with");
        return;
    };
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let routed = house.routed().await;
    // The last recipient's reply is read before the client goes on, so all three are there.
    assert_eq!(routed.len(), 3);
    let body = &routed[0].1;
    assert_eq!((body.subject.as_deref(), body.text.as_str()), (Some("我要投诉"), "请尽快回电\n.\n.."));
    assert_eq!((body.from_name.as_deref(), body.parts.len()), (Some("李雷"), 2));
    assert_eq!((body.parts[1].name.as_deref(), body.parts[1].bytes), (Some("截图.png"), 102_400));
}
