//! Clients: found by address, shown with their marks, names and addresses masked or open.
//!
//! In: the directory. Out: shapes. Searching by an address needs the whole address; there is
//! no list of everybody. Never here: changing a client.

pub(super) mod history;

use axum::{Json, extract::State};
use contract::{Address, AddressKind, CaseId, ClientId, about, problem::Code, view::CaseView};
use serde::{Deserialize, Deserializer, Serialize, de::Error as _};
use store::directory::{Client, ClientAddress};
use utoipa::{IntoParams, ToSchema};

use crate::{
    api::{
        allowed::form,
        body::{Path, Wanted, id, maybe},
        error::Problem,
        shape::{List, time},
    },
    caller::Caller,
    house::{House, Shared},
    picture::{Shown, Sight},
    rights::{Act, Scope},
};

/// Cases of a client that are looked through for one of the caller's own.
const CASES_ASKED_MAX: u32 = 200;

/// Which clients.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Query {
    /// The whole address, for example `13800000000`.
    address: Option<String>,
    /// Its kind, `phone` where none is given.
    #[serde(default, deserialize_with = "maybe")]
    #[param(schema_with = form::<AddressKind>, required = false)]
    kind: Option<AddressKind>,
    /// Of a webhook's user, the account it is of, or the `namespace` of its configuration.
    namespace: Option<String>,
    /// His number in the firm's book.
    number: Option<String>,
}

/// Why he is looked at.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Why {
    /// The case it is for; stands in the record of looks.
    #[serde(default, alias = "case", deserialize_with = "maybe")]
    #[param(schema_with = form::<CaseId>, required = false)]
    case_id: Option<CaseId>,
    /// Whether personal data stays hidden, so that nobody need look; `false` where it is not said.
    #[serde(default, deserialize_with = "truth")]
    #[param(value_type = bool, required = false)]
    masked: bool,
}

/// A client or a prospect.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Client)]
pub(crate) struct ClientShape {
    /// His id.
    id: String,
    /// His number in the firm's book.
    number: Option<String>,
    /// His name; masked but for its first sign.
    name: Option<String>,
    /// `important`, `ordinary` or `prospect`.
    class: &'static str,
    /// `C1` to `C5`.
    risk_class: Option<String>,
    /// The day until which it holds.
    risk_valid_until: Option<String>,
    /// His account manager.
    manager: Option<String>,
    /// The branch that serves him.
    branch: Option<String>,
    /// Since when the house knows him.
    #[schema(format = DateTime)]
    known_since: String,
    /// Whether personal data is hidden here.
    masked: bool,
}

/// Where a client is reached.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Address)]
pub(crate) struct AddressShape {
    /// Its id.
    id: String,
    /// `phone`, `email`, `wechat` or `webhook`.
    kind: &'static str,
    /// Its value, open or with its middle hidden.
    pub(super) value: Option<String>,
    /// Whether promotion to it waits until it is clear what the client meant.
    held: bool,
}

/// Clients behind an address or a number; the one to take first at the front.
#[utoipa::path(get, path = "/clients", tag = "clients", params(Query), responses((status = 200, body = List<ClientShape>)))]
pub(crate) async fn list(
    State(house): State<Shared>,
    caller: Caller,
    wanted: Wanted,
) -> Result<Json<List<ClientShape>>, Problem> {
    caller.may(Act::SeeClients)?;
    let query: Query = wanted.read()?;
    let directory = house.ports.store.directory();
    let clients = match (query.address, query.number) {
        (Some(text), None) => {
            let address = Address::parse(query.kind.unwrap_or(AddressKind::Phone), &text);
            let address = address.map_err(|_| {
                Problem::field(
                    "address",
                    "needs a whole address of the kind that `kind` says, phone where it says none",
                )
            })?;
            let address = address.within(query.namespace.as_deref().unwrap_or_default());
            let owners = directory.owners_of(&[house.ports.keys.blind(&address)]).await?;
            let ids: Vec<ClientId> = owners.into_values().flatten().map(|owner| owner.client).collect();
            let found = directory.clients(&ids).await?;
            ids.iter().filter_map(|id| found.iter().find(|client| client.id == *id).cloned()).collect()
        }
        (None, Some(number)) => directory.client_numbered(&number).await?.into_iter().collect::<Vec<_>>(),
        _ => return Err(Problem::field("address", "either an address or a number is asked for")),
    };
    let shapes = clients.iter().filter(|client| in_reach(&caller, client));
    Ok(Json(List::whole(shapes.map(|client| house.client(client, Sight::Masked)).collect())))
}

/// One client.
#[utoipa::path(get, path = "/clients/{id}", tag = "clients", params(Why), responses((status = 200, body = ClientShape)))]
pub(crate) async fn show(
    State(house): State<Shared>,
    caller: Caller,
    Path(client): Path<String>,
    wanted: Wanted,
) -> Result<Json<ClientShape>, Problem> {
    let client = house.known_client(&caller, &client).await?;
    let why: Why = wanted.read()?;
    let sight = house.look_at(&caller, &client, &why).await?;
    Ok(Json(house.client(&client, sight)))
}

