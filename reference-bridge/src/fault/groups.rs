//! Faults in the area `groups`: creating, renaming, finding and deleting groups.

macro_rules! groups_faults {
    ($next:ident $rest:tt { $($before:tt)* }) => { $next! { $rest { $($before)*

    GroupCreatedTwice "group-created-twice" "groups/push-okta-aiw" + "invariants/a-year"
        "Every push creates the group upstream once more.";
    IdInGroupPatchRefused "id-in-group-patch-refused" "groups/push-okta-oin"
        "An id inside the value of a group PATCH is answered 400 mutability.";
    ExcludedMembersReturned "excluded-members-returned" "groups/push-entra" + "suites/microsoft-groups"
        "excludedAttributes=members is ignored.";
    GroupExternalIdDropped "group-externalid-dropped" "groups/push-entra"
        "The externalId of a group is thrown away.";
    DuplicateGroupAllowed "duplicate-group-allowed" "groups/name-in-use"
        "A second group of the same name is created.";
    GroupFilterCaseSensitive "group-filter-case-sensitive" "groups/filter-ignores-case"
        "Group names match only in the same letter case.";
    PutRenameDropsMembers "put-rename-drops-members" "groups/rename-put"
        "Renaming a group by PUT empties it.";
    PathlessRenameIgnored "pathless-rename-ignored" "groups/rename-pathless"
        "A displayName in a PATCH without a path is ignored.";
    RenameMakesNewGroup "rename-makes-new-group" "groups/rename-entra" + "invariants/a-year"
        "Renaming a group by PATCH creates another one upstream.";
    GroupDeleteRemovesPeople "group-delete-removes-people" "groups/delete"
        "Deleting a group removes its members from the organization.";
    GroupDeleteLeavesUpstream "group-delete-leaves-upstream" "groups/delete" + "invariants/a-year"
        "Deleting a group leaves it upstream.";
    GroupLookupCreates "group-lookup-creates" "invariants/a-year"
        "Looking for a group that is not there makes it.";
    UnknownGroupsDeleted "unknown-groups-deleted" "invariants/strangers"
        "After a group is deleted, the groups that the bridge does not know are deleted too.";

    } } };
}
