//! Operations 35 to 59 of API v1 in one table.

use std::collections::BTreeSet;

use affinity_sandbox::{Operation, Sandbox};

/// Number, method, path, page size.
const OPERATIONS: &[(u8, &str, &str, Option<usize>)] = &[
    (35, "GET", "/interactions", Some(100)),
    (36, "GET", "/interactions/{interaction_id}", None),
    (37, "POST", "/interactions", None),
    (38, "PUT", "/interactions/{interaction_id}", None),
    (39, "DELETE", "/interactions/{interaction_id}", None),
    (40, "GET", "/relationships-strengths", None),
    (41, "GET", "/notes", Some(500)),
    (42, "GET", "/notes/{note_id}", None),
    (43, "POST", "/notes", None),
    (44, "PUT", "/notes/{note_id}", None),
    (45, "DELETE", "/notes/{note_id}", None),
    (46, "GET", "/entity-files", Some(500)),
    (47, "GET", "/entity-files/{entity_file_id}", None),
    (48, "GET", "/entity-files/download/{entity_file_id}", None),
    (49, "POST", "/entity-files", None),
    (50, "GET", "/reminders", Some(500)),
    (51, "GET", "/reminders/{reminder_id}", None),
    (52, "POST", "/reminders", None),
    (53, "PUT", "/reminders/{reminder_id}", None),
    (54, "DELETE", "/reminders/{reminder_id}", None),
    (55, "GET", "/webhook", None),
    (56, "GET", "/webhook/{webhook_subscription_id}", None),
    (57, "POST", "/webhook/subscribe", None),
    (58, "PUT", "/webhook/{webhook_subscription_id}", None),
    (59, "DELETE", "/webhook/{webhook_subscription_id}", None),
];

#[test]
fn the_operations_are_served() {
    let served: BTreeSet<_> = Sandbox::v1_operations()
        .into_iter()
        .map(|operation| {
            let Operation { method, path, default_limit, .. } = operation;
            (method.to_string(), path, default_limit)
        })
        .collect();
    for (number, method, path, limit) in OPERATIONS {
        assert!(served.contains(&((*method).to_owned(), *path, *limit)), "{number}: {method} {path}");
    }
    let prefixes = ["/interactions", "/relationships", "/notes", "/entity-files", "/reminders", "/webhook"];
    let ours = served.iter().filter(|(_, path, _)| prefixes.iter().any(|prefix| path.starts_with(prefix)));
    assert_eq!(ours.count(), OPERATIONS.len());
}
