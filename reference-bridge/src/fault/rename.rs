//! Faults in the area `rename`: changing user names and addresses.

macro_rules! rename_faults {
    ($next:ident $rest:tt { $($before:tt)* }) => { $next! { $rest { $($before)*

    RenameLeavesOldInvite "rename-leaves-old-invite" "rename/pending-person" + "invariants/a-year"
        "A rename invites the new address and leaves the invite of the old one.";
    RenameSkipsInvite "rename-skips-invite" "rename/pending-person"
        "A rename deletes the old invite and sends no new one.";
    RenameOntoTakenName "rename-onto-taken-name" "rename/name-taken"
        "A rename to somebody else's user name is accepted.";
    RenameGivesNewId "rename-gives-new-id" "invariants/a-year"
        "A renamed person gets a new SCIM id.";
    RenameKeepsInvite "rename-keeps-invite" "rename/entra-pending-person"
        "A rename changes the record and leaves the invite at the address of before.";
    MemberFoundByOldName "member-found-by-old-name" "rename/member"
        "A member is found by the address that OpenAI has, not by a user name given later.";
    RepeatFindsNothingToDo "repeat-finds-nothing-to-do" "rename/invite-fails"
        "A change is recorded before OpenAI is asked: the repetition after a failure finds nothing to do.";
    CaseRenameConflicts "case-rename-conflicts" "rename/letter-case-only"
        "A user name that changes its letter case only is in conflict with itself.";

    } } };
}
