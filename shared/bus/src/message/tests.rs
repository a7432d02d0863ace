//! A frame reads back as the message, and damage is noticed without a panic.

use super::Message;

fn sample() -> Message {
    Message::new(7, &b"body"[..]).with("kind", "reply").with("empty", "")
}

fn frame(message: &Message) -> Vec<u8> {
    let mut frame = Vec::new();
    message.encode(&mut frame);
    frame
}

#[test]
fn a_frame_reads_back() {
    let bytes = frame(&sample());
    assert_eq!(bytes.len(), sample().encoded_bytes());
    assert_eq!(Message::decode(bytes), Some(sample()));
}

#[test]
fn a_cut_frame_is_noticed_before_its_body() {
    let bytes = frame(&sample());
    let head = bytes.len() - 4;
    for end in 0..head {
        assert_eq!(Message::decode(bytes[..end].to_vec()), None, "cut at {end}");
    }
}
