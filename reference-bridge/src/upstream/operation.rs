//! The operations of the Admin API that the bridge calls. Rate limits are kept for each.

/// One operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    /// GET users.
    ListUsers,
    /// GET one user.
    RetrieveUser,
    /// POST one user: its role.
    ModifyUser,
    /// DELETE one user.
    DeleteUser,
    /// GET invites.
    ListInvites,
    /// POST an invite.
    InviteUser,
    /// GET one invite.
    RetrieveInvite,
    /// DELETE one invite.
    DeleteInvite,
    /// GET groups.
    ListGroups,
    /// POST a group.
    CreateGroup,
    /// GET one group.
    RetrieveGroup,
    /// POST one group: its name.
    UpdateGroup,
    /// DELETE one group.
    DeleteGroup,
    /// GET the members of a group.
    ListGroupUsers,
    /// POST a member into a group.
    AddGroupUser,
    /// GET one member of a group.
    RetrieveGroupUser,
    /// DELETE one member of a group.
    RemoveGroupUser,
}
