//! What is printed for the demo compiles, and its rows read into it.

use affinity::{AffinityRow, CompanyId, Drift, PersonId};
use affinity_sandbox::Sandbox;
use futures::TryStreamExt;

use crate::golden::companies::{CompanyRow, CompanyRowThesisFit};
use crate::golden::network::NetworkRow;
use crate::golden::persons::PersonRow;
use crate::golden::pipeline::{PipelineRow, PipelineRowStatus};
use crate::golden::portfolio::PortfolioRow;
use crate::support::{client, is_golden, rows};

#[test]
fn the_code_for_the_demo_is_as_committed() {
    let files: [(&str, &[&str]); 5] = [
        ("pipeline.rs", &["--list", "Pipeline"]),
        ("portfolio.rs", &["--list", "portfolio", "--all"]),
        ("network.rs", &["--list", "Network", "--fields", "Strength,Organizations"]),
        ("companies.rs", &["--companies", "--all"]),
        ("persons.rs", &["--persons"]),
    ];
    for (file, arguments) in files {
        is_golden(file, &rows(&[arguments, &["--sandbox"]].concat()));
    }
}

fn matches<T: AffinityRow>(schema: &affinity::Schema) {
    let drift = T::check(schema);
    assert!(!drift.iter().any(Drift::is_breaking), "{drift:?}");
}

#[tokio::test]
async fn all_rows_of_the_lists_read() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);
    let lists = affinity.lists();

    let list = lists.find("Pipeline").await.unwrap().id;
    matches::<PipelineRow>(&lists.schema(list).await.unwrap());
    let deals: Vec<PipelineRow> = lists.entries(list).rows().stream().try_collect().await.unwrap();
    assert_eq!(deals.len(), 1_200);
    assert!(deals.iter().any(|deal| deal.status == Some(PipelineRowStatus::DueDiligence)));
    assert!(deals.iter().all(|deal| deal.status != Some(PipelineRowStatus::Other)));
    assert_eq!(deals[2].owners.is_complete(), None);
    assert!(deals[0].organizations.items.len() == 1 && deals[0].people.items.len() == 2);

    let list = lists.find("Portfolio").await.unwrap().id;
    matches::<PortfolioRow>(&lists.schema(list).await.unwrap());
    let held: Vec<PortfolioRow> = lists.entries(list).rows().stream().try_collect().await.unwrap();
    assert_eq!(held.len(), 301);
    assert_eq!(held[0].round_sizes, [500_000.0, 2_250_000.5]);
    assert_eq!(held[0].offices.len(), 2);

    let list = lists.find("Network").await.unwrap().id;
    matches::<NetworkRow>(&lists.schema(list).await.unwrap());
    let known: Vec<NetworkRow> = lists.entries(list).rows().stream().try_collect().await.unwrap();
    assert_eq!(known.len(), 200);
    assert!(known.iter().any(|person| person.strength.is_some()));
}

#[tokio::test]
async fn companies_and_persons_read() {
    let sandbox = Sandbox::demo().await.unwrap();
    let affinity = client(&sandbox);

    matches::<CompanyRow>(&affinity.companies().schema().await.unwrap());
    let companies = affinity.companies().list().rows::<CompanyRow>().send().await.unwrap();
    let companies = companies.into_items().unwrap();
    assert!(companies.iter().all(|company| company.entity_id > CompanyId::new(0)));
    assert!(companies.iter().any(|company| company.thesis_fit == Some(CompanyRowThesisFit::Strong)));

    matches::<PersonRow>(&affinity.persons().schema().await.unwrap());
    let persons = affinity.persons().list().rows::<PersonRow>().prefetch(true).stream();
    let persons: Vec<_> = persons.try_collect().await.unwrap();
    assert!(persons.iter().all(|person| person.entity_id > PersonId::new(0)));
    assert!(persons.iter().any(|person| person.name.is_none()) && persons.len() > 2_000);
}
