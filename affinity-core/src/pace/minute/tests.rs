//! Single answers, and what they change.

use super::*;

const S: fn(u64) -> Duration = Duration::from_secs;
const MS: fn(u64) -> Duration = Duration::from_millis;
const FAR: Duration = Duration::from_secs(86_400);

fn figures(
    limit: impl Into<Option<u64>>,
    left: impl Into<Option<u64>>,
    reset: impl Into<Option<u64>>,
) -> Figures {
    Figures { limit: limit.into(), remaining: left.into(), reset_after: reset.into().map(S) }
}

/// A minute that has had this answer to its first call, at this moment.
fn told(now: Instant, figures: Figures) -> Minute {
    let mut minute = Minute::new();
    let ticket = minute.take(now, Priority::Bulk);
    minute.learn(now, ticket, &figures, None);
    minute
}

/// How many calls go at once, and how long the next has to wait.
fn burst(minute: &mut Minute, now: Instant, priority: Priority) -> (u64, Option<Duration>) {
    for calls in 0..2000 {
        if let Some(wait) = minute.next(now, priority) {
            return (calls, Some(wait));
        }
        minute.take(now, Priority::Bulk);
    }
    (2000, None)
}

#[test]
fn before_the_first_answer_one_call_goes_ahead() {
    let now = Instant::now();
    let mut minute = Minute::new();
    for priority in Priority::ALL {
        assert_eq!(burst(&mut minute, now, priority).1, Some(FIRST_STEP));
    }
    assert_eq!(minute.next(now + FIRST_STEP, Priority::Bulk), None);
}

#[test]
fn answers_without_figures_hold_nothing_back() {
    let now = Instant::now();
    let mut minute = told(now, figures(None, None, None));
    assert_eq!(burst(&mut minute, now, Priority::Bulk), (2000, None));
}

#[test]
fn a_part_of_the_minute_may_go_in_a_burst() {
    let now = Instant::now();
    let mut minute = told(now, figures(900, 899, 60));
    let (calls, wait) = burst(&mut minute, now, Priority::Bulk);
    assert!((9..=10).contains(&calls) && wait.unwrap() < MS(70), "{calls} {wait:?}");
    let (calls, _) = burst(&mut minute, now, Priority::Interactive);
    assert!((79..=90).contains(&calls), "{calls}: a tenth, less what went");
    assert!(minute.next(now, Priority::Bulk).unwrap() > S(5), "bulk calls wait until the burst is made good");
}

#[test]
fn what_is_left_is_spread_over_what_is_left_of_the_minute() {
    let now = Instant::now();
    for (left, reset, step) in [(899, 60, 64), (109, 30, 281), (899, 10, 9), (11, 60, 29_062)] {
        let minute = told(now, figures(900, left, reset));
        assert_eq!(minute.step(now, Priority::Bulk).as_millis(), step, "{left} {reset}");
    }
}

#[test]
fn each_missing_figure_is_done_without() {
    let now = Instant::now();
    let mut no_reset = told(now, figures(900, 0, None));
    assert_eq!(no_reset.next(now, Priority::Interactive), Some(S(60)), "a minute is a minute");
    let mut no_limit = told(now, figures(None, 0, 7));
    assert_eq!(no_limit.next(now, Priority::Interactive), Some(S(7)));
    assert_eq!(no_limit.next(now + S(7), Priority::Interactive), None);
    let mut no_rest = told(now, figures(3, None, 60));
    assert_eq!(burst(&mut no_rest, now, Priority::Interactive), (2, Some(S(60))), "our own count");
}

#[test]
fn nonsense_does_no_harm() {
    let now = Instant::now();
    let mut more_than_all = told(now, figures(5, 1_000_000, 60));
    assert_eq!(burst(&mut more_than_all, now, Priority::Interactive).0, 4);
    let mut epoch = told(now, figures(900, 900, 1_700_000_000));
    assert!(burst(&mut epoch, now, Priority::Interactive).0 >= 89);
    assert!(epoch.step(now, Priority::Bulk) <= MS(80), "not spread over years");
    let mut nothing = told(now, figures(0, 0, 0));
    assert!(nothing.next(now, Priority::Bulk).unwrap() <= S(1));
    assert_eq!(nothing.next(now + S(1), Priority::Bulk), None, "one call asks again");
    let mut most = told(now, figures(u64::MAX, u64::MAX, u64::MAX));
    assert_eq!(burst(&mut most, now, Priority::Bulk), (2000, None));
}

