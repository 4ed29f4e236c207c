//! Access: who may use models, and who may change them.
//!
//! Two roles. *Users* read about models and evaluate them; *administrators* deploy, undeploy and download. A role takes
//! an address that the role admits and, where the role has a token, that token. Without configuration everybody is a user
//! and processes of this machine are administrators.
//!
//! What "this machine" means is narrower than the peer's address alone. A request that a proxy forwards comes from
//! elsewhere, and one that a web page of another origin makes the browser send does not have its user's consent. Neither
//! makes an administrator.

use axum::http::header::{AUTHORIZATION, COOKIE, FORWARDED, HOST, ORIGIN};
use axum::http::{HeaderMap, Uri};
use ipnet::IpNet;
use sha2::{Digest, Sha256};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use subtle::ConstantTimeEq;

/// Who has which role.
#[derive(Clone, Debug, Default)]
pub struct AccessRules {
    /// From where users come; from anywhere unless given.
    pub user_addresses: Vec<Addresses>,
    /// From where administrators come. Unless given, from this machine, or from anywhere if there is an administrators'
    /// token.
    pub admin_addresses: Vec<Addresses>,
    /// What users must know.
    pub user_token: Option<Token>,
    /// What administrators must know.
    pub admin_token: Option<Token>,
    /// Whether `X-Forwarded-For` tells a client's address: only behind a proxy that sets it.
    pub trust_forwarded_for: bool,
}

/// Some addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addresses {
    /// All.
    Any,
    /// Those of this machine.
    Local,
    /// Those of a network.
    Network(IpNet),
}

/// `*`, `localhost`, an address, or a network such as `10.0.0.0/8`.
impl FromStr for Addresses {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "*" => Ok(Addresses::Any),
            "localhost" => Ok(Addresses::Local),
            text => text
                .parse()
                .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
                .map(Addresses::Network)
                .map_err(|_| {
                    format!("`{text}` is no address: `*`, `localhost`, `10.0.0.7` or `10.0.0.0/8` are")
                }),
        }
    }
}

/// A secret. Only its digest is kept, so that comparing takes the same time whatever is offered.
#[derive(Clone)]
pub struct Token([u8; 32]);

impl Token {
    /// A token of this text.
    pub fn new(text: &str) -> Self {
        Token(Sha256::digest(text.as_bytes()).into())
    }

    fn is(&self, offered: &str) -> bool {
        self.0.ct_eq(&Token::new(offered).0).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The two ends of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Connection {
    /// The client's address.
    pub peer: IpAddr,
    /// The server's address that the client has called.
    pub local: IpAddr,
    /// Whether it is encrypted.
    pub secure: bool,
}

/// The roles of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// May read about models and evaluate them.
    pub user: bool,
    /// May deploy, undeploy and download.
    pub admin: bool,
}

impl AccessRules {
    /// The roles of the client that sent a request with these headers.
    pub fn roles(&self, connection: &Connection, headers: &HeaderMap) -> Roles {
        let client = self.client(connection, headers);
        let admin_addresses: &[Addresses] = match (&self.admin_addresses[..], &self.admin_token) {
            ([], None) => &[Addresses::Local],
            ([], Some(_)) => &[Addresses::Any],
            (given, _) => given,
        };
        let user_addresses: &[Addresses] =
            if self.user_addresses.is_empty() { &[Addresses::Any] } else { &self.user_addresses };
        let admin = client.is_among(admin_addresses)
            && self.admin_token.as_ref().is_none_or(|token| offers(headers, token))
            && has_consent(headers, self.admin_token.is_some());
        let user = client.is_among(user_addresses)
            && self.user_token.as_ref().is_none_or(|token| offers(headers, token));
        Roles { user, admin }
    }

    /// Why a client is no administrator, for its message.
    pub fn admin_needs(&self) -> &'static str {
        match (&self.admin_token, self.admin_addresses.is_empty()) {
            (None, true) => {
                "administrators are clients on the server's own machine, unless the server is started with an \
                 administrators' token or addresses"
            }
            (None, false) => "administrators are clients at certain addresses",
            (Some(_), _) => "the administrators' token is needed, as `Authorization: Bearer TOKEN`",
        }
    }

    fn client(&self, connection: &Connection, headers: &HeaderMap) -> Client {
        let forwarded = headers.get_all("x-forwarded-for").iter().next_back();
        // The last address is the one that the nearest proxy has seen.
        let told = forwarded
            .and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse::<IpAddr>().ok());
        match (forwarded, told) {
            (Some(_), Some(address)) if self.trust_forwarded_for => {
                Client { address: address.to_canonical(), is_local: address.to_canonical().is_loopback() }
            }
            _ => {
                let (peer, local) = (connection.peer.to_canonical(), connection.local.to_canonical());
                let direct = forwarded.is_none() && !headers.contains_key(FORWARDED);
                Client { address: peer, is_local: direct && (peer.is_loopback() || peer == local) }
            }
        }
    }
}

struct Client {
    address: IpAddr,
    is_local: bool,
}

impl Client {
    fn is_among(&self, addresses: &[Addresses]) -> bool {
        addresses.iter().any(|addresses| match addresses {
            Addresses::Any => true,
            Addresses::Local => self.is_local,
            Addresses::Network(network) => network.contains(&self.address),
        })
    }
}

