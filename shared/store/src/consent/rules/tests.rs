//! Acts on an address, in order and out of it.

use proptest::prelude::*;

use super::*;

fn topic(id: &str) -> TopicId {
    id.parse().unwrap()
}

fn terms() -> Vec<Terms> {
    [
        ("morning", Category::Advice, true),
        ("flash", Category::Commercial, true),
        ("notice", Category::Service, true),
        ("margincall", Category::Risk, false),
    ]
    .map(|(id, category, cancel)| Terms { topic: topic(id), category, cancel })
    .to_vec()
}

fn said(at: i64) -> Said {
    let at = Timestamp::from_ms(at);
    Said { client: ClientId::new(1), address: AddressId::new(1), stamp: Stamp::new(at, 0), at }
}

/// An address, and a clock that every act moves on.
#[derive(Default)]
struct Desk {
    place: Place,
    now: i64,
}

impl Desk {
    fn ask(&mut self, asks: Asks) -> Effect {
        self.now += 1;
        self.place.ask(&asks, said(self.now), &terms())
    }

    fn order(&mut self, id: &str) -> Effect {
        self.ask(Asks::Order(topic(id)))
    }

    fn cancel(&mut self, id: &str) -> Effect {
        self.ask(Asks::Cancel(topic(id)))
    }

    /// Live topics, whether commercial and advice may go.
    fn stands(&self) -> (Vec<String>, bool, bool) {
        let permits = self.place.permits();
        let topics = permits.topics.iter().map(ToString::to_string).collect();
        (topics, permits.allows(Category::Commercial), permits.allows(Category::Advice))
    }
}

