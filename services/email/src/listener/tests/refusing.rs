//! What is refused, and in which words.

use super::*;

#[tokio::test]
async fn nothing_is_smuggled() {
    let house = house().await;
    let envelope = "EHLO x\r\nMAIL FROM:<a@example.test>\r\nRCPT TO:<kf@kf.example>\r\nDATA\r\n";
    let hidden = "MAIL FROM:<boss@kf.example>\r\nRCPT TO:<kf@kf.example>\r\nDATA\r\nSubject: hidden\r\n\r\nx\r\n.\r\n";
    for end in ["\n.\n", "\r.\r", "\n.\r\n", "\r\n.\n", "\r.\r\n", "\r\n\0\n.\r\n"] {
        let mut talk = house.connect(Dialect::Smtp).await;
        talk.send(format!("{envelope}Subject: a\r\n\r\nbody{end}{hidden}")).await;
        let said = talk.rest().await;
        assert!(said.contains("521 5.5.2") && !said.contains("2.6.0"), "{end:?}: {said}");
    }
    for line in ["EHLO x\n", "EHLO x\rNOOP\r\n"] {
        let mut talk = house.connect(Dialect::Smtp).await;
        talk.send(line).await;
        assert!(talk.rest().await.contains("521 5.5.2"), "{line:?}");
    }
    assert!(house.routed().await.is_empty());
}

#[tokio::test]
async fn what_is_too_large_or_too_long_is_refused() {
    let house = house().await;
    let mut talk = house.connect(Dialect::Smtp).await;
    talk.send("EHLO x\r\nMAIL FROM:<a@example.test>\r\nRCPT TO:<kf@kf.example>\r\nDATA\r\n").await;
    talk.until("354").await;
    let line = format!("{}\r\n", "x".repeat(1022));
    for _ in 0..26 {
        talk.send(line.repeat(1024)).await;
    }
    talk.send(".\r\nNOOP\r\n").await;
    assert!(talk.until("552").await.ends_with("552 5.3.4 larger than 25 MiB\r\n"));
    talk.until("250 2.0.0").await;
    talk.send("x".repeat(5_000)).await;
    assert!(talk.rest().await.starts_with("500 5.5.2"));
    assert!(house.routed().await.is_empty());
}

#[tokio::test]
async fn a_full_bus_refuses_and_says_so() {
    let house =
        house_with(Limits { queue: bus::Limit { messages: 1, ..Limits::default().queue }, ..Limits::default() }).await;
    let mut talk = house.connect(Dialect::Smtp).await;
    talk.mail("\r\none").await;
    talk.until("250 2.6.0").await;
    talk.mail("\r\ntwo").await;
    talk.until("451 4.3.1").await;
    let condition = house.health.parts().into_iter().find(|(name, _)| name == "email.main").unwrap().1;
    assert!(matches!(condition, Condition::Failed(_)), "{condition:?}");
    assert_eq!(house.routed().await.len(), 1);
}

#[tokio::test]
async fn a_flood_from_one_sender_is_held_off() {
    let house = house().await;
    let mut talk = house.connect(Dialect::Smtp).await;
    talk.send("EHLO x\r\n").await;
    let mut refused = 0;
    for number in 0..70 {
        talk.send("MAIL FROM:<li@example.test>\r\nRCPT TO:<kf@kf.example>\r\nDATA\r\n").await;
        talk.until("354").await;
        talk.send(format!("From: li@example.test\r\n\r\n{number}\r\n.\r\nNOOP\r\n")).await;
        refused += usize::from(talk.until("250 2.0.0").await.contains("451 4.7.1"));
    }
    assert_eq!((refused, house.routed().await.len()), (10, 60));
}

#[tokio::test]
async fn too_many_connections_are_told_so() {
    let house = house().await;
    let address = house.listen(Dialect::Smtp).await;
    let mut held = Vec::new();
    for _ in 0..CONNECTIONS_MAX {
        let mut talk = Talk(TcpStream::connect(address).await.unwrap(), String::new());
        talk.until("220").await;
        held.push(talk);
    }
    let mut more = Talk(TcpStream::connect(address).await.unwrap(), String::new());
    assert!(more.rest().await.starts_with("421 4.3.2"));
    held.truncate(0);
    // Places become free again as conversations end.
    let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
    loop {
        let mut talk = Talk(TcpStream::connect(address).await.unwrap(), String::new());
        let mut first = [0; 3];
        if talk.0.read_exact(&mut first).await.is_ok() && first == *b"220" {
            break;
        }
        assert!(tokio::time::Instant::now() < deadline, "no place became free");
    }
}

#[tokio::test]
async fn silence_and_slowness_end_a_conversation() {
    let house = house().await;
    tokio::time::pause();
    let mut idle = house.talk();
    assert!(idle.rest().await.ends_with("421 4.4.2 too slow\r\n"));
    let mut slow = house.talk();
    slow.send("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<kf@kf.example>\r\nDATA\r\nSubject: a\r\n").await;
    assert!(slow.rest().await.ends_with("421 4.4.2 too slow\r\n"));
    // A byte a minute is not silent, but takes longer than a mail may.
    let mut drip = house.talk();
    drip.send("EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<kf@kf.example>\r\nDATA\r\n").await;
    let mut minutes = 0;
    while drip.0.write_all(b"x").await.is_ok() && minutes < 60 {
        tokio::time::sleep(Duration::from_secs(60)).await;
        minutes += 1;
    }
    assert!(minutes <= 12, "{minutes} minutes");
}

#[tokio::test]
async fn stopping_says_good_bye_and_finishes() {
    let house = house().await;
    let mut talk = house.connect(Dialect::Smtp).await;
    talk.until("220").await;
    house.tasks.stop().cancel();
    assert!(talk.rest().await.starts_with("421 4.3.2"));
    drop(talk);
    assert_eq!(house.tasks.finish(Duration::from_secs(60)).await, Vec::<String>::new());
}
