//! Commands as clients of a house: the running one by HTTP, or, where none runs, the same
//! routes opened in this process under the data folder's lock.
//!
//! In: paths and JSON. Out: JSON, or the problem in words. Never here: what a command prints.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result, anyhow, ensure};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
};
use contract::Role;
use serde_json::Value;
use store::folder::{KEY_FILE, STORE_FILE};
use tower::ServiceExt;
use zeroize::Zeroizing;

use crate::{cli::Common, private, serve, sources};

/// How long a running house may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// The largest answer that is read: 64 MiB.
const ANSWER_BYTES_MAX: usize = 64 << 20;
/// The file that says where the running house listens.
pub(crate) const ADDRESS_FILE: &str = "address";

/// A house that answers.
pub(crate) struct Client {
    way: Way,
    token: Zeroizing<String>,
}

enum Way {
    /// It runs somewhere.
    Running { http: reqwest::Client, url: String },
    /// It is opened here, without routing, for this command.
    Here(Box<serve::Office>),
}

impl Client {
    /// Finds the running house, or opens the one that rests in the data folder; `role` is
    /// what the command needs there.
    pub(crate) async fn connect(common: &Common, role: Role) -> Result<Self> {
        if let Some(client) = Self::named(common)? {
            return Ok(client);
        }
        let config = sources::config(common)?;
        if let Some(client) = Self::find_running(common, &config.data, role).await? {
            return Ok(client);
        }
        ensure!(config.servers.is_some() || is_house(&config.data), "{}", no_house(&config.data));
        let office = serve::Office::open(&config).await?;
        let token = token(common, office.folder(), role)?;
        Ok(Self { way: Way::Here(Box::new(office)), token })
    }

    /// Finds the running house; for what needs branches that decide.
    pub(crate) async fn connect_running(common: &Common, role: Role) -> Result<Self> {
        if let Some(client) = Self::named(common)? {
            return Ok(client);
        }
        let config = sources::config(common)?;
        match Self::find_running(common, &config.data, role).await? {
            Some(client) => Ok(client),
            None if config.servers.is_some() => Err(anyhow!(
                "no console of the house runs with this data folder; name one by --url, with its token in SHOUWEN_TOKEN"
            )),
            None => Err(anyhow!("no house runs in {}; `shouwen serve` starts one", config.data.display())),
        }
    }

    /// Takes the house that the command line names, if it does.
    fn named(common: &Common) -> Result<Option<Self>> {
        let Some(url) = &common.url else { return Ok(None) };
        let token = common.token.clone().context("--url needs a token in SHOUWEN_TOKEN")?;
        Ok(Some(Self::running(runtime::http::client(PATIENCE)?, url, token.into())))
    }

    async fn find_running(common: &Common, data: &Path, role: Role) -> Result<Option<Self>> {
        let http = runtime::http::client(PATIENCE)?;
        let Some(url) = running(&http, data).await else { return Ok(None) };
        Ok(Some(Self::running(http, &url, token(common, data, role)?)))
    }

    fn running(http: reqwest::Client, url: &str, token: Zeroizing<String>) -> Self {
        Self { way: Way::Running { http, url: url.to_owned() }, token }
    }