fn list(ids: &[&str]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

#[test]
fn an_order_allows_its_category_and_no_other() {
    let mut desk = Desk::default();
    assert_eq!(desk.stands(), (list(&[]), false, false));
    assert_eq!(desk.order("morning"), Effect::Done);
    assert_eq!(desk.stands(), (list(&["morning"]), false, true));
    assert_eq!(desk.order("morning"), Effect::Nothing);
    assert_eq!(desk.order("notice"), Effect::Done);
    assert_eq!(desk.stands(), (list(&["morning", "notice"]), false, true));
    assert_eq!(desk.order("weather"), Effect::Refused);
}

#[test]
fn a_cancel_of_all_leaves_what_cannot_be_cancelled() {
    let mut desk = Desk::default();
    for id in ["morning", "flash", "notice", "margincall"] {
        desk.order(id);
    }
    assert_eq!(desk.cancel("margincall"), Effect::Refused);
    assert_eq!(desk.ask(Asks::CancelAll), Effect::Done);
    assert_eq!(desk.stands(), (list(&["margincall"]), false, false));
    assert_eq!(desk.ask(Asks::CancelAll), Effect::Nothing);
    assert_eq!(desk.order("flash"), Effect::Done);
    assert_eq!(desk.stands(), (list(&["flash", "margincall"]), true, false));
}

#[test]
fn a_cancel_of_one_leaves_the_rest() {
    let mut desk = Desk::default();
    desk.order("morning");
    desk.order("flash");
    assert_eq!(desk.cancel("flash"), Effect::Done);
    assert_eq!(desk.stands(), (list(&["morning"]), true, true));
    assert_eq!(desk.cancel("flash"), Effect::Nothing);
    // What was never ordered is refused once, and then known to be.
    assert_eq!([desk.cancel("notice"), desk.cancel("notice")], [Effect::Done, Effect::Nothing]);
}

#[test]
fn loose_words_hold_promotion_until_the_client_orders_again() {
    let mut desk = Desk::default();
    desk.order("morning");
    assert_eq!(desk.ask(Asks::Hold), Effect::Done);
    assert_eq!(desk.stands(), (list(&["morning"]), false, false));
    assert_eq!(desk.ask(Asks::Hold), Effect::Nothing);
    desk.order("notice");
    assert!(desk.place.permits().held);
    assert_eq!(desk.order("morning"), Effect::Done);
    assert_eq!(desk.stands(), (list(&["morning", "notice"]), false, true));
}

#[test]
fn a_release_lets_go_on_what_was_allowed_and_nothing_else() {
    let mut desk = Desk::default();
    assert_eq!(desk.ask(Asks::Release), Effect::Nothing);
    desk.order("morning");
    desk.ask(Asks::Hold);
    assert_eq!(desk.ask(Asks::Release), Effect::Done);
    assert_eq!(desk.stands(), (list(&["morning"]), false, true));
    assert_eq!(desk.ask(Asks::Release), Effect::Nothing);
    let mut place = desk.place;
    assert_eq!(place.ask(&Asks::Hold, said(4), &terms()), Effect::Overtaken, "it was said before the release");
    assert_eq!(place.ask(&Asks::Hold, said(9), &terms()), Effect::Done);
    assert_eq!(place.ask(&Asks::Release, said(8), &terms()), Effect::Overtaken);
    assert!(place.permits().held);
    place.ask(&Asks::CancelAll, said(10), &terms());
    assert_eq!(place.ask(&Asks::Release, said(11), &terms()), Effect::Nothing);
    assert!(!place.permits().allows(Category::Advice), "a release allows nothing that was refused");
}

#[test]
fn a_word_that_comes_late_does_not_undo_a_later_one() {
    let mut place = Place::default();
    place.ask(&Asks::CancelAll, said(10), &terms());
    assert_eq!(place.ask(&Asks::Order(topic("morning")), said(9), &terms()), Effect::Overtaken);
    assert_eq!(place.permits().topics, []);
    place.ask(&Asks::Order(topic("morning")), said(11), &terms());
    assert_eq!(place.ask(&Asks::CancelAll, said(9), &terms()), Effect::Overtaken);
    assert_eq!(place.ask(&Asks::Hold, said(9), &terms()), Effect::Overtaken);
    assert_eq!(place.ask(&Asks::Cancel(topic("morning")), said(9), &terms()), Effect::Overtaken);
    assert_eq!((place.permits().topics, place.permits().advice), (vec![topic("morning")], Granted::Given));
}

#[test]
fn a_first_cancel_that_an_order_overtook_ends_nothing_of_it() {
    // A cancel of all refuses commercial notices, which the order says nothing of.
    for (cancel, effect) in [(Asks::CancelAll, Effect::Done), (Asks::Cancel(topic("morning")), Effect::Overtaken)] {
        let mut place = Place::default();
        place.ask(&Asks::Order(topic("morning")), said(10), &terms());
        // Another of the same number, who never ordered it.
        let said = Said { address: AddressId::new(2), client: ClientId::new(2), ..said(9) };
        assert_eq!(place.ask(&cancel, said, &terms()), effect, "{cancel:?}");
        assert_eq!((place.permits().topics, place.permits().advice), (vec![topic("morning")], Granted::Given));
    }
}

#[test]
fn records_of_one_millisecond_keep_their_order() {
    let at = Timestamp::from_ms(1_800_000_000_000);
    assert!(Stamp::new(at, 1) < Stamp::new(at, 2));
    assert!(Stamp::new(at, u64::MAX) < Stamp::new(Timestamp::from_ms(1_800_000_000_001), 0));
    assert!(Stamp::default() < Stamp::new(at, 0));
    assert_eq!(Stamp::from_bits(Stamp::new(at, 7).bits()), Stamp::new(at, 7));
}

fn asks() -> impl Strategy<Value = Asks> {
    let topics = prop_oneof![Just("morning"), Just("flash"), Just("notice"), Just("margincall")].prop_map(topic);
    prop_oneof![
        3 => topics.clone().prop_map(Asks::Order),
        2 => topics.prop_map(Asks::Cancel),
        2 => Just(Asks::CancelAll),
        1 => Just(Asks::Hold),
        1 => Just(Asks::Release),
    ]
}

proptest! {
    /// Nobody who cancelled everything is sent promotion before he orders again, whatever comes
    /// late.
    #[test]
    fn nothing_that_was_said_before_a_cancel_brings_promotion_back(
        before in prop::collection::vec(asks(), 0..20),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
    ) {
        let cancelled = i64::try_from(before.len()).unwrap() + 1;
        let mut early = Place::default();
        let mut acts: Vec<_> = (1..).zip(before).collect();
        let split = acts.len() / 2;
        let mut late = acts.split_off(split);
        for (at, asks) in acts {
            early.ask(&asks, said(at), &terms());
        }
        early.ask(&Asks::CancelAll, said(cancelled), &terms());
        for index in order {
            if late.is_empty() { break }
            let (at, asks) = late.remove(index.index(late.len()));
            early.ask(&asks, said(at), &terms());
        }
        let permits = early.permits();
        prop_assert!(!permits.allows(Category::Commercial) && !permits.allows(Category::Advice));
        prop_assert!(permits.topics.iter().all(|topic| topic.as_str() == "margincall"));
    }

    /// What is allowed at last does not depend on the order in which acts come, as far as topics
    /// go.
    #[test]
    fn acts_may_come_in_any_order(said_so in prop::collection::vec(asks(), 0..12), seed in any::<u64>()) {
        let acts: Vec<_> = (1..).zip(said_so).collect();
        let mut mixed = acts.clone();
        let mut state = seed;
        for i in (1..mixed.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let j = usize::try_from(state >> 33).unwrap() % (i + 1);
            mixed.swap(i, j);
        }
        let run = |acts: &[(i64, Asks)]| {
            let mut place = Place::default();
            for (at, asks) in acts {
                place.ask(asks, said(*at), &terms());
            }
            place.permits()
        };
        let (one, other) = (run(&acts), run(&mixed));
        prop_assert_eq!(one.topics, other.topics);
        prop_assert_eq!(one.commercial, other.commercial);
        prop_assert_eq!(one.advice, other.advice);
    }
}
