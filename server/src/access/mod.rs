//! Access: who may use models, and who may change them.
//!
//! There are two roles. *Users* read about models and evaluate them; *administrators* deploy, undeploy and download. A role
//! requires an address that is permitted for it and, if it has a token, that token. By default all clients are users, and
//! processes on this machine are administrators.
//!
//! "This machine" is narrower than the peer's address. A request that a proxy forwards comes from elsewhere ([`client`]). A
//! request that a web page makes the browser send does not have its user's consent, if the page has another origin, or if its
//! name is made to resolve to this server ([`hosts`]). Tokens cannot be guessed ([`guesses`]).

mod client;
mod guesses;
mod hosts;
mod token;

pub use client::{Addresses, Connection};
pub use hosts::Hosts;
pub use token::{Token, TokenError};

use crate::failure::Failure;
use crate::places;
use axum::http::header::{HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, Uri, Version};
use client::Sender;
use guesses::{Guesses, Verdict};
use std::net::IpAddr;
use std::time::Instant;
use token::{Offered, offered};

/// The rules that assign roles to clients.
#[derive(Clone, Debug, Default)]
pub struct AccessRules {
    /// The addresses of users. If empty, any address.
    pub user_addresses: Vec<Addresses>,
    /// The addresses of administrators. If empty, the addresses of this machine, or any address if there is an
    /// administrators' token.
    pub admin_addresses: Vec<Addresses>,
    /// The token that users must send.
    pub user_token: Option<Token>,
    /// The token that administrators must send.
    pub admin_token: Option<Token>,
    /// The proxies that are trusted to report a client's address in `X-Forwarded-For`.
    pub trusted_proxies: Vec<Addresses>,
    /// Further names of this server, besides those that it determines itself. `*` allows any.
    pub allowed_hosts: Vec<String>,
    /// The origins, such as `https://example.com`, whose web pages may send requests.
    pub allowed_origins: Vec<String>,
    /// Whether metrics, and the models in `/readyz`, are open to all clients even if there are tokens.
    pub open_metrics: bool,
}

/// The roles of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// Whether it may read about models and evaluate them.
    pub user: bool,
    /// Whether it may deploy, undeploy and download.
    pub admin: bool,
    /// Whether it may read metrics, and the models in `/readyz`.
    pub observer: bool,
}

/// The sender of a request, with its roles.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// Its address.
    pub address: IpAddr,
    /// Its roles.
    pub roles: Roles,
    /// Whether a trusted proxy forwarded the request.
    pub by_trusted_proxy: bool,
    /// Whether the request comes from a web page of another origin that is not allowed.
    is_foreign: bool,
    /// Whether it lacks a role because it addressed the server by a name that is not its own.
    wrong_host: bool,
}

impl Caller {
    /// Returns the caller as a client of the server's places.
    pub fn client(&self) -> places::Client {
        self.address.into()
    }

    /// Returns why the caller lacks roles that its address would give it.
    fn needs(&self) -> Option<&'static str> {
        if self.is_foreign {
            return Some(FOREIGN);
        }
        self.wrong_host.then_some(
            "the request addresses the server by a name that is not its own: `--allowed-hosts` adds names",
        )
    }
}

/// Determines the senders of requests and their roles.
#[derive(Debug)]
pub struct Gate {
    rules: AccessRules,
    hosts: Hosts,
    guesses: Guesses,
}

impl Gate {
    /// Makes a gate for a server with these names.
    pub fn new(rules: AccessRules, hosts: Hosts) -> Self {
        Gate { rules, hosts, guesses: Guesses::default() }
    }

    /// Returns the rules.
    pub fn rules(&self) -> &AccessRules {
        &self.rules
    }

    /// Determines the sender of a request and its roles.
    ///
    /// # Errors
    /// Fails if the request does not name its host, or offers a wrong token.
    pub fn judge(&self, connection: &Connection, request: &Parts) -> Result<Caller, Failure> {
        let rules = &self.rules;
        let (headers, host) = (&request.headers, host(request)?);
        let sender = Sender::new(connection, headers, &rules.trusted_proxies);
        let offered = offered(headers);
        let roles_of = |token: &Option<Token>| offered.iter().any(|offered| offered.is(token.as_ref()));
        let (knows_user, knows_admin) = (roles_of(&rules.user_token), roles_of(&rules.admin_token));
        self.check_tokens(&sender, &offered, knows_user, knows_admin)?;

        let is_foreign = self.is_foreign(request, host.as_ref(), sender.by_trusted_proxy);
        let is_own_host = host.as_ref().is_none_or(|host| self.hosts.has(host.host(), connection));
        let by_browser = headers.contains_key(ORIGIN) || headers.contains_key("sec-fetch-site");
        let admin_addresses: &[Addresses] = match (&rules.admin_addresses[..], &rules.admin_token) {
            ([], None) => &[Addresses::Local],
            ([], Some(_)) => &[Addresses::Any],
            (given, _) => given,
        };
        let user_addresses: &[Addresses] =
            if rules.user_addresses.is_empty() { &[Addresses::Any] } else { &rules.user_addresses };
        // Web pages do not know tokens. But rights that depend only on the address are also those of a page with DNS
        // rebinding.
        let admin =
            sender.is_among(admin_addresses) && (rules.admin_token.is_none() || knows_admin) && !is_foreign;
        let wrong_host = admin && rules.admin_token.is_none() && !is_own_host;
        // Programs may score under any name, as they do behind proxies. A browser sends `Origin` if a page sends rows.
        let reads = by_browser || request.method == Method::GET || request.method == Method::HEAD;
        let rebound = !is_own_host && sender.is_local;
        let user = sender.is_among(user_addresses)
            && (rules.user_token.is_none() || knows_user)
            && !is_foreign
            && !(rebound && reads && rules.user_token.is_none());
        let has_tokens = rules.user_token.is_some() || rules.admin_token.is_some();
        let knows_any = knows_user || knows_admin;
        let observer = knows_any || ((rules.open_metrics || !has_tokens) && !rebound && !is_foreign);
        let roles = Roles { user, admin: admin && !wrong_host, observer };
        let Sender { address, by_trusted_proxy, .. } = sender;
        Ok(Caller { address, roles, by_trusted_proxy, is_foreign, wrong_host: wrong_host || rebound })
    }

