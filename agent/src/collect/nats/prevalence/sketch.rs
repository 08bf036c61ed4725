//! How many distinct hosts: the smallest of their hashes, each with its days.
//!
//! Step: sink. Invariants: bounded; adding the same again changes nothing; two sketches that hosts
//! were added to in any order are the same. The encoding is one byte 1, then 12 bytes for each host
//! in ascending order: its hash (u64), the days of its first and last sighting (u16 each, since
//! 1970), all little-endian.

/// The hosts that saw something, or a sample of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sketch {
    /// Ascending.
    hosts: Vec<Host>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Host {
    hash: u64,
    first: u16,
    last: u16,
}

/// Distinct hosts, without the one that asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    /// Those that saw it long enough ago for the first time.
    pub(super) settled: u64,
    /// The others.
    pub(super) lately: u64,
}

impl Sketch {
    /// Adds a host's sighting; says whether that changed anything.
    pub(super) fn see(&mut self, hash: u64, today: u16, most: usize) -> bool {
        let oldest = today.saturating_sub(WINDOW);
        let at = self.hosts.binary_search_by_key(&hash, |host| host.hash);
        match at {
            Ok(at) => {
                let host = &mut self.hosts[at];
                if host.last >= today {
                    return false;
                }
                if host.last < oldest {
                    host.first = today;
                }
                host.last = today;
            }
            Err(at) if at >= most => return false,
            Err(at) => {
                let host = Host {
                    hash,
                    first: today,
                    last: today,
                };
                self.hosts.insert(at, host);
            }
        }
        self.hosts.retain(|host| host.last >= oldest);
        self.hosts.truncate(most);
        true
    }

    /// Whether a sighting would change anything.
    pub(super) fn wants(&self, hash: u64, today: u16, most: usize) -> bool {
        match self.hosts.binary_search_by_key(&hash, |host| host.hash) {
            Ok(at) => self.hosts[at].last < today,
            Err(at) => at < most,
        }
    }

    /// How many hosts, without `own`, saw it in the window; those count as settled that saw it
    /// first at least `after` days ago.
    pub(super) fn count(&self, today: u16, own: u64, after: u16, most: usize) -> Counted {
        let oldest = today.saturating_sub(WINDOW);
        let fresh = |host: &&Host| host.last >= oldest && host.hash != own;
        let settled = |host: &&Host| today.saturating_sub(host.first) >= after;
        let all = self.hosts.iter().filter(fresh).count() as u64;
        let known = self.hosts.iter().filter(fresh).filter(settled).count() as u64;
        let scaled = |number: u64| self.scaled(number, most);
        Counted {
            settled: scaled(known),
            lately: scaled(all) - scaled(known),
        }
    }

    /// What a number in the sample stands for.
    fn scaled(&self, number: u64, most: usize) -> u64 {
        let Some(last) = self.hosts.last().filter(|_| self.hosts.len() >= most) else {
            return number;
        };
        // So many hashes up to the last one, which lies at this part of all.
        let part = (last.hash as f64 + 1.0) / 2.0_f64.powi(64);
        let all = (most as f64 - 1.0) / part;
        (all * number as f64 / most as f64).round() as u64
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(1 + HOST * self.hosts.len());
        bytes.push(VERSION);
        for host in &self.hosts {
            bytes.extend_from_slice(&host.hash.to_le_bytes());
            bytes.extend_from_slice(&host.first.to_le_bytes());
            bytes.extend_from_slice(&host.last.to_le_bytes());
        }
        bytes
    }

    /// Reads a value; none when it is of another version or no sketch.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (&version, mut rest) = bytes.split_first()?;
        let mut hosts: Vec<Host> = Vec::with_capacity(rest.len() / HOST);
        while let Some((host, after)) = rest.split_first_chunk::<HOST>() {
            let (hash, days) = host.split_first_chunk::<8>()?;
            let (first, last) = days.split_first_chunk::<2>()?;
            let last = last.first_chunk::<2>()?;
            hosts.push(Host {
                hash: u64::from_le_bytes(*hash),
                first: u16::from_le_bytes(*first),
                last: u16::from_le_bytes(*last),
            });
            rest = after;
        }
        let ascending = hosts.is_sorted_by(|one, next| one.hash < next.hash);
        (version == VERSION && rest.is_empty() && ascending).then_some(Self { hosts })
    }
}

/// Days that are counted over.
pub(super) const WINDOW: u16 = 14;

const VERSION: u8 = 1;

/// Bytes of a host.
const HOST: usize = 12;

#[cfg(test)]
mod tests;
