//! A link that nobody uses.

use runtime::health::Condition;

use super::*;

fn condition(health: &Health) -> Option<Condition> {
    health.parts().into_iter().find(|(name, _)| name == "coord").map(|(_, condition)| condition)
}

async fn until(health: &Health, wanted: impl Fn(&Condition) -> bool) {
    while !condition(health).is_some_and(|condition| wanted(&condition)) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

mod full {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_link_that_nobody_uses_comes_back_and_stays() {
        let mut redis = servers::Redis::start().unwrap();
        let (clock, health) = (Clock::machine(), Health::default());
        let tasks = Tasks::new(health.clone());
        let settings = RedisSettings::at(&redis.url());
        let link = Link::open(&settings, &clock, &Chance::machine(), &tasks, &health).unwrap();
        until(&health, |condition| *condition == Condition::Well).await;
        redis.kill().unwrap();
        until(&health, |condition| matches!(condition, Condition::Hindered(_))).await;
        redis.go().unwrap();
        until(&health, |condition| *condition == Condition::Well).await;
        let first = link.lock().number;
        // It has beaten twice more when the key of processes was written anew twice.
        let beaten_at = || redis.command(&["EVAL", SCORE, "1", "shouwen:0:processes:{all}"]).unwrap();
        for _ in 0..2 {
            let before = beaten_at();
            while beaten_at() == before {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        assert_eq!(link.lock().number, first, "the same connection");
        assert!(link.is_open());
    }

    const SCORE: &str = "return tonumber(redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2])";
}
