//! How many calls are left.

use std::time::Duration;

use affinity_core::Access;
use serde::{Deserialize, Serialize};

use crate::call::{Parts, operations};
use crate::{Call, Client};

impl<A: Access> Client<A> {
    /// Tells how many calls are left, for this key in this minute and for the account in this month. Does not
    /// count toward the account's calls for the month. The headers of every answer say the same: see
    /// [`send_with_meta`](Call::send_with_meta).
    ///
    /// Route: v1 `GET /rate-limit`.
    pub fn rate_limit(&self) -> Call<GetRateLimit> {
        Call::new(self, Parts::new("/rate-limit", [])).free_of_month()
    }
}

operations! {
    /// See [`Client::rate_limit`].
    GetRateLimit = GET "v1_get_rate_limit" -> RateLimit;
}

/// How many calls are left, when the answer was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RateLimit {
    /// The quotas.
    pub rate: Rates,
}

/// The quotas that a call counts toward, those of v2 included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Rates {
    /// The account's for the month; missing on plans without a cap (observed on v2).
    #[serde(default)]
    pub org_monthly: Option<RateWindow>,
    /// The key's for the minute.
    pub api_key_per_minute: RateWindow,
}

/// One quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RateWindow {
    /// How many calls there are in all.
    pub limit: u64,
    /// How many are left.
    pub remaining: u64,
    /// Seconds until it starts anew, from when the answer was made.
    pub reset: u64,
    /// How many were made.
    pub used: u64,
}

impl RateWindow {
    /// The time until it starts anew, from when the answer was made.
    pub fn resets_in(&self) -> Duration {
        Duration::from_secs(self.reset)
    }
}
