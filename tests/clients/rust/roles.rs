//! `client.admin().roles()`, the roles of a project, and the assignment of both to users and groups.

use std::collections::BTreeSet;

use async_openai::error::OpenAIError;
use async_openai::traits::RequestOptionsBuilder;
use async_openai::types::admin::groups::PublicAssignOrganizationGroupRoleBody as GroupRole;
use async_openai::types::admin::project_users::ProjectUserCreateRequestArgs;
use async_openai::types::admin::projects::InviteProjectGroupBody;
use async_openai::types::admin::roles::{
    AssignedRoleDetails, CreateOrganizationRoleRequestArgs, ListRolesOrder, ListRolesQueryArgs,
    PublicCreateOrganizationRoleBody, Role, RoleListResource, UpdateOrganizationRoleRequestArgs,
};
use async_openai::types::admin::users::PublicAssignOrganizationUserRoleBody as UserRole;
use mock_openai::Operation;

use crate::double::{Double, refusal};

pub(crate) async fn walk(double: Double) -> BTreeSet<Operation> {
    let (user_id, admin) = (double.member("Ann"), double.admin());
    let group_id = double.group("Design").await;

    let librarian = organization_roles(&double).await;
    users(&double, &user_id, &librarian).await;
    groups(&double, &group_id, &librarian).await;
    let deletion = admin.roles().delete(&librarian.id).await.unwrap();
    assert_eq!((deletion.object.as_str(), deletion.id), ("role.deleted", librarian.id));

    let apollo = double.project("Apollo").await;
    let pilot = project_roles(&double, &apollo).await;
    project_users(&double, &apollo, &user_id, &pilot).await;
    project_groups(&double, &apollo, &group_id, &pilot).await;
    let deletion = admin.projects().roles(&apollo).delete(&pilot.id).await.unwrap();
    assert_eq!((deletion.object.as_str(), deletion.id), ("role.deleted", pilot.id));
    double.driven()
}

async fn organization_roles(double: &Double) -> Role {
    let admin = double.admin();
    let role = admin.roles().create(named("Librarian")).await.unwrap();
    assert_eq!(
        (role.name.as_str(), role.resource_type.as_str()),
        ("Librarian", "api.organization")
    );
    assert_eq!(role.description.as_deref(), Some("Keeps order"));
    assert_eq!(admin.roles().retrieve(&role.id).await.unwrap(), role);
    let change = UpdateOrganizationRoleRequestArgs::default()
        .permissions(["api.groups.write".to_owned()])
        .description("Keeps order")
        .role_name("Archivist")
        .build();
    let changed = admin.roles().update(&role.id, change.unwrap()).await.unwrap();
    assert_eq!(
        (changed.name.as_str(), changed.permissions.as_slice()),
        ("Archivist", &["api.groups.write".to_owned()][..])
    );

    let newest = ListRolesQueryArgs::default()
        .limit(1u32)
        .order(ListRolesOrder::Desc)
        .build();
    let newest = admin.roles().query(&newest.unwrap()).unwrap().list().await.unwrap();
    assert_eq!(
        (newest.data.as_slice(), newest.has_more),
        (&[changed.clone()][..], true)
    );
    let older = ListRolesQueryArgs::default()
        .order(ListRolesOrder::Desc)
        .after(newest.next.unwrap())
        .build();
    let older = admin.roles().query(&older.unwrap()).unwrap().list().await.unwrap();
    assert!(older.data.iter().all(|role| role.predefined_role) && !older.has_more);
    changed
}

async fn project_roles(double: &Double, project_id: &str) -> Role {
    let admin = double.admin();
    let projects = admin.projects();
    let roles = projects.roles(project_id);
    let role = roles.create(named("Pilot")).await.unwrap();
    assert_eq!(
        (role.name.as_str(), role.resource_type.as_str()),
        ("Pilot", "api.project")
    );
    assert_eq!(roles.retrieve(&role.id).await.unwrap(), role);
    let change = UpdateOrganizationRoleRequestArgs::default()
        .permissions(["api.model.request".to_owned()])
        .description("Flies")
        .role_name("Captain")
        .build();
    let changed = roles.update(&role.id, change.unwrap()).await.unwrap();
    assert_eq!(
        (changed.name.as_str(), changed.description.as_deref()),
        ("Captain", Some("Flies"))
    );
    let listed = roles.list().await.unwrap().data;
    let custom: Vec<_> = listed.into_iter().filter(|role| !role.predefined_role).collect();
    assert_eq!(custom.as_slice(), std::slice::from_ref(&changed));
    changed
}

