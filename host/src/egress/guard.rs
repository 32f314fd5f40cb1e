//! Which addresses may be reached: public ones, and of the others those that were granted.

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What decides on addresses, after names are resolved.
#[derive(Debug, Clone)]
pub(crate) enum Guard {
    /// Every address: the operator has named the target.
    #[cfg_attr(not(feature = "api"), expect(dead_code, reason = "the platform is called by the service"))]
    Off,
    /// Public addresses, and those of these networks.
    Granting(Vec<IpNet>),
}

impl Guard {
    /// Why a URL's host may not be reached, where that shows without resolving it.
    pub(crate) fn refuses_literal(&self, host: &str) -> Option<String> {
        let address = literal(host)?;
        let what = self.refuses(address)?;
        Some(format!("{address} is {what} address: it takes [grants] networks = [\"{address}\"]"))
    }

    /// What an address is, in a word, if it may not be reached.
    pub(super) fn refuses(&self, address: IpAddr) -> Option<&'static str> {
        let Self::Granting(networks) = self else { return None };
        let meant = meant(address);
        let granted = |address: &IpAddr| networks.iter().any(|network| network.contains(address));
        let special = special(address).or_else(|| special(meant))?;
        (!granted(&address) && !granted(&meant)).then_some(special)
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> IpNet {
    IpNet::V4(Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix))
}

const fn v6(a: u16, b: u16, c: u16, prefix: u8) -> IpNet {
    IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), prefix))
}

/// What is not for everybody on the Internet (RFC 6890 and the registries it began).
const SPECIAL: [(IpNet, &str); 30] = [
    (v4(0, 0, 0, 0, 8), "an unspecified"),
    (v4(10, 0, 0, 0, 8), "a private"),
    (v4(100, 64, 0, 0, 10), "a carrier's"),
    (v4(127, 0, 0, 0, 8), "a loopback"),
    // With it 169.254.169.254, where clouds hand out credentials.
    (v4(169, 254, 0, 0, 16), "a link-local"),
    (v4(172, 16, 0, 0, 12), "a private"),
    (v4(192, 0, 0, 0, 24), "a reserved"),
    (v4(192, 0, 2, 0, 24), "a documentation"),
    (v4(192, 88, 99, 0, 24), "a reserved"),
    (v4(192, 168, 0, 0, 16), "a private"),
    (v4(198, 18, 0, 0, 15), "a benchmark"),
    (v4(198, 51, 100, 0, 24), "a documentation"),
    (v4(203, 0, 113, 0, 24), "a documentation"),
    (v4(224, 0, 0, 0, 4), "a multicast"),
    (v4(255, 255, 255, 255, 32), "a broadcast"),
    (v4(240, 0, 0, 0, 4), "a reserved"),
    (IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 128)), "an unspecified"),
    (IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128)), "a loopback"),
    // NAT64 within a network (RFC 8215): what it leads to is not to be seen in it.
    (v6(0x64, 0xff9b, 1, 48), "a private"),
    (v6(0x100, 0, 0, 64), "a discarded"),
    // Teredo and other assignments of the IETF's own, benchmarks and ORCHIDs among them.
    (v6(0x2001, 0, 0, 23), "a reserved"),
    (v6(0x2001, 0xdb8, 0, 32), "a documentation"),
    (v6(0x3fff, 0, 0, 20), "a documentation"),
    (v6(0x5f00, 0, 0, 16), "a reserved"),
    (v6(0xfc00, 0, 0, 7), "a private"),
    (v6(0xfe80, 0, 0, 10), "a link-local"),
    (v6(0xfec0, 0, 0, 10), "a private"),
    (v6(0xff00, 0, 0, 8), "a multicast"),
    // The old form of an IPv4 address, which nothing public has any more.
    (v6(0, 0, 0, 96), "a reserved"),
    // IPv4 translated as in RFC 2765.
    (IpNet::V6(Ipv6Net::new_assert(Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0), 96)), "a reserved"),
];

/// The address that a URL's host is by itself, where it is one and not a name.
pub(super) fn literal(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

fn special(address: IpAddr) -> Option<&'static str> {
    SPECIAL.iter().find(|(network, _)| network.contains(&address)).map(|(_, word)| *word)
}

