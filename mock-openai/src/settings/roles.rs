//! Switches about roles, and about what an organization may do for what it pays.

use serde::{Deserialize, Serialize};

/// How the predefined roles (`owner`, `reader`; in projects `owner`, `member`, `viewer`) relate to
/// the `role` that users and project users show (our choice).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PredefinedRoles {
    /// They are the same thing: a user holds exactly the predefined role that `role` names.
    /// Assigning another one changes `role`; unassigning `owner` leaves `reader`; unassigning the
    /// predefined role of a project user takes them out of the project.
    #[default]
    InStep,
    /// They are assigned and unassigned like any other role, and `role` is something else.
    Independent,
}

/// `reader` is unassigned from a user. That this is an error is reported; its status is our choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnassignReader {
    /// 400, code `reader_required` (invented).
    #[default]
    Refuse,
    /// 200; where predefined roles are in step the user keeps it all the same.
    Ok,
}

/// What the organization pays for. That members of groups, and roles that come from groups, need
/// a Business or Enterprise plan is reported; what a lesser plan is answered is our choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// Everything works.
    #[default]
    Paid,
    /// 403, code `plan_upgrade_required` (invented), on reading the members and the roles of a group;
    /// the roles of a user are only those assigned directly.
    Free,
}

/// Whether the organization has a payment method. Reported: without one invites are refused with
/// `payment_method_required`; the status was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentMethod {
    /// It has.
    #[default]
    OnFile,
    /// It has none: 400 for every invite.
    MissingRefuse,
    /// It has none: 403 for every invite.
    MissingForbid,
}