async fn users(double: &Double, user_id: &str, role: &Role) {
    let admin = double.admin();
    let users = admin.users();
    let roles = users.roles(user_id);
    let assigned = roles
        .assign(UserRole {
            role_id: role.id.clone(),
        })
        .await
        .unwrap();
    assert_eq!(
        (assigned.object.as_str(), assigned.user.id.as_str()),
        ("user.role", user_id)
    );
    assert_eq!(assigned.role, *role);
    is_shown(&roles.retrieve(&role.id).await.unwrap(), role);
    is_listed(roles.list().await, role);
    assert_eq!(roles.unassign(&role.id).await.unwrap().object, "user.role.deleted");
    assert_eq!(refusal(roles.retrieve(&role.id).await).0, 404);
}

async fn groups(double: &Double, group_id: &str, role: &Role) {
    let admin = double.admin();
    let groups = admin.groups();
    let roles = groups.roles(group_id);
    let assigned = roles
        .assign(GroupRole {
            role_id: role.id.clone(),
        })
        .await
        .unwrap();
    assert_eq!(
        (assigned.object.as_str(), assigned.group.id.as_str()),
        ("group.role", group_id)
    );
    assert_eq!(assigned.role, *role);
    is_shown(&roles.retrieve(&role.id).await.unwrap(), role);
    is_listed(roles.list().await, role);
    assert_eq!(roles.unassign(&role.id).await.unwrap().object, "group.role.deleted");
    assert_eq!(refusal(roles.retrieve(&role.id).await).0, 404);
}

async fn project_users(double: &Double, project_id: &str, user_id: &str, role: &Role) {
    let admin = double.admin();
    let projects = admin.projects();
    let member = ProjectUserCreateRequestArgs::default()
        .user_id(user_id)
        .build()
        .unwrap();
    projects.users(project_id).create(member).await.unwrap();
    let roles = projects.user_roles(project_id, user_id);
    let assigned = roles
        .assign(GroupRole {
            role_id: role.id.clone(),
        })
        .await
        .unwrap();
    assert_eq!(
        (assigned.object.as_str(), assigned.user.id.as_str()),
        ("user.role", user_id)
    );
    is_shown(&roles.retrieve(&role.id).await.unwrap(), role);
    is_listed(roles.list().await, role);
    assert_eq!(roles.unassign(&role.id).await.unwrap().object, "user.role.deleted");
    assert_eq!(refusal(roles.retrieve(&role.id).await).0, 404);
}

async fn project_groups(double: &Double, project_id: &str, group_id: &str, role: &Role) {
    let admin = double.admin();
    let projects = admin.projects();
    let member = InviteProjectGroupBody {
        group_id: group_id.to_owned(),
        role: "role-api-project-member".to_owned(),
    };
    projects.groups(project_id).add(member).await.unwrap();
    let roles = projects.group_roles(project_id, group_id);
    let assigned = roles
        .assign(GroupRole {
            role_id: role.id.clone(),
        })
        .await
        .unwrap();
    assert_eq!(
        (assigned.object.as_str(), assigned.group.id.as_str()),
        ("group.role", group_id)
    );
    is_shown(&roles.retrieve(&role.id).await.unwrap(), role);
    is_listed(roles.list().await, role);
    assert_eq!(roles.unassign(&role.id).await.unwrap().object, "group.role.deleted");
    assert_eq!(refusal(roles.retrieve(&role.id).await).0, 404);
}

fn named(name: &str) -> PublicCreateOrganizationRoleBody {
    let body = CreateOrganizationRoleRequestArgs::default()
        .role_name(name)
        .permissions(["api.groups.read".to_owned()])
        .description("Keeps order")
        .build();
    body.unwrap()
}

/// The assigned role is the role, and comes through nobody.
fn is_shown(shown: &AssignedRoleDetails, role: &Role) {
    assert_eq!(
        (&shown.id, &shown.name, &shown.permissions),
        (&role.id, &role.name, &role.permissions)
    );
    assert_eq!(shown.assignment_sources.as_deref(), Some(&[][..]));
}

fn is_listed(roles: Result<RoleListResource, OpenAIError>, role: &Role) {
    let roles = roles.unwrap().data;
    let custom: Vec<_> = roles.iter().filter(|role| !role.predefined_role).collect();
    assert_eq!(custom.len(), 1, "{custom:?}");
    assert_eq!(custom[0].id, role.id);
}
