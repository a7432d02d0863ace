//! Refusals that pass, and those that stay.

use lapin::{
    ErrorKind,
    protocol::{AMQPError, AMQPErrorKind, AMQPHardError},
};

use super::*;

#[test]
fn only_what_stays_ends_a_start() {
    use AMQPHardError::{CONNECTIONFORCED, INTERNALERROR, NOTALLOWED, RESOURCEERROR};
    let told = |code| {
        let said = AMQPError::new(AMQPErrorKind::Hard(code), "why".into());
        refusal("amqp://mq1", &ErrorKind::ProtocolError(said).into())
    };
    for passes in [CONNECTIONFORCED, RESOURCEERROR, INTERNALERROR] {
        assert!(matches!(told(passes), BusError::Unavailable(_)));
    }
    assert!(matches!(told(NOTALLOWED), BusError::Unfit(why) if &*why == "amqp://mq1: why"));
}
