//! Tokens: those of the server's roles, and those that clients offer.

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE};
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;
use thiserror::Error;

/// Maximum number of tokens of a request that are checked. There can be several because of cookies of other servers.
const MOST_OFFERED: usize = 4;

/// A secret. Only its digest is kept, so that a comparison takes the same time for any offered token.
#[derive(Clone)]
pub struct Token([u8; 32]);

/// Why a string cannot be a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TokenError {
    /// It is empty.
    #[error("a token is empty")]
    Empty,
    /// It cannot be sent in a header.
    #[error("a token has characters that are not visible ASCII, so that no client could send it")]
    Unsendable,
}

impl Token {
    /// Makes a token of a string.
    ///
    /// # Errors
    /// Fails if the string is empty, or cannot be sent in a header.
    pub fn new(text: &str) -> Result<Self, TokenError> {
        if text.is_empty() {
            return Err(TokenError::Empty);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TokenError::Unsendable);
        }
        Ok(Token(digest(text)))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A token that a request offers.
pub struct Offered<'h> {
    text: &'h str,
    /// Whether it was sent as `Authorization: Bearer`, not in a cookie.
    pub is_bearer: bool,
}

impl Offered<'_> {
    /// Returns whether it is the given token.
    pub fn is(&self, token: Option<&Token>) -> bool {
        token.is_some_and(|token| token.0.ct_eq(&digest(self.text)).into())
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Returns the tokens that a request offers: as a bearer token, or in the cookie `token`.
pub fn offered(headers: &HeaderMap) -> Vec<Offered<'_>> {
    let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let bearer = header.and_then(|value| {
        let (scheme, text) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(Offered { text: text.trim(), is_bearer: true })
    });
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let cookies = cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().strip_prefix("token="))
        .map(|text| Offered { text, is_bearer: false });
    bearer.into_iter().chain(cookies).take(MOST_OFFERED).collect()
}
