use super::*;
use axum::http::{HeaderName, Request};

fn parts(method: &str, uri: &str, pairs: &[(&'static str, &str)]) -> Parts {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in pairs {
        request = request.header(HeaderName::from_static(name), *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn from(peer: &str) -> Connection {
    Connection { peer: peer.parse().unwrap(), local: "192.0.2.1".parse().unwrap(), secure: false }
}

fn gate(rules: AccessRules) -> Gate {
    let names = ["machine".to_owned()].into_iter().chain(rules.allowed_hosts.clone());
    let hosts = Hosts::new(names, Default::default());
    Gate::new(rules, hosts)
}

/// Returns the roles of a request. Its host is the name of the machine unless the headers have another one.
fn roles(gate: &Gate, peer: &str, method: &str, pairs: &[(&'static str, &str)]) -> Result<Roles, u16> {
    let mut pairs = pairs.to_vec();
    if !pairs.iter().any(|(name, _)| *name == "host") {
        pairs.push(("host", "machine:8080"));
    }
    let caller = gate.judge(&from(peer), &parts(method, "/", &pairs));
    caller.map(|caller| caller.roles).map_err(|failure| failure.status.as_u16())
}

fn admin(gate: &Gate, peer: &str, pairs: &[(&'static str, &str)]) -> bool {
    roles(gate, peer, "PUT", pairs).unwrap().admin
}

fn token(text: &str) -> Option<Token> {
    Some(Token::new(text).unwrap())
}

#[test]
fn by_default_local_clients_are_administrators_and_all_are_users() {
    let gate = gate(AccessRules::default());
    for local in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "192.0.2.1"] {
        assert!(admin(&gate, local, &[]), "{local}");
    }
    assert!(!admin(&gate, "192.0.2.2", &[]));
    assert!(roles(&gate, "192.0.2.2", "GET", &[]).unwrap().user);
}

#[test]
fn forwarded_requests_are_not_local() {
    let rules = AccessRules::default();
    let without_proxies = gate(rules.clone());
    for header in [
        ("x-forwarded-for", "203.0.113.9"),
        ("x-forwarded-for", "127.0.0.1"),
        ("forwarded", "for=203.0.113.9"),
    ] {
        assert!(!admin(&without_proxies, "127.0.0.1", &[header]), "{header:?}");
    }
    let rules = AccessRules {
        admin_addresses: vec!["203.0.113.0/24".parse().unwrap()],
        trusted_proxies: vec!["127.0.0.1".parse().unwrap(), "10.0.0.0/8".parse().unwrap()],
        ..rules
    };
    let gate = gate(rules);
    let from = |peer: &str, addresses: &str| admin(&gate, peer, &[("x-forwarded-for", addresses)]);
    assert!(from("127.0.0.1", "198.51.100.1, 203.0.113.9"));
    // A chain of trusted proxies, and addresses with ports.
    assert!(from("127.0.0.1", "198.51.100.1, 203.0.113.9:1234, 10.0.0.1"));
    assert!(!from("127.0.0.1", "203.0.113.9, 198.51.100.1"));
    assert!(!from("127.0.0.1", "203.0.113.9, nonsense"));
    // The header is ignored unless a trusted proxy sends it.
    assert!(!from("192.0.2.77", "203.0.113.9"));
    assert!(from("203.0.113.1", "198.51.100.1"));
}

#[test]
fn pages_of_other_origins_have_no_rights() {
    let gate =
        gate(AccessRules { allowed_origins: vec!["https://good.example".into()], ..Default::default() });
    let host = ("host", "localhost:8080");
    let both = |pairs: &[(&'static str, &str)]| {
        let roles = roles(&gate, "127.0.0.1", "POST", pairs).unwrap();
        assert_eq!(roles.user, roles.admin);
        roles.admin
    };
    assert!(both(&[host, ("origin", "http://localhost:8080")]));
    assert!(!both(&[host, ("origin", "http://example.com")]));
    assert!(!both(&[host, ("origin", "null")]));
    assert!(!both(&[host, ("sec-fetch-site", "cross-site")]));
    assert!(!both(&[host, ("sec-fetch-site", "same-site")]));
    assert!(both(&[host, ("sec-fetch-site", "cross-site"), ("origin", "https://good.example")]));
    assert!(both(&[host, ("sec-fetch-site", "none")]));
}

#[test]
fn rebound_names_have_no_rights() {
    let open = gate(AccessRules::default());
    let rebound = ("host", "attacker.example:8080");
    assert!(!admin(&open, "127.0.0.1", &[rebound]));
    assert!(!admin(&open, "127.0.0.1", &[("host", "203.0.113.1")]));
    for own in ["localhost", "LOCALHOST.:1", "127.0.0.1:8080", "[::1]:8080", "192.0.2.1", "Machine"] {
        assert!(admin(&open, "127.0.0.1", &[("host", own)]), "{own}");
    }
    // A local page could read or score with the rights of its user; programs may score under any name.
    let user = |peer: &str, method: &str, pairs: &[(&'static str, &str)]| {
        roles(&open, peer, method, pairs).unwrap().user
    };
    assert!(!user("127.0.0.1", "GET", &[rebound]));
    assert!(!user("127.0.0.1", "POST", &[rebound, ("origin", "http://attacker.example:8080")]));
    assert!(user("127.0.0.1", "POST", &[rebound]));
    assert!(user("203.0.113.1", "GET", &[rebound]));
    // A name in the request line takes precedence.
    let request = parts("PUT", "http://attacker.example/", &[("host", "localhost")]);
    assert!(!open.judge(&from("127.0.0.1"), &request).unwrap().roles.admin);
    // A token, or an allowed name, gives the rights.
    let with_token = gate(AccessRules { admin_token: token("a"), ..Default::default() });
    assert!(admin(&with_token, "127.0.0.1", &[rebound, ("authorization", "Bearer a")]));
    let allowed = AccessRules { allowed_hosts: vec!["*.example".into()], ..Default::default() };
    assert!(admin(&gate(allowed), "127.0.0.1", &[rebound]));
}

#[test]
fn hosts_that_are_missing_or_malformed() {
    let gate = gate(AccessRules::default());
    let status = |pairs: &[(&'static str, &str)]| {
        let caller = gate.judge(&from("127.0.0.1"), &parts("GET", "/", pairs));
        caller.map(|_| ()).map_err(|failure| failure.status.as_u16())
    };
    assert_eq!(status(&[]), Err(400));
    assert_eq!(status(&[("host", "localhost"), ("host", "localhost")]), Err(400));
    assert_eq!(status(&[("host", "a b")]), Err(400));
    assert_eq!(status(&[("host", "user@localhost")]), Err(400));
    assert_eq!(status(&[("host", "localhost")]), Ok(()));
    let mut old = parts("GET", "/", &[]);
    old.version = Version::HTTP_10;
    assert!(gate.judge(&from("127.0.0.1"), &old).is_ok());
}

#[test]
fn tokens() {
    let gate = gate(AccessRules { admin_token: token("a"), user_token: token("u"), ..Default::default() });
    let roles = |pairs: &[(&'static str, &str)]| {
        let roles = roles(&gate, "203.0.113.9", "GET", pairs)?;
        Ok((roles.user, roles.admin, roles.observer))
    };
    assert_eq!(roles(&[]), Ok((false, false, false)));
    assert_eq!(roles(&[("authorization", "Bearer u")]), Ok((true, false, true)));
    assert_eq!(roles(&[("authorization", "bearer a")]), Ok((false, true, true)));
    assert_eq!(roles(&[("authorization", "Basic a")]), Ok((false, false, false)));
    assert_eq!(roles(&[("authorization", "Bearer x")]), Err(403));
    assert_eq!(roles(&[("cookie", "x=1; token=a")]), Ok((false, true, true)));
    assert_eq!(roles(&[("cookie", "token=a"), ("authorization", "Bearer u")]), Ok((true, true, true)));
    assert_eq!(format!("{:?}", gate.rules().admin_token), "Some(Token(…))");
    assert_eq!(Token::new("").unwrap_err(), TokenError::Empty);
    for unsendable in [" ", "a b", "é", "a\n"] {
        assert_eq!(Token::new(unsendable).unwrap_err(), TokenError::Unsendable);
    }
}
