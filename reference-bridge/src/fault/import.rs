//! Faults in the area `import`: lists and pages.

macro_rules! import_faults {
    ($next:ident $rest:tt { $($before:tt)* }) => { $next! { $rest { $($before)*

    PageCap50 "page-cap-50" "import/okta-pages-of-100"
        "No page ever holds more than 50 people.";
    FirstUpstreamPageOnly "first-upstream-page-only" "import/okta-pages-of-100"
        "Only the first page of 20 is read from OpenAI.";
    CountZeroMeansAll "count-zero-means-all" "import/paging-edges"
        "count=0 returns every resource instead of none.";
    ImportDemotesUnknown "import-demotes-unknown" "invariants/strangers"
        "An import sets everybody found at OpenAI to the default role.";

    } } };
}
