//! Passwords: right, wrong, unknown, too short.

use super::*;

#[tokio::test]
async fn a_password_opens_its_own_hash_only() {
    let room = Passwords::new().unwrap();
    let stored = room.hash("correct horse".to_owned()).await.unwrap();
    assert!(stored.starts_with("$argon2id$"), "the hash names its algorithm");
    assert!(room.check("correct horse".to_owned(), Some(stored.clone())).await);
    assert!(!room.check("correct house".to_owned(), Some(stored)).await);
}

#[tokio::test]
async fn an_unknown_name_has_no_password() {
    let room = Passwords::new().unwrap();
    assert!(!room.check("a password that nobody has".to_owned(), None).await);
}

#[test]
fn short_and_endless_passwords_are_refused() {
    assert_eq!(hash("seven77"), Err(PasswordError::TooShort));
    assert_eq!(hash(&"x".repeat(PASSWORD_BYTES_MAX + 1)), Err(PasswordError::TooLong));
}