#[test]
fn answers_out_of_order_do_not_bring_calls_back() {
    let now = Instant::now();
    let mut minute = told(now, figures(900, 899, 60));
    let tickets: Vec<_> = (0..8).map(|_| minute.take(now, Priority::Bulk)).collect();
    for (ticket, left) in [(5, 893), (0, 898), (7, 891), (1, 897)] {
        minute.learn(now, tickets[ticket], &figures(900, left, 60), None);
        assert_eq!(minute.left(Priority::Bulk), 891, "alone, our own count is exact");
    }
}

#[test]
fn an_answer_of_the_minute_before_says_nothing() {
    let now = Instant::now();
    let mut minute = told(now, figures(900, 3, 2));
    let late = minute.take(now, Priority::Bulk);
    let ticket = minute.take(now + S(2), Priority::Bulk);
    minute.learn(now + S(2), ticket, &figures(900, 899, 60), None);
    minute.learn(now + S(2), late, &figures(900, 0, 1), None);
    assert_eq!((minute.left(Priority::Bulk), minute.closes(now)), (899, now + S(62)));
}

#[test]
fn one_figure_of_nonsense_is_forgotten() {
    let now = Instant::now();
    let mut minute = told(now, figures(900, 899, 3000));
    let ticket = minute.take(now, Priority::Bulk);
    minute.learn(now, ticket, &figures(900, 898, 60), None);
    assert_eq!(minute.closes(now), now + S(60));
}

#[test]
fn a_minute_that_begins_sooner_than_thought_is_taken_over() {
    let now = Instant::now();
    let mut minute = told(now, figures(900, 0, 50));
    assert_eq!(minute.next(now, Priority::Bulk), Some(S(50)));
    // As after a sleep of the machine, through which the clock stood still.
    let ticket = minute.take(now, Priority::Bulk);
    minute.learn(now, ticket, &figures(900, 899, 60), None);
    assert_eq!((minute.left(Priority::Bulk), minute.closes(now)), (899, now + S(60)));
}

#[test]
fn what_others_spend_is_seen() {
    let now = Instant::now();
    let mut minute = told(now, figures(900, 899, 60));
    let ticket = minute.take(now, Priority::Bulk);
    minute.learn(now, ticket, &figures(900, 398, 60), None);
    assert_eq!(minute.left(Priority::Interactive), 398);
    assert_eq!(minute.left(Priority::Bulk), 398 - 9, "the last calls are left to them");
    assert!(minute.step(now, Priority::Bulk) > MS(140), "the rest is spread anew");
}

#[test]
fn a_limit_that_changes_is_followed() {
    let now = Instant::now();
    let mut minute = told(now, figures(900, 899, 60));
    let ticket = minute.take(now, Priority::Bulk);
    minute.learn(now, ticket, &figures(300, 298, 60), None);
    assert_eq!(minute.left(Priority::Bulk), 298);
    let ticket = minute.take(now, Priority::Bulk);
    minute.learn(now, ticket, &figures(900, 897, 60), None);
    assert_eq!(minute.left(Priority::Bulk), 897);
    assert_eq!(minute.next(now + S(60), Priority::Bulk), None);
    assert_eq!(minute.left(Priority::Bulk), 900);
}

