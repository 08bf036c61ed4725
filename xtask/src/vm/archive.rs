//! An initial file system as the kernel unpacks it: cpio, "new ASCII" form.
//!
//! Step: tooling. Pure: names, modes and bytes in, bytes out, the same for the same. Everything
//! belongs to root and has no time.

/// An archive that grows.
#[derive(Debug, Default)]
pub(crate) struct Archive {
    bytes: Vec<u8>,
    entries: u32,
}

impl Archive {
    /// Adds a folder.
    pub(crate) fn folder(&mut self, name: &str) {
        self.add(name, 0o040_755, &[]);
    }

    /// Adds a folder with permissions other than the usual ones.
    pub(crate) fn folder_of(&mut self, name: &str, mode: u32) {
        self.add(name, 0o040_000 | mode, &[]);
    }

    /// Adds a file.
    pub(crate) fn file(&mut self, name: &str, mode: u32, bytes: &[u8]) {
        self.add(name, 0o100_000 | mode, bytes);
    }

    /// Adds a symbolic link.
    pub(crate) fn link(&mut self, name: &str, target: &str) {
        self.add(name, 0o120_777, target.as_bytes());
    }

    /// Adds a character device.
    pub(crate) fn device(&mut self, name: &str, major: u32, minor: u32) {
        self.header(name, 0o020_600, 0, (major, minor));
    }

    /// The whole archive.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.entries = 0;
        self.header("TRAILER!!!", 0, 0, (0, 0));
        self.bytes
    }

    fn add(&mut self, name: &str, mode: u32, bytes: &[u8]) {
        self.header(name, mode, bytes.len(), (0, 0));
        self.bytes.extend_from_slice(bytes);
        self.pad();
    }

    fn header(&mut self, name: &str, mode: u32, length: usize, device: (u32, u32)) {
        self.entries += 1;
        let links = 1;
        let named = name.len() + 1;
        let fields = [
            self.entries,
            mode,
            0,
            0,
            links,
            0,
            length as u32,
            0,
            0,
            device.0,
            device.1,
            named as u32,
            0,
        ];
        self.bytes.extend_from_slice(b"070701");
        for field in fields {
            self.bytes
                .extend_from_slice(format!("{field:08x}").as_bytes());
        }
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.push(0);
        self.pad();
    }

    /// Headers and contents begin at multiples of four.
    fn pad(&mut self) {
        while !self.bytes.len().is_multiple_of(4) {
            self.bytes.push(0);
        }
    }
}

#[cfg(test)]
mod tests;
