//! The answer by type of question.
//!
//! Models coredns plugin/kubernetes/handler.go and plugin/backend_lookup.go.

use ordinal_api::sorted::SortedSet;
use std::net::IpAddr;

use ordinal_api::Text;

use super::message::{Answer, Data, Query, Rcode, Record, RecordType};
use super::records::{Found, names_of, records};
use super::zone::{Zone, address_of_reverse, below, dotted, normal, parse, soa, zone_of};
use super::{TTL, upstream};
use crate::World;

/// Records of aliases that are followed, at most.
const ALIASES: usize = 8;
/// The version of the specification, which is a record of its own.
const VERSION: (&str, u32) = ("1.1.0", 28_800);

/// What the server answers now, without a cache.
pub fn resolve(world: &World, query: &Query) -> Answer {
    resolve_with(world, query, &mut |other| resolve(world, other))
}

/// What the server answers now. A name outside of the zone to which an alias leads is asked for by `ask`: the server asks
/// itself, so its cache has a say.
pub(super) fn resolve_with(world: &World, query: &Query, ask: Ask<'_>) -> Answer {
    let name = normal(&query.name);
    let zone = match zone_of(&name, &world.config.domain) {
        Zone::Outside => return upstream::resolve(query),
        Zone::Cluster => world.config.domain.as_str(),
        Zone::Reverse(zone) => zone,
    };
    let asked = Asked {
        world,
        name: &name,
        zone,
        spelt: spelt(&query.name, zone),
        owner: dotted(&query.name),
    };
    let (answers, additional) = match asked.by_type(query.type_, ask) {
        // What the cluster does not know about addresses is asked elsewhere.
        Err(Rcode::NxDomain) if zone != world.config.domain => return upstream::resolve(query),
        Err(rcode) => return asked.nothing(rcode),
        Ok((answers, _)) if answers.is_empty() => return asked.nothing(Rcode::NoError),
        Ok(both) => both,
    };
    Answer {
        rcode: Rcode::NoError,
        authoritative: true,
        answers,
        authority: Vec::new(),
        additional,
    }
}

type Sections = (Vec<Record>, Vec<Record>);
type Ask<'a> = &'a mut dyn FnMut(&Query) -> Answer;

/// The zone as a question spells it: the answer spells it the same.
fn spelt(name: &str, zone: &str) -> Text {
    let name = name.strip_suffix('.').unwrap_or(name);
    Text::new(&name[name.len() - zone.len()..])
}

/// A question to the cluster's zones.
#[derive(Clone)]
struct Asked<'a> {
    world: &'a World,
    /// Normal form of the name.
    name: &'a str,
    zone: &'a str,
    /// The zone as it was asked for.
    spelt: Text,
    /// The name as it was asked for.
    owner: Text,
}

