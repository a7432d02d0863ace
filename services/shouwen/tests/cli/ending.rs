//! The end of a house whose connections do not end by themselves.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use crate::house::{House, code, out, shouwen};

fn connect(house: &House, says: &str) -> TcpStream {
    let mut line = TcpStream::connect(house.url.trim_start_matches("http://")).unwrap();
    line.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    line.write_all(says.as_bytes()).unwrap();
    line
}

/// Reads until a text has come.
fn read_until(line: &mut TcpStream, text: &str) {
    let mut read = String::new();
    while !read.contains(text) {
        let mut bytes = [0; 4096];
        let count = line.read(&mut bytes).unwrap();
        assert!(count > 0, "cut off after {read}");
        read.push_str(&String::from_utf8_lossy(bytes.get(..count).unwrap()));
    }
}

#[test]
fn nobody_holds_up_a_stop_by_saying_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let house = House::start_telling(folder.path(), &log);
    let token = shouwen(folder.path(), &["user", "token", "--name", "lin", "--role", "agent", "--agent", "lin"]);
    assert_eq!(code(&token), 0);
    let token = out(&token);
    let silent = connect(&house, "");
    let half_head = connect(&house, "GET /api/v1/queues HTTP/1.1\r\nHost: kf\r\n");
    let half_body =
        connect(&house, "POST /channels/sms/main HTTP/1.1\r\nHost: kf\r\nContent-Length: 100\r\n\r\n{\"id\":");
    let mut idle = connect(&house, "GET /healthz HTTP/1.1\r\nHost: kf\r\n\r\n");
    read_until(&mut idle, "200 OK");
    let mut socket = connect(
        &house,
        &format!(
            "GET /api/v1/agent/socket HTTP/1.1\r\nHost: kf\r\nAuthorization: Bearer {}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            token.trim()
        ),
    );
    read_until(&mut socket, "\"hello\"");
    assert_eq!(house.stop(), 0);
    // What holds a stop up is named in the log when the stop's patience is over.
    let log = std::fs::read_to_string(log).unwrap();
    assert!(!log.contains("a task did not end in time"), "{log}");
    drop((silent, half_head, half_body, idle, socket));
}