/// Whether a request offers a token, in the cookie `token` or as bearer.
fn offers(headers: &HeaderMap, token: &Token) -> bool {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let in_cookie = cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().strip_prefix("token="))
        .any(|offered| token.is(offered));
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = header.and_then(|value| {
        let (scheme, offered) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(offered.trim())
    });
    in_cookie || bearer.is_some_and(|offered| token.is(offered))
}

/// Whether a request is not one that a page of another origin makes a browser send.
fn has_consent(headers: &HeaderMap, has_token: bool) -> bool {
    let text = |value: &axum::http::HeaderValue| value.to_str().ok().map(str::to_owned);
    let site = headers.get("sec-fetch-site").and_then(text);
    let origin = headers.get(ORIGIN).map(text);
    let host = headers.get(HOST).and_then(text).unwrap_or_default();
    if site.as_deref().is_some_and(|site| site != "same-origin" && site != "none") {
        return false;
    }
    let same = match &origin {
        None => true,
        Some(origin) => origin
            .as_ref()
            .and_then(|origin| origin.parse::<Uri>().ok()?.authority().map(ToString::to_string))
            .is_some_and(|authority| authority.eq_ignore_ascii_case(&host)),
    };
    // A name that an attacker has made point here is an origin like any other; an address or `localhost` is not theirs to
    // give out. Pages of such a name do not know the token.
    let by_browser = site.is_some() || origin.is_some();
    same && (!by_browser || has_token || is_own_name(&host))
}

fn is_own_name(host: &str) -> bool {
    let name = match host.parse::<axum::http::uri::Authority>() {
        Ok(authority) => authority.host().to_owned(),
        Err(_) => return false,
    };
    name.eq_ignore_ascii_case("localhost") || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderName;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    fn from(peer: &str) -> Connection {
        Connection { peer: peer.parse().unwrap(), local: "192.0.2.1".parse().unwrap(), secure: false }
    }

    fn admin(rules: &AccessRules, peer: &str, pairs: &[(&'static str, &str)]) -> bool {
        rules.roles(&from(peer), &headers(pairs)).admin
    }

    #[test]
    fn by_default_local_clients_are_administrators_and_all_are_users() {
        let rules = AccessRules::default();
        for local in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "192.0.2.1"] {
            assert!(admin(&rules, local, &[]), "{local}");
        }
        assert!(!admin(&rules, "192.0.2.2", &[]));
        assert!(rules.roles(&from("192.0.2.2"), &headers(&[])).user);
    }

    #[test]
    fn forwarded_requests_are_not_local() {
        let mut rules = AccessRules::default();
        assert!(!admin(&rules, "127.0.0.1", &[("x-forwarded-for", "203.0.113.9")]));
        assert!(!admin(&rules, "127.0.0.1", &[("x-forwarded-for", "127.0.0.1")]));
        assert!(!admin(&rules, "127.0.0.1", &[("forwarded", "for=203.0.113.9")]));
        rules.trust_forwarded_for = true;
        rules.admin_addresses = vec!["203.0.113.0/24".parse().unwrap()];
        assert!(admin(&rules, "127.0.0.1", &[("x-forwarded-for", "10.0.0.1, 203.0.113.9")]));
        assert!(!admin(&rules, "127.0.0.1", &[("x-forwarded-for", "203.0.113.9, 10.0.0.1")]));
    }

    #[test]
    fn pages_of_other_origins_have_no_rights() {
        let rules = AccessRules::default();
        let host = ("host", "localhost:8080");
        assert!(admin(&rules, "127.0.0.1", &[host, ("origin", "http://localhost:8080")]));
        assert!(!admin(&rules, "127.0.0.1", &[host, ("origin", "http://example.com")]));
        assert!(!admin(&rules, "127.0.0.1", &[host, ("origin", "null")]));
        assert!(!admin(&rules, "127.0.0.1", &[host, ("sec-fetch-site", "cross-site")]));
        let rebound = [("host", "example.com"), ("origin", "http://example.com")];
        assert!(!admin(&rules, "127.0.0.1", &rebound));
    }

    #[test]
    fn tokens() {
        let rules = AccessRules {
            admin_token: Some(Token::new("a")),
            user_token: Some(Token::new("u")),
            ..AccessRules::default()
        };
        let roles = |pairs: &[(&'static str, &str)]| {
            let roles = rules.roles(&from("203.0.113.9"), &headers(pairs));
            (roles.user, roles.admin)
        };
        assert_eq!(roles(&[]), (false, false));
        assert_eq!(roles(&[("authorization", "Bearer u")]), (true, false));
        assert_eq!(roles(&[("authorization", "bearer a")]), (false, true));
        assert_eq!(roles(&[("authorization", "Basic a")]), (false, false));
        assert_eq!(roles(&[("cookie", "x=1; token=a")]), (false, true));
        assert_eq!(roles(&[("cookie", "token=a"), ("authorization", "Bearer u")]), (true, true));
        assert_eq!(format!("{:?}", rules.admin_token), "Some(Token(…))");
    }
}
