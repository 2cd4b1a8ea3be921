//! Whether a call goes out again, and when. A pure function of what happened.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, StatusCode};

use crate::Limits;

/// How an attempt ended.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End<'a> {
    /// With an answer.
    Answered(StatusCode, &'a HeaderMap, Option<&'a Limits>),
    /// No connection: the server has seen nothing.
    NotSent,
    /// The request went out, and no whole answer came back.
    Broken,
    /// An answer came, too large to take.
    Unusable,
}

impl End<'_> {
    /// Whether the request may have been carried out although nothing says so.
    pub(crate) fn may_have_run(self) -> bool {
        match self {
            // A redirect is not followed, and can come from somebody else, or after the work was done.
            Self::Answered(status, ..) if status.is_informational() || status.is_redirection() => true,
            Self::Answered(status, ..) => status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED,
            Self::Broken | Self::Unusable => true,
            Self::NotSent => false,
        }
    }

    pub(crate) fn is_refused_for_rate(self) -> bool {
        matches!(self, Self::Answered(StatusCode::TOO_MANY_REQUESTS, ..))
    }

    pub(crate) fn is_refused_for_key(self) -> bool {
        matches!(self, Self::Answered(StatusCode::UNAUTHORIZED, ..))
    }

    /// Whether it was refused before anybody looked at what it asks for.
    pub(crate) fn is_refused_unseen(self) -> bool {
        self.is_refused_for_rate() || self.is_refused_for_key()
    }

    /// Whether the server shows no trouble: an answer that is neither a 5xx nor a 429.
    pub(crate) fn went_well(self) -> bool {
        matches!(self, Self::Answered(status, ..) if !status.is_server_error()) && !self.is_refused_for_rate()
    }
}

/// What the decision rests on, beside the end of the attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// Attempts made, this one included.
    pub(crate) attempt: u32,
    /// Attempts allowed.
    pub(crate) attempts: u32,
    /// Whether the operation may be carried out twice.
    pub(crate) replayable: bool,
    /// Time left until the caller's deadline.
    pub(crate) left: Duration,
    /// A number in 0..1, for the jitter.
    pub(crate) random: f64,
    /// Whether there is another key than the one that was refused.
    pub(crate) other_key: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Stop,
    After(Duration),
}

const FIRST: Duration = Duration::from_millis(250);
const MOST: Duration = Duration::from_secs(60);

pub(crate) fn decide(end: End<'_>, standing: Standing) -> Verdict {
    use StatusCode as S;
    let wait = match end {
        // Waiting for the next month is the caller's to decide.
        End::Answered(S::TOO_MANY_REQUESTS, _, limits) if limits.is_some_and(Limits::month_is_spent) => {
            return Verdict::Stop;
        }
        // A refused call was not carried out, whatever it was.
        End::Answered(S::TOO_MANY_REQUESTS, headers, limits) => {
            stated_wait(headers, limits).unwrap_or_else(|| backoff(standing))
        }
        // Neither was one with a key that is no good any more.
        End::Answered(S::UNAUTHORIZED, ..) if standing.other_key => Duration::ZERO,
        End::NotSent => backoff(standing),
        End::Answered(S::BAD_GATEWAY | S::SERVICE_UNAVAILABLE | S::GATEWAY_TIMEOUT, headers, _)
            if standing.replayable =>
        {
            retry_after(headers).unwrap_or_else(|| backoff(standing))
        }
        End::Broken if standing.replayable => backoff(standing),
        _ => return Verdict::Stop,
    };
    if standing.attempt >= standing.attempts || wait >= standing.left {
        Verdict::Stop
    } else {
        Verdict::After(wait)
    }
}

/// Full jitter: anything from nothing to the doubled bound.
fn backoff(standing: Standing) -> Duration {
    let doubled = FIRST.saturating_mul(1 << standing.attempt.saturating_sub(1).min(16));
    doubled.min(MOST).mul_f64(standing.random.clamp(0.0, 1.0))
}

/// How long a 429 says to wait: `Retry-After`, or the reset of the window that is used up. A 429 with calls left
/// in both windows is the limit on calls at once, which has no figures.
pub(crate) fn stated_wait(headers: &HeaderMap, limits: Option<&Limits>) -> Option<Duration> {
    retry_after(headers).or_else(|| {
        let limits = limits?;
        if limits.month_is_spent() {
            return limits.month.reset_after;
        }
        limits.minute.reset_after.filter(|_| limits.minute.remaining.unwrap_or(0) == 0)
    })
}

/// `Retry-After`, in seconds or as a date. The API does not promise it (observed).
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    // A proxy can double it. The longest is the one that nobody refuses.
    let values = headers.get_all(http::header::RETRY_AFTER).iter();
    values.filter_map(|value| wait_in(value.to_str().ok()?.trim(), headers)).max()
}