/// The IPv4 address that an IPv6 one leads to, where it does: mapped, compatible, NAT64, 6to4.
fn meant(address: IpAddr) -> IpAddr {
    let IpAddr::V6(address) = address else { return address };
    let [a, b, c, d, e, f, g, h] = address.segments();
    let v4 = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    };
    match [a, b, c, d, e, f] {
        [0, 0, 0, 0, 0, 0xffff] | [0x64, 0xff9b, 0, 0, 0, 0] => v4(g, h),
        [0, 0, 0, 0, 0xffff, 0] => v4(g, h),
        [0, 0, 0, 0, 0, 0] if g != 0 => v4(g, h),
        [0x2002, high, low, ..] => v4(high, low),
        _ => IpAddr::V6(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(networks: &[&str], address: &str) -> Option<&'static str> {
        let networks = networks.iter().map(|network| network.parse().unwrap()).collect();
        Guard::Granting(networks).refuses(address.parse().unwrap())
    }

    #[test]
    fn what_is_not_public_is_refused_in_every_form() {
        for (address, word) in [
            ("127.0.0.1", "a loopback"),
            ("127.255.255.254", "a loopback"),
            ("10.0.0.1", "a private"),
            ("172.16.0.1", "a private"),
            ("172.31.255.255", "a private"),
            ("192.168.1.1", "a private"),
            ("169.254.169.254", "a link-local"),
            ("100.64.0.1", "a carrier's"),
            ("100.127.255.255", "a carrier's"),
            ("0.0.0.0", "an unspecified"),
            ("0.1.2.3", "an unspecified"),
            ("224.0.0.1", "a multicast"),
            ("255.255.255.255", "a broadcast"),
            ("240.0.0.1", "a reserved"),
            ("192.0.0.170", "a reserved"),
            ("192.0.2.1", "a documentation"),
            ("198.18.0.1", "a benchmark"),
            ("198.51.100.1", "a documentation"),
            ("203.0.113.1", "a documentation"),
            ("::", "an unspecified"),
            ("::1", "a loopback"),
            ("fc00::1", "a private"),
            ("fd00:ec2::254", "a private"),
            ("fe80::1", "a link-local"),
            ("fec0::1", "a private"),
            ("ff02::1", "a multicast"),
            ("2001:db8::1", "a documentation"),
            ("3fff::1", "a documentation"),
            ("2001:2::1", "a reserved"),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "a reserved"),
            ("100::1", "a discarded"),
            ("::ffff:127.0.0.1", "a loopback"),
            ("::ffff:169.254.169.254", "a link-local"),
            ("::ffff:0:10.0.0.1", "a reserved"),
            ("::127.0.0.1", "a reserved"),
            ("64:ff9b::10.0.0.1", "a private"),
            ("64:ff9b:1::1", "a private"),
            ("2002:7f00:1::", "a loopback"),
            ("2002:a9fe:a9fe::1", "a link-local"),
        ] {
            assert_eq!(refused(&[], address), Some(word), "{address}");
        }
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "11.0.0.1",
            "100.128.0.1",
            "172.32.0.1",
            "192.169.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450:4001:80b::200e",
            "64:ff9b::8.8.8.8",
            "::ffff:8.8.8.8",
            "2002:808:808::1",
        ] {
            assert_eq!(refused(&[], address), None, "{address}");
        }
    }

    #[test]
    fn what_is_granted_is_reached_and_nothing_beside_it() {
        let granted = ["10.1.0.0/16", "127.0.0.1/32", "fd00::/8"];
        for address in
            ["10.1.255.1", "127.0.0.1", "::ffff:127.0.0.1", "fd12::1", "2002:a01:203::1", "1.1.1.1"]
        {
            assert_eq!(refused(&granted, address), None, "{address}");
        }
        for address in ["10.2.0.1", "127.0.0.2", "::1", "fc00::1", "169.254.169.254"] {
            assert!(refused(&granted, address).is_some(), "{address}");
        }
        assert_eq!(Guard::Off.refuses("127.0.0.1".parse().unwrap()), None);
    }
}
