//! Signing in: passwords, cookies, origins, tickets, and guessing.

use contract::{Millis, Role};
use reqwest::Method;
use serde_json::json;

use super::house::{Answer, House};

const PASSWORD: &str = "correct horse";

async fn with_lin() -> House {
    with_lin_at(None).await
}

/// Opens a house that browsers reach under this address.
async fn with_lin_at(public_url: Option<&str>) -> House {
    let house = House::open_at(public_url).await;
    let admin = house.token("root", Role::Admin).await;
    let body = json!({"name": "lin", "role": "agent", "agent": "lin", "password": PASSWORD});
    let made = house.post(&admin, "users", body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    house
}

async fn sign_in(house: &House, name: &str, password: &str) -> Answer {
    house.post("", "session", json!({"name": name, "password": password})).await
}

fn cookie(answer: &Answer) -> String {
    let set = answer.headers["set-cookie"].to_str().unwrap();
    set.split(';').next().unwrap().to_owned()
}

impl House {
    fn own(&self) -> String {
        format!("http://{}", self.address)
    }
}

#[tokio::test]
async fn a_password_opens_a_session_that_scripts_and_other_sites_cannot_use() {
    let house = with_lin().await;
    let answer = sign_in(&house, "lin", PASSWORD).await;
    assert_eq!((answer.status, &answer.body["agent"]), (200, &json!("lin")));
    let set = answer.headers["set-cookie"].to_str().unwrap();
    for word in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] {
        assert!(set.contains(word), "{set}");
    }
    let cookie = cookie(&answer);
    let me = house.call(Method::GET, "", "session", None, &[("cookie", &cookie)]).await;
    assert_eq!((me.status, &me.body["name"], &me.body["branch"]), (200, &json!("lin"), &json!("hq")));

    let own = house.own();
    let out = house.call(Method::DELETE, "", "session", None, &[("cookie", &cookie), ("origin", &own)]).await;
    assert_eq!(out.status, 204);
    assert!(out.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    let gone = house.call(Method::GET, "", "session", None, &[("cookie", &cookie)]).await;
    assert_eq!(gone.problem(), (401, "unauthenticated"));
}

#[tokio::test]
async fn a_session_ends_by_itself() {
    let house = with_lin().await;
    let cookie = cookie(&sign_in(&house, "lin", PASSWORD).await);
    house.clock.advance(Millis::from_secs(12 * 3600));
    let gone = house.call(Method::GET, "", "session", None, &[("cookie", &cookie)]).await;
    assert_eq!(gone.status, 401);
}

#[tokio::test]
async fn wrong_names_and_wrong_passwords_look_alike() {
    let house = with_lin().await;
    let (name, password) = (sign_in(&house, "nobody", PASSWORD).await, sign_in(&house, "lin", "wrong horse").await);
    assert_eq!(name.problem(), (401, "unauthenticated"));
    assert_eq!((password.status, &password.body), (401, &name.body));
    assert_eq!(sign_in(&house, "Not A Name", PASSWORD).await.body, name.body);
    let no_password = sign_in(&house, "root", "").await;
    assert_eq!(no_password.body, name.body, "a user without a password signs in by token only");
}

/// Tries many names at once and counts who was told to slow down.
async fn limited(house: &House, names: impl Iterator<Item = String>) -> usize {
    let tries = names.map(|name| async move { sign_in(house, &name, "wrong horse").await });
    let answers = futures_util::future::join_all(tries).await;
    for answer in &answers {
        assert!([401, 429].contains(&answer.status), "{}", answer.status);
        assert_eq!(answer.status == 429, answer.headers.contains_key("retry-after"));
    }
    answers.iter().filter(|answer| answer.problem() == (429, "rate_limited")).count()
}

#[tokio::test]
async fn who_is_not_known_yet_is_listened_to_for_little() {
    let house = House::open().await;
    let long = json!({"name": "lin", "password": "x".repeat(8 * 1024)});
    assert_eq!(house.post("", "session", long).await.problem(), (413, "too_large"));
}

#[tokio::test]
async fn guessing_is_slowed_down_by_name() {
    let house = with_lin().await;
    assert_eq!(limited(&house, (0..20).map(|_| "lin".to_owned())).await, 10);
}

#[tokio::test]
async fn guessing_many_names_is_slowed_down_by_peer() {
    let house = with_lin().await;
    assert_eq!(limited(&house, (0..140).map(|number| format!("name{number}"))).await, 20);
}

#[tokio::test]
async fn forged_signs_open_nothing() {
    let house = with_lin().await;
    let own = house.own();
    for cookie in ["shouwen_session=", "shouwen_session=sws_AAAA", "shouwen_session=%00", "session=x"] {
        let headers = [("cookie", cookie), ("origin", own.as_str())];
        for path in ["session", "cases", "queues"] {
            let answer = house.call(Method::GET, "", path, None, &headers).await;
            assert_eq!(answer.problem(), (401, "unauthenticated"), "{cookie} {path}");
        }
        assert_eq!(house.socket("agent/socket", &headers).await.err(), Some(401));
    }
    for header in ["Bearer", "Bearer ", "Bearer sw_x", "Basic bGluOng=", "bearer \u{7f}x"] {
        let Ok(_) = reqwest::header::HeaderValue::from_str(header) else { continue };
        let answer = house.call(Method::GET, "", "cases", None, &[("authorization", header)]).await;
        assert_eq!(answer.problem(), (401, "unauthenticated"), "{header}");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
}

#[tokio::test]
async fn a_cookie_changes_nothing_from_a_foreign_page() {
    let house = with_lin_at(Some("https://desk.example/kf")).await;
    let cookie = cookie(&sign_in(&house, "lin", PASSWORD).await);
    let other_port = format!("http://{}:1", house.address.ip());
    let foreign = ["https://evil.example", "null", "", other_port.as_str()];
    for origin in foreign {
        let headers = [("cookie", cookie.as_str()), ("origin", origin)];
        let post = house.call(Method::POST, "", "tickets", None, &headers).await;
        assert_eq!(post.problem(), (403, "forbidden"), "{origin}");
        assert_eq!(house.socket("agent/socket", &headers).await.err(), Some(403), "{origin}");
    }
    let without = house.call(Method::POST, "", "tickets", None, &[("cookie", &cookie)]).await;
    assert_eq!(without.problem(), (403, "forbidden"));
    let own = house.own();
    for origin in [own.as_str(), "https://desk.example"] {
        let headers = [("cookie", cookie.as_str()), ("origin", origin)];
        assert_eq!(house.call(Method::POST, "", "tickets", None, &headers).await.status, 201, "{origin}");
        assert!(house.socket("agent/socket", &headers).await.is_ok(), "{origin}");
    }
    let body = json!({"name": "lin", "password": PASSWORD});
    let headers = [("origin", "https://evil.example")];
    let signed_in_for = house.call(Method::POST, "", "session", Some(body), &headers).await;
    assert_eq!(signed_in_for.problem(), (403, "forbidden"), "nobody is signed in by a foreign page");
}

#[tokio::test]
async fn a_ticket_opens_one_socket_within_its_time() {
    let house = with_lin().await;
    let token = house.token("zhao", Role::Agent).await;
    let ticket = || async {
        let answer = house.post(&token, "tickets", json!({})).await;
        format!("agent/socket?ticket={}", answer.body["ticket"].as_str().unwrap())
    };
    let foreign = [("origin", "https://intranet.example")];
    let path = ticket().await;
    assert!(house.socket(&path, &foreign).await.is_ok());
    assert_eq!(house.socket(&path, &foreign).await.err(), Some(401), "a ticket is used up");
    let late = ticket().await;
    house.clock.advance(Millis::from_secs(30));
    assert_eq!(house.socket(&late, &foreign).await.err(), Some(401));
    assert_eq!(house.socket("agent/socket?ticket=swt_x", &foreign).await.err(), Some(401));
}

#[tokio::test]
async fn who_is_ended_is_out_at_once() {
    let house = with_lin().await;
    let admin = house.token("boss", Role::Admin).await;
    let cookie = cookie(&sign_in(&house, "lin", PASSWORD).await);
    let token = house.post(&admin, "users/lin/tokens", json!({})).await.body["token"].as_str().unwrap().to_owned();
    assert_eq!(house.get(&token, "session").await.status, 200);
    assert_eq!(house.call(Method::DELETE, &admin, "users/lin", None, &[]).await.status, 204);
    assert_eq!(house.get(&token, "session").await.status, 401);
    assert_eq!(house.call(Method::GET, "", "session", None, &[("cookie", &cookie)]).await.status, 401);
    assert_eq!(sign_in(&house, "lin", PASSWORD).await.status, 401);
    assert!(house.get(&admin, "users/lin").await.body["ended_at"].is_string(), "his name stays");
    let himself = house.call(Method::DELETE, &admin, "users/boss", None, &[]).await;
    assert_eq!(himself.problem(), (409, "wrong_state"));
}

#[tokio::test]
async fn a_token_ends_by_itself_alone() {
    let house = with_lin().await;
    let admin = house.token("boss", Role::Admin).await;
    let make = || house.post(&admin, "users/lin/tokens", json!({}));
    let (one, two) = (make().await, make().await);
    let path = format!("users/lin/tokens/{}", one.body["id"].as_str().unwrap());
    assert_eq!(house.call(Method::DELETE, &admin, &path, None, &[]).await.status, 204);
    assert_eq!(house.call(Method::DELETE, &admin, &path, None, &[]).await.status, 404);
    assert_eq!(house.get(one.body["token"].as_str().unwrap(), "session").await.status, 401);
    assert_eq!(house.get(two.body["token"].as_str().unwrap(), "session").await.status, 200);
    let list = house.get(&admin, "users/lin/tokens").await;
    assert_eq!(list.body["items"].as_array().map(Vec::len), Some(1));
    assert!(list.body["items"][0].get("token").is_none());
}

#[tokio::test]
async fn users_are_checked_against_the_firm() {
    let house = with_lin().await;
    let admin = house.token("boss", Role::Admin).await;
    for (body, field) in [
        (json!({"name": "x y", "role": "ops"}), "name"),
        (json!({"name": "x", "role": "king"}), "role"),
        (json!({"name": "x", "role": "agent"}), "agent"),
        (json!({"name": "x", "role": "agent", "agent": "nobody"}), "agent"),
        (json!({"name": "x", "role": "ops", "agent": "lin"}), "agent"),
        (json!({"name": "x", "role": "ops", "branch": "moon"}), "branch"),
        (json!({"name": "x", "role": "agent", "agent": "lin", "branch": "sz"}), "branch"),
        (json!({"name": "x", "role": "ops", "password": "short"}), "password"),
    ] {
        let answer = house.post(&admin, "users", body.clone()).await;
        assert_eq!((answer.problem(), &answer.body["field"]), ((422, "invalid"), &json!(field)), "{body}");
    }
}

/// Signs in from a page and gives the cookie as it was set.
async fn set_from(house: &House, origin: &str) -> String {
    let body = json!({"name": "lin", "password": PASSWORD});
    let host = origin.rsplit('/').next().unwrap();
    let answer = house.call(Method::POST, "", "session", Some(body), &[("origin", origin), ("host", host)]).await;
    assert_eq!(answer.status, 200, "{origin}: {}", answer.body);
    answer.headers["set-cookie"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_cookie_that_was_got_by_https_travels_by_nothing_else() {
    let house = with_lin().await;
    assert!(!set_from(&house, "http://10.0.0.5:8080").await.contains("Secure"));
    let set = set_from(&house, "https://desk.example").await;
    assert!(set.ends_with("; Secure"), "{set}");
    let cookie = set.split(';').next().unwrap();
    let headers = [("cookie", cookie), ("origin", "https://desk.example"), ("host", "desk.example")];
    let out = house.call(Method::DELETE, "", "session", None, &headers).await;
    assert!(out.headers["set-cookie"].to_str().unwrap().ends_with("; Secure"), "the same cookie ends");

    let house = with_lin_at(Some("https://kf.example")).await;
    let set = sign_in(&house, "lin", PASSWORD).await.headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(set.ends_with("; Secure"), "a house with a public address by HTTPS: {set}");
}

#[tokio::test]
async fn nobody_signs_in_without_tls_beside_a_public_page_with_it() {
    let house = with_lin_at(Some("https://kf.example")).await;
    let body = json!({"name": "lin", "password": PASSWORD});
    let headers = [("origin", "http://10.0.0.5:8080"), ("host", "10.0.0.5:8080")];
    let refused = house.call(Method::POST, "", "session", Some(body), &headers).await;
    assert_eq!(refused.problem(), (403, "forbidden"));
    assert!(refused.body["detail"].as_str().unwrap().contains("https://kf.example"), "{}", refused.body);
    set_from(&house, "http://127.0.0.1:8080").await;
    set_from(&house, "https://kf.example").await;
}

#[tokio::test]
async fn a_link_names_the_public_address_and_not_what_the_caller_says() {
    let house = with_lin_at(Some("https://kf.example/")).await;
    let admin = house.token("boss", Role::Admin).await;
    let evil = [("host", "evil.example"), ("origin", "http://evil.example")];
    let made = house.call(Method::POST, &admin, "users/lin/link", Some(json!({})), &evil).await;
    let url = made.body["url"].as_str().unwrap();
    assert!(url.starts_with("https://kf.example/#signin=swl_"), "{url}");

    let house = with_lin().await;
    let admin = house.token("boss", Role::Admin).await;
    for (host, begins) in [("desk:8080", "http://desk:8080/#"), ("desk/x?y", "http://localhost/#")] {
        let made = house.call(Method::POST, &admin, "users/lin/link", Some(json!({})), &[("host", host)]).await;
        assert!(made.body["url"].as_str().unwrap().starts_with(begins), "{}", made.body);
    }
}

/// Gives what the journal says of who came and went, newest first.
async fn told(house: &House, compliance: &str, query: &str) -> Answer {
    house.get(compliance, &format!("journal/deeds{query}")).await
}

#[tokio::test]
async fn who_came_and_went_stands_in_the_journal_without_a_secret() {
    let house = with_lin().await;
    let (admin, fan) = (house.token("boss", Role::Admin).await, house.token("fan", Role::Compliance).await);
    let entered = sign_in(&house, "lin", PASSWORD).await;
    assert_eq!(sign_in(&house, "lin", "wrong horse").await.status, 401);
    let (cookie, own) = (cookie(&entered), house.own());
    let out = house.call(Method::DELETE, "", "session", None, &[("cookie", &cookie), ("origin", &own)]).await;
    assert_eq!(out.status, 204);
    let ticket = link(&house, &admin, "lin").await.body["ticket"].clone();
    assert_eq!(house.post("", "session", json!({"ticket": ticket})).await.status, 200);
    limited(&house, (0..30).map(|_| "lin".to_owned())).await;
    let new = json!({"password": "another horse"});
    assert_eq!(house.call(Method::PUT, &admin, "users/lin/password", Some(new), &[]).await.status, 204);
    assert_eq!(house.post(&admin, "users/lin/tokens", json!({})).await.status, 201);

    let said = told(&house, &fan, "?limit=6").await.body;
    let lines: Vec<_> = said["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            let what = item["what"].as_str().unwrap();
            // From where, and which token, is drawn anew by every house.
            let what = what.split(" from ").next().unwrap();
            let what = if what.starts_with("token") { "token of user lin made" } else { what };
            format!("{}: {what}", item["user"].as_str().unwrap())
        })
        .collect();
    let expected = [
        "boss: token of user lin made",
        "boss: password of user lin set",
        "house: too many tries to sign in as lin",
        "lin: signed in by a link",
        "boss: sign-in link of user lin made",
        "lin: signed out",
    ];
    assert_eq!(lines, expected, "refused tries are told once a minute, wrong passwords counted only");
    let older = told(&house, &fan, &format!("?limit=1&cursor={}", said["next"].as_str().unwrap())).await.body;
    assert!(older["items"][0]["what"].as_str().unwrap().starts_with("signed in by password from "), "{older}");

    let all = told(&house, &fan, "?limit=200").await.body;
    assert_eq!(all["next"], json!(null));
    let text = all.to_string();
    let ticket = ticket.as_str().unwrap();
    for secret in [PASSWORD, "another horse", "127.0.0.1", cookie.split('=').nth(1).unwrap(), ticket] {
        assert!(!text.contains(secret), "{secret}");
    }
    for token in [&admin, &house.token("ops1", Role::Ops).await] {
        assert_eq!(told(&house, token, "").await.problem(), (403, "forbidden"));
    }
    for (query, problem) in [("?stream=branch/hq", 422), ("?stream=audit/nobody", 404), ("?cursor=x", 422)] {
        assert_eq!(told(&house, &fan, query).await.status, problem, "{query}");
    }
}

#[tokio::test]
async fn a_name_that_is_nobodys_is_not_journalled() {
    let house = with_lin().await;
    let fan = house.token("fan", Role::Compliance).await;
    limited(&house, (0..12).map(|_| "my-password".to_owned())).await;
    let said = told(&house, &fan, "").await.body.to_string();
    assert!(said.contains("too many tries to sign in from ") && !said.contains("my-password"), "{said}");
}

async fn link(house: &House, admin: &str, name: &str) -> Answer {
    house.post(admin, &format!("users/{name}/link"), json!({})).await
}

#[tokio::test]
async fn a_link_signs_one_user_in_once_and_is_journalled() {
    let house = with_lin().await;
    let admin = house.token("boss", Role::Admin).await;
    let made = link(&house, &admin, "lin").await;
    assert_eq!(made.status, 201, "{}", made.body);
    let ticket = made.body["ticket"].as_str().unwrap();
    assert_eq!(made.body["url"], format!("{}/#signin={ticket}", house.own()));

    let entered = house.post("", "session", json!({"ticket": ticket})).await;
    assert_eq!((entered.status, &entered.body["agent"]), (200, &json!("lin")));
    let me = house.call(Method::GET, "", "session", None, &[("cookie", &cookie(&entered))]).await;
    assert_eq!((me.status, &me.body["name"]), (200, &json!("lin")));
    let again = house.post("", "session", json!({"ticket": ticket})).await;
    assert_eq!(again.problem(), (401, "unauthenticated"));
}

#[tokio::test]
async fn a_link_ends_by_itself_and_with_its_user() {
    let house = with_lin().await;
    let admin = house.token("boss", Role::Admin).await;
    let old = link(&house, &admin, "lin").await.body["ticket"].clone();
    house.clock.advance(Millis::from_secs(600));
    assert_eq!(house.post("", "session", json!({"ticket": old})).await.problem(), (401, "unauthenticated"));

    let ticket = link(&house, &admin, "lin").await.body["ticket"].clone();
    assert_eq!(house.call(Method::DELETE, &admin, "users/lin", None, &[]).await.status, 204);
    assert_eq!(house.post("", "session", json!({"ticket": ticket})).await.problem(), (401, "unauthenticated"));
    assert_eq!(link(&house, &admin, "lin").await.problem(), (409, "wrong_state"));
}

#[tokio::test]
async fn only_an_admin_makes_links_and_a_sockets_ticket_signs_nobody_in() {
    let house = with_lin().await;
    let (agent, ops) = (house.token("chen", Role::Agent).await, house.token("ops1", Role::Ops).await);
    for token in [&agent, &ops] {
        assert_eq!(link(&house, token, "lin").await.problem(), (403, "forbidden"));
    }
    let ticket = house.post(&agent, "tickets", json!({})).await.body["ticket"].clone();
    let entered = house.post("", "session", json!({"ticket": ticket})).await;
    assert_eq!(entered.problem(), (401, "unauthenticated"));
    let both = house.post("", "session", json!({"ticket": ticket, "name": "lin", "password": PASSWORD})).await;
    assert_eq!((both.problem(), &both.body["field"]), ((422, "invalid"), &json!("ticket")));
}

#[tokio::test]
async fn a_house_says_where_its_first_secrets_lie_until_somebody_can_sign_in() {
    let house = House::open().await;
    let first = house.get("", "setup").await.body;
    assert_eq!(first, json!({"ready": false, "keys": "data/keys", "token": "data/token"}));
    let stranger = json!({"name": "eve", "role": "admin", "password": PASSWORD});
    for token in ["", "sw_guess", "data/token"] {
        assert_eq!(house.post(token, "users", stranger.clone()).await.problem(), (401, "unauthenticated"));
        let link = house.post(token, "users/local-admin/link", json!({})).await;
        assert_eq!(link.problem(), (401, "unauthenticated"), "who is faster than the administrator");
    }
    assert_eq!(sign_in(&house, "local-admin", "").await.problem(), (401, "unauthenticated"));
    let admin = house.token("root", Role::Admin).await;
    assert_eq!(house.get("", "setup").await.body["ready"], false, "a token is no password");
    let body = json!({"name": "boss", "role": "admin", "password": PASSWORD});
    assert_eq!(house.post(&admin, "users", body).await.status, 201);
    let then = house.get("", "setup").await.body;
    assert_eq!(then, json!({"ready": true, "keys": null, "token": null}));
}