/// A client's addresses, the one to use first at the front.
#[utoipa::path(get, path = "/clients/{id}/addresses", tag = "clients", params(Why), responses((status = 200, body = List<AddressShape>)))]
pub(crate) async fn addresses(
    State(house): State<Shared>,
    caller: Caller,
    Path(client): Path<String>,
    wanted: Wanted,
) -> Result<Json<List<AddressShape>>, Problem> {
    let client = house.known_client(&caller, &client).await?;
    let why: Why = wanted.read()?;
    let sight = house.look_at(&caller, &client, &why).await?;
    let addresses = house.ports.store.directory().addresses(client.id).await?;
    let hashes: Vec<[u8; 16]> = addresses.iter().map(|address| address.blind.hash).collect();
    let permits = house.ports.store.consents().permits(&hashes).await?;
    let held = |address: &ClientAddress| permits.get(&address.blind.hash).is_some_and(|permits| permits.held);
    let shape = |address: &ClientAddress| AddressShape { held: held(address), ..house.address(address, sight) };
    Ok(Json(List::whole(addresses.iter().map(shape).collect())))
}

/// Reads the word of a query that stands for yes or no.
fn truth<'de, D: Deserializer<'de>>(reader: D) -> Result<bool, D::Error> {
    match String::deserialize(reader)?.as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(D::Error::custom("needs true or false")),
    }
}

/// Says whether a client is one of those whom a caller may name.
pub(super) fn in_reach(caller: &Caller, client: &Client) -> bool {
    // A prospect that no branch serves yet, and a client of the whole firm, are everybody's.
    client.branch.as_ref().is_none_or(|branch| caller.reaches(branch))
}

/// Says whether a caller sees a client open: an agent by a case of his own with him, and by the
/// one that he names.
fn open_look(caller: &Caller, cases: &[CaseView], named: Option<CaseId>) -> bool {
    match caller.may(Act::SeePersonal) {
        Err(_) | Ok(Scope::Never) => false,
        Ok(Scope::Branch) => true,
        Ok(Scope::Own) => {
            cases.iter().any(|case| caller.sees_personal(case) && named.is_none_or(|named| named == case.id))
        }
    }
}

impl House {
    pub(super) async fn known_client(&self, caller: &Caller, client: &str) -> Result<Client, Problem> {
        caller.may(Act::SeeClients)?;
        let client: ClientId = id(client, "client")?;
        let client = self.ports.store.directory().client(client).await?.ok_or_else(|| Problem::absent("client"))?;
        if in_reach(caller, &client) {
            Ok(client)
        } else {
            Err(Problem::new(Code::NotYours, "that is another branch's client"))
        }
    }

    /// Says how openly a caller sees a client, and journals an open look: an agent needs a
    /// case of his own with him.
    pub(super) async fn look_at(&self, caller: &Caller, client: &Client, why: &Why) -> Result<Sight, Problem> {
        if why.masked {
            return Ok(Sight::Masked);
        }
        let cases = self.ports.store.views().cases_of_client(client.id, CASES_ASKED_MAX).await?;
        if !open_look(caller, &cases, why.case_id) {
            return Ok(Sight::Masked);
        }
        self.look(caller, "client", Shown { case: why.case_id, clients: vec![client.id], ..Shown::default() }).await?;
        Ok(Sight::Open)
    }

    /// Gives a client's name, masked but for its first sign unless it may be seen.
    pub(super) fn client_name(&self, client: &Client, sight: Sight) -> Option<String> {
        let name = client.name.as_ref().and_then(|sealed| {
            let opened = self.ports.keys.open(&about::client(client.id), sealed).ok()?;
            String::from_utf8(opened.to_vec()).ok()
        });
        match sight {
            Sight::Open => name,
            Sight::Masked => name.map(|name| name.chars().take(1).chain("**".chars()).collect()),
        }
    }

    fn client(&self, client: &Client, sight: Sight) -> ClientShape {
        let name = self.client_name(client, sight);
        ClientShape {
            id: client.id.to_string(),
            number: client.number.clone(),
            name,
            class: client.class.as_str(),
            risk_class: client.risk_class.clone(),
            risk_valid_until: client.risk_valid_until.clone(),
            manager: client.manager.as_ref().map(ToString::to_string),
            branch: client.branch.as_ref().map(ToString::to_string),
            known_since: time(client.known_since),
            masked: sight == Sight::Masked,
        }
    }

    pub(super) fn address(&self, address: &ClientAddress, sight: Sight) -> AddressShape {
        let opened = self.ports.keys.open(&about::address(address.id), &address.sealed).ok();
        let value = opened.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok());
        let value = match sight {
            Sight::Open => value,
            Sight::Masked => {
                let parsed = value.and_then(|value| Address::parse(address.blind.kind, &value).ok());
                parsed.map(|address| address.masked())
            }
        };
        AddressShape { id: address.id.to_string(), kind: address.blind.kind.as_str(), value, held: false }
    }
}