fn wait_in(text: &str, headers: &HeaderMap) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    // Against the server's own clock, where it tells it: this machine's may be wrong.
    let told = headers.get(http::header::DATE).and_then(|date| date.to_str().ok());
    let now = told.and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or_else(SystemTime::now);
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    const S: fn(u64) -> Duration = Duration::from_secs;

    fn standing(replayable: bool) -> Standing {
        Standing { attempt: 1, attempts: 3, replayable, left: S(90), random: 1.0, other_key: false }
    }

    fn answered(status: u16, pairs: &[(&'static str, &'static str)], standing: Standing) -> Verdict {
        let headers =
            pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let limits = Limits::read(&headers, Instant::now());
        decide(End::Answered(StatusCode::from_u16(status).unwrap(), &headers, limits.as_ref()), standing)
    }

    #[test]
    fn the_decision_table() {
        use Verdict::{After, Stop};
        let (read, write) = (standing(true), standing(false));
        let backoff = After(FIRST);
        for (status, for_read, for_write) in [
            (429, backoff, backoff),
            (502, backoff, Stop),
            (503, backoff, Stop),
            (504, backoff, Stop),
            (500, Stop, Stop),
            (501, Stop, Stop),
            (400, Stop, Stop),
            (404, Stop, Stop),
            (200, Stop, Stop),
        ] {
            assert_eq!(answered(status, &[], read), for_read, "{status}");
            assert_eq!(answered(status, &[], write), for_write, "{status}");
        }
        assert_eq!((decide(End::NotSent, read), decide(End::NotSent, write)), (backoff, backoff));
        assert_eq!((decide(End::Broken, read), decide(End::Broken, write)), (backoff, Stop));
        assert_eq!((decide(End::Unusable, read), decide(End::Unusable, write)), (Stop, Stop));
    }

    #[test]
    fn a_refused_key_is_tried_again_only_as_another() {
        for method in [standing(true), standing(false)] {
            assert_eq!(answered(401, &[], method), Verdict::Stop);
            let renewed = Standing { other_key: true, ..method };
            assert_eq!(answered(401, &[], renewed), Verdict::After(Duration::ZERO));
            assert_eq!(answered(403, &[], renewed), Verdict::Stop);
        }
    }

    #[test]
    fn the_server_says_how_long() {
        let read = standing(true);
        let reset = ("x-ratelimit-limit-user-reset", "42");
        assert_eq!(answered(429, &[("retry-after", "7"), reset], read), Verdict::After(S(7)));
        assert_eq!(answered(429, &[("retry-after", "soon"), reset], read), Verdict::After(S(42)));
        assert_eq!(answered(503, &[("retry-after", "7")], read), Verdict::After(S(7)));
        let past = ("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT");
        assert_eq!(answered(429, &[past], read), Verdict::After(Duration::ZERO));
    }

    #[test]
    fn of_two_waits_the_longer_holds() {
        let mut headers = HeaderMap::new();
        for wait in ["3", "9", "soon"] {
            headers.append("retry-after", wait.parse().unwrap());
        }
        assert_eq!(retry_after(&headers), Some(S(9)));
    }

    #[test]
    fn after_a_redirect_nobody_knows_what_was_done() {
        let headers = HeaderMap::new();
        let may =
            |status| End::Answered(StatusCode::from_u16(status).unwrap(), &headers, None).may_have_run();
        assert!([101, 303, 307, 500, 502].into_iter().all(may));
        assert!(![200, 400, 401, 404, 422, 429, 501].into_iter().any(may));
    }

    #[test]
    fn a_date_is_read_by_the_clock_that_set_it() {
        let date = ("date", "Wed, 21 Oct 2015 07:28:00 GMT");
        let after = ("retry-after", "Wed, 21 Oct 2015 07:28:40 GMT");
        assert_eq!(answered(429, &[date, after], standing(true)), Verdict::After(S(40)));
        assert_eq!(answered(503, &[("date", "noon"), after], standing(true)), Verdict::After(S(0)));
    }

    #[test]
    fn what_earns_repeats_is_an_answer_that_is_neither_a_5xx_nor_a_429() {
        let headers = HeaderMap::new();
        let earns = |status| End::Answered(StatusCode::from_u16(status).unwrap(), &headers, None).went_well();
        assert!([200, 204, 400, 404, 422].into_iter().all(earns));
        assert!(![429, 500, 501, 503].into_iter().any(earns));
        assert!(![End::NotSent, End::Broken, End::Unusable].into_iter().any(End::went_well));
    }

    #[test]
    fn a_429_with_calls_left_is_the_limit_on_calls_at_once() {
        let headers = [("x-ratelimit-limit-user-reset", "42"), ("x-ratelimit-limit-user-remaining", "800")];
        assert_eq!(answered(429, &headers, standing(true)), Verdict::After(FIRST));
    }

    #[test]
    fn no_wait_reaches_past_the_deadline_or_into_the_next_month() {
        let read = standing(true);
        assert_eq!(answered(429, &[("retry-after", "200000")], read), Verdict::Stop);
        assert_eq!(answered(429, &[("retry-after", "90")], read), Verdict::Stop);
        assert_eq!(answered(429, &[("x-ratelimit-limit-org-remaining", "0")], read), Verdict::Stop);
        assert_eq!(answered(429, &[], Standing { attempt: 3, ..read }), Verdict::Stop);
    }

    #[test]
    fn backoff_doubles_up_to_a_minute_and_is_jittered_from_zero() {
        let at = |attempt, random| backoff(Standing { attempt, random, ..standing(true) });
        assert_eq!(at(2, 1.0), FIRST * 2);
        assert_eq!(at(2, 0.5), FIRST);
        assert_eq!(at(3, 0.0), Duration::ZERO);
        assert_eq!(at(u32::MAX, 1.0), MOST);
    }
}
