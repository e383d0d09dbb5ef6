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

    } } };
}
