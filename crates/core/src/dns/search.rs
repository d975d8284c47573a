//! What a resolver inside a Pod asks for a short name.

use ordinal_api::Text;

/// Names with fewer dots are tried with every suffix first (`options ndots:5`).
const NDOTS: usize = 5;

/// What `/etc/resolv.conf` of a Pod says of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolver {
    /// The suffixes, in their order.
    pub search: Vec<String>,
    /// Names with fewer dots are tried with every suffix first.
    pub ndots: usize,
}

impl Resolver {
    /// That of a Pod in a namespace, under the policy `ClusterFirst`.
    pub fn of(namespace: &str, domain: &str) -> Self {
        Self {
            search: suffixes(namespace, domain).into(),
            ndots: NDOTS,
        }
    }

    /// Whether a name has so many dots that it is tried as it is first.
    pub fn is_long(&self, name: &str) -> bool {
        name.matches('.').count() >= self.ndots
    }

    /// The whole names that are asked for one after the other, until one is answered. Models glibc's `res_search`.
    pub fn names(&self, name: &str) -> Vec<Text> {
        if name.ends_with('.') {
            return vec![name.into()];
        }
        let mut names: Vec<Text> = Vec::new();
        for suffix in &self.search {
            names.push(format!("{name}.{suffix}.").into());
        }
        let bare = Text::from(format!("{name}."));
        if self.is_long(name) {
            names.insert(0, bare);
        } else {
            names.push(bare);
        }
        names
    }
}

/// The suffixes in `/etc/resolv.conf` of a Pod in that namespace.
fn suffixes(namespace: &str, domain: &str) -> [String; 3] {
    [
        format!("{namespace}.svc.{domain}"),
        format!("svc.{domain}"),
        domain.to_owned(),
    ]
}

/// The names that a resolver of a namespace asks for.
pub fn search(namespace: &str, domain: &str, name: &str) -> Vec<Text> {
    Resolver::of(namespace, domain).names(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_five_dots_is_tried_as_it_is_first_and_one_that_ends_in_a_dot_only_so() {
        let short = search("dev", "cluster.local", "web-0.nginx");
        assert_eq!(
            short,
            [
                "web-0.nginx.dev.svc.cluster.local.",
                "web-0.nginx.svc.cluster.local.",
                "web-0.nginx.cluster.local.",
                "web-0.nginx."
            ]
        );
        assert_eq!(
            search("dev", "cluster.local", "a.b.c.d.e.f")[0],
            "a.b.c.d.e.f."
        );
        assert_eq!(search("dev", "cluster.local", "nginx."), ["nginx."]);
    }
    #[test]
    fn a_resolver_of_ones_own_has_its_suffixes_and_its_dots() {
        let resolver = Resolver {
            search: vec!["a.example".to_owned()],
            ndots: 1,
        };
        assert_eq!(resolver.names("x"), ["x.a.example.", "x."]);
        assert_eq!(resolver.names("x.y"), ["x.y.", "x.y.a.example."]);
    }
}
