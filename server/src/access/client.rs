//! Addresses of clients, which connect directly or through proxies.

use axum::http::HeaderMap;
use axum::http::header::FORWARDED;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// A set of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addresses {
    /// All addresses.
    Any,
    /// The addresses of this machine.
    Local,
    /// The addresses of a network.
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
                    format!(
                        "`{}` is not an address such as `*`, `localhost`, `10.0.0.7` or `10.0.0.0/8`",
                        pmml::quote(text)
                    )
                }),
        }
    }
}

impl Addresses {
    fn has(self, address: IpAddr, is_local: bool) -> bool {
        match self {
            Addresses::Any => true,
            Addresses::Local => is_local,
            Addresses::Network(network) => network.contains(&address),
        }
    }
}

/// The two ends of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Connection {
    /// The client's address.
    pub peer: IpAddr,
    /// The server's address to which the client has connected.
    pub local: IpAddr,
    /// Whether it is encrypted.
    pub secure: bool,
}

impl Connection {
    /// Returns whether both ends are on this machine.
    pub fn is_local(&self) -> bool {
        let (peer, local) = (self.peer.to_canonical(), self.local.to_canonical());
        peer.is_loopback() || peer == local
    }

    /// Returns whether the peer has one of some addresses.
    pub fn is_among(&self, addresses: &[Addresses]) -> bool {
        let (peer, is_local) = (self.peer.to_canonical(), self.is_local());
        addresses.iter().any(|addresses| addresses.has(peer, is_local))
    }
}

/// The sender of a request.
#[derive(Clone, Copy, Debug)]
pub struct Sender {
    /// The address of the client, or of the nearest proxy that is not trusted.
    pub address: IpAddr,
    /// Whether that is an address of this machine.
    pub is_local: bool,
    /// Whether a trusted proxy forwarded the request.
    pub by_trusted_proxy: bool,
}

impl Sender {
    /// Determines the sender of a request with these headers.
    ///
    /// Each proxy appends the address of its own client to the addresses that it received. They are therefore read from the
    /// last to the first, as long as the proxies that added them are trusted.
    pub fn new(connection: &Connection, headers: &HeaderMap, trusted_proxies: &[Addresses]) -> Self {
        let peer = connection.peer.to_canonical();
        let is_forwarded = headers.contains_key("x-forwarded-for") || headers.contains_key(FORWARDED);
        if !connection.is_among(trusted_proxies) || !headers.contains_key("x-forwarded-for") {
            let is_local = !is_forwarded && connection.is_local();
            return Sender { address: peer, is_local, by_trusted_proxy: false };
        }
        let mut sender = Sender { address: peer, is_local: false, by_trusted_proxy: true };
        let lines: Vec<_> = headers.get_all("x-forwarded-for").iter().collect();
        let addresses = lines.iter().rev().flat_map(|line| line.to_str().unwrap_or("?").rsplit(','));
        for address in addresses {
            let Some(address) = parse(address.trim()) else {
                // An unreadable address is not one of this machine.
                sender.is_local = false;
                break;
            };
            sender.address = address;
            sender.is_local = address.is_loopback();
            if !trusted_proxies.iter().any(|proxies| proxies.has(address, sender.is_local)) {
                break;
            }
        }
        sender
    }

    /// Returns whether the sender has one of some addresses.
    pub fn is_among(&self, addresses: &[Addresses]) -> bool {
        addresses.iter().any(|addresses| addresses.has(self.address, self.is_local))
    }
}

/// Parses an address, to which some proxies append a port.
fn parse(text: &str) -> Option<IpAddr> {
    let address = text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<IpAddr>().ok();
    address.or_else(with_port).or_else(in_brackets).map(|address| address.to_canonical())
}
