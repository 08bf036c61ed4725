//! The one macro that lays out a fixed part of the format.
//!
//! Step: ring. It writes the `#[repr(C)]` struct, its compile-time layout assertions and its
//! little-endian reader and writer from one list, so the three cannot drift apart.

/// Declares wire structs: `offset => name: type`, with the struct's whole size.
macro_rules! wire {
    ($(#[$meta:meta])* $name:ident, size $size:literal {
        $($(#[$field_meta:meta])* $offset:literal => $field:ident: $ty:tt,)+
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        #[repr(C)]
        pub struct $name { $($(#[$field_meta])* pub $field: $ty,)+ }

        const _: () = {
            assert!(core::mem::size_of::<$name>() == $size);
            assert!(core::mem::align_of::<$name>() <= 8);
            $(assert!(core::mem::offset_of!($name, $field) == $offset);)+
        };

        impl $name {
            /// Size on the wire, in bytes.
            pub const SIZE: usize = $size;

            /// Reads the struct from exactly [`Self::SIZE`] bytes.
            #[inline]
            #[must_use]
            pub fn read(bytes: &[u8; $size]) -> Self {
                Self { $($field: $crate::wire::read!(bytes, $offset, $ty),)+ }
            }

            /// Writes the struct as its wire bytes.
            #[inline]
            #[must_use]
            pub fn write(&self) -> [u8; $size] {
                let mut bytes = [0u8; $size];
                $($crate::wire::write!(bytes, $offset, $ty, self.$field);)+
                bytes
            }
        }
    };
}

/// Reads one little-endian integer, or an array of bytes, at a constant offset.
macro_rules! read {
    ($bytes:ident, $offset:literal, [u8; $n:literal]) => {{
        let mut out = [0u8; $n];
        out.copy_from_slice(&$bytes[$offset..$offset + $n]);
        out
    }};
    ($bytes:ident, $offset:literal, $ty:ty) => {{
        let mut out = [0u8; core::mem::size_of::<$ty>()];
        out.copy_from_slice(&$bytes[$offset..$offset + core::mem::size_of::<$ty>()]);
        <$ty>::from_le_bytes(out)
    }};
}

/// Writes one little-endian integer, or an array of bytes, at a constant offset.
macro_rules! write {
    ($bytes:ident, $offset:literal, [u8; $n:literal], $value:expr) => {
        $bytes[$offset..$offset + $n].copy_from_slice(&$value)
    };
    ($bytes:ident, $offset:literal, $ty:ty, $value:expr) => {
        $bytes[$offset..$offset + core::mem::size_of::<$ty>()]
            .copy_from_slice(&$value.to_le_bytes())
    };
}

pub(crate) use {read, wire, write};
