//! Passwords: hashed and checked with argon2 away from the threads that serve.
//!
//! In: a password, a stored hash or none. Out: a hash; right or wrong, in the same time
//! whether the name exists or not. At most a few at once, since each takes its memory.
//! Never here: who it is, how often he may try.

use std::sync::Arc;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use tokio::sync::Semaphore;

/// Passwords that are hashed at the same time; each takes 19 MiB.
const HASHING_AT_ONCE: usize = 4;
/// The shortest password in characters that is taken.
pub const PASSWORD_CHARS_MIN: usize = 8;
/// The longest password in bytes that is hashed.
pub const PASSWORD_BYTES_MAX: usize = 1024;

/// Hashes and checks passwords. Clones share the bound.
#[derive(Debug, Clone)]
pub struct Passwords {
    slots: Arc<Semaphore>,
    /// The hash of a password nobody has, checked when a name is unknown.
    nobody: Arc<str>,
}

/// Says why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Shorter than the limit.
    #[error("a password has at least {PASSWORD_CHARS_MIN} characters")]
    TooShort,
    /// Longer than the limit.
    #[error("a password has at most {PASSWORD_BYTES_MAX} bytes")]
    TooLong,
    /// The hash could not be made.
    #[error("the password could not be hashed")]
    Hash,
}

impl Passwords {
    /// Makes the room; it hashes once, so that unknown names take as long as known ones.
    pub fn new() -> Result<Self, PasswordError> {
        let nobody = hash("a password that nobody has")?.into();
        Ok(Self { slots: Arc::new(Semaphore::new(HASHING_AT_ONCE)), nobody })
    }

    /// Says whether the password is the one of a stored hash; without one it is wrong, after
    /// the same work.
    pub async fn check(&self, password: String, stored: Option<String>) -> bool {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.nobody.to_string());
        let Ok(slot) = self.slots.clone().acquire_owned().await else { return false };
        let checked = tokio::task::spawn_blocking(move || {
            let right = verify(&password, &stored);
            drop(slot);
            right
        });
        checked.await.unwrap_or(false) && known
    }

    /// Hashes a new password.
    pub async fn hash(&self, password: String) -> Result<String, PasswordError> {
        let Ok(slot) = self.slots.clone().acquire_owned().await else { return Err(PasswordError::Hash) };
        let hashed = tokio::task::spawn_blocking(move || {
            let hashed = hash(&password);
            drop(slot);
            hashed
        });
        hashed.await.unwrap_or(Err(PasswordError::Hash))
    }
}

/// Hashes a password with a salt of its own; takes tens of milliseconds.
pub fn hash(password: &str) -> Result<String, PasswordError> {
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(PasswordError::TooShort);
    }
    if password.len() > PASSWORD_BYTES_MAX {
        return Err(PasswordError::TooLong);
    }
    Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(|_| PasswordError::Hash)
}

fn verify(password: &str, stored: &str) -> bool {
    password.len() <= PASSWORD_BYTES_MAX
        && PasswordHash::new(stored)
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests;
