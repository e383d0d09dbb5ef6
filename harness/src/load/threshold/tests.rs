use rstest::rstest;

use super::*;
use crate::load::example;

fn judged(text: &str, result: &LoadResult) -> Judged {
    text.parse::<Threshold>().unwrap().judge(result)
}

#[rstest]
#[case("p95<800ms", "134 ms", Some(true))]
#[case("p95 <= 10 ms", "134 ms", Some(false))]
#[case("p99.9<2s for create POST /Users", "150 ms", Some(true))]
#[case("max < 1m for CREATE post /users", "150 ms", Some(true))]
#[case("service.p50>100us", "4.4 ms", Some(true))]
#[case("lag.p99<2ms", "992 µs", Some(true))]
#[case("mean<1us", "37.9 ms", Some(false))]
#[case("rate>=10", "15.0/s", Some(true))]
#[case("rate>=10 for match GET /Users", "8.0/s", Some(false))]
#[case("error-rate<1%", "0.7 %", Some(true))]
#[case("error-rate==0", "0.7 %", Some(false))]
#[case("429s==3", "3", Some(true))]
#[case("upstream-429s<=10", "12", Some(false))]
#[case("given-up==1", "1", Some(true))]
#[case("lost==0", "2", Some(false))]
#[case("memberships-lost==0", "0", Some(true))]
#[case("unsure<=3", "1", Some(true))]
#[case("amplification<=4", "1.50", Some(true))]
#[case("efficiency>=70%", "80 %", Some(true))]
#[case("time<30s", "25.0 s", Some(true))]
#[case(
    "p95<1s for push POST /Groups",
    "there was no step \"push POST /Groups\"; met were: create POST /Users, match GET /Users",
    Some(false)
)]
fn is_judged(#[case] text: &str, #[case] got: &str, #[case] holds: Option<bool>) {
    let judged = judged(text, &example::result());
    assert_eq!((judged.got.as_str(), judged.holds), (got, holds));
}

#[rstest]
#[case("lost==0", "not applicable: nobody could look upstream", None)]
#[case("upstream-429s==0", "not applicable: nobody could look upstream", None)]
#[case("efficiency>=0.7", "not applicable: nobody could look upstream", None)]
#[case("rate>1", "15.0/s", Some(true))]
fn without_an_upstream_nothing_is_passed(#[case] text: &str, #[case] got: &str, #[case] holds: Option<bool>) {
    let mut result = example::result();
    (result.upstream, result.end_state, result.settled) = (None, None, None);
    let judged = judged(text, &result);
    assert_eq!((judged.got.as_str(), judged.holds), (got, holds));
}

#[rstest]
#[case("p95<1s")]
#[case("rate>=0")]
#[case("error-rate<1%")]
#[case("amplification<9")]
fn nothing_measured_is_nothing_passed(#[case] text: &str) {
    let mut result = example::result();
    result.steps.clear();
    assert_eq!(judged(text, &result).holds, Some(false));
}

#[test]
fn what_never_converged_has_neither_time_nor_efficiency() {
    let mut result = example::result();
    result.settled = None;
    for text in ["time<1m", "efficiency>=0"] {
        let judged = judged(text, &result);
        assert_eq!(
            (judged.got.as_str(), judged.holds),
            ("upstream never showed everything", Some(false))
        );
    }
}

#[test]
fn every_tally_has_a_metric() {
    let state = crate::load::end_state::EndState::default();
    for (name, _) in state.tallies() {
        assert!(format!("{name}==0").parse::<Threshold>().is_ok(), "{name}");
    }
}

#[test]
fn what_is_wrong_is_pointed_at() {
    let wrong = [
        "p59<1s",
        "p95",
        "p95<",
        "p95<800",
        "p95<8 parsecs",
        "p95!=8ms",
        "lost==0%",
        "error-rate<1s",
        "lost==0 for create POST /Users",
        "p95<1s for ",
        "→→ < 1",
    ];
    let errors = wrong.map(|text| text.parse::<Threshold>().unwrap_err().to_string());
    insta::assert_snapshot!(errors.join("\n\n"));
}
