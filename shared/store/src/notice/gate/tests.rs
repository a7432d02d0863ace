//! Suitability: levels, days, and what is missing.

use super::*;

#[test]
fn a_product_is_covered_by_its_level_and_an_assessment_that_holds() {
    let day = "2026-11-09";
    for (class, until, risk, allowed) in [
        (Some("C4"), Some("2027-05-31"), ProductRisk::R4, true),
        (Some("C5"), Some("2026-11-09"), ProductRisk::R5, true),
        (Some("C3"), Some("2027-05-31"), ProductRisk::R4, false),
        (Some("C1"), Some("2027-05-31"), ProductRisk::R1, true),
        (Some("C1"), Some("2027-05-31"), ProductRisk::R2, false),
        (Some("C5"), Some("2026-11-08"), ProductRisk::R1, false),
        (Some("C5"), None, ProductRisk::R1, false),
        (None, Some("2027-05-31"), ProductRisk::R1, false),
        (Some("R5"), Some("2027-05-31"), ProductRisk::R1, false),
    ] {
        assert_eq!(covers(class, until, risk, day), allowed, "{class:?} until {until:?} for {risk}");
    }
}
