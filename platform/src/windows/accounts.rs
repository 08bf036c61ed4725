//! Names of users.
//!
//! Step: source, on the thread that takes looks: a domain's answer may take its time. Invariant: the
//! names that are kept are bounded.

use std::collections::HashMap;

use windows_sys::Win32::Security::LookupAccountSidW;

use crate::sid::Sid;

/// Names by identifier.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    known: HashMap<Sid, Vec<u8>>,
}

impl Accounts {
    /// A user as `DOMAIN\name`, or as the identifier where it has no name here.
    pub(super) fn name(&mut self, sid: &Sid) -> Vec<u8> {
        if let Some(known) = self.known.get(sid) {
            return known.clone();
        }
        let name = look_up(sid).unwrap_or_else(|| sid.to_string().into_bytes());
        if self.known.len() >= MOST {
            self.known.clear();
        }
        self.known.insert(sid.clone(), name.clone());
        name
    }
}

fn look_up(sid: &Sid) -> Option<Vec<u8>> {
    let bytes = sid.as_bytes().to_vec();
    let (mut name, mut domain) = ([0_u16; 257], [0_u16; 257]);
    let (mut name_length, mut domain_length) = (name.len() as u32, domain.len() as u32);
    let mut kind = 0;
    // SAFETY: the identifier has a valid layout, and the buffers have the units that are told.
    let told = unsafe {
        LookupAccountSidW(
            std::ptr::null(),
            bytes.as_ptr().cast_mut().cast(),
            name.as_mut_ptr(),
            &raw mut name_length,
            domain.as_mut_ptr(),
            &raw mut domain_length,
            &raw mut kind,
        )
    };
    if told == 0 {
        return None;
    }
    let name = String::from_utf16_lossy(name.get(..name_length as usize)?);
    let domain = String::from_utf16_lossy(domain.get(..domain_length as usize)?);
    let whole = if domain.is_empty() {
        name
    } else {
        format!(r"{domain}\{name}")
    };
    Some(whole.into_bytes())
}

/// Users that are kept.
const MOST: usize = 4096;
