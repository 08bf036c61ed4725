//! The kernel's names of volumes as drive letters.
//!
//! Step: source. The kernel names files by device (`\Device\HarddiskVolume3\a`), programs and people
//! by drive (`C:\a`). Which device a drive stands for is asked of the running system; what needs no
//! asking (`\??\`, network shares) is translated for recordings, too. Invariant: a name that is not
//! known stays as it is.

/// What devices stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Volumes {
    /// The longest first.
    prefixes: Vec<Prefix>,
}

/// A device, or another beginning of names, and what stands in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Prefix {
    device: Box<[u8]>,
    place: Box<[u8]>,
}

impl Volumes {
    /// Takes in that names which begin with `device` begin with `place` for people.
    pub fn add(&mut self, device: &[u8], place: &[u8]) {
        let device = device.strip_suffix(b"\\").unwrap_or(device);
        if device.is_empty() {
            return;
        }
        self.prefixes.retain(|known| *known.device != *device);
        self.prefixes.push(Prefix {
            device: device.into(),
            place: place.into(),
        });
        self.prefixes
            .sort_by_key(|prefix| std::cmp::Reverse(prefix.device.len()));
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.prefixes.len()
    }

    /// Whether none is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.prefixes.is_empty()
    }

    /// The name for people, written into `into`; none where it stays as it is.
    pub fn place<'b>(&self, name: &[u8], into: &'b mut Vec<u8>) -> Option<&'b [u8]> {
        if name.first() != Some(&b'\\') {
            return None;
        }
        let known = self
            .prefixes
            .iter()
            .map(|prefix| (&*prefix.device, &*prefix.place));
        let (place, rest) = known
            .chain(ALWAYS)
            .find_map(|(device, place)| Some((place, after(name, device)?)))?;
        into.clear();
        into.extend_from_slice(place);
        into.extend_from_slice(rest);
        Some(into)
    }
}

/// What follows a device in a name, if the name begins with it as a whole.
fn after<'n>(name: &'n [u8], device: &[u8]) -> Option<&'n [u8]> {
    let (begin, rest) = name.split_at_checked(device.len())?;
    let whole = device.ends_with(b"\\") || rest.is_empty() || rest.starts_with(b"\\");
    (whole && begin.eq_ignore_ascii_case(device)).then_some(rest)
}

/// What every system has.
const ALWAYS: [(&[u8], &[u8]); 5] = [
    (br"\??\UNC\", br"\\"),
    (br"\??\", b""),
    (br"\Device\Mup\", br"\\"),
    (br"\Device\LanmanRedirector\", br"\\"),
    (br"\DosDevices\", b""),
];

#[cfg(test)]
mod tests;
