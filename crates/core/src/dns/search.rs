//! What a resolver inside a Pod asks for a short name.

use ordinal_api::Text;

/// Names with fewer dots are tried with every suffix first (`options ndots:5`).
const NDOTS: usize = 5;

/// The suffixes in `/etc/resolv.conf` of a Pod in that namespace.
pub fn suffixes(namespace: &str, domain: &str) -> [String; 3] {
    [
        format!("{namespace}.svc.{domain}"),
        format!("svc.{domain}"),
        domain.to_owned(),
    ]
}

/// The whole names that are asked for one after the other, until one is answered. Models glibc's `res_search`.
pub fn search(namespace: &str, domain: &str, name: &str) -> Vec<Text> {
    if name.ends_with('.') {
        return vec![name.into()];
    }
    let with_suffix =
        suffixes(namespace, domain).map(|suffix| Text::from(format!("{name}.{suffix}.")));
    let bare = Text::from(format!("{name}."));
    if name.matches('.').count() >= NDOTS {
        [bare].into_iter().chain(with_suffix).collect()
    } else {
        with_suffix.into_iter().chain([bare]).collect()
    }
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
}