    /// Fails if a token is wrong, or if many wrong ones have come from the sender and the token is not a known one.
    fn check_tokens(
        &self,
        sender: &Sender,
        offered: &[Offered<'_>],
        knows_user: bool,
        knows_admin: bool,
    ) -> Result<(), Failure> {
        let rules = &self.rules;
        if offered.is_empty() || (rules.user_token.is_none() && rules.admin_token.is_none()) {
            return Ok(());
        }
        let is_right = knows_user || knows_admin;
        // Cookies may be meant for another server with the same name: if no token is needed, a wrong one is ignored.
        let is_meant = offered.iter().any(|offered| offered.is_bearer) || rules.user_token.is_some();
        if !is_right && !is_meant {
            return Ok(());
        }
        let known = [knows_user, knows_admin];
        match self.guesses.note(sender.address.into(), is_right.then_some(known), Instant::now()) {
            Verdict::Right => Ok(()),
            Verdict::Wrong => {
                tracing::warn!(address = %sender.address, "a wrong token was offered");
                Err(Failure::forbidden("Forbidden: the token is wrong"))
            }
            Verdict::TooMany { seconds, first } => {
                if first {
                    tracing::warn!(address = %sender.address, seconds, "too many wrong tokens: further ones are not checked");
                }
                Err(Failure::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "Too many wrong tokens have come from this address",
                )
                .retry_after(seconds))
            }
        }
    }

    /// Returns whether a browser sent the request for a page of another origin that is not allowed.
    fn is_foreign(&self, request: &Parts, host: Option<&Authority>, by_trusted_proxy: bool) -> bool {
        let headers = &request.headers;
        let origin = headers.get(ORIGIN);
        let is_allowed = |origin: &str| {
            let same = |allowed: &String| allowed.trim_end_matches('/').eq_ignore_ascii_case(origin);
            self.rules.allowed_origins.iter().any(same)
        };
        if origin.and_then(|origin| origin.to_str().ok()).is_some_and(is_allowed) {
            return false;
        }
        let site = headers.get("sec-fetch-site");
        if site.is_some_and(|site| site != "same-origin" && site != "none") {
            return true;
        }
        let Some(origin) = origin else { return false };
        // The proxy may address this server by another name than that by which clients address the proxy.
        let forwarded = if by_trusted_proxy { text(headers, "x-forwarded-host") } else { None };
        let host = forwarded.or(host.map(Authority::as_str)).unwrap_or_default();
        let authority =
            origin.to_str().ok().and_then(|origin| origin.parse::<Uri>().ok()?.into_parts().authority);
        !authority.is_some_and(|authority| authority.as_str().eq_ignore_ascii_case(host))
    }

    /// Returns why a caller is not an administrator, for a message.
    pub fn admin_needs(&self, caller: &Caller) -> &'static str {
        caller.needs().unwrap_or(match (&self.rules.admin_token, self.rules.admin_addresses.is_empty()) {
            (None, true) => {
                "administrators are clients on the server's own machine, unless the server was started with a token or \
                 addresses for administrators"
            }
            (None, false) => "this address is not one of the administrators' addresses",
            (Some(_), _) => "the administrators' token is needed, as `Authorization: Bearer TOKEN`",
        })
    }

    /// Returns why a caller is not a user, for a message.
    pub fn user_needs(&self, caller: &Caller) -> &'static str {
        caller.needs().unwrap_or("this address may not use models, or the users' token is needed")
    }

    /// Returns why a caller may not read metrics, for a message.
    pub fn observer_needs(&self, caller: &Caller) -> &'static str {
        let token =
            "a token is needed, as `Authorization: Bearer TOKEN`, unless `--open-metrics` opens metrics";
        caller.needs().unwrap_or(token)
    }
}

const FOREIGN: &str =
    "the request comes from a web page of another origin: `--allowed-origins` allows origins";

/// Returns the host of a request, which HTTP/1.0 requests need not name.
fn host(request: &Parts) -> Result<Option<Authority>, Failure> {
    let mut hosts = request.headers.get_all(HOST).iter();
    let (first, second) = (hosts.next(), hosts.next());
    if second.is_some() {
        return Err(Failure::bad_request("The request has two `Host` headers"));
    }
    if first.is_none() && request.version >= Version::HTTP_11 {
        return Err(Failure::bad_request("The request has no `Host` header"));
    }
    let malformed = || Failure::bad_request("The `Host` header is not the name of a host");
    let host = match first {
        None => None,
        Some(value) => {
            let text = value.to_str().map_err(|_| malformed())?;
            let host: Authority = text.parse().map_err(|_| malformed())?;
            if host.as_str().contains('@') {
                return Err(malformed());
            }
            Some(host)
        }
    };
    // A host in the request line takes precedence over the header.
    Ok(request.uri.authority().cloned().or(host))
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests;
