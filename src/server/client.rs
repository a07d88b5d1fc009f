//! Where a call comes from, where a proxy stands in between.
//!
//! SECURITY: anybody can send `X-Forwarded-For`. It counts only where it comes from a proxy that is configured as trusted, and then from
//! its end: each proxy appends whom it was called by, so the last address that is no trusted proxy is the client. `Forwarded` is never
//! read: a proxy that does not know it would hand on what the client made up.

use axum::http::HeaderMap;
use std::net::IpAddr;
use stint_domain::network::Network;

/// The address of whoever called.
pub fn address(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let peer = peer.to_canonical();
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(peer) {
        return peer;
    }
    let lists: Vec<_> =
        headers.get_all("x-forwarded-for").iter().filter_map(|list| list.to_str().ok()).collect();
    let mut nearest = peer;
    for hop in lists.iter().rev().flat_map(|list| list.rsplit(',')) {
        // What cannot be read was not written by a proxy: whoever is before it is not known.
        let Some(address) = read(hop.trim()) else { break };
        nearest = address;
        if !is_trusted(address) {
            break;
        }
    }
    nearest
}

/// An address, perhaps with a port.
fn read(hop: &str) -> Option<IpAddr> {
    let address = hop.parse().ok().or_else(|| hop.parse::<std::net::SocketAddr>().ok().map(|it| it.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn found(peer: &str, lists: &[&'static str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for list in lists {
            headers.append("x-forwarded-for", HeaderValue::from_static(list));
        }
        let trusted: Vec<Network> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn a_stranger_says_nothing_about_where_they_are() {
        assert_eq!(found("198.51.100.9", &["10.0.0.1"], &[]), "198.51.100.9");
        assert_eq!(found("198.51.100.9", &["10.0.0.1"], &["127.0.0.1"]), "198.51.100.9");
    }

    #[test]
    fn a_trusted_proxy_is_believed_about_whom_it_saw() {
        let proxies = ["127.0.0.1", "10.0.0.0/8"];
        assert_eq!(found("127.0.0.1", &["203.0.113.5"], &proxies), "203.0.113.5");
        assert_eq!(found("127.0.0.1", &["6.6.6.6, 203.0.113.5, 10.1.2.3"], &proxies), "203.0.113.5");
        assert_eq!(found("127.0.0.1", &["6.6.6.6", "203.0.113.5"], &proxies), "203.0.113.5");
        assert_eq!(found("127.0.0.1", &["203.0.113.5:4711"], &proxies), "203.0.113.5");
        assert_eq!(found("127.0.0.1", &["nonsense, 10.9.9.9"], &proxies), "10.9.9.9");
        assert_eq!(found("127.0.0.1", &[], &proxies), "127.0.0.1");
        assert_eq!(found("::ffff:127.0.0.1", &["[2001:db8::1]:443"], &proxies), "2001:db8::1");
    }

    mod outside {
        use super::*;
        use proptest::prelude::*;

        proptest! {
            #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

            #[test]
            fn any_list_of_hops_names_some_address(
                lists in proptest::collection::vec("[0-9a-f.:, \\[\\]]{0,60}|\\PC{0,20}", 0..4),
                peer in any::<IpAddr>(),
            ) {
                let mut headers = HeaderMap::new();
                for list in &lists {
                    if let Ok(value) = HeaderValue::from_str(list) {
                        headers.append("x-forwarded-for", value);
                    }
                }
                prop_assert_eq!(address(peer, &headers, &[]), peer.to_canonical(), "nobody is trusted");
                let everywhere = ["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()];
                let _whoever_it_is = address(peer, &headers, &everywhere);
            }
        }
    }
}