#[test]
fn a_refusal_closes_the_minute_until_its_end() {
    let now = Instant::now();
    for (figures, retry_after, wait) in [
        (figures(900, 0, 42), None, Some(S(42))),
        (figures(None, None, 42), None, Some(S(42))),
        (figures(900, 0, 42), Some(S(7)), Some(S(42))),
        (figures(900, 0, 42), Some(S(50)), Some(S(50))),
        (figures(900, 0, 42), Some(S(0)), Some(S(42))),
        (figures(None, None, None), Some(S(7)), Some(S(7))),
        (figures(None, None, None), Some(S(200_000)), Some(MINUTE)),
        (figures(None, None, None), Some(S(0)), Some(SECOND)),
        (figures(900, 0, None), Some(S(0)), Some(SECOND)),
        (figures(900, 0, 0), Some(S(0)), Some(SECOND)),
        (figures(None, None, None), None, None),
        // Calls are left, and none is wanted for so long all the same.
        (figures(900, 800, 42), Some(S(30)), Some(S(30))),
        (figures(900, 800, 42), Some(S(0)), Some(SECOND)),
        (figures(900, 800, 42), None, None),
    ] {
        let mut minute = told(now, super::tests::figures(900, 899, 60));
        let ticket = minute.take(now, Priority::Bulk);
        minute.learn(now, ticket, &figures, Some(Refusal { retry_after }));
        assert_eq!(minute.next(now, Priority::Interactive), wait, "{figures:?} {retry_after:?}");
    }
}

#[test]
fn a_refusal_that_comes_late_does_not_close_the_next_minute() {
    let now = Instant::now();
    for figures in [figures(900, 0, 1), figures(900, 0, None), figures(None, None, None)] {
        let mut minute = told(now, super::tests::figures(900, 3, 2));
        let late = minute.take(now, Priority::Bulk);
        let ticket = minute.take(now + S(2), Priority::Bulk);
        minute.learn(now + S(2), ticket, &super::tests::figures(900, 899, 60), None);
        minute.learn(now + S(2), late, &figures, Some(Refusal { retry_after: Some(S(30)) }));
        assert_eq!(minute.next(now + S(2), Priority::Bulk), None, "{figures:?}");
        assert_eq!((minute.left(Priority::Bulk), minute.closes(now)), (899, now + S(62)));
    }
}

#[test]
fn many_answers_tell_the_end_to_the_millisecond() {
    let now = Instant::now();
    let (mut minute, end) = (Minute::new(), now + MS(5437));
    let mut at = now;
    while at < now + S(2) {
        let ticket = minute.take(at, Priority::Bulk);
        let reset = (end - at).as_secs() + 1;
        minute.learn(at + MS(3), ticket, &figures(900, 500, reset), None);
        at += MS(10);
    }
    let closes = minute.closes(at);
    assert!(closes >= end && closes - end < MS(15), "{:?}", closes - end);
}

#[test]
fn a_server_that_rounds_down_is_found_out() {
    let now = Instant::now();
    let mut minute = told(now, figures(900, 1, 0));
    minute.take(now, Priority::Bulk);
    assert_eq!(minute.next(now, Priority::Bulk), Some(S(1)), "0 seconds are up to one");
}

#[test]
fn a_server_that_rounds_down_is_not_forgotten_in_the_next_minute() {
    let now = Instant::now();
    let mut minute = told(now, figures(900, 1, 0));
    let ticket = minute.take(now + S(1), Priority::Bulk);
    minute.learn(now + S(1), ticket, &figures(900, 0, 40), None);
    assert_eq!(minute.next(now + S(1), Priority::Bulk), Some(S(41)));
}

#[test]
fn one_zero_in_the_middle_of_a_minute_is_nonsense() {
    let now = Instant::now();
    let mut minute = told(now, figures(900, 899, 60));
    for (left, reset) in [(898, 0), (897, 40), (0, 40)] {
        let ticket = minute.take(now, Priority::Bulk);
        minute.learn(now, ticket, &figures(900, left, reset), None);
    }
    assert_eq!(minute.next(now, Priority::Bulk), Some(S(40)), "not 41");
}

