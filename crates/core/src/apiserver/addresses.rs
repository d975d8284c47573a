//! What the API server allocates: addresses of Services and ports of nodes.

use ordinal_api::Text;

use crate::persistent::Set;

/// Addresses given so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Addresses {
    services: Set<u32>,
    node_ports: Set<u16>,
    next_service: u32,
    next_node_port: u16,
    next_load_balancer: u16,
}

impl Addresses {
    /// The next free address of `10.96.0.0/12`. The first is the API server's and the tenth the DNS server's.
    pub(crate) fn service(&mut self) -> Text {
        loop {
            // The range has a million addresses, more than a run has objects.
            self.next_service = self.next_service.max(99) + 1;
            if !self.services.contains(&self.next_service) {
                self.services.insert(self.next_service);
                return Self::text(self.next_service);
            }
        }
    }

    /// Takes a given address; `false` if it is taken or outside of the range.
    pub(crate) fn take_service(&mut self, address: &str) -> bool {
        let parts: Option<Vec<u32>> = address
            .split('.')
            .map(|p| p.parse::<u8>().ok().map(u32::from))
            .collect();
        let Some([10, b @ 96..=111, c, d]) = parts.as_deref() else {
            return false;
        };
        let number = (b - 96) << 16 | c << 8 | d;
        self.services.insert(number)
    }

    /// Gives an address back.
    pub(crate) fn release_service(&mut self, address: &str) {
        let mut parts = address.split('.').map(|p| p.parse::<u32>().unwrap_or(0));
        if let (Some(10), Some(b @ 96..=111), Some(c), Some(d)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        {
            self.services.remove(&((b - 96) << 16 | c << 8 | d));
        }
    }

    /// The next free port of 30000 to 32767; 0 when all are taken.
    pub(crate) fn node_port(&mut self) -> u16 {
        let from = self.next_node_port.max(30_080);
        let free = (from..=32_767)
            .chain(30_000..from)
            .find(|port| !self.node_ports.contains(port));
        let Some(port) = free else { return 0 };
        self.next_node_port = port.saturating_add(1).min(32_767);
        self.node_ports.insert(port);
        port
    }

    /// The next address of the simulated load balancers.
    pub(crate) fn load_balancer(&mut self) -> Text {
        self.next_load_balancer = self.next_load_balancer.wrapping_add(1);
        match self.next_load_balancer {
            n @ 0..255 => format!("203.0.113.{n}"),
            n => format!("198.18.{}.{}", n >> 8, n & 255),
        }
        .into()
    }

    fn text(number: u32) -> Text {
        format!(
            "10.{}.{}.{}",
            96 + (number >> 16),
            number >> 8 & 255,
            number & 255
        )
        .into()
    }
}
