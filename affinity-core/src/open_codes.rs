//! Enums of whole numbers that keep values this version of the crate has no name for.

/// The number of an enum value that has no name here. Read it with `get`.
///
/// It cannot be built by callers, so a value that gets a name in a later release breaks no one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnknownCode(i64);

impl UnknownCode {
    #[doc(hidden)]
    pub fn __new(code: i64) -> Self {
        Self(code)
    }

    /// The value as it came.
    pub fn get(self) -> i64 {
        self.0
    }
}

/// Defines an enum of whole numbers that keeps unknown values.
///
/// ```
/// affinity_core::open_codes! {
///     /// Which way a message went.
///     pub enum Direction {
///         /// By a user of the account.
///         Sent = 0,
///         /// To a user of the account.
///         Received = 1,
///     }
/// }
/// let new: Direction = serde_json::from_str("7").unwrap();
/// assert_eq!(new.code(), 7);
/// assert_eq!(serde_json::to_string(&Direction::Received).unwrap(), "1");
/// ```
#[macro_export]
macro_rules! open_codes {
    (
        $(#[$about:meta])*
        pub enum $name:ident { $( $(#[$variant_about:meta])* $variant:ident = $code:literal ),+ $(,)? }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $( $(#[$variant_about])* $variant, )+
            /// A value this release has no name for.
            Unknown($crate::UnknownCode),
        }

        impl $name {
            /// The values with a name.
            pub const KNOWN: &'static [$name] = &[$($name::$variant),+];

            /// The value as it stands on the wire.
            pub fn code(self) -> i64 {
                match self {
                    $( Self::$variant => $code, )+
                    Self::Unknown(code) => code.get(),
                }
            }

            fn from_code(code: i64) -> Self {
                match code {
                    $( $code => Self::$variant, )+
                    other => Self::Unknown($crate::UnknownCode::__new(other)),
                }
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_i64(self.code())
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                <i64 as ::serde::Deserialize>::deserialize(deserializer).map(Self::from_code)
            }
        }
    };
}
