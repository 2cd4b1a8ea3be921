use std::time::Duration;

use affinity_sandbox::{Method, NewKey, Reply, Sandbox, SandboxBuilder};

use crate::support::{Answer, error, get, get_as, send, start};

const MINUTE: Duration = Duration::from_secs(60);

fn builder() -> SandboxBuilder {
    Sandbox::builder().manual_clock()
}

fn user(answer: &Answer) -> [Option<u64>; 3] {
    gauge(answer, "x-ratelimit-limit-user")
}

fn org(answer: &Answer) -> [Option<u64>; 3] {
    gauge(answer, "x-ratelimit-limit-org")
}

fn gauge(answer: &Answer, name: &str) -> [Option<u64>; 3] {
    ["", "-remaining", "-reset"].map(|end| Some(answer.header(&format!("{name}{end}"))?.parse().unwrap()))
}

#[tokio::test]
async fn each_answer_tells_what_is_left() {
    let sandbox = start(builder()).await;
    assert_eq!(user(&get(&sandbox, "/v2/lists").await), [Some(900), Some(899), Some(60)]);
    sandbox.advance(Duration::from_millis(17_500));
    assert_eq!(user(&get(&sandbox, "/v2/lists").await), [Some(900), Some(898), Some(43)]);
}

#[tokio::test]
async fn a_window_closes_and_the_next_one_opens() {
    let sandbox = start(builder()).await;
    get(&sandbox, "/v2/lists").await;
    sandbox.advance(MINUTE);
    assert_eq!(user(&get(&sandbox, "/v2/lists").await), [Some(900), Some(899), Some(60)]);
}

#[tokio::test]
async fn errors_count_and_tell_too() {
    let sandbox = start(builder()).await;
    for (nth, path) in ["/v2/nothing", "/v2/lists/0", "/v2/lists/1", "/v2/lists?limit=0"].iter().enumerate() {
        let answer = get(&sandbox, path).await;
        assert!(answer.status >= 400);
        assert_eq!(user(&answer), [Some(900), Some(899 - nth as u64), Some(60)], "{path}");
    }
    let wrong_method = reqwest::Client::new().post(format!("{}/v2/lists", sandbox.url()));
    let answer = send(wrong_method.bearer_auth(sandbox.api_key())).await;
    assert_eq!((answer.status, user(&answer)), (405, [Some(900), Some(895), Some(60)]));
}

#[tokio::test]
async fn strangers_are_told_of_an_untouched_window() {
    let sandbox = start(builder()).await;
    get(&sandbox, "/v2/lists").await;
    let answer = get_as(&sandbox, "unknown", "/v2/lists").await;
    assert_eq!((answer.status, user(&answer)), (401, [Some(900), Some(900), Some(60)]));
}

#[tokio::test]
async fn over_the_limit_is_429_until_the_window_closes() {
    let sandbox = start(builder().requests_per_minute(2)).await;
    get(&sandbox, "/v2/lists").await;
    get(&sandbox, "/v2/lists").await;
    let refused = get(&sandbox, "/v2/lists").await;
    assert_eq!((refused.status, refused.errors()), (429, vec![error("rate-limit", None)]));
    assert_eq!(user(&refused), [Some(2), Some(0), Some(60)]);
    assert_eq!(refused.header("retry-after"), None);
    sandbox.advance(MINUTE);
    assert_eq!(get(&sandbox, "/v2/lists").await.status, 200);
}

#[tokio::test]
async fn retry_after_can_be_had() {
    let sandbox = start(builder().requests_per_minute(1).retry_after(true)).await;
    assert_eq!(get(&sandbox, "/v2/lists").await.header("retry-after"), None);
    sandbox.advance(Duration::from_secs(20));
    assert_eq!(get(&sandbox, "/v2/lists").await.header("retry-after"), Some("40"));
}

#[tokio::test]
async fn the_window_can_be_shorter() {
    let sandbox = start(builder().requests_per_minute(1).window(Duration::from_secs(5))).await;
    assert_eq!(user(&get(&sandbox, "/v2/lists").await), [Some(1), Some(0), Some(5)]);
}

#[tokio::test]
async fn an_endless_window_never_closes() {
    let sandbox = start(builder().requests_per_minute(1).window(Duration::MAX)).await;
    sandbox.advance(MINUTE);
    assert_eq!(user(&get(&sandbox, "/v2/lists").await), [Some(1), Some(0), Some(u64::MAX)]);
    sandbox.advance(MINUTE);
    assert_eq!(get(&sandbox, "/v2/lists").await.status, 429);
}