impl Asked<'_> {
    fn nothing(&self, rcode: Rcode) -> Answer {
        let authority = vec![soa(&self.spelt, self.serial())];
        Answer {
            rcode,
            authoritative: true,
            authority,
            ..Answer::default()
        }
    }

    fn serial(&self) -> u32 {
        u32::try_from((ordinal_api::time::EPOCH_UNIX_MS + self.world.now().as_ms()) / 1000)
            .unwrap_or(u32::MAX)
    }

    fn record(&self, data: Data) -> Record {
        Record {
            name: self.owner.clone(),
            ttl: TTL,
            data,
        }
    }

    /// What stands behind the name. Models `Records`.
    fn found(&self) -> Result<Vec<Found>, Rcode> {
        let base = below(self.name, self.zone).unwrap_or_default();
        // The name server itself has no Service here.
        if base == "ns.dns" && self.zone == self.world.config.domain {
            return Ok(Vec::new());
        }
        let name = parse(base)?;
        if address_of_reverse(self.name).is_some() {
            return Err(Rcode::NxDomain);
        }
        records(self.world, &name)
    }

    fn by_type(&self, type_: RecordType, ask: Ask<'_>) -> Result<Sections, Rcode> {
        let answers = match type_ {
            RecordType::A | RecordType::AAAA => self.addresses(type_, &mut Vec::new(), ask)?,
            RecordType::SRV => return self.services(),
            RecordType::TXT => self.text()?,
            RecordType::PTR => self.pointers()?,
            RecordType::CNAME => {
                let found = self.found()?;
                let alias = found.first().filter(|found| found.address().is_none());
                alias
                    .map(|found| self.record(Data::Cname(dotted(&found.host))))
                    .into_iter()
                    .collect()
            }
            // Names below the zone are not looked at for this one.
            RecordType::SOA if self.name == self.zone => vec![soa(&self.spelt, self.serial())],
            RecordType::SOA => Vec::new(),
            RecordType::NS if self.name == self.zone => Vec::new(),
            // Whether the name exists is all that there is to say.
            _ => {
                self.found()?;
                Vec::new()
            }
        };
        Ok((answers, Vec::new()))
    }

    /// Models plugin `A` and `AAAA`; aliases are followed.
    fn addresses(
        &self,
        type_: RecordType,
        before: &mut Vec<(Text, Text)>,
        ask: Ask<'_>,
    ) -> Result<Vec<Record>, Rcode> {
        let mut seen = SortedSet::new();
        let mut answers = Vec::new();
        for found in self.found()? {
            match found.address() {
                Some(address) if seen.insert(found.host.clone()) => {
                    answers.extend(
                        address_data(&found.host, address, type_).map(|data| self.record(data)),
                    );
                }
                Some(_) => {}
                None => answers.extend(self.follow(&found.host, type_, before, ask)),
            }
        }
        Ok(answers)
    }

    fn follow(
        &self,
        alias: &Text,
        type_: RecordType,
        before: &mut Vec<(Text, Text)>,
        ask: Ask<'_>,
    ) -> Vec<Record> {
        let target = normal(alias);
        let step = (Text::new(self.name), Text::new(&target));
        if below(&target, self.name).is_some() || before.len() >= ALIASES || before.contains(&step)
        {
            return Vec::new();
        }
        before.push(step);
        let record = self.record(Data::Cname(dotted(alias)));
        let next = if below(&target, self.zone).is_some() {
            let next = Asked {
                name: &target,
                owner: dotted(alias),
                ..self.clone()
            };
            // An alias to nothing in the cluster is not told.
            match next.addresses(type_, before, ask) {
                Ok(answers) if !answers.is_empty() => answers,
                _ => return Vec::new(),
            }
        } else {
            ask(&Query::new(&dotted(alias), type_)).answers
        };
        [record].into_iter().chain(next).collect()
    }

    /// Models plugin `SRV`: the weight is shared among all that were found.
    fn services(&self) -> Result<Sections, Rcode> {
        let mut found = self.found()?;
        found.retain(|found| found.address().is_some());
        let share = 100 / u16::try_from(found.len().clamp(1, 100)).unwrap_or(100);
        let weight = share.max(1);
        let (mut services, mut hosts) = (SortedSet::new(), SortedSet::new());
        let (mut answers, mut additional) = (Vec::new(), Vec::new());
        for Found { host, port, name } in found {
            let (Some(port), Ok(address)) = (port, host.parse()) else {
                continue;
            };
            let own = name.strip_suffix(self.zone).unwrap_or(&name);
            let target = dotted(&format!("{own}{}", self.spelt));
            if services.insert((target.clone(), port)) {
                answers.push(self.record(Data::Srv {
                    priority: 0,
                    weight,
                    port,
                    target: target.clone(),
                }));
            }
            if hosts.insert((target.clone(), host.clone())) {
                let data = any_address(&host, address);
                additional.push(Record {
                    name: target,
                    ttl: TTL,
                    data,
                });
            }
        }
        Ok((answers, additional))
    }

    /// Models plugin `TXT`.
    fn text(&self) -> Result<Vec<Record>, Rcode> {
        let (version, ttl) = VERSION;
        if below(self.name, self.zone) == Some("dns-version") {
            return Ok(vec![Record {
                ttl,
                ..self.record(Data::Txt(Text::new_static(version)))
            }]);
        }
        if self.found()?.is_empty() {
            Err(Rcode::NxDomain)
        } else {
            Ok(Vec::new())
        }
    }

    /// Models plugin `PTR`.
    fn pointers(&self) -> Result<Vec<Record>, Rcode> {
        let Some(address) = address_of_reverse(self.name) else {
            self.found()?;
            return Ok(Vec::new());
        };
        let names: SortedSet<Text> = names_of(self.world, address)?.into_iter().collect();
        Ok(names
            .into_iter()
            .map(|name| self.record(Data::Ptr(dotted(&name))))
            .collect())
    }
}

fn any_address(text: &Text, address: IpAddr) -> Data {
    if address.is_ipv4() {
        Data::A(text.clone())
    } else {
        Data::Aaaa(text.clone())
    }
}

fn address_data(text: &Text, address: IpAddr, type_: RecordType) -> Option<Data> {
    Some(any_address(text, address)).filter(|data| data.type_() == type_)
}