#[test]
fn a_server_that_does_not_round_down_after_all_is_believed() {
    let now = Instant::now();
    let mut minute = told(now, figures(900, 800, 0));
    let ask = |minute: &mut Minute, at, figures| {
        let ticket = minute.take(at, Priority::Bulk);
        minute.learn(at, ticket, &figures, None);
    };
    ask(&mut minute, now + S(1), figures(900, 800, 60));
    // By the reading that the zero led to, the minute is sure to last until 61 seconds.
    ask(&mut minute, now + MS(60_500), figures(900, 899, 60));
    let end = now + MS(60_500) + MINUTE;
    ask(&mut minute, end - S(40), figures(900, 0, 40));
    assert_eq!(minute.closes(now), end);
    // Nor is it taken to round down for ever, if nothing tells so again.
    let mut minute = told(now, figures(900, 800, 0));
    let later = now + LONGEST + SECOND;
    ask(&mut minute, later, figures(900, 0, 40));
    assert_eq!(minute.next(later, Priority::Bulk), Some(S(40)));
}

#[test]
fn a_call_that_was_not_sent_is_given_back() {
    let now = Instant::now();
    let mut minute = told(now, figures(3, 2, 60));
    (0..2).for_each(|_| assert_eq!(minute.take(now, Priority::Bulk).at, now));
    assert!(minute.next(now, Priority::Interactive).is_some());
    minute.refund();
    assert_eq!(minute.next(now, Priority::Interactive), None);
}

#[test]
fn a_clock_that_jumps_does_not_stop_calls() {
    let now = Instant::now() + FAR;
    let mut minute = told(now, figures(900, 0, 60));
    assert_eq!(minute.next(now + FAR, Priority::Bulk), None, "ahead");
    assert_eq!(minute.next(now - S(3600), Priority::Bulk), None, "back");
}

#[test]
fn the_least_wait_counts_those_ahead_and_whole_minutes() {
    let now = Instant::now();
    let mut minute = told(now, figures(900, 899, 60));
    assert_eq!(minute.least_wait(now, 0), Duration::ZERO);
    let half = minute.least_wait(now, 450);
    assert!(S(22) < half && half < S(25), "{half:?}: less what may go in a burst");
    assert_eq!(minute.least_wait(now, 899), S(60));
    assert_eq!(minute.least_wait(now, 899 + 900), S(120));
}

#[test]
fn a_clock_that_trembles_has_not_gone_back() {
    let now = Instant::now() + FAR;
    let mut minute = told(now, figures(900, 0, 60));
    assert_eq!(minute.next(now - MS(300), Priority::Bulk), Some(S(60)));
    assert_eq!(minute.next(now - JITTER, Priority::Bulk), Some(S(60)));
}

#[test]
fn one_figure_of_nonsense_closes_for_a_minute_and_one_call_corrects_it() {
    let now = Instant::now();
    let epoch = || told(now, figures(900, 0, 1_700_000_000));
    let long_wait = || {
        let mut minute = told(now, figures(900, 899, 60));
        let ticket = minute.take(now, Priority::Bulk);
        let refusal = Some(Refusal { retry_after: Some(S(3000)) });
        minute.learn(now, ticket, &figures(900, 0, 3000), refusal);
        minute
    };
    for (mut minute, priority) in [epoch(), long_wait(), epoch()].into_iter().zip([
        Priority::Bulk,
        Priority::Bulk,
        Priority::Interactive,
    ]) {
        assert_eq!(minute.next(now, priority), Some(MINUTE));
        let later = now + MINUTE;
        assert_eq!(burst(&mut minute, later, priority).0, 1, "one asks");
        assert_eq!(minute.next(later, priority), Some(MINUTE));
        // It has no answer: another asks a minute later.
        minute.lose();
        let later = later + MINUTE;
        assert_eq!(minute.next(later, priority), None);
        let ticket = minute.take(later, priority);
        minute.learn(later, ticket, &figures(900, 0, 1_700_000_000), None);
        assert_eq!(minute.next(later, priority), Some(MINUTE), "the same again");
        let later = later + MINUTE;
        assert_eq!(minute.next(later, priority), None);
        let ticket = minute.take(later, priority);
        minute.learn(later, ticket, &figures(900, 899, 60), None);
        assert!(minute.left(Priority::Interactive) > 890, "less what went in vain");
        assert_eq!(minute.closes(later), later + MINUTE);
    }
}
