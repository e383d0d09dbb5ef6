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
    UnknownAttributeEndsPatch "unknown-attribute-ends-patch" "updates/entra-unsupported-with-deactivation"
        "An operation on an unknown attribute ends the PATCH with success; what follows is not done.";
    PatchedIdIsTaken "patched-id-is-taken" "updates/read-only-in-patch"
        "An id that comes along in a PATCH becomes the person's id.";
    ExternalIdFrozen "external-id-frozen" "updates/entra-external-id"
        "The externalId of the first day is kept whatever comes later.";
    AttributeRemovalIgnored "attribute-removal-ignored" "updates/entra-clears-title"
        "Removing an attribute of a person is acknowledged and ignored.";
    DateMovesWithoutChange "date-moves-without-change" "updates/last-modified"
        "lastModified is the time of the last request, whether it changed anything or not.";

    } } };
}
