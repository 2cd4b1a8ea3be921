//! Who the key belongs to.

use affinity_v2_raw::Client;

use crate::WhoAmI;
use crate::endpoint::{Raw, Sealed, SingleEndpoint};

/// Who the key belongs to: see [`Affinity::whoami`](crate::Affinity::whoami).
#[derive(Clone, Debug)]
pub struct WhoAmICall;

impl Sealed for WhoAmICall {}

impl SingleEndpoint for WhoAmICall {
    type Output = WhoAmI;
    const OPERATION: &'static str = "whoami";

    async fn call(self, client: Client) -> Raw<WhoAmI> {
        client.whoami().await
    }
}
