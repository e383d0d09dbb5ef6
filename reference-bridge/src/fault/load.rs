//! Faults in the area `load`: what shows only among many, or in a rush.

macro_rules! load_faults {
    ($next:ident $rest:tt { $($before:tt)* }) => { $next! { $rest { $($before)*
    MembersBeyondHundred "members-beyond-hundred" "okta-push-oin" as "memberships-lost"
        "Of the members that one request adds to a group only the first hundred are taken.";
    AdditionReadsGroup "addition-reads-whole-group" "entra-members" as "amplification"
        "Before somebody is added to a group everybody in it is read, twenty a page.";
    LookUpReadsEverybody "look-up-reads-everybody" "okta-assign" as "amplification"
        "A look-up by userName reads all users and invites of the organization, whoever is asked for.";
    FullQueueDropsInvite "full-queue-drops-invite" "onelogin-burst" as "lost"
        "Six creates at a time can wait for their invites; one that finds them all taken is answered 201 and forgotten.";
    RemovalQueueOverflows "removal-queue-overflows" "mass-leave" as "ghost"
        "Six removals at a time are carried out; a deactivation beyond them is answered and never done.";
    HeldMembersTenALook "held-members-ten-a-look" "acceptance-wave" as "memberships-lost"
        "Of the people of one group who accepted since the last look only ten are put into it.";
    RemovalMeetsAddition "removal-meets-addition" "entra-incremental" as "memberships-ghost"
        "A removal from a group that comes while another group is being changed is answered and dropped.";
    EverybodyWakesAtOnce "everybody-wakes-at-once" "onelogin-burst" as "amplification"
        "All who were refused with 429 call again at the same moment, again and again, until each has got through.";
    } } };
}
