//! Who the key belongs to.

use crate::WhoAmI;
use crate::endpoint::plain_single;

plain_single! {
    /// See [`Affinity::whoami`](crate::Affinity::whoami).
    WhoAmICall {} whoami -> WhoAmI
}

impl WhoAmICall {
    pub(crate) fn new() -> Self {
        Self {}
    }
}
