//! Places, which limit the number of requests or connections at the same time, in total and for one client.
//!
//! A client is an IPv4 address, or an IPv6 network of 64 bits, since a single customer of a provider has such a network. It
//! may take a share of the places, so that no client can take all of them. Some places are reserved for administration.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Places for requests or connections.
#[derive(Clone, Debug)]
pub struct Places(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Number of places for all clients.
    total: usize,
    /// Maximum number of places that one client may take.
    share: usize,
    /// Number of further places, for administration.
    kept: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    /// The number of places of each client that has one, so that there are no more entries than places.
    clients: HashMap<Client, usize>,
}

/// A client that takes places, identified by its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Client(IpAddr);

impl From<IpAddr> for Client {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(address) => {
                let network = u128::from(address) >> 64 << 64;
                Client(IpAddr::V6(Ipv6Addr::from(network)))
            }
            address => Client(address),
        }
    }
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// All are taken.
    All,
    /// The client has used its share.
    Client,
}

/// A place, which is released when this is dropped.
#[derive(Debug)]
pub struct Place {
    places: Places,
    /// The client that has taken it, or `None` if it counts for no client.
    client: Option<Client>,
}

impl Places {
    /// Makes places, of which one client may take a share in percent, and further ones that are reserved for administration.
    pub fn new(total: usize, percent: u8, kept: usize) -> Self {
        let share = (total as u128 * u128::from(percent.min(100)) / 100) as usize;
        // If there is any place, every client may have one.
        let share = share.max(1);
        Places(Arc::new(Shared { total, share, kept, taken: Mutex::default() }))
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // No code that holds the lock panics.
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place for a client.
    ///
    /// # Errors
    /// Fails if all are taken, or the client has used its share.
    pub fn take(&self, client: Client) -> Result<Place, Full> {
        let mut taken = self.lock();
        if taken.all >= self.0.total {
            return Err(Full::All);
        }
        let count = taken.clients.entry(client).or_default();
        if *count >= self.0.share {
            return Err(Full::Client);
        }
        *count += 1;
        taken.all += 1;
        Ok(Place { places: self.clone(), client: Some(client) })
    }

    /// Takes a place that counts for no client, which may be a reserved one if the others are taken.
    ///
    /// # Errors
    /// Fails if the reserved places are taken too.
    pub fn take_kept(&self) -> Result<Place, Full> {
        let mut taken = self.lock();
        if taken.all >= self.0.total.saturating_add(self.0.kept) {
            return Err(Full::All);
        }
        taken.all += 1;
        Ok(Place { places: self.clone(), client: None })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.all -= 1;
        if let Some(client) = self.client
            && let Entry::Occupied(mut entry) = taken.clients.entry(client)
        {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(address: &str) -> Client {
        Client::from(address.parse::<IpAddr>().unwrap())
    }

    #[test]
    fn a_client_is_an_address_or_a_network() {
        assert_eq!(client("2001:db8::1"), client("2001:db8::ffff:0:0:1"));
        assert_ne!(client("2001:db8::1"), client("2001:db8:0:1::1"));
        assert_eq!(client("::ffff:192.0.2.1"), client("192.0.2.1"));
        assert_ne!(client("192.0.2.1"), client("192.0.2.2"));
    }

    #[test]
    fn one_client_takes_no_more_than_its_share() {
        let places = Places::new(4, 50, 1);
        let (one, other) = (client("192.0.2.1"), client("192.0.2.2"));
        let held: Vec<_> = (0..2).map(|_| places.take(one).unwrap()).collect();
        assert_eq!(places.take(one).unwrap_err(), Full::Client);
        let others: Vec<_> = (0..2).map(|_| places.take(other).unwrap()).collect();
        assert_eq!(places.take(client("192.0.2.3")).unwrap_err(), Full::All);
        let kept = places.take_kept().unwrap();
        assert_eq!(places.take_kept().unwrap_err(), Full::All);
        drop((held, others, kept));
        assert!(places.lock().clients.is_empty() && places.lock().all == 0);
        assert!(places.take(one).is_ok());
    }

    #[test]
    fn shares_of_few_places() {
        assert_eq!(Places::new(0, 50, 0).take(client("::1")).unwrap_err(), Full::All);
        let one = Places::new(1, 50, 0);
        let place = one.take(client("::1")).unwrap();
        assert_eq!(one.take(client("::1")).unwrap_err(), Full::All);
        drop(place);
        let all = Places::new(3, 100, 0);
        let places: Vec<_> = (0..3).map(|_| all.take(client("::1")).unwrap()).collect();
        assert_eq!(places.len(), 3);
    }
}
