//! What a name means: its zone, and the parts of a name under the cluster's domain.
//!
//! Models coredns plugin/kubernetes/parse.go and plugin/pkg/dnsutil `ExtractAddressFromReverse`.

use ordinal_api::list::IntoList;
use std::net::IpAddr;

use ordinal_api::Text;

use super::message::{Data, Record};
use super::{Rcode, TTL};

/// Who answers for a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Zone {
    /// The cluster's domain.
    Cluster,
    /// `in-addr.arpa` or `ip6.arpa`: what the cluster does not know is asked elsewhere.
    Reverse(&'static str),
    /// The rest of the world.
    Outside,
}

/// The parts of a name under the cluster's domain, in lower case; empty where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "the parts are those of the DNS specification of Kubernetes"
)]
pub struct Name {
    pub port: Text,
    pub protocol: Text,
    pub endpoint: Text,
    pub service: Text,
    pub namespace: Text,
    /// `svc` or `pod`.
    pub kind: Text,
}

/// A name in lower case, without the dot at its end.
pub fn normal(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// A name with the dot at its end.
pub fn dotted(name: &str) -> Text {
    if name.ends_with('.') {
        name.into()
    } else {
        format!("{name}.").into()
    }
}

/// What stands before a zone in a name, if the name lies in it: empty for the zone itself.
pub fn below<'n>(name: &'n str, zone: &str) -> Option<&'n str> {
    let rest = name.strip_suffix(zone)?;
    if rest.is_empty() {
        Some(rest)
    } else {
        rest.strip_suffix('.')
    }
}

/// Who answers for a (normal) name in a cluster of this domain.
pub fn zone_of(name: &str, domain: &str) -> Zone {
    let reverse = ["in-addr.arpa", "ip6.arpa"]
        .into_iter()
        .find(|zone| below(name, zone).is_some());
    match (below(name, domain), reverse) {
        (Some(_), _) => Zone::Cluster,
        (_, Some(zone)) => Zone::Reverse(zone),
        _ => Zone::Outside,
    }
}

/// The parts of a name, from what stands before the cluster's domain.
///
/// # Errors
/// `NxDomain` when it can name nothing: too many labels, or neither `svc` nor `pod`.
pub fn parse(base: &str) -> Result<Name, Rcode> {
    let mut name = Name::default();
    if base.is_empty() || base == "svc" || base == "pod" {
        return Ok(name);
    }
    let mut labels = base.rsplit('.').map(Text::new);
    let mut next = || labels.next().unwrap_or_default();
    name.kind = next();
    if name.kind != "svc" && name.kind != "pod" {
        return Err(Rcode::NxDomain);
    }
    name.namespace = next();
    name.service = next();
    let left: Vec<Text> = labels.into_list();
    let plain = |label: &Text| Text::new(label.strip_prefix('_').unwrap_or(label));
    match left.as_slice() {
        [] => {}
        [endpoint] => name.endpoint = endpoint.clone(),
        [protocol, port] => (name.protocol, name.port) = (plain(protocol), plain(port)),
        _ => return Err(Rcode::NxDomain),
    }
    Ok(name)
}

/// The address behind a (normal) reverse name.
pub fn address_of_reverse(name: &str) -> Option<IpAddr> {
    if let Some(base) = below(name, "in-addr.arpa") {
        let parts = base.rsplit('.').into_list();
        return parts.join(".").parse().ok().map(IpAddr::V4);
    }
    // Four labels make a group; what is left over is not looked at.
    let labels = below(name, "ip6.arpa")?.rsplit('.').into_list();
    let groups = labels.chunks_exact(4).map(<[&str]>::concat).into_list();
    groups.join(":").parse().ok().map(IpAddr::V6)
}

/// The record by which a zone says that there is nothing more to say.
pub fn soa(zone: &str, serial: u32) -> Record {
    let data = Data::Soa {
        mname: format!("ns.dns.{zone}.").into(),
        rname: format!("hostmaster.{zone}.").into(),
        serial,
        refresh: 7200,
        retry: 1800,
        expire: 86_400,
        minimum: TTL,
    };
    Record {
        name: format!("{zone}.").into(),
        ttl: TTL,
        data,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_apart_from_its_end() {
        // base => kind namespace service endpoint port protocol
        let cases = [
            ("", Ok("|||||")),
            ("svc", Ok("|||||")),
            ("default.svc", Ok("svc|default||||")),
            ("nginx.default.svc", Ok("svc|default|nginx|||")),
            ("web-0.nginx.default.svc", Ok("svc|default|nginx|web-0||")),
            (
                "_web._tcp.nginx.default.svc",
                Ok("svc|default|nginx||web|tcp"),
            ),
            ("10-0-0-1.default.pod", Ok("pod|default|10-0-0-1|||")),
            ("_web._tcp.web-0.nginx.default.svc", Err(Rcode::NxDomain)),
            ("nginx.default", Err(Rcode::NxDomain)),
        ];
        for (base, expected) in cases {
            let parts = parse(base).map(|n| {
                [
                    n.kind,
                    n.namespace,
                    n.service,
                    n.endpoint,
                    n.port,
                    n.protocol,
                ]
                .map(|p| p.to_string())
                .join("|")
            });
            assert_eq!(parts, expected.map(str::to_owned), "{base}");
        }
    }

    #[test]
    fn a_reverse_name_holds_an_address_only_when_it_is_whole() {
        let cases = [
            ("5.1.244.10.in-addr.arpa", Some("10.244.1.5")),
            ("1.244.10.in-addr.arpa", None),
            ("999.1.244.10.in-addr.arpa", None),
            (
                "5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa",
                Some("fd00::5"),
            ),
            (
                "x.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa",
                Some("fd00::5"),
            ),
            ("5.0.d.f.ip6.arpa", None),
            ("05.1.244.10.in-addr.arpa", None),
        ];
        for (name, expected) in cases {
            assert_eq!(
                address_of_reverse(name).map(|a| a.to_string()).as_deref(),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn a_zone_ends_at_a_label() {
        assert_eq!(zone_of("a.cluster.local", "cluster.local"), Zone::Cluster);
        assert_eq!(zone_of("acluster.local", "cluster.local"), Zone::Outside);
        assert_eq!(
            zone_of("1.in-addr.arpa", "cluster.local"),
            Zone::Reverse("in-addr.arpa")
        );
    }
}
