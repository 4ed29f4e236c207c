//! Rate limits on wrong tokens, so that tokens cannot be guessed.
//!
//! A client may offer a burst of wrong tokens, and then a few per minute. Beyond that its tokens are rejected unchecked,
//! whether they are right or wrong, except tokens that it has offered correctly before. A client that guesses therefore does
//! not lock out others at the same address that know the token.

use crate::places::Client;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Number of wrong tokens that a client may offer in a burst.
const BURST: f64 = 10.0;
/// Time after which one more wrong token may be offered.
const PAUSE: Duration = Duration::from_secs(6);
/// Maximum number of clients that are remembered. Beyond that, the client that was seen least recently is forgotten.
const MOST: usize = 4096;

/// The history of clients that offer tokens.
#[derive(Debug, Default)]
pub struct Guesses(Mutex<HashMap<Client, Record>>);

#[derive(Debug)]
struct Record {
    /// Number of wrong tokens that may still be offered.
    left: f64,
    seen: Instant,
    /// Whether the users' token and the administrators' token were offered correctly.
    known: [bool; 2],
    /// Whether the client was already told that its tokens are not checked.
    is_reported: bool,
}

/// The verdict on an offered token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is right.
    Right,
    /// It is wrong.
    Wrong,
    /// It is rejected unchecked.
    TooMany {
        /// The time to wait.
        seconds: u32,
        /// Whether this is the first rejection since a token was checked.
        first: bool,
    },
}

impl Guesses {
    /// Records that a client has offered a token. `right` says whether it is the token of users and of administrators, and is
    /// `None` if it is wrong.
    pub fn note(&self, client: Client, right: Option<[bool; 2]>, now: Instant) -> Verdict {
        // No code that holds the lock panics.
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if records.len() >= MOST && !records.contains_key(&client) {
            let oldest = records.iter().min_by_key(|(_, record)| record.seen).map(|(client, _)| *client);
            oldest.and_then(|oldest| records.remove(&oldest));
        }
        let record = records.entry(client).or_insert(Record {
            left: BURST,
            seen: now,
            known: [false; 2],
            is_reported: false,
        });
        let more = now.saturating_duration_since(record.seen).as_secs_f64() / PAUSE.as_secs_f64();
        record.left = (record.left + more).min(BURST);
        record.seen = now;
        let is_known = right.is_some_and(|right| (0..2).any(|role| right[role] && record.known[role]));
        if record.left < 1.0 && !is_known {
            let seconds = ((1.0 - record.left) * PAUSE.as_secs_f64()).ceil() as u32;
            let first = !std::mem::replace(&mut record.is_reported, true);
            return Verdict::TooMany { seconds: seconds.max(1), first };
        }
        match right {
            Some(right) => {
                (0..2).for_each(|role| record.known[role] |= right[role]);
                Verdict::Right
            }
            None => {
                record.left -= 1.0;
                record.is_reported = false;
                Verdict::Wrong
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};

    fn client(number: u32) -> Client {
        IpAddr::V4(Ipv4Addr::from(number)).into()
    }

    #[test]
    fn tokens_are_not_checked_after_many_wrong_ones() {
        let (guesses, start) = (Guesses::default(), Instant::now());
        for _ in 0..10 {
            assert_eq!(guesses.note(client(1), None, start), Verdict::Wrong);
        }
        // The right token is rejected too, unless the client has offered it before.
        let right = Some([true, false]);
        assert_eq!(guesses.note(client(1), None, start), Verdict::TooMany { seconds: 6, first: true });
        assert_eq!(guesses.note(client(1), right, start), Verdict::TooMany { seconds: 6, first: false });
        assert_eq!(guesses.note(client(2), right, start), Verdict::Right);
        let later = start + Duration::from_secs(7);
        assert_eq!(guesses.note(client(1), right, later), Verdict::Right);
        assert_eq!(guesses.note(client(1), None, later), Verdict::Wrong);
        assert!(matches!(guesses.note(client(1), None, later), Verdict::TooMany { .. }));
        assert_eq!(guesses.note(client(1), right, later), Verdict::Right);
        assert!(matches!(guesses.note(client(1), Some([false, true]), later), Verdict::TooMany { .. }));
    }

    #[test]
    fn the_number_of_remembered_clients_is_limited() {
        let (guesses, start) = (Guesses::default(), Instant::now());
        for number in 0..2 * MOST as u32 {
            guesses.note(client(number), None, start + Duration::from_millis(u64::from(number)));
        }
        assert_eq!(guesses.0.lock().unwrap().len(), MOST);
    }
}
