//! Faults in the area `updates`: changing profiles.

macro_rules! updates_faults {
    ($next:ident $rest:tt { $($before:tt)* }) => { $next! { $rest { $($before)*

    PutNotStored "put-not-stored" "updates/profile-put"
        "A PUT answers with the new profile and stores nothing.";
    FilteredPathRefused "filtered-path-refused" "updates/entra-single-ops"
        "A path such as emails[type eq \"work\"].value is refused when there is no such element yet.";
    CapitalOpsRefused "capital-ops-refused" "updates/entra-single-ops"
        "Operations are known in lower case only: Replace is refused.";
    NameSiblingsLost "name-siblings-lost" "updates/entra-opt-grouped-replace"
        "Replacing one part of the name loses the other parts.";
    DottedKeysStoredFlat "dotted-keys-stored-flat" "updates/entra-opt-grouped-replace" + "suites/microsoft-users"
        "Keys such as name.givenName are stored as attributes with a dot in their name.";
    ManagerArrayFails "manager-array-fails" "updates/entra-manager-shapes"
        "A manager that comes as a list is answered 500.";
    ProfileChangeReminds "profile-change-reminds" "invariants/a-year"
        "Every change to the profile of a pending person sends the invite again as a reminder.";

    } } };
}