    /// Gets what lies at a path below `/api/v1`.
    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        self.call(Method::GET, path, None).await
    }

    /// Gets what lies at a path, if anything does.
    pub(crate) async fn find(&self, path: &str) -> Result<Option<Value>> {
        let (status, value) = self.exchange(Method::GET, path, None).await?;
        match status {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => Ok(Some(value)),
            status => Err(problem(status, &value)),
        }
    }

    /// Gets every item of a list, up to `limit`, page by page.
    pub(crate) async fn all(&self, path: &str, limit: usize) -> Result<Vec<Value>> {
        let mut items = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let sign = if path.contains('?') { '&' } else { '?' };
            let at = cursor.map_or_else(|| path.to_owned(), |cursor| format!("{path}{sign}cursor={cursor}"));
            let page = self.get(&at).await?;
            items.extend(page.get("items").and_then(Value::as_array).cloned().unwrap_or_default());
            cursor = page.get("next").and_then(Value::as_str).map(str::to_owned);
            if cursor.is_none() || items.len() >= limit {
                items.truncate(limit);
                return Ok(items);
            }
        }
    }

    /// Posts to a path below `/api/v1`.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.call(Method::POST, path, Some(body.to_string())).await
    }

    /// Does it by any method, with any body.
    pub(crate) async fn call(&self, method: Method, path: &str, body: Option<String>) -> Result<Value> {
        let (status, value) = self.exchange(method, path, body).await?;
        if status.is_success() { Ok(value) } else { Err(problem(status, &value)) }
    }

    async fn exchange(&self, method: Method, path: &str, body: Option<String>) -> Result<(StatusCode, Value)> {
        let path = format!("/api/v1/{path}");
        let (status, text) = match &self.way {
            Way::Running { http, url } => {
                let sent = self.send(http, &format!("{url}{path}"), method, body).await;
                sent.map_err(|error| anyhow!("no house answers at {url}: {}", silence(&error)))?
            }
            Way::Here(office) => self.ask(office.routes(), &path, method, body).await?,
        };
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    async fn send(
        &self,
        http: &reqwest::Client,
        url: &str,
        method: Method,
        body: Option<String>,
    ) -> reqwest::Result<(StatusCode, String)> {
        let mut request = http.request(method, url).bearer_auth(self.token.as_str());
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body);
        }
        let answer = request.send().await?;
        Ok((answer.status(), answer.text().await?))
    }

    async fn ask(
        &self,
        routes: Router,
        path: &str,
        method: Method,
        body: Option<String>,
    ) -> Result<(StatusCode, String)> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token.as_str()))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.unwrap_or_default()))?;
        let answer = routes.oneshot(request).await?;
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), ANSWER_BYTES_MAX).await?;
        Ok((status, String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Ends what was opened for the command.
    pub(crate) async fn close(self) {
        if let Way::Here(office) = self.way {
            office.close().await;
        }
    }
}

/// Gives the address of the house of the command line, or of the one that runs in the data folder.
pub(crate) async fn address(common: &Common, data: &Path) -> Result<String> {
    if let Some(url) = &common.url {
        return Ok(url.clone());
    }
    let http = runtime::http::client(PATIENCE)?;
    let running = running(&http, data).await;
    running.with_context(|| format!("no house runs in {}; name one by --url", data.display()))
}

/// Says whether a data folder holds a house, be it one whose keys are lost.
pub(crate) fn is_house(data: &Path) -> bool {
    [KEY_FILE, STORE_FILE].iter().any(|file| data.join(file).exists())
}

/// Says that a data folder holds none.
pub(crate) fn no_house(data: &Path) -> String {
    format!("there is no house in {}; `shouwen serve` makes one", data.display())
}

/// Gives the address of the house that runs in this data folder.
async fn running(http: &reqwest::Client, data: &Path) -> Option<String> {
    let url = private::read(&data.join(ADDRESS_FILE)).ok()?;
    let alive = http.get(format!("{}/healthz", url.as_str())).send().await.ok()?;
    alive.status().is_success().then(|| url.as_str().to_owned())
}

/// Gives the token of the command line, or the house's own.
fn token(common: &Common, data: &Path, role: Role) -> Result<Zeroizing<String>> {
    match &common.token {
        Some(token) => Ok(token.clone().into()),
        None => own_token(data, role),
    }
}

fn own_token(data: &Path, role: Role) -> Result<Zeroizing<String>> {
    let path = serve::token_path(data, role);
    private::read(&path).with_context(|| format!("reading the house's own token in {}", path.display()))
}

/// Says why no answer came, by what lies at the bottom of the error.
fn silence(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("nothing came within {} s", PATIENCE.as_secs());
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let kind = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    kind.map_or_else(|| cause.to_string(), |kind| kind.to_string())
}

fn problem(status: StatusCode, value: &Value) -> anyhow::Error {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let code = text("code").map_or_else(|| status.as_u16().to_string(), str::to_owned);
    match (text("detail").or_else(|| text("title")), text("field")) {
        (Some(detail), Some(field)) => anyhow!("{code}: {field}: {detail}"),
        (Some(detail), None) => anyhow!("{code}: {detail}"),
        (None, _) => anyhow!("the house answered {code}"),
    }
}
