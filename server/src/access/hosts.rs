//! Hosts: the names under which clients address this server.
//!
//! A web page whose own name is made to resolve to this server (DNS rebinding) has the same origin as the server, as far as
//! the browser can determine. But its requests address the server by the page's name, which is not a name of the server.

use super::client::Connection;
use arc_swap::ArcSwap;
use std::net::IpAddr;
use std::sync::Arc;

/// The names of a server.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    names: Vec<String>,
    /// The names in the certificate, which may be replaced.
    certified: Arc<ArcSwap<Vec<String>>>,
    any: bool,
}

impl Hosts {
    /// Collects names. `*` matches any name, `*.example.com` those with one more label.
    pub fn new(names: impl IntoIterator<Item = String>, certified: Arc<ArcSwap<Vec<String>>>) -> Self {
        let names: Vec<String> = names.into_iter().map(|name| plain(&name).to_ascii_lowercase()).collect();
        Hosts { any: names.iter().any(|name| name == "*"), names, certified }
    }

    /// Returns whether a host, without a port, is a name of this server or the address of the connection.
    pub fn has(&self, host: &str, connection: &Connection) -> bool {
        let host = plain(host);
        if self.any || host.eq_ignore_ascii_case("localhost") {
            return true;
        }
        if let Ok(address) = host.parse::<IpAddr>() {
            let address = address.to_canonical();
            if address.is_loopback() || address == connection.local.to_canonical() {
                return true;
            }
        }
        self.names.iter().chain(self.certified.load().iter()).any(|name| matches(name, host))
    }
}

/// Removes the brackets of an address, and a dot at the end of a name.
fn plain(host: &str) -> &str {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    address.unwrap_or_else(|| host.strip_suffix('.').unwrap_or(host))
}

fn matches(name: &str, host: &str) -> bool {
    match name.strip_prefix("*.") {
        Some(parent) => host
            .split_once('.')
            .is_some_and(|(label, rest)| !label.is_empty() && rest.eq_ignore_ascii_case(parent)),
        None => name.eq_ignore_ascii_case(host),
    }
}
