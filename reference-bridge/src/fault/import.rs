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
    ListsNewestFirst "lists-newest-first" "import/invited-between-pages"
        "People are listed newest first, so that somebody new moves everybody one place further.";
    GroupPagesAllTheSame "group-pages-all-the-same" "import/okta-groups-by-pages"
        "startIndex is ignored for groups: each page is the first.";
    GroupNamesAsKeys "group-names-as-keys" "import/two-groups-of-one-name"
        "Two groups of one name at OpenAI make a list of all groups fail.";
    ListsMembersOnly "lists-members-only" "import/who-is-active"
        "People who have not accepted yet are not in the list of everybody.";
    InviteesListedInactive "invitees-listed-inactive" "import/who-is-active"
        "A list shows people who have not accepted yet as inactive.";
    GroupListTakesASecond "group-list-takes-a-second" "suites/okta-spec-in-time"
        "A list of groups takes a second, however few there are.";
    ListsEverybodyActive "lists-everybody-active" "import/who-is-active"
        "The list of everybody shows all of them as active.";
    TroubleShortensList "trouble-shortens-list" "import/throttled"
        "When OpenAI does not give all it is asked for, the people who are missing are left out of the list.";

    } } };
}