#[tokio::test]
async fn keys_of_one_user_share_a_window_and_users_do_not() {
    let sandbox = start(builder()).await;
    let (second, stranger) = sandbox.with_world(|world| {
        let user = world.main_user();
        let colleague = world.add_user("Teodor", "Kvist", "teodor@quillfern-seed.example");
        (world.add_key(NewKey::of(user)).unwrap(), world.add_key(NewKey::of(colleague)).unwrap())
    });
    get(&sandbox, "/v2/lists").await;
    assert_eq!(user(&get_as(&sandbox, &second, "/v2/lists").await)[1], Some(898));
    assert_eq!(user(&get_as(&sandbox, &stranger, "/v2/lists").await)[1], Some(899));
}

#[tokio::test]
async fn an_unlimited_plan_has_no_org_headers() {
    let sandbox = start(builder()).await;
    assert_eq!(org(&get(&sandbox, "/v2/lists").await), [None; 3]);
}

#[tokio::test]
async fn the_month_is_counted_to_its_end() {
    let sandbox = start(builder().requests_per_month(Some(2))).await;
    let half_a_month = (31 - 15) * 86_400 + 43_200;
    assert_eq!(org(&get(&sandbox, "/v2/lists").await), [Some(2), Some(1), Some(half_a_month)]);
    get(&sandbox, "/v2/lists").await;
    let refused = get(&sandbox, "/v2/lists").await;
    assert_eq!((refused.status, org(&refused)[1], user(&refused)[1]), (429, Some(0), Some(898)));
    sandbox.advance(Duration::from_secs(half_a_month));
    assert_eq!(org(&get(&sandbox, "/v2/lists").await), [Some(2), Some(1), Some(28 * 86_400)]);
}

#[tokio::test]
async fn whoami_is_free_of_the_month() {
    let sandbox = start(builder().requests_per_month(Some(1))).await;
    assert_eq!(org(&get(&sandbox, "/v2/auth/whoami").await)[1], Some(1));
    get(&sandbox, "/v2/lists").await;
    let answer = get(&sandbox, "/v2/auth/whoami").await;
    assert_eq!((answer.status, org(&answer)[1], user(&answer)[1]), (200, Some(0), Some(897)));
}

#[tokio::test]
async fn retry_after_of_a_spent_month_is_its_end() {
    let sandbox = start(builder().requests_per_month(Some(0)).retry_after(true)).await;
    let answer = get(&sandbox, "/v2/lists").await;
    assert_eq!((answer.status, answer.errors()), (429, vec![error("rate-limit", None)]));
    let end = ((31 - 15) * 86_400 + 43_200).to_string();
    assert_eq!(answer.header("retry-after"), Some(end.as_str()));
    assert_eq!(answer.header("x-ratelimit-limit-org-reset"), Some(end.as_str()));
}

#[tokio::test]
async fn the_limit_can_change_on_the_way() {
    let sandbox = start(builder()).await;
    get(&sandbox, "/v2/lists").await;
    sandbox.set_requests_per_minute(2);
    assert_eq!(user(&get(&sandbox, "/v2/lists").await), [Some(2), Some(0), Some(60)]);
    assert_eq!(get(&sandbox, "/v2/lists").await.status, 429);
    sandbox.set_requests_per_minute(3);
    assert_eq!(get(&sandbox, "/v2/lists").await.status, 200);
}

#[tokio::test]
async fn only_so_many_are_answered_at_once() {
    let sandbox = start(builder().requests_at_once(Some(1)).retry_after(true)).await;
    sandbox.reply(Method::GET, "/v2/slow", Reply::empty(200).delay(Duration::from_secs(3_600)));
    let client = reqwest::Client::new();
    let slow = client.get(format!("{}/v2/slow", sandbox.url())).bearer_auth(sandbox.api_key());
    let slow = tokio::spawn(slow.send());
    while sandbox.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let refused = get(&sandbox, "/v2/lists").await;
    assert_eq!((refused.status, refused.errors()), (429, vec![error("rate-limit", None)]));
    assert_eq!((user(&refused)[1], refused.header("retry-after")), (Some(899), Some("1")));
    slow.abort();
    let _ = slow.await;
    drop(client);
    while get(&sandbox, "/v2/lists").await.status == 429 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
