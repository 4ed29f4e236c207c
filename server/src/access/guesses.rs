//! Guesses: tokens cannot be found by trying many.
//!
//! A client may offer some wrong tokens at once and then a few a minute. Beyond that its tokens are no longer looked at,
//! right or wrong, except those that it has offered rightly before: so somebody who guesses does not keep out those who
//! share the address and know.

use crate::places::Client;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many wrong tokens a client may offer at once.
const BURST: f64 = 10.0;
/// How long it takes until one more may be offered.
const PAUSE: Duration = Duration::from_secs(6);
/// How many clients are remembered. Of more, those that were seen the longest time ago are forgotten.
const MOST: usize = 4096;

/// What is remembered of clients that offer tokens.
#[derive(Debug, Default)]
pub struct Guesses(Mutex<HashMap<Client, Record>>);

#[derive(Debug)]
struct Record {
    /// How many wrong tokens may still be offered.
    left: f64,
    seen: Instant,
    /// Which tokens, of users and administrators, were offered rightly.
    known: [bool; 2],
    is_told: bool,
}

/// What becomes of an offered token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is right.
    Right,
    /// It is wrong.
    Wrong,
    /// It is not looked at, for so many seconds. `first`: that has not been said yet.
    TooMany {
        /// How long to wait.
        seconds: u32,
        /// Whether this is the first time since tokens were looked at.
        first: bool,
    },
}

impl Guesses {
    /// Notes that a client has offered a token. `right`: of which roles, users and administrators, it is the token; none
    /// if it is wrong.
    pub fn note(&self, client: Client, right: Option<[bool; 2]>, now: Instant) -> Verdict {
        // Nothing that is done under the lock panics.
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if records.len() >= MOST && !records.contains_key(&client) {
            let oldest = records.iter().min_by_key(|(_, record)| record.seen).map(|(client, _)| *client);
            oldest.and_then(|oldest| records.remove(&oldest));
        }
        let record = records.entry(client).or_insert(Record {
            left: BURST,
            seen: now,
            known: [false; 2],
            is_told: false,
        });
        let more = now.saturating_duration_since(record.seen).as_secs_f64() / PAUSE.as_secs_f64();
        record.left = (record.left + more).min(BURST);
        record.seen = now;
        let is_known = right.is_some_and(|right| (0..2).any(|role| right[role] && record.known[role]));
        if record.left < 1.0 && !is_known {
            let seconds = ((1.0 - record.left) * PAUSE.as_secs_f64()).ceil() as u32;
            let first = !std::mem::replace(&mut record.is_told, true);
            return Verdict::TooMany { seconds: seconds.max(1), first };
        }
        match right {
            Some(right) => {
                (0..2).for_each(|role| record.known[role] |= right[role]);
                Verdict::Right
            }
            None => {
                record.left -= 1.0;
                record.is_told = false;
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
    fn many_wrong_tokens_end_the_looking() {
        let (guesses, start) = (Guesses::default(), Instant::now());
        for _ in 0..10 {
            assert_eq!(guesses.note(client(1), None, start), Verdict::Wrong);
        }
        // The right one is not told from wrong ones either, unless it was known before.
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
    fn no_more_clients_are_remembered_than_the_limit() {
        let (guesses, start) = (Guesses::default(), Instant::now());
        for number in 0..2 * MOST as u32 {
            guesses.note(client(number), None, start + Duration::from_millis(u64::from(number)));
        }
        assert_eq!(guesses.0.lock().unwrap().len(), MOST);
    }
}
