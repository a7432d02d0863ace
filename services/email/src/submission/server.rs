//! The mail server that answers are submitted to.
//!
//! In: `smtp://host:port`, `smtp://host?tls=required` (STARTTLS), `smtps://host`, and a
//! login. Out: connections that are greeted and signed in. A password goes over TLS, or
//! nowhere further than this machine. Never here: a mail.

use std::net::IpAddr;

use http::Uri;
use lettre::transport::smtp::{
    Error,
    authentication::{Credentials, DEFAULT_MECHANISMS},
    client::{AsyncSmtpConnection, TlsParameters},
    extension::ClientId,
};

/// Port of mail between systems.
const SMTP_PORT: u16 = 25;
/// Port of submission with STARTTLS.
const SUBMISSION_PORT: u16 = 587;
/// Port of submission inside TLS.
const SUBMISSIONS_PORT: u16 = 465;

/// Who signs in.
pub struct Login {
    /// The user's name.
    pub user: String,
    /// The password.
    pub password: String,
}

/// Where and how mail is submitted.
pub struct Server {
    host: String,
    port: u16,
    tls: Tls,
    login: Option<Credentials>,
    hello: ClientId,
}

/// When TLS begins.
enum Tls {
    Never,
    /// After the greeting, by STARTTLS.
    Later(TlsParameters),
    /// With the connection.
    AtOnce(TlsParameters),
}

/// Why an address of a server is none; it never repeats the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    /// It cannot be read.
    #[error("not an address like smtp://host:port or smtps://host")]
    Address,
    /// It holds a user or a password.
    #[error("user and password have keys of their own, they do not belong into the address")]
    UserInside,
    /// A parameter other than `tls=required` or `tls=none`.
    #[error("only tls=required and tls=none may follow the address")]
    Parameter,
    /// A password would travel in the clear.
    #[error("a password needs smtps:// or tls=required")]
    PasswordInTheClear,
    /// TLS cannot be set up for that host name.
    #[error("TLS cannot be set up for that host")]
    Tls,
}

impl Server {
    /// Reads an address; `hello` is the name we greet with.
    pub fn parse(address: &str, login: Option<Login>, hello: &str) -> Result<Self, ServerError> {
        let uri: Uri = address.parse().map_err(|_| ServerError::Address)?;
        let authority = uri.authority().ok_or(ServerError::Address)?;
        if authority.as_str().contains('@') {
            return Err(ServerError::UserInside);
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let parameters = || TlsParameters::new(host.clone()).map_err(|_| ServerError::Tls);
        let (tls, port) = match (uri.scheme_str(), uri.query()) {
            (Some("smtp"), None | Some("tls=none")) => (Tls::Never, SMTP_PORT),
            (Some("smtp"), Some("tls=required")) => (Tls::Later(parameters()?), SUBMISSION_PORT),
            (Some("smtps"), None | Some("tls=required")) => (Tls::AtOnce(parameters()?), SUBMISSIONS_PORT),
            (Some("smtp" | "smtps"), Some(_)) => return Err(ServerError::Parameter),
            _ => return Err(ServerError::Address),
        };
        if login.is_some() && matches!(tls, Tls::Never) && !is_this_machine(&host) {
            return Err(ServerError::PasswordInTheClear);
        }
        Ok(Self {
            port: authority.port_u16().unwrap_or(port),
            login: login.map(|login| Credentials::new(login.user, login.password)),
            hello: ClientId::Domain(hello.to_owned()),
            host,
            tls,
        })
    }

    /// Connects, greets and signs in.
    pub(super) async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let inside = match &self.tls {
            Tls::AtOnce(parameters) => Some(parameters.clone()),
            Tls::Never | Tls::Later(_) => None,
        };
        let place = (self.host.as_str(), self.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(place, None, &self.hello, inside, None).await?;
        if let Tls::Later(parameters) = &self.tls {
            connection.starttls(parameters.clone(), &self.hello).await?;
        }
        if let Some(login) = &self.login {
            connection.auth(DEFAULT_MECHANISMS, login).await?;
        }
        Ok(connection)
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Server({}:{})", self.host, self.port)
    }
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(address: &str, login: bool) -> Result<String, ServerError> {
        let login = login.then(|| Login { user: "kf".to_owned(), password: "secret".to_owned() });
        Server::parse(address, login, "kf.example").map(|server| format!("{server:?}"))
    }

    #[test]
    fn addresses_are_read() {
        assert_eq!(server("smtp://127.0.0.1:2525", true).as_deref(), Ok("Server(127.0.0.1:2525)"));
        assert_eq!(server("smtp://mail.example", false).as_deref(), Ok("Server(mail.example:25)"));
        assert_eq!(server("smtp://mail.example?tls=required", true).as_deref(), Ok("Server(mail.example:587)"));
        assert_eq!(server("smtps://mail.example", true).as_deref(), Ok("Server(mail.example:465)"));
        assert_eq!(server("smtp://[::1]:25", true).as_deref(), Ok("Server(::1:25)"));
    }

    #[test]
    fn what_is_unsafe_or_unreadable_is_refused() {
        assert_eq!(server("smtp://mail.example", true), Err(ServerError::PasswordInTheClear));
        assert_eq!(server("smtp://kf:secret@mail.example", false), Err(ServerError::UserInside));
        assert_eq!(server("smtp://mail.example?tls=maybe", false), Err(ServerError::Parameter));
        assert_eq!(server("http://mail.example", false), Err(ServerError::Address));
        assert_eq!(server("mail.example", false), Err(ServerError::Address));
        assert_eq!(server("", false), Err(ServerError::Address));
    }
}
