//! Faults in the area `groups`: creating, renaming, finding and deleting groups.

macro_rules! groups_faults {
    ($next:ident $rest:tt { $($before:tt)* }) => { $next! { $rest { $($before)*

    GroupCreatedTwice "group-created-twice" "groups/push-okta-aiw" + "invariants/a-year"
        "Every push creates the group upstream once more.";
    IdInGroupPatchRefused "id-in-group-patch-refused" "groups/push-okta-oin"
        "An id inside the value of a group PATCH is answered 400 mutability.";
    ExcludedMembersReturned "excluded-members-returned" "groups/push-entra" + "suites/microsoft-groups"
        "excludedAttributes=members is ignored.";
    GroupExternalIdDropped "group-externalid-dropped" "groups/push-entra" + "groups/replace-external-id"
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
    GroupMadeAgainAfterLostAnswer "group-made-again-after-lost-answer" "groups/create-answer-lost"
        "When the answer to a group's creation is lost, the group is created again without looking.";
    GroupForbiddenSwallowed "group-forbidden-swallowed" "stories/key-without-group-scope"
        "A group that OpenAI forbids the bridge to make is answered 201.";
    GroupNamesCutAt100 "group-names-cut-at-100" "stories/long-group-names"
        "Group names are cut off after 100 characters.";
    DeleteVanishedFails "delete-vanished-fails" "groups/delete-vanished"
        "Deleting a group that is gone at OpenAI already is answered 503, each time.";
    VanishedGroupIgnored "vanished-group-ignored" "groups/changed-after-deleted-by-hand"
        "A 404 for an addition to a group counts as done: the group may be gone.";
    DoubleNameInAnyOrder "double-name-in-any-order" "groups/two-of-one-name"
        "Which of two groups of one name is shown changes from look-up to look-up.";
    QueryDecodedTwice "query-decoded-twice" "groups/odd-names" + "users/odd-addresses"
        "Filters are percent-decoded twice.";
    NameCollisionReplaces "name-collision-replaces" "stories/group-name-collides"
        "A group of the same name that was made at OpenAI by hand is deleted and made anew.";
    EmptyGroupDeleted "empty-group-deleted" "stories/group-with-a-role"
        "A group that has lost its last member is deleted at OpenAI.";
    DeletedGroupStillShown "deleted-group-still-shown" "groups/delete"
        "A deleted group is still shown among the groups of its people.";

    } } };
}
